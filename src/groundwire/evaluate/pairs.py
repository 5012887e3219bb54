"""Labelled pairs scored as the guard would: split, evidence selected, worst claim counts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from groundwire.claims.queries import make_query
from groundwire.claims.splitter import ClaimSplitter
from groundwire.errors import InputError
from groundwire.evidence.adhoc import make_retriever
from groundwire.io.jsonl import read_lines
from groundwire.protocols import Verifier
from groundwire.types import Claim, Evidence, Verdict

TARGETS: dict[str, tuple[int, ...]] = {
    "supported": (0,),
    "not_enough": (1,),
    "contradicted": (2,),
    "unsupported": (1, 2),
}
"""Classes that a label allows. Two of them make the loss a masked one."""

BATCH = 256
"""Pairs whose claims are scored together."""


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """A premise and a text that it supports or not (``supported``; None if not labelled)."""

    id: str
    premise: str
    hypothesis: str
    supported: bool | None
    question: str | None = None

    @property
    def source(self) -> str:
        """A name for the premise, equal for equal premises."""
        data = self.premise.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A pair with its worst verdict; ``score`` is None where it could not be checked."""

    pair: LabelledPair
    score: float | None
    label: str
    verdicts: tuple[Verdict, ...]

    @property
    def flagged(self) -> bool:
        """Whether the text does not pass: one of its claims is not supported, or unchecked."""
        return not self.verdicts or any(map(is_flagged, self.verdicts))


def is_flagged(verdict: Verdict) -> bool:
    """Whether a claim is neither supported nor without anything to check."""
    return verdict.label not in ("supported", "no_claim")


def read_labelled(path: Path) -> list[LabelledPair]:
    """Reads JSON lines: ``premise``, ``hypothesis``, perhaps ``id``, ``label``, ``question``.

    Raises:
        InputError: if the file is empty or cannot be read, or a row lacks a text or has a field
            of another kind; the message names the row.
    """
    pairs = [_labelled(f"{path}, row {number}", number, row) for number, row in read_lines(path)]
    if not pairs:
        raise InputError(f"{path}: holds no pairs")
    return pairs


def _labelled(place: str, number: int, row: dict[str, Any]) -> LabelledPair:
    premise, hypothesis, label = row.get("premise"), row.get("hypothesis"), row.get("label")
    if not isinstance(premise, str) or not isinstance(hypothesis, str):
        raise InputError(f"{place}: premise and hypothesis must be strings")
    if label is not None and not (isinstance(label, str) and label in TARGETS):
        raise InputError(f"{place}: label is {label!r:.60}: use one of {', '.join(TARGETS)}")
    question, name = row.get("question"), row.get("id")
    if question is not None and not isinstance(question, str):
        raise InputError(f"{place}: question is {question!r:.60}: give a string, or leave it out")
    if isinstance(name, bool) or not isinstance(name, str | int | float | None):
        raise InputError(f"{place}: id is {name!r:.60}: give a string or a number")
    supported = None if label is None else label == "supported"
    name = str(number if name is None else name)
    return LabelledPair(name, premise, hypothesis, supported, question)


def split_hypothesis(pair: LabelledPair) -> list[Claim]:
    """The claims of a hypothesis; all of it as one claim if none of it is a claim."""
    claims = ClaimSplitter().split(pair.hypothesis, pair.question)
    found = [claim for claim in claims if claim.checkable]
    if found:
        return found
    text = pair.hypothesis
    return [replace(claims[0], kind="claim")] if len(claims) == 1 else [Claim(text, 0, len(text))]


def split_answer(pair: LabelledPair) -> list[Claim]:
    """The claims of a hypothesis as the guard splits an answer, those with nothing to check too."""
    return ClaimSplitter().split(pair.hypothesis, pair.question)


def score_pairs(
    verifier: Verifier,
    pairs: Sequence[LabelledPair],
    progress: Callable[[int], Any] | None = None,
    split: Callable[[LabelledPair], list[Claim]] = split_hypothesis,
) -> Iterable[ScoredPair]:
    """Yields each pair with the lowest score of its claims, in order.

    Args:
        verifier: checks the claims.
        pairs: any number of pairs.
        progress: called with the number of pairs done after each batch.
        split: takes a hypothesis apart.
    """
    for start in range(0, len(pairs), BATCH):
        batch = pairs[start : start + BATCH]
        claims: list[list[Claim]] = []
        evidence: list[Sequence[Evidence]] = []
        for pair in batch:
            claims.append(split(pair) if pair.hypothesis.strip() else [])
            queries = [make_query(claim) for claim in claims[-1]]
            evidence += make_retriever(pair.premise).retrieve(queries)
        verdicts = iter(verifier.verify([c for part in claims for c in part], evidence))
        for pair, part in zip(batch, claims, strict=True):
            yield _worst(pair, tuple(next(verdicts) for _ in part))
        if progress is not None:
            progress(min(start + BATCH, len(pairs)))


def _worst(pair: LabelledPair, verdicts: tuple[Verdict, ...]) -> ScoredPair:
    judged = [verdict for verdict in verdicts if verdict.label != "no_claim"]
    if verdicts and not judged:
        return ScoredPair(pair, None, "no_claim", verdicts)
    if not judged or any(verdict.score is None for verdict in judged):
        return ScoredPair(pair, None, "unchecked", verdicts)
    worst = min(judged, key=lambda verdict: verdict.score or 0.0)
    return ScoredPair(pair, worst.score, worst.label, verdicts)
