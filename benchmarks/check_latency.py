"""Latency, throughput and memory of ``Guard.check`` against the naive way, in one run.

    python -m benchmarks.check_latency [--quick] [--model DIR]

A five-claim answer is checked against about 1,000 tokens of evidence. The naive way scores every
claim against every passage with ``CrossEncoder.predict`` and the same weights, and takes the best
entailment. The GEMM rate is that of a bf16 matrix product of the model's own shapes.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

TOPICS = (
    ("Harbor Library", "reading rooms", "1962", "loan", "21 days"),
    ("Quarry Swimming Hall", "lanes", "1975", "season ticket", "180 crowns"),
    ("Mill Street Theatre", "seats", "1931", "guided tour", "45 minutes"),
    ("Northgate Botanical Garden", "glasshouses", "1908", "annual pass", "60 crowns"),
    ("River Rowing Club", "boats", "1949", "trial course", "6 weeks"),
    ("Old Town Observatory", "domes", "1887", "public night", "90 minutes"),
    ("Meadow Sports Park", "pitches", "1990", "court booking", "12 crowns"),
    ("Station Square Market", "stalls", "1923", "stall permit", "14 days"),
)


def evidence() -> str:
    """Returns eight paragraphs, about 1,000 tokens."""
    parts = []
    for number, (name, things, year, thing, value) in enumerate(TOPICS, 3):
        parts.append(
            f"The {name} was opened in {year} and has {number * 4} {things} on {number % 4 + 2} "
            f"floors. It is run by the city and closed on the second Monday of each month. "
            f"The {thing} of the {name} costs or lasts {value}, and it can be renewed once. "
            f"Visitors reach it by tram line {number + 5}, which stops {number * 30} meters away. "
            f"Children under {number + 3} enter the {name} without paying if an adult is with "
            f"them. In winter the {name} opens at {number % 3 + 8} in the morning and closes at "
            f"six in the evening, except on public holidays, when it stays closed all day."
        )
    return "\n\n".join(parts)


def answer(seed: int = 0) -> str:
    """Returns five claims, three of them supported."""
    a, b, c = (TOPICS[(seed + i) % len(TOPICS)] for i in range(3))
    return (
        f"The {a[0]} was opened in {a[2]}. Its {a[3]} costs or lasts {a[4]}. "
        f"The {b[0]} is run by the city. The {b[0]} was opened in {int(b[2]) + 7}. "
        f"The {c[0]} was rebuilt by a famous architect after a fire."
    )


def timed(work: Callable[[], Any], times: int) -> list[float]:
    """Returns the seconds of each run, sorted."""
    out = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        out.append(time.perf_counter() - begun)
    return sorted(out)


def gemm_rate(seconds: float = 1.5) -> float:
    """Returns bf16 GFLOP/s of [2048, 384] x [384, 1536], the shape of the feed-forward layer."""
    import torch

    a = torch.randn(2048, 384, dtype=torch.bfloat16)
    b = torch.randn(384, 1536, dtype=torch.bfloat16)
    for _ in range(10):
        a @ b
    done, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        a @ b
        done += 1
    return done * 2 * 2048 * 384 * 1536 / (time.perf_counter() - begun) / 1e9


def forward_flops(lengths: list[int], layers: int = 6, hidden: int = 384) -> float:
    """Multiply-adds (times two) of the encoder for sequences of these padded lengths."""
    return float(sum(layers * (24 * n * hidden**2 + 4 * n * n * hidden) for n in lengths))


def cold_start(model: str | None) -> dict[str, float]:
    """Returns seconds of importing, and of the first check in a fresh process, and its peak RSS."""
    code = (
        "import time; t=time.perf_counter(); import groundwire, sys\n"
        "i=time.perf_counter()-t\n"
        "heavy=[m for m in ('torch','numpy','faiss') if m in sys.modules]\n"
        "from benchmarks.check_latency import answer, evidence\n"
        "t=time.perf_counter(); from groundwire import Guard, NLIVerifier\n"
        f"g=Guard(verifier=NLIVerifier({model!r})); g.check(answer(), evidence())\n"
        "f=time.perf_counter()-t; import resource\n"
        "print(i, f, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024, len(heavy))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    imported, first, rss, heavy = map(float, out.stdout.split()[-4:])
    return {
        "import_s": imported, "first_check_s": first, "peak_rss_mib": rss, "heavy_at_import": heavy,
    }  # fmt: skip


def naive(model: Any, claims: list[str], passages: list[str], columns: Any) -> list[bool]:
    """Every claim against every passage; supported where the best entailment wins."""
    pairs = [(passage, claim) for claim in claims for passage in passages]
    logits = model.predict(pairs, show_progress_bar=False)
    exp = np.exp(logits - logits.max(axis=1, keepdims=True))
    entail = (exp / exp.sum(axis=1, keepdims=True))[:, columns[0][0]]
    return list((entail.reshape(len(claims), len(passages)).max(axis=1) >= 0.5).tolist())


def main() -> None:
    """Runs the benchmark and prints JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repetitions")
    parser.add_argument("--model", help="folder of the verifier; by default the embedded one")
    args = parser.parse_args()
    from sentence_transformers import CrossEncoder

    from groundwire import ClaimSplitter, Guard, NLIVerifier, ThresholdPolicy
    from groundwire.evidence.chunking import chunk_document
    from groundwire.evidence.documents import Document
    from groundwire.verify.backends.checkpoint import find_default_verifier
    from groundwire.verify.calibration import Calibration

    times = 5 if args.quick else 40
    result: dict[str, Any] = {"cold": cold_start(args.model)}
    verifier = NLIVerifier(args.model)
    # The naive way has no calibration, so that labels are compared without one.
    plain = NLIVerifier(args.model, calibration=Calibration())
    alike = Guard(verifier=plain, policy=ThresholdPolicy.observe())
    guard = Guard(verifier=verifier, policy=ThresholdPolicy.observe())
    text = evidence()
    guard.check(answer(), text)
    runs = timed(lambda: guard.check(answer(1), text), times)
    result["check_observe_ms"] = {
        "p50": 1e3 * median(runs), "p95": 1e3 * runs[int(0.95 * (len(runs) - 1))]
    }  # fmt: skip
    rewriting = Guard(verifier=verifier)
    runs = timed(lambda: rewriting.check(answer(1), text), times)
    result["check_with_rewrite_ms"] = {
        "p50": 1e3 * median(runs), "p95": 1e3 * runs[int(0.95 * (len(runs) - 1))]
    }  # fmt: skip

    passages = [p.text for p in chunk_document(Document(text, "evidence"))]
    folder = args.model or str(find_default_verifier())
    model = CrossEncoder(folder, local_files_only=True, model_kwargs={"dtype": "float32"})
    columns = verifier.scorer.columns
    result["evidence_tokens"] = len(verifier.scorer.tokens([text])[0])
    result["passages"] = len(passages)
    equal = total = 0
    for seed in range(len(TOPICS)):
        claims = [c.text for c in ClaimSplitter().split(answer(seed))]
        slow = naive(model, claims, passages, columns)
        fast = [v.label == "supported" for v in alike.check(answer(seed), text).verdicts]
        equal += sum(a == b for a, b in zip(slow, fast, strict=True))
        total += len(claims)
    claims = [c.text for c in ClaimSplitter().split(answer(1))]
    slow_runs = timed(lambda: naive(model, claims, passages, columns), max(3, times // 4))
    result["naive_ms"] = {"p50": 1e3 * median(slow_runs)}
    result["speedup"] = result["naive_ms"]["p50"] / result["check_observe_ms"]["p50"]
    result["equal_labels"] = equal / total

    many = 20 if args.quick else 200
    begun = time.perf_counter()
    reports = guard.check_many([answer(i) for i in range(many)], [text] * many)
    spent = time.perf_counter() - begun
    result["bulk_claims_per_s"] = sum(len(r.verdicts) for r in reports) / spent

    premise = " ".join(text.split()[:95])
    pairs = [(f"{premise} {i}", f"The library has {i} rooms.") for i in range(200)]
    verifier.scorer.score(pairs[:32])
    runs = timed(lambda: verifier.scorer.score(pairs), 3)
    width = -(-len(verifier.scorer.tokenizer(*pairs[0])["input_ids"]) // 16) * 16
    flops = forward_flops([width] * len(pairs))
    result["scoring"] = {
        "pairs_per_s": len(pairs) / runs[0], "padded_tokens": width,
        "gflops": flops / runs[0] / 1e9,
    }  # fmt: skip
    result["gemm_bf16_gflops"] = gemm_rate()
    result["share_of_gemm"] = result["scoring"]["gflops"] / result["gemm_bf16_gflops"]
    result["peak_rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
