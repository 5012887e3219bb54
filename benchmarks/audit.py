"""Audits measured: memory, throughput, share of time in the model, Ray, and kills.

    python -m benchmarks.audit [--quick] [--verifier fake|embedded] [--counts 1000,10000,100000]
                               [--workers 1,2] [--kills 50]

Each run is a process of its own, so that its peak memory is its own. Answers are those of
``benchmarks.check_latency``, each with its evidence of about 1,000 tokens. Peak memory must not
grow with the number of answers. The kill test ends an audit with SIGKILL at random moments,
continues it each time, and compares what it wrote with an audit that nobody disturbed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.check_latency import answer, evidence

from groundwire import Guard
from groundwire.audit.items import Item
from groundwire.audit.options import AuditOptions
from groundwire.audit.run import audit
from groundwire.protocols import Verifier
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Evidence, Verdict


class Timed:
    """A verifier whose time is measured."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier, self.seconds = verifier, 0.0
        self.version = str(getattr(verifier, "version", "timed"))

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        begun = time.perf_counter()
        verdicts = self._verifier.verify(claims, evidence)
        self.seconds += time.perf_counter() - begun
        return verdicts


def items(count: int) -> Iterator[Item]:
    """Yields answers with their evidence; each differs from the others."""
    text = evidence()
    for number in range(count):
        stated = f"{text}\n\nThe locker number {number} opens with the code {number * 7}."
        yield Item(f"a{number}", answer(number), None, (stated,), {"topic": number % 8})


def fake_guard() -> Guard:
    """A guard that compares words."""
    return Guard(verifier=FakeVerifier())


def embedded_guard() -> Guard:
    """The guard that is the default."""
    return Guard()


GUARDS = {"fake": fake_guard, "embedded": embedded_guard}


def one(output: str, verifier: str, count: int, shard: int, resume: bool) -> dict[str, Any]:
    """Runs one audit on this machine and returns its figures."""
    made = GUARDS[verifier]()
    timed = Timed(made.verifier)
    loaded = peak()
    begun = time.perf_counter()
    audit(items(count), output, made.with_verifier(timed), AuditOptions(
        shard_size=shard, resume=resume))  # fmt: skip
    spent = time.perf_counter() - begun
    return {
        "answers": count, "seconds": spent, "answers_per_s": count / spent,
        "share_in_verifier": timed.seconds / spent, "rss_mib_before": loaded,
        "peak_rss_mib": peak(),
    }  # fmt: skip


def on_ray(output: str, verifier: str, count: int, shard: int, workers: int) -> dict[str, Any]:
    """Runs one audit on Ray and returns its figures, the start of Ray not counted."""
    import ray

    from groundwire.audit.ray_engine import run_on_ray

    ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False)
    begun = time.perf_counter()
    run_on_ray(items(count), output, GUARDS[verifier], AuditOptions(shard_size=shard), workers)
    spent = time.perf_counter() - begun
    return {
        "answers": count, "workers": workers, "seconds": spent, "answers_per_s": count / spent,
        "peak_rss_mib_of_driver": peak(),
    }  # fmt: skip


def peak() -> float:
    """Peak memory of this process, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def command(output: Path, *args: object) -> list[str]:
    """A process that runs one audit."""
    return [sys.executable, "-m", "benchmarks.audit", "--one", str(output), *map(str, args)]


def measured(output: Path, *args: object) -> dict[str, Any]:
    """Runs an audit in a process and returns its figures."""
    ran = subprocess.run(command(output, *args), check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def same(one: Path, other: Path) -> bool:
    """Whether two audits wrote the same bytes."""
    names = sorted(path.name for path in one.iterdir())
    return names == sorted(path.name for path in other.iterdir()) and all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in names
    )


def killed(folder: Path, count: int, kills: int) -> dict[str, Any]:
    """Kills an audit at random moments until it was killed often enough or is done."""
    draw, done, finished, audits = random.Random(7), 0, 0, 0
    whole = folder / "whole"
    args = ("--verifier", "fake", "--count", count, "--shard", 20)
    measured(whole, *args)
    while done < kills:
        output = folder / f"killed{audits}"
        audits += 1
        while True:
            process = subprocess.Popen(
                command(output, *args, "--resume"), stdout=subprocess.DEVNULL
            )
            try:
                wait = draw.uniform(0.3, 6.0) if done < kills else None
                code = process.wait(wait)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                done += 1
                continue
            if code != 0:
                raise RuntimeError(f"an audit ended with {code} after {done} kills")
            break
        finished += same(whole, output)
    return {"kills": done, "audits": audits, "equal_to_undisturbed": finished}


def main() -> None:
    """Runs the benchmark and prints JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few answers, few kills, no Ray")
    parser.add_argument("--verifier", choices=sorted(GUARDS), default="fake")
    parser.add_argument("--counts", default="1000,10000,100000")
    parser.add_argument("--workers", default="1,2", help="of Ray; empty leaves Ray out")
    parser.add_argument("--kills", type=int, default=50)
    for hidden in ("--one", "--count", "--shard", "--on-ray"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    parser.add_argument("--resume", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        count, shard = int(args.count), int(args.shard or 1_000)
        if args.on_ray:
            print(json.dumps(on_ray(args.one, args.verifier, count, shard, int(args.on_ray))))
        else:
            print(json.dumps(one(args.one, args.verifier, count, shard, args.resume)))
        return
    counts = [50, 100] if args.quick else [int(n) for n in args.counts.split(",")]
    workers = [] if args.quick else [int(n) for n in args.workers.split(",") if n]
    kills = 2 if args.quick else args.kills
    result: dict[str, Any] = {"verifier": args.verifier, "local": [], "ray": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for count in counts:
            common = ("--verifier", args.verifier, "--count", count, "--shard", min(1_000, count))
            result["local"].append(measured(folder / f"local{count}", *common))
        peaks = [row["peak_rss_mib"] for row in result["local"]]
        result["peak_rss_largest_to_smallest"] = max(peaks) / min(peaks)
        for number in workers:
            shard = max(1, min(1_000, counts[0] // 8))
            common = ("--verifier", args.verifier, "--count", counts[0], "--shard", shard)
            result["ray"].append(measured(folder / f"ray{number}", *common, "--on-ray", number))
            reference = folder / f"reference{number}"
            measured(reference, *common)
            result["ray"][-1]["equal_to_local"] = same(reference, folder / f"ray{number}")
        result["kill"] = killed(folder, 60 if args.quick else 200, kills)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
