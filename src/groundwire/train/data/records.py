"""Records in contexts of training rows: texts, lists, and meaning representations."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from groundwire.errors import InputError
from groundwire.evidence.cells import is_row
from groundwire.evidence.records import is_table, write_record

_SLOT = re.compile(r"\s*([^\W\d_][\w /-]{0,60}?)\s*\[([^\[\]]*)\]\s*(?:,|;|$)")
_ACT = re.compile(r"\s*([A-Za-z_?]\w{0,60})\((.*)\)\s*", re.DOTALL)
_PAIR = re.compile(r"\s*(\w+)\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([^;'\"]*?))\s*(?:;|$)")

_LEAD = re.compile(r"(?:[^\[\]{}\n:]*:)?[ \t]*")
_PROSE = re.compile(r"\s\[")
"""In a slot that stands alone, a sign of a remark in a text, such as one of an editor."""

_JSON = re.compile(r"\{\s*\"")
_LONGEST = 65_536
"""Characters of a JSON object within a text, at most."""

_MOST = 200
"""Braces of a text that begin no record, from which it is taken to have none: it is code."""

_DECODER = json.JSONDecoder(parse_constant=int)  # no number, so that NaN makes it a text


def read_meaning(text: str) -> dict[str, Any] | None:
    """Returns the slots of a meaning representation, or None if a text is none.

    Read are ``name[Alimentum], area[city centre]`` (E2E) and
    ``inform(name='Alimentum';area=centre)`` (RNNLG, and ViGGO with brackets:
    ``inform(name[Portal], rating[good])``). A slot that comes twice has a list of values.
    """
    act = _ACT.fullmatch(text)
    if act is None:
        return _slots(text, _SLOT)
    return _slots(act[2], _SLOT) or _slots(act[2], _PAIR)


def read_record(text: str) -> dict[str, Any] | None:
    """Returns the record that a text is: a meaning representation, or a JSON object."""
    return read_meaning(text) or _object(text)


def _slots(text: str, pattern: re.Pattern[str]) -> dict[str, Any] | None:
    found: dict[str, list[str]] = {}
    at, end = 0, len(text.rstrip())
    while at < end:
        slot = pattern.match(text, at)
        if slot is None:
            return None
        key, at = slot[1], slot.end()
        value = next((group for group in slot.groups()[1:] if group is not None), "").strip()
        found.setdefault(key, []).append(value)
    if len(found) == 1 and _PROSE.search(text):
        return None
    return {key: held if len(held) > 1 else held[0] for key, held in found.items()} or None


def drop_fields(context: Any, keys: Collection[str]) -> Any:
    """Returns a context that holds one record without some of its fields, in the form that it has.

    Returns:
        The context, or None if it is no record, a meaning representation, a text with one of these
        in it, or a list of one, or if no field would remain.
    """
    if isinstance(context, Mapping):
        return {key: value for key, value in context.items() if key not in keys} or None
    if isinstance(context, str):
        return _text_without(context, keys) or _part_without(context, keys)
    if is_row(context) and not is_table(context):
        stated = [item for item in context if item not in (None, "")]
        inner = drop_fields(stated[0], keys) if len(stated) == 1 else None
        return None if inner is None else [inner]
    return None


def _object(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is, as tables hold records."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        return _DECODER.decode(text) or None
    except (ValueError, RecursionError):
        return None


def _text_without(text: str, keys: Collection[str]) -> str | None:
    if (record := _object(text)) is not None:
        left = drop_fields(record, keys)
        return None if left is None else _json(left)
    act = _ACT.fullmatch(text)
    inner = text if act is None else act[2]
    patterns = (_SLOT,) if act is None else (_SLOT, _PAIR)
    pattern = next((pattern for pattern in patterns if _slots(inner, pattern)), None)
    if pattern is None:
        return None
    slots = [slot for slot in pattern.finditer(inner) if slot[0].strip()]
    end = r"\s*[,;]$" if pattern is _SLOT else r"\s*;$"
    kept = [re.sub(end, "", slot[0].strip()) for slot in slots if slot[1] not in keys]
    if not kept:
        return None
    # Between slots stands what stands between the first two.
    between = inner[slots[0].start(1) : slots[1].start(1)] if len(slots) > 1 else ""
    between = between[len(re.sub(end, "", between.rstrip())) :]
    joined = between.join(kept)
    return joined if act is None else f"{act[1]}({joined})"


def _json(record: Any) -> str | None:
    try:
        return json.dumps(record, ensure_ascii=False, allow_nan=False)
    except ValueError:  # 1e400 is read as infinite
        return None


def _part_without(text: str, keys: Collection[str]) -> str | None:
    """A text without fields of the one record that stands in it."""
    found = divide_records(text)
    places = [i for i, (_, record) in enumerate(found) if record is not None]
    if len(places) != 1:
        return None
    (place,) = places
    left = _text_without(found[place][0], keys)
    if left is None:
        return None
    shorter = "".join(left if i == place else part for i, (part, _) in enumerate(found))
    return (
        shorter if sum(record is not None for _, record in divide_records(shorter)) == 1 else None
    )


def _record_at(text: str, start: int, end: int) -> tuple[int, dict[str, Any] | None]:
    """The record that begins at a place, and where it ends; of JSON that may be lines later."""
    if _JSON.match(text, start):
        # A slice, for an error counts all lines before it.
        part = text[start : start + _LONGEST]
        try:
            found, size = _DECODER.raw_decode(part)
        except (ValueError, RecursionError):
            return start, None
        stop = start + size
        return stop, None if text[stop : _line_end(text, stop)].strip() else found or None
    line = text[start:end].rstrip()
    record = read_meaning(line) if line.endswith(("]", ")")) else None
    return start + len(line), record if record and len(record) > 1 else None


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def divide_records(text: str) -> list[tuple[str, dict[str, Any] | None]]:
    """Divides a text into parts that are records, and what stands between them.

    A record is a meaning representation of two slots or more that is a line, or what follows a
    colon in one, or a JSON object that begins and ends so.
    """
    found: list[tuple[str, dict[str, Any] | None]] = []
    done = at = failed = 0
    while at < len(text):
        end = _line_end(text, at)
        for start in {at: None, at + len(_LEAD.match(text, at, end)[0]): None}:  # type: ignore[index]
            stop, record = _record_at(text, start, end) if failed < _MOST else (start, None)
            failed += record is None and text.startswith("{", start)
            if record is not None:
                found += [(text[done:start], None), (text[start:stop], record)]
                done = end = stop
                break
        at = end + 1
    return [part for part in [*found, (text[done:], None)] if part[0]]


def make_evidence(context: Any) -> tuple[Any, ...]:
    """Returns the evidence that a context is, each item as ``Guard.check`` takes it.

    A record within a text (a line that is a meaning representation, or what follows a colon, or a
    JSON object) stands apart from the text around it. A record, a table and a number stand as they
    are; a list is its items; what is empty is left out.

    Raises:
        InputError: if it holds what JSON cannot.
    """
    if context is None or context == "":
        return ()
    if isinstance(context, str):
        return tuple(_texts(context))
    if isinstance(context, bool | int | float):
        return (str(context),)
    if isinstance(context, Mapping) or is_table(context):
        return (context,) if context else ()
    if is_row(context):
        return tuple(item for inner in context for item in make_evidence(inner))
    raise InputError(
        f"a context is a {type(context).__name__}: give a text, an object or a list of them"
    )


def _texts(text: str) -> list[Any]:
    whole = read_record(text)
    if whole is not None:
        return [whole]
    found = divide_records(text)
    if len(found) == 1:
        return [text] if text.strip() else []
    told = [part.strip("\n") if record is None else record for part, record in found]
    return [item for item in told if not isinstance(item, str) or item.strip()]


def write_context(context: Any) -> str:
    """Returns a context as the text of a prompt.

    A text stays as it is, an object becomes lines of ``key: value`` (``record_text``), and the
    items of a list stand apart with a blank line between them.

    Raises:
        InputError: if it holds what JSON cannot, or is nested too deeply.
    """
    if context is None:
        return ""
    if isinstance(context, str):
        return context
    if isinstance(context, bool | int | float):
        return str(context)
    if is_row(context) and not is_table(context):
        return "\n\n".join(filter(None, map(write_context, context)))
    return write_record(context)
