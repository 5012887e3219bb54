"""Logs: lines that begin with a time each, and what they tell of.

Jobs, hosts and services write by turns into one log. What a line is about stands in it as a word
that other lines have, too, in brackets or behind ``=``; lines of one such word are one record.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence

from groundwire.evidence.cells import Cell, Line
from groundwire.evidence.tables import LONGEST_LINE, Row

_FEW = 3
"""Lines from which on they are a log."""

# "2024-06-07T02:14:08.113Z", "[2024-06-07 02:14:08,113]", "Jun  7 02:14:08": a date or the seconds.
_STAMP = re.compile(
    r"\[?(?P<time>(?:\d{4}[-/]\d\d[-/]\d\d[T ]|[A-Z][a-z]{2} [ \d]\d )?\d\d:\d\d:\d\d)"
    r"(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d))?\]?:?[ \t]+(?=\S)"
)
# A name in brackets before the message, or a level: "INFO", "[WARN]", "[scheduler]", "(db)".
_TAG = re.compile(r"(?:\[(?P<square>[^\[\]\s]{1,40})\]|\((?P<round>[^()\s]{1,40})\))[\s:-]*")
_LEVEL = re.compile(r"[A-Z]{3,8}(?=[\s:])[\s:-]*")
_NAME = re.compile(r"[^\W_][\w.-]*[^\W_]")
_PAIR = re.compile(
    r"(?<!\S)(?P<key>[A-Za-z_][\w.-]{0,39})=(?:\"(?P<text>[^\"]{0,300})\"|(?P<word>[^\s,;]{1,300}))[,;]?"
)
# "Ida: Good morning." is what somebody says.
_SPEAKER = re.compile(r"[A-Z][\w .'-]{0,40}: ")
_FIGURES = re.compile(r"\d")


def read_log(block: Sequence[Row], first: int) -> tuple[int, list[Line]]:
    """Reads a log that begins with a line of a block.

    Args:
        block: lines without a blank one between them.
        first: number of the line.

    Returns:
        How many lines it takes, 0 where none begins, and them as records.
    """
    rows: list[tuple[Row, re.Match[str]]] = []
    shape = ""
    for at in range(first, len(block)):
        row = block[at]
        match = _STAMP.match(row[2]) if len(row[2]) <= LONGEST_LINE else None
        if match is None or (shape and _FIGURES.sub("0", match["time"]) != shape):
            break
        shape = _FIGURES.sub("0", match["time"])
        rows.append((row, match))
    said = [row[2][match.end() :] for row, match in rows]
    spoken = sum(bool(_SPEAKER.match(text)) for text in said)
    if len(rows) < _FEW or 2 * spoken > len(rows):
        return 0, []
    parts = [_split(text) for text in said]
    names = [{c.value: None for c in tags if _can_name(c.value)} for _, tags in parts]
    counts = Counter(name for held in names for name in held)
    beside: dict[str, set[str]] = defaultdict(set)
    for held in names:
        for name in held:
            beside[name].update(held)
    lines: list[Line] = []
    # What stands beside many names ("scheduler") says less of a line than what stands beside few.
    subjects = [
        min(
            (name for name in held if counts[name] < len(rows)),
            key=lambda name: (len(beside[name]), -counts[name]),
            default="",
        )
        for held in names
    ]
    known = {subject for subject in subjects if subject}
    for (row, match), (told, tags), subject in zip(rows, parts, subjects, strict=True):
        others = [cell for cell in tags if cell.value != subject]
        time = Cell("time", match["time"].replace("T", " "))
        about = (Cell("", subject),) if subject else ()
        body = (Cell("", told),) if told else ()
        # The same in each passage of the log; a line that speaks of another one is of both.
        both = known.intersection(_NAME.findall(told)) - {subject}
        path = (("log", zlib.crc32(subject.encode("utf-8", "replace"))),)
        placed = path if subject and not both else ()
        lines.append(Line(row[0], row[1], placed, (*about, *body, *others, time)))
    return len(rows), lines


def _split(text: str) -> tuple[str, list[Cell]]:
    """What a line says; its pairs of names and values, and its tags."""
    level = _LEVEL.match(text)
    last = [Cell("", level[0].strip(" \t:-"))] if level else []
    tags: list[Cell] = []
    at = level.end() if level else 0
    while match := _TAG.match(text, at):
        tags.append(Cell("", match["square"] or match["round"]))
        at = match.end()
    body = text[at:]
    pairs = [Cell(m["key"], m["word"] or m["text"] or "") for m in _PAIR.finditer(body)]
    told = " ".join(_PAIR.sub(" ", body).split())
    return told, [*(pair for pair in pairs if pair.value), *tags, *last]


def _can_name(value: str) -> bool:
    """Whether a value may be what lines tell of: a name without spaces, and no level or number."""
    return (
        len(value) > 1
        and not any(c.isspace() for c in value)
        and any(c.isalpha() for c in value)
        and not value.isupper()
        and not value[0].isdigit()
    )
