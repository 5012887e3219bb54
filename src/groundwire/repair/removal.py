"""Removal of claims from an answer: whole sentences, lists, tables and code stay whole."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from groundwire.claims.checkworthy import classify_sentence
from groundwire.claims.enumerations import (
    find_headed_list,
    find_list,
    is_lead_in,
    measure_column,
)
from groundwire.errors import InputError
from groundwire.repair.coherence import (
    Range,
    clip_cuts,
    cut_clauses,
    is_clause,
    is_nothing_left,
)
from groundwire.repair.numbering import RENUMBERED, Numbering
from groundwire.repair.structure import (
    Change,
    Structure,
    cut_elements,
    find_broken,
    find_fences,
    find_structures,
    is_yaml,
    trim_branches,
)
from groundwire.text.blocks import Block, find_blocks, is_bold_line, split_block
from groundwire.types import Claim, Edit

_SELF_LABELED = re.compile(r"\W{0,4}[^:\n]{1,60}:[*_]{0,3}\s|\W{0,4}(\*\*|__)[^*_\n]{1,80}\1")
_NOTE = re.compile(r"\[\^(\w{1,20})\](:?)")
_SENTENCE = 4
"""Words of an item that ends with a full stop, from which on it is taken for a sentence."""
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


REMOVED = "removed: the evidence does not support it"


def remove_claims(answer: str, claims: Sequence[Claim], reason: str = REMOVED) -> list[Edit]:
    """Returns the edits that take claims out and leave whole sentences, lists and tables.

    A sentence goes with its citations and the white space after it, a clause with what joins
    it, a list item with its marker, a cell with its row; a heading, a table head or a line
    that ends in a colon goes when everything under it went. Numbers that a removal makes wrong
    are set right: those of items, the count of items in a lead-in ("three things:"), and
    references to items ("see step 3"); a sentence that points to an item that went goes, too.

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
        page.drop_branches()
        page.drop_fences()
        page.drop_orphans()
        page.drop_empty_parents()
        while page.drop_pointers():
            page.drop_orphans()
            page.drop_empty_parents()
        page.drop_rules()
        renumbered = page.renumbered()
        changes = _part(answer, _disjoint([*made, *page.changes(), *renumbered]))
        anew = set(renumbered)
        edits = [Edit(*change, RENUMBERED if change in anew else reason) for change in changes]
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
        self.clauses: list[Change] = []
        self.beheaded: set[int] = set()
        self.tags: dict[int, Range] = {}
        self.fences = list(find_fences(self.blocks))
        self.numbering = Numbering(answer, self.blocks)

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
                    if j + 1 == len(self.sentences[i]) and not re.search(
                        r"\w", self.answer[inside[-1][1] : end]
                    ):
                        self.beheaded.add(i)

    def drop_branches(self) -> None:
        """Drops keys of YAML that are left without a value, and what stands under cut ones."""
        for first, last in self.fences:
            code = self.blocks[first + 1 : last]
            if not is_yaml(self.answer, self.blocks[first], code):
                continue
            lines = [(measure_column(self.answer, b), self.answer[b.start : b.end]) for b in code]
            cut = []
            for k, block in enumerate(code, first + 1):
                note = re.search(r"(?:^|\s)#", self.answer[block.start : block.end])
                said = block.start + note.start() if note else block.end
                inside = [c for c in self.clauses if block.start <= c[0] < block.end]
                cut.append(self.dead(k) or any(a < said for a, *_ in inside))
                if cut[-1]:
                    self.clauses = [c for c in self.clauses if c not in inside]
            if not any(cut):
                continue
            gone, dashes = trim_branches(lines, cut)
            for number in gone:
                self.gone[first + 1 + number] = {0}
            for number, column in dashes:
                start = code[number].start - lines[number][0] + column
                self.clauses.append((start, start + 1, "-"))

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
        for i in range(len(self.blocks)):
            for k in self._led(i) if self._lost_lead(i) else ():
                if not self._stands_alone(self.blocks[k]):
                    self.gone[k] = set(range(len(self.sentences[k])))
        self._drop_notes()

    def _lost_lead(self, i: int) -> bool:
        """Whether the end of a block went, which what stands under it was read with."""
        return i in self.beheaded or len(self.sentences[i]) - 1 in self.gone[i]

    def _led(self, i: int) -> list[int]:
        """The items that are read with a line: those below an item, heading or lead-in."""
        block = self.blocks[i]
        if block.kind == "item":
            return [k for k in self._nested(i) if self.blocks[k].kind in ("text", "item")]
        headed = block.kind == "heading" or self._bold(i) or is_lead_in(self.answer, block)
        whole = _ENDED.search(self.answer, block.start, block.end)
        labeled = _SELF_LABELED.match(self.answer, block.start, block.end)
        if not headed and (block.kind != "text" or whole or labeled):
            return []
        body = find_headed_list(self.answer, self.blocks, i).body
        return [k for k in body if self.blocks[k].kind in ("text", "item")]

    def _stands_alone(self, block: Block) -> bool:
        """Whether an item says by itself what it says.

        An instruction does not: what is to be done and what is not is said by its lead-in.
        """
        start, end = split_block(self.answer, block)[0]
        text = self.answer[max(start, block.body) : end]
        if is_clause(text) or _SELF_LABELED.match(self.answer[block.body : block.end]):
            return True
        said = _ENDED.search(text) and len(text.split()) >= _SENTENCE
        return bool(said) and classify_sentence(text) != "instruction"

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
        if is_lead_in(self.answer, block):
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
        own = measure_column(self.answer, self.blocks[i])
        deeper = measure_column(self.answer, self.blocks[i + 1]) if follows else 0
        if follows == "text" and deeper > own:  # "a:" over "  b: 1": what is indented is its own
            body = list(self._while(i + 1, ("text", "item")))
            ends = (k for k in body if measure_column(self.answer, self.blocks[k]) <= own)
            return list(range(i + 1, next(ends, body[-1] + 1)))
        if follows == "item":
            return list(find_list(self.answer, self.blocks, i + 1).body)
        body = []
        for k in range(i + 1, len(self.blocks)):
            if self.blocks[k].kind == "heading" or self._bold(k):
                break
            body.append(k)
        return [k for k in body if self.blocks[k].kind != "rule"]

    def _nested(self, i: int) -> list[int]:
        """The items below an item, by their indentation."""
        body = []
        column = measure_column(self.answer, self.blocks[i])
        for k in self._while(i + 1, ("item",)):
            if measure_column(self.answer, self.blocks[k]) <= column:
                break
            body.append(k)
        return body

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

    def drop_pointers(self) -> bool:
        """Drops sentences that point to items that went; returns whether there were some."""
        alive = [not self.dead(i) for i in range(len(self.blocks))]
        found = False
        for i, start, end in self.numbering.find_stale(alive):
            spans = self.sentences[i]
            j = next((j for j, span in enumerate(spans) if start < span[1]), len(spans) - 1)
            if j in self.gone[i] or any(a < end and start < b for a, b, _ in self.clauses):
                continue
            found = True
            aside = self.numbering.find_aside(start, end)
            if aside is not None:
                self.clauses.append((*aside, ""))
            else:
                self.gone[i].add(j)
        return found

    def renumbered(self) -> list[Change]:
        """What sets the numbers right that hold no longer, in what stays."""
        alive = [not self.dead(i) for i in range(len(self.blocks))]
        gone = [self.sentences[i][j] for i, places in enumerate(self.gone) for j in places]
        taken = sorted([*gone, *((a, b) for a, b, _ in self.clauses)])
        starts = [start for start, _ in taken]
        made = []
        for change in self.numbering.renumber(alive):
            at = bisect_left(starts, change[1]) - 1
            if at < 0 or taken[at][1] <= change[0]:
                made.append(change)
        return made

    def changes(self) -> list[tuple[int, int, str]]:
        found = list(self.clauses)
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
