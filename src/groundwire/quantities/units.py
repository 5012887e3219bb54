"""Units, currencies and number words as tables, and the reading of number words (English)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from groundwire.text.words import split_table

_SMALL = split_table(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TENS = split_table("twenty thirty forty fifty sixty seventy eighty ninety")
ONES = {word: i for i, word in enumerate(_SMALL)} | {
    word: 10 * i for i, word in enumerate(_TENS, start=2)
}
SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
# Without "first", which mostly opens a list of points, and "second", which is a time as well.
ORDINALS = {
    word: i
    for i, word in enumerate(
        split_table(
            "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
            "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
        ),
        start=3,
    )
}
SHORT_SCALES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12, "t": 1e12}
CURRENCY = {
    "$": "USD", "usd": "USD", "us$": "USD", "dollar": "USD", "dollars": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP", "gbp": "GBP", "pound sterling": "GBP", "pounds sterling": "GBP",
    "¥": "JPY", "jpy": "JPY", "yen": "JPY", "₹": "INR", "inr": "INR", "rupee": "INR",
    "rupees": "INR", "chf": "CHF", "cad": "CAD", "aud": "AUD",
}  # fmt: skip
# Without "in", mostly a preposition ("5 in Rome"): only right after feet it is read as inches.
_UNIT_NAMES = """
s 1: s sec secs second seconds
s 0.001: ms millisecond milliseconds
s 60: min mins minute minutes
s 3600: h hr hrs hour hours
s 86400: d day days
s 604800: week weeks wk wks
month 1: month months
month 12: year years yr yrs
g 1: g gram grams gramme grammes
g 0.001: mg milligram milligrams
g 0.000001: µg μg mcg microgram micrograms
g 1000: kg kgs kilogram kilograms kilo kilos
g 1000000: tonne tonnes
g 453.59237: lb lbs pound pounds
g 28.349523125: oz ounce ounces
m 1: m meter meters metre metres
m 0.01: cm centimeter centimeters centimetre centimetres
m 0.001: mm millimeter millimeters millimetre millimetres
m 1000: km kilometer kilometers kilometre kilometres
m 1609.344: mi mile miles
m 0.3048: ft foot feet
m 0.0254: inch inches
l 1: l L liter liters litre litres
l 0.001: ml mL milliliter milliliters millilitre millilitres
W 1: W watt watts
W 1000: kW kilowatt kilowatts
W 1000000: MW megawatt megawatts
Wh 1: Wh
Wh 1000: kWh
V 1: V volt volts
A 1: A amp amps ampere amperes
mAh 1: mAh
Hz 1: Hz hertz
Hz 1000: kHz
Hz 1000000: MHz
Hz 1000000000: GHz
B 1000: KB kB kilobyte kilobytes
B 1000000: MB megabyte megabytes
B 1000000000: GB gigabyte gigabytes
B 1000000000000: TB terabyte terabytes
km/h 1: km/h kph
km/h 1.609344: mph
dB 1: dB decibel decibels
m² 10000: hectare hectares
m² 4046.8564224: acre acres
"""
POWERS = {"m²": 2, "m³": 3}
"""Units that are a power of the meter."""
UNITS: dict[str, tuple[str, float]] = {
    name: (head.split()[0], float(head.split()[1]))
    for head, names in (line.split(":") for line in _UNIT_NAMES.strip().splitlines())
    for name in names.split()
}
MONTHS = split_table(
    "january february march april may june july august september october november december"
)


def read_number_words(words: str) -> tuple[float, float, int] | None:
    """Reads number words greedily: amount, step, and how many characters were read."""
    total = current = 0.0
    length, last, step, ceiling = 0, "", 1.0, float("inf")
    for token in re.finditer(r"[a-z]+", words.lower()):
        word = token[0]
        if word in ("a", "an"):
            current, last = 1.0, "one"
            continue
        if word == "and":
            continue
        if word in ONES:
            size = "tens" if ONES[word] >= 20 else "teen" if ONES[word] >= 10 else "one"
            if last and not (last == "scale" or (last == "tens" and size == "one")):
                break
            current, last, step = current + ONES[word], size, 1.0
        elif word == "dozen":
            return ((total + current) * 12, 1.0, token.end()) if current else None
        elif word == "hundred" and 0 < current < 100:
            current, last, step = current * 100, "scale", 100.0
        elif word != "hundred" and current > 0 and SCALES[word] < ceiling:
            total, ceiling, step = total + current * SCALES[word], SCALES[word], SCALES[word]
            current, last = 0.0, "scale"
        else:
            break
        length = token.end()
    return (total + current, step, length) if length else None


Kind: TypeAlias = Literal[
    "number", "ordinal", "percent", "money", "quantity", "date", "time", "decade"
]
Bound: TypeAlias = Literal["", "~", ">", "<"]


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where the text states it.

    Attributes:
        kind: what sort of value it is.
        start: offset of the first character.
        end: offset after the last character.
        text: exactly ``source[start:end]``.
        key: the comparable form: ``(amount,)`` in the base unit, ``(year, month, day)`` with
            None for what is not said, or ``(minutes after midnight,)``.
        unit: the base unit (``"s"``, ``"g"``, ``"USD"``, ``"%"``), None for bare numbers.
        step: size of the last place written (``1e6`` for ``181 million``), in the base unit.
        bound: ``"~"`` for "about", ``">"`` for "over", ``"<"`` for "under", else empty; of a
            date, ``"<"`` for "before" and ``">"`` for "after".
        rate: the span of time that it is stated for (``"day"`` for "per day"), else empty.
    """

    kind: Kind
    start: int
    end: int
    text: str
    key: tuple[float | None, ...]
    unit: str | None = None
    step: float = 0.0
    bound: Bound = ""
    rate: str = ""

    @property
    def approximate(self) -> bool:
        """Whether the text says that the value is not exact."""
        return bool(self.bound)
