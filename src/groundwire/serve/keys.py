"""Keys of the server's clients: hashed at once, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

from groundwire.errors import InputError

MARK = "sha256:"
LEAST = 16
"""Characters of a key; a shorter one could be guessed."""

_HASHED = re.compile(r"sha256:[0-9a-f]{64}")


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
