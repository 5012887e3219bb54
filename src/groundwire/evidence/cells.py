"""Cells of records: their names, and what a name says of the value below it.

The unit of a column, the currency in a field beside an amount and the scale of a caption are
moved to the value, so that "Weight (kg)" over 12 reads as 12 kg, and "currency: EUR" beside
"amount: 84" as 84 EUR.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias, TypeGuard

from groundwire.quantities.units import CURRENCY, MONTHS, UNITS
from groundwire.text.english import WEEK
from groundwire.text.words import split_table


@dataclass(frozen=True, slots=True)
class Cell:
    """A named value of a record; the unit of a column stands with its value."""

    key: str
    value: str

    @property
    def name(self) -> str:
        """The last part of the key: ``amount`` of ``price: amount``."""
        return self.key.rpartition(": ")[2].strip()


Place: TypeAlias = tuple[str, int]
"""Name of a list or table and what tells a record of it from others, as in ``("row", 3)``."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a record.

    Attributes:
        start: offset of its first character in the text.
        end: offset after its last character.
        path: the records that it lies in, the outermost first; empty for a record by itself.
        cells: its named values; none in the head of a table, whose names stand in each row.
        lead: what stands before the cells: names of the records that hold it.
        note: what its cells come to, as a sentence that is read after them.
        across: whether each cell but the first is of another thing, which its key names.
    """

    start: int
    end: int
    path: tuple[Place, ...]
    cells: tuple[Cell, ...]
    lead: str = ""
    note: str = ""
    across: bool = False

    @property
    def reading(self) -> str:
        """The line as a model reads it: ``key: value; key: value.``."""
        parts = [f"{c.key}: {c.value}" if c.key else c.value for c in self.cells]
        if len(parts) > 1 and not self.cells[0].key:
            parts[:2] = [": ".join(parts[:2])]  # a row of a table without a name for its key
        cells = "; ".join(parts)
        told = f"{self.lead}{cells}" + ("" if cells.endswith((".", "!", "?")) else ".")
        return f"{told} {self.note}" if self.note else told


PLAIN_NUMBER = re.compile(r"[(\-−]?[$€£¥]?\s?\d[\d.,'’\s\u00a0\u202f]*\)?")


def is_row(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether the value is a list or tuple."""
    return isinstance(value, list | tuple)


def is_bare_number(value: object) -> bool:
    """Whether a value of a record is a number without a unit or any other word."""
    if isinstance(value, bool | Mapping) or is_row(value):
        return False
    return isinstance(value, int | float) or bool(PLAIN_NUMBER.fullmatch(str(value).strip()))


# "Weight (kg)", "Price [EUR]", "Price, EUR", "Price in EUR", "weight kg", "weight_kg".
_UNIT_IN_KEY = re.compile(
    r"^(?P<name>.+?)(?:\s*[(\[]\s*(?:in\s+)?(?P<bracket>[^()\[\]]{1,12})\s*[)\]]"
    r"|(?:,\s*|\s+in\s+|[\s_])(?P<bare>[^\s(),_]{1,12}))\s*$"
)
# "Price (EUR) low", where one name stands over those of several columns.
_UNIT_WITHIN = re.compile(r"(?P<name>[^()]{1,60}) \((?P<unit>[^()]{1,12})\) (?P<more>[^()]{1,60})")
# "price_per_kwh" is no number of kilowatt-hours, and visitors "per year" or "last year" no years.
_RATED = re.compile(r"(?:^|[\s_])(?:per|last|this|next|past|each|every|first)$", re.IGNORECASE)
# "price_usd_per_kg"
_MONEY_RATE = re.compile(
    r"(?P<name>.{1,60}?)[\s_](?P<code>[a-z]{3})[\s_](?P<more>per[\s_].{1,40})", re.IGNORECASE
)
_SCALE = re.compile(
    r"\b(?:in|of)\s+(?:(?P<first>[A-Z]{3}|US\$|[$€£¥])\s*)?(?P<size>thousands|millions|billions)"
    r"(?:\s+of\s+(?P<of>[\w.$€£]+(?:\s(?:dollars|pounds|sterling))?))?"
    r"|(?P<sign>[$€£¥])\s?(?P<short>thousands?|millions?|billions?|mn?|bn|k)\b"
    r"|\b(?P<code>[A-Z]{3})\s+(?P<word>thousands?|millions?|billions?|m|mn|bn)\b"
)
# "kusd", "TEUR", "mGBP", "usd_k", "EUR m", "eur_cents".
_MONEY_CODE = re.compile(
    r"(?:(?P<size>k|t|m|mn|mio|bn)(?P<code>[a-z]{3}|[€$£¥])"
    r"|(?P<first>[a-z]{3})[\s_](?P<last>k|m|mn|mio|bn|cents?))",
    re.IGNORECASE,
)
_CAPTION = 10
"""Words of a caption at most."""

_SIZES = {
    "k": "thousand", "t": "thousand", "m": "million", "mn": "million", "mio": "million",
    "bn": "billion",
}  # fmt: skip
# Rows of a table in millions that are no amounts of money, and so are not in millions.
_UNSCALED = re.compile(
    r"\bper\b|%|percent|ratio|margin|number of|employees|headcount|\bshares\b", re.IGNORECASE
)
PERIOD = re.compile(
    rf"(?:fy\s?|fiscal\s|year\s)?(?:(?:{'|'.join(WEEK)})s?|(?:{'|'.join(MONTHS)})|"
    r"(?:q[1-4]\s?)?(?:19|20)\d\d|q[1-4]|(?:mon|tue|wed|thu|fri|sat|sun))",
    re.IGNORECASE,
)
_DAY = re.compile(r"\b(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b\.?")
_DAYS = re.compile(rf"{_DAY.pattern}(?:\s?[-–—/&]\s?{_DAY.pattern})?")
_FEW_DAYS = 2
"""Columns from which on "Sat" and "Sun" are days."""

_SPANS = frozenset(
    split_table(
        "seconds minutes hours nights days weeks months years hectares acres kilometers kilometres "
        "miles kilograms liters litres"
    )
)
"""Names of columns that are the unit of what stands below them, in the plural."""

_CENTS = frozenset(split_table("cent cents pence"))
_LOWERED = {
    unit.lower(): unit
    for unit in split_table("MB GB TB kB kW kWh mAh kHz MHz GHz kPa kJ kN kV hPa")
}
"""Units as they stand in names that are written small throughout."""

_LETTERS = {
    "s": frozenset(
        split_table("time duration timeout latency elapsed interval delay runtime uptime lap ttl")
    ),
    "w": frozenset(("power", "wattage", "consumption")),
    "v": frozenset(("voltage",)),
}
"""Units of one letter behind what they measure: ``time_s``; elsewhere a letter is a name."""

_CURRENCY_KEYS = frozenset(split_table("currency ccy"))
_UNIT_KEYS = frozenset(split_table("unit units uom"))
_MONEY = frozenset(
    split_table(
        "amount price cost total subtotal fee fare value balance rent salary wage pay revenue "
        "sales budget net gross due paid charge deposit turnover profit income spend refund"
    )
)
"""Words in the names of amounts of money, which a field of their currency may stand beside."""

_MEASURED = frozenset(
    split_table(
        "amount value quantity qty weight size length width height depth volume reading result "
        "level measurement dose temperature speed distance stock min max"
    )
)
"""Words in the names of what is measured, which a field of its unit may stand beside."""

_COUNTED = frozenset(
    split_table("count qty quantity items number id percent pct rate nights units days discount")
)
_SHARES = frozenset(split_table("rate ratio share pct percent percentage probability fraction"))
_PERCENTS = frozenset(split_table("chance humidity likelihood probability"))
_HUNDREDTHS = re.compile(r"(?:[1-9]\d?|100)(?:\.\d)?")
"""A number that is written in hundredths where a name says that it is a share."""

# What is no share of a whole, though it may be below one.
_NO_SHARE = re.compile(
    r"\b(?:exchange|fx|currency|hourly|daily|heart|frame|interest|growth|inflation|per)\b",
    re.IGNORECASE,
)
_AREA = re.compile(r"[kcdm]?m[²³23]")
_FRACTION = re.compile(r"0?\.\d{2,}")


def spell_name(name: str) -> str:
    """Returns the name of a column as words: ``q2_sales`` as ``Q2 sales``."""
    words = name.replace("_", " ").strip() if " " not in name.strip() else name
    return re.sub(r"\bq([1-4])\b", r"Q\1", words)


def spell_names(names: Sequence[str]) -> list[str]:
    """Returns the names of columns as words; days that are cut short are written out."""
    spelled = [spell_name(name) for name in names]
    cut = [name for name in spelled if _DAYS.fullmatch(name)]
    if len(cut) < _FEW_DAYS:
        return spelled
    return [_write_days(name) if _DAYS.fullmatch(name) else name for name in spelled]


def _write_days(name: str) -> str:
    return _DAY.sub(lambda m: next(d for d in WEEK if d[:3] == m[0][:3].casefold()).title(), name)


def join_unit(key: str, value: str, scale: str, row: str, tops: Set[str]) -> tuple[str, str]:
    """Moves the unit of a column from its name to a bare number under it.

    Args:
        key: the name of the column.
        value: what stands below it.
        scale: what a caption says that bare numbers are counted in.
        row: what its row is called.
        tops: names of what other columns state the most of.
    """
    if not PLAIN_NUMBER.fullmatch(value):
        # "none" under "Battery (h)" is of the same column as the hours beside it.
        name, unit = _split_unit(key) if not any(map(str.isdigit, value)) else (key, "")
        return (name if unit and not _is_least(key, tops) else key), value
    if value.startswith("(") and value.endswith(")"):
        value = f"-{value[1:-1].strip()}"  # as accountants write what is below zero
    last = key.rpartition(": ")[2].strip().casefold()
    if last in _SPANS and not PERIOD.fullmatch(value):
        return key, f"{value} {last}"
    name, unit = _split_unit(key)
    if unit and not _is_least(key, tops):
        return name, _add_unit(value, unit)
    if scale and not _UNSCALED.search(row) and not PERIOD.fullmatch(value):
        return key, f"{value} {scale}"
    return key, value


def join_row_unit(name: str, values: Sequence[Cell]) -> tuple[str, list[Cell]]:
    """Moves the unit in the name of a row to the bare numbers behind it: "Weight (kg)"."""
    bare = [cell for cell in values if PLAIN_NUMBER.fullmatch(cell.value)]
    # "Race 5 km" is a name of a thing.
    plain, unit = _split_unit(name) if re.search(r"[(\[_]", name) else (name, "")
    if (
        not unit
        or 2 * len(bare) <= len(values)
        or all(PERIOD.fullmatch(cell.value) for cell in bare)
    ):
        return name, list(values)
    return plain, [
        replace(cell, value=_add_unit(cell.value, unit))
        if PLAIN_NUMBER.fullmatch(cell.value)
        else cell
        for cell in values
    ]


def _split_unit(key: str) -> tuple[str, str]:
    """Divides a name into what is named and its unit, which is empty where it has none."""
    words = re.split(r"[\s_]+", key.strip())
    for size in (2, 1):  # "price eur cents" before "price cents"
        if len(words) > size and (unit := _read_money(" ".join(words[-size:]))):
            return " ".join(words[:-size]), unit
    within = _UNIT_WITHIN.fullmatch(key)
    if within and _is_unit(within["unit"]):
        return f"{within['name']} {within['more']}", within["unit"]
    rate = _MONEY_RATE.fullmatch(key)
    if rate and len(CURRENCY.get(rate["code"].casefold(), "")) == len(rate["code"]):
        return f"{rate['name']} {rate['more']}", rate["code"].upper()
    match = _UNIT_IN_KEY.match(key)
    unit = (match["bracket"] or match["bare"]) if match else ""
    if match is None or not unit or _RATED.search(match["name"]) or match["name"][-1] == ":":
        return key, ""
    unit = _LOWERED.get(unit, unit)
    if match["bare"] and _read_words(match["name"]) & _LETTERS.get(unit, frozenset()):
        return match["name"], unit.upper() if unit in "wv" else unit
    if unit.casefold() in _CENTS:
        return match["name"].removesuffix(" in"), unit.casefold()
    if match["bracket"] and (money := _read_money(unit)):
        return match["name"], money
    return (match["name"], unit) if _is_unit(unit) else (key, "")


def _read_money(code: str) -> str:
    """A code of a currency with a scale in words: "kusd" as "thousand USD"; else nothing."""
    match = _MONEY_CODE.fullmatch(code)
    if match is None:
        return ""
    currency = (match["code"] or match["first"]).casefold()
    if currency not in CURRENCY or len(CURRENCY[currency]) != 3:
        return ""
    size = (match["size"] or match["last"]).casefold()
    return f"{_SIZES.get(size, size)} {CURRENCY[currency]}"


def _add_unit(value: str, unit: str) -> str:
    """A bare number with its unit; cents of a currency as a part of that currency."""
    size, _, code = unit.partition(" ")
    digits = value.replace(",", "")
    if size.startswith("cent") and code and digits.isdecimal():
        return f"{Decimal(digits) / 100:.2f} {code}"
    folded = unit.casefold()
    if folded in ("pct", "percent"):
        # What is below one may be either: a share, or a part of a percent.
        return value if _FRACTION.fullmatch(value) else f"{value}%"
    # Codes of currencies are written in capitals, whatever the key is written in.
    capital = len(unit) == 3 and unit.isalpha() and folded in CURRENCY
    return f"{value} {unit.upper() if capital else unit}"


def find_currency(cells: Sequence[Cell]) -> Cell | None:
    """The one field of an object that names a currency; None where there is none, or several."""
    return _find_sibling(cells, _CURRENCY_KEYS)


def join_siblings(cells: Sequence[Cell], above: Cell | None = None) -> list[Cell]:
    """Gives the values of one object the currency and the unit that fields beside them name.

    Args:
        cells: those of one object, with the units of their own names.
        above: the field of a currency in an object that holds this one.

    Returns:
        The cells, in order; a field of a unit stays as it is.
    """
    currency, unit = find_currency(cells) or above, _find_sibling(cells, _UNIT_KEYS)
    if unit is not None and unit.value.casefold() in CURRENCY:
        currency, unit = currency or unit, None
    if currency is None and unit is None:
        return list(cells)
    whose = {cell: _read_words(cell.name) for cell in cells}
    named = _CURRENCY_KEYS | _UNIT_KEYS
    # A "unit price" is a price, and no unit.
    bare = [
        c
        for c in cells
        if PLAIN_NUMBER.fullmatch(c.value) and (not whose[c] & named or whose[c] & _MONEY)
    ]
    money = [c for c in bare if whose[c] & _MONEY and not whose[c] & _COUNTED]
    cents = [c for c in cells if currency and re.fullmatch(r"\d+ (?:cents?|pence)", c.value)]
    money += [c for c in cents if whose[c] & _MONEY]
    if unit is not None and currency is None:
        money = [c for c in money if not whose[c] & _MEASURED]
    measured = [c for c in bare if whose[c] & _MEASURED and c not in money]
    if not measured and not money and len(bare) == 1 and currency is None:
        measured = bare
    joined = {}
    for cell in money:
        value = cell.value
        if currency is not None and _is_of(currency, cell):
            number, _, part = value.partition(" ")
            value = _add_unit(number, f"{part} {currency.value.upper()}".strip())
        if unit is not None and not measured and whose[cell] & {"price", "cost"}:
            value = f"{value} per {unit.value}"
        joined[cell] = value
    for cell in measured:
        if unit is not None and _is_of(unit, cell):
            joined[cell] = _add_unit(cell.value, unit.value)
    return [replace(cell, value=joined.get(cell, cell.value)) for cell in cells]


def _find_sibling(cells: Sequence[Cell], keys: Set[str]) -> Cell | None:
    """The one field that names a currency or a unit; none where several differ."""
    found = [
        cell
        for cell in cells
        if (words := _read_words(cell.name)) & keys
        and len(words) <= 2
        and (_is_unit(cell.value) or _is_unit(cell.value.partition("/")[0]))
        and (keys is not _CURRENCY_KEYS or cell.value.casefold() in CURRENCY)
    ]
    return found[0] if len({cell.value for cell in found}) == 1 else None


def _is_of(sibling: Cell, cell: Cell) -> bool:
    """Whether a field names the unit of another: "weight unit" is that of the weight alone."""
    own = _read_words(sibling.name) - _CURRENCY_KEYS - _UNIT_KEYS - {"code", "of"}
    return own <= _read_words(cell.name)


def _read_words(name: str) -> frozenset[str]:
    return frozenset(re.split(r"[\s_-]+", name.casefold()))


def write_share(cell: Cell) -> Cell:
    """Returns a cell whose share stands as a percentage: "rate: 0.4 (40%)", "humidity: 81%"."""
    words = re.split(r"[\s_-]+", cell.name.casefold())
    last = words[-1]
    if _PERCENTS & {*words} and _HUNDREDTHS.fullmatch(cell.value):
        return replace(cell, value=f"{cell.value}%")
    if last not in _SHARES or not _FRACTION.fullmatch(cell.value) or _NO_SHARE.search(cell.key):
        return cell
    percent = (Decimal(cell.value) * 100).normalize()
    return replace(cell, value=f"{cell.value} ({percent:f}%)")


def _is_least(key: str, tops: Set[str]) -> bool:
    """Whether a name says "the least", and no minutes: another one says "the most" of it."""
    name, _, last = key.casefold().rpartition(" ")
    return last == "min" and name.rpartition(": ")[2] in tops


def _is_unit(word: str) -> bool:
    folded = word.strip(".").casefold()
    head, slash, rest = word.partition("/")
    if slash and word not in UNITS:
        return rest.isalpha() and _is_unit(head)  # "€/month"
    if _AREA.fullmatch(word):
        return True
    if folded in ("%", "pct", "percent", "°c", "°f"):
        return True
    if word.isalpha() and word.islower() and len(word) == 1 and word not in "gmlh":
        return False
    return word in UNITS or folded in CURRENCY or (folded in UNITS and len(folded) > 1)


def read_unit(text: str) -> str:
    """A text that is a unit and no more, as it stands behind numbers; else nothing."""
    word = text.strip()
    return word if _is_unit(word) else ""


def read_caption(text: str) -> str:
    """The scale of a line that is a caption, and no prose: "All amounts in thousands of EUR."."""
    return read_scale(text) if len(text.split()) <= _CAPTION else ""


def read_scale(caption: str) -> str:
    """What numbers under a caption are counted in: "(in millions of dollars)" as a phrase."""
    match = _SCALE.search(caption)
    if match is None:
        return ""
    size = match["size"] or match["short"] or match["word"] or ""
    size = _SIZES.get(size, size.removesuffix("s"))
    money = match["of"] or match["first"] or match["sign"] or match["code"] or ""
    return f"{size} {money}".strip()
