"""Prefixes: fields whose names begin with the name of the record that they belong to.

``PRIMARY_DB_HOST=a`` and ``REPLICA_DB_HOST=b`` are the host of two databases, and ``Vega: Price:
120`` and ``Sol: Price: 90``, each on a line of its own, the prices of two things. No heading stands
above them: that several names have the same endings tells where the name of the record ends.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from groundwire.evidence.cells import Cell, Line

_Parts: TypeAlias = tuple[str, ...]

_LEAST = 2
"""Endings that a name must share with others: "max_size" and "min_size" are no two records."""

_MOST = 8
"""Parts of a name that are looked at, so that a long one takes no longer."""

# Names in programs and settings: "PRIMARY_DB_HOST", "mail.primary.host", "db-main-port".
_IDENTIFIER = re.compile(r"\w+(?:[._-]\w+)+")
_MARKS = re.compile(r"[._-]+")


def split_prefix(key: str) -> _Parts:
    """Returns the parts of a name of a field, at whose borders that of its record may end."""
    if _IDENTIFIER.fullmatch(key):
        return tuple(part for part in _MARKS.split(key) if part)
    return tuple(key.split(": "))


def find_prefixes(keys: Sequence[_Parts]) -> list[int]:
    """Returns how many parts of each name are that of its record; none where it has no other.

    Args:
        keys: names of fields in parts, such as ``("PRIMARY", "DB", "HOST")``.

    Returns:
        A number for each name. The shortest beginning counts of which two endings stand after
        other beginnings of as many parts as well.
    """
    heads: dict[tuple[int, _Parts], set[_Parts]] = defaultdict(set)
    for key in keys:
        for size in range(1, min(len(key), _MOST)):
            heads[size, key[size:]].add(key[:size])
    shared: dict[_Parts, int] = defaultdict(int)
    for found in heads.values():
        if len(found) > 1:
            for head in found:
                shared[head] += 1
    return [
        next((n for n in range(1, min(len(key), _MOST)) if shared.get(key[:n], 0) >= _LEAST), 0)
        for key in keys
    ]


def has_prefixes(keys: Sequence[str]) -> bool:
    """Whether names of fields are those of two records or more, by how they begin."""
    return any(find_prefixes([split_prefix(key) for key in keys]))


def join_prefixes(lines: Sequence[Line]) -> list[Line]:
    """Makes records of single fields whose names begin alike.

    Args:
        lines: those of records, in order.

    Returns:
        The lines in order; a field of a record has the name of it before its own.
    """
    alone = [i for i, line in enumerate(lines) if not line.path and len(line.cells) == 1]
    parts = {i: split_prefix(lines[i].cells[0].key) for i in alone}
    sizes = dict(zip(alone, find_prefixes([*parts.values()]), strict=True))
    begun: dict[_Parts, int] = {}
    out = list(lines)
    for i, size in sizes.items():
        if not size:
            continue
        line, key = lines[i], lines[i].cells[0].key
        head, tail = parts[i][:size], parts[i][size:]
        mark = ": " if ": " in key else " "
        path = (("prefix", begun.setdefault(head, line.start)),)
        cells = Cell("", mark.join(head)), replace(line.cells[0], key=mark.join(tail))
        out[i] = replace(line, path=path, cells=cells)
    return out
