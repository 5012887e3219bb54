"""Tallies: of how many rows a claim says something, and of how many it is so.

"All hotels offer breakfast", "two of them cost less than 100 EUR", "Alder is the only one without a
pool". What is said of them are conditions that a column shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import DERIVED
from groundwire.verify.tables.columns import Table, has_stem, stem_word
from groundwire.verify.tables.conclusion import Conclusion, Failing
from groundwire.verify.tables.conditions import Condition
from groundwire.verify.tables.part import Part, is_told
from groundwire.verify.tables.telling import find_lines, tell_met

_ALL = re.compile(r"\b(?:all|every|each|both)\b(?:\s+of\b)?", re.IGNORECASE)
_PAIR = 2
_THE_ONLY = re.compile(r"\b(?:is|are|was|were|being)\s+the\s+$", re.IGNORECASE)
# Quantifiers that are denied, or that leave some out.
_SPARED = re.compile(
    r"(?:\bnot|n['’]t)\s+(?:all|every|each|both|the only|only|many)\b|\b(?:all|every\w*) but\b|"
    r"\bbut (?:one|two)\b|\b(?:one|two|some|most|many) of\s+(?:the )?only\b|"
    r"\bonly (?:\w+ )?other\b|\b(?:all|no|every|each|any)(?: of)?(?: the)? others?\b|"
    r"\b(?:except|apart from|other than|unlike|besides)\b",
    re.IGNORECASE,
)
# "Breakfast or a pool": one of them is enough; "4 or more" is a bound.
_OR = re.compile(
    r"\b(?:or|nor)\b(?!\s+(?:more|less|fewer|higher|lower|better|above|below|over|under|later|"
    r"earlier|longer|shorter|older|younger|up)\b)",
    re.IGNORECASE,
)
_OF_SOME = re.compile(r"\bof\s+(?:the\s+|these\s+|those\s+)?$", re.IGNORECASE)
_EACH = re.compile(r"\b(?:each|every)\b", re.IGNORECASE)
_NONE = re.compile(
    r"\bnone\s+of\b|^\W*(?:there (?:is|are|was|were) )?no(?=\s+[^\W\d_]+)|\bneither\s+of\b",
    re.IGNORECASE,
)
_EXISTS = re.compile(
    r"^\W*(?:there (?:is|are|was|were)\s+(?:(?:an?|some|at least (?:one|an?))\s)?|"
    r"(?:some|at least one)(?: of)?\b)(?!\s*(?:no|not|only|just|exactly|\d+)\b)",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\bonly\b", re.IGNORECASE)
_ONE = re.compile(r"\b(?:only|just|exactly)\s+one\b", re.IGNORECASE)
_SHARE = re.compile(r"\bhalf\s+(?:of\s+)?(?:the|all)\b|^\W*most(?:\s+of\s+the)?\b", re.IGNORECASE)
_SEVERAL = re.compile(r"\s+of\s+(?:the|these|those)\s+(?:\w+\s+)?(\w+)|\s+of\s+them\b")
_COMPARED = re.compile(
    r"\bthan\b|\b(?:over|under|above|below|exceed\w*|at (?:least|most)|or (?:more|less|fewer))\b",
    re.IGNORECASE,
)
"""What compares a value of one row with a bound; "after 42 minutes" and "until 19:00" tell it."""

_MOST = 2
"""Conditions of a tally: of which rows, and what."""


def find_tallies(text: str, tables: Sequence[Table]) -> list[Conclusion]:
    """Returns what a claim says of all, none, one or some of the rows of a table.

    Args:
        text: the claim.
        tables: what it may speak of.
    """
    derived = {m[0].casefold() for m in DERIVED.finditer(text)} - {"half"}
    parts = [] if derived else [Part(text, 0, len(text), table) for table in tables if table.alone]
    found = (_read_tally(part) for part in parts if not part.hedges or _SHARE.search(text))
    return [told for told in found if told is not None]


def _find_kind(part: Part, count: Value | None) -> tuple[str, tuple[int, int]] | None:
    """What a claim says of how many rows, and the words that say so; None where nothing does."""
    text = part.text
    if part.rows:
        only = _find_only(part)
        return ("only", only) if only else ("rows", (0, 0))
    word = next((m for p in (_NONE, _ALL) if (m := p.search(text)) is not None), None)
    if word is not None and (count is None or word[0].casefold() != "both"):
        return ("none" if _NONE.match(text, word.start()) else "all"), word.span()
    if (single := _ONE.search(text)) is not None:
        return "some", single.span()
    if (share := _SHARE.search(text)) is not None:
        return ("half" if share[0].casefold().startswith("half") else "most"), share.span()
    if count is not None:
        # "The four hotels" are all of them.
        whole = count.amount == len(part.table.rows)
        before = re.search(r"\bthe\s+$", text[: count.start], re.IGNORECASE)
        return ("all" if whole and before else "some"), (count.start, count.end)
    if (exists := _EXISTS.search(text)) is not None:
        return "any", (exists.start(), exists.start() + len(exists[0].rstrip()))
    return None


def _read_tally(part: Part) -> Conclusion | None:
    """The tally that a claim states; None where it says more, or is not sure."""
    text, table = part.text, part.table
    count = _find_count(part)
    told = None if _SPARED.search(text) or _OR.search(text) else _find_kind(part, count)
    if told is None:
        return None
    kind, span = told
    if any(v.kind == "number" and _OF_SOME.search(text, 0, v.start) for v in part.values):
        return None  # "one of the two with a pool": not of all rows
    conditions = [c for c in part.conditions if not (c.start < span[1] and span[0] < c.end)]
    if not 0 < len(conditions) <= _MOST:
        return None
    if kind == "rows" and not _is_reckoned(part, conditions):
        return None
    if len({c.column for c in conditions}) < len(conditions):
        return None  # "two are open, and one is done"
    if kind == "all" and text[slice(*span)].casefold() == "both":
        # Both are two: of the rows, or of those that the first condition names.
        subset = [row for row, met in conditions[0].met.items() if met]
        if len(table.rows) != _PAIR and (len(conditions) == 1 or len(subset) != _PAIR):
            return None
    if kind == "all" and any(c.exact for c in conditions) and not _EACH.search(text):
        return None  # "all three cost 50 EUR": each of them, or all together
    stems = conditions[0].stems.union(*(c.stems for c in conditions))
    taken = [span, *((c.start, c.end) for c in conditions)]
    if count is not None:
        # What is counted is what the rows are: "two teams".
        noun = next((w for w in part.list_words() if w[1] >= count.end), None)
        plural = noun is not None and noun[0][-1:] == "s" and not is_told(noun[0], table)
        taken.append((count.start, noun[2] if noun is not None and plural else count.end))
    if part.account(taken, stems, tuple(part.rows)) != "whole":
        return None
    want = 1.0 if _ONE.search(text) else float((count and count.amount) or 0)
    if kind == "some" and any(c.counted and want == _add_up(part, c) for c in conditions):
        return None  # "27 bikes are in stock" may be all of them together
    counted = _count(part, kind, conditions, want)
    if counted is None:
        return None
    holds, shown, sure, met = counted
    column, lines = conditions[-1].column, tuple[int, ...]()
    if kind == "rows" and len(part.rows) == 1:
        (row,) = part.rows  # no line of its own: it stands in the row
        cell = table.rows[row].get(column)
        said = f"{table.keys[row].value}: {column}: {cell.value if cell else '-'}"
    else:
        against = kind in ("all", "rows")
        # "All three with a sauna" where two have one: it fails by which rows are meant.
        telling_of = conditions[:1] if met is conditions[0].met else conditions
        said = tell_met(table, telling_of, met, against)
        telling = [shown, *(row for row, yes in met.items() if yes is not (against and not holds))]
        lines = find_lines(table, column, telling)
    note = part.write() if holds else ""
    failing: Failing = "comparison" if sure else "figure"
    span = span if span[1] else (conditions[0].start, conditions[0].end)
    return Conclusion(*span, table.places[shown], holds, said, note, failing, lines)


def _add_up(part: Part, condition: Condition) -> float:
    """The sum of a column that counts things."""
    column = next(c for c in part.table.columns if c.name == condition.column)
    return sum(value.amount or 0.0 for value in column.values.values())


def _opens_condition(part: Part, end: int) -> bool:
    """Whether what stands right behind a number says of which rows."""
    after = next((start for _, start, _ in part.list_words() if start >= end), None)
    return after is not None and any(
        c.start <= after < c.end and not c.exact and not c.bound for c in part.conditions
    )


def _is_reckoned(part: Part, conditions: Sequence[Condition]) -> bool:
    """Whether what is said of rows that are named must be reckoned.

    What one row has stands there, and is read and compared by its words (``checks.rows``); that it
    is above a bound does not, nor does what has another name ("drew 4 games" of ``Drawn: 4``).
    """
    end = max(b for _, b in part.rows.values())
    stems = frozenset().union(*(c.stems for c in conditions))
    # "Vega lost more than 10 EUR" tells no price.
    told = part.adds_nothing(end, min(c.start for c in conditions), stems | part.table.nouns)
    if not part.joined or not told or _ONLY.search(part.text):
        return False
    if any(c.counted for c in conditions):
        return True
    if any(c.bound for c in conditions):
        return all(_COMPARED.search(part.text, c.start, c.end) for c in conditions if c.bound)
    if len(part.rows) > 1 or len(conditions) > 1:  # "both cost 50 EUR": each, or together
        return not any(c.exact for c in conditions)
    named = {stem_word(word) for word, _, _ in part.list_words()}
    return all(not named & c.stems and _has_peer(part, c, named) for c in conditions)


def _has_peer(part: Part, condition: Condition, named: set[str]) -> bool:
    """Whether a column is told by another name alone: "drew" of ``Drawn``, "sold out" of stock."""
    if condition.exact:
        return any(has_stem(condition.stems, stem) for stem in named)
    said = {stem_word(word.removeprefix("un")) for word, start, _ in part.list_words()
            if condition.start <= start < condition.end}  # fmt: skip
    return condition.marked and not said & condition.stems


def _find_only(part: Part) -> tuple[int, int] | None:
    """The place of an "only" that is said of a row: "only Alder has", "Alder is the only one".

    "Alder costs only 95 EUR" and "Alder only has singles" say nothing of other rows.
    """
    for match in _ONLY.finditer(part.text):
        start, end = match.span()
        beside = any(
            end <= a and part.text[end:a].strip().casefold() in ("", "the")
            for a, _ in part.rows.values()
        )
        inside = any(a <= start < b for a, b in part.rows.values())
        if not inside and (beside or _THE_ONLY.search(part.text, 0, start)):
            return start, end
    return None


def _count(
    part: Part, kind: str, conditions: Sequence[Condition], want: float
) -> tuple[bool | None, int, bool, Mapping[int, bool]] | None:
    """Whether a tally holds, a row that shows it, whether others could not change it, and its rows.

    Of each of these rows it tells whether what is said is so.
    """
    table = part.table
    first, *others = conditions
    if kind == "all" and others:
        # "All vegetarian dishes stay below 500": first of which rows, then what of them.
        rows = [row for row, met in first.met.items() if met]
        met = {row: others[0].met[row] for row in rows if row in others[0].met}
        complete = len(first.met) == len(table.rows) and len(met) == len(rows)
        if not met or (want and want != len(rows)):
            return (False, next(iter(first.met)), False, first.met) if want else None
    else:
        if kind == "all" and want and want != len(table.rows):
            return None  # "all three that have a guide ...": of which rows, and nothing of them
        known = [row for row in first.met if all(row in c.met for c in others)]
        met = {row: all(c.met[row] for c in conditions) for row in known}
        complete = len(met) == len(table.rows)
    if not met:
        return None
    yes = [row for row, said in met.items() if said]
    no = [row for row, said in met.items() if not said]
    if kind == "only":
        if any(row not in met for row in part.rows):
            return None
        wrong = [row for row in yes if row not in part.rows] or [r for r in part.rows if r in no]
        return (False if wrong else complete or None), (wrong or list(part.rows))[0], True, met
    if kind == "rows":
        met = {row: met[row] for row in part.rows if row in met}
        unknown = [row for row in part.rows if row not in met]
        wrong = [row for row in part.rows if row in no]
        return (False if wrong else None if unknown else True), (wrong or yes or no)[0], True, met
    if kind in ("none", "all"):
        wrong = yes if kind == "none" else no
        return (False if wrong else complete or None), (wrong or list(met))[0], True, met
    if kind == "any":
        return (True, yes[0], True, met) if yes else (False if complete else None, no[0], True, met)
    if kind in ("half", "most"):
        more = 2 * len(yes) == len(met) if kind == "half" else 2 * len(yes) > len(met)
        return (more if complete else None), (yes or no)[0], False, met
    holds = complete and len(yes) == want
    if holds:
        return True, yes[0] if yes else no[0], True, met
    return (False if complete else None), (yes or no)[0], want < len(yes), met


def _find_count(part: Part) -> Value | None:
    """The number of rows that a claim speaks of: "three of the hotels", "two hotels have"."""
    table = part.table
    for value in parse_values(part.text):
        if value.kind != "number" or value.bound or value.unit:
            continue
        several = _SEVERAL.match(part.text, value.end)
        noun = (several and several[1]) or ""
        if several is not None and (
            stem_word(noun) in table.nouns
            or not is_told(noun, table)
            or part.is_kind(several.start(1), stem_word(noun))
        ):
            return value
        near = [word for word, start, _ in part.list_words() if start >= value.end][:3]
        # "Four laptops weigh ...": what is counted first is what the rows are.
        plural = near[:1] and near[0].endswith("s") and not is_told(near[0], table)
        before = part.text[: value.start].strip().casefold()
        begins = re.fullmatch(r"(?:there (?:is|are|was|were)\s*)?(?:only|just|exactly)?", before)
        if several is None and plural and begins:
            return value
        # "There are four automatics": what is counted is told by a cell.
        if several is None and begins and _opens_condition(part, value.end):
            return value
        if several is None and {stem_word(word) for word in near} & table.nouns:
            return value
    return None
