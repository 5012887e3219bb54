"""Degrees: words that compare things, what they measure, and which end of it they name.

"Cheaper" is a price that is lower, "the oldest" a year that is earlier or an age that is higher,
"the most rooms" more of what is named behind it. Which column of a table is meant follows from the
word, from the names of the columns, and from their units.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groundwire.quantities.units import ORDINALS
from groundwire.text.words import STOP, split_table
from groundwire.verify.tables.columns import TOKEN, Column, has_stem, stem_word

_NAMED = frozenset(
    split_table("higher highest larger largest bigger biggest greater greatest longest longer "
                "maximum minimum lower lowest smaller smallest shorter shortest most more fewest "
                "fewer least less better best worst worse top")
)  # fmt: skip
"""Words of any measure: the column that is named beside them is meant."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """What a word measures.

    Attributes:
        up: whether the word names the upper end.
        names: words of the names of columns that state it.
        unit: what such a column is counted in, where that alone tells it; else empty.
        turned: words of columns of which it names the other end: "faster" takes less time.
        turned_unit: likewise.
    """

    up: bool
    names: tuple[str, ...]
    unit: str = ""
    turned: tuple[str, ...] = ()
    turned_unit: str = ""

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems of ``names``."""
        return tuple(map(stem_word, self.names))

    @property
    def turned_stems(self) -> tuple[str, ...]:
        """The stems of ``turned``."""
        return tuple(map(stem_word, self.turned))

    @property
    def dated(self) -> bool:
        """Whether it is of when a thing was made."""
        return self.names == _DATED


_SIZE = (
    *("size", "amount", "area", "population", "capacity", "volume", "rooms", "seats"),
    "employees",
)
_DATED = ("founded", "born", "released", "date", "constructed")
# Base unit of each kind of column: grams, meters, seconds, money of any currency.
_MEASURES: dict[str, _Measure] = {
    word: measure
    for words, measure in (
        ("cheaper cheapest", _Measure(False, ("price",), "money")),
        ("dearer dearest costlier costliest pricier priciest", _Measure(True, ("price",), "money")),
        ("heavier heaviest", _Measure(True, ("weight",), "g")),
        ("lighter lightest", _Measure(False, ("weight",), "g")),
        ("longer longest", _Measure(True, ("length", "duration", "distance"), "m")),
        ("shorter shortest", _Measure(False, ("length", "duration", "distance"), "m")),
        ("taller tallest", _Measure(True, ("height",), "m")),
        ("higher highest", _Measure(True, ("height",))),
        ("lower lowest", _Measure(False, ("height",))),
        ("older oldest", _Measure(True, ("age",), "", _DATED)),
        ("younger youngest", _Measure(False, ("age",), "", _DATED)),
        ("newer newest latest later", _Measure(True, _DATED)),
        ("earlier earliest before", _Measure(False, _DATED)),
        ("after", _Measure(True, _DATED)),
        ("faster fastest quicker quickest", _Measure(True, ("speed",), "m/s", ("duration",), "s")),
        ("slower slowest", _Measure(False, ("speed",), "m/s", ("duration",), "s")),
        ("hotter hottest warmer warmest", _Measure(True, ("temperature",), "°C")),
        ("colder coldest cooler coolest", _Measure(False, ("temperature",), "°C")),
        ("brighter brightest", _Measure(True, ("brightness", "light"), "lm")),
        ("louder loudest noisier noisiest", _Measure(True, ("noise", "loudness"), "dB")),
        ("quieter quietest", _Measure(False, ("noise", "loudness"), "dB")),
        ("deeper deepest", _Measure(True, ("depth",))),
        ("wider widest broader broadest", _Measure(True, ("width",))),
        ("narrower narrowest", _Measure(False, ("width",))),
        ("thicker thickest", _Measure(True, ("thickness",))),
        ("thinner thinnest", _Measure(False, ("thickness",))),
        ("closer closest nearer nearest", _Measure(False, ("distance",), "m")),
        ("farther farthest further furthest", _Measure(True, ("distance",), "m")),
        ("larger largest bigger biggest greater greatest", _Measure(True, _SIZE)),
        ("smaller smallest", _Measure(False, _SIZE)),
        ("better best top", _Measure(True, ("rating",))),
        ("worse worst", _Measure(False, ("rating",))),
        ("most more maximum", _Measure(True, ())),
        ("fewest fewer least less minimum", _Measure(False, ())),
    )
    for word in split_table(words)
}
# Adjectives behind "more" and "most", "less" and "least".
_ADJECTIVES: dict[str, _Measure] = {
    "expensive": _Measure(True, ("price",), "money"),
    "costly": _Measure(True, ("price",), "money"),
    "affordable": _Measure(False, ("price",), "money"),
    "populous": _Measure(True, ("population",)),
    "recent": _Measure(True, _DATED),
    "recently": _Measure(True, _DATED),
}
# What is compared where the verb alone says it: "costs more", "weighs least".
_VERBS = {
    stem_word(verb): stem_word(name)
    for verb, name in (
        ("costs", "price"), ("weighs", "weight"), ("lasts", "duration"), ("takes", "duration"),
        ("earns", "salary"), ("paid", "salary"),
    )
}  # fmt: skip
_GOOD = frozenset(split_table("better best worse worst top"))
_MORE_IS_BETTER = re.compile(
    r"\b(?:rating|rated|reviews?|stars?|accuracy|uptime|satisfaction)\b", re.IGNORECASE
)
_SIZED = frozenset(split_table("larger largest bigger biggest greater greatest smaller smallest"))
_RANKING = frozenset(
    map(stem_word, split_table("rank ranking position place priority grade seed tier level class"))
)
"""Stems of columns in which the first is the highest."""

_LONG = frozenset(split_table("longer longest shorter shortest"))
_MUCH = frozenset(split_table("more most less least"))
_RANKS = {"second": 2, **ORDINALS}
_ORDER = frozenset(("before", "after"))
"""Words that need no "than" to set one thing against another."""

_COMPARED = _ORDER | {"more", "less", "better", "worse"} | {w for w in _MEASURES if w[-2:] == "er"}
_BOUND = re.compile(r"\s+(?:than\s+)?(?:[€$£]\s?)?\d|\s+than\s+(?:a|one|two|half|\w+teen|\w+ty)\b")
"""What follows a word that bounds a value and compares no rows: "less than 100"."""

_OF_TWO = re.compile(r"\s+(?:[^\W\d_]+\s+)?of\s+the\b|\s+one\b")
_NUMBERED = re.compile(r"\d+(?:st|nd|rd|th)")


@dataclass(frozen=True, slots=True)
class Degree:
    """A word of a text that compares.

    Attributes:
        start: offset of its first character.
        end: offset after its last character.
        words: the words that it consists of, small.
        measure: what it measures.
        compares: whether it sets two against each other ("cheaper than").
        rank: 1 for the first of all, 2 for the second.
    """

    start: int
    end: int
    words: tuple[str, ...]
    measure: _Measure
    compares: bool
    rank: int = 1

    @property
    def upward(self) -> bool:
        """Whether it names the upper end of its measure."""
        less = self.words[0] in ("less", "least") and len(self.words) > 1
        return self.measure.up != less


_STEMS_DATED = frozenset(map(stem_word, _DATED))
_SINCE = frozenset(
    map(stem_word, split_table("joined hired started since updated arrived due expires valid"))
)
"""Stems of columns with a date that tells no age."""


def find_degrees(text: str) -> Iterator[Degree]:
    """Yields the words of a text that compare things.

    Left out are quantifiers ("most hotels", "at least 3"), bounds ("more than 100") and what is
    one of several ("among the cheapest").
    """
    words = [(m[0].casefold(), m.start(), m.end()) for m in TOKEN.finditer(text)]
    forms = [word for word, _, _ in words]
    for i, (word, start, end) in enumerate(words):
        measure = _MEASURES.get(word)
        if measure is None or _is_one_of_many(forms, i):
            continue
        own: tuple[str, ...] = (word,)
        compares = word in _COMPARED
        if word in ("more", "most", "less", "least") and forms[i + 1 : i + 2]:
            adjective = _ADJECTIVES.get(forms[i + 1])
            if adjective is not None:
                own, measure, end = (word, forms[i + 1]), adjective, words[i + 1][2]
        if compares and forms[i - 1 : i] == ["the"] and _OF_TWO.match(text, end):
            compares = False  # "the cheaper of the two" is the cheapest of them
        elif compares:
            if _BOUND.match(text, end) or (word not in _ORDER and "than" not in forms[i + 1 :]):
                continue
        elif own == (word,) and word in ("most", "least") and not _is_superlative(forms, i):
            continue
        rank = _read_rank(forms, i)
        start = start if rank == 1 else words[i - 1][1]
        yield Degree(start, end, own, measure, compares, rank)


def _is_superlative(forms: Sequence[str], i: int) -> bool:
    """Whether "most" is the most of something: "most hotels" and "at most" are not."""
    before = forms[i - 1] if i else ""
    after = forms[i + 1] if i + 1 < len(forms) else ""
    return before == "the" and after != "of"


def _is_one_of_many(forms: Sequence[str], i: int) -> bool:
    near = forms[max(0, i - 3) : i]
    return "among" in near or ("one" in near and "of" in near)


def _read_rank(forms: Sequence[str], i: int) -> int:
    """2 for "the second cheapest", 1 where nothing is counted."""
    before = forms[i - 1] if i else ""
    if _NUMBERED.fullmatch(before):
        return int(re.sub(r"\D", "", before))
    return _RANKS.get(before, 1)


def choose_column(
    degree: Degree, text: str, columns: Sequence[Column], taken: frozenset[str]
) -> tuple[Column, bool] | None:
    """Returns the column that a degree is of and whether its upper end is meant.

    Args:
        degree: a degree of the text.
        text: the clause, from whose words columns are known by their names.
        columns: those of the table.
        taken: stems of words that name rows, and so no column.

    Returns:
        None where no column fits, or several do.
    """
    said = [
        stem_word(m[0])
        for m in sorted(TOKEN.finditer(text), key=lambda m: (m.start() < degree.end, m.start()))
        if m[0].casefold() not in STOP and m[0].casefold() not in degree.words
    ]
    named = [stem for stem in said if stem not in taken]
    if not degree.measure.dated and not degree.measure.turned:
        columns = [column for column in columns if column.kind not in ("date", "time")]
    elif degree.measure.dated:
        columns = [column for column in columns if _is_dated(column)]
    # "Costs more" is of a price; "the longest costs 390" is none.
    verbs = [_VERBS[stem] for stem in said if stem in _VERBS]
    word = degree.words[0]
    if word in _LONG:
        columns = [column for column in columns if column.kind != "money"]
        verbs = [stem for stem in verbs if stem == "duration"]
    elif word not in _MUCH:
        verbs = []
    upward = degree.upward
    if degree.words[0] in _NAMED and len(degree.words) == 1:
        hits = [(sum(has_stem(column.stems, stem) for stem in named), column) for column in columns]
        most = max((n for n, _ in hits), default=0)
        best = [column for n, column in hits if n == most and n]
        if len(best) > 1:
            # "The largest hotel by rooms": the name that comes first behind the word counts.
            near = next((s for s in named if any(has_stem(c.stems, s) for c in best)), "")
            best = [column for column in best if has_stem(column.stems, near)]
            if len(best) > 1:
                best = [column for column in best if near in column.stems]
        if len(best) == 1:
            return (best[0], upward) if _is_measured(degree, best[0]) else None
        if best:
            return None
    for stems, unit, up in (
        ((*verbs, *degree.measure.stems), degree.measure.unit, upward),
        (degree.measure.turned_stems, degree.measure.turned_unit, not upward),
    ):
        # "The longest" is first of all a length, where there is one, and else a time.
        by_name = ([c for c in columns if has_stem(c.stems, stem)] for stem in stems)
        fits: list[Column] = next(filter(None, by_name), [])
        if set(stems) == _STEMS_DATED:
            fits = [c for c in fits if _is_dated(c)]  # no "visitors last year"
        if verbs == ["duration"] or (word in _LONG and all(c.unit != "m" for c in columns)):
            unit = "s"  # "lasts longest"
        fits = fits or [c for c in columns if unit and unit in (c.unit, c.kind)]
        if not fits and set(stems) == _STEMS_DATED:
            dated = [c for c in columns if _is_dated(c)]
            # The oldest of the staff is not who joined first.
            fits = dated if up == degree.measure.up else [c for c in dated if not c.stems & _SINCE]
        others = [c for c in columns if c not in fits and fits and c.kind == fits[0].kind]
        if any(has_stem(c.stems, stem) for c in others for stem in named if c.unit):
            return None  # "the cheapest in total", where there is a price of each as well
        also = [c for c in fits if any(has_stem(c.stems, stem) for stem in named)]
        exact = [c for c in fits if any(stem in c.stems for stem in named)]
        for own in (fits, also, exact):
            if len(own) == 1:
                return (own[0], up) if _is_measured(degree, own[0]) else None
        if fits:
            return None
    return None


def _is_measured(degree: Degree, column: Column) -> bool:
    """Whether a word says of a column which end it means.

    The best latency is the lowest one, and the highest rank the first; of a change below zero
    "largest" means its size.
    """
    word = degree.words[0]
    if word in _GOOD:
        return bool(_MORE_IS_BETTER.search(column.name))
    if word in _SIZED:
        signs = {(value.amount or 0) < 0 for value in column.values.values()}
        return signs == {False} or not signs
    return not column.stems & _RANKING


def _is_dated(column: Column) -> bool:
    """Whether a column has dates, times or years."""
    amounts = [value.amount or 0 for value in column.values.values()]
    years = column.kind == "number" and all(1000 <= amount <= 2100 for amount in amounts)
    return years or column.kind in ("date", "time")
