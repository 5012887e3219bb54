"""JSON of strangers: what is no text, no number or ambiguous is refused, never repaired."""

from __future__ import annotations

import ast
import json
import math
import re
from typing import Any

from groundwire.errors import InputError

_STRING = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_strict(text: str) -> Any:
    """Returns the value of a JSON text.

    NaN, which JSON does not have but some libraries write for "no value", is null. A number too
    large for a float stays text.

    Raises:
        InputError: if it is no JSON, is nested too deeply, has a key twice in one object, or
            holds half of a surrogate pair, which no text can have.
    """
    try:
        value = json.loads(text, **_HOOKS)
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON ({error!s:.200}); correct it") from error
    _check_text(text, value)
    return value


def _check_text(text: str, value: Any) -> None:
    """Refuses a value with half of a surrogate pair; bytes that were no UTF-8 are such, too."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InputError("not UTF-8; save it as UTF-8") from error
    if not _SURROGATE.search(text):
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"holds half of a surrogate pair ({error.object[error.start]!a}), which is no "
            "character; write the text again from its source"
        ) from error
    except RecursionError as error:
        raise InputError("nested too deeply; flatten it") from error


def unpack_json(value: Any) -> Any:
    """Returns what a string of JSON holds, if that is an object or array, or else the value.

    Cells of CSV and Parquet files hold lists and objects in this way. The list of strings that
    ``str(list)`` writes in Python is read too, if it is exactly that.
    """
    if not isinstance(value, str):
        return value
    ends = value.strip()
    if ends[:1] + ends[-1:] not in ("{}", "[]"):
        return value
    try:
        return parse_strict(ends)
    except InputError:
        return _python_list(ends, value)


def _python_list(text: str, otherwise: Any) -> Any:
    try:
        items = [ast.literal_eval(match) for match in _STRING.findall(text)]
    except (ValueError, SyntaxError):
        return otherwise
    return items if str(items) == text else otherwise


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"an object has the key {twice!r:.60} twice; keep one of them")
    return value


def _float(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


_HOOKS: dict[str, Any] = {
    "object_pairs_hook": _object,
    "parse_constant": lambda name: None if name == "NaN" else name,
    "parse_float": _float,
}
