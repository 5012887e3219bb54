"""Spans at fault: the words inside a flagged claim that make it unsupported.

A verifier may carry a head that gives each token of a claim the probability that it is what
makes the claim unsupported. It is trained on edits whose place is known (``groundwire.train``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwire.errors import ModelError
from groundwire.types import Claim, Finding, Label, Span

SPAN_HEAD = "spans.safetensors"
"""File of a verifier's folder that holds the head which scores each token of a claim."""

FAULT = 0.5
"""Probability from which a token of a flagged claim is at fault."""

BRIDGE = 3
"""Characters between two marked words that are marked too."""


@dataclass(frozen=True, slots=True)
class TokenFault:
    """A token: its half-open place in the text it was read from, and its probability of fault."""

    start: int
    end: int
    fault: float


def load_span_head(folder: Path, manifest: dict[str, Any], hidden: int) -> tuple[Any, Any] | None:
    """Returns weight [hidden] and bias [1] of a model's span head; None where it has none.

    Args:
        folder: the model.
        manifest: its ``groundwire.json``.
        hidden: numbers of the model for each token.

    Raises:
        ModelError: if the head is missing, altered, damaged or of another model.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from groundwire.encoders.weights import hash_file

    expected = manifest.get("spans_sha256")
    if expected is None:
        return None
    path = folder / SPAN_HEAD
    if not path.is_file() or hash_file(path) != expected:
        raise ModelError(f"{path}: missing or altered: install or train the model again")
    try:
        weights = load_file(path)
        weight, bias = weights["weight"].float(), weights["bias"].float()
    except (SafetensorError, KeyError, OSError) as error:
        raise ModelError(f"{path}: damaged ({error}): install or train the model again") from error
    shapes = tuple(weight.shape), tuple(bias.shape)
    if shapes != ((1, hidden), (1,)) or not (weight.isfinite().all() and bias.isfinite().all()):
        raise ModelError(
            f"{path}: weight and bias have the shapes {shapes}, or hold what is no number, and "
            f"this model needs {((1, hidden), (1,))}: install or train the model again"
        )
    return weight.squeeze(0), bias


def collapse_spaces(text: str) -> tuple[str, list[int]]:
    """Returns the text with single spaces, and the place in ``text`` of each of its characters."""
    kept: list[int] = []
    for word in re.finditer(r"\S+", text):
        if kept:
            kept.append(word.start() - 1)
        kept += range(word.start(), word.end())
    return " ".join(text.split()), kept


def find_faults(
    claim: Claim, label: Label, findings: Sequence[Finding], faults: Sequence[TokenFault]
) -> tuple[Span, ...]:
    """Returns the characters at fault inside a flagged claim, as offsets into the answer.

    What a check found in conflict comes first. A contradicted claim is narrowed down to the words
    that the model marks, else to the values and names that the evidence lacks. What nothing
    states is at fault as a whole: real answers rarely invent just a word, and marking less loses
    on them (``benchmarks/spans.py``).

    Args:
        claim: a claim that is not supported.
        label: its label.
        findings: of the checks, with offsets into the answer.
        faults: of the model, with offsets into ``claim.text``.

    Returns:
        Disjoint spans in order; empty where they do not narrow the claim down.
    """
    conflicts = [(f.start, f.end) for f in findings if f.status == "conflict"]
    if conflicts or label != "contradicted":
        return _spans(conflicts)
    marked = list(_words(claim.text, faults))
    if marked:
        return _spans([(claim.start + a, claim.start + b) for a, b in _bridged(claim.text, marked)])
    return _spans([(f.start, f.end) for f in findings if f.status == "missing"])


def _spans(found: Sequence[tuple[int, int]]) -> tuple[Span, ...]:
    return tuple(Span(a, b) for a, b in sorted(set(found)) if a < b)


def _words(text: str, faults: Sequence[TokenFault]) -> Iterator[tuple[int, int]]:
    """The whole words of which a token is at fault."""
    for token in faults:
        if token.fault >= FAULT:
            start, end = token.start, token.end
            while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
                start -= 1
            while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
                end += 1
            yield start, end


def _bridged(text: str, marked: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Joins marked words that only little stands between."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(marked):
        if out and start - out[-1][1] <= BRIDGE:
            out[-1] = out[-1][0], max(end, out[-1][1])
        else:
            out.append((start, end))
    return out
