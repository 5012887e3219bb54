"""How well and how fast the evidence index retrieves.

    python -m benchmarks.retrieval --data DIR [--quick] [--claims N] [--articles N] [--json FILE]

``DIR`` holds ``dev/wice.jsonl.gz`` and ``corpus/wikipedia_2024.jsonl.gz``. Quality is recall@k
of WiCE's gold sentences. Speed is measured in one subprocess for each way and size, so that
each has a peak RSS of its own. The copies of the corpus are not embedded again: their texts
swap numbers and names, and their vectors are those of the base with noise added.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from groundwire.evidence import dense
from groundwire.evidence.chunking import chunk_document
from groundwire.evidence.dense import DenseIndex, rank_scores
from groundwire.evidence.documents import Document
from groundwire.evidence.embedders import Embedder
from groundwire.evidence.encoder import Vectors, normalize_rows
from groundwire.evidence.index import EvidenceIndex
from groundwire.evidence.index_state import RRF_K
from groundwire.evidence.lexical import LexicalIndex
from groundwire.types import Passage

KS = (1, 3, 5, 10)
NOISE = 0.35
"""Length of the noise added to a unit vector for a copy: its cosine to the base is 0.94."""

WAYS = ("flat", "ivf", "hnsw", "langchain_in_memory", "langchain_faiss", "index")


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the records of gzipped JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def wice(data: Path, limit: int | None) -> dict[str, Any]:
    """Recall@k of gold sentences: the best of a claim's sets of supporting sentences."""
    rows = [row for row in read(data / "dev" / "wice.jsonl.gz") if any(row["supporting_sentences"])]
    rows = rows[:limit]
    embedder = Embedder()
    recalls: dict[str, list[list[float]]] = {"dense": [], "bm25": [], "fused": []}
    premises: list[str] = []
    for row in rows:
        sentences: list[str] = row["evidence"]
        gold = [set(group) for group in row["supporting_sentences"] if group]
        vectors = embedder.embed(sentences)
        query = embedder.embed_queries([row["hypothesis"]])
        for name, order in orders(sentences, vectors, row["hypothesis"], query).items():
            found = [max(len(g & set(order[:k])) / len(g) for g in gold) for k in KS]
            recalls[name].append(found)
        premises.append(row["premise"])
    table = {
        name: {f"recall@{k}": interval(np.array(values)[:, i], premises) for i, k in enumerate(KS)}
        for name, values in recalls.items()
    }
    return {"claims": len(rows), "premises": len(set(premises)), "recall": table}


def orders(
    sentences: Sequence[str], vectors: Vectors, hypothesis: str, query: Vectors
) -> dict[str, list[int]]:
    """The sentences by each half and by both, best first."""
    count = len(sentences)
    near, cosines = DenseIndex(vectors, np.ones(count, np.bool_)).top(query, count)[0]
    words, scores = LexicalIndex.build(sentences).top(hypothesis, count)
    fused: dict[int, float] = {}
    for rows, values in ((near, cosines), (words, scores)):
        for row, rank in zip(rows.tolist(), rank_scores(values).tolist(), strict=True):
            fused[row] = fused.get(row, 0.0) + 1 / (RRF_K + rank)
    both = sorted(fused, key=lambda row: (-fused[row], sentences[row]))
    return {"dense": near.tolist(), "bm25": words.tolist(), "fused": both}


def interval(values: Any, clusters: Sequence[str], rounds: int = 2000) -> dict[str, float]:
    """Mean with a 95 % bootstrap interval, whole clusters drawn."""
    names = {name: i for i, name in enumerate(dict.fromkeys(clusters))}
    which = np.array([names[name] for name in clusters])
    sums, counts = np.bincount(which, weights=values), np.bincount(which)
    drawn = np.random.default_rng(0).integers(0, len(sums), (rounds, len(sums)))
    means = sums[drawn].sum(1) / counts[drawn].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {"mean": float(values.mean()), "low": float(low), "high": float(high)}


def passages_of(data: Path, articles: int) -> list[Passage]:
    """The passages of the first articles."""
    found: list[Passage] = []
    for number, row in enumerate(read(data / "corpus" / "wikipedia_2024.jsonl.gz")):
        if number == articles:
            break
        found += chunk_document(Document(row["text"], row["id"], {"title": row["title"]}))
    return found


_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}")


def varied(passage: Passage, copy: int, names: Sequence[str], draw: random.Random) -> Passage:
    """A passage with other numbers and names."""

    def other(match: re.Match[str]) -> str:
        value = match.group()
        top = 10 ** len(value) - 1
        return str(draw.randint((top + 1) // 10, top)) if value.isascii() else value

    text = _NAME.sub(lambda _: draw.choice(names), _NUMBER.sub(other, passage.text))
    source = f"{passage.source}#{copy}"
    return Passage(text, source, passage.start, passage.start + len(text), passage.metadata)


def prepare(base: Sequence[Passage], vectors: Vectors, copies: int, folder: Path) -> int:
    """Writes the vectors and texts of a corpus ``copies`` times as large."""
    draw, noise = random.Random(0), np.random.default_rng(0)
    names = sorted({name for passage in base for name in _NAME.findall(passage.text)}) or ["Lyon"]
    width = vectors.shape[1]
    out = np.lib.format.open_memmap(
        folder / f"{copies}.npy", "w+", np.float32, (len(base) * copies, width)
    )
    with (folder / f"{copies}.jsonl").open("w", encoding="utf-8") as file:
        for copy in range(copies):
            for passage in base:
                made = varied(passage, copy, names, draw) if copy else passage
                file.write(json.dumps([made.text, made.source, made.start, made.end]) + "\n")
            added = noise.normal(size=vectors.shape, scale=NOISE / width**0.5) if copy else 0
            block = normalize_rows((vectors + added).astype(np.float32))
            out[copy * len(base) : (copy + 1) * len(base)] = block
    out.flush()
    return len(out)


def queries_of(base: Sequence[Passage], count: int) -> list[str]:
    """Questions of a claim's length: a sentence from the middle of random passages."""
    chosen = random.Random(1).sample(list(base), min(count, len(base)))
    return [max(p.text.split(". "), key=lambda part: min(len(part), 200))[:200] for p in chosen]


class Given:
    """An embedder that knows vectors beforehand, so that each way gets the same ones."""

    fingerprint = "given@sha256:0"

    def __init__(self, vectors: Vectors, queries: dict[str, Any]) -> None:
        self.vectors, self.queries = vectors, queries
        self.dimension = int(vectors.shape[1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        return self.vectors

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.queries[text] for text in texts])


def peak_rss_mb() -> float:
    """Peak RSS of this process. What ``getrusage`` says includes the parent's, before exec."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def one_way(way: str, folder: Path, copies: int) -> dict[str, Any]:
    """Builds and queries one kind of index in this process."""
    vectors = np.load(folder / f"{copies}.npy")
    asked = np.load(folder / "queries.npy")
    texts: list[str] = json.loads((folder / "queries.json").read_text())
    passages: list[Passage] = []
    if way == "index" or way.startswith("langchain"):
        with (folder / f"{copies}.jsonl").open(encoding="utf-8") as file:
            passages = [Passage(*json.loads(line)) for line in file]
    known = dict(zip(texts, asked, strict=True))
    BUILDERS[way](vectors[:2], passages[:2], known)(texts[0], asked[0])  # Imports, once.
    before = peak_rss_mb()
    started = time.perf_counter()
    search = BUILDERS[way](vectors, passages, known)
    search(texts[0], asked[0])
    seconds = time.perf_counter() - started
    times, found = [], []
    for text, vector in zip(texts, asked, strict=True):
        begun = time.perf_counter()
        found.append([int(row) for row in search(text, vector)])
        times.append((time.perf_counter() - begun) * 1000)
    p50, p95 = np.percentile(times, [50, 95])
    return {
        "way": way,
        "passages": len(vectors),
        "passages_per_second": len(vectors) / seconds,
        "build_seconds": seconds,
        "query_ms_p50": float(p50),
        "query_ms_p95": float(p95),
        "rss_before_mb": before,
        "peak_rss_mb": peak_rss_mb(),
        "found": found,
    }


Search = Callable[[str, Any], Sequence[int]]
Built = Callable[[Vectors, list[Passage], dict[str, Any]], Search]


def _dense(limit: int) -> Built:
    def build(vectors: Vectors, passages: list[Passage], queries: dict[str, Any]) -> Search:
        dense.FLAT_LIMIT = limit
        made = DenseIndex.build(vectors, np.ones(len(vectors), np.bool_))
        return lambda _, vector: made.top(vector[None], 10)[0][0][:10].tolist()

    return build


def _hnsw(vectors: Vectors, passages: list[Passage], queries: dict[str, Any]) -> Search:
    import faiss

    made: Any = faiss.IndexHNSWFlat(vectors.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
    made.hnsw.efConstruction, made.hnsw.efSearch = 80, 128
    made.add(vectors)
    return lambda _, vector: made.search(vector[None], 10)[1][0].tolist()


def _langchain_embeddings(vectors: Vectors, queries: dict[str, Any]) -> Any:
    from langchain_core.embeddings import Embeddings

    class Known(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return vectors.tolist()  # type: ignore[no-any-return]

        def embed_query(self, text: str) -> list[float]:
            return queries[text].tolist()  # type: ignore[no-any-return]

    return Known()


def _in_memory(vectors: Vectors, passages: list[Passage], queries: dict[str, Any]) -> Search:
    from langchain_core.vectorstores import InMemoryVectorStore

    store = InMemoryVectorStore(_langchain_embeddings(vectors, queries))
    store.add_texts([p.text for p in passages], [{"row": row} for row in range(len(passages))])
    return lambda text, _: [d.metadata["row"] for d in store.similarity_search(text, k=10)]


def _langchain_faiss(vectors: Vectors, passages: list[Passage], queries: dict[str, Any]) -> Search:
    faiss_store: Any = import_module("langchain_community.vectorstores").FAISS
    rows = [{"row": row} for row in range(len(passages))]
    known = _langchain_embeddings(vectors, queries)
    store = faiss_store.from_texts([p.text for p in passages], known, metadatas=rows)
    return lambda text, _: [d.metadata["row"] for d in store.similarity_search(text, k=10)]


def _whole_index(vectors: Vectors, passages: list[Passage], queries: dict[str, Any]) -> Search:
    made = EvidenceIndex(Given(vectors, queries), k=10)
    made.add_passages(passages)
    row = {(p.source, p.start, p.text): i for i, p in enumerate(passages)}

    def search(text: str, _: Any) -> list[int]:
        found = [evidence.passage for evidence in made.retrieve([text])[0]]
        return [row[p.source, p.start, p.text] for p in found]

    return search


BUILDERS: dict[str, Built] = {
    "flat": _dense(10**12),
    "ivf": _dense(0),
    "hnsw": _hnsw,
    "langchain_in_memory": _in_memory,
    "langchain_faiss": _langchain_faiss,
    "index": _whole_index,
}


def scale(data: Path, articles: int, copies: int, asked: int) -> dict[str, Any]:
    """Build rate, query time and memory of each way, at two sizes."""
    base = passages_of(data, articles)
    embedder = Embedder()
    embedder.embed(["warm"])
    started = time.perf_counter()
    vectors = embedder.embed([passage.text for passage in base])
    rate = len(base) / (time.perf_counter() - started)
    texts = list(dict.fromkeys(queries_of(base, asked)))
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "queries.npy", embedder.embed_queries(texts))
        (folder / "queries.json").write_text(json.dumps(texts))
        for size in (1, copies):
            prepare(base, vectors, size, folder)
            results += [_in_subprocess(way, folder, size) for way in WAYS]
            (folder / f"{size}.npy").unlink()
    _add_recall(results)
    return {
        "articles": articles,
        "base_passages": len(base),
        "embedded_passages_per_second": rate,
        "queries": len(texts),
        "copies": f"{copies} times the base: texts with other numbers and names, vectors of the "
        f"base with Gaussian noise of length {NOISE} (not embedded)",
        "flat_limit": dense.FLAT_LIMIT,
        "ways": results,
    }


def _in_subprocess(way: str, folder: Path, copies: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.retrieval", "--one", way, str(folder), str(copies)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        why = done.stderr.strip().splitlines()[-1:] or ["no output"]
        return {"way": way, "copies": copies, "failed": why[0]}
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**made, "copies": copies}


def _add_recall(results: list[dict[str, Any]]) -> None:
    exact = {r["copies"]: r["found"] for r in results if r["way"] == "flat" and "found" in r}
    for result in results:
        found = result.get("found")
        if found and result["way"] != "index" and result["copies"] in exact:
            pairs = zip(found, exact[result["copies"]], strict=True)
            shares = [len(set(a) & set(b)) / max(1, len(b)) for a, b in pairs]
            result["recall@10_of_flat"] = float(np.mean(shares))
    for result in results:
        result.pop("found", None)


def markdown(report: dict[str, Any]) -> str:
    """The report as Markdown tables."""
    quality, speed = report["wice"], report["scale"]
    lines = [
        f"WiCE dev: {quality['claims']} claims with gold sentences, {quality['premises']} "
        "premises; 95 % bootstrap intervals, whole premises drawn.",
        "",
        "| | " + " | ".join(f"recall@{k}" for k in KS) + " |",
        "| --- |" + " --- |" * len(KS),
    ]
    for name, cells in quality["recall"].items():
        shown = [f"{c['mean']:.3f} [{c['low']:.3f}, {c['high']:.3f}]" for c in cells.values()]
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    lines += [
        "",
        f"Corpus: {speed['articles']} articles, {speed['base_passages']} passages, embedded at "
        f"{speed['embedded_passages_per_second']:.1f} passages/s. Larger copy: {speed['copies']}. "
        f"Times are of the index alone, vectors given; `index` is FAISS and BM25 together.",
        "",
        "| way | passages | build, passages/s | query p50, ms | p95, ms | peak RSS, MB "
        "| recall@10 of flat |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for r in speed["ways"]:
        if "failed" in r:
            lines.append(f"| {r['way']} | x{r['copies']} | failed: {r['failed']} | | | | |")
            continue
        recall = r.get("recall@10_of_flat")
        lines.append(
            f"| {r['way']} | {r['passages']} | {r['passages_per_second']:.0f} "
            f"| {r['query_ms_p50']:.2f} | {r['query_ms_p95']:.2f} | {r['peak_rss_mb']:.0f} "
            f"| {'' if recall is None else f'{recall:.3f}'} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, help="folder with dev/ and corpus/")
    parser.add_argument("--articles", type=int, default=1000, help="articles of the corpus")
    parser.add_argument("--copies", type=int, default=20, help="size of the larger copy")
    parser.add_argument("--claims", type=int, help="claims of WiCE; by default all")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="a few claims, articles and queries")
    parser.add_argument("--json", type=Path, help="file for the results")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        way, folder, copies = options.one
        print(json.dumps(one_way(way, Path(folder), int(copies))))
        return
    if options.data is None or not (options.data / "dev" / "wice.jsonl.gz").is_file():
        parser.error("--data: give a folder that holds dev/wice.jsonl.gz and corpus/")
    if options.quick:
        options.articles, options.queries, limit = min(options.articles, 20), 20, 12
    else:
        limit = options.claims
    report = {
        "quick": options.quick,
        "wice": wice(options.data, limit),
        "scale": scale(options.data, options.articles, options.copies, options.queries),
    }
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(markdown(report))


if __name__ == "__main__":
    main()
