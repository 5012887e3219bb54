"""Answers into claims: the default ``Splitter``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from groundwire.checkworthy import affirms, heading_kind, kind_of, reads_as_prose
from groundwire.clauses import bounded, clause_spans
from groundwire.errors import InputError
from groundwire.segment import Block, Offsets, block_sentences, blocks
from groundwire.types import Claim, ClaimKind, Context

_MARKER = re.compile(
    r"(?:(?:[-*+•‣◦▪●·–—]|#{1,6}|\d{1,3}[.)]|\(\d{1,3}\)|\(?[a-zA-Z]\)|[a-z]\.|\[[ xX]\])\s+|"
    r">\s*)(?=\S)"
)
_JSON = re.compile(r"[{\[]\s*(?:[\"{\[]|$)")
_DATA = re.compile(r"""["'][^"'\n]+["']\s*:\s*(?:["'][^"'\n]*\w|-?\d|true|false)""", re.IGNORECASE)
_TAG = re.compile(r"[`~\s]*([\w+#.-]*)")
_PROGRAMS = frozenset(
    [
        *("bash", "c", "cpp", "c++", "cs", "csharp", "css", "dart", "diff", "dockerfile", "go"),
        *("haskell", "html", "java", "javascript", "js", "jsx", "kotlin", "lua", "makefile"),
        *("php", "powershell", "py", "python", "r", "ruby", "rust", "scala", "sh", "shell"),
        *("sql", "swift", "ts", "tsx", "typescript", "vue", "xml", "zsh"),
    ]
)
_ASSIGNED = re.compile(r"[A-Za-z_]{4,}[\"']?\s*(?:[:=]|,(?=\s*\d))\s*[\"']?[\w$€£-]")
_YES_NO = re.compile(
    r"(?:.*[.!,]\s+)?(?:is|are|was|were|am|do|does|did|has|have|had|may|might|must|should|shall|"
    r"will|would|can|could)(?:n't)?\s+(?!you\b)[^.!]*$",
    re.IGNORECASE | re.DOTALL,
)


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
            question: what the reader asked; an answer of "Sure!" to a yes-or-no question is a
                claim.
        """
        asked = bool(question and _YES_NO.match(question.strip()[-400:]))
        before: list[str] = []
        claims: list[Claim] = []
        for unit in _units(text, self.language):
            for start, end in self._pieces(text, unit):
                piece = text[start:end]
                kind = unit.kind or kind_of(piece)
                if asked and affirms(piece):
                    kind = "claim"
                context = Context(question, self._preceding(before, unit.header))
                claims.append(Claim(piece, start, end, context, kind))
                if not unit.row:
                    before.append(piece)
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
                match = _TAG.match(text, block.start, block.end)
                tag = match[1].casefold() if match else ""
            yield from _block_units(text, block, language, tag)


def _block_units(text: str, block: Block, language: str, tag: str) -> Iterable[_Unit]:
    if block.kind == "fence":
        return []
    if block.kind == "code":
        line = text[block.start : block.end]
        return [_Unit(block.start, block.end, _code_kind(line, tag))]
    if block.kind == "text" and _JSON.match(text, block.start) and text[block.end - 1] in "}],":
        return [
            _Unit(start, end, _code_kind(text[start:end])) for start, end in _lines(text, block)
        ]
    return _sentences(text, block, language)


def _sentences(text: str, block: Block, language: str) -> Iterator[_Unit]:
    for number, (start, end) in enumerate(block_sentences(text, block, language)):
        if number == 0:
            start = max(start, block.body)
            while match := _MARKER.match(text, start, end):
                start = match.end()
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


def _code_kind(line: str, tag: str = "json") -> ClaimKind:
    """Data that states values is a claim like prose; only what a language runs is code."""
    if reads_as_prose(line) or _DATA.search(line):
        return "claim"
    if tag and tag not in _PROGRAMS:
        return "claim" if _says(line) and re.search(r"\w{2}", line) else "code"
    return "claim" if not tag and _ASSIGNED.search(line) else "code"


def _says(text: str) -> bool:
    return any(char.isalnum() for char in text)
