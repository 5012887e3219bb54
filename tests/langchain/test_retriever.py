from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_tests.integration_tests import RetrieversIntegrationTests

from groundwire.errors import InputError
from groundwire.evidence.documents import make_documents
from groundwire.evidence.index import EvidenceIndex
from groundwire.guard.guard import Guard
from groundwire.protocols import Retriever
from groundwire.testing import FakeEmbedder, FakeRetriever, FakeVerifier, check_retriever
from groundwire.types import Evidence, Passage
from groundwire_langchain.retriever import EvidenceRetriever, as_retriever
from groundwire_langchain.store import EvidenceStore

TEXTS = [f"The pump number {i} weighs {60 + i} kg." for i in range(12)]


def an_index() -> EvidenceIndex:
    index = EvidenceIndex(FakeEmbedder(), k=2)
    index.add_passages(
        Passage(text, f"doc{i}", 5, 5 + len(text), {"page": i, "start_index": 2})
        for i, text in enumerate(TEXTS)
    )
    return index


def a_store() -> EvidenceStore:
    store = EvidenceStore(FakeEmbedder(), k=2)
    store.add_texts(TEXTS)
    return store


class Standard(RetrieversIntegrationTests):
    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return EvidenceRetriever

    @property
    def retriever_query_example(self) -> str:
        return "pump weighs 62 kg"


class TestStandardOverAnIndex(Standard):
    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"retriever": an_index()}


class TestStandardOverAStore(Standard):
    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"retriever": a_store()}


class TestStandardOverAnyRetriever(Standard):
    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"retriever": FakeRetriever(TEXTS), "k": 5}


def test_documents_carry_their_place_and_score() -> None:
    index = an_index()
    (item,) = index.retrieve(["pump number 3 weighs 63 kg"], k=1)[0]
    (document,) = EvidenceRetriever(index, k=1).invoke("pump number 3 weighs 63 kg")
    assert document.page_content == TEXTS[3]
    assert document.metadata == {
        "page": 3,
        "source": "doc3",
        "start": 5,
        "end": 5 + len(TEXTS[3]),
        "start_index": 5,
        "score": item.score,
    }
    # As evidence for a guard they keep their place.
    (read,) = make_documents(document)
    assert (read.source, read.offset) == ("doc3", 5)


def test_k() -> None:
    index = an_index()
    assert len(EvidenceRetriever(index).invoke("pump")) == 2
    assert len(EvidenceRetriever(index, k=4).invoke("pump")) == 4
    assert len(EvidenceRetriever(retriever=index, k=4).invoke("pump", k=6)) == 6
    assert len(EvidenceRetriever(FakeRetriever(TEXTS, k=3), k=2).invoke("pump")) == 2
    for k in (0, -1, "x", 1.5):
        with pytest.raises(InputError, match="k is"):
            EvidenceRetriever(index, k=k)
        with pytest.raises(InputError, match="k is"):
            EvidenceRetriever(index).invoke("pump", k=k)


@pytest.mark.parametrize("wrong", [None, 3, "index"])
def test_what_is_no_retriever_is_refused(wrong: Any) -> None:
    with pytest.raises(InputError, match="has no method retrieve"):
        EvidenceRetriever(wrong)
    with pytest.raises(InputError, match="is no LangChain retriever"):
        as_retriever(wrong)
    with pytest.raises(InputError, match="as_retriever"):
        as_retriever(a_store())  # type: ignore[arg-type]


async def test_async_and_batch_give_the_same() -> None:
    retriever = EvidenceRetriever(an_index(), k=3)
    queries = ["pump number 3", "pump number 7"]
    found = [retriever.invoke(query) for query in queries]
    assert retriever.batch(queries) == found == await retriever.abatch(queries)
    assert len(await retriever.ainvoke(queries[0], k=1)) == 1


class Listed(BaseRetriever):
    """Gives the same documents for every query."""

    documents: list[Any]

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return list(self.documents)


def test_a_langchain_retriever_is_a_retriever() -> None:
    retriever = as_retriever(a_store().as_retriever(search_kwargs={"k": 3}))
    assert isinstance(retriever, Retriever)
    check_retriever(retriever)
    found = retriever.retrieve(["pump number 3 weighs 63 kg", "pump number 7 weighs 67 kg"])
    assert [items[0].passage.text for items in found] == [TEXTS[3], TEXTS[7]]
    assert [e.score for e in found[0]] == [1, 1 / 2, 1 / 3]
    with pytest.raises(InputError, match="one string"):
        retriever.retrieve("pump")


def test_documents_of_every_kind() -> None:
    long = "The pump weighs 62 kg. It was made in Lyon. " * 60
    documents = [
        Document("", metadata={"source": "empty"}),
        Document(" \n"),
        Document(long, id="long"),
        Document('{"weight": "62 kg"}', metadata={"source": "record"}),
        Document("The tank holds 3 l.", metadata={"source": "t", "start_index": 40, "page": 2}),
        Document("Unnamed."),
        Document("Unnamed too."),
    ]
    retriever = as_retriever(Listed(documents=documents))
    check_retriever(retriever)
    (found,) = retriever.retrieve(["pump"])
    assert all(item.passage.text.strip() for item in found)
    passages = [item.passage for item in found]
    pieces = [p for p in passages if p.source == "long"]
    assert len(pieces) > 1 and all(p.text == long[p.start : p.end] for p in pieces)
    (record,) = [p for p in passages if p.source == "record"]
    assert "{" not in record.text
    (tank,) = [p for p in passages if p.source == "t"]
    assert (tank.start, tank.end, tank.metadata["page"]) == (40, 59, 2)
    names = [p.source for p in passages if p.text.startswith("Unnamed")]
    assert len(set(names)) == 2 and all(name.startswith("document-") for name in names)
    assert documents[-1].id is None


def test_one_batch_for_all_queries() -> None:
    batches: list[list[str]] = []

    class Counted(Listed):
        def batch(self, inputs: list[str], *args: Any, **kwargs: Any) -> list[list[Document]]:
            batches.append(inputs)
            return super().batch(inputs, *args, **kwargs)

    retriever = as_retriever(Counted(documents=[Document("pump")]))
    assert retriever.retrieve([]) == []
    assert len(retriever.retrieve(["a", "b", "a"])) == 3
    assert batches == [["a", "b", "a"]]


def test_errors_are_raised_and_a_guard_passes_nothing() -> None:
    def fails(query: str) -> list[Document]:
        raise ConnectionError("down")

    retriever = as_retriever(RunnableLambda(fails))
    with pytest.raises(ConnectionError):
        retriever.retrieve(["pump"])
    report = Guard(verifier=FakeVerifier(), retriever=retriever).check("The pump weighs 62 kg.")
    assert [verdict.label for verdict in report.verdicts] == ["unchecked"]
    assert "62" not in report.text


def test_what_is_no_list_of_documents_is_refused() -> None:
    class Short:
        def batch(self, queries: Sequence[str]) -> list[list[Document]]:
            return []

    with pytest.raises(InputError, match="Short gave 0 lists of documents for 1 queries"):
        as_retriever(Short()).retrieve(["pump"])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="gave a str"):
        as_retriever(Listed(documents=["text"])).retrieve(["pump"])


def test_there_and_back() -> None:
    index = an_index()
    again = as_retriever(EvidenceRetriever(index))

    def places(found: list[list[Evidence]]) -> list[tuple[str, str, int, int]]:
        return [
            (p.text, p.source, p.start, p.end) for each in found for p in (e.passage for e in each)
        ]

    assert places(again.retrieve(["pump 3", "62"])) == places(index.retrieve(["pump 3", "62"]))
