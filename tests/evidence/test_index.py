from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.errors import InputError
from groundwire.evidence import dense, index
from groundwire.evidence.dense import DenseIndex, rank_scores
from groundwire.evidence.documents import Document
from groundwire.evidence.encoder import Vectors
from groundwire.evidence.index import EvidenceIndex
from groundwire.evidence.lexical import LexicalIndex, tokenize_words
from groundwire.protocols import Retriever
from groundwire.testing import FakeEmbedder
from groundwire.types import Evidence, Passage


class Hashed:
    """An embedder whose vectors are sums of one pseudo-random vector a word."""

    dimension = 16
    fingerprint = "hashed@sha256:1"

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
                vectors[row] += np.random.default_rng(seed).normal(size=self.dimension)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        scaled: Vectors = (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)
        return scaled


WORDS = ["pump", "valve", "62", "64", "Lyon", "Paris", "dose", "3.5", "E-102", "water"]


def documents(names: Sequence[str], seed: int) -> list[Document]:
    draw = random.Random(seed)
    return [
        Document(" ".join(draw.choices(WORDS, k=draw.randint(1, 12))), name, {"seed": seed})
        for name in names
    ]


def flat(found: Sequence[Sequence[Evidence]]) -> list[list[tuple[str, str, float]]]:
    return [[(e.passage.source, e.passage.text, e.score) for e in each] for each in found]


changes = st.lists(
    st.tuples(
        st.sampled_from(["put", "delete"]),
        st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4, unique=True),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=8,
)


def check_changes(steps: Sequence[tuple[str, list[str], int, bool]]) -> None:
    changed = EvidenceIndex(Hashed(), k=5)
    expected: dict[str, Document] = {}
    for kind, names, seed, search in steps:
        if kind == "put":
            docs = documents(names, seed)
            if any(name in expected for name in names):
                with pytest.raises(InputError, match="use update"):
                    changed.add(docs)
                changed.update(docs)
            else:
                changed.add(docs)
            expected |= {doc.source: doc for doc in docs}
        elif all(name in expected for name in names):
            assert changed.delete(names) == len(names)
            for name in names:
                del expected[name]
        else:
            with pytest.raises(InputError, match="is not in the index"):
                changed.delete(names)
        if search:
            changed.retrieve(["pump 62"])
    fresh = EvidenceIndex(Hashed(), k=5)
    if expected:
        fresh.add(sorted(expected.values(), key=lambda doc: doc.source, reverse=True))
    assert sorted(changed.sources) == sorted(expected) == sorted(fresh.sources)
    assert len(changed) == len(fresh) == len(changed.passages)
    queries = ["pump 62 Lyon", "E-102", "dose of 3.5", "", "nothing known"]
    assert flat(changed.retrieve(queries)) == flat(fresh.retrieve(queries))


@settings(deadline=None, max_examples=60)
@given(changes)
def test_changes_equal_a_fresh_build(steps: list[tuple[str, list[str], int, bool]]) -> None:
    check_changes(steps)


@settings(deadline=None, max_examples=40)
@given(changes)
def test_changes_equal_a_fresh_build_with_inverted_lists(
    steps: list[tuple[str, list[str], int, bool]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "FLAT_LIMIT", 2)
        patch.setattr(dense, "TAIL_SHARE", 0.5)
        patch.setattr(index, "TAIL_SHARE", 0.5)
        check_changes(steps)


def test_inverted_lists_serve_what_was_added_and_hide_what_was_deleted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dense, "FLAT_LIMIT", 50)
    made = EvidenceIndex(Hashed(), k=1)
    made.add([Document(f"item {n} of the list", f"s{n}") for n in range(100)])
    made.retrieve(["item"])
    first = made._dense
    assert first is not None and first.lists is not None and first.covered == 100
    made.add(Document("zebra crossing", "late"))
    made.delete([f"s{n}" for n in range(5)])
    found = made.retrieve(["zebra crossing", "item 3 of the list"])
    assert made._dense is not first and made._dense is not None
    assert made._dense.lists is first.lists, "the lists were built again"
    assert found[0][0].passage.source == "late"
    assert found[1][0].passage.source not in {f"s{n}" for n in range(5)}
    made.delete([f"s{n}" for n in range(5, 30)])
    made.retrieve(["item"])
    assert made._dense.covered == 71 == len(made)


def test_inverted_lists_find_nearly_what_a_full_comparison_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw = np.random.default_rng(3)
    vectors = draw.normal(size=(3000, 24)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    alive = np.ones(3000, dtype=np.bool_)
    full = DenseIndex.build(vectors, alive).top(vectors[:50], 10)
    monkeypatch.setattr(dense, "FLAT_LIMIT", 100)
    near = DenseIndex.build(vectors, alive).top(vectors[:50], 10)
    shared = [len(set(a[0]) & set(b[0])) / 10 for a, b in zip(full, near, strict=True)]
    assert np.mean(shared) > 0.9


def test_ties_at_the_cut_all_come() -> None:
    vectors = np.zeros((200, 4), dtype=np.float32)
    vectors[:, 0] = 1
    ((rows, scores),) = DenseIndex(vectors, np.ones(200, np.bool_)).top(vectors[:1], 3)
    assert len(rows) == 200 and set(scores) == {1.0}


def test_order_of_documents_and_batch_of_queries_do_not_matter() -> None:
    docs = [Document(f"the same words {n % 3}", f"s{n:03}") for n in range(150)]
    queries = ["same words 1", "words 2", "pump"]
    one, other = EvidenceIndex(Hashed()), EvidenceIndex(Hashed())
    one.add(docs)
    random.Random(1).shuffle(docs)
    other.add(docs)
    assert flat(one.retrieve(queries)) == flat(other.retrieve(queries))
    assert flat(one.retrieve(queries * 10))[:3] == flat(one.retrieve(queries))
    assert flat([one.retrieve([q])[0] for q in queries]) == flat(one.retrieve(queries))


def test_scores_are_the_sum_of_reciprocal_ranks() -> None:
    made = EvidenceIndex(Hashed(), k=2)
    made.add([Document("pump", "a"), Document("valve", "b")])
    best, second = made.retrieve(["pump"])[0]
    assert best.passage.source == "a" and best.score == pytest.approx(2 / 61)
    assert second.passage.source == "b" and second.score == pytest.approx(1 / 62)


def test_pieces_of_one_source_in_one_call_and_repeats() -> None:
    made = EvidenceIndex(Hashed())
    piece = Passage("pump", "file", 0, 4)
    assert made.add_passages([piece, Passage("valve", "file", 5, 10), piece]) == 2
    assert made.sources == ["file"]
    assert made.passages[0] == piece
    assert made.delete("file") == 2
    assert made.retrieve(["pump"]) == [[]]
    assert made.add(Document("water", "file")) == 1


def test_an_update_with_less_text_removes_the_rest() -> None:
    made = EvidenceIndex(Hashed())
    made.add_passages([Passage("pump", "file", 0, 4), Passage("valve", "file", 5, 10)])
    assert made.update(Document("water", "file")) == 1
    assert [p.text for p in made.passages] == ["water"]


def test_nothing_asked_and_nothing_held() -> None:
    made = EvidenceIndex(Hashed())
    assert made.retrieve([]) == [] and made.retrieve(["a", ""]) == [[], []]
    assert len(made) == 0 and made.sources == [] and made.passages == []
    assert isinstance(made, Retriever)


def test_wrong_arguments() -> None:
    with pytest.raises(InputError, match="k is 0"):
        EvidenceIndex(Hashed(), k=0)
    with pytest.raises(InputError, match="one string"):
        EvidenceIndex(Hashed()).retrieve("pump")
    with pytest.raises(InputError, match="'x' is not in the index"):
        EvidenceIndex(Hashed()).delete("x")


def test_a_failing_embedder_changes_nothing() -> None:
    class Failing(Hashed):
        broken = False

        def embed(self, texts: Sequence[str]) -> Vectors:
            if self.broken:
                raise RuntimeError("no vectors")
            return super().embed(texts)

    embedder = Failing()
    made = EvidenceIndex(embedder)
    made.add(Document("pump", "a"))
    embedder.broken = True
    with pytest.raises(RuntimeError, match="no vectors"):
        made.update([Document("valve", "a"), Document("water", "b")])
    embedder.broken = False
    assert [e.passage.text for e in made.retrieve(["pump"])[0]] == ["pump"]


def test_threads_search_while_another_changes() -> None:
    made = EvidenceIndex(Hashed(), k=3)
    made.add([Document(f"pump {n}", f"stay{n}") for n in range(20)])
    stop = threading.Event()

    def change() -> None:
        for n in range(40):
            made.add(Document("valve water", f"go{n}"))
            made.delete(f"go{n}")
        stop.set()

    def search(_: int) -> int:
        rounds = 0
        while not stop.is_set() or not rounds:
            (found,) = made.retrieve(["pump 7"])
            assert found[0].passage.source == "stay7"
            rounds += 1
        return rounds

    with ThreadPoolExecutor(4) as pool:
        changing = pool.submit(change)
        assert all(pool.map(search, range(3)))
        changing.result()
    assert len(made) == 20


def test_the_embedded_model_finds_meaning_and_codes() -> None:
    made = EvidenceIndex(k=2)
    made.add(
        [
            Document("The pump makes less noise than a conversation.", "noise"),
            Document("Error E-102 means that the filter is full.", "e102"),
            Document("Error E-103 means that the door is open.", "e103"),
            Document("The warranty lasts for two years.", "warranty"),
        ]
    )
    quiet, code = made.retrieve(["How loud is it?", "E-102"])
    assert quiet[0].passage.source == "noise"
    assert code[0].passage.source == "e102"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Error E-102!", ["error", "e-102", "102"]),
        ("3.5 mg", ["3.5", "mg"]),
        ("It cost $1,200.", ["it", "cost", "$1,200", "1,200"]),
        ("up 12 %, or 12%", ["up", "12", "or", "12%", "12"]),
        ("Battery-powered", ["battery-powered", "battery", "powered"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("isn't", ["isn't", "isn"]),
        ("\ud800 … ---", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert tokenize_words(text) == tokens


def test_bm25_scores_by_hand() -> None:
    made = LexicalIndex.build(["pump pump valve", "valve", "water"])
    idf = np.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    frequency = 2 / (2 + 1.5 * (1 - 0.75 + 0.75 * 3 / (5 / 3)))
    np.testing.assert_allclose(made.scores("pump"), [idf * frequency, 0, 0], rtol=1e-5)


def test_function_words_of_a_query_count_only_when_there_are_no_others() -> None:
    made = LexicalIndex.build(["it is the valve", "the pump of Lyon"])
    assert made.top("Is it in Lyon?", 5)[0].tolist() == [1]
    assert made.top("is it?", 5)[0].tolist() == [0]


def test_bm25_of_nothing() -> None:
    for texts in ([], ["", "..."]):
        rows, scores = LexicalIndex.build(texts).top("pump", 5)
        assert len(rows) == len(scores) == 0


def test_bm25_ties_at_the_cut_all_come() -> None:
    rows, _ = LexicalIndex.build(["pump"] * 9 + ["valve", "pump pump"]).top("pump", 2)
    assert len(rows) == 10


def test_equal_scores_share_a_rank() -> None:
    assert rank_scores([3.0, 2.0, 2.0, 1.0]).tolist() == [1, 2, 2, 4]
    assert rank_scores(np.zeros(0)).tolist() == []


def test_a_langchain_embeddings_can_be_passed() -> None:
    class Letters:
        def embed_documents(self, texts: list[str]) -> Any:
            return [[float(t.count(c)) for c in "abc"] for t in texts]

    made = EvidenceIndex(Letters(), k=1)
    made.add([Document("aaa", "a"), Document("bbb", "b")])
    assert made.retrieve(["b"])[0][0].passage.source == "b"


def test_passages_of_a_source_are_replaced_and_looked_up() -> None:
    made = EvidenceIndex(Hashed())
    assert made.of("a") == [] and made.snapshot() is None
    old = [Passage("pump 62", "a", 0, 7), Passage("valve", "a", 8, 13), Passage("Lyon", "b", 0, 4)]
    assert made.update_passages(old) == 3
    assert made.of("a") == old[:2] and made.of("c") == []
    new = Passage("pump 64", "a", 0, 7)
    assert made.update_passages([new]) == 1
    assert made.of("a") == [new] and len(made) == 2
    assert made.delete(["a", "c", "a"], missing_ok=True) == 1
    assert made.delete("a", missing_ok=True) == 0
    assert made.sources == ["b"]


def test_k_of_one_call() -> None:
    made = EvidenceIndex(Hashed(), k=2)
    made.add(documents("abcdefgh", 1))
    assert len(made.retrieve(["pump"])[0]) == 2
    assert len(made.retrieve(["pump"], k=5)[0]) == 5
    with pytest.raises(InputError, match="k is 0"):
        made.retrieve(["pump"], k=0)


def test_a_snapshot_does_not_change() -> None:
    made = EvidenceIndex(Hashed())
    made.add(documents("abc", 1))
    snapshot = made.snapshot()
    assert snapshot is not None and len(snapshot) == 3

    def seen() -> list[object]:
        (near,) = snapshot.near(made.embedder.embed(["pump 62"]), 9)
        hits = [*snapshot.nearest(near), *snapshot.fused("pump 62", near, 9)]
        return [snapshot.evidence(hits), *(snapshot.of(name) for name in "abc")]

    before = seen()
    made.update(documents("ad", 2))
    made.delete("b")
    made.retrieve(["pump"])
    made.update(documents("a", 3))
    assert seen() == before
    now = made.snapshot()
    assert now is not None and sorted(now.sources) == ["a", "c", "d"]


def test_what_has_no_name_is_numbered_on() -> None:
    made = EvidenceIndex(FakeEmbedder())
    assert made.add("The pump is red.") == made.add("The pump is red.") == 1
    made.add([None, {"weight": 62}, Document("valve", "file")])
    assert made.sources == ["evidence[0]", "evidence[1]", "evidence[3]", "file"]
    with pytest.raises(InputError, match=r"'file' is in the index already"):
        made.add(["water", Document("valve", "file")])
    with pytest.raises(InputError, match=r"^evidence\[1\]: a int"):
        made.add(["water", 7])
    assert made.sources == ["evidence[0]", "evidence[1]", "evidence[3]", "file"]


def test_threads_add_what_has_no_name() -> None:
    made = EvidenceIndex(FakeEmbedder())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: made.add(f"pump {n}"), range(40)))
    assert sorted(made.sources) == sorted(f"evidence[{n}]" for n in range(40))
