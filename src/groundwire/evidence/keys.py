"""Keys and single values of records as words."""

from __future__ import annotations

import datetime
import math
import numbers
import os
import re
import uuid
from functools import lru_cache
from typing import Any

from groundwire.errors import InputError

_CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Z][a-z])(?=[A-Z])")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_+[A-Za-z0-9]+)*_*")
_KEBAB = re.compile(r"[a-z]{2,}(?:-[a-z]+)+")
_ONE_WORD = frozenset({"wifi", "youtube", "linkedin", "paypal", "github"})
_COLLECTIVE = re.compile(r"(?<=\S) (?:info|infos|list|items|entries|array|data)$")
_SAME_PLURAL = re.compile(r"(?:ss|us|is|series|species|news)$")
_PYTHON_STRING = re.compile(r"u?'([^']*)'")


def words(key: object) -> str:
    """Returns a key as words.

    ``WheelchairAccessible``, ``wheelchair_accessible`` and ``wheelchair-accessible`` all become
    ``wheelchair accessible``; a key that is no identifier stays as it is.
    """
    return _words(str(key))


@lru_cache(maxsize=1024)
def _words(key: str) -> str:
    text = " ".join(key.split()).rstrip(":")
    if text.lower() in _ONE_WORD:
        return text.lower()
    if _KEBAB.fullmatch(text):
        return text.replace("-", " ")
    if not _IDENTIFIER.fullmatch(text):
        return text
    parts = [part for piece in text.split("_") for part in _camel_parts(piece)]
    if len(parts) == 1:
        return parts[0]
    return " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in parts)


def _camel_parts(piece: str) -> list[str]:
    if piece.lower() in _ONE_WORD:
        return [piece.lower()]
    parts = [part for part in _CAMEL.split(piece) if part]
    if len(parts) > 1 and (digits := re.search(r"(?<=[a-z])\d+$", parts[-1])):
        parts[-1:] = [parts[-1][: digits.start()], digits.group()]
    return parts


def singular(name: str) -> str:
    """Returns what one item of a list is called, from the words of the list's key."""
    name = _COLLECTIVE.sub("", name)
    if not name.endswith("s") or len(name) < 4 or _SAME_PLURAL.search(name):
        return name
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-2] if name.endswith(("sses", "xes", "ches", "shes")) else name[:-1]


def scalar(value: Any) -> str | None:
    """Returns the text of a value that is no container, empty if it says nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value.strip()
        unwrapped = _PYTHON_STRING.fullmatch(text)
        return unwrapped[1].strip() if unwrapped else text
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and math.isnan(value):
        return ""
    if isinstance(value, datetime.date | datetime.time):
        return str(value)
    if isinstance(value, numbers.Number | datetime.timedelta | uuid.UUID | os.PathLike):
        try:
            return str(value)
        except ValueError as error:
            raise InputError(f"a number is too long to be text: {error}") from error
    if type(value).__name__ in ("bool_", "bool") and hasattr(value, "item"):
        return "yes" if value else "no"
    return None
