"""Absences: fields that a claim says are not given for a row, and whether they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from groundwire.text.english import NEGATED
from groundwire.verify.tables.columns import Table, find_stems, has_stem, is_empty, stem_word
from groundwire.verify.tables.conclusion import Conclusion
from groundwire.verify.tables.part import Part

_LACKING = re.compile(
    r"\bno\b.*\b(?:listed|given|stated|provided|available|recorded|mentioned|specified|known|"
    r"on (?:file|record))\b|\b(?:not|n['’]t)\s+(?:been\s+)?(?:listed|given|stated|provided|"
    r"recorded|mentioned|specified|known|list|give|state|provide|mention|specify)\b",
    re.IGNORECASE,
)
"""How a text says that something is not told, where a row and a field of it are named."""

_HAVING = re.compile(r"\b(?:has|have|comes with|includes|offers)\s+(?:a|an)(?=\s)", re.IGNORECASE)


def find_absences(text: str, tables: Sequence[Table]) -> list[Conclusion]:
    """Returns what a claim says is not given for one row, by the name of a column.

    Args:
        text: the claim.
        tables: what it may speak of.
    """
    told = _LACKING.search(text)
    found = (_read_absence(Part(text, 0, len(text), table), told) for table in tables)
    return [absence for absence in found if absence is not None]


def _read_absence(part: Part, told: re.Match[str] | None) -> Conclusion | None:
    table = part.table
    having = None if told else _HAVING.search(part.text)
    told = told or having
    if told is None or len(part.rows) != 1 or part.values or NEGATED.search(part.text, told.end()):
        return None
    (row,) = part.rows
    words = {
        stem_word(word)
        for word, start, _ in part.list_words()
        if not any(a <= start < b for a, b in part.rows.values())
    }
    spelled = {name: find_stems(name) for name in table.names}
    named = [name for name, stems in spelled.items() if any(has_stem(stems, w) for w in words)]
    if len(named) != 1 or not part.account([told.span()], spelled[named[0]]):
        return None
    cell = table.rows[row].get(named[0])
    given = cell is not None and not is_empty(cell.value)
    said = f"{table.keys[row].value}: nothing under {named[0]}"
    if given and cell is not None:
        said = f"{named[0]}: {cell.value}"
    lines = (table.find_line(row, named[0]),)
    if having is not None:
        # "The Sol has a battery", where a cell says that there is none.
        if given or cell is None or cell.value.casefold() != "none":
            return None
        said = f"{named[0]}: {cell.value}"
        return Conclusion(told.start(), told.end(), table.places[row], False, said, "", lines=lines)
    note = "" if given else part.write()
    return Conclusion(
        told.start(), told.end(), table.places[row], not given, said, note, lines=lines
    )
