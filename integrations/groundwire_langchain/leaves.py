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

    Where the findings of a flagged claim say which of its values are wrong, only a field that
    states one of those does. Elsewhere it is one that states a value or a word (of four letters
    and more) that the sentence lost, or a truth value whose key stands in the claim; which of
    the two is wrong is not known then, and the sentence is named.

    Args:
        data: JSON values.
        reports: of the sentences in them, with what is shown as their text.
    """
    leaves = list(values(data, ""))
    for report in reports:
        kept = _stated(report.text)
        for verdict in report.flagged:
            claim = verdict.claim.text
            wrong = [f.claimed for f in verdict.findings if f.status != "match"]
            lost = set().union(*map(_stated, wrong or [claim])) - kept
            for name, leaf in leaves:
                if wrong and not isinstance(leaf, bool):
                    if _stated(str(leaf)) & lost or _is_one(leaf, wrong):
                        return _told(name, leaf)
                elif not wrong and _shares(name, leaf, claim, lost):
                    return (
                        f"the sentence {claim!r:.120} does not hold, and the field "
                        f"{name or '(root)'!r} may rest on it"
                    )
    return None


def _shares(name: str, leaf: Any, claim: str, lost: set[Any]) -> bool:
    if not isinstance(leaf, bool):
        return bool(_stated(str(leaf)) & lost)
    both = {part.casefold() for part in _PART.findall(name)} & _words(claim)
    return any(len(word) >= SENTENCE for word in both)


def _is_one(leaf: Any, wrong: Sequence[str]) -> bool:
    return str(leaf).strip().casefold() in {text.strip().casefold() for text in wrong}


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
