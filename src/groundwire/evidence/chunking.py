"""Chunking of documents into passages made of whole sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from groundwire.errors import InputError
from groundwire.evidence.documents import Document
from groundwire.text.blocks import find_sentences
from groundwire.types import Passage

MAX_CHARS = 800
"""Characters that a passage may have, whatever its words are."""

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Scripts without spaces between words, whose letters count as words: Thai, Lao, Myanmar, Khmer,
kana, Han."""

_ASCII_WORD = re.compile(r"\w{1,12}")
_ANY_WORD = re.compile(rf"[{UNSPACED}\U00020000-\U0003ffff]|[^\W{UNSPACED}]{{1,12}}")
_HEADING_MARK = re.compile(r"#{1,6}\s")
_HEADING_WORDS = 12
_FIELD = re.compile(r"[^\n:]{1,40}: *\S")
"""A line of a record: what it states, and its value."""
_DEEPEST = 32
"""Spaces up to which white space at the start of a line is an indent, and belongs to it."""

_ROW = re.compile(r"\[?\d{2,4}[-/:]\d\d[-/:]\d\d|.*&.*\\\\\s*$")
_CLAUSE_END = re.compile(r"[;,:]\s+(?=\S)|[、，；。](?=\S)")


_INDENT = 80
"""Characters before a line in which its indent and a blank line are looked for."""


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    words: int
    heading: bool = False
    place: str = ""  # "block" after a blank line, "line" on another line of a block


def chunk_document(
    document: Document, target_words: int = 90, max_words: int = 120, language: str = "en"
) -> list[Passage]:
    """Cuts a document into passages of consecutive whole sentences.

    Passages are disjoint, in order, and cover every character that is not white space; one that
    begins a line has its indent. A passage is closed once it holds ``target_words`` words, or
    before a sentence that would take it past ``max_words`` words or ``MAX_CHARS`` characters. A
    heading goes with the text below it, and a block of ``key: value`` lines that would be cut goes
    to the next passage where half of one is left, since its values say nothing without their name.
    Only a sentence that is too long by itself is cut: after a clause, else between words, else
    between characters.

    A word here is up to 12 letters or digits, or one character of a script written without
    spaces, so that passages of any script have about the same number of tokens.

    Args:
        document: the document; its offset and metadata go to the passages.
        target_words: words after which a passage is complete.
        max_words: words that a passage may have.
        language: code of the language, for finding sentences.

    Returns:
        Passages with ``passage.text == document.text[start - offset : end - offset]``.

    Raises:
        InputError: unless ``1 <= target_words <= max_words``.
    """
    if not 1 <= target_words <= max_words:
        raise InputError(
            f"target_words={target_words} and max_words={max_words}: give whole numbers with "
            "1 <= target_words <= max_words"
        )
    units = list(_units(document.text, max_words, language))
    runs = _runs(units, target_words, max_words)
    spans = [(_find_indent(document.text, run[0].start), run[-1].end) for run in runs]
    return [
        Passage(
            document.text[start:end],
            document.source,
            document.offset + start,
            document.offset + end,
            document.metadata,
        )
        for start, end in spans
    ]


def _find_indent(text: str, start: int) -> int:
    """Where the white space before the first word of a line begins; it may tell what it is in."""
    least = max(0, start - _DEEPEST)
    at = start
    while at > least and text[at - 1] in " \t":
        at -= 1
    return at if at == 0 or text[at - 1] == "\n" else start


def _units(text: str, max_words: int, language: str) -> Iterator[_Unit]:
    """Yields the sentences, and what lies between them if it is more than white space."""
    position = 0
    for start, end in _join_rows(text, [*find_sentences(text, language), (len(text), len(text))]):
        yield from _cut(text, position, start, max_words)
        yield from _cut(text, start, end, max_words)
        position = end


def _join_rows(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yields sentences, those joined that a mark in a row of columns parts, as in "?     Ss"."""
    start, end = spans[0]
    for following in spans[1:]:
        between = text[end : following[0]]
        inside = not between and text[end - 1 : end] == "."  # "java.net.ConnectException"
        if inside or (len(between) > 1 and not between.strip(" ")):
            end = following[1]
            continue
        yield start, end
        start, end = following
    yield start, end


def _cut(text: str, start: int, end: int, max_words: int) -> Iterator[_Unit]:
    """Yields a stretch of text as trimmed pieces within the limits."""
    first = start
    while start < end:
        window = text[start : min(end, start + MAX_CHARS)]
        if window[0].isspace():
            start += len(window) - len(window.lstrip())
            continue
        size = _fitting(window, max_words, start + len(window) == end)
        piece = window[:size].rstrip()
        last = start + len(piece)
        heading = start == first and last == end and is_heading(text, start, end)
        yield _Unit(start, last, _count(piece), heading, _find_place(text, start))
        start += size


def _find_place(text: str, start: int) -> str:
    """Whether a stretch begins a block of lines, or another line of it."""
    before = text[max(0, start - _INDENT) : start]
    breaks = before[len(before.rstrip()) :].count("\n")
    return "block" if breaks > 1 else ("line" if breaks else "")


def _fitting(window: str, max_words: int, complete: bool) -> int:
    """Returns how many characters of the window make the next piece."""
    limit = _limit(window, max_words)
    if limit == len(window) and complete:
        return limit
    if limit < len(window) and window[limit].isspace():
        limit += 1
    lines = window[:limit].split("\n")
    # Rows of columns and lines of a log: one that is torn is a row no more.
    held = sum("  " in line.strip() or _ROW.match(line) is not None for line in lines)
    if held * 2 > len(lines) > 2:
        return len(window[:limit].rpartition("\n")[0]) + 1
    clauses = [match.end() for match in _CLAUSE_END.finditer(window, limit // 2, limit)]
    if clauses:
        return clauses[-1]
    for cut in range(limit, limit // 2, -1):
        if window[cut - 1].isspace():
            return cut
    return _whole_character(window, limit)


def _limit(window: str, max_words: int) -> int:
    for number, match in enumerate(_pattern(window).finditer(window)):
        if number == max_words:
            return match.start()
    return len(window)


def _whole_character(window: str, cut: int) -> int:
    """Moves a cut before a letter whose marks or joined emoji would be torn off."""
    for earlier in range(cut, max(cut - 12, 1), -1):
        following = window[earlier : earlier + 1]
        joins = following in ("\u200d", "\ufe0f") or window[earlier - 1] == "\u200d"
        if not joins and not (following and unicodedata.combining(following)):
            return earlier
    return cut


def _pattern(text: str) -> re.Pattern[str]:
    return _ASCII_WORD if text.isascii() else _ANY_WORD


def _count(text: str) -> int:
    return sum(1 for _ in _pattern(text).finditer(text))


def is_heading(text: str, start: int, end: int) -> bool:
    """Whether a sentence is a line of its own that reads like a title."""
    line = text[start:end]
    if "\n" in line or len(line) > 120:
        return False
    if _HEADING_MARK.match(line):
        return True
    before, after = text[max(0, start - 4) : start], text[end : end + 4]
    alone = (start == 0 or "\n" in before) and after.count("\n") > 1
    if before.strip() and _FIELD.match(line):
        return False  # the last field of a block
    short = _count(line) <= _HEADING_WORDS and line[-1] not in ".!?;,…。！？"
    return alone and short and line[0] not in "-*|>`"


def _runs(units: list[_Unit], target_words: int, max_words: int) -> list[list[_Unit]]:
    runs: list[list[_Unit]] = []
    run: list[_Unit] = []
    for unit in units:
        if run and _closes(run, unit, target_words, max_words):
            kept = _without_trailing_headings(run[: _whole_block(run, unit, target_words)])
            runs.append(run[:kept])
            run = run[kept:]
            if run and not _fits(run, unit, max_words):
                runs.append(run)
                run = []
        run.append(unit)
    if run:
        runs.append(run)
    if len(runs) > 1 and _words(runs[-1]) * 4 < target_words:
        last = runs[-1]
        if _words(runs[-2]) + _words(last) <= max_words and _reach(runs[-2], last[-1]) <= MAX_CHARS:
            runs[-2:] = [runs[-2] + last]
    return runs


def _closes(run: list[_Unit], unit: _Unit, target_words: int, max_words: int) -> bool:
    enough = _words(run)
    if enough >= target_words or not _fits(run, unit, max_words):
        return True
    return unit.heading and enough * 2 >= target_words


def _fits(run: list[_Unit], unit: _Unit, max_words: int) -> bool:
    return _words(run) + unit.words <= max_words and _reach(run, unit) <= MAX_CHARS


def _without_trailing_headings(run: list[_Unit]) -> int:
    """Returns how many units stay when headings at the end move on to the next passage."""
    kept = len(run)
    while kept and run[kept - 1].heading:
        kept -= 1
    return kept or len(run)


def _whole_block(run: list[_Unit], unit: _Unit, target_words: int) -> int:
    """Returns how many units stay when a block of lines that goes on moves to the next passage."""
    if unit.place != "line":
        return len(run)
    kept = next((i for i in range(len(run) - 1, 0, -1) if run[i].place == "block"), len(run))
    return kept if _words(run[:kept]) * 3 >= target_words else len(run)


def _words(run: list[_Unit]) -> int:
    return sum(unit.words for unit in run)


def _reach(run: list[_Unit], unit: _Unit) -> int:
    return unit.end - run[0].start
