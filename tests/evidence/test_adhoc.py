from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.errors import InputError
from groundwire.evidence.adhoc import (
    RETRIEVED,
    SMALL,
    AllPassages,
    PassageCache,
    ScanRetriever,
    WordRetriever,
    make_retriever,
)
from groundwire.evidence.chunking import chunk_document
from groundwire.evidence.documents import Document
from groundwire.testing import FakeRetriever, check_retriever
from groundwire.types import Passage

FILLER = "The harbor of the town is quiet in the morning and its boats are green. " * 8


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


def test_many_passages_are_searched_by_their_words() -> None:
    retriever = make_retriever(passages(SMALL * 5))
    assert isinstance(retriever, WordRetriever)
    (found,) = retriever.retrieve(["Pump 41 weighs 141 kg."])
    assert len(found) == RETRIEVED
    assert found[0].passage.text == "Pump 41 weighs 141 kg."
    check_retriever(retriever)


def test_a_query_about_something_else_is_answered_with_something() -> None:
    (found,) = make_retriever(passages(SMALL * 5)).retrieve(["Xyzzy"])
    assert [item.score for item in found] == [0.0] * RETRIEVED


def test_words_find_what_a_scan_finds() -> None:
    documents = [
        Document(f"{FILLER} Pump {i} weighs {i + 100} kg. {FILLER}", "s") for i in range(9)
    ]
    queries = ["Pump 3 weighs 103 kg.", "The harbor is quiet", "pump", "kg 105 weighs"]
    scanned = ScanRetriever(lambda: documents, 5).retrieve(queries)
    for searched, expected in zip(
        WordRetriever(documents, 5).retrieve(queries), scanned, strict=True
    ):
        assert [e for e in searched if e.score] == expected


TEXTS = st.lists(
    st.sampled_from(["Pump 3 weighs 62 kg. ", "It rains. ", "\n\n", FILLER, "é ", "x"])
)


@given(st.lists(TEXTS.map("".join), max_size=6), st.integers(0, 3_000))
def test_the_cache_changes_nothing_and_keeps_its_bound(texts: list[str], bound: int) -> None:
    cache = PassageCache(bound)
    for text in [*texts, *texts]:
        document = Document(text, "a", {"n": 1}, 7)
        kept = WordRetriever([document], 4, cache)
        fresh = WordRetriever([document], 4, PassageCache(0))
        assert kept.passages == fresh.passages == chunk_document(document)
        assert kept.retrieve(["pump 62", "rain"]) == fresh.retrieve(["pump 62", "rain"])
        assert cache.chars <= bound
        assert cache.chars == sum(size for size, _ in cache._found.values())


def test_the_latest_used_texts_are_kept() -> None:
    cache = PassageCache(30)
    first = cache.find_places("a" * 10)
    for text in ("b" * 10, "c" * 10, "a" * 10, "d" * 10):
        cache.find_places(text)
    assert cache.find_places("a" * 10) is first
    assert len(cache) == 3
    cache.find_places("e" * 31)
    assert len(cache) == 3


def test_threads_share_the_cache() -> None:
    cache = PassageCache(3_000)
    texts = [f"{FILLER}Pump {i} weighs {i} kg." for i in range(12)] * 20
    with ThreadPoolExecutor(8) as pool:
        for text, places in zip(texts, pool.map(cache.find_places, texts), strict=True):
            document = Document(text, "")
            assert [(p.start, p.end) for p in places] == [
                (p.start, p.end) for p in chunk_document(document)
            ]
    assert cache.chars <= 3_000


@given(
    st.lists(st.sampled_from(["It rains. ", "Hens lay eggs. ", "\n\n"]), max_size=400).map("".join)
)
def test_what_shares_no_word_changes_no_score(padding: str) -> None:
    facts = Document("Pump 3 weighs 62 kg. Pump 4 weighs 64 kg.", "facts")
    alone = WordRetriever([facts]).retrieve(["Pump 3 weighs 62 kg."])[0]
    beside = WordRetriever([Document(padding, "p"), facts]).retrieve(["Pump 3 weighs 62 kg."])[0]
    assert [e for e in beside if e.score] == alone


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
