"""Snippets: JSON that stands within a text, as tools and prompts put it there.

``Search results: [{"name": "Vega", "price": 120}, {"name": "Sol", "price": 90}]`` is read like
evidence that is given as these records: else what one of them says is soon believed of another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundwire.errors import InputError
from groundwire.evidence.cells import is_row
from groundwire.evidence.records import parse_structured, write_record

# JSON begins a line, or stands behind a space, a colon or a bracket; "f(x)[0]" and "a{1}" do not.
_OPENING = re.compile(r"(?<![^\s:=>(])[{\[](?=\s*[\[{(\"'])")
_BRACKET = re.compile(r"[{}\[\]]")
_FENCE_BEFORE = re.compile(r"(?:^|(?<=\n))[ \t]*(?:`{3,}|~{3,})[\w+-]*[ \t]*\n\s*\Z")
_FENCE_BEHIND = re.compile(r"\s*\n[ \t]*(?:`{3,}|~{3,})[ \t]*(?=\n|\Z)")

_NAMES = re.compile(r"[\[(]([^\[\]()]{3,1000})[\])]")
_QUOTED = re.compile(r"\s*(['\"])([^'\"]{1,60})\1\s*,?\s*")
# What a query of a database asks for, in the order of the rows that it gives.
_QUERY = re.compile(r"\bselect\s+(?:distinct\s+)?([^;]{1,600}?)\sfrom\b", re.IGNORECASE)
_COMMA = re.compile(r",(?![^()]*\))")
_ALIAS = re.compile(r"(?:.*[\s.])?[\"`\[]?(\w{1,60})[\"`\]]?\s*", re.DOTALL)

_LOOKED = 2_000
"""Characters before rows without names, in which the names may stand."""

_MOST_FAILED = 64
"""Brackets that begin nothing, after which no more are tried: code is full of them."""

_LONGEST_LITERAL = 50_000
"""Characters of the longest Python literal that is looked for in a text."""

_HALF = 0.5
"""Share of a text from which on it is data, with some words before it."""


def write_snippets(text: str) -> str:
    """Returns a text with the records in its JSON as lines of ``key: value``.

    What is replaced are lists of two objects or more, and any objects that are most of the text.
    A short object in prose, such as a setting that a manual shows, stays as it is written.

    Raises:
        InputError: if a record is nested too deeply.
    """
    parts: list[str] = []
    done = 0
    found = [*_find_values(text)]
    is_data = sum(end - start for start, end, _ in found) >= _HALF * len(text.strip())
    for start, end, value in found:
        if not _has_rows(value) and not is_data:
            continue
        if fence := _FENCE_BEFORE.search(text, done, start):
            behind = _FENCE_BEHIND.match(text, end)
            start, end = (fence.start(), behind.end()) if behind else (start, end)
        value = _name_columns(value, text[max(done, start - _LOOKED) : start])
        parts += [text[done:start].rstrip(" \t"), "\n\n", write_record(value), "\n\n"]
        done = end
    return "".join([*parts, text[done:].lstrip(" \t") if parts else text])


def _name_columns(value: Any, before: str) -> Any:
    """Rows that came without names, with those that the text before them has for the columns."""
    if not is_row(value) or not all(isinstance(row, Mapping) for row in value):
        return value
    keys = [*value[0]]
    if keys != [f"column {n}" for n in range(1, len(keys) + 1)]:
        return value
    lists = [[*_QUOTED.finditer(match[1])] for match in _NAMES.finditer(before)]
    found = [[match[2] for match in items] for items in lists]
    for query in _QUERY.finditer(before):
        asked = map(_ALIAS.fullmatch, _COMMA.split(query[1]))
        found.append([column[1] if column else "" for column in asked])
    for names in reversed(found):
        if len({*names}) == len(keys) == len(names) and all(names):
            return [dict(zip(names, row.values(), strict=True)) for row in value]
    return value


def _find_values(text: str) -> Iterator[tuple[int, int, Any]]:
    """Yields the objects and lists of objects in a text, in order and disjoint."""
    at = failed = 0
    while failed < _MOST_FAILED and (opening := _OPENING.search(text, at)):
        start = opening.start()
        end = _find_end(text, start)
        if end < 0:
            return
        value = parse_structured(text[start:end]) if end else None
        if isinstance(value, Mapping) or (is_row(value) and _has_rows(value)):
            yield start, end, value
            at = end
        else:
            failed += 1
            at = start + 1


def _find_end(text: str, start: int) -> int:
    """The offset after a JSON value or a Python literal that begins here; 0 for none.

    It is below zero where brackets open that nothing closes, too many to try each of them.
    """
    deep: RecursionError | None = None
    try:
        return json.JSONDecoder(strict=False).raw_decode(text, start)[1]
    except RecursionError as error:
        deep = error
    except ValueError:
        pass
    depth = 0
    for bracket in _BRACKET.finditer(text, start, start + _LONGEST_LITERAL):
        depth += 1 if bracket[0] in "{[" else -1
        if depth == 0 and deep is not None:
            raise InputError("a record is nested too deeply: pass its inner parts") from deep
        if depth == 0:
            return bracket.end()
    return 0 if deep is None else -1


def _has_rows(value: Any) -> bool:
    """Whether a value holds a list of two objects or more, at any depth."""
    levels = [value]
    while levels:
        inner = levels.pop()
        if is_row(inner):
            if sum(isinstance(item, Mapping) for item in inner) > 1:
                return True
            levels += inner
        elif isinstance(inner, Mapping):
            levels += inner.values()
    return False
