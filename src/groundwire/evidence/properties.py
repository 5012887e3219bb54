"""Properties: lists of names with values, which are the fields of what holds the list.

``"specs": [{"name": "OS", "value": "Android 13"}, {"name": "Weight", "value": "190 g"}]`` says the
same as ``"specs": {"OS": "Android 13", "Weight": "190 g"}``; so do tags, attributes, headers and
the like of many interfaces. Read as a list its items would be records of their own, and a claim
that names two of them would find neither whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from groundwire.evidence.cells import is_bare_number, is_row

_NAMES = frozenset(
    {"name", "key", "label", "title", "property", "attribute", "field", "parameter", "param"}
    | {"feature", "spec", "specification", "option", "setting", "variable", "header"}
)
_VALUES = frozenset({"value", "values", "val"})
_UNITS = frozenset({"unit", "units", "unittext", "unit_text", "uom"})
# A name that is read as a key: short words, with no mark that would end it.
_NAME = re.compile(r"(?=.*[^\W\d_]{2}|[^\W\d_]$)(?:[^:;!?|.\n]|(?<=\d)\.(?=\d)){1,60}")

# "Line 4" is read as the fourth of a list where it stands before a colon.
_NUMBERED = re.compile(r"\w \d{1,7}\s*$")


def read_properties(values: Sequence[Any]) -> dict[str, Any] | None:
    """Returns a list of names with values as an object.

    A unit beside a value joins it. Lists of such lists under a name each are folded as well
    (``[{"category": "Network", "specs": [...]}, ...]``).

    Args:
        values: the items of a list.

    Returns:
        None where the list is another: its items have more to say, two of them have the same name,
        or all the values are mere numbers, as in the points of a chart, whose names are those of
        different things.
    """
    items = [_drop_types(item) for item in values if isinstance(item, Mapping)]
    if not items or len(items) != len(values):
        return None
    return _fold_named(items) or _fold_sections(items)


def _drop_types(item: Mapping[Any, Any]) -> dict[str, Any]:
    """An object without what JSON-LD says of its kind (``@type``)."""
    return {str(key): value for key, value in item.items() if not str(key).startswith("@")}


def _fold_named(items: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for item in items:
        roles = {_find_role(key): key for key in item}
        if len(roles) != len(item) or not {"name", "value"} <= roles.keys() <= _ROLES:
            return None
        value, unit = item[roles["value"]], item[roles["unit"]] if "unit" in roles else ""
        if unit:
            if isinstance(value, Mapping) or is_row(value) or not isinstance(unit, str):
                return None
            # What is missing, and yes and no, are not counted in anything.
            missing = value is None or isinstance(value, bool) or not str(value).strip()
            value = value if missing else f"{value} {unit}"
        if not _add(found, item[roles["name"]], value):
            return None
    return None if all(is_bare_number(value) for value in found.values()) else found


_ROLES = frozenset({"name", "value", "unit"})


def _find_role(key: str) -> str:
    known = key.strip().casefold()
    for role, keys in (("name", _NAMES), ("value", _VALUES), ("unit", _UNITS)):
        if known in keys:
            return role
    return key


def name_records(record: Mapping[Any, Any]) -> list[dict[str, Any]] | None:
    """Returns an object of objects, whose names end in numbers ("Line 4"), as a list with names.

    Written as names, the numbers would be those of items, which nobody speaks of.

    Args:
        record: an object.

    Returns:
        None where a name has no number, a field is no object, or the objects share no field.
    """
    fields = {str(key): item for key, item in record.items()}
    inner = [*fields.values()]
    if len(inner) < 2 or not all(isinstance(item, Mapping) and item for item in inner):
        return None
    shared = set.intersection(*({str(key) for key in item} for item in inner))
    if not shared or not all(map(_NUMBERED.search, fields)):
        return None
    if any("name" in item for item in inner):
        return None
    return [{"name": name, **item} for name, item in fields.items()]


def _fold_sections(items: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    folded = False
    for item in items:
        texts = [value for value in item.values() if isinstance(value, str)]
        lists = [value for value in item.values() if is_row(value)]
        if len(item) != 2 or item.keys() != items[0].keys() or len(texts) != 1 or len(lists) != 1:
            return None
        if _NUMBERED.search(texts[0]):
            return None
        inner = read_properties(lists[0])
        folded = folded or inner is not None
        if not _add(found, texts[0], lists[0] if inner is None else inner):
            return None
    return found if folded else None


def _add(found: dict[str, Any], name: Any, value: Any) -> bool:
    """Adds a named value, unless the name is no name or there already."""
    text = " ".join(name.split()) if isinstance(name, str) else ""
    if text in found or not _NAME.fullmatch(text):
        return False
    found[text] = value
    return True
