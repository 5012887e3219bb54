r"""Tabulars: tables as LaTeX writes them, ``LSTM & 81.3 & 1.5 \\``, in papers and reports."""

from __future__ import annotations

import re
from collections.abc import Sequence

from groundwire.evidence.cells import Cell, Line, join_unit, spell_name
from groundwire.evidence.tables import BY_PLACE, LONGEST_LINE, Row

_MARK = re.compile(r"(?<!\\)&")
# A command that ends a row may follow on its line: "\\ \hline", "\\[2pt] \midrule".
_END = re.compile(r"\\\\(?:\[[^\]]{0,12}\])?\s*(?:\\[a-z]{1,20}(?:\{[^{}]{0,20}\})?\s*)*$")
_RULE = re.compile(
    r"(?:\\(?:[a-z]{0,3}rule|hline|cline)(?:\([a-z]{1,4}\))?(?:\{[^{}]{0,20}\})?\s*)+"
)
_HELD = re.compile(r"\\[a-zA-Z]{2,20}\*?(?:\[[^\]]{0,20}\])?\{([^{}]{0,200})\}")
_SPAN = re.compile(r"\\multi(?:column|row)\{\d{1,2}\}\{[^{}]{0,20}\}\{([^{}]{0,200})\}")
_RAISED = re.compile(r"\^\{?\\[a-z]{1,12}\}?")
_COMMAND = re.compile(r"\\[a-zA-Z]{1,20}\s?")


def read_tabular(block: Sequence[Row], first: int) -> tuple[int, list[Line]]:
    """Reads a table of LaTeX that begins with a line of a block.

    Args:
        block: lines without a blank one between them.
        first: number of the line.

    Returns:
        How many lines it takes, 0 where none begins, and its rows and heads.
    """
    names = _split(block[first][2])
    if len(names) < 2:
        return 0, []
    lines = [Line(block[first][0], block[first][1], (), ())]
    size = 1
    for at in range(first + 1, len(block)):
        start, end, row = block[at]
        if _RULE.fullmatch(row):
            lines.append(Line(start, end, (), ()))
            size += 1
            continue
        cells = _split(row)
        if len(cells) != len(names):
            break
        size += 1
        found = tuple(
            Cell(*join_unit(spell_name(name), value, "", cells[0], frozenset()))
            for name, value in zip(names, cells, strict=True)
            if value and value not in ("-", "--", "---")
        )
        if found:
            lines.append(Line(start, end, (("&".join(names), BY_PLACE),), found))
    return (size, lines) if any(line.cells for line in lines) else (0, [])


def _split(row: str) -> list[str]:
    """The cells of a row; none where a line is no row."""
    if "&" not in row or len(row) > LONGEST_LINE or not (end := _END.search(row)):
        return []
    return [_read(cell) for cell in _MARK.split(row[: end.start()])]


def _read(cell: str) -> str:
    """A cell without its commands: what is bold or raised is read as it is called."""
    text = _SPAN.sub(r"\1", _RAISED.sub("", cell))
    text = _HELD.sub(r"\1", _HELD.sub(r"\1", text))
    text = re.sub(r"\\([%&$#_{}])", r"\1", text.replace("$", ""))
    return " ".join(_COMMAND.sub("", text).replace("~", " ").split())
