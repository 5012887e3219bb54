"""Splitter of answers into claims, the default one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from groundwire.claims.checkworthy import classify_heading, classify_sentence, is_affirmation
from groundwire.claims.code import classify_code, find_fence_tag, is_language
from groundwire.claims.questions import is_yes_no_question
from groundwire.claims.replies import is_reply, join_reply
from groundwire.errors import InputError
from groundwire.text.blocks import Block, Offsets, find_blocks, split_block
from groundwire.text.citations import is_citation, is_sources_line
from groundwire.text.symbols import find_ornament_end
from groundwire.types import Claim, ClaimKind, Context

_VERB = (
    r"(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|should|does|did|"
    r"became|began|made|took|led|won|said|says|includes?|included|provides?|contains?|remains?|"
    r"remained|received|joined|served|moved|opened|closed|started|reported|announced|worked)"
)
_FINITE = re.compile(rf"\b{_VERB}\b|n't\b", re.IGNORECASE)
# Without "or" and "because": the clauses that these join are not stated each by itself.
_JOINT = re.compile(
    r"(?:;\s+(?:(?:however|therefore|moreover|meanwhile|and|but|while|yet|so),?\s+)?|"
    r",\s+(?:and|but|while|whereas|yet|so)\s+)"
)
_SUBJECT = re.compile(
    r"(?:(?:he|she|they|we|it|there)\s+(?!and\b|or\b|,)(?:\w+ly\s+|also\s+|then\s+)?[a-z]\w*|"
    r"(?:the|a|an|this|these|those|his|her|its|their|our|some|many|most|all|each|both|"
    rf"[A-Z][\w.'’-]*)(?:\s+[\w.'’-]+){{0,5}}?\s+{_VERB}\b)"
)
_DEPENDENT = re.compile(
    r"\W*(?:(?:and|but|so|yet)\s+)?(?:if|when|whenever|although|though|while|because|since|after|"
    r"before|as|unless|once|until|whether|where|whoever|whatever|given|provided|in case)\b",
    re.IGNORECASE,
)
_BRACKETS = {"(": 1, "[": 1, "{": 1, "“": 1, ")": -1, "]": -1, "}": -1, "”": -1}
_JOINED = re.compile(r"^(?:and|but|while|whereas|yet|so|however|therefore|meanwhile)\b", re.I)
_SHORTEST = 4


def split_clauses(text: str, start: int, end: int, longest: int = 25) -> list[Offsets]:
    """Divides a long sentence where both sides are independent clauses.

    A clause that opens with a conjunction keeps it. Nothing is divided inside brackets or
    quotation marks, after an opening such as "If" or "Although", or where the second clause
    leaves its subject out.

    Args:
        text: the whole text.
        start: offset of the sentence.
        end: offset after the sentence.
        longest: number of words up to which a sentence stays whole.

    Returns:
        Half-open offsets of the clauses, in order; one where nothing is divided.
    """
    if len(text[start:end].split()) <= longest:
        return [(start, end)]
    spans: list[Offsets] = []
    left = start
    for cut in _cuts(text, start, end):
        clause = text[left:cut]
        if left > start:
            clause = _JOINED.sub("", clause, count=1)
        if _independent(clause) and len(text[cut:end].split()) >= _SHORTEST:
            spans.append((left, cut))
            left = cut + len(text[cut:end]) - len(text[cut:end].lstrip())
    spans.append((left, end))
    return spans


def _cuts(text: str, start: int, end: int) -> Iterator[int]:
    """Yields offsets after the ``,`` or ``;`` that a full clause follows."""
    sentence = text[start:end]
    depth, quoted, at = 0, False, 0
    for match in _JOINT.finditer(sentence):
        for char in sentence[at : match.start()]:
            depth = max(0, depth + _BRACKETS.get(char, 0))
            quoted ^= char == '"'
        at = match.start()
        if depth == 0 and not quoted and _SUBJECT.match(sentence, match.end()):
            yield start + match.start() + 1


def _independent(clause: str) -> bool:
    return (
        len(clause.split()) >= _SHORTEST
        and _FINITE.search(clause) is not None
        and _DEPENDENT.match(clause) is None
        and re.search(r"\bnot only\b", clause, re.IGNORECASE) is None
    )


def split_long(text: str, start: int, end: int, limit: int) -> Iterator[Offsets]:
    """Divides a stretch so that no piece has more than ``limit`` characters.

    Cuts fall after punctuation where there is some in the second half of a piece, else at
    white space, else anywhere; the pieces leave out the white space around them.
    """
    while end - start > limit:
        window = text[start : start + limit]
        half = limit // 2
        ends = [m.end() for m in re.finditer(r"[.!?;:,。！？；，،؛](?=\s)|[。！？；，]", window)]
        ends = [at for at in ends if at > half] or [
            m.start() for m in re.finditer(r"\s", window) if m.start() > half
        ]
        cut = start + (ends[-1] if ends else limit)
        piece = text[start:cut]
        yield start, start + len(piece.rstrip())
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end


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
                and so is one that is nothing but small talk. A reply ("No, they are not.") and
                the sentence that explains it are one claim.
        """
        asked = bool(question and is_yes_no_question(question))
        before: list[str] = []
        claims: list[Claim] = []
        says = False
        for unit in _units(text, self.language):
            for start, end in self._pieces(text, unit):
                piece = text[start:end]
                kind = unit.kind or classify_sentence(piece)
                says = says or kind not in _EMPTY_TALK
                talk = kind in _EMPTY_TALK
                if asked and (is_affirmation(piece) or (talk and is_reply(piece, question))):
                    kind = "claim"
                context = Context(question, self._preceding(before, unit.header))
                claims.append(Claim(piece, start, end, context, kind))
                if not unit.row and (kind != "filler" or any(map(str.isalnum, piece))):
                    before.append(piece)
        if asked and not says:
            return [replace(claim, kind="claim") for claim in claims]
        if question and says and all(c.kind in _EMPTY_TALK | {"heading"} for c in claims):
            claims = [replace(c, kind="claim") if c.kind == "heading" else c for c in claims]
        return join_reply(text, claims, self.max_chars) if asked else claims

    def _pieces(self, text: str, unit: _Unit) -> Iterator[Offsets]:
        clauses = unit.kind is None and self.language.lower()[:2] == "en"
        for start, end in split_long(text, unit.start, unit.end, self.max_chars):
            yield from split_clauses(text, start, end, self.longest) if clauses else [(start, end)]

    def _preceding(self, before: list[str], header: str | None) -> tuple[str, ...]:
        if not self.preceding:
            return ()
        if header is None:
            return tuple(before[-self.preceding :])
        return tuple([*before[-self.preceding :], header][-self.preceding :])


def _units(text: str, language: str) -> Iterator[_Unit]:
    header: str | None = None
    tag = ""
    sources = False
    found = find_blocks(text)
    for number, block in enumerate(found):
        line = text[block.body : block.end]
        if is_sources_line(line):
            sources = True
        elif sources and block.kind in ("item", "text") and is_citation(line, listed=True):
            yield _Unit(block.start if block.body >= block.end else block.body, block.end, "filler")
            continue
        else:
            sources = False
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
                named, start, end = find_fence_tag(text[block.start : block.end])
                tag = named.split()[0] if named else ""
                if named and not is_language(named):
                    yield _Unit(block.start + start, block.start + end, "claim")
            yield from _block_units(text, block, language, tag)


def _block_units(text: str, block: Block, language: str, tag: str) -> Iterable[_Unit]:
    if block.kind == "fence":
        return []
    if block.kind == "code":
        line = text[block.start : block.end]
        return [_Unit(block.start, block.end, classify_code(line, tag))]
    if block.kind == "text" and _JSON.match(text, block.start) and text[block.end - 1] in "}],":
        return [
            _Unit(start, end, classify_code(text[start:end])) for start, end in _lines(text, block)
        ]
    return _sentences(text, block, language)


def _sentences(text: str, block: Block, language: str) -> Iterator[_Unit]:
    for number, (start, end) in enumerate(split_block(text, block, language)):
        if number == 0:
            start = max(start, block.body)
        if start >= end:
            continue
        whole = number == 0 and end == block.end
        kind = classify_heading(text[start:end]) if whole and _is_title(text, block) else None
        if kind is None and (ornament := find_ornament_end(text[start:end])):
            yield _Unit(start, start + len(text[start : start + ornament].rstrip()), "filler")
            start += ornament
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
    return (
        "claim" if any(classify_heading(cell) == "claim" for cell in cells if cell) else "heading"
    )


def _says(row: str) -> bool:
    """Whether a row says something; a tick or a cross does."""
    return any(c.isalnum() or (unicodedata.category(c)[0] == "S" and c not in "|`^~") for c in row)
