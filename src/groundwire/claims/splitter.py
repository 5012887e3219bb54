"""Answers into claims: the default ``Splitter``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from groundwire.checkworthy import affirms, heading_kind, kind_of
from groundwire.clauses import bounded, clause_spans
from groundwire.errors import InputError
from groundwire.fenced import code_kind, fence_tag, is_language
from groundwire.polar import asks_yes_no
from groundwire.segment import Block, Offsets, block_sentences, blocks
from groundwire.types import Claim, ClaimKind, Context

_JSON = re.compile(r"[{\[]\s*(?:[\"{\[]|$)")
_EMPTY_TALK = frozenset({"filler", "greeting"})


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    kind: ClaimKind | None = None
    header: str | None = None
    row: bool = False


@dataclass(frozen=True, slots=True)
class ClaimSplitter:
    """Splits an answer into sentences, list items, table rows and, where long, clauses.

    Attributes:
        language: code of the language of the answers; clauses are found in English only.
        longest: number of words above which a sentence is divided into clauses.
        max_chars: number of characters above which anything is divided.
        preceding: number of sentences before a claim that its context holds.
    """

    language: str = "en"
    longest: int = 25
    max_chars: int = 1200
    preceding: int = 3

    def __post_init__(self) -> None:
        for name, least in (("longest", 1), ("max_chars", 2), ("preceding", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise InputError(f"{name}={value!r}: give a whole number from {least} on")

    def split(self, text: str, question: str | None = None) -> list[Claim]:
        """Returns the claims of an answer in order.

        Claims are disjoint and ``claim.text == text[claim.start:claim.end]``. What lies between
        them is white space and markup: list markers, ``#``, ``|``, rules, fences. A table row is
        one claim, with its table's header last in ``context.preceding``.

        Args:
            text: the answer; nothing of it is left out, whatever its length.
            question: what the reader asked. After it, an answer that is but a heading or a name in
                bold is a claim; after a yes-or-no question one of "Sure!" or of a thumb up is, too,
                and so is one that is nothing but small talk.
        """
        asked = bool(question and asks_yes_no(question))
        before: list[str] = []
        claims: list[Claim] = []
        says = False
        for unit in _units(text, self.language):
            for start, end in self._pieces(text, unit):
                piece = text[start:end]
                kind = unit.kind or kind_of(piece)
                says = says or kind not in _EMPTY_TALK
                if asked and affirms(piece):
                    kind = "claim"
                context = Context(question, self._preceding(before, unit.header))
                claims.append(Claim(piece, start, end, context, kind))
                if not unit.row:
                    before.append(piece)
        if asked and not says:
            return [replace(claim, kind="claim") for claim in claims]
        if question and says and all(c.kind in _EMPTY_TALK | {"heading"} for c in claims):
            return [replace(c, kind="claim") if c.kind == "heading" else c for c in claims]
        return claims

    def _pieces(self, text: str, unit: _Unit) -> Iterator[Offsets]:
        clauses = unit.kind is None and self.language.lower()[:2] == "en"
        for start, end in bounded(text, unit.start, unit.end, self.max_chars):
            yield from clause_spans(text, start, end, self.longest) if clauses else [(start, end)]

    def _preceding(self, before: list[str], header: str | None) -> tuple[str, ...]:
        if not self.preceding:
            return ()
        if header is None:
            return tuple(before[-self.preceding :])
        return tuple([*before[-self.preceding :], header][-self.preceding :])


def _units(text: str, language: str) -> Iterator[_Unit]:
    header: str | None = None
    tag = ""
    found = blocks(text)
    for number, block in enumerate(found):
        if block.kind == "row":
            follower = found[number + 1] if number + 1 < len(found) else None
            heads = follower is not None and "|" in text[follower.start : follower.end]
            heads = heads and follower is not None and follower.kind == "rule"
            start, end = _row(text, block)
            if start == end:
                continue
            if heads:
                header = text[start:end]
                yield _Unit(start, end, _header_kind(header), row=True)
            else:
                kind: ClaimKind = "claim" if _says(text[start:end]) else "filler"
                yield _Unit(start, end, kind, header, row=True)
        elif block.kind != "rule":
            header = None
            if block.kind == "fence":
                named, start, end = fence_tag(text[block.start : block.end])
                tag = named.split()[0] if named else ""
                if named and not is_language(named):
                    yield _Unit(block.start + start, block.start + end, "claim")
            yield from _block_units(text, block, language, tag)


def _block_units(text: str, block: Block, language: str, tag: str) -> Iterable[_Unit]:
    if block.kind == "fence":
        return []
    if block.kind == "code":
        line = text[block.start : block.end]
        return [_Unit(block.start, block.end, code_kind(line, tag))]
    if block.kind == "text" and _JSON.match(text, block.start) and text[block.end - 1] in "}],":
        return [_Unit(start, end, code_kind(text[start:end])) for start, end in _lines(text, block)]
    return _sentences(text, block, language)


def _sentences(text: str, block: Block, language: str) -> Iterator[_Unit]:
    for number, (start, end) in enumerate(block_sentences(text, block, language)):
        if number == 0:
            start = max(start, block.body)
        if start >= end:
            continue
        whole = number == 0 and end == block.end
        kind = heading_kind(text[start:end]) if whole and _is_title(text, block) else None
        yield _Unit(start, end, kind)


def _is_title(text: str, block: Block) -> bool:
    """Whether a block is a heading: set with ``#``, or a line that is bold from end to end."""
    if block.kind == "heading":
        return True
    line = text[block.body : block.end].rstrip(":")
    inner = line[2:-2]
    return len(line) > 4 and line[:2] == line[-2:] == "**" and "*" not in inner and "\n" not in line


def _lines(text: str, block: Block) -> Iterator[Offsets]:
    offset = block.start
    for line in text[block.start : block.end].splitlines(keepends=True):
        lead = len(line) - len(line.lstrip())
        if line.strip():
            yield offset + lead, offset + lead + len(line.strip())
        offset += len(line)


def _row(text: str, block: Block) -> Offsets:
    start, end = block.start, block.end
    while start < end and (text[start] == "|" or text[start].isspace()):
        start += 1
    while start < end and (text[end - 1] == "|" or text[end - 1].isspace()):
        end -= 1
    return start, end


def _header_kind(row: str) -> ClaimKind:
    cells = (cell.strip() for cell in row.split("|"))
    return "claim" if any(heading_kind(cell) == "claim" for cell in cells if cell) else "heading"


def _says(row: str) -> bool:
    """Whether a row says something; a tick or a cross does."""
    return any(c.isalnum() or (unicodedata.category(c)[0] == "S" and c not in "|`^~") for c in row)
