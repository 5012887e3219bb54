"""Fields of structured output: the sentences in them, and their other values with their names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundwire.quantities.parse import parse_values
from groundwire.types import Report

SENTENCE = 4
"""Words from which on a field is read as a sentence; shorter ones are values."""

DEEPEST = 200
"""Levels of objects and lists in JSON that is read as such."""

_OWN = frozenset({"confidence", "certainty", "likelihood", "probability", "score"})
"""Names of fields in which a model judges its own answer; a share there is no fact."""

_NO_UNITS = frozenset({
    "year", "quarter", "month", "week", "day", "hour", "minute", "second", "min",
})  # fmt: skip
"""Last words of names whose number is a point in time, or a minimum: ``release_year=2019``."""

_WORD = re.compile(r"[^\W\d_]{4,}")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def find_contradiction(data: Any, reports: Sequence[Report]) -> str | None:
    """Says which value still states what was taken out of a sentence; None where none does.

    Where the findings of a flagged claim say which of its values are wrong, only a field that
    states one of those does. Elsewhere it is one that states a value or a word (of four letters
    and more) that the sentence lost, or a truth value whose key stands in the claim; which of
    the two is wrong is not known then, and the sentence is named.

    Args:
        data: JSON values.
        reports: of the sentences in them, with what is shown as their text.
    """
    leaves = list(yield_values(data, ""))
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


def is_sentence(text: str) -> bool:
    """Whether a value is read as a sentence, which needs no name of its field."""
    return len(text.split()) >= SENTENCE


def yield_values(data: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yields the leaves that are no sentences, each with the nearest key above it."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from yield_values(value, str(key))
    elif isinstance(data, list | tuple):
        for value in data:
            yield from yield_values(value, name)
    elif isinstance(data, bool | int | float) or (isinstance(data, str) and not is_sentence(data)):
        yield name, data


def write_leaf(name: str, value: Any) -> str:
    """Returns a value with the name of its field, as it is read: "weight: 64 kg", of ``weight_kg``.

    Args:
        name: the nearest key above it; empty where there is none.
        value: a text or a number.
    """
    parts = [part if part.isupper() else part.casefold() for part in _PART.findall(name)]
    said = str(value)
    if (
        not isinstance(value, bool)
        and _NUMBER.fullmatch(said.strip().lstrip("-"))
        and parts
        and _is_unit(parts[-1])
    ):
        said = f"{said} {parts.pop()}"
    return f"{' '.join(parts)}: {said}" if parts else said


def _is_unit(word: str) -> bool:
    """Whether a word is what a number before it counts or measures."""
    values = parse_values(f"2 {word}") if word not in _NO_UNITS else []
    return len(values) == 1 and values[0].kind == "quantity" and values[0].text.endswith(word)


def has_false_value(report: Report) -> bool:
    """Whether a value that was read with its field does not hold.

    Of so short a text the model's own doubt tells little: it counts that the evidence states
    another value or none, or denies it, or that there was nothing to read it against.
    """
    for verdict in report.flagged:
        if verdict.label == "unchecked":
            return True
        states = {finding.status for finding in verdict.findings}
        if states - {"match"} or (verdict.label == "contradicted" and not states):
            return True
    return False


def yield_leaf_texts(data: Any) -> Iterator[str]:
    """Yields the values in data that are no sentences, as they are read; no truth values.

    A name that says a sentence itself and is said to be true (``{"The pump weighs 64 kg": true}``)
    is one of them; over a text or a number it is read with that.
    """
    for name, leaf in yield_values(data, ""):
        own = _OWN & {part.casefold() for part in _PART.findall(name)}
        share = isinstance(leaf, int | float) and 0 <= leaf <= 1
        if not isinstance(leaf, bool) and not (own and share) and str(leaf).strip():
            yield write_leaf(name, leaf)
    yield from _yield_names(data)


def _yield_names(data: Any) -> Iterator[str]:
    """Yields the names that state something, where the value says that it is so."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            said = str(name)
            if value is True and is_sentence(said) and not said.rstrip().endswith("?"):
                yield said
            yield from _yield_names(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _yield_names(value)


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


def parse_json(text: str) -> Any | None:
    """Returns the JSON object or array that a text is; None for any other text.

    What says a name twice is none: which value holds is up to the reader, and each is shown.
    """
    if text.strip()[:1] not in ("{", "["):
        return None
    try:
        data = json.loads(text, object_pairs_hook=_join_pairs)
    except (ValueError, RecursionError):
        return None
    return None if _is_deep(data) else data


def _join_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    joined = dict(pairs)
    if len(joined) < len(pairs):
        raise ValueError("a name is said twice")
    return joined


def _is_deep(data: Any) -> bool:
    """Whether data is nested deeper than anything that is read, which goes level by level."""
    level = [data]
    for _ in range(DEEPEST):
        inner = [item.values() if isinstance(item, dict) else item for item in level]
        level = [value for items in inner for value in items if isinstance(value, dict | list)]
        if not level:
            return False
    return True


def yield_sentences(data: Any) -> Iterator[str]:
    """Yields the texts in data that are read as sentences."""
    if isinstance(data, str):
        if is_sentence(data):
            yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from yield_sentences(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from yield_sentences(value)


def replace_texts(data: Any, shown: Mapping[str, str]) -> Any:
    """Returns data of the same shape, its texts replaced as ``shown`` says."""
    if isinstance(data, str):
        return shown.get(data, data)
    if isinstance(data, Mapping):
        return {key: replace_texts(value, shown) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [replace_texts(value, shown) for value in data]
    return data
