"""Versions of software: the parts of one, its stage before a release, and when two are one."""

from __future__ import annotations

import re

_STAGES = {"alpha": "a", "beta": "b", "preview": "rc", "pre": "rc", "c": "rc"}
_VERSION = re.compile(r"(\d+(?:\.\d+)*)(?:[-. ]?([a-z]+)[-. ]?(\d*))?")


def normalize_version(written: str) -> str:
    """Returns one form of a version's numbers and its stage ("5.2.0-beta.3" is "5.2.0b3")."""
    match = _VERSION.fullmatch(written.casefold())
    if match is None:
        return written.casefold()
    stage = f"{_STAGES.get(match[2], match[2])}{match[3]}" if match[2] else ""
    return match[1] + stage


def is_same_version(claimed: str, stated: str) -> bool:
    """Whether a stated version is the claimed one, or a release of the line that it names.

    "2.1" names 2.1.0 and 2.1.3; a version before its release ("5.2.0b3") is named by nothing else.
    """
    mine, theirs = _split(claimed), _split(stated)
    if mine[1] or theirs[1]:
        return mine[1] == theirs[1] and _trim(mine[0]) == _trim(theirs[0])
    longer = _trim(mine[0]) == _trim(theirs[0])
    return longer or theirs[0][: len(mine[0])] == mine[0]


def _split(key: str) -> tuple[tuple[str, ...], str]:
    """The numbers of a version, and its stage."""
    stage = key.lstrip("0123456789.")
    return tuple(key.removesuffix(stage).strip(".").split(".")), stage


def _trim(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Parts without zeros at their end."""
    kept = list(parts)
    while len(kept) > 1 and not int(kept[-1] or 0):
        kept.pop()
    return tuple(kept)
