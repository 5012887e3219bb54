from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings
from langchain_core.indexing import InMemoryRecordManager
from langchain_core.indexing import index as index_documents
from langchain_core.vectorstores import InMemoryVectorStore, VectorStore
from langchain_tests.integration_tests import VectorStoreIntegrationTests

from groundwire.errors import InputError, ModelError, StoreError
from groundwire.evidence.documents import Document as Text
from groundwire.evidence.embedders import make_embedder as core_embedder
from groundwire.evidence.encoder import Vectors
from groundwire.evidence.index import EvidenceIndex
from groundwire.guard.guard import Guard
from groundwire.protocols import Retriever
from groundwire.testing import FakeEmbedder, FakeVerifier, check_retriever
from groundwire_langchain.embeddings import GroundwireEmbeddings, as_embedder, as_embeddings
from groundwire_langchain.passages import ORIGINAL
from groundwire_langchain.store import EvidenceStore

LONG = "\n\n" + "\n\n".join(
    f"# Part {i}\n\nThe pump of part {i} weighs {i + 60} kg.  It was made in Lyon. " * 6
    for i in range(12)
)


class TestStandard(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self) -> VectorStore:
        return EvidenceStore(self.get_embeddings())


class TestStandardOnFakeEmbedder(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self) -> VectorStore:
        return EvidenceStore(FakeEmbedder())


def store_of(*contents: str, **options: Any) -> EvidenceStore:
    store = EvidenceStore(FakeEmbedder(), **options)
    store.add_texts(contents, ids=[f"d{i}" for i in range(len(contents))])
    return store


def found(documents: Sequence[Document]) -> list[str | None]:
    return [document.id for document in documents]


@pytest.mark.parametrize(
    "content",
    [
        "",
        " \n\t ",
        "  one  ",
        LONG,
        "x" * 5000,
        "水が多い。" * 400,
        '{"name": "pump", "weights": [62, 63]}',
        '  [{"a": 1}, {"a": 2}]\n',
        "e\u0301 👩‍👩‍👧‍👦 \x00 \u202e mark",
    ],
)
def test_a_document_comes_back_whole(content: str, tmp_path: Path) -> None:
    document = Document(content, id="a", metadata={"source": "a.txt", "tags": ["x", None, 1.5]})
    before = document.model_copy(deep=True)
    store = EvidenceStore(FakeEmbedder())
    assert store.add_documents([document]) == ["a"]
    assert document == before
    store.save(tmp_path / "s")
    for each in (store, EvidenceStore.load(tmp_path / "s", FakeEmbedder())):
        assert each.get_by_ids(["a"]) == [document]
        assert each.similarity_search("pump", k=3) in ([document], [])
        assert all(item.passage.text.strip() for item in each.retrieve(["pump"])[0])


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(codec="utf-8"), max_size=400), st.integers(0, 9))
def test_any_text_comes_back_whole(text: str, start: int) -> None:
    store = EvidenceStore(FakeEmbedder())
    document = Document(text * 5, id="a", metadata={"start_index": start})
    store.add_documents([document])
    assert store.get_by_ids(["a"]) == [document]
    for item in store.retrieve([text or "x"])[0]:
        passage = item.passage
        if ORIGINAL not in store.index.of("a")[0].metadata:
            exact = document.page_content[passage.start - start : passage.end - start]
            assert passage.text == exact == passage.text.strip()


steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "delete", "search", "reload"]),
        st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4),
        st.integers(0, 5),
    ),
    max_size=10,
)


@settings(deadline=None, max_examples=40)
@given(steps)
def test_the_store_is_a_dict_of_documents(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, list[str], int]]
) -> None:
    store, expected = EvidenceStore(FakeEmbedder()), dict[str, Document]()
    for kind, names, seed in steps:
        if kind == "put":
            docs = [
                Document(f"pump {name} weighs {seed} kg. " * (1 + 40 * (seed % 2)), id=name)
                for name in names
            ]
            assert store.add_documents(docs) == names
            expected |= dict(zip(names, docs, strict=True))
        elif kind == "delete":
            assert store.delete(names)
            for name in names:
                expected.pop(name, None)
        elif kind == "search":
            store.similarity_search("pump")
        else:
            path = tmp_path_factory.mktemp("stores") / "s"
            store.save(path)
            store = EvidenceStore.load(path, FakeEmbedder())
    assert {d.id: d for d in store.get_by_ids("abcdef")} == expected
    results = store.similarity_search("pump", k=20)
    assert len(results) == len(expected) and {d.id: d for d in results} == expected
    for k in range(1, 7):
        assert store.similarity_search("pump", k=k) == results[:k]


def test_ids() -> None:
    store = EvidenceStore(FakeEmbedder())
    document = Document("one", id="own")
    assert store.add_documents([document], ids=["given"]) == ["given"]
    own, new = store.add_documents([document, Document("two")])
    assert own == "own" and new and new != store.add_texts(["two"])[0]
    assert store.add_texts(["three", "four"], ids=["x", None])[0] == "x"
    assert store.add_texts(["five", "six"], ids=["y", "y"]) == ["y", "y"]
    assert [d.page_content for d in store.get_by_ids(["y", "x", "y", "none"])] == ["six", "three"]
    assert store.add_texts([]) == [] == store.add_documents([], ids=[])
    assert document.id == "own"


def test_wrong_arguments_change_nothing() -> None:
    store = store_of("one pump", "two pumps")
    wrong: list[tuple[str, Callable[[], object]]] = [
        ("1 ids for 2 documents", lambda: store.add_texts(["a", "b"], ids=["x"])),
        ("1 metadatas for 2", lambda: store.add_texts(["a", "b"], [{}])),
        ("id 3 is a int", lambda: store.add_texts(["a"], ids=[3])),  # type: ignore[list-item]
        ("reserved key", lambda: store.add_texts(["a"], [{ORIGINAL: 1}])),
        ("k is 0", lambda: store.similarity_search("a", k=0)),
        ("k is 0", lambda: store.max_marginal_relevance_search("a", k=0)),
        ("k is 0", lambda: EvidenceStore(FakeEmbedder(), k=0)),
        ("'filters' is no option", lambda: store.similarity_search("a", filters={})),
        ("lambda_mult is 2", lambda: store.max_marginal_relevance_search("a", lambda_mult=2)),
        ("shape", lambda: store.similarity_search_by_vector([1.0])),
        ("finite", lambda: store.similarity_search_by_vector([float("nan")] * 256)),
        ("operator", lambda: store.similarity_search("a", filter={"page": {"$gt": 1}})),
        ("operator", lambda: store.similarity_search("a", filter={"$or": []})),
        ("filter is a str", lambda: store.similarity_search("a", filter="x")),  # type: ignore[arg-type]
        ("not an index|an index has", lambda: EvidenceStore(FakeEmbedder(), index=store.index)),
        ("is no embedder", lambda: EvidenceStore(3)),
        ("one string", lambda: store.retrieve("pump")),
    ]
    for message, call in wrong:
        with pytest.raises(InputError, match=message):
            call()
    assert sorted(store.index.sources) == ["d0", "d1"]


def test_delete() -> None:
    store = store_of("one pump", LONG, "three pumps")
    assert store.delete(["d1", "missing", "d1"])
    assert found(store.similarity_search("pump")) == ["d0", "d2"]
    assert store.delete([]) and len(store.index) == 2
    assert store.delete()
    assert store.similarity_search("pump") == [] and len(store.index) == 0
    store.add_texts(["again a pump"], ids=["d0"])
    assert found(store.similarity_search("pump")) == ["d0"]


def pages() -> EvidenceStore:
    store = EvidenceStore(FakeEmbedder())
    metadatas = [{"page": i, "kind": "odd" if i % 2 else "even", "tags": [i]} for i in range(200)]
    store.add_texts([f"pump number {i} is red" for i in range(200)], metadatas)
    return store


def test_filters_are_given_as_many_documents_as_pass() -> None:
    store = pages()
    query = "pump number 5"
    assert [d.metadata["page"] for d in store.similarity_search(query, filter={"page": 171})] == [
        171
    ]
    odd = store.similarity_search(query, k=90, filter={"kind": "odd"})
    assert len(odd) == 90 and {d.metadata["kind"] for d in odd} == {"odd"}
    both = store.similarity_search(query, filter={"kind": "odd", "tags": [7]})
    assert [d.metadata["page"] for d in both] == [7]
    assert store.similarity_search(query, filter={"kind": "odd", "page": 2}) == []
    assert store.similarity_search(query, filter={"absent": None}) == []
    late = store.similarity_search(query, k=300, filter=lambda metadata: metadata["page"] >= 190)
    assert sorted(d.metadata["page"] for d in late) == list(range(190, 200))
    assert len(store.similarity_search(query, k=7, filter={})) == 7
    wanted: Any = {"kind": "odd"}
    for results in (
        store.max_marginal_relevance_search(query, k=5, filter=wanted),
        [d for d, _ in store.similarity_search_with_relevance_scores(query, k=5, filter=wanted)],
        store.similarity_search_by_vector(
            store.embeddings.embed_query(query), k=5, filter=lambda m: m["kind"] == "odd"
        ),
        store.as_retriever(search_kwargs={"k": 5, "fetch_k": 50, "filter": wanted}).invoke(query),
    ):
        assert len(results) == 5 and {d.metadata["kind"] for d in results} == {"odd"}


def test_an_error_in_a_filter_is_raised() -> None:
    with pytest.raises(KeyError):
        store_of("pump").similarity_search("pump", filter=lambda metadata: metadata["page"])


def test_changing_what_went_in_or_came_out_changes_nothing() -> None:
    store, metadata = EvidenceStore(FakeEmbedder()), {"tags": ["a"]}
    store.add_documents([Document("pump", id="a", metadata=metadata)])
    metadata["tags"].append("b")
    store.get_by_ids(["a"])[0].metadata["tags"].append("c")
    store.similarity_search("pump")[0].metadata.clear()
    assert store.get_by_ids(["a"])[0].metadata == {"tags": ["a"]}


def test_scores() -> None:
    store = store_of("the pump is red", "the pump weighs 62 kg", "Lyon lies on a river")
    scored = store.similarity_search_with_score("the pump weighs 62 kg", k=3)
    assert [d for d, _ in scored] == store.similarity_search("the pump weighs 62 kg", k=3)
    assert [s for _, s in scored] == sorted((s for _, s in scored), reverse=True)
    near = store.similarity_search_with_relevance_scores("the pump weighs 62 kg", k=3)
    assert found([d for d, _ in near]) == ["d1", "d0", "d2"]
    assert near[0][1] == pytest.approx(1, abs=1e-6) and near[2][1] == 0
    close = store.similarity_search_with_relevance_scores("pump", k=3, score_threshold=0.3)
    assert set(found([d for d, _ in close])) == {"d0", "d1"}
    retriever = store.as_retriever(
        search_type="similarity_score_threshold", search_kwargs={"score_threshold": 0.9}
    )
    assert found(retriever.invoke("the pump weighs 62 kg")) == ["d1"]
    vector = [x * 7 for x in store.embeddings.embed_query("Lyon on the river")]
    assert found(store.similarity_search_by_vector(vector, k=1)) == ["d2"]


def test_relevance_is_never_outside_0_and_1() -> None:
    store = EvidenceStore(DeterministicFakeEmbedding(size=4))
    store.add_texts([f"text {i}" for i in range(40)])
    for i in range(10):
        scores = [s for _, s in store.similarity_search_with_relevance_scores(f"text {i}", k=40)]
        assert len(scores) == 40 and scores == sorted(scores, reverse=True)
        assert 0 <= scores[-1] <= scores[0] <= 1


def test_words_find_what_meaning_does_not() -> None:
    class Blind(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[1.0, 0.0] for _ in texts]

        def embed_query(self, text: str) -> list[float]:
            return [1.0, 0.0]

    store = EvidenceStore.from_texts([f"error E-{i} of the pump" for i in range(90)], Blind())
    assert store.similarity_search("E-77", k=1)[0].page_content == "error E-77 of the pump"


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 12), st.integers(1, 30), st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_mmr_is_that_of_langchain(k: int, fetch_k: int, lambda_mult: float) -> None:
    embedding = DeterministicFakeEmbedding(size=8)
    texts = [f"text {i}" for i in range(25)]
    ours = EvidenceStore.from_texts(texts, embedding)
    theirs = InMemoryVectorStore.from_texts(texts, embedding)
    fetch_k = max(k, fetch_k)
    options: dict[str, Any] = {"k": k, "fetch_k": fetch_k, "lambda_mult": lambda_mult}
    one = ours.max_marginal_relevance_search("another text", **options)
    other = theirs.max_marginal_relevance_search("another text", **options)
    assert [d.page_content for d in one] == [d.page_content for d in other]
    vector = embedding.embed_query("another text")
    assert ours.max_marginal_relevance_search_by_vector(vector, **options) == one


def test_mmr_takes_unlike_documents() -> None:
    store = store_of("red pump red", "red pump", "red pump red pump red", "red Lyon river")
    assert len(store.max_marginal_relevance_search("red pump", k=9)) == 4
    spread = store.max_marginal_relevance_search("red pump", k=2, lambda_mult=0.1)
    assert spread[1].page_content == "red Lyon river"
    retriever = store.as_retriever(
        search_type="mmr", search_kwargs={"k": 2, "fetch_k": 4, "lambda_mult": 0.1}
    )
    assert retriever.invoke("red pump") == spread
    assert EvidenceStore(FakeEmbedder()).max_marginal_relevance_search("red") == []


def test_it_is_evidence_for_a_guard() -> None:
    store = EvidenceStore(FakeEmbedder())
    store.add_documents(
        [
            Document(LONG, id="1", metadata={"source": "manual.txt"}),
            Document("The tank holds 3 l.", id="2", metadata={"source": "t", "start_index": 40}),
            Document('{"name": "valve", "weight": "62 kg"}', id="3"),
            Document(" ", id="4"),
        ]
    )
    assert isinstance(store, Retriever)
    check_retriever(store)
    (tank,) = [
        e.passage for e in store.retrieve(["tank holds 3 l"], k=2)[0] if "tank" in e.passage.text
    ]
    assert (tank.source, tank.start, tank.end) == ("t", 40, 59)
    (valve, *_) = store.retrieve(["valve weight"], k=1)[0]
    assert valve.passage.source == "3" and "{" not in valve.passage.text
    assert ORIGINAL not in valve.passage.metadata
    assert len(store.retrieve(["pump"], k=3)[0]) == 3
    report = Guard(verifier=FakeVerifier(), retriever=store).check("The tank holds 3 l.")
    assert report.verdicts[0].label == "supported"
    assert report.verdicts[0].quotes[0].source == "t"


def test_save_and_load(tmp_path: Path) -> None:
    store = pages()
    store.delete(store.index.sources[:20])
    store.save(tmp_path / "s")
    assert not [p for p in (tmp_path / "s").rglob("*") if p.suffix in (".pkl", ".pickle")]
    loaded = EvidenceStore.load(tmp_path / "s", FakeEmbedder(), k=3)
    assert loaded.index.k == 3
    query = "pump number 77"
    wanted: Any = {"kind": "odd"}
    assert loaded.similarity_search_with_score(
        query, k=30, filter=wanted
    ) == store.similarity_search_with_score(query, k=30, filter=wanted)
    loaded.add_texts(["a new pump"], ids=["new"])
    loaded.save(tmp_path / "s")
    assert EvidenceStore.load(tmp_path / "s", FakeEmbedder()).get_by_ids(["new"])
    EvidenceStore(FakeEmbedder()).save(tmp_path / "empty")
    assert EvidenceStore.load(tmp_path / "empty", FakeEmbedder()).similarity_search("x") == []


def test_another_embedder_is_refused(tmp_path: Path) -> None:
    EvidenceStore.from_texts(["x"], DeterministicFakeEmbedding(size=4)).save(tmp_path / "s")
    with pytest.raises(StoreError, match="was made by the embedder langchain:Deterministic"):
        EvidenceStore.load(tmp_path / "s", FakeEmbedder())
    with pytest.raises(StoreError):
        EvidenceStore.load(tmp_path / "none", FakeEmbedder())
    assert EvidenceStore.load(tmp_path / "s", DeterministicFakeEmbedding(size=4)).get_by_ids(
        EvidenceStore.load(tmp_path / "s", DeterministicFakeEmbedding(size=4)).index.sources
    )


def test_metadata_types(tmp_path: Path) -> None:
    values = {"s": "é\u0000", "i": 2**70, "f": -0.5, "b": True, "n": None, "l": [1, {"x": [2]}]}
    store = EvidenceStore(FakeEmbedder())
    store.add_texts(["json pump"], [values], ids=["json"])
    store.save(tmp_path / "s")
    loaded = EvidenceStore.load(tmp_path / "s", FakeEmbedder())
    assert loaded.get_by_ids(["json"])[0].metadata == values
    assert json.loads(json.dumps(values)) == values
    store.add_texts(["dated pump"], [{"day": date(2026, 5, 3)}], ids=["dated"])
    assert store.get_by_ids(["dated"])[0].metadata == {"day": date(2026, 5, 3)}
    assert found(store.similarity_search("pump", filter={"day": date(2026, 5, 3)})) == ["dated"]
    with pytest.raises(InputError, match="metadata of 'dated' is not JSON"):
        store.save(tmp_path / "s")
    assert EvidenceStore.load(tmp_path / "s", FakeEmbedder()).index.sources == ["json"]


def test_a_store_on_an_index_of_groundwire(tmp_path: Path) -> None:
    index = EvidenceIndex(FakeEmbedder())
    index.add([Text("The pump is red. " * 60, "pump.txt", {"page": 1}), Text("A valve.", "v")])
    store = EvidenceStore(index=index)
    assert store.index is index
    (pump,) = store.get_by_ids(["pump.txt"])
    assert pump.page_content == ("The pump is red. " * 60).strip()
    assert pump.metadata == {"page": 1}
    assert found(store.similarity_search("valve", k=1)) == ["v"]


class Planted(Embeddings):
    """Fails, or answers oddly, when told to."""

    def __init__(self) -> None:
        self.answer: Any = None
        self.queries: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if isinstance(self.answer, Exception):
            raise self.answer
        made: list[list[float]] = self.answer or FakeEmbedder(8).embed(texts).tolist()
        return made

    def embed_query(self, text: str) -> list[float]:
        self.queries.append(text)
        return self.embed_documents([text])[0]


@pytest.mark.parametrize(
    "answer",
    [
        ConnectionError("down"),
        [[1.0] * 8],
        [[1.0] * 8, [1.0] * 7],
        [[float("nan")] * 8, [1.0] * 8],
        [[float("inf")] * 8, [1.0] * 8],
        [["x"] * 8, [1.0] * 8],
        [[], []],
        [[1.0] * 5, [1.0] * 5],
        [1.0, 2.0],
    ],
)
def test_a_failing_embedder_changes_nothing(answer: Any) -> None:
    embeddings = Planted()
    store = EvidenceStore(embeddings)
    store.add_texts(["one pump", "a valve"], ids=["a", "b"])
    before = store.similarity_search_with_score("pump")
    embeddings.answer = answer
    expected = ConnectionError if isinstance(answer, Exception) else ModelError
    with pytest.raises(expected):
        store.add_texts(["another pump", "one more"], ids=["a", "c"])
    embeddings.answer = None
    assert store.similarity_search_with_score("pump") == before
    assert sorted(store.index.sources) == ["a", "b"]


def test_queries_are_embedded_as_queries() -> None:
    embeddings = Planted()
    store = EvidenceStore.from_texts(["one pump"], embeddings)
    assert embeddings.queries == []
    store.similarity_search("pump")
    store.retrieve(["pump", "valve", "pump"])
    assert embeddings.queries == ["pump", "pump", "valve"]
    assert store.embeddings is embeddings


def test_embeddings_there_and_back(tmp_path: Path) -> None:
    fake = FakeEmbedder()
    theirs = GroundwireEmbeddings(fake)
    assert as_embedder(theirs) is fake and as_embeddings(fake).embed_query("a") == (
        theirs.embed_query("a")
    )
    np.testing.assert_allclose(theirs.embed_documents(["a pump", "b"]), fake.embed(["a pump", "b"]))
    assert theirs.embed_documents([]) == []
    planted = Planted()
    ours = as_embedder(planted)
    assert as_embeddings(ours) is planted
    assert ours.fingerprint == "langchain:Planted:" == core_embedder(planted).fingerprint
    assert ours.dimension == 8 and ours.embed([]).shape == (0, 8)
    vectors = ours.embed(["a pump", "b"])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)
    assert as_embedder(planted, fingerprint="mine@1").fingerprint == "mine@1"
    store = EvidenceStore(fake)
    store.add_texts(["pump"])
    store.save(tmp_path / "s")
    assert EvidenceStore.load(tmp_path / "s", theirs).similarity_search("pump")
    # The core knows the wrapped model by the hash in its name.
    assert GroundwireEmbeddings().model.startswith("all-MiniLM-L6-v2@sha256:")


def test_threads_share_a_store() -> None:
    """Every search sees each document in one whole version."""
    store = EvidenceStore(FakeEmbedder())

    def version(number: int) -> list[Document]:
        text = f"The pump is of version {number}. " * 40
        return [Document(text, id=name, metadata={"version": number}) for name in "abc"]

    store.add_documents(version(0))
    stop = threading.Event()

    def search() -> int:
        seen = 0
        while not stop.is_set():
            documents = store.similarity_search("pump version", k=3)
            versions = {d.metadata["version"] for d in documents}
            assert len(documents) == 3 and len(versions) == 1
            assert all(d in version(versions.copy().pop()) for d in documents)
            assert all(d.page_content.count("pump") == 40 for d in store.get_by_ids("abc"))
            seen += 1
        return seen

    with ThreadPoolExecutor(3) as pool:
        searching = [pool.submit(search) for _ in range(2)]
        for number in range(1, 15):
            store.add_documents(version(number))
            store.similarity_search("pump")
        stop.set()
        assert all(job.result() for job in searching)


async def test_async_methods_do_not_block_the_loop() -> None:
    release = threading.Event()

    class Waiting(FakeEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            assert release.wait(20)
            vectors: Vectors = super().embed(texts)
            return vectors

    waiting: Any = Waiting()
    store = EvidenceStore(waiting)
    calls: list[Callable[[], Any]] = [
        lambda: store.aadd_texts(["a pump"], ids=["a"]),
        lambda: store.asimilarity_search("pump"),
        lambda: store.asimilarity_search_with_score("pump"),
        lambda: store.asimilarity_search_with_relevance_scores("pump"),
        lambda: store.asimilarity_search_by_vector([1.0] * 256),
        lambda: store.amax_marginal_relevance_search("pump"),
        lambda: store.amax_marginal_relevance_search_by_vector([1.0] * 256),
        lambda: store.as_retriever().ainvoke("pump"),
        lambda: store.aget_by_ids(["a"]),
        lambda: store.adelete(["a"]),
        lambda: EvidenceStore.afrom_texts(["a pump"], waiting, ids=["a"]),
        lambda: EvidenceStore.afrom_documents([Document("a")], waiting),
    ]
    for call in calls:
        release.clear()
        task = asyncio.create_task(call())
        for _ in range(3):
            await asyncio.sleep(0)
        release.set()
        await asyncio.wait_for(task, 20)


async def test_async_gives_what_sync_gives() -> None:
    store = store_of("red pump", "red pump red", "Lyon river", LONG)
    query = "red pump"
    vector = store.embeddings.embed_query(query)
    assert await store.asimilarity_search(query) == store.similarity_search(query)
    assert await store.asimilarity_search_with_score(
        query, k=2
    ) == store.similarity_search_with_score(query, k=2)
    assert await store.asimilarity_search_with_relevance_scores(
        query, k=2, score_threshold=0.1
    ) == store.similarity_search_with_relevance_scores(query, k=2, score_threshold=0.1)
    assert await store.asimilarity_search_by_vector(vector) == store.similarity_search_by_vector(
        vector
    )
    assert await store.amax_marginal_relevance_search(
        query, k=2
    ) == store.max_marginal_relevance_search(query, k=2)
    assert await store.as_retriever(search_type="mmr").ainvoke(query)


def test_langchain_indexes_into_it() -> None:
    store = EvidenceStore(FakeEmbedder())
    records = InMemoryRecordManager("test")
    records.create_schema()

    def run(*texts: str) -> dict[str, Any]:
        documents = [Document(text, metadata={"source": text[:1]}) for text in texts]
        return dict(
            index_documents(
                documents,
                records,
                store,
                cleanup="full",
                source_id_key="source",
                key_encoder="sha256",
            )
        )

    assert run("a pump", "b valve")["num_added"] == 2
    assert run("a pump", "b valve")["num_skipped"] == 2
    changed = run("a pump", "b tap")
    assert changed["num_added"] == 1 and changed["num_deleted"] == 1
    texts = [d.page_content for d in store.similarity_search("pump", k=9)]
    assert sorted(texts) == ["a pump", "b tap"]


def test_a_store_of_documents_needs_no_embedder_named() -> None:
    store = EvidenceStore.from_documents([Document("The pump weighs 62 kg.")])
    assert store.similarity_search("How heavy is the pump?", k=1)[0].page_content.endswith("62 kg.")
