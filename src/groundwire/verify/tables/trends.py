"""Trends: what a claim says of two periods that stand side by side in one row.

"Gross profit fell in 2023" is settled by two cells of the row that is called so. A trend is read
only where row, periods and direction are sure: the claim has the row's name as its subject, the
direction is its verb, and the row has one value for each of the two periods.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from groundwire.evidence.cells import Cell, Line
from groundwire.evidence.selection import find_keys, split_name
from groundwire.quantities.parse import parse_values
from groundwire.text.english import HEDGES, NEGATED
from groundwire.text.words import split_table
from groundwire.verify.tables.conclusion import Conclusion

_UP = frozenset(
    split_table("rose rises rising risen increased increases grew grows grown climbed gained up "
                "higher")
)  # fmt: skip
_DOWN = frozenset(
    split_table("fell falls falling fallen decreased decreases declined declines dropped drops "
                "shrank slipped down lower")
)  # fmt: skip
_COMPARATIVE = frozenset(("higher", "lower"))
_SOFT = frozenset(
    split_table(
        "has have had was were is are also then both slightly sharply strongly clearly markedly "
        "significantly substantially considerably modestly steadily again even went came much"
    )
)
"""Words that may stand between the name of a row and the direction."""

_LEAD = frozenset(
    split_table(
        "the its their our this that of in for during from to with and but while whereas however "
        "by at as compared year years fiscal financial fy quarter month company group firm "
        "overall meanwhile end reported"
    )
)
"""Words that may stand before the name of a row."""

_LATER = re.compile(
    r"\b(?:than|from|compared (?:with|to)|versus|vs\.?|against|on|over)\s+(?:in\s+|the\s+)?"
    r"(?:(?:a|the|one)\s+)?(?:year|quarter|month)\s+(?:earlier|before|ago)"
    r"|\b(?:previous|prior|preceding|last)\s+(?:year|quarter|month|period)\b|year[\s-]on[\s-]year"
    r"|year[\s-]over[\s-]year",
    re.IGNORECASE,
)
_BASE = re.compile(
    r"\b(?:since|from|than|with|to|versus|vs\.?|against)\s+(?:in\s+|the\s+)?"
    r"(?:(?:fy|fiscal|q[1-4])\s*)?$",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:short|behind|will|would|should|could|can|if|not|share|percentage of|proportion|relative|"
    r"than (?:expected|forecast|planned|budget\w*))\b",
    re.IGNORECASE,
)
_JOINED = re.compile(r"[,;]?\s+(?:but|then|while|whereas|before)\b", re.IGNORECASE)
_PERIODS = re.compile(r"\b(?:(?:19|20)\d\d|q[1-4])\b", re.IGNORECASE)
_OTHER_SIDE = re.compile(
    r"\b(?:after|before|following|ahead of|until|by)\s+(?:\w+ing\s+)?(?:in\s+|the\s+end\s+of\s+)?$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"\s*;\s+|,?\s+(?:and|but|while|whereas)\s+|,\s+(?=[A-Za-z])")
_AGAINST = re.compile(
    r"\b(?:than|with|compared to|versus|vs\.?|against)\s+(?:in\s+)?"
    r"(?P<base>(?:19|20)\d\d|q[1-4])\b",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[\w'’-]+")
_YEAR = re.compile(r"\b(?:fy\s?)?((?:19|20)\d\d)\b", re.IGNORECASE)
_QUARTER = re.compile(r"\bq([1-4])\b", re.IGNORECASE)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_NAMED_QUARTER = re.compile(r"\b(first|second|third|fourth) quarter\b", re.IGNORECASE)


def find_trends(text: str, lines: Sequence[Line], context: Sequence[Line] = ()) -> list[Conclusion]:
    """Returns the trends that a claim states of rows of which it is sure what they have.

    Args:
        text: the claim.
        lines: the lines of records that it speaks of.
        context: other lines of the same tables, which tell what a row is called by.
    """
    if NEGATED.search(text) or not any(line.path for line in lines):
        return []
    keys = find_keys([*lines, *context])
    found = []
    at = 0
    for end, after in [*(m.span() for m in _CLAUSE.finditer(text)), (len(text),) * 2]:
        # The period of a clause may stand in what follows it: "fell, compared with 2022".
        for i, line in enumerate(lines):
            key = keys.get(line.path)
            if line.path and key is not None:
                trend = _read_trend(text, at, end, i, line, key)
                found += [] if trend is None else [trend]
        at = after
    return found


def _read_trend(
    text: str, at: int, end: int, index: int, line: Line, key: Cell
) -> Conclusion | None:
    """The trend of one row in the clause ``text[at:end]``."""
    words = [(m[0].casefold(), m.start(), m.end()) for m in _WORDS.finditer(text[at:end])]
    forms = [word for word, _, _ in words]
    name = list(split_name(key.value))
    start = next((i for i in range(len(forms)) if name and forms[i : i + len(name)] == name), None)
    if start is None or _OTHER.search(text[at:]) or set(forms) & HEDGES:
        return None
    before = [w for w in forms[:start] if w not in _LEAD and not w[:1].isdigit()]
    if any(not w.endswith(("'s", "’s")) and not _QUARTER.fullmatch(w) for w in before):
        return None
    series = _read_series(line, key)
    i = start + len(name)
    metric = list(split_name(next(iter(series)))) if len(series) == 1 else []
    if metric and forms[i : i + len(metric)] == metric:
        i += len(metric)
    elif metric and name[-len(metric) :] != metric:
        return None
    if forms[i : i + 1] == ["in"] and i + 2 < len(forms) and forms[i + 1][:1].isdigit():
        i += 2
    while i < len(forms) and forms[i] in _SOFT:
        i += 1
    if len(series) != 1 or i == len(forms) or forms[i] not in _UP | _DOWN:
        return None
    first, last = at + words[i][1], at + words[i][2]
    # "In 2023, sales rose and costs fell": a period stands for all clauses that have none.
    alone = sum(w[0].casefold() in _UP | _DOWN for w in _WORDS.finditer(text)) == 1
    dated = _YEAR.search(text, at, end) or _QUARTER.search(text, at, end)
    # "Rose in 2022, then slid in 2023": what is joined by such a word has a period of its own.
    joined = _JOINED.match(text, end)
    scope = text[at:end] if dated and (not alone or joined) else text
    if any(_OTHER_SIDE.search(text[: m.start()]) for m in _PERIODS.finditer(text)):
        return None  # "dropped after 2022" is not how 2022 compares with the year before
    cells = next(iter(series.values()))
    pair = _choose_periods(scope, text[last:], cells, forms[i] in _COMPARATIVE)
    # "Higher in 2022 than in 2023" tells of the earlier one.
    if pair is None or any(
        m["base"].casefold() == pair[1].name.casefold() for m in _AGAINST.finditer(scope)
    ):
        return None
    earlier, later = pair
    values = [parse_values(cell.value) for cell in pair]
    if any(len(v) != 1 or v[0].key[0] is None or v[0].key[0] < 0 for v in values):
        return None
    a, b = (float(v[0].key[0] or 0.0) for v in values)
    if values[0][0].kind != values[1][0].kind or values[0][0].unit != values[1][0].unit or a == b:
        return None
    holds = (b > a) == (forms[i] in _UP)
    said, subject = text[first:last], key.value
    note = f"{subject} {said} from {earlier.name} to {later.name}."
    if forms[i] in _COMPARATIVE or forms[i] in ("up", "down"):
        note = f"{subject} was {said} in {later.name} compared with {earlier.name}."
    told = f"{earlier.key}: {earlier.value}; {later.key}: {later.value}"
    return Conclusion(first, last, index, holds, told, note if holds else "", lines=(index,))


def _read_series(line: Line, key: Cell) -> dict[str, dict[tuple[int, int], Cell]]:
    """The cells of a row by what they state of periods, and the period: ``sales`` of ``Q1 sales``.

    A row with two cells for one period has none.
    """
    found: dict[str, dict[tuple[int, int], Cell]] = {}
    for cell in line.cells:
        period = _read_period(cell.name)
        if cell is key or period == (0, 0):
            continue
        rest = " ".join(_QUARTER.sub(" ", _YEAR.sub(" ", cell.name)).split())
        own = found.setdefault(rest, {})
        if period in own:
            return {}
        own[period] = cell
    return {rest: own for rest, own in found.items() if len(own) > 1}


def _read_period(name: str) -> tuple[int, int]:
    """Year and quarter of a name, zero for what it does not say."""
    year, quarter = _YEAR.search(name), _QUARTER.search(name)
    return int(year[1]) if year else 0, int(quarter[1]) if quarter else 0


def _choose_periods(
    text: str, rest: str, cells: dict[tuple[int, int], Cell], compares: bool
) -> tuple[Cell, Cell] | None:
    """The earlier and the later cell that a claim compares; None where that is not sure.

    Args:
        text: the claim.
        rest: what follows its direction.
        cells: those of the row by period.
        compares: whether the direction needs something that it is compared with.
    """
    if len({(bool(year), bool(quarter)) for year, quarter in cells}) != 1:
        return None
    told = [(m.start(), (int(m[1]), 0)) for m in _YEAR.finditer(text)]
    quarters = [(m.start(), (0, int(m[1]))) for m in _QUARTER.finditer(text)]
    quarters += [
        (m.start(), (0, _ORDINALS[m[1].casefold()])) for m in _NAMED_QUARTER.finditer(text)
    ]
    order = sorted(cells)
    by_year, by_quarter = bool(order[0][0]), bool(order[0][1])
    if by_year and by_quarter:
        return None  # "Q2 2023" against the quarter or the year before: not sure which
    named = sorted(told if by_year else quarters)
    if (quarters and by_year) or (told and by_quarter):
        return None
    if any(period not in cells for _, period in named):
        return None
    periods = sorted({period for _, period in named})
    if len(periods) == 2:
        return cells[periods[0]], cells[periods[1]]
    if compares and not periods and not _LATER.search(rest):
        return None
    if not periods:
        return (cells[order[0]], cells[order[1]]) if len(order) == 2 else None
    if len(periods) != 1:
        return None
    place, period = named[0]
    at = order.index(period)
    if _BASE.search(text[:place]):
        # "Than in 2022" of a row with two years.
        return (cells[order[0]], cells[order[1]]) if len(order) == 2 and at == 0 else None
    if compares and not _LATER.search(rest):
        return None
    return (cells[order[at - 1]], cells[order[at]]) if at else None
