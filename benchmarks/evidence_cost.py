"""Cost of evidence that comes with a check: CPU seconds and memory by its size, and by claims.

    python -m benchmarks.evidence_cost [--quick] [--sizes 8,32,84,300] [--claims 75,150,300]

Each size runs in a process of its own: the models are loaded by a check of one sentence, then a
five-claim answer is checked against a text of so many KB, a second time, and a third time with
one letter of the text changed. Seconds are those of the processor, all threads together, so that
other work on the machine does not count. Peak memory is that of the process. Long answers are
checked against 8 KB.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time

ROOMS = ("reading room", "workshop", "ticket hall", "archive", "kitchen", "boiler room", "gallery")
THINGS = ("a copper lamp", "two oak tables", "the old ledger", "a spare key", "maps of the coast")
TOWNS = ("Ardell", "Brenholm", "Castrow", "Dunmere", "Elvaston", "Fernhout", "Garlow", "Hestwick")
PEOPLE = ("Ida Brandt", "Tomas Hale", "Mira Solberg", "Jon Abara", "Lena Voss", "Piet Okker")


def write_sentence(number: int) -> str:
    """Returns a sentence that no other number gives."""
    rng = random.Random(number)
    town, person = rng.choice(TOWNS), rng.choice(PEOPLE)
    return rng.choice(
        (
            f"House {number} in {town} was finished in {1800 + number % 220} by {person}.",
            f"The {rng.choice(ROOMS)} of house {number} holds {rng.choice(THINGS)}.",
            f"In house {number} {person} pays {20 + number % 900} crowns a month for a room.",
            f"House {number} has {2 + number % 40} windows and faces the market of {town}.",
        )
    )


def write_evidence(kilobytes: int) -> str:
    """Returns paragraphs of eight sentences, together about so many KB."""
    parts, size, number = [], 0, 0
    while size < kilobytes * 1000:
        parts.append(" ".join(write_sentence(n) for n in range(number, number + 8)))
        size, number = size + len(parts[-1]) + 2, number + 8
    return "\n\n".join(parts)


def write_answer(claims: int, kilobytes: int) -> str:
    """Returns sentences of the evidence, spread over it, the last digit of some another."""
    count = write_evidence(kilobytes).count("House") or 1
    chosen = [write_sentence(i * count // claims) for i in range(claims)]
    return " ".join(text.replace("0", "7") if i % 3 == 2 else text for i, text in enumerate(chosen))


def measure(kilobytes: int, claims: int) -> dict[str, object]:
    """Returns CPU seconds of three checks and the peak memory, of this process."""
    from groundwire import Guard, ThresholdPolicy

    guard = Guard(policy=ThresholdPolicy.observe())
    guard.check("The pump is red.", "The pump is red.")
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    text, answer = write_evidence(kilobytes), write_answer(claims, kilobytes)
    seconds, timings = [], {}
    for evidence in (text, str(text.encode(), "utf-8"), text.replace("copper", "cooper", 1)):
        begun = time.process_time()
        report = guard.check(answer, evidence)
        seconds.append(round(time.process_time() - begun, 2))
        timings = dict(report.timings)
    labels = [verdict.label for verdict in report.verdicts]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "kb": kilobytes, "claims": len(labels), "first_s": seconds[0], "second_s": seconds[1],
        "changed_s": seconds[2], "loaded_mib": round(loaded), "peak_mib": round(peak),
        "supported": labels.count("supported"), "timings": timings,
    }  # fmt: skip


def run_apart(kilobytes: int, claims: int) -> dict[str, object]:
    """Runs ``measure`` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.evidence_cost", "--one", f"{kilobytes},{claims}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Prints a row for each size of evidence and of the answer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="8 and 32 KB, 10 and 20 claims")
    parser.add_argument("--sizes", default="8,32,84,300", help="KB of evidence")
    parser.add_argument("--claims", default="75,150,300", help="claims of long answers")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        kilobytes, claims = map(int, args.one.split(","))
        print(json.dumps(measure(kilobytes, claims)))
        return
    sizes = "8,32" if args.quick else args.sizes
    counts = "10,20" if args.quick else args.claims
    jobs = [(int(size), 5) for size in sizes.split(",")]
    jobs += [(8, int(count)) for count in counts.split(",")]
    print("| KB | claims | first, CPU s | second | changed | models, MiB | peak, MiB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for job in jobs:
        row = run_apart(*job)
        names = ("kb", "claims", "first_s", "second_s", "changed_s", "loaded_mib", "peak_mib")
        print(f"| {' | '.join(str(row[name]) for name in names)} |", flush=True)
        print(f"  {row['supported']} supported, {row['timings']}", file=sys.stderr)


if __name__ == "__main__":
    main()
