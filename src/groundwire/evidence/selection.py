"""Selection of records: which lines of lists and tables a claim speaks of."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile
from typing import TypeAlias

from groundwire.evidence.cells import PERIOD, Cell, Line, Place
from groundwire.quantities.parse import parse_sole_value
from groundwire.text.english import WEEK
from groundwire.text.words import STOP, WORD, find_content_words, split_table

_LONGEST_KEY = 60
"""Characters up to which the words before a colon can be a key."""

_NUMBERED_KEYS = frozenset(split_table("id no nr number code sku ref key # isbn ean plate ticket"))

_NAMING = frozenset(split_table("name title label headline subject summary"))
"""Last words of columns that say what a record is called."""

# "LT-2207", "in_1OqA", "w-551", "2024-03-02T17:59:11Z", an address of the web or of mail.
_CODE = re.compile(r"(?=\S*[\d/:@=])\S+")
_NUMBER = re.compile(r"\d{3,9}")
_DAYS = {day[:3]: number for number, day in enumerate(WEEK)}
_DAY = re.compile(rf"(?:{'|'.join(_DAYS)})(?:[a-z]{{1,3}})?|(?:{'|'.join(WEEK)})s?")
_TO = re.compile(r"\s?(?:[-–—]|to|through)\s?")

_QUARTERS = {word: i for i, word in enumerate(split_table("first second third fourth"), 1)}
_QUARTER = re.compile(r"\b(first|second|third|fourth)[ -]quarter\b", re.IGNORECASE)

# Pronouns at the start of a claim, and those that hardly ever stand for nothing.
_BACK = re.compile(
    r"^\W*(?:it|its|this|that|these|those|they|their)\b|\b(?:he|she|him|his|her|hers)\b",
    re.IGNORECASE,
)
OVER_TIME = re.compile(
    r"\b(?:r[io]se[ns]?|risen|rising|increas\w+|gr[eo]w\w*|growth|climb\w*|gain\w*|f[ae]ll\w*|"
    r"decreas\w+|dropp?\w*|declin\w+|shr[aiu]nk\w*|slipp?\w*|up|down|higher|lower|more|less|"
    r"compar\w+|versus|vs|chang\w+|differ\w*|than|earlier|previous|prior|before)\b",
    re.IGNORECASE,
)
"""Words with which a claim compares two periods, so that both are read."""


Record: TypeAlias = tuple[tuple[Place, ...], int]
"""A record among those of one name: the places around it, and its number."""


def select_lines(
    claim: str, lines: Sequence[Line], context: Sequence[str] = ()
) -> list[Line | None]:
    """Chooses the lines that a claim speaks of, and in them the periods that it names.

    Of the rows of a table, those stay that the claim names by their key: the first column whose
    texts tell them apart, or a number of their own before it. A claim that names none and points
    back is about the row that the context names so. Else another text names a row that stands
    in it alone, if the claim does not say it of the row of its question ("The manager is Ida").
    Where nothing is named, all stay: the claim may speak of all. Tables with one head are read
    as one, wherever they stand.

    Args:
        claim: text of the claim.
        lines: those of all evidence; places of different sources must differ.
        context: texts that the claim may point back to, the nearest first.

    Returns:
        For each line it or what is left of it; None where it is about something else.
    """
    kept: list[Line | None] = list(lines)
    said, before = _Said(claim), [_Said(text) for text in context]
    for level in range(max((len(line.path) for line in lines), default=0)):
        for rows in _group_rows(lines, kept, level):
            records = {row: [c for i in at for c in lines[i].cells] for row, at in rows.items()}
            named = _choose_rows(said, before, records)
            if named:
                for row in rows.keys() - named:
                    for i in rows[row]:
                        kept[i] = None
    return [
        line and (_select_things if line.across else _select_periods)(said, before, line)
        for line in kept
    ]


def _group_rows(
    lines: Sequence[Line], kept: Sequence[Line | None], level: int
) -> list[dict[Record, list[int]]]:
    """The records at one level by their list or table: those of one name and one first cell."""
    groups: dict[tuple[tuple[Place, ...], str], dict[int, list[int]]] = defaultdict(dict)
    for i, line in enumerate(lines):
        if kept[i] is not None and len(line.path) > level:
            name, number = line.path[level]
            groups[line.path[:level], name].setdefault(number, []).append(i)
    families: dict[tuple[str, ...], dict[Record, list[int]]] = defaultdict(dict)
    for (above, table), rows in groups.items():
        first = lines[next(iter(rows.values()))[0]].cells
        # What is counted under several names ("row") is alike only with the same first field.
        outer = [place[0] for place in above[1:]]
        family = (*outer, table, first[0].key if first else "")
        for number, places in rows.items():
            families[family][above, number] = places
    return list(families.values())


def find_keys(lines: Sequence[Line]) -> dict[tuple[Place, ...], Cell]:
    """Returns the cell that names each row of a table, or each record of a list, by its path."""
    found: dict[tuple[Place, ...], Cell] = {}
    for level in sorted({len(line.path) - 1 for line in lines if line.path}):
        own = [line if len(line.path) == level + 1 else None for line in lines]
        for rows in _group_rows(lines, own, level):
            records = {row: [c for i in at for c in lines[i].cells] for row, at in rows.items()}
            keys = _find_keys(records)
            for row, cells in records.items():
                cell = next((c for key in keys[-1:] for c in cells if c.key == key), None)
                if cell is not None:
                    found[lines[rows[row][0]].path] = cell
    return found


def _choose_rows(
    said: _Said, before: Sequence[_Said], records: dict[Record, list[Cell]]
) -> set[Record]:
    """The records that a claim speaks of; empty where that may be all."""
    if len(records) < 2:
        return set()
    keys = _find_keys(records)
    if named := _rows_by_key(said, records, keys):
        return named
    pointed = next((rows for text in before if (rows := _rows_by_key(text, records, keys))), set())
    if pointed and _BACK.search(said.written):
        return pointed
    named, told = _rows_by_text(said, records, keys)
    if named and not (pointed and told):
        return named
    if pointed:
        return pointed
    texts = (_rows_by_text(text, records, keys)[0] for text in before)
    return next(filter(None, texts), set())


class _Said:
    """The words of a text, to look phrases up in."""

    def __init__(self, text: str) -> None:
        self.written = text
        quarters = "".join(f" Q{_QUARTERS[m[1].casefold()]}" for m in _QUARTER.finditer(text))
        self.words = split_name(text + quarters)
        self.text = f" {' '.join(self.words)} "
        self.known = frozenset(self.words)

    def has(self, words: Sequence[str]) -> bool:
        return bool(words) and self.known.issuperset(words) and f" {' '.join(words)} " in self.text


@lru_cache(maxsize=16_384)
def split_name(text: str) -> tuple[str, ...]:
    """Returns the words of a name as names are compared, without their case and genitive."""
    found = (word[0].casefold() for word in WORD.finditer(text))
    return tuple(re.sub(r"['’]s?$", "", word) for word in found)


def _rows_by_key(
    said: _Said, records: dict[Record, list[Cell]], keys: Sequence[str]
) -> set[Record]:
    """The records whose key a text has, or a word that only this key has."""
    partly: list[set[Record]] = []
    columns = {
        key: {n: _values_of(cells, key) for n, cells in records.items()} for key in reversed(keys)
    }
    for values in columns.values():
        coded = {n for n, words in values.items() if _is_code(words) and said.has(words)}
        if coded and all(_is_code(words) for words in values.values()):
            return coded
    for values in columns.values():
        held = {words: {*words, *_code_words(words)} for words in values.values()}
        counts = Counter(word for words in held.values() for word in words - STOP)
        whole = {n: words for n, words in values.items() if said.has(words)}
        # "Basic" is part of "Basic Plus": the longer name is what is meant.
        named = {
            n
            for n, words in whole.items()
            if not any(len(o) > len(words) and _holds(o, words) for o in whole.values())
        }
        if named:
            return named
        own = {
            n
            for n, words in values.items()
            if any(
                counts[w] == 1 and len(w) > 2 and w.replace("-", "").isalpha() and w in said.known
                for w in held[words]
            )
        }
        partly.append(own)
    return next(filter(None, partly), set())


def _rows_by_text(
    said: _Said, records: dict[Record, list[Cell]], keys: Sequence[str]
) -> tuple[set[Record], bool]:
    """The records of which a text has most other cells, and whether it tells only these of one."""
    cells = {
        n: [c for c in row if c.key not in keys and _can_name(c) and said.has(split_name(c.value))]
        for n, row in records.items()
    }
    best = max(map(len, cells.values()))
    found = {n for n, hits in cells.items() if len(hits) == best}
    if not best or len(found) == len(records):
        return set(), False
    words = find_content_words(said.written)
    hits = [cell for n in found for cell in cells[n]]
    stated = frozenset[str]().union(*(find_content_words(cell.value) for cell in hits))
    told = words <= stated or all(find_content_words(cell.name) & words for cell in hits)
    return found, told


def _is_code(words: Sequence[str]) -> bool:
    return bool(words) and all(any(c.isdigit() for c in word) for word in words[:1])


def _code_words(words: Sequence[str]) -> list[str]:
    """The words in codes: "catalog" of "catalog-5f6c7d8e9", "pdf-render" of "pdf-render-64fd9b"."""
    coded = [word for word in words if len(words) == 1 or any(c.isdigit() for c in word)]
    found = [part for word in coded for part in re.split(r"[\W_]", word) if part.isalpha()]
    for word in coded:
        parts = [*takewhile(str.isalpha, word.split("-"))]
        found += ["-".join(parts[:size]) for size in range(2, len(parts) + 1)]
    return found


def _holds(words: Sequence[str], part: Sequence[str]) -> bool:
    return f" {' '.join(part)} " in f" {' '.join(words)} "


def _values_of(cells: Sequence[Cell], key: str) -> tuple[str, ...]:
    return next((split_name(cell.value) for cell in cells if cell.key == key), ())


def _find_keys(records: dict[Record, list[Cell]]) -> list[str]:
    """The columns that tell records apart.

    These are numbers and codes, the first column of texts, and one that is called a name.
    """
    names = dict.fromkeys(cell.key for cells in records.values() for cell in cells)
    found: list[str] = []
    named = False
    for name in names:
        called = name.rpartition(": ")[2].split(" ")[-1].casefold() in _NAMING
        if named and not called:
            continue
        column = {
            n: next((c for c in cells if c.key == name), None) for n, cells in records.items()
        }
        # The same row may stand in two tables with one head.
        values = [(n[0], c.value.casefold()) for n, c in column.items() if c is not None]
        if len(values) < len(records) or len(set(values)) < len(values):
            continue
        cells = [cell for cell in column.values() if cell is not None]
        if len({cell.value.casefold() for cell in cells}) < 2:
            continue
        if all(_can_name(cell) for cell in cells):
            found.append(name)
            if called:
                return found
            # Nobody calls a thing by its code alone, where a name stands behind it.
            named = not all(_CODE.fullmatch(cell.value) for cell in cells)
        elif all(_can_name(cell) or _is_number_of(cell) for cell in cells):
            found.append(name)
    return found


def _can_name(cell: Cell) -> bool:
    """Whether a cell is a text or a code that can stand for its record; a value cannot."""
    text = cell.value
    if len(text) > _LONGEST_KEY or not any(c.isalpha() for c in text):
        return bool(re.fullmatch(r"(?:19|20)\d\d|\d+(?:\.\d+){2,3}", text))
    if re.fullmatch(r"[\W\d]*\d[\d.,\s]*\s?[^\W\d]{1,12}\.?(?:/\w+)?", text):
        return False
    return text not in ("yes", "no") and not _is_amount(text)


def _is_amount(text: str) -> bool:
    """Whether a text is one amount and nothing else: "820 thousand EUR", "1.5 kg per m²"."""
    begins = text[:1] in "+-−$€£¥(" or text[:1].isdigit()
    value = parse_sole_value(text) if begins else None
    return value is not None and value.kind not in ("date", "time")


def _is_number_of(cell: Cell) -> bool:
    return bool(set(split_name(cell.key)) & _NUMBERED_KEYS) or cell.key.strip() == "#"


def _select_things(said: _Said, before: Sequence[_Said], line: Line) -> Line:
    """Leaves out the things of a row beside those that a claim names, or points back to."""
    label, *cells = line.cells
    texts = [said, *(before if _BACK.search(said.written) else ())]
    for text in texts:
        held = {cell.key: split_name(cell.key) for cell in cells}
        whole = {key: words for key, words in held.items() if text.has(words)}
        # "Basic" is part of "Basic Plus": the longer name is what is meant.
        named = [
            key
            for key, words in whole.items()
            if not any(len(o) > len(words) and _holds(o, words) for o in whole.values())
        ]
        chosen = [cell for cell in cells if cell.key in named]
        if len(chosen) == 1:
            own = chosen[0]
            return replace(line, cells=(Cell("", own.key), Cell(label.value, own.value)))
        if chosen:
            return replace(line, cells=(label, *chosen))
    return line


def _select_periods(said: _Said, _: Sequence[_Said], line: Line) -> Line:
    """Leaves out the days, months, years and numbers beside the one that a claim names."""
    dated = [cell for cell in line.cells if PERIOD.fullmatch(cell.name) or _read_days(cell.name)]
    if len(dated) < 2:
        dated = [cell for cell in line.cells if _NUMBER.fullmatch(cell.name)]
    if len(dated) < 2:
        return line
    if OVER_TIME.search(said.written) and not any(_read_days(cell.name) for cell in dated):
        return line
    told = [days for word in said.words if (days := _read_days(word))]
    days = told[0] if len(told) == 1 else frozenset()  # two days are compared, or both are meant
    named = [c for c in dated if said.has(split_name(c.name)) or days & _read_days(c.name)]
    if not named or (len(named) > 1 and not days) or len(named) == len(dated):
        return line
    lead = _shared_lead(line)
    cells = tuple(c for c in line.cells if c not in dated or c in named)
    first = cells[0]
    if lead and not first.key.startswith(lead):
        cells = (replace(first, key=f"{lead}{first.key}"), *cells[1:])
    return replace(line, cells=cells)


@lru_cache(maxsize=4096)
def _read_days(name: str) -> frozenset[int]:
    """The days of the week that a name stands for: "Fri", "Tue-Thu", "weekends"."""
    text = name.strip().casefold()
    if len(text) > _LONGEST_KEY:
        return frozenset()
    if text.rstrip("s") in ("weekend", "weekday"):
        return frozenset({5, 6} if text.startswith("weekend") else range(5))
    ends = _TO.split(text)
    if len(ends) > 2 or not all(_DAY.fullmatch(end.rstrip(".")) for end in ends):
        return frozenset()
    first, last = _DAYS[ends[0][:3]], _DAYS[ends[-1][:3]]
    return frozenset(day % 7 for day in range(first, last + 1 + 7 * (last < first)))


def _shared_lead(line: Line) -> str:
    """What stands before the key of a line's first cell: ``hours: `` in ``hours: Monday: 9-5``."""
    head, mark, _ = line.cells[0].key.rpartition(": ")
    return head + mark
