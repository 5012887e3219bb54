"""Numbers of a text that hold no longer after a removal: items, counts of lists, references."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from groundwire.claims.checkworthy import classify_sentence
from groundwire.claims.enumerations import (
    NUMERALS,
    STEP,
    Lists,
    Reference,
    find_counts,
    find_headed_list,
    find_references,
    has_counted_end,
    read_entry,
)
from groundwire.repair.structure import Change
from groundwire.text.blocks import Block, is_bold_line, split_block

RENUMBERED = "renumbered: what it counts or refers to changed"
"""Recorded in the edit of a number that holds no longer where something was removed."""


_NUMBER = re.compile(r"(?:(?P<number>\d{1,3})[.)]|(?P<letter>[a-zA-Z])\)|(?P<dotted>[a-z])\.)\s")
_SET = re.compile(
    r"\b(?:all|first|last|top|other|next|best|worst|only|same|main|both)[\s*_]*$", re.IGNORECASE
)
"""Behind these a numeral may be left out, and not be replaced by "one"."""
_PLURAL = re.compile(
    r"([*_]{0,3}\s+(?:[\w’'-]+\s+){0,2}?[\w’'-]*?)(ies|(?:ss|x|ch|sh)es|s)\b", re.I
)
_BE_BEFORE = re.compile(r"\b(are|were|these|those)(?=[\s*_]*$)", re.IGNORECASE)
_BE_AFTER = re.compile(r"\s+(are|were|have|do)\b", re.IGNORECASE)
_SINGULAR = {
    "are": "is", "were": "was", "these": "this", "those": "that", "have": "has", "do": "does",
}  # fmt: skip
_ASIDE = re.compile(r"\s?\((?:see|cf\.?|as in|refer to|from|in|also|see also)?\s*$", re.IGNORECASE)


class Numbering:
    """The numbers of a text that may change: found once, and read again for each removal."""

    def __init__(self, answer: str, blocks: Sequence[Block]) -> None:
        """Takes a text and its blocks."""
        self.answer = answer
        self.blocks = blocks
        self.pointing: list[tuple[Reference, list[int]]] = []
        lists: Lists | None = None
        for reference in find_references(answer, blocks):
            lists = lists or Lists(answer, blocks)
            found = lists.resolve(reference)
            if found is not None:
                places = [lists.numbers[found][number] for number in reference.numbers]
                self.pointing.append((reference, places))

    def find_stale(self, alive: Sequence[bool]) -> Iterator[tuple[int, int, int]]:
        """Yields block and offsets of the references all of whose items went."""
        for reference, places in self.pointing:
            if alive[reference.block] and not any(alive[k] for k in places):
                yield reference.block, reference.start, reference.end

    def find_aside(self, start: int, end: int) -> tuple[int, int] | None:
        """Returns the brackets around a reference that hold nothing else; None for none."""
        before = _ASIDE.search(self.answer, max(0, start - 20), start)
        if before is None or not self.answer.startswith(")", end):
            return None
        return before.start(), end + 1

    def renumber(self, alive: Sequence[bool]) -> Iterator[Change]:
        """Yields what sets numbers right where only some blocks stay."""
        if all(alive):
            return
        items = [
            *renumber_items(self.answer, self.blocks, alive),
            *renumber_steps(self.answer, self.blocks, alive),
        ]
        yield from items
        yield from self._recount(alive)
        yield from self._redirect(alive, {start: text for start, _, text in items})

    def _recount(self, alive: Sequence[bool]) -> Iterator[Change]:
        """Yields the counts of lead-ins and headings some of whose items went.

        A lead-in that states a fact loses its numeral, for a kit that has three parts has no two
        of them because one of those named is wrong; so does one whose list is not the whole.
        """
        for i, block in enumerate(self.blocks):
            if (
                not alive[i]
                or i + 1 >= len(self.blocks)
                or not any(map(str.isalnum, self.answer[block.body : block.end]))
            ):
                continue
            items = find_headed_list(self.answer, self.blocks, i).items
            left = sum(alive[k] for k in items)
            counts = find_counts(self.answer, self.blocks, i) if 0 < left < len(items) else []
            whole = [place for place in counts if place[2] == len(items)]
            if whole:
                start, end, _ = whole[-1]
                yield from self._written(i, start, end, left)
                continue
            for start, end, value in counts[-1:]:
                if value != left and has_counted_end(self.answer, end, block.end):
                    yield self._without(start, end, block)

    def _written(self, i: int, start: int, end: int, left: int) -> Iterator[Change]:
        """What writes a count anew, with the words around it where one item is left."""
        block, answer = self.blocks[i], self.answer
        first, last = split_block(answer, block)[-1]
        first = max(first, block.body)
        headed = block.kind == "heading" or is_bold_line(answer, block)
        states = not headed and classify_sentence(answer[first:last]) == "claim"
        part = _SET.search(answer, max(first, start - 12), start)
        if states or part or answer[start:end].casefold() == "both" or left not in NUMERALS:
            yield self._without(start, end, block)
            return
        noun = _PLURAL.match(answer, end, last) if left == 1 else None
        if left == 1 and noun is None:
            yield self._without(start, end, block)
            return
        written = str(left) if answer[start].isdigit() else NUMERALS[left]
        if answer[start].isupper():
            written = written.capitalize()
        if noun is None:
            yield start, end, written
            return
        before = _BE_BEFORE.search(answer, max(first, start - 12), start)
        if before:
            yield *before.span(), _match_case(before[0], _SINGULAR[before[0].casefold()])
        ending = noun[2].casefold()
        single = "y" if ending == "ies" else ending.removesuffix("es" if len(ending) > 1 else "s")
        yield start, end, written
        yield *noun.span(2), single
        after = _BE_AFTER.match(answer, noun.end(), last)
        if after:
            yield *after.span(1), _SINGULAR[after[1].casefold()]

    def _without(self, start: int, end: int, block: Block) -> Change:
        """What takes a numeral out, with the space behind it."""
        after = re.compile(r"\s+").match(self.answer, end, block.end)
        stop = after.end() if after else end
        if self.answer[start].isupper() or start == block.body:
            return start, stop + 1, self.answer[stop].upper()
        return start, stop, ""

    def _redirect(self, alive: Sequence[bool], renamed: dict[int, str]) -> Iterator[Change]:
        """Yields references to items that have another number now, or of which some went."""
        for reference, places in self.pointing:
            left = []
            for number, k in zip(reference.numbers, places, strict=True):
                entry = read_entry(self.answer, self.blocks[k])
                if entry is not None and alive[k]:
                    left.append(int(renamed.get(entry.start, str(number))))
            if left and alive[reference.block] and tuple(left) != reference.numbers:
                yield self._pointed(reference, left)

    def _pointed(self, reference: Reference, left: Sequence[int]) -> Change:
        """What writes a reference anew."""
        word = self.answer[reference.start : reference.digits]
        written = self.answer[reference.digits : reference.end]
        spelled = not any(map(str.isdigit, written))
        numbers = [NUMERALS[n] if spelled and n in NUMERALS else str(n) for n in left]
        joined = re.findall(r"[^\w]*\b(?:and|or|to|through)\b\s|\s?[-–—&]\s?", written)
        if len(left) == 1:
            word = re.sub(r"s(\s)$", r"\1", word)
            text = numbers[0]
        elif reference.ranged:
            text = f"{numbers[0]}{joined[0] if joined else '-'}{numbers[-1]}"
        else:
            text = ", ".join(numbers[:-1]) + (joined[-1] if joined else ", ") + numbers[-1]
        return reference.start, reference.end, word + text


def _match_case(like: str, word: str) -> str:
    return word.capitalize() if like[:1].isupper() else word


def renumber_items(
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


def renumber_steps(answer: str, blocks: Sequence[Block], alive: Sequence[bool]) -> Iterator[Change]:
    """Yields the new numbers of lines such as "Step 3:" where some before them went."""
    lost: dict[str, int] = {}
    for block, stays in zip(blocks, alive, strict=True):
        match = STEP.match(answer, block.body, block.end)
        if match is None or block.kind not in ("item", "heading", "text"):
            continue
        word, value = match["word"].casefold(), int(match["number"])
        if value == 1 or word not in lost:
            lost[word] = 0
        if not stays:
            lost[word] += 1
        elif 0 < lost[word] < value:
            yield *match.span("number"), str(value - lost[word])
