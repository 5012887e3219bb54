"""Columns of records as amounts that can be compared, added up and counted.

What a claim says of several records at once ("the cheapest", "on average", "three of them") stands
in none of them; it follows from what all of them have under one name. Only columns whose cells all
have one value of one unit are read, so that what is reckoned from them is exact.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from groundwire.evidence.cells import Cell, Line, Place
from groundwire.evidence.selection import find_keys, split_name
from groundwire.quantities.compare import is_compatible, is_same_value
from groundwire.quantities.parse import parse_sole_value, parse_values
from groundwire.quantities.value import Value
from groundwire.text.words import STOP, WORD, split_table, strip_ending

_GENERIC = frozenset(
    split_table("row record item entry result option one thing name list table data value")
)
"""Words for a record of any kind."""

_Family: TypeAlias = tuple[int, tuple[str, ...], str]
_Rows: TypeAlias = dict[tuple[Place, ...], list[int]]

_GAP = 4
"""Characters between two rows of one table: the end of a line, and marks at its edges."""

_MOST_NAMED = 100
RATE = re.compile(r"\s(?:per|/)\s", re.IGNORECASE)
"""Divides the name of a column from what it is counted by."""

_PART = 3
"""Letters of a word that may stand for a longer name, at least."""

_VERB = 4
"""Letters of the stem of a verb, at least, by which a column may be meant: "may" is no "mayor"."""

_AGENTS = ("er", "or", "ier")
"""What makes of a stem the one who does it."""

_WAY = re.compile(r"\s+(?:[-–—>→]|->|=>)\s+")
"""What stands between two names in the name of a way."""

LONGEST = 6
"""Words of a cell that a claim repeats, at most."""

_DOUBLED = re.compile(r"[aeiou]([bdgmnpt])\1$")
TOKEN = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
"""A word of a claim or a cell; a hyphen divides two: "second-cheapest"."""

_YES = frozenset(("yes", "true", "y", "✓", "✔", "x", "included", "available"))
_NO = frozenset(
    ("no", "false", "n", "✗", "✘", "-", "–", "—", "none", "not included", "unavailable")
)

_EMPTY = frozenset(
    ("n/a", "na", "tbd", "tba", "unknown", "none", "null", "not available", "not given")
)
"""Cells that say that nothing is given, or that there is none."""

_SUMS = re.compile(
    r"(?:grand |sub)?-?(?:total|sum|average|mean|overall)s?(?: \(?\d.*)?", re.IGNORECASE
)
"""Names of rows that sum up the others, and are none of them."""

# Words that name one thing: what people are counted as, what is paid.
_ALIKE = (
    "population inhabitants residents populous people",
    "price cost fee fare rent tariff expensive cheap",
    "amount total value",
    "weight mass weigh",
    "employees staff headcount workers",
    "rating score stars",
    "temperature temp",
    "length long",
    "height tall elevation altitude",
    "duration time",
    "salary wages pay income earn",
    "lost loss defeats",
    "won wins victories",
    "drawn draws ties drew",
    "departs departure leaves",
    "arrives arrival",
    "founded built opened established year released born date",
    "stock available availability",
    "start begin commence",
    "end finish",
)


@dataclass(frozen=True, slots=True)
class Column:
    """What the rows of a table have under one name, where all of it is of one kind.

    Attributes:
        name: as its cells have it.
        kind: of the values.
        unit: their base unit, None for bare numbers.
        values: by row; rows without one are left out.
    """

    name: str
    kind: str
    unit: str | None
    values: Mapping[int, Value]

    @property
    def stems(self) -> frozenset[str]:
        """The stems of its name."""
        return find_stems(self.name)


@dataclass(frozen=True)
class Table:
    """Records of one list or table.

    Attributes:
        keys: of each row the cell that names it.
        rows: of each row its cells by name.
        places: of each row the index of its first line, among those that the table was read from.
        titles: names of the lists that hold the rows, and of the column that names them.
        alone: whether no other table with the same head stands elsewhere, as one for each city.
        held: of each row the index of the line that has each of its cells, by name.
    """

    keys: tuple[Cell, ...]
    rows: tuple[Mapping[str, Cell], ...]
    places: tuple[int, ...]
    titles: frozenset[str]
    alone: bool = True
    held: tuple[Mapping[str, int], ...] = ()

    def find_line(self, row: int, column: str) -> int:
        """Returns the line that has a cell of a row; its first one where that is not known."""
        held = self.held[row] if self.held else {}
        return held.get(column, self.places[row])

    @cached_property
    def headers(self) -> tuple[str, ...]:
        """The names of all its columns, in order."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row))

    @cached_property
    def told(self) -> frozenset[str]:
        """The stems of all words of its names and cells."""
        values = {cell.value for row in self.rows for cell in row.values()}
        heads = (RATE.split(name)[0] for name in self.headers)  # "price per packet" is of a price
        return frozenset().union(*map(find_stems, (*heads, *values)))

    @cached_property
    def written(self) -> frozenset[str]:
        """The words of its cells as they stand there."""
        cells = (cell for row in self.rows for cell in row.values())
        return frozenset(word for cell in cells for word in cell.value.split())

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Its columns of comparable values, in order."""
        found = (self._read_column(name) for name in self.headers)
        return tuple(column for column in found if column is not None)

    @cached_property
    def nouns(self) -> frozenset[str]:
        """Stems of what its rows may be called."""
        return frozenset(self.titles) | {stem_word(word) for word in _GENERIC}

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Stems of words with which several of its rows' names end, as museums are called one."""
        ends = Counter(split_name(cell.value)[-1:] for cell in self.keys)
        return frozenset(stem_word(end[0]) for end, n in ends.items() if end and n > 1)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of its columns that say something of its rows, and do not name them."""
        keyed = {cell.key for cell in self.keys}
        return tuple(
            name for name in self.headers if name not in keyed and name not in self._titles
        )

    @cached_property
    def _titles(self) -> frozenset[str]:
        """Other columns that name each row: the item beside its number."""
        found = []
        # Of two rows any text tells one from the other.
        for name in self.headers if len(self.rows) > 2 else ():
            texts = [row[name].value for row in self.rows if name in row]
            whole = len(texts) == len(self.rows) and len({t.casefold() for t in texts}) == len(
                texts
            )
            whole = whole and not any(map(is_mark, texts))
            if whole and all(re.match(r"[^\W\d_]", t) and len(t) <= 60 for t in texts):
                found += [] if any(parse_values(t) and read_amount(t) for t in texts) else [name]
        return frozenset(found)

    @cached_property
    def _spelled(self) -> tuple[tuple[tuple[str, ...], int], ...]:
        """The names of its rows as words, each with its row."""
        called = [(split_name(cell.value), row) for row, cell in enumerate(self.keys)]
        # "Kolding - Odense" is the way from Kolding to Odense.
        ways = ((_WAY.sub(" to ", cell.value), row) for row, cell in enumerate(self.keys))
        called += [(split_name(way), row) for way, row in ways]
        for name in self._titles:
            called += [(split_name(row[name].value), i) for i, row in enumerate(self.rows)]
        return tuple(dict.fromkeys(called))

    def find_rows(self, text: str) -> dict[int, tuple[int, int]]:
        """Returns the rows that a text names by their whole name, and where; longer names win."""
        words = [(m.start(), m.end(), m[0]) for m in WORD.finditer(text)]
        folded = [" ".join(split_name(word)) for _, _, word in words]
        places: dict[str, list[int]] = defaultdict(list)
        for i, word in enumerate(folded):
            places[word].append(i)
        hits: list[tuple[int, int, int]] = []
        for name, row in self._spelled:
            for i in places.get(name[0], ()) if name else ():
                if tuple(folded[i : i + len(name)]) == name:
                    hits.append((i, i + len(name), row))
        # A text that names hundreds is about none of them.
        hits = hits if len(hits) <= _MOST_NAMED else []
        kept = [
            (a, b, row)
            for a, b, row in hits
            if not any(c <= a and b <= d and d - c > b - a for c, d, _ in hits)
            and not self._is_longer(text, words, a, b)
        ]
        out: dict[int, tuple[int, int]] = {}
        for a, b, row in sorted(kept):
            out.setdefault(row, (words[a][0], words[b - 1][1]))
        for i, word in enumerate(folded):
            start, end, written = words[i]
            row = self.parts.get(word, -1)
            inside = any(a <= i < b for a, b, _ in kept)
            alone = row >= 0 and row not in out and not inside and written[0].isupper()
            if alone and not self._is_longer(text, words, i, i + 1):
                out[row] = (start, end)
        return out

    def _is_longer(
        self, text: str, words: Sequence[tuple[int, int, str]], first: int, after: int
    ) -> bool:
        """Whether a name goes on with a capital that the table lacks: "Luna Lite", "New Luna"."""
        for place, inner in ((first - 1, first), (after, after - 1)):
            if not 0 <= place < len(words):
                continue
            start, end, word = words[place]
            near = sorted((words[inner][:2], (start, end)))
            beside = not text[near[0][1] : near[1][0]].strip()
            stem = stem_word(word.casefold())
            strange = stem not in self.told and stem not in self.nouns
            plain = (
                (len(word) > 1 and word.casefold() in STOP)
                or not word[:1].isupper()
                or not word.isalpha()
            )
            if beside and strange and not plain:
                return True
        return False

    @cached_property
    def parts(self) -> Mapping[str, int]:
        """Words that one name of a row alone has, and no other cell: "Sorento" of "Kia Sorento"."""
        held: dict[str, set[int]] = defaultdict(set)
        for row, cell in enumerate(self.keys):
            for word in split_name(cell.value):
                held[word].add(row)
        keyed = {cell.key for cell in self.keys}
        others = (c.value for row in self.rows for c in row.values() if c.key not in keyed)
        told = {word for text in (*self.headers, *others) for word in split_name(text)}
        return {
            word: min(rows)
            for word, rows in held.items()
            if len(rows) == 1 and len(word) >= _PART and word not in told and word.isalpha()
        }

    @cached_property
    def texts(self) -> Mapping[tuple[str, ...], Mapping[str, frozenset[int]]]:
        """The texts of its cells that are no amounts and no marks, as stems, with their rows."""
        held: dict[tuple[str, ...], dict[str, set[int]]] = {}
        for row, cells in enumerate(self.rows):
            for name, cell in cells.items():
                if is_mark(cell.value) or read_amount(cell.value):
                    continue
                told = tuple(stem_word(m[0].casefold()) for m in TOKEN.finditer(cell.value))
                if 0 < len(told) <= LONGEST:
                    held.setdefault(told, {}).setdefault(name, set()).add(row)
        return {
            told: {name: frozenset(rows) for name, rows in columns.items()}
            for told, columns in held.items()
        }

    def _read_column(self, name: str) -> Column | None:
        values = {}
        for i, row in enumerate(self.rows):
            cell = row.get(name)
            if cell is None or is_empty(cell.value):
                continue
            value = read_amount(cell.value)
            if value is None:
                return None
            values[i] = value
        forms = {(v.kind, v.unit, v.rate, sum(x is None for x in v.key)) for v in values.values()}
        if len(values) < 2 or len(forms) != 1:
            return None
        first = next(iter(values.values()))
        return Column(name, first.kind, first.unit, values)


def read_amount(text: str) -> Value | None:
    """Returns the one value that a cell is, None where it says more or is none.

    Args:
        text: of the cell: "95 EUR" is one, "Tram 4" and "from 95" are none.
    """
    value = parse_sole_value(text)
    if value is None or value.bound or value.kind == "decade" or value.key[0] is None:
        return None
    return value


def find_stems(text: str) -> frozenset[str]:
    """Returns the stems of the words of a name, its units and brackets left out."""
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", text.replace("_", " "))
    words = (m[0].casefold() for m in WORD.finditer(bare))
    return frozenset(stem_word(word) for word in words if word not in STOP)


def stem_word(word: str) -> str:
    """Returns the stem of a word: "city" and "cities" have one, and so have "remote" and "-ly"."""
    word = word[:-1] if word.endswith("ings") else word
    stem = strip_ending(word.removesuffix("ly") if len(word) > 5 else word)
    if stem != word and _DOUBLED.search(stem):
        stem = stem[:-1]  # "mopping", "fitted"
    return stem.removesuffix("y") if len(stem) > 3 else stem


_GROUPS = [frozenset(map(stem_word, split_table(group))) for group in _ALIKE]
_PEERS = {stem: group for group in _GROUPS for stem in group}


def is_empty(text: str) -> bool:
    """Whether a cell gives nothing: "-", "n/a", "none"."""
    return not any(c.isalnum() for c in text) or text.strip().casefold() in _EMPTY


def is_mark(text: str) -> bool:
    """Whether a cell says yes or no."""
    return text.strip().casefold() in _YES | _NO


def is_yes(text: str) -> bool:
    """Whether a cell says yes."""
    return text.strip().casefold() in _YES


def is_equal(value: Value, other: Value) -> bool:
    """Whether two values are one; a bare year is a date as well."""
    if {value.kind, other.kind} == {"date", "number"}:
        return value.key[0] == other.key[0] and None in (*value.key[1:2], *other.key[1:2])
    return is_compatible(value, other) and is_same_value(value, other)


def has_stem(stems: frozenset[str], stem: str) -> bool:
    """Whether a word is among those of a name, or one that means the same."""
    return stem in stems or bool(_PEERS.get(stem, frozenset()) & stems) or is_agent(stems, stem)


def is_agent(stems: frozenset[str], stem: str) -> bool:
    """Whether a column is named for who does what a verb says: "Teacher" for "teaches"."""
    return len(stem) >= _VERB and any(stem + ending in stems for ending in _AGENTS)


def read_tables(lines: Sequence[Line]) -> list[Table]:
    """Returns the tables of two rows and more whose rows have names that tell them apart.

    Args:
        lines: those of the records, kept and left out ones alike.
    """
    keys = find_keys(lines)
    groups: dict[_Family, _Rows] = defaultdict(dict)
    for i, line in enumerate(lines):
        if line.path in keys and not _SUMS.fullmatch(keys[line.path].value.strip()):
            # Tables with one head are one table, wherever their rows stand.
            outer = tuple(name for name, _ in line.path[1:])
            family = (len(line.path), outer, keys[line.path].key)
            groups[family].setdefault(line.path, []).append(i)
    found = []
    for family, own, alone in _part_tables(groups, lines):
        named = [keys[path] for path in own]
        if len(own) < 2 or len({cell.value.casefold() for cell in named}) < len(named):
            continue
        rows, held = [], []
        for at in own.values():
            cells: dict[str, Cell] = {}
            where: dict[str, int] = {}
            for i in at:
                for cell in lines[i].cells:
                    cells.setdefault(cell.key, cell)
                    where.setdefault(cell.key, i)
            rows.append(cells)
            held.append(where)
        titles = find_stems(family[-1].rpartition(": ")[2])
        for path in own:
            titles |= find_stems(path[-1][0]) if "|" not in path[-1][0] else frozenset()
        places = tuple(at[0] for at in own.values())
        found.append(Table(tuple(named), tuple(rows), places, titles, alone, tuple(held)))
    return found


def _part_tables(
    groups: Mapping[_Family, _Rows], lines: Sequence[Line]
) -> Iterator[tuple[_Family, _Rows, bool]]:
    """Yields the rows of each family, those of tables with one head under several titles apart."""
    for family, own in groups.items():
        # Rows of a table with a head are told apart by where they stand.
        if not all("|" in path[-1][0] for path in own):
            yield family, own, True
            continue
        runs: list[_Rows] = []
        end = -1
        for path in sorted(own, key=lambda p: p[-1][1]):
            start = path[-1][1]
            if not runs or start - end > _GAP:
                runs.append({})
            runs[-1][path] = own[path]
            end = start + sum(lines[i].end - lines[i].start for i in own[path])
        # One row alone, or rows of which a part was retrieved, are no table of their own.
        parted = len(runs) > 1 and all(len(run) > 1 for run in runs)
        for run in runs if parted else [own]:
            yield family, run, not parted
