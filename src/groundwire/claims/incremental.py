"""Unfinished answers: how far a text splits the same, whatever is written next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from groundwire.claims.enumerations import find_open_end, is_lead_in
from groundwire.text.blocks import (
    FULL_STOPS,
    Block,
    find_blocks,
    find_sentences,
    is_bold_line,
    split_block,
)
from groundwire.text.sentences import find_last_start
from groundwire.types import Claim

AHEAD = 16
"""Characters that must follow the end of a sentence before it is taken for one.

Abbreviations, citations and closing marks are told apart by what comes after them.
"""
START = 48
"""Characters of a line, unless it is over, from which on it is known what kind of line it is."""

# Atomic groups, as a single "\r\n" could else be taken apart and matched as two line ends.
_BLANK = re.compile(r"(?>\r\n?|\n)[^\S\n\r]*(?>\r\n?|\n)")
_PLAIN = re.compile(r"\s*[\"'“‘(]?[^\W\d_]{2}")
_JSON = re.compile(r"\s*[{\[]")
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"))
# All that str.splitlines takes for the end of a line, as ``find_blocks`` reads lines by it.
_ENDS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def find_settled_end(text: str, language: str = "en") -> int:
    """Returns the end of the last sentence that no continuation of the text changes.

    None splits it otherwise; and no list that is still being written may change a count or a
    reference in it, as it does where an item is removed.

    Args:
        text: what has been written so far.
        language: code of its language.

    Returns:
        An offset: the end of a sentence, list item or table row; 0 where nothing is settled.
    """
    found = find_blocks(text)
    end = _settled(text, found, language) if found else 0
    held = find_open_end(text, found, end) if end else 0
    return _step_back(text, held, end, language) if 0 < held < end else held


def _step_back(text: str, held: int, end: int, language: str) -> int:
    """The last end up to ``held`` before which a text that is cut there splits alike.

    Where lines of a paragraph are wrapped shows by the longest of them; without the lines behind
    a cut, those before it may be joined.
    """
    spans = find_sentences(text[:end], language)
    while held:
        before = [span for span in spans if span[0] < held]
        if find_sentences(text[:held], language) == before:
            return held
        held = before[-2][1] if len(before) > 1 else 0
    return 0


def _settled(text: str, found: list[Block], language: str) -> int:
    """The end of the last sentence that no continuation splits otherwise."""
    fences = [i for i, block in enumerate(found) if block.kind == "fence"]
    closing = len(fences) % 2 == 0
    if fences and not (closing and (fences[-1] + 1 < len(found) or _over(text, found[-1].start))):
        first = fences[-2] if closing else fences[-1]
        while first and not _apart(text, found, first):
            first -= 1
        return found[first - 1].end if first else 0
    over = found[-1].kind != "row" and _BLANK.search(text, found[-1].end)
    if over or found[-1].kind == "fence":
        return found[-1].end
    first = len(found) - 1
    while first and not _apart(text, found, first):
        first -= 1
    inside = _inside(text, found, first, language)
    if inside is None:
        return found[first - 1].end if first else 0
    return inside


def find_shown_end(text: str, language: str = "en") -> int:
    """Returns the end of a checked text without what only introduces something at its end.

    A heading, the head of a table, or a line that ends in a colon goes when everything under it
    is removed; so it is shown together with the first thing that stays.
    """
    found = find_blocks(text)
    for i in range(len(found) - 1, -1, -1):
        block = found[i]
        if block.kind in ("heading", "rule") or is_bold_line(text, block):
            continue
        if block.kind == "row" and (i == 0 or found[i - 1].kind not in ("row", "rule")):
            continue
        if not is_lead_in(text, block):
            return block.end
        before = split_block(text, block, language)[:-1]
        if before:
            return before[-1][1]
    return 0


def has_touching_claims(text: str, claims: Sequence[Claim]) -> bool:
    """Whether claims of the paragraph that is being written have no white space between them.

    Such sentences ("in 1998.Sure!") are told apart by what follows the second, and so otherwise
    where that is removed.

    Args:
        text: what has been written so far.
        claims: of its beginning.
    """
    begin = max((found.end() for found in _BLANK.finditer(text.rstrip())), default=0)
    return any(
        before.end == after.start > begin and text[before.end - 1] not in FULL_STOPS
        for before, after in pairwise(claims)
    )


def _apart(text: str, found: list[Block], i: int) -> bool:
    """Whether a block is cut off from the one before it, whatever it becomes."""
    block, before = found[i], found[i - 1]
    if before.kind == "row":
        return block.kind != "rule" and _over(text, block.start)
    if before.kind in ("fence", "rule", "heading", "code") or _blank(text, before, block):
        return True
    if block.kind == "fence":
        return _over(text, block.start)
    piped = "|" in text[before.start : before.end]
    sure = _over(text, block.start) if piped else _known(text, block)
    return block.kind in ("item", "heading") and sure


def _blank(text: str, before: Block, block: Block) -> bool:
    return _BLANK.search(text[before.end : block.start]) is not None


def _known(text: str, block: Block) -> bool:
    """Whether what kind of line a block begins with is known."""
    return _written(text, block.start) >= START or _over(text, block.start)


def _over(text: str, start: int) -> bool:
    """Whether the line in which ``start`` lies has been written to its end."""
    return _ENDS.search(text, start) is not None


def _written(text: str, start: int) -> int:
    """Characters written of the line that begins at ``start``."""
    over = _ENDS.search(text, start)
    return (over.start() if over else len(text)) - start


def _inside(text: str, found: list[Block], i: int, language: str) -> int | None:
    """The end of the settled sentences on the first line of an open block; None for none."""
    block = found[i]
    # Whether a block is JSON shows at its end: nothing within is settled before.
    if block.kind not in ("text", "item") or _JSON.match(text, block.start):
        return None
    if i and found[i - 1].kind in ("row", "rule") and not _blank(text, found[i - 1], block):
        return None
    if not _known(text, block) and not (block.kind == "text" and _PLAIN.match(text, block.start)):
        return None
    over = _ENDS.search(text, block.start)
    end = min(block.end, over.start()) if over else block.end
    begin = block.body
    if end - begin < AHEAD or "|" in text[begin:end]:
        return None
    bound = find_last_start(text, begin, end, language)
    bound = min(bound, end - AHEAD)
    ends = [b for _, b in split_block(text, block, language) if b <= bound]
    for last in reversed(ends):
        apart = text[last].isspace() or text[last - 1] in FULL_STOPS
        if apart and _closed(text[begin:last]):
            return last
    return None


def _closed(piece: str) -> bool:
    """Whether every quotation and bracket of a piece is closed in it."""
    if piece.count('"') % 2 or piece.count("*") % 2 or piece.count("`") % 2:
        return False
    return all(piece.count(a) == piece.count(b) for a, b in _PAIRS)
