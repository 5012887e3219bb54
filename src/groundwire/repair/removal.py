"""Removal of claims from an answer: whole sentences, lists, tables and code stay whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from groundwire.errors import InputError
from groundwire.repair.coherence import (
    Range,
    clip_cuts,
    cut_clauses,
    is_clause,
    is_nothing_left,
)
from groundwire.repair.structure import (
    Change,
    Structure,
    cut_elements,
    find_broken,
    find_fences,
    find_structures,
)
from groundwire.text.blocks import Block, find_blocks, is_bold_line, split_block
from groundwire.types import Claim, Edit

_NUMBER = re.compile(r"(?:(?P<number>\d{1,3})[.)]|(?P<letter>[a-zA-Z])\)|(?P<dotted>[a-z])\.)\s")
_STEP = re.compile(
    r"(?:[*_]{1,3})?(?P<word>step|part|phase|day|tip)\s(?P<number>\d{1,3})(?=\s?[:.–—-])", re.I
)
"""A line that counts as the item of a list does: "Step 2: Drain the tank."."""
_SELF_LABELED = re.compile(r"\W{0,4}[^:\n]{1,60}:[*_]{0,3}\s|\W{0,4}(\*\*|__)[^*_\n]{1,80}\1")
_NOTE = re.compile(r"\[\^(\w{1,20})\](:?)")
_ENDED = re.compile(r"[.!?…][\"”’)\]*_]*$")


def find_underlines(answer: str, blocks: Sequence[Block]) -> Iterator[int]:
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


def blank_table_head(row: str) -> str:
    """Returns a table's head with nothing in its cells."""
    bars = row.count("|") - row.count("\\|")
    edges = row.startswith("|") + (row.endswith("|") and len(row) > 1)
    return "|" + "  |" * max(1, bars + 1 - edges)


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
        match = _STEP.match(answer, block.body, block.end)
        if match is None or block.kind not in ("item", "heading", "text"):
            continue
        word, value = match["word"].casefold(), int(match["number"])
        if value == 1 or word not in lost:
            lost[word] = 0
        if not stays:
            lost[word] += 1
        elif 0 < lost[word] < value:
            yield *match.span("number"), str(value - lost[word])


REMOVED = "removed: the evidence does not support it"


def remove_claims(answer: str, claims: Sequence[Claim], reason: str = REMOVED) -> list[Edit]:
    """Returns the edits that take claims out and leave whole sentences, lists and tables.

    A sentence goes with its citations and the white space after it, a clause with what joins
    it, a list item with its marker, a cell with its row; a heading, a table head or a line
    that ends in a colon goes when everything under it went.

    Args:
        answer: the text that the claims' offsets belong to.
        claims: what to remove, in any order.
        reason: recorded in each edit.

    Raises:
        InputError: if a claim lies outside the answer.
    """
    cuts = sorted({(claim.start, claim.end) for claim in claims if claim.start < claim.end})
    for start, end in cuts:
        if start < 0 or end > len(answer):
            raise InputError(
                f"claim [{start}:{end}] lies outside the answer of {len(answer)} characters: "
                "pass the answer that was split"
            )
    if not cuts:
        return []
    structures = find_structures(answer)
    whole: list[Range] = []
    # What a removal breaks goes whole; then nothing is left of it that could break.
    for _ in range(2):
        made, outside = _cut_structures(answer, structures, _merge([*cuts, *whole]))
        page = _Page(answer, outside)
        page.cut()
        page.drop_fences()
        page.drop_orphans()
        page.drop_empty_parents()
        page.drop_rules()
        changes = _part(answer, _disjoint([*made, *page.changes()]))
        edits = [Edit(start, end, text, reason) for start, end, text in changes]
        broken = [(item.start, item.end) for item in find_broken(answer, structures, edits)]
        if not broken:
            break
        whole += broken
    return edits


def _merge(spans: Sequence[Range]) -> list[Range]:
    """Returns sorted stretches that do not overlap; those that only meet stay apart."""
    merged: list[Range] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _cut_structures(
    answer: str, structures: Sequence[Structure], cuts: Sequence[Range]
) -> tuple[list[Change], list[Range]]:
    """Returns what takes elements out of JSON, and the cuts of everything else.

    JSON of which nothing is left is one cut.
    """
    made: list[Change] = []
    outside: list[Range] = []
    at = 0
    for item in [s for s in structures if s.kind == "json"]:
        while at < len(cuts) and cuts[at][0] < item.start:
            outside.append(cuts[at])
            at += 1
        first = at - 1 if at and cuts[at - 1][1] > item.start else at
        while at < len(cuts) and cuts[at][0] < item.end:
            if cuts[at][1] > item.end:
                outside.append((item.end, cuts[at][1]))
            at += 1
        inside = [(max(a, item.start), min(b, item.end)) for a, b in cuts[first:at]]
        if inside:
            changes = cut_elements(answer, item, inside)
            made += changes or []
            if changes is None:
                outside.append((item.start, item.end))
    return made, _merge([*outside, *cuts[at:]])


def _disjoint(changes: Sequence[Change]) -> list[Change]:
    """Returns sorted changes that do not overlap: of two that would, one takes both out."""
    kept: list[Change] = []
    for start, end, text in sorted(changes):
        if kept and start < kept[-1][1]:
            kept[-1] = kept[-1][0], max(end, kept[-1][1]), kept[-1][2]
        else:
            kept.append((start, end, text))
    return kept


def _part(answer: str, changes: Sequence[Change]) -> list[Change]:
    """Returns changes that leave a space where two words or numbers would become one."""
    parted: list[Change] = []
    for number, (start, end, text) in enumerate(changes):
        follows = number + 1 < len(changes) and changes[number + 1][0] == end
        glued = not text and start > 0 and end < len(answer) and not follows
        if glued and answer[start - 1].isalnum() and answer[end].isalnum():
            text = " "
        parted.append((start, end, text))
    return parted


class _Page:
    """An answer as blocks of sentences, and which of them go."""

    def __init__(self, answer: str, cuts: Sequence[Range]) -> None:
        self.answer = answer
        self.cuts = cuts
        self.blocks = find_blocks(answer)
        self.sentences = [_bodies(answer, block) for block in self.blocks]
        self.gone: list[set[int]] = [set() for _ in self.blocks]
        self.clauses: list[tuple[int, int, str]] = []
        self.tags: dict[int, Range] = {}
        self.fences = list(find_fences(self.blocks))

    def dead(self, i: int) -> bool:
        return len(self.gone[i]) == len(self.sentences[i])

    def cut(self) -> None:
        first = 0
        for i, block in enumerate(self.blocks):
            while first < len(self.cuts) and self.cuts[first][1] <= block.start:
                first += 1
            for j, (start, end) in enumerate(self.sentences[i]):
                inside = list(clip_cuts(self.cuts, first, start, end))
                if not inside:
                    continue
                named = self.answer[block.start : inside[0][0]].strip()
                if block.kind == "fence" and len(named) > 2:
                    self.tags[i] = inside[0][0], inside[-1][1]
                elif block.kind == "row" or is_nothing_left(self.answer, start, end, inside):
                    self.gone[i].add(j)
                else:
                    self.clauses += cut_clauses(self.answer, start, end, inside)

    def drop_fences(self) -> None:
        """Drops fences around nothing; of others the tag alone goes, if it was cut."""
        for first, last in self.fences:
            code = [k for k in range(first + 1, last) if self.blocks[k].kind == "code"]
            ends = [first, *([last] if last < len(self.blocks) else [])]
            emptied = code and all(self.dead(k) for k in code)
            if emptied or any(self.dead(k) for k in ends) or (not code and first in self.tags):
                for k in ends:
                    self.gone[k] = {0}
            elif first in self.tags:
                self.clauses.append((*self.tags[first], ""))

    def drop_orphans(self) -> None:
        """Drops what is read as a part of a line that went: fragments under it, and notes.

        "The set lacks:" over "- a torch" turns it round, and "- a torch" alone says that the set
        has one. Items that are sentences, or have a label of their own, say the same without it.
        """
        for i, block in enumerate(self.blocks):
            if not self.dead(i) or block.kind not in ("text", "item"):
                continue
            leads = self.answer[block.start : block.end].rstrip(" *_").endswith(":")
            if block.kind == "item":
                body = self._nested(i)
            else:
                body = list(self._while(i + 1, ("item",))) if leads else []
            for k in body:
                if not self._stands_alone(self.blocks[k]):
                    self.gone[k] = set(range(len(self.sentences[k])))
        self._drop_notes()

    def _stands_alone(self, block: Block) -> bool:
        """Whether an item says by itself what it says."""
        text = self.answer[block.body : block.end]
        return bool(_ENDED.search(text) or _SELF_LABELED.match(text) or is_clause(text))

    def _drop_notes(self) -> None:
        """Drops footnotes whose marks all went."""
        notes: dict[str, list[tuple[int, bool]]] = {}
        for i, block in enumerate(self.blocks):
            for match in _NOTE.finditer(self.answer, block.start, block.end):
                notes.setdefault(match[1], []).append(
                    (i, bool(match[2]) and match.start() == block.start)
                )
        for places in notes.values():
            marks = [i for i, told in places if not told]
            for i in [i for i, told in places if told]:
                if marks and all(self.dead(k) for k in marks):
                    self.gone[i] = set(range(len(self.sentences[i])))

    def drop_rules(self) -> None:
        """Drops what underlined a heading that went; a table whose head went keeps blank cells."""
        for i in find_underlines(self.answer, self.blocks):
            head = i - 1
            if not self.dead(head):
                continue
            body = self._while(i + 1, ("row",)) if self.blocks[head].kind == "row" else ()
            if any(not self.dead(k) for k in body):
                self.gone[head] = set()
                block = self.blocks[head]
                blank = blank_table_head(self.answer[block.start : block.end])
                self.clauses.append((block.start, block.end, blank))
            else:
                self.gone[i] = {0}

    def drop_empty_parents(self) -> None:
        for i in range(len(self.blocks) - 1, -1, -1):
            if self.dead(i):
                continue
            body = self._body(i)
            if body and all(self.dead(k) for k in body):
                block = self.blocks[i]
                last = len(self.sentences[i]) - 1
                colon = block.kind in ("text", "item") and not self._bold(i)
                self.gone[i] |= {last} if colon else set(range(last + 1))
                if i + 1 < len(self.blocks) and self.blocks[i + 1].kind == "rule":
                    self.gone[i + 1] = {0} if block.kind == "row" else self.gone[i + 1]

    def _body(self, i: int) -> list[int]:
        """What stands under a heading, a table head or a line that introduces a list."""
        block, later = self.blocks[i], range(i + 1, len(self.blocks))
        if block.kind == "row":
            if i + 1 >= len(self.blocks) or self.blocks[i + 1].kind != "rule":
                return []
            return list(self._while(i + 2, ("row",)))
        if block.kind == "heading" or self._bold(i):
            own = self._level(i)
            body = []
            for k in later:
                if self._level(k) <= own:
                    break
                body.append(k)
            return [k for k in body if self.blocks[k].kind != "rule"]
        if block.kind in ("text", "item") and self.answer[block.end - 1] == ":":
            return self._introduced(i) if block.kind == "text" else self._nested(i)
        return []

    def _introduced(self, i: int) -> list[int]:
        """What a line that ends in a colon introduces: rows, code, items, or all that is said."""
        follows = self.blocks[i + 1].kind if i + 1 < len(self.blocks) else ""
        if follows == "row":
            return list(self._while(i + 1, ("row", "rule")))
        if follows == "fence":
            return next(
                list(range(a, min(b + 1, len(self.blocks)))) for a, b in self.fences if a == i + 1
            )
        if follows == "item":
            return list(self._while(i + 1, ("item",)))
        body = []
        for k in range(i + 1, len(self.blocks)):
            if self.blocks[k].kind == "heading" or self._bold(k):
                break
            body.append(k)
        return [k for k in body if self.blocks[k].kind != "rule"]

    def _nested(self, i: int) -> list[int]:
        """The items below an item, by their indentation."""
        body = []
        for k in self._while(i + 1, ("item",)):
            if self._column(k) <= self._column(i):
                break
            body.append(k)
        return body

    def _column(self, i: int) -> int:
        start = self.blocks[i].start
        line = max(self.answer.rfind(mark, 0, start) for mark in "\n\r") + 1
        return start - line

    def _while(self, i: int, kinds: tuple[str, ...]) -> Iterator[int]:
        while i < len(self.blocks) and self.blocks[i].kind in kinds:
            yield i
            i += 1

    def _bold(self, i: int) -> bool:
        return is_bold_line(self.answer, self.blocks[i])

    def _level(self, i: int) -> int:
        block = self.blocks[i]
        if block.kind == "heading":
            return self.answer[block.start : block.body].count("#")
        return 7 if self._bold(i) else 8

    def changes(self) -> list[tuple[int, int, str]]:
        alive = [not self.dead(i) for i in range(len(self.blocks))]
        found = [*self.clauses, *renumber_items(self.answer, self.blocks, alive)]
        found += renumber_steps(self.answer, self.blocks, alive)
        i = 0
        while i < len(self.blocks):
            if not self.dead(i):
                found += [(*span, "") for span in self._sentence_cuts(i)]
                i += 1
                continue
            j = i
            while j + 1 < len(self.blocks) and self.dead(j + 1):
                j += 1
            found.append((*self._lines(i, j), ""))
            i = j + 1
        return sorted(found)

    def _sentence_cuts(self, i: int) -> Iterator[Range]:
        spans, gone = self.sentences[i], self.gone[i]
        j = 0
        while j < len(spans):
            if j not in gone:
                j += 1
                continue
            k = j
            while k + 1 in gone:
                k += 1
            if k + 1 < len(spans):
                yield spans[j][0], spans[k + 1][0]
            else:
                yield spans[j - 1][1], spans[k][1]
            j = k + 1

    def _lines(self, i: int, j: int) -> Range:
        """The lines of blocks ``i`` to ``j``, with the smaller of the gaps around them."""
        first, last = self.blocks[i], self.blocks[j]
        if i == 0 and j + 1 == len(self.blocks):
            return 0, len(self.answer)
        if i == 0:
            return 0, self._line_start(self.blocks[j + 1], last.end)
        before = self.blocks[i - 1].end
        if j + 1 == len(self.blocks):
            return before, len(self.answer)
        after = self.blocks[j + 1].start
        gaps = self.answer[before : first.start], self.answer[last.end : after]
        if len(gaps[0].splitlines()) >= len(gaps[1].splitlines()):
            return self._line_start(first, before), self._line_start(self.blocks[j + 1], last.end)
        return before, last.end

    def _line_start(self, block: Block, least: int) -> int:
        """Where the line of a block begins; its indentation belongs to it."""
        start = block.start
        while start > least and self.answer[start - 1] in " \t":
            start -= 1
        return start


def _bodies(answer: str, block: Block) -> list[Range]:
    spans = split_block(answer, block)
    if block.body < block.end and spans[0][0] < block.body:
        spans = [(block.body, spans[0][1]), *spans[1:]]
    return spans
