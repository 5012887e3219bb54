"""Ties: cells that a claim says of one row, and whether any row has them together.

"Noor Haddad's course is on Saturday" names no row, but two cells: they tell which rows it can
mean, and where no row has both, what it says is so of none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from groundwire.evidence.selection import split_name
from groundwire.quantities.parse import Value, parse_values
from groundwire.quantities.ranges import is_inside_range
from groundwire.text.english import COMPARED, DERIVED, NEGATED
from groundwire.text.words import STOP
from groundwire.verify.tables.columns import (
    LONGEST,
    Table,
    find_stems,
    has_stem,
    is_agent,
    is_equal,
    is_mark,
    stem_word,
)
from groundwire.verify.tables.conclusion import Conclusion
from groundwire.verify.tables.part import Part, divide
from groundwire.verify.tables.telling import find_lines, list_cells

_FREE = re.compile(
    r"\b(?:or|nor|if|unless|when|after|before|instead|unlike|like|rather|except|besides|"
    r"only|just|formerly|previously|used to|no longer|moved|from|between|vs|versus|compared|"
    r"respectively|replac\w+|swap\w*|than)\b",
    re.IGNORECASE,
)
"""Words with which a claim may name a cell of one row and speak of another one."""

_EACH = re.compile(r"\b(?:each|both)\b", re.IGNORECASE)
"""Words with which what is said of a list is said of each of its items."""

_JOINED = re.compile(r"[\s,]*(?:and|as well as|&)?[\s,]*(?:(?:the|in|on|at|with|for) )*")
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+ly\s+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Mention:
    """A stretch of a claim that is the text or a value of cells.

    Attributes:
        start: offset in the claim.
        end: offset after it.
        held: by the name of a column, the rows that have it there.
        other: the rows that have it in columns that the claim does not name.
    """

    start: int
    end: int
    held: Mapping[str, frozenset[int]]
    other: frozenset[int] = frozenset()

    @property
    def rows(self) -> frozenset[int]:
        """The rows that have it in any column."""
        return frozenset().union(*self.held.values())


def find_ties(text: str, tables: Sequence[Table]) -> list[Conclusion]:
    """Returns what a claim says of a row by cells of it, where these are of one row or of none.

    Args:
        text: the claim.
        tables: what it may speak of.
    """
    plain = _EACH.sub("", text)
    if any(p.search(plain) for p in (NEGATED, COMPARED, DERIVED, _FREE)):
        return []
    found = []
    for table in tables:
        if table.alone:
            told = [tie for part in _divide(text, table) for tie in _read_tie(part)]
            found.append(told)
    speaking = [told for told in found if told]
    return speaking[0] if len(speaking) == 1 else []


def _divide(text: str, table: Table) -> list[Part]:
    """The parts of a claim, each with the further items of a list that it ends with."""
    parts: list[Part] = []
    for part in divide(text, table):
        spans = [(mention.start, mention.end) for mention in find_mentions(part)]
        bare = all(
            word in STOP or any(a <= start < b for a, b in spans)
            for word, start, _ in part.list_words()
        )
        if parts and spans and bare:
            part = replace(part, start=parts.pop().start)
        parts.append(part)
    return parts


def _read_tie(part: Part) -> Iterator[Conclusion]:
    table = part.table
    mentions = find_mentions(part)
    if len(mentions) < 2 or part.hedges:
        return
    items = _find_items(part, mentions)
    if items is None:
        return
    for one, other in combinations(mentions, 2):
        if not one.rows & other.rows and not (one in items and other in items):
            if not _is_bridged(one, other, mentions):
                yield from _deny(table, *((one, other) if one.rows else (other, one)))
            return
    rest = [mention for mention in mentions if mention not in items]
    if not rest:
        return  # a list of names says nothing of them
    common = [_meet([*rest, item]) for item in items] or [_meet(rest)]
    unclear = any(len(mention.held) > 1 for mention in mentions)
    if not all(common) or unclear or _is_turned(part, mentions):
        return
    columns = dict.fromkeys(name for mention in mentions for name in mention.held)
    stems = frozenset[str]().union(*(find_stems(name) for name in columns))
    rows = sorted(frozenset[int]().union(*common))
    taken = [(mention.start, mention.end) for mention in mentions]
    if part.account(taken, stems, rows) == "whole":
        first, *_, last = mentions
        lines = find_lines(table, next(iter(last.held)), rows)
        said = list_cells(table, (name for name in columns if name in table.names), rows)
        line = table.places[rows[0]]
        yield Conclusion(first.start, last.end, line, True, said, part.write(), lines=lines)


def _is_bridged(one: Mention, other: Mention, mentions: Sequence[Mention]) -> bool:
    """Whether a third cell is of the rows of both: "Lin, mentored by Sales' Cole"."""
    return any(
        (m.rows | m.other) & one.rows and (m.rows | m.other) & other.rows
        for m in mentions
        if m is not one and m is not other
    )


def _meet(mentions: Iterable[Mention]) -> frozenset[int]:
    """The rows that all of them are of."""
    first, *others = (mention.rows for mention in mentions)
    return first.intersection(*others)


def _deny(table: Table, one: Mention, other: Mention) -> Iterator[Conclusion]:
    """Yields what the rows of the first mention have in the place of the other one."""
    column = next(iter(other.held))
    rows = sorted(one.rows)
    if not rows:
        return  # two marks that no row has
    lines = find_lines(table, column, rows)
    span = other.start, other.end
    cell = table.rows[rows[0]].get(column)
    if len(rows) == 1 and cell is not None and not is_mark(cell.value):
        yield Conclusion(*span, lines[0], False, cell.value, "", "row", lines=lines)
    else:
        said = list_cells(table, (column,), rows)
        yield Conclusion(*span, lines[0], False, said, "", lines=lines)


def _find_items(part: Part, mentions: Sequence[Mention]) -> Sequence[Mention] | None:
    """The mentions of one column that a list holds, of which each is said by itself.

    Returns:
        Empty where each is of another column; None where several of one column, or of what may
        be one, are no list, so that a claim may speak of several rows.
    """
    doubled = [(a, b) for a, b in combinations(mentions, 2) if a.held.keys() & b.held.keys()]
    if not doubled:
        return ()
    items = sorted({item for pair in doubled for item in pair}, key=lambda item: item.start)
    names = {tuple(item.held) for item in items}
    if len(names) != 1 or len(next(iter(names))) != 1:
        return None
    gaps = (part.text[a.end : b.start] for a, b in pairwise(items))
    return items if all(_JOINED.fullmatch(gap) for gap in gaps) else None


def find_mentions(part: Part) -> list[Mention]:
    """Returns the cells that a part repeats, in order; those of a longer one are left out."""
    table = part.table
    texts = list(_find_texts(part))
    found = []
    for row, (start, end) in part.rows.items():
        name = _find_naming(table, row, part.text[start:end])
        # It may stand in another column as well: the manager of others.
        same = [m for m in texts if (m.start, m.end) == (start, end)]
        held = {name: frozenset((row,))}
        for other in same:
            held |= {key: rows for key, rows in other.held.items() if key not in held}
        found.append(Mention(start, end, held))
    found += texts
    found += _find_values(part)
    found += _find_parts(part)
    found += [
        Mention(c.start, c.end, {c.column: frozenset(row for row, so in c.met.items() if so)})
        for c in part.conditions
        if c.marked and all(is_mark(row[c.column].value) for row in table.rows if c.column in row)
    ]
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda m: m.start - m.end):
        if not any(o.start < mention.end and mention.start < o.end for o in kept):
            kept.append(mention)
    kept.sort(key=lambda mention: mention.start)
    taken = [(mention.start, mention.end) for mention in kept]
    words = {
        stem_word(word)
        for word, start, _ in part.list_words()
        if not any(a <= start < b for a, b in taken)
    }
    return [_choose_column(mention, words, part.text[: mention.start]) for mention in kept]


def _find_naming(table: Table, row: int, text: str) -> str:
    """The column by whose cell a text names a row: that of its names, if it has but a part."""
    key = table.keys[row].key
    words = split_name(text)
    cells = table.rows[row].items()
    whole = [name for name, cell in cells if split_name(cell.value) == words]
    return key if key in whole or not whole else whole[0]


def _choose_column(mention: Mention, words: set[str], before: str) -> Mention:
    """A mention in the one of its columns that the part names: "to Lisbon" of ``to``."""
    last = before.split()[-1:]
    named = [
        name
        for name in mention.held
        if any(has_stem(find_stems(name), word) for word in words) or name.split() == last
    ]
    if len(mention.held) > 1 and len(named) == 1:
        return replace(mention, held={named[0]: mention.held[named[0]]}, other=mention.rows)
    return mention


def _find_texts(part: Part) -> Iterator[Mention]:
    """Yields what is the whole text of cells, and no word that may just stand there."""
    words = list(part.list_words())
    stems = [stem_word(word) for word, _, _ in words]
    for i in range(len(stems)):
        for size in range(1, min(LONGEST, len(stems) - i) + 1):
            columns = part.table.texts.get(tuple(stems[i : i + size]))
            if columns is None:
                continue
            beside = {*stems[:i], *stems[i + size :]}
            asked = any(has_stem(find_stems(name), word) for name in columns for word in beside)
            if asked or _is_telling(part, words[i : i + size]):
                yield Mention(words[i][1], words[i + size - 1][2], columns)


def _find_parts(part: Part) -> Iterator[Mention]:
    """Yields words of which one row's name alone has each, in small letters, too: "pottery"."""
    table = part.table
    for word, start, end in part.list_words():
        row = table.parts.get(word, table.parts.get(word.removesuffix("s")))
        if row is not None and row not in part.rows and stem_word(word) not in table.nouns:
            yield Mention(start, end, {table.keys[row].key: frozenset((row,))})


def _is_telling(part: Part, words: Sequence[tuple[str, int, int]]) -> bool:
    """Whether words are a name or a phrase, and not one that any sentence may have."""
    if sum(word not in STOP for word, _, _ in words) > 1:
        return True
    word, start, _ = words[0]
    if any(c.isdigit() for c in word):
        return True
    opens = not part.text[:start].strip(" \"'“*_-#")
    return part.text[start].isupper() and not opens and word not in STOP


def _find_values(part: Part) -> Iterator[Mention]:
    """Yields values that some row states in a column that the part names or that has its unit."""
    table = part.table
    named = {
        name
        for name in table.names
        for word, _, _ in part.list_words()
        if has_stem(find_stems(name), stem_word(word))
    }
    for value in part.values:
        if (value.bound and value.kind != "time") or value.kind == "ordinal":
            continue
        columns = {
            name: rows for name in table.names if (rows := _find_stating(table, name, value))
        }
        asked = {name: rows for name, rows in columns.items() if name in named}
        if value.kind == "number" or len(columns) > 1:
            columns = asked
        if len(columns) == 1:
            yield Mention(value.start, value.end, columns)


def _find_stating(table: Table, column: str, value: Value) -> frozenset[int]:
    """The rows whose cell in a column states a value, or a span that it lies in."""
    found = set()
    for row, cells in enumerate(table.rows):
        cell = cells.get(column)
        for other in parse_values(cell.value) if cell is not None else ():
            if is_equal(value, other) or (
                cell is not None and is_inside_range(value, value.text, other, cell.value)
            ):
                found.add(row)
    return frozenset(found)


def _is_turned(part: Part, mentions: Sequence[Mention]) -> bool:
    """Whether a verb may have its agent on the other side: "Vos manages Roth", whom she manages.

    A column that is named for who does it ("Manager") holds the agents. In "A manages B" that is
    the first one, in "B is managed by A" the last one.
    """
    for word, start, end in part.list_words():
        stem = stem_word(word)
        acting = [m for m in mentions if any(is_agent(find_stems(n), stem) for n in m.held)]
        if not acting or any(stem in find_stems(name) for m in mentions for name in m.held):
            continue
        passive = _PASSIVE.search(part.text, part.start, start) is not None
        if any((mention.start > end) != passive for mention in acting):
            return True
    return False
