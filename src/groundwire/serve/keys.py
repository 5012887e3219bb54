"""Keys of the server's clients: hashed at once, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from groundwire.errors import InputError
from groundwire.io.toml_file import read_toml
from groundwire.serve.limits import Limit

MARK = "sha256:"
LEAST = 16
"""Characters of a key; a shorter one could be guessed."""

_HASHED = re.compile(r"sha256:[0-9a-f]{64}")
_LIMITS = ("requests_per_minute", "concurrent_requests")


def hash_key(key: str) -> str:
    """Returns a key as ``sha256:HEX``; what has that form already stays as it is.

    Keys are drawn by chance, so that a slow hash would protect nothing more.

    Raises:
        InputError: if the key is short, or no hash though it begins like one.
    """
    if key.startswith(MARK):
        if not _HASHED.fullmatch(key):
            raise InputError("a hash is sha256: with 64 digits of lower-case hex")
        return key
    if len(key) < LEAST:
        raise InputError(f"a key has {len(key)} characters: draw one of {LEAST} or more")
    return MARK + hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def read_keys(path: Path, limit: Limit) -> dict[str, Limit]:
    """Reads a file of keys: for each hash, what it may ask.

    The file is TOML with a table ``[[keys]]`` for each: ``key`` (or its hash), and where they are
    other than those of all, ``requests_per_minute`` and ``concurrent_requests``; ``name`` is for
    people.

    Args:
        path: the file.
        limit: of all keys.

    Raises:
        InputError: naming what cannot be used, and no key.
    """
    data = read_toml(path)
    tables = data.pop("keys", None)
    if data or not isinstance(tables, list) or not tables:
        raise InputError(f"{path}: no file of keys: give each key a table [[keys]] and no more")
    found: dict[str, Limit] = {}
    for number, table in enumerate(tables, 1):
        place = f"{path}, key {number}"
        if not isinstance(table, dict) or not isinstance(table.get("key"), str):
            raise InputError(f'{place}: has no key: write key = "sha256:..."')
        if strange := sorted(table.keys() - {"key", "name", *_LIMITS}):
            raise InputError(
                f"{place}: {strange[0]!r:.60} is unknown: use key, name, {', '.join(_LIMITS)}"
            )
        try:
            key = hash_key(table["key"])
        except InputError as error:
            raise InputError(f"{place}: {error}") from None
        if key in found:
            raise InputError(f"{place}: stands there twice: leave one out")
        own = {name: _read_limit(place, name, table, getattr(limit, name)) for name in _LIMITS}
        found[key] = Limit(**own)
    return found


def _read_limit(place: str, name: str, table: dict[str, Any], limit: int | None) -> int | None:
    value = table.get(name, limit)
    if value is not None and (not isinstance(value, int) or value is True or value < 1):
        raise InputError(f"{place}: {name} is {value!r:.60}: give a whole number from 1")
    return value


class KeyRing:
    """The keys that are accepted; without any, everybody is."""

    def __init__(self, keys: Iterable[str]) -> None:
        """Takes keys or their hashes."""
        self._hashes = [hash_key(key) for key in keys]

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def is_known(self, key: str) -> bool:
        """Whether a key is one of them; each is compared, so that time tells nothing."""
        if len(key) < LEAST or key.startswith(MARK):
            return False
        asked = hash_key(key)
        return sum(hmac.compare_digest(asked, known) for known in self._hashes) > 0
