"""What a deterministic check is, and how it says what it found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from groundwire.types import Claim, Finding, Quote

Status: TypeAlias = Literal["match", "conflict", "missing"]
Check: TypeAlias = Callable[[Claim, Sequence[Quote]], list[Finding]]
"""Any callable ``(claim, evidence sentences) -> findings``."""


def finding(
    claim: Claim,
    kind: str,
    start: int,
    end: int,
    status: Status = "missing",
    found: str | None = None,
    quote: Quote | None = None,
) -> Finding:
    """Returns a finding on ``claim.text[start:end]``, with the offsets of the answer."""
    span = claim.start + start, claim.start + end
    return Finding(kind, status, claim.text[start:end], *span, found, quote)
