"""References between parts of one record: an identifier that stands for what has a name elsewhere.

``{"books": [{"title": "Tides", "author_id": 3}], "authors": [{"id": 3, "name": "Ida Lin"}]}`` says
that Ida Lin wrote Tides, but no line of it does. Interfaces answer so to say each thing once. Here
the name joins each reference: ``author id: 3 (Ida Lin)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from groundwire.evidence.cells import is_row
from groundwire.text.words import split_table

_IDS = ("id", "_id", "@id", "uid", "uuid")
"""Fields that hold the identifier of what they stand in."""

_NAMES = split_table(
    "name title label full_name fullname fullName display_name displayName real_name realName "
    "username headline"
)
"""Fields that hold the name of it, the best first."""

_KINDS = frozenset({"type", "kind", "object", "href", "self", "@type", "resource"})
"""What may stand beside an identifier that points to something."""

_LONGEST = 80
"""Characters of the longest name that is told again with each reference."""

_DEEPEST = 64
"""Levels below which nothing is looked for."""

_MOST = 300_000
"""Values that are looked at; a larger record is left as it is, and so is one that shares parts."""

_Names: TypeAlias = dict[tuple[str, str], str | None]
"""Names by the kind and identifier of what has them; None where two have the same."""


def join_references(record: Any) -> Any:
    """Returns a record with the names of what its identifiers stand for.

    Args:
        record: an object or array, as it is parsed.

    Returns:
        The same object where nothing in it is referred to, else one with the same fields. A
        reference is a text with a figure or a sign in it that another part has as its identifier,
        or any identifier in a field called like the list that it is from.
    """
    names: _Names = {}
    found = _find_named(record)
    if found is None:
        return record
    for kind, known, name in found:
        # By its form alone, or by what it is called: "author" of "author_id".
        for whose in ("", kind) if _is_distinct(known) else (kind,):
            if names.setdefault((whose, known), name) != name:
                names[whose, known] = None
    return _join(record, names, "", 0) if any(names.values()) else record


def _find_named(record: Any) -> list[tuple[str, str, str]] | None:
    """The kind, the identifier and the name of each part that has both; None of too much."""
    found: list[tuple[str, str, str]] = []
    open_ = [(record, "", "", 0)]
    looked = 0
    while open_:
        value, kind, outer, depth = open_.pop()
        looked += len(value) if is_row(value) or isinstance(value, Mapping) else 0
        if looked > _MOST:
            return None
        if depth > _DEEPEST:
            continue
        if is_row(value):
            open_ += [(item, kind, "", depth + 1) for item in value]
        elif isinstance(value, Mapping):
            known = next((_read_id(value[key]) for key in _IDS if key in value), "") or outer
            name = _find_name(value) if known else ""
            if name:
                found.append((_find_kind(kind), known, name))
                if isinstance(value.get("type"), str):
                    found.append((_find_kind(value["type"]), known, name))
            for key, item in value.items():
                # In an object of objects each has its identifier before it.
                inner = str(key) if isinstance(item, Mapping) and _is_distinct(str(key)) else ""
                open_.append((item, kind if inner else str(key), inner, depth + 1))
    return found


def _join(value: Any, names: _Names, key: str, depth: int) -> Any:
    if depth > _DEEPEST:
        return value
    if is_row(value):
        return [_join(item, names, key, depth + 1) for item in value]
    if not isinstance(value, Mapping):
        name = _look_up(value, names, key)
        return f"{value} ({name})" if name else value
    pointer = value.keys() <= _KINDS | {*_IDS}
    if pointer:
        kind = value["type"] if isinstance(value.get("type"), str) else key
        known = [(value[own], _look_up(value[own], names, kind)) for own in _IDS if own in value]
        for own, name in known:
            if name:
                return f"{name} ({own})"
    if len(value) == 1 and depth:
        # An envelope around a pointer says nothing: "owner: data: id: u-1".
        (inner,) = value.values()
        if isinstance(inner, Mapping) and inner.keys() <= _KINDS | {*_IDS}:
            joined = _join(inner, names, key, depth + 1)
            if isinstance(joined, str):
                return joined
    return {
        # What has a name of its own is not referred to by its own identifier.
        inner: item if inner in _IDS else _join(item, names, str(inner), depth + 1)
        for inner, item in value.items()
    }


def _look_up(value: Any, names: _Names, key: str) -> str | None:
    known = _read_id(value)
    if not known:
        return None
    kind = _find_kind(key)
    return names.get((kind, known)) or (names.get(("", known)) if _is_distinct(known) else None)


def _read_id(value: Any) -> str:
    """An identifier as a text; nothing for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return text if 0 < len(text) <= _LONGEST and " " not in text else ""


def _is_distinct(known: str) -> bool:
    """Whether an identifier is told from words and figures by its form: "p-3", "U02"."""
    return any(c.isalpha() for c in known) and any(c.isdigit() or c in "-_/:" for c in known)


def _find_name(record: Mapping[Any, Any]) -> str:
    """The name of a record, its own or that of the one object that holds its fields."""
    inner = [item for item in record.values() if isinstance(item, Mapping)]
    for fields in (record, *inner):
        for key in _NAMES:
            name = fields.get(key)
            if isinstance(name, str) and 0 < len(name.strip()) <= _LONGEST:
                return " ".join(name.split())
        parts = [fields.get(f"{part}{end}") for part in ("first", "last") for end in ("", "_name")]
        found = [part for part in parts if isinstance(part, str)]
        if len(found) == 2 and sum(map(len, found)) < _LONGEST:
            return " ".join(" ".join(found).split())
    return ""


def _find_kind(key: str) -> str:
    """What a field or list is of, in the singular: "author" for "author_id" and for "authors"."""
    kind = key.casefold().replace("-", "_")
    for end in ("_ids", "_id", "_key", "_ref", "ids", "id"):
        if kind.endswith(end) and len(kind) > len(end) + 1:
            kind = kind[: -len(end)]
            break
    if kind.endswith("ies"):
        return f"{kind[:-3]}y"
    return kind[:-1] if kind.endswith("s") and not kind.endswith("ss") else kind
