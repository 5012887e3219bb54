"""Values beside the sentences of structured output, held against what was taken out of those."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundwire.types import Report
from groundwire.verify.values import parse_values

SENTENCE = 4
"""Words from which on a field is read as a sentence; shorter ones are values, and not checked."""

_WORD = re.compile(r"[^\W\d_]{4,}")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def contradiction(data: Any, reports: Sequence[Report]) -> str | None:
    """Says which value still states what was taken out of a sentence; None where none does.

    A number or a short text is one that states a value or a word (of four letters and more) that
    a sentence lost; a truth value is one whose key stands in a claim that was flagged.

    Args:
        data: JSON values.
        reports: of the sentences in them, with what is shown as their text.
    """
    for report in reports:
        lost = _stated(report.answer) - _stated(report.text)
        flagged = " ".join(verdict.claim.text for verdict in report.flagged)
        for name, leaf in values(data, ""):
            if isinstance(leaf, bool):
                both = {part.casefold() for part in _PART.findall(name)} & _words(flagged)
                if any(len(word) >= SENTENCE for word in both):
                    return _told(name, leaf)
            elif _stated(str(leaf)) & lost:
                return _told(name, leaf)
    return None


def _told(name: str, leaf: Any) -> str:
    return f"the field {name or '(root)'!r} still states {leaf!r:.40}, which does not hold"


def values(data: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yields the leaves that are no sentences, each with the nearest key above it."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from values(value, str(key))
    elif isinstance(data, list | tuple):
        for value in data:
            yield from values(value, name)
    elif isinstance(data, bool | int | float) or (
        isinstance(data, str) and len(data.split()) < SENTENCE
    ):
        yield name, data


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}


def _stated(text: str) -> set[Any]:
    """The numbers, dates and words of a text, in a form in which they can be compared."""
    found: set[Any] = set(_words(text))
    rest = text
    for value in parse_values(text):
        found.add(value.key)
        if value.kind == "date":
            found.add(value.key[:1])
        if value.kind in ("date", "time"):
            rest = rest[: value.start] + " " * (value.end - value.start) + rest[value.end :]
        elif value.kind == "percent" and value.key[0] is not None:
            found.add((round(value.key[0] / 100, 9),))
    return found | {(float(number),) for number in _NUMBER.findall(rest.replace(",", ""))}
