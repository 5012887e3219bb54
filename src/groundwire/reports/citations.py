"""Citations: markers ``[n]`` behind supported claims, and the list of what they point to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from groundwire.types import Quote, Report

_END = re.compile(r"[.!?…]*[\"”’)*_]*$")


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered quote; ``number`` is what stands in the text as ``[number]``."""

    number: int
    quote: Quote


@dataclass(frozen=True, slots=True)
class CitedText:
    """The text of a report with markers, and the quotes they point to, in order."""

    text: str
    citations: tuple[Citation, ...]

    def __str__(self) -> str:
        """The text followed by its sources, one a line; line breaks in them become spaces."""
        lines = [
            f"[{c.number}] {_line(c.quote.source)}: \u201c{_line(c.quote.text)}\u201d"
            for c in self.citations
        ]
        return "\n".join([self.text, "", "Sources:", *lines]) if lines else self.text


def cite(report: Report) -> CitedText:
    """Puts a marker behind each supported claim of ``report.text``, before its final period.

    The same quote keeps its number. A claim without a quote gets no marker; a blocked answer
    gets none at all.
    """
    numbers: dict[Quote, int] = {}
    pieces: list[str] = []
    last = 0
    for verdict in report.text_verdicts:
        if verdict.label != "supported" or not verdict.quotes:
            continue
        found = sorted({numbers.setdefault(q, len(numbers) + 1) for q in verdict.quotes})
        claim = verdict.claim
        match = _END.search(claim.text)
        place = claim.start + (match.start() if match else len(claim.text))
        pieces += [report.text[last:place], " " + "".join(f"[{n}]" for n in found)]
        last = place
    pieces.append(report.text[last:])
    return CitedText("".join(pieces), tuple(Citation(n, q) for q, n in numbers.items()))


def _line(text: str) -> str:
    return " ".join(text.split())
