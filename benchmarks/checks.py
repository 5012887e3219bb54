"""Ablation of the deterministic checks: the verdicts that each one turns, rightly and wrongly.

    python -m benchmarks.checks --data DIR [--limit N] [--only NAME ...] [--model DIR] [--edits]
    python -m benchmarks.checks --cases FILE [--model DIR]

Each text goes the verifier's own way, once with all checks, and once without each of them that
found a conflict in it; the model reads every pair once. A verdict is *turned* where leaving the
check out changes whether the text passes; it was turned *rightly* where the label says so.
``--edits`` does the same on supported claims and on sentences of their evidence, unchanged and
with one thing changed: what is unchanged must pass, what is changed must not. ``--cases`` runs
everyday cases (``benchmarks.cases``) through the guard, where *rightly* is that the whole case
comes out right.

The last table asks what it would cost to let nothing pass that the evidence lacks: of the texts
that pass although a value, a name or a code of theirs is ``missing``, how many are wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from benchmarks.cases import judge_case, read_evidence
from benchmarks.facts import LEFT_OUT, Case, cases, passages

from groundwire import Guard, ThresholdPolicy
from groundwire.evaluate.corruptions import NAME, corrupt_sentence
from groundwire.evaluate.metrics import estimate_share
from groundwire.io.jsonl import read_lines
from groundwire.types import Claim, Finding, Verdict
from groundwire.verify import nli
from groundwire.verify.checks import CHECKS
from groundwire.verify.checks.rows import check_rows
from groundwire.verify.nli import NLIVerifier

ROWS = "check_rows"
NAMES = (*(check.__name__ for check in CHECKS), ROWS)
T = TypeVar("T")


def remember_readings(verifier: NLIVerifier) -> None:
    """Makes a verifier's model read each pair once, however often it is asked."""
    scorer, known = verifier.scorer, dict[tuple[str, str], Any]()
    read = scorer.read

    def remembering(pairs: Sequence[tuple[str, str]]) -> Any:
        fresh = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        scores, tokens = read(fresh)
        known.update(zip(fresh, zip(scores, tokens, strict=True), strict=True))
        return [known[pair][0] for pair in pairs], [known[pair][1] for pair in pairs]

    scorer.read = remembering  # type: ignore[method-assign]


class Ablation:
    """Checks of a verifier that note where they find a conflict, and can be left out.

    Attributes:
        found: the names of the checks that found a conflict since it was cleared.
        left_out: the names of those that find nothing.
    """

    def __init__(self, verifier: NLIVerifier) -> None:
        self.found: set[str] = set()
        self.left_out: tuple[str, ...] = ()
        self._verifier = verifier

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Puts the noting checks in the place of the verifier's."""
        self._verifier._checks = tuple(self._note(c.__name__, c) for c in CHECKS)
        with mock.patch.object(nli, ROWS, self._note(ROWS, check_rows)):
            yield

    def _note(self, name: str, check: Callable[..., list[Finding]]) -> Callable[..., list[Finding]]:
        def noting(*given: Any) -> list[Finding]:
            found = [] if name in self.left_out else check(*given)
            if any(finding.status == "conflict" for finding in found):
                self.found.add(name)
            return found

        return noting

    def run(
        self, units: Sequence[T], judge: Callable[[T], str]
    ) -> list[tuple[str, dict[str, str]]]:
        """Returns the outcome of each unit, and those without a check that found something."""
        told = []
        with self.watch():
            for unit in units:
                self.found, self.left_out = set(), ()
                whole, found = judge(unit), sorted(self.found)
                without = {}
                for name in found:
                    self.left_out = (name,)
                    without[name] = judge(unit)
                if found:
                    self.left_out = NAMES
                    without["all"] = judge(unit)
                told.append((whole, without))
        return told


def judge_text(verifier: NLIVerifier, case: Case) -> list[Verdict]:
    """Returns the verdicts on the claims of a text."""
    evidence = passages(case.pair.premise)
    return verifier.verify(case.claims, [evidence] * len(case.claims))


def passes(verdicts: Sequence[Verdict]) -> bool:
    """Whether all claims of a text would be shown."""
    return all(verdict.label in ("supported", "no_claim") for verdict in verdicts)


def make_edits(found: Sequence[Case], rng: random.Random) -> list[Case]:
    """Returns supported claims and sentences of their evidence, as they are and changed.

    Each is named by what was changed, and where: ``claim`` or ``copy``.
    """
    made = []
    for case in found:
        names = sorted({m.group() for m in NAME.finditer(case.pair.premise[:5000])})
        texts = [p.passage.text for p in passages(case.pair.premise)]
        if case.label != "supported" or not texts:
            continue
        copied = rng.choice(rng.choice(texts).split(". "))
        for where, text in (("claim", case.claims[0].text), ("copy", copied)):
            if not 20 <= len(text) <= 300:
                continue
            edits = corrupt_sentence(text, names, (), rng, most=20)
            for kind, said in [("unchanged", text), *((e.kind, e.text) for e in edits)]:
                label = "supported" if kind == "unchanged" else "unsupported"
                claim = Claim(said, 0, len(said))
                made.append(Case(f"{where} {kind}", case.pair, label, (claim,)))
    return made


def print_ablation(
    units: Sequence[tuple[str, str]], told: Sequence[tuple[str, dict[str, str]]]
) -> None:
    """Prints which outcomes each check turns, by set.

    Args:
        units: the set of each unit, and the outcome that is right.
        told: its outcome, and those without a check.
    """
    right: defaultdict[str, Counter[str]] = defaultdict(Counter)
    wrong: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (name, wanted), (whole, without) in zip(units, told, strict=True):
        for check, other in without.items():
            if (whole == wanted) != (other == wanted):
                (right if whole == wanted else wrong)[check][name] += 1
    print("\n| check | turned rightly | wrongly | where (rightly/wrongly) |")
    print("| --- " * 4 + "|")
    for check in (*NAMES, "all"):
        a, b = right[check], wrong[check]
        where = ", ".join(f"{name} {a[name]}/{b[name]}" for name in sorted(a | b))
        print(f"| {check} | {a.total()} | {b.total()} | {where} |")
    good = sum(whole == wanted for (_, wanted), (whole, _) in zip(units, told, strict=True))
    print(f"\n{good} of {len(units)} come out right")


def print_missing(verifier: NLIVerifier, found: Sequence[Case]) -> None:
    """Prints how often what passes is wrong where the evidence lacks a value of it, by kind."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for case in found:
        verdicts = judge_text(verifier, case)
        if not passes(verdicts):
            continue
        kinds = {f.kind for v in verdicts for f in v.findings if f.status == "missing"}
        for kind in kinds or {"nothing"}:
            counts[kind][0] += case.label != "supported"
            counts[kind][1] += 1
    print("\n| missing | texts that pass | of those wrong, % |\n| --- | --- | --- |")
    for kind, (wrong, total) in sorted(counts.items(), key=lambda item: -item[1][1]):
        print(f"| {kind} | {total} | {estimate_share(wrong, total)} |")


def judge_outcome(verdicts: Sequence[Verdict]) -> str:
    """Returns ``"passes"`` or ``"stops"``."""
    return "passes" if passes(verdicts) else "stops"


def check_case(guard: Guard, case: dict[str, Any]) -> str:
    """Returns how an everyday case comes out (``benchmarks.cases``)."""
    evidence = read_evidence(case["evidence"])
    return judge_case(case, guard.check(case["answer"], evidence, case.get("question")))


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with *.jsonl or *.jsonl.gz")
    parser.add_argument("--cases", type=Path, help="everyday cases, JSON lines")
    parser.add_argument("--limit", type=int, default=100, help="texts drawn from each file")
    parser.add_argument("--only", nargs="*", help="names of files, without the ending")
    parser.add_argument("--model", help="a folder; by default the embedded verifier")
    parser.add_argument("--edits", action="store_true", help="changed claims and sentences")
    parser.add_argument("--quick", action="store_true", help="10 texts of each file")
    args = parser.parse_args()
    if args.data is None and args.cases is None:
        print("nothing to do: give --data DIR with labelled pairs, or --cases FILE")
        return
    verifier = NLIVerifier(args.model)
    remember_readings(verifier)
    ablation = Ablation(verifier)
    if args.cases is not None:
        rows = [row for _, row in read_lines(args.cases)]
        guard = Guard(verifier=verifier, policy=ThresholdPolicy.balanced())
        told = ablation.run(rows, lambda row: check_case(guard, row))
        print_ablation([(row["kind"], "right") for row in rows], told)
        return
    limit = 10 if args.quick else args.limit
    found: list[Case] = []
    for path in sorted(args.data.glob("*.jsonl*")):
        name = path.name.split(".")[0]
        if name not in LEFT_OUT and (not args.only or name in args.only):
            found += [case for case in cases(path, limit) if case.claims]
            print(f"{name}: {len(found)} texts so far", file=sys.stderr)
    if args.edits:
        found = make_edits(found, random.Random(0))
    told = ablation.run(found, lambda case: judge_outcome(judge_text(verifier, case)))
    wanted = ["passes" if case.label == "supported" else "stops" for case in found]
    print_ablation([(case.name, w) for case, w in zip(found, wanted, strict=True)], told)
    if not args.edits:
        print_missing(verifier, found)


if __name__ == "__main__":
    main()
