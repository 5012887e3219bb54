from __future__ import annotations

from typing import Any

import pytest

from groundwire.errors import InputError
from groundwire.evidence import adhoc as oneoff
from groundwire.evidence.adhoc import RETRIEVED, SMALL, AllPassages, make_retriever
from groundwire.evidence.index import EvidenceIndex
from groundwire.testing import FakeEmbedder, FakeRetriever, check_retriever
from groundwire.types import Passage


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def index(k: int) -> EvidenceIndex:
        return EvidenceIndex(FakeEmbedder(), k=k)

    monkeypatch.setattr(oneoff, "EvidenceIndex", index)


def passages(count: int) -> list[Passage]:
    texts = [f"Pump {i} weighs {i + 100} kg." for i in range(count)]
    return [Passage(text, f"doc{i}", 0, len(text)) for i, text in enumerate(texts)]


def test_a_retriever_is_used_as_it_is() -> None:
    retriever = FakeRetriever(["It is red."])
    assert make_retriever(retriever) is retriever


@pytest.mark.parametrize("evidence", [None, [], "", " \n", [None, ""]])
def test_nothing_gives_nothing(evidence: Any) -> None:
    assert make_retriever(evidence).retrieve(["a", "b"]) == [[], []]


def test_a_few_passages_are_all_evidence() -> None:
    few = passages(SMALL)
    retriever = make_retriever(few)
    assert isinstance(retriever, AllPassages)
    for result in retriever.retrieve(["Pump 3", "nothing of the kind"]):
        assert [item.passage for item in result] == few
    check_retriever(retriever)


def test_results_can_be_changed_without_harm() -> None:
    retriever = make_retriever(passages(2))
    retriever.retrieve(["x"])[0].clear()
    assert len(retriever.retrieve(["x"])[0]) == 2


def test_many_passages_are_indexed() -> None:
    retriever = make_retriever(passages(SMALL * 5))
    assert isinstance(retriever, EvidenceIndex)
    (found,) = retriever.retrieve(["Pump 41 weighs 141 kg."])
    assert len(found) == RETRIEVED
    assert found[0].passage.text == "Pump 41 weighs 141 kg."
    check_retriever(retriever)


def test_text_is_cut_into_passages_with_offsets() -> None:
    text = "The pump is red. " * 40
    (found,) = make_retriever([text, {"weight": "62 kg"}]).retrieve(["x"])
    assert {item.passage.source for item in found} == {"evidence[0]", "evidence[1]"}
    for item in found[:-1]:
        assert item.passage.text == text[item.passage.start : item.passage.end]
    assert "62 kg" in found[-1].passage.text


@pytest.mark.parametrize("evidence", [7, b"text", [object()]])
def test_evidence_of_no_known_kind_is_refused(evidence: Any) -> None:
    with pytest.raises(InputError, match="no evidence"):
        make_retriever(evidence)
