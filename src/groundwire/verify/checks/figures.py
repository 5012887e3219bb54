"""Figures of a claim that nothing in the evidence states: in another unit there, or nowhere.

"480 dollars" where the evidence has 480 EUR, "$4,310" where it has 4,310 million dollars: the
digits are there, and a model takes them for support. "840 tonnes" where it has 480 and 310: they
are not there at all, and a model takes a number for any other. Nothing that the evidence says is
that value, so the claim cannot be supported; what is meant instead the check does not know.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from math import isclose

from groundwire.quantities.compare import (
    is_compatible,
    is_excluded,
    is_perhaps_same,
    is_same_value,
)
from groundwire.quantities.modifiers import find_bound_start, find_rate_end
from groundwire.quantities.parse import Value, parse_values
from groundwire.quantities.ranges import is_inside_range
from groundwire.quantities.weekdays import find_days
from groundwire.text.english import DERIVED, NEGATED
from groundwire.text.words import WORD, find_content_words
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.alignment import stem_token
from groundwire.verify.checks.contrast import OPPOSITE
from groundwire.verify.checks.finding import make_finding
from groundwire.verify.checks.names import is_numbered

_KINDS = ("money", "quantity", "percent")
"""Kinds with a unit, which two figures of equal digits can differ in."""

_COUNTED = ("number", *_KINDS)
"""Kinds whose figures are looked for anywhere in the evidence."""

_FEWEST = 2
"""Digits from which a figure is looked for: smaller ones are counted, and number the items."""

_SMALL = 100
"""Amount from which a figure of one digit is looked for, too: "5 million", 2⁶⁴."""

_ROUNDED = 0.006
"""Share by which a figure may miss what it was reckoned or rounded from."""

_SHARED = 2
"""Words that a sentence must share with a claim, so that one of the claim's may be another."""

_MOST = 60
"""Figures of the evidence up to which sums and differences of two are formed; of more, some sum
or other is near any figure."""

_YEARS = range(1000, 2101)
"""Numbers that may be years."""

_SECOND = "s"
_SPANS = (_SECOND, "month")
"""Base units of spans of time."""

_TIMES = (2, 7, 12, 24, 52, 60, 365)
"""What a figure is multiplied or divided by without another one: pairs, dozens, days, weeks."""

_FROM = re.compile(r"\b(?:from|starting at|as of|beginning with)\s+[€$£]?$", re.IGNORECASE)
_TO = re.compile(r"\s*[^\W\d_]*\s*(?:[-–—]|to|until|up to)\b", re.IGNORECASE)
_AGED = re.compile(r"\b(?:ago|old|older|younger|age|anniversary)\b", re.IGNORECASE)
_NO_MORE = re.compile(
    r"\b(?:no|not) (?:more|less|fewer|later|earlier|older|younger|longer|shorter) than\b", re.I
)
_PROFIT = re.compile(r"\b(?:profits?|surplus|gains?|gained|positive|earned)\b", re.IGNORECASE)
_LOSS = re.compile(
    r"\b(?:loss(?:es)?|deficit|negative|minus|shortfall|below|costs?|expenses?|paid)\b|-\d",
    re.IGNORECASE,
)
_DECADE = re.compile(r"\d0s")
_DIGITS = re.compile(r"\d+(?:[.,'’\s\u00a0\u202f]\d+)*")
_PART = re.compile(r"\d+")
# One number in groups, whose groups are no numbers of their own.
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?")
_SPACES = re.compile(r"[,'’\s\u00a0\u202f]")


def check_figures(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks for figures and days that the evidence has otherwise alone, or nowhere.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences in scope.

    Returns:
        Conflicts of kind ``"figure"``, in order, and missing ones, whose digits the evidence has
        nowhere and which no two of its figures give; none where the claim reckons or denies.
    """
    text = claim.text
    # "No more than six" denies nothing.
    if NEGATED.search(_NO_MORE.sub(" ", text)) or _is_reckoned(text, evidence):
        return []
    return sorted(
        [*_find_odd_figures(claim, evidence), *_find_other_days(claim, evidence)],
        key=lambda f: f.start,
    )


def _is_reckoned(text: str, evidence: Sequence[Quote]) -> bool:
    """Whether a claim says that it reckons, and not as the evidence does ("total funding")."""
    words = {match[0].casefold() for match in DERIVED.finditer(text)}
    said = [quote.text.casefold() for quote in evidence]
    return any(not any(word in told for told in said) for word in words)


def _find_odd_figures(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Figures that no sentence has as the claim has them."""
    text = claim.text
    values = [value for value in parse_values(text) if value.kind in _COUNTED]
    stated = [(q, v) for q in evidence for v in parse_values(q.text)] if values else []
    odd = [
        value
        for value in values
        if not any(
            is_same_value(value, v) or (is_perhaps_same(value, v) and not value.exact)
            for _, v in stated
        )
        or _find_turned_sign(value, text, stated) is not None
    ]
    if not odd:
        return []  # as for most claims: what the evidence comes to is not read for them
    amounts, sums = _read_amounts(evidence, named=True), _read_sums(evidence)
    measures = _read_amounts(evidence, named=False)
    own = {abs(v.amount) for v in parse_values(text) if v.amount}
    found = []
    for value in odd:
        if (turned := _find_turned_sign(value, text, stated)) is not None:
            quote, other = turned
            span = value.start, value.end
            found.append(make_finding(claim, "figure", *span, "conflict", other.text, quote))
            continue
        if any(is_inside_range(value, text, v, q.text) for q, v in stated):
            continue
        bounded = [(q, v) for q, v in stated if _is_bound_of(value, v)]
        if bounded:
            quote, other = bounded[0]
            start = find_bound_start(quote.text, other)
            span = value.start, value.end
            told = quote.text[start : other.end]
            found.append(make_finding(claim, "figure", *span, "conflict", told, quote))
            continue
        # "A bag of 20 kg" where bags up to 23 kg are told of, "150 pieces" where "from 100" are.
        if any(
            (v.bound == "<" and _is_within(value, v))
            or (not value.bound and _begins(v, q.text) and _is_over(value, v))
            for q, v in stated
        ):
            continue
        if _DECADE.fullmatch(value.text):
            continue  # "the late 90s" may be years or seconds
        if value.unit in _SPANS and _AGED.search(text) and any(v.kind == "date" for _, v in stated):
            continue  # "older than 35 years" is reckoned from a year and from today
        known = amounts if value.kind == "number" else measures
        if value.kind != "number" and len(known) <= _MOST:
            known = _read_amounts(evidence, False, value)
        others = own - {abs(value.amount or 0.0)}
        # A bare number may have any unit: that of its column, or of the words around it.
        twins = [(q, v) for q, v in stated if _is_twin(value, v) or _is_turned_bound(value, v, q)]
        absent = not twins and _is_absent(value, known, sums, others)
        if absent or (_is_small(value) and _is_no_measure(value, stated, measures, others)):
            found.append(make_finding(claim, "figure", value.start, value.end))
            continue
        like = [v for _, v in stated if is_compatible(value, v) and not _is_twin(value, v)]
        alike = {v.amount or 0.0 for v in like}
        if twins and not any(
            isclose(value.amount or 0.0, n) for a in alike for b in alike for n in (a + b, a - b)
        ):
            quote, twin = twins[0]
            first, last = find_bound_start(quote.text, twin), find_rate_end(quote.text, twin)
            said, span = quote.text[first:last], (value.start, value.end)
            found.append(make_finding(claim, "figure", *span, "conflict", said, quote))
    return found


def _find_turned_sign(
    value: Value, text: str, stated: Sequence[tuple[Quote, Value]]
) -> tuple[Quote, Value] | None:
    """The figure below zero that a claim calls a profit; no other sentence may have it above."""
    if not _PROFIT.search(text) or _LOSS.search(text) or (value.key[0] or 0.0) <= 0:
        return None
    # What a caption counts the numbers below it in may not be known: "(in EUR)".
    alike = [(q, v) for q, v in stated if is_compatible(value, v) or v.kind == "number"]
    if any(v.amount == value.amount for _, v in alike):
        return None
    below = [(q, v) for q, v in alike if v.amount is not None and v.amount == -(value.amount or 0)]
    return below[0] if below else None


def _find_other_days(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Days that the evidence has in no range and by no name, where it has others in a range."""
    named = [days for days in find_days(claim.text) if days.named]
    theirs = [(q, days) for q in evidence for days in find_days(q.text)] if named else []
    if not theirs:
        return []
    said = _read_topic(claim.text)
    shared = {quote: len(said & _read_topic(quote.text)) for quote in evidence}
    # What another sentence says more of is not told by this one.
    nearest = max(shared.values(), default=0)
    ranges = [
        (quote, days)
        for quote, days in theirs
        if not days.named and shared[quote] == nearest and (nearest or not days.ends)
    ]
    # What else is said of the day may be true because it lies outside: "free at weekends".
    if nearest < len(said) - (nearest >= _SHARED) and (nearest or len(said) > 1):
        return []
    if not ranges or any(_is_turned(claim.text, quote.text) for quote, _ in ranges):
        return []
    found = []
    for mine in named:
        if not any(mine.days <= days.days for _, days in theirs):
            quote, days = ranges[0]
            span = mine.start, mine.end
            found.append(make_finding(claim, "figure", *span, "conflict", days.text, quote))
    return found


def _read_topic(text: str) -> frozenset[str]:
    """The content words of a text without its days and figures."""
    return frozenset(
        word
        for word in find_content_words(text)
        if word.isalpha() and not find_days(word.capitalize())
    )


def _is_turned(claim: str, sentence: str) -> bool:
    """Whether one says the opposite of the other: "closed" of other days than "open"."""
    mine, theirs = (
        {stem_token(w[0].casefold()) for w in WORD.finditer(t)} for t in (claim, sentence)
    )
    return any(OPPOSITE.get(word, frozenset()) & theirs for word in mine)


def _is_bound_of(value: Value, other: Value) -> bool:
    """Whether a claim says "exactly" of what the evidence gives as a bound: "at least 20"."""
    same = is_compatible(value, other) and value.key == other.key
    return same and value.exact and bool(other.bound)


def _is_within(value: Value, limit: Value) -> bool:
    return is_compatible(value, limit) and not is_excluded(value, limit)


def _begins(limit: Value, sentence: str) -> bool:
    """Whether something begins at a value: "at least 100", "from 100 pieces", no "from 4 to"."""
    if limit.bound == ">":
        return NEGATED.search(sentence) is None  # "do not exceed 4 g" ends there
    before = _FROM.search(sentence, 0, limit.start)
    return before is not None and _TO.match(sentence, limit.end) is None


def _is_over(value: Value, limit: Value) -> bool:
    same = is_compatible(value, limit) and value.key[0] is not None and limit.key[0] is not None
    return same and (value.key[0] or 0.0) > (limit.key[0] or 0.0)


def _is_twin(value: Value, other: Value) -> bool:
    """Whether two values with units have one number, as it is written: "two weeks", "2 months"."""
    if value.kind not in _KINDS or other.kind not in _KINDS:
        return False
    if value.unit == other.unit and value.key == other.key:
        return bool(value.rate and other.rate and value.rate != other.rate)
    digits = _read_digits(value)
    same = digits and digits == _read_digits(other)
    return bool(same) or (value.amount is not None and value.amount == other.amount)


def _is_turned_bound(value: Value, other: Value, quote: Quote) -> bool:
    """Whether a claim has "at least" of what a sentence that denies nothing has "at most" of."""
    same = is_compatible(value, other) and value.key == other.key
    turned = same and {value.bound, other.bound} == {"<", ">"}
    return turned and not NEGATED.search(quote.text)


def _read_digits(value: Value) -> str:
    """The digits of a value as they are written, without marks between groups; else nothing."""
    match = _DIGITS.search(value.text)
    return _SPACES.sub("", match[0]) if match else ""


def _read_amounts(
    evidence: Sequence[Quote], named: bool, like: Value | None = None
) -> frozenset[float]:
    """Every figure of the evidence as a bare number: as it is written, and in its base unit.

    Args:
        evidence: its sentences.
        named: whether numbers count that are part of a name: no minutes are told by "Bus 14".
        like: a value, beside which those of another unit do not count: 12 euros are no months.
    """
    found = set()
    for quote in evidence:
        values = parse_values(quote.text)
        others = [v for v in values if like and v.unit and not _is_akin(like, v)]
        values = [v for v in values if v not in others]
        for value in values:
            if named or value.unit or not is_numbered(quote.text, value.start):
                found |= {n for n in (value.amount, *value.key) if n is not None}
        # Codes and dates hold digits that no value states.
        for match in _DIGITS.finditer(quote.text):
            inside = others + (values if {",", "."} <= set(match[0]) else [])
            if any(v.start <= match.start() and match.end() <= v.end for v in inside):
                continue  # "1.299,00" is no 1.3
            if named or not is_numbered(quote.text, match.start()):
                found |= _read_numbers(match[0])
    return frozenset(abs(n) for n in found)


def _is_akin(value: Value, other: Value) -> bool:
    """Whether two values measure one thing; a share may be reckoned from anything."""
    return is_compatible(value, other) or "percent" in (value.kind, other.kind)


def _read_numbers(digits: str) -> set[float]:
    """What digits with marks between them may be: one number in several ways, or several."""
    forms = {_SPACES.sub("", digits), digits.replace(".", "").replace(",", ".")}
    if not _GROUPED.fullmatch(digits):
        forms.update(_PART.findall(digits))
    return {float(form) for form in forms if re.fullmatch(r"\d+(?:\.\d+)?", form)}


def _read_sums(evidence: Sequence[Quote]) -> frozenset[float]:
    """What the figures of one kind in each sentence come to, all together."""
    found = set()
    for quote in evidence:
        values = [v for v in parse_values(quote.text) if v.kind in _COUNTED and v.amount]
        for first in values:
            alike = [v.amount or 0.0 for v in values if is_compatible(first, v)]
            if len(alike) > 2:
                found.add(abs(sum(alike)))
    return frozenset(found)


def _is_absent(
    value: Value, amounts: frozenset[float], sums: frozenset[float], own: Set[float]
) -> bool:
    """Whether a figure is stated nowhere, in no unit and scale, and two figures do not give it.

    Args:
        value: the figure.
        amounts: those of the evidence.
        sums: what all figures of a sentence come to.
        own: other figures of the claim: "two adults pay 24 euros" reckons with its two.
    """
    if _is_small(value) or not amounts:
        return False
    mine = {abs(n) for n in (value.amount, *value.key) if n}
    # A share may be written as a fraction, a scale in a caption: "in thousands".
    scaled = {n * 10.0**power for n in mine for power in (-9, -6, -3, -2, 0, 2, 3, 6, 9)}
    if any(_is_near(a, b) for a in scaled for b in amounts):
        return False
    if len(amounts) > _MOST:
        return True
    place = value.step / (value.factor or 1.0) / 2
    pairs = [(a, b) for a in amounts for b in amounts if a > b > 0]
    rounded = {r for a, b in pairs for r in (a + b, a - b, 100 * b / a, a / b)}
    # Ages are reckoned from years, and the birthday may be still to come.
    rounded |= {a - b - 1 for a, b in pairs if a in _YEARS and b in _YEARS}
    if value.kind == "percent":
        rounded |= {r for a, b in pairs for r in (100 * (a - b) / a, 100 * (a - b) / b)}
        rounded |= {100 - n for n in (*amounts, *sums)}
    if any(_is_near(n, r) or abs(n - r) <= place for n in mine for r in (*rounded, *sums)):
        return False
    # Products of few figures are many numbers: they must be met exactly.
    # What is one of something tells nothing: once would be each of these numbers.
    exact = {a * b for a, b in pairs} | {a * b for a in amounts - {1} for b in (*own, *_TIMES)}
    exact |= {a / b for a in amounts for b in (*own, *_TIMES) if b}
    exact |= {
        a * r / 100 for a in amounts for p in amounts if p < 100 for r in (p, 100 - p, 100 + p)
    }
    scaled = {n * scale for n in mine for scale in (1, 1e-3, 1e3)}
    return not any(isclose(n, r, rel_tol=1e-6) for n in scaled for r in exact)


def _is_small(value: Value) -> bool:
    """Whether a figure is one that is counted, or numbers the items: nearly any two give it."""
    return len(_read_digits(value)) < _FEWEST and abs(value.amount or 0.0) < _SMALL


def _is_no_measure(
    value: Value,
    stated: Sequence[tuple[Quote, Value]],
    measures: frozenset[float],
    own: Set[float],
) -> bool:
    """Whether a small figure with a unit is given by nothing that has such a unit: "up to 4 g".

    Args:
        value: the figure.
        stated: the values of the evidence.
        measures: its figures as bare numbers.
        own: other figures of the claim.
    """
    amount = value.key[0]
    if value.kind not in _KINDS or not amount or abs(value.amount or 0.0) in measures:
        return False
    alike = {abs(v.key[0]) for _, v in stated if is_compatible(value, v) and v.key[0]}
    if not alike:
        return False  # what has no such unit may tell it in words: "the fortnight"
    if value.unit == _SECOND and any(v.kind in ("date", "time", "decade") for _, v in stated):
        return False  # another moment, told in words, may be so far from it
    reckoned = {r for a in alike for b in alike for r in (a + b, a - b)}
    reckoned |= {r for a in alike for n in (*own, *_TIMES) if n for r in (a * n, a / n)}
    return not any(_is_near(abs(amount), r) for r in (*alike, *reckoned))


def _is_near(a: float, b: float) -> bool:
    return abs(a - b) <= _ROUNDED * max(abs(a), abs(b))
