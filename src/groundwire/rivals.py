"""What a missing value or name was meant to be: the one that the quote has in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from groundwire.types import Finding, Quote, Verdict
from groundwire.verify.facts import same_value
from groundwire.verify.names import name_spans
from groundwire.verify.values import parse_values
from groundwire.verify.words import content_words


def with_rivals(verdict: Verdict, min_overlap: float = 0.5) -> Verdict:
    """Turns missing values of a contradicted claim into conflicts where only one value fits.

    A guess for a repair that is verified again, and no ground for a verdict: the model has
    found a contradiction, and the quote that speaks to the claim has exactly one other value of
    the same kind and unit (or one other name).

    Args:
        verdict: any verdict; one that is not contradicted is returned as it is.
        min_overlap: share of the claim's content words that the quote must have.
    """
    missing = [f for f in verdict.findings if f.status == "missing"]
    if verdict.label != "contradicted" or len(missing) != 1:
        return verdict
    wanted = content_words(verdict.claim.text)
    for quote in verdict.quotes:
        shared = len(wanted & content_words(quote.text))
        if shared < 2 or shared < min_overlap * len(wanted):
            continue
        rivals = set(_rivals(verdict, missing[0], quote))
        if len(rivals) == 1:
            guess = replace(missing[0], status="conflict", found=rivals.pop(), quote=quote)
            found = tuple(guess if f is missing[0] else f for f in verdict.findings)
            return replace(verdict, findings=found)
    return verdict


def _rivals(verdict: Verdict, finding: Finding, quote: Quote) -> Iterator[str]:
    claim = verdict.claim.text
    if finding.kind == "name":
        for start, end in name_spans(quote.text):
            name = quote.text[start:end]
            if not any(part in claim for part in name.split()):
                yield name
        return
    start = finding.start - verdict.claim.start
    values = parse_values(claim)
    for mine in values:
        if mine.start != start:
            continue
        for other in parse_values(quote.text):
            alike = other.kind == mine.kind and other.unit == mine.unit
            if alike and not any(same_value(value, other) for value in values):
                yield other.text
