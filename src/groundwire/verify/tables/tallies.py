"""Tallies: of how many rows a claim says something, and of how many it is so.

"All hotels offer breakfast", "two of them cost less than 100 EUR", "Alder is the only one without a
pool". What is said is read from one column: a bound of its values, yes or no, or one of its texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundwire.evidence.selection import split_name
from groundwire.quantities.compare import is_compatible, is_same_value
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import HEDGES
from groundwire.text.words import WORD, find_content_words, strip_ending
from groundwire.verify.tables.columns import Column, Table, find_stems, has_stem
from groundwire.verify.tables.conclusion import Conclusion, is_all_said, is_told, write_note

_YES = frozenset(("yes", "true", "y", "✓", "✔", "x", "included", "available"))
_NO = frozenset(("no", "false", "n", "✗", "✘", "-", "–", "—", "none"))
_ALL = re.compile(r"\b(?:all|every|each|both)\b(?:\s+of\b)?", re.IGNORECASE)
_NONE = re.compile(
    r"(?:^|\b)(?:none of|no(?=\s+\w+\s+(?:has|have|is|are|offers?|costs?))|neither)\b", re.I
)
_ONLY = re.compile(r"\bonly\b", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:without|no|not|lacks?|lacking)\b|n['’]t\b", re.IGNORECASE)
_OF_THE = re.compile(r"\s+of\s+(?:the|these)\s+(\w+)")
# Whether what is equal to a bound is within it; of other words that is not sure.
_STRICT = re.compile(
    r"\b(?:(?:more|less|fewer|greater|higher|lower|longer|shorter) than|over|above|below|under|"
    r"exceeds?|exceeding)\s+[€$£]?$",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\b(?:at (?:least|most)|up to|no (?:more|less|fewer) than)\s+[€$£]?$", re.IGNORECASE
)
_LEAST = re.compile(r"\bat (?:least|most)\s+$|\b(?:more|less|fewer) than\s+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Test:
    """What a claim says of rows, and of which it is so.

    Attributes:
        column: the name of the column.
        stems: of that name.
        met: by row; rows for which it is not known are left out.
        spans: places of the claim that say it.
    """

    column: str
    stems: frozenset[str]
    met: Mapping[int, bool]
    spans: tuple[tuple[int, int], ...]


def find_tallies(text: str, tables: Sequence[Table]) -> list[Conclusion]:
    """Returns what a claim says of all, none, one or some of the rows of a table.

    Args:
        text: the claim.
        tables: what it may speak of.
    """
    if {m[0].casefold() for m in WORD.finditer(text)} & HEDGES:
        return []
    found = []
    for table in tables:
        told = _read_tally(text, table)
        if told is not None:
            found.append(told)
    return found


def _read_tally(text: str, table: Table) -> Conclusion | None:
    """The tally that a claim states; None where it says more, or is not sure."""
    values = parse_values(text)
    rows = table.find_rows(text)
    quantifier: tuple[int, int] | None = None
    want: int | None = None
    kind = ""
    if len(rows) == 1 and (match := _ONLY.search(text)) is not None:
        kind, quantifier = "only", match.span()
    elif rows:
        return None
    elif (match := _NONE.search(text)) is not None:
        kind, quantifier, want = "none", match.span(), 0
    elif (match := _ALL.search(text)) is not None:
        kind, quantifier, want = "all", match.span(), len(table.rows)
    elif (value := _find_count(text, values, table)) is not None:
        kind, quantifier, want = "some", (value.start, value.end), int(value.amount or 0)
        # "The four hotels" are all of them.
        if want == len(table.rows) and re.search(r"\bthe\s+$", text[: value.start], re.IGNORECASE):
            kind = "all"
    if quantifier is None:
        return None
    rest = [v for v in values if (v.start, v.end) != quantifier and not _is_size(v, text, table)]
    test = _find_test(text, rest, table, kind)
    if test is None:
        return None
    taken = [quantifier, *rows.values(), *test.spans]
    if not is_all_said(text, (0, len(text)), taken, table, test.stems):
        return None
    met = [row for row, yes in test.met.items() if yes]
    unmet = [row for row, yes in test.met.items() if not yes]
    complete = len(test.met) == len(table.rows)
    shown = next(iter(met or unmet))
    holds: bool | None
    if kind == "only":
        subject = next(iter(rows))
        if subject not in test.met:
            return None
        others = [row for row in met if row != subject]
        holds = False if others or subject in unmet else complete or None
        shown = others[0] if others else subject
    elif kind == "none":
        holds = False if met else complete or None
        shown = met[0] if met else shown
    elif kind == "all":
        holds = False if unmet else complete or None
        shown = unmet[0] if unmet else shown
    else:
        holds = (len(met) == want and complete) or (False if complete else None)
    cell = table.rows[shown].get(test.column)
    said = f"{table.keys[shown].value}: {test.column}: {cell.value if cell else '-'}"
    note = write_note(text) if holds else ""
    sure = kind != "some" or (want or 0) < len(met)
    return Conclusion(
        *quantifier, table.places[shown], holds, said, note, "comparison" if sure else "figure"
    )


def _find_count(text: str, values: Sequence[Value], table: Table) -> Value | None:
    """The number of rows that a claim speaks of: "three of the hotels", "two hotels have"."""
    for value in values:
        if value.kind != "number" or value.bound or _LEAST.search(text[: value.start]):
            continue
        noun = re.compile(r"\s+(?:of\s+(?:the\s+|these\s+|them\b)?)?(?:\w+\s+)?(\w+)?").match(
            text, value.end
        )
        said = text[value.end :][: noun.end() - value.end] if noun else ""
        nouns = {strip_ending(m[0]) for m in WORD.finditer(said)}
        if nouns & table.nouns or re.match(r"\s+of\s+them\b", said):
            return value
        if (of := _OF_THE.match(said)) is not None and not is_told(of[1], table):
            return value
    return None


def _is_size(value: Value, text: str, table: Table) -> bool:
    """Whether a number is that of all rows: "of the four hotels"."""
    return value.kind == "number" and value.amount == len(table.rows) and not value.bound


def _find_test(text: str, values: Sequence[Value], table: Table, kind: str) -> _Test | None:
    """What a claim says of a row, read from one column; None where that is not sure."""
    stems = find_stems(text)
    denied = [m.span() for m in _DENIED.finditer(text)]
    if kind == "none":
        denied = [span for span in denied if not _NONE.match(text, span[0])]
    if len(values) == 1 and not denied:
        return _find_bound(text, values[0], stems, table)
    if values or len(denied) > 1:
        return None
    for name in dict.fromkeys(name for row in table.rows for name in row):
        cells = {i: row[name].value.casefold() for i, row in enumerate(table.rows) if name in row}
        if not set(cells.values()) <= _YES | _NO or len(cells) < 2:
            continue
        if any(has_stem(find_stems(name), stem) for stem in stems):
            met = {i: (value in _YES) != bool(denied) for i, value in cells.items()}
            return _Test(name, find_stems(name), met, tuple(denied))
    return None if denied else _find_text(text, table)


def _find_bound(text: str, value: Value, stems: frozenset[str], table: Table) -> _Test | None:
    """A bound of a column: "above 3.5", "less than 100 EUR"."""
    fits = [c for c in table.columns if is_compatible(value, next(iter(c.values.values())))]
    named = [c for c in fits if any(has_stem(c.stems, stem) for stem in stems)]
    if len(named) != 1:
        named = fits if len(fits) == 1 and value.unit and not named else []
    if not named:
        return None
    column: Column = named[0]
    met = {}
    for row, other in column.values.items():
        a, b = other.key[0] or 0.0, value.key[0] or 0.0
        if value.bound in (">", "<"):
            before = text[: value.start]
            if a != b:
                met[row] = (a > b) == (value.bound == ">")
            elif _STRICT.search(before) or _WITHIN.search(before):
                met[row] = bool(_WITHIN.search(before))
        elif value.bound:
            return None
        else:
            met[row] = is_same_value(value, other)
    return _Test(column.name, column.stems, met, ((value.start, value.end),)) if met else None


def _find_text(text: str, table: Table) -> _Test | None:
    """One of the texts of a column that tells rows apart by kind: "two of them are open"."""
    said = [(m.start(), m.end(), m[0]) for m in WORD.finditer(text)]
    folded = [" ".join(split_name(word)) for _, _, word in said]
    found: list[_Test] = []
    keyed = {cell.key for cell in table.keys}
    for name in dict.fromkeys(name for row in table.rows for name in row if name not in keyed):
        cells = {i: split_name(row[name].value) for i, row in enumerate(table.rows) if name in row}
        for told in dict.fromkeys(cells.values()):
            if not told or not find_content_words(" ".join(told)):
                continue
            for i in range(len(folded) - len(told) + 1):
                if folded[i : i + len(told)] == list(told):
                    met = {row: words == told for row, words in cells.items()}
                    place = said[i][0], said[i + len(told) - 1][1]
                    found.append(_Test(name, find_stems(name), met, (place,)))
    return found[0] if len(found) == 1 else None
