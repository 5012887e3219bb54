"""Units, currencies, numerals and months as tables; a unit read around a number (English)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from groundwire.quantities.value import Kind
from groundwire.text.words import split_table

MONTHS = split_table(
    "january february march april may june july august september october november december"
)
_SMALL = split_table(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TENS = split_table("twenty thirty forty fifty sixty seventy eighty ninety")
ONES = {word: i for i, word in enumerate(_SMALL)} | {
    word: 10 * i for i, word in enumerate(_TENS, start=2)
}
SCALES = {
    "hundred": 1e2, "thousand": 1e3, "lakh": 1e5, "million": 1e6, "crore": 1e7, "billion": 1e9,
    "trillion": 1e12,
}  # fmt: skip
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
SHORT_SCALES = {
    "k": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "bn": 1e9, "b": 1e9, "mrd": 1e9, "tn": 1e12,
    "t": 1e12,
}  # fmt: skip

_CURRENCY_NAMES = """
USD: $ us$ usd dollar dollars
CAD: c$ ca$ cad
AUD: a$ au$ aud
NZD: nz$ nzd
HKD: hk$ hkd
SGD: s$ sgd
MXN: mx$ mxn
BRL: r$ brl
EUR: € eur euro euros
GBP: £ gbp
JPY: jpy yen
CNY: cny rmb yuan renminbi
¥: ¥
INR: ₹ inr rupee rupees
CHF: chf franc francs
SEK: sek
NOK: nok
DKK: dkk
kr: kr
RUB: ₽ rub ruble rubles rouble roubles
PLN: zł pln zloty zlotys
KRW: ₩ krw won
TRY: ₺ try
ILS: ₪ ils shekel shekels
UAH: ₴ uah hryvnia
CZK: kč czk
HUF: huf forint forints
ZAR: zar rand
THB: ฿ thb baht
"""
CURRENCY = {
    name: head
    for head, names in (line.split(":") for line in _CURRENCY_NAMES.strip().splitlines())
    for name in names.split()
}
"""Codes of currencies by their names and signs; ``¥`` and ``kr`` are those of several."""
SHARED = {
    "¥": frozenset(("JPY", "CNY")),
    "kr": frozenset(("SEK", "NOK", "DKK")),
}
"""Signs that do not tell which of several currencies is meant."""
DOLLARS = frozenset(("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN"))

_UNIT_NAMES = """
s 1: s sec secs second seconds
s 0.001: ms millisecond milliseconds
s 0.000001: µs μs microsecond microseconds
s 0.000000001: ns nanosecond nanoseconds
s 60: min mins minute minutes
s 3600: h hr hrs hour hours
s 86400: d day days
s 604800: week weeks wk wks
s 1209600: fortnight fortnights
working-day 1: workday workdays
month 1: month months
month 12: year years yr yrs
month 120: decade decades
month 1200: century centuries
g 1: g gram grams gramme grammes
g 0.001: mg milligram milligrams
g 0.000001: µg μg mcg ug microgram micrograms
g 0.000000001: ng nanogram nanograms
g 1000: kg kgs kilogram kilograms kilo kilos
g 1000000: t tonne tonnes
ton 1: ton tons
g 453.59237: lb lbs pound pounds
g 28.349523125: oz ounce ounces
m 1: m meter meters metre metres
m 0.01: cm centimeter centimeters centimetre centimetres
m 0.001: mm millimeter millimeters millimetre millimetres
m 0.000001: µm μm um micron microns micrometer micrometers micrometre micrometres
m 0.000000001: nm nanometer nanometers nanometre nanometres
m 1000: km kilometer kilometers kilometre kilometres
m 1609.344: mi mile miles
m 1852: nmi
m 0.3048: ft foot feet
m 0.9144: yd yds yard yards
m 0.0254: inch inches
m³ 0.001: l L liter liters litre litres
m³ 0.000001: ml mL milliliter milliliters millilitre millilitres cc
m³ 0.00001: cl cL centiliter centiliters centilitre centilitres
m³ 0.0001: dl dL deciliter deciliters decilitre decilitres
m³ 0.000000001: µl μl µL μL microliter microliters microlitre microlitres
m³ 0.003785411784: gal gallon gallons
m³ 0.000946352946: quart quarts
m³ 0.000473176473: pint pints
m³ 0.0000147867647813: tbsp tablespoon tablespoons
m³ 0.0000049289215938: tsp teaspoon teaspoons
W 1: W watt watts
W 0.001: mW milliwatt milliwatts
W 1000: kW kilowatt kilowatts
W 1000000: MW megawatt megawatts
W 1000000000: GW gigawatt gigawatts
W 745.7: hp horsepower
Wh 1: Wh
Wh 1000: kWh
Wh 1000000: MWh
Wh 1000000000: GWh
Wh 0.000277777777777778: J joule joules
Wh 0.277777777777777778: kJ kilojoule kilojoules
Wh 277.777777777777778: MJ megajoule megajoules
Wh 277777.777777777778: GJ gigajoule gigajoules
Wh 0.00116222222222222: cal
Wh 1.16222222222222: kcal kilocalorie kilocalories
V 1: V volt volts
V 0.001: mV millivolt millivolts
V 1000: kV kilovolt kilovolts
A 1: A amp amps ampere amperes
A 0.001: mA milliamp milliamps milliampere milliamperes
mAh 1: mAh
mAh 1000: Ah
Ω 1: Ω ohm ohms
Ω 1000: kΩ
N 1: N newton newtons
N 1000: kN
Pa 1: Pa pascal pascals
Pa 100: hPa mbar millibar millibars
Pa 1000: kPa
Pa 1000000: MPa
Pa 100000: bar bars
Pa 6894.757293168: psi
Pa 101325: atm
Pa 133.322387415: mmHg
Hz 1: Hz hertz
Hz 1000: kHz
Hz 1000000: MHz
Hz 1000000000: GHz
rpm 1: rpm RPM
B 1: byte bytes
B 0.125: bit bits
B 125: kbit Kbit Kb kb
B 125000: Mbit Mb megabit megabits
B 125000000: Gbit Gb gigabit gigabits
B 1000: KB kB kilobyte kilobytes
B 1000000: MB megabyte megabytes
B 1000000000: GB gigabyte gigabytes
B 1000000000000: TB terabyte terabytes
B 1000000000000000: PB petabyte petabytes
B 1024: KiB kibibyte kibibytes
B 1048576: MiB mebibyte mebibytes
B 1073741824: GiB gibibyte gibibytes
B 1099511627776: TiB tebibyte tebibytes
B/s 125: kbps Kbps
B/s 125000: Mbps mbps
B/s 125000000: Gbps gbps
km/h 1: km/h kph kmh
km/h 1.609344: mph
km/h 3.6: m/s
km/h 1.852: knot knots kn
mol/l 1: molar
mol/l 0.001: mM millimolar
mol/l 0.000001: µM μM uM micromolar
mol/l 0.000000001: nM nanomolar
mol 1: mol mole moles
mol 0.001: mmol millimole millimoles
mol 0.000001: µmol μmol umol
ppm 1: ppm
ppm 0.001: ppb
dB 1: dB decibel decibels
lm 1: lm lumen lumens
lx 1: lx lux
m² 10000: ha hectare hectares
m² 4046.8564224: acre acres
"""
UNITS: dict[str, tuple[str, float]] = {
    name: (head.split()[0], float(head.split()[1]))
    for head, names in (line.split(":") for line in _UNIT_NAMES.strip().splitlines())
    for name in names.split()
}
COMPOUND = {"km/h": ("m", "s", 1000 / 3600), "B/s": ("B", "s", 1.0), "mol/l": ("mol", "m³", 1000.0)}
"""Base units that are a rate of another one: that unit, what it is stated for, and a factor."""
KELVIN = 273.15
_ZEROS = {"C": (1.0, 0.0), "F": (5 / 9, 32.0), "K": (1.0, KELVIN)}
_SPANS = {1.0: "second", 60.0: "minute", 3600.0: "hour", 86400.0: "day", 604800.0: "week"}

_PERCENT = re.compile(
    r"\s{0,3}(?:(?P<points>-?\s?percentage[\s-]points?\b|-?\s?per\s?cent points?\b|pp\b(?!\.))"
    r"|(?P<basis>-?\s?basis[\s-]points?\b|bps?\b)"
    r"|(?P<mille>‰)|%(?:[\s-](?P<of>points?)\b)?|-?\s?per\s?cent\b)",
    re.I,
)
_DEGREES = re.compile(r"\s*(?:°\s*([CF])|degrees?\s+(celsius|fahrenheit))\b", re.I)
_KELVIN = re.compile(r"\s(?:K(?![\w-])|kelvin\b)")
_WORDS = re.compile(
    r"[\s-]{0,2}(?:(?P<work>(?:working|business)[\s-]days?)|(?P<sea>nautical[\s-]miles?)"
    r"|(?P<imp>imperial[\s-]gallons?)|(?P<us>US[\s-]gallons?)|(?P<fluid>fl\.?\s?oz\b|fluid ounces?)"
    r"|(?P<short>short tons?)|(?P<metric>metric tons?))\b",
    re.I,
)
_WORD_UNITS = {
    "work": ("working-day", 1.0),
    "sea": ("m", 1852.0),
    "imp": ("m³", 0.00454609),
    "us": ("m³", 0.003785411784),
    "fluid": ("m³", 0.0000295735295625),
    "short": ("g", 907184.74),
    "metric": ("g", 1e6),
}
_UNIT = re.compile(
    r"[\s-]{0,2}([A-Za-zµμΩ]+/[a-z]\b|[A-Za-zµμΩ]+)(?![A-Za-zµμ\d-])|-([A-Za-z]+)(?=-)"
)
_POWER = re.compile(
    r"[\s-]{0,2}(?:(square|sq|cubic|cu)\.?[\s-]+([a-z]+)\b"
    r"|(mm|cm|dm|m|km|ft|mi|in)(?:\^?([23])(?!\w)|([²³])))",
    re.I,
)
# "0.1 M NaOH" is molar; "5 M users" are millions
_MOLAR = re.compile(r"\sM(?=\s?(?:$|[.,;)]|(?:solution|of)\b|[A-Z][a-z]?[A-Z\d₀-₉(]))")
_CODES = "|".join(code for code in dict.fromkeys(CURRENCY.values()) if len(code) == 3)
# "won" is a verb, too: "in 2014 won"
_NAMES = "|".join(
    sorted({name for name in CURRENCY if name.isalpha() and len(name) > 3} | {"yen"}, reverse=True)
)
_MONEY_AFTER = re.compile(
    rf"[\s-]?((?:U\.?S\.?\s)?(?:{_NAMES})|kr|zł|kč|pounds? sterling|won(?=[.,;)]|$)"
    rf"|(?-i:{_CODES}|RMB))\b|\s?([$€£₽₩₺₪₴])(?!\s?\d)",
    re.I,
)
# "760 kEUR", "3.4 M€", "1.5 Mio. EUR"
_MONEY_SCALED = re.compile(
    rf"\s?(k|[Mm]n?|[Bb]n|Mio\.?|Mrd\.?)\s?(?:({_CODES})(?![A-Za-z])|([$€£])(?!\s?\d))"
)
_MONEY_BEFORE = re.compile(
    r"((?:US|CA?|AU?|NZ|HK|S|MX|R)\$|[$€£¥₹₽₩₺₪₴฿]|(?<![A-Za-z])(?:[A-Z]{3}|kr|Kč|zł)(?![A-Za-z]))"
    r"\s?$"
)
_CENTS = re.compile(r"[\s-]?(cents?|pence|ct(?=/))\b", re.I)
_SHORT_AFTER = re.compile(r"\s?(k|mn|m|bn|b|tn|t)\b", re.I)
# "45.5K followers" are thousands: of several. "Cooled to 77K using nitrogen" are kelvins.
_SHORT_NUMBER = re.compile(
    r"(M|mn|bn|B|k)(?![\w-])"
    r"|(K)(?=\s(?!(?:and|are|at|before|but|by|for|from|in|is|of|on|or|than|the|to|was|with|under|"
    r"when|while|using|after|until|within)\b)(?:[a-z]+\s)?(?:people|children|[a-z]{2,}[^\Wius]s)\b)"
)
_WORDLIKE = frozenset("AdtN")
"""Units that are more often words after a space, unless they end a clause ("3 d dies")."""
_CLOSED = re.compile(r"\s?(?:[.,;)]|$)")
_DIGITS_ONLY = frozenset(("mole", "moles", "bar", "bars", "mol", "ton", "tons"))
"""Units that are other things after a number in words ("two bars")."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it is read around a number.

    Attributes:
        kind: what sort of value it makes.
        base: its base unit, None where there is none.
        factor: what the number is multiplied with.
        zero: what is subtracted from the number before.
        start: offset of the first character of number and unit.
        end: offset after the last one.
    """

    kind: Kind
    base: str | None
    factor: float
    zero: float
    start: int
    end: int


def find_unit(name: str) -> tuple[str, float] | None:
    """Returns the base unit and the factor of a unit's name; long names in any case."""
    return UNITS.get(name) or (UNITS.get(name.lower()) if len(name) > 3 else None)


def find_rate(name: str) -> str:
    """Returns the name under which a unit stands after "per" or "/": "hour" for "h"."""
    entry = find_unit(name)
    if entry is None:
        return ""
    if entry[0] == "s":
        return _SPANS.get(entry[1], "")
    return name


def read_unit(text: str, start: int, end: int, before: str, digits: bool) -> Unit:
    """Reads what stands before and after a number.

    Args:
        text: the text.
        start: offset of the number.
        end: offset after it.
        before: what stands before the number.
        digits: whether it is written in digits.
    """
    money = _MONEY_BEFORE.search(before)
    code = CURRENCY.get(money[1].lower()) if money else None
    if money and code:
        factor, short = 1.0, _SHORT_AFTER.match(text, end)
        if short:
            factor, end = SHORT_SCALES[short[1].lower()], short.end()
        return Unit("money", code, factor, 0.0, start - len(money[0]), end)
    if match := _MONEY_SCALED.match(text, end):
        factor = SHORT_SCALES[match[1].rstrip(".").lower()]
        code = CURRENCY[(match[2] or match[3]).lower()]
        return Unit("money", code, factor, 0.0, start, match.end())
    if match := _MONEY_AFTER.match(text, end):
        name = re.sub(r"^u\.?s\.?\s", "", (match[1] or match[2]).lower())
        code = "GBP" if name.endswith("sterling") else CURRENCY[name]
        return Unit("money", code, 1.0, 0.0, start, match.end())
    if match := _CENTS.match(text, end):
        code = "GBP" if match[1].lower() == "pence" else "USD"
        return Unit("money", code, 0.01, 0.0, start, match.end())
    if match := _PERCENT.match(text, end):
        base, factor = "%", 1.0
        if match["points"] or match["of"]:
            base = "pp"
        elif match["basis"]:
            base, factor = "pp", 0.01
        elif match["mille"]:
            factor = 0.1
        return Unit("percent", base, factor, 0.0, start, match.end())
    return _measure(text, start, end, digits)


def _measure(text: str, start: int, end: int, digits: bool) -> Unit:
    """A unit of measure after a number, or none."""
    if match := _DEGREES.match(text, end):
        factor, zero = _ZEROS[(match[1] or match[2])[0].upper()]
        return Unit("quantity", "°C", factor, zero, start, match.end())
    if digits and (match := _KELVIN.match(text, end)):
        return Unit("quantity", "°C", *_ZEROS["K"], start, match.end())
    if (match := _POWER.match(text, end)) and (power := _power(match)):
        return Unit("quantity", *power, 0.0, start, match.end())
    if match := _WORDS.match(text, end):
        return Unit("quantity", *_WORD_UNITS[match.lastgroup or ""], 0.0, start, match.end())
    if digits and (match := _MOLAR.match(text, end)):
        return Unit("quantity", "mol/l", 1.0, 0.0, start, match.end())
    if match := _UNIT.match(text, end):
        group = 1 if match[1] else 2
        name, stop = match[group], match.end(group)
        entry = find_unit(name)
        if entry is None and "/" in name:
            name, stop = name.partition("/")[0], match.start(group) + name.index("/")
            entry = find_unit(name)
        written = digits or (len(name) > 2 and name not in _DIGITS_ONLY)
        word = text[end] == " " and name in _WORDLIKE and not _CLOSED.match(text, stop)
        if entry and written and not word:
            return Unit("quantity", *entry, 0.0, start, stop)
    if digits and (match := _SHORT_NUMBER.match(text, end)):
        scale = SHORT_SCALES[(match[1] or match[2]).lower()]
        return Unit("number", None, scale, 0.0, start, match.end())
    return Unit("number", None, 1.0, 0.0, start, end)


def _power(match: re.Match[str]) -> tuple[str, float] | None:
    """The unit of an area or a volume and its factor."""
    name = (match[2] or match[3]).lower()
    entry = UNITS.get("inch" if name == "in" else name, ("", 0.0))
    entry = ("m", 0.1) if name == "dm" else entry
    cubic = (match[1] or "").lower().startswith("cu") or (match[4] or match[5]) in ("3", "³")
    exponent = 3 if cubic else 2
    return ("m³" if cubic else "m²", entry[1] ** exponent) if entry[0] == "m" else None
