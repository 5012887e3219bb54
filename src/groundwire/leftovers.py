"""What a removal would leave behind broken: fences, underlines, table heads, numbers of items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from groundwire.segment import Block

_NUMBER = re.compile(r"(?:(?P<number>\d{1,3})[.)]|(?P<letter>[a-zA-Z])\)|(?P<dotted>[a-z])\.)\s")


def fenced(blocks: Sequence[Block]) -> Iterator[tuple[int, int]]:
    """Yields the numbers of each opening fence and its closing one, or of the end without one."""
    first: int | None = None
    for i, block in enumerate(blocks):
        if block.kind != "fence":
            continue
        if first is None:
            first = i
        else:
            yield first, i
            first = None
    if first is not None:
        yield first, len(blocks)


def underlines(answer: str, blocks: Sequence[Block]) -> Iterator[int]:
    """Yields the numbers of the rules under a table's head or a heading of plain text."""
    for i in range(1, len(blocks)):
        above, rule = blocks[i - 1], blocks[i]
        if rule.kind != "rule":
            continue
        piped = "|" in answer[rule.start : rule.end]
        if above.kind == "row" and piped:
            yield i
        near = len(answer[above.end : rule.start].splitlines()) < 3
        near = near and not re.search(r"\n\s*?\n|\r\r", answer[above.end : rule.start])
        if above.kind in ("text", "item") and near and answer[rule.start] in "=-" and not piped:
            yield i


def blank_head(row: str) -> str:
    """Returns a table's head with nothing in its cells."""
    bars = row.count("|") - row.count("\\|")
    edges = row.startswith("|") + (row.endswith("|") and len(row) > 1)
    return "|" + "  |" * max(1, bars + 1 - edges)


def renumbered(
    answer: str, blocks: Sequence[Block], alive: Sequence[bool]
) -> Iterator[tuple[int, int, str]]:
    """Yields the new numbers of items whose list lost some before them."""
    lost: dict[tuple[int, bool], int] = {}
    for block, stays in zip(blocks, alive, strict=True):
        if block.body <= block.start or block.kind not in ("item", "heading", "text"):
            continue
        line = max(answer.rfind(mark, 0, block.start) for mark in "\n\r") + 1
        for match in _NUMBER.finditer(answer, block.start, block.body):
            place, old = match.start(), match["number"] or match["letter"] or match["dotted"]
            value = int(old) if match["number"] else ord(old.casefold()) - ord("a") + 1
            key = place - line, match["number"] is not None
            if value == 1 or key not in lost:
                lost[key] = 0
            if not stays:
                lost[key] += 1
            elif lost[key] and value > lost[key]:
                new = value - lost[key]
                text = str(new) if match["number"] else chr(ord(old) - lost[key])
                yield place, place + len(old), text
