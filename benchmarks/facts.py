"""Precision and recall of each deterministic check alone, on labelled pairs.

    python -m benchmarks.facts --data DIR [--limit N] [--edits] [--show KIND]

A check is run as the verifier runs it: on each claim of a text, against every sentence of the
evidence; no model is loaded. For each kind of finding: on how many texts it is reported, which
share of those is labelled not supported (precision; and contradicted, where the set has that
class), and which share of all unsupported texts it reports (recall), with Wilson intervals. The
claims of whole answers with marked spans count one by one. Half of the premises (by hash) is for
tuning the checks, the other half is held out.

``--edits`` changes one thing in a supported text, and in a sentence of its evidence, and reports
how many edits of each type are found as a conflict.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from groundwire.evaluate.corruptions import NAME, corrupt_sentence
from groundwire.evaluate.metrics import estimate_share
from groundwire.evaluate.pairs import LabelledPair, split_hypothesis
from groundwire.evidence.chunking import chunk_document
from groundwire.evidence.documents import make_documents
from groundwire.text.overlap import WordRarity
from groundwire.train.pairs.pairs import read_jsonl
from groundwire.types import Claim, Evidence, Finding, Quote
from groundwire.verify.checks import CHECKS
from groundwire.verify.premise import build_premise

LEFT_OUT = ("other_languages", "qnli_dev")
"""Not English; hypotheses that are questions."""


@dataclass(frozen=True, slots=True)
class Case:
    """Claims that share one label, and the evidence they are checked against."""

    name: str
    pair: LabelledPair
    label: str
    claims: tuple[Claim, ...]

    @property
    def held(self) -> bool:
        """Whether the premise is in the half that no check is tuned on."""
        return int(self.pair.source, 16) % 2 == 1


def cases(path: Path, limit: int | None) -> Iterator[Case]:
    """Reads a file of pairs, or of whole answers, whose claims become cases of their own."""
    rows = [row for row in read_jsonl(path) if row.get("label") is not None]
    if limit and len(rows) > limit:
        rows = random.Random(0).sample(rows, limit)
    name = path.name.split(".")[0]
    for row in rows:
        premise = row.get("premise") or row.get("source") or ""
        text = row.get("hypothesis") or row.get("response") or ""
        label = str(row["label"])
        pair = LabelledPair(str(row["id"]), premise, text, None, row.get("question"))
        if not text.strip():
            continue
        if "response" not in row:
            yield Case(name, pair, label, tuple(split_hypothesis(pair)))
            continue
        for claim in split_hypothesis(pair):
            marked = any(a < claim.end and claim.start < b for a, b, *_ in row["spans"])
            yield Case(name, pair, "unsupported" if marked else "supported", (claim,))


@lru_cache(maxsize=64)
def passages(premise: str) -> tuple[Evidence, ...]:
    """All passages of a premise, none better than another."""
    return tuple(Evidence(p, 1.0) for d in make_documents(premise) for p in chunk_document(d))


@lru_cache(maxsize=64)
def sentences(premise: str) -> tuple[Quote, ...]:
    """Every sentence of a premise, as the verifier hands it to the checks."""
    claim = Claim("", 0, 0)
    return build_premise(claim, passages(premise), WordRarity({}), 150).candidates


def findings(case: Case) -> list[Finding]:
    """What all checks find in a case."""
    evidence = sentences(case.pair.premise)
    return [f for claim in case.claims for check in CHECKS for f in check(claim, evidence)]


Counts = dict[tuple[str, str], Counter[tuple[str, bool]]]
"""Kind and status to how many texts it is reported on, by label and whether the set is three-way;
``("", "")`` counts all texts."""


def table(title: str, counts: Counts) -> None:
    """Prints one Markdown table of precision and recall."""
    everything = counts["", ""]
    wrong = sum(n for (label, _), n in everything.items() if label != "supported")
    print(f"\n{title}: {everything.total()} texts, {wrong} not supported\n")
    print("| kind | status | texts | precision, % | contradicted, of three-way | recall, % |")
    print("| --- | --- | --- | --- | --- | --- |")
    for (kind, status), told in sorted(counts.items(), key=lambda item: item[0][::-1]):
        if not kind or status == "match":
            continue
        hits = sum(n for (label, _), n in told.items() if label != "supported")
        three = sum(n for (_, three_way), n in told.items() if three_way)
        print(
            f"| {kind} | {status} | {told.total()} | {estimate_share(hits, told.total())} | "
            f"{told['contradicted', True]} of {three} | {estimate_share(hits, wrong)} |"
        )


def tally(folder: Path, limit: int | None, show: str | None) -> None:
    """Runs every check over every file and prints the tables."""
    halves: dict[bool, Counts] = {False: defaultdict(Counter), True: defaultdict(Counter)}
    for path in sorted(folder.glob("*.jsonl*")):
        if path.name.split(".")[0] in LEFT_OUT:
            continue
        found = list(cases(path, limit))
        print(f"{path.name}: {len(found)} texts", file=sys.stderr)
        three_way = any(case.label == "contradicted" for case in found)
        for case in found:
            counts = halves[case.held]
            counts["", ""][case.label, three_way] += 1
            told = findings(case)
            for key in {(f.kind, f.status) for f in told}:
                counts[key][case.label, three_way] += 1
            for f in told:
                if f.status == "conflict" and not case.held and show in (f.kind, "all"):
                    place = f.quote.text if f.quote else ""
                    print(f"{case.name} {case.label} {f.kind}: {f.claimed} / {f.found}")
                    print(f"  {case.pair.hypothesis[:400]!r}\n  {place!r}")
    table("Half for tuning", halves[False])
    table("Held half", halves[True])


def edited(folder: Path, limit: int | None) -> None:
    """Changes supported texts and sentences of their evidence, and counts what is found."""
    found: dict[str, Counter[str]] = {"text": Counter(), "sentence": Counter()}
    total: dict[str, Counter[str]] = {"text": Counter(), "sentence": Counter()}
    rng = random.Random(0)
    for path in sorted(folder.glob("*.jsonl*")):
        name = path.name.split(".")[0]
        if name in LEFT_OUT:
            continue
        for case in cases(path, limit):
            if case.label != "supported" or not case.held:
                continue
            evidence = sentences(case.pair.premise)
            names = sorted({m.group() for m in NAME.finditer(case.pair.premise[:5000])})
            for where, text in (
                ("text", case.claims[0].text),
                ("sentence", rng.choice(evidence).text if evidence else ""),
            ):
                for edit in [("unchanged", text), *_edits(text, names, rng)]:
                    total[where][edit[0]] += 1
                    found[where][edit[0]] += _vetoed(edit[1], evidence)
    print("| edit | supported texts | found as a conflict | sentences of evidence | found |")
    print("| --- | --- | --- | --- | --- |")
    for kind in sorted(total["text"] | total["sentence"]):
        cells = [
            f"{total[w][kind]} | {estimate_share(found[w][kind], total[w][kind])}"
            for w in ("text", "sentence")
        ]
        print(f"| {kind} | {' | '.join(cells)} |")


def _edits(text: str, names: Sequence[str], rng: random.Random) -> list[tuple[str, str]]:
    made = corrupt_sentence(text, names, (), rng, most=20) if len(text) <= 400 else []
    return [(c.kind, c.text) for c in made]


def _vetoed(text: str, evidence: Sequence[Quote]) -> bool:
    claim = Claim(text, 0, len(text))
    return any(f.status == "conflict" for check in CHECKS for f in check(claim, evidence))


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with *.jsonl or *.jsonl.gz")
    parser.add_argument("--limit", type=int, help="rows drawn from each file")
    parser.add_argument("--edits", action="store_true", help="minimal edits instead of labels")
    parser.add_argument("--show", metavar="KIND", help="print conflicts of the half for tuning")
    parser.add_argument("--quick", action="store_true", help="100 rows of each file")
    args = parser.parse_args()
    if args.data is None:
        print("nothing to do: give --data DIR with labelled pairs")
        return
    limit = 100 if args.quick else args.limit
    if args.edits:
        edited(args.data, limit)
    else:
        tally(args.data, limit, args.show)


if __name__ == "__main__":
    main()
