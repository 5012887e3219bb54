"""Restatement of a claim: its values as the evidence writes them, so that form decides nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from groundwire.quantities.compare import is_same_value, is_told_clock
from groundwire.quantities.dates import find_zone_end
from groundwire.quantities.identifiers import is_same_identifier, read_identifiers
from groundwire.quantities.modifiers import find_bound_start, find_rate_end
from groundwire.quantities.parse import parse_values
from groundwire.quantities.ranges import Range, find_ranges, is_inside_range
from groundwire.quantities.units import COMPOUND, ONES, SCALES
from groundwire.quantities.value import Value
from groundwire.quantities.weekdays import find_days
from groundwire.text.letters import spell_plainly
from groundwire.text.words import WORD, find_content_words, strip_ending

_MOST = 50
"""Values in a claim up to which each is written anew alone where all together do not hold."""

_HYPHEN = re.compile(r"(?<=[\da-z])-(?=[A-Za-z])")
_RATIO = re.compile(r"\b(?:in|out of)\b")
# "half an hour after midnight" has no "at" before it
_AFTER = re.compile(r"\b(?:after|before)\b", re.IGNORECASE)
# What stands between a day and its time in prose; a timestamp has a "T" there.
_TOGETHER = re.compile(r",?\s+(?:at\s+)?|\s*,\s*")
_VERSION = re.compile(r"\bversions?\s+$", re.IGNORECASE)
_OF = re.compile(r"\s+of(?:\s+the)?(?=\s)")
_SPACES = re.compile(r"\s+")
_COUNTS = frozenset((*ONES, *SCALES, "a", "an", "half"))
# Words before a month or a day that "from April to October" can stand for together.
_WHEN = re.compile(r"\b(?:in|on|during)\s+$", re.IGNORECASE)
_REWRITTEN = frozenset(("phone", "version", "reference"))


# Behind a verb alone: a "sugar-free snack" has no place for two words. "Free of charge" lacks
# nothing.
_FREE_OF = re.compile(
    r"\b(?:is|are|was|were|be|being|both|and)\s+(?:also\s+|completely\s+|entirely\s+)?"
    r"(?P<all>(?P<what>[^\W\d_]{3,})-free(?=\s*(?:[.,;!?)]|$)|\s+(?:and|or|but|in|for|when)\b)"
    r"|free\s+(?:of|from)\s+(?!charge|cost)(?:any\s+)?(?P<lacking>[^\W\d_]{3,}))",
    re.IGNORECASE,
)


_FREE = re.compile(
    r"\b(?:(?P<what>[^\W\d_]{3,})-free|free (?:of|from) (?!charge|cost)(?P<of>[^\W\d_]{3,}))\b",
    re.IGNORECASE,
)
_CONTAINS_NO = re.compile(
    r"\b(?P<verb>contains?|has|have|includes?)\s+no\s+(?:added\s+)?(?P<what>[^\W\d_]{3,})\b"
    r"(?=\s*(?:[.,;!?)]|$))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Change:
    """A place of a claim and what is written there."""

    start: int
    end: int
    text: str


def write_alike(claim: str, sentences: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Writes the values of a claim as the evidence writes those that are equal to them.

    "3 PM UTC" becomes "15:00 UTC" where a sentence has that, "24 months" becomes "2 years", and
    "nearly $49 million" becomes "$48.97 million". A value that a sentence writes as the claim does
    stays, and so does one that none of them has, or that several have as different amounts.

    Args:
        claim: the text of a claim.
        sentences: sentences of the evidence, in any order.

    Returns:
        The text, and for each of its characters the offset in the claim of what it stands for.
    """
    values = parse_values(claim)
    wanted = find_content_words(claim)
    order = sorted(
        dict.fromkeys(sentences), key=lambda s: (-len(wanted & find_content_words(s)), s)
    )
    stated = [(sentence, parse_values(sentence)) for sentence in order]
    moments = _join_moments(claim, values, stated)
    joined = {value for _, pair in moments for value in pair}
    changes = [change for change, _ in moments]
    changes += [
        change
        for value in values
        if value not in joined and (change := _change(claim, value, stated))
    ]
    changes += _rename(claim, order)
    changes += _widen(claim, order)
    changes += _respell(claim, order)
    changes += _open_lacks(claim, order)
    changes += _close_lacks(claim, order)
    wider = _widen_months(claim, values, order)
    if not changes and not wider:
        return claim, tuple(range(len(claim)))
    changes.sort(key=lambda change: change.start)
    kept = changes if _is_kept(values, _apply(claim, changes)[0]) else []
    if not kept and len(changes) <= _MOST:
        kept = [c for c in changes if _is_kept(values, _apply(claim, [c])[0])]
    # One month becomes the two of a range, which "kept" would not let through.
    return _apply(claim, sorted((*kept, *wider), key=lambda change: change.start))


def _change(
    claim: str, value: Value, stated: Sequence[tuple[str, Sequence[Value]]]
) -> _Change | None:
    """How the evidence writes a value, where it writes it otherwise."""
    same = [(s, o) for s, others in stated for o in others if is_same_value(value, o)]
    same = [(s, o) for s, o in same if _is_of_one_form(value, o)]
    same = same or _find_clock(value, stated)
    if not same or any(_is_written_alike(claim, value, s, o) for s, o in same):
        return None
    equal = [(s, o) for s, o in same if is_same_value(o, value)]
    rounded = not equal
    if rounded and len({(o.key, o.unit) for _, o in same}) > 1:
        return None
    sentence, other = (equal or same)[0]
    start, end, text = value.start, value.end, other.text
    if rounded:
        start = find_bound_start(claim, value)
        if value.bound and start == value.start:
            return None
    if _is_bounded_before(claim, value) and _is_bounded_before(sentence, other):
        start = find_bound_start(claim, value)
        text = sentence[find_bound_start(sentence, other) : other.end]
    split = (value.unit in COMPOUND) != (other.unit in COMPOUND)
    if split or (value.rate and other.rate and value.rate != other.rate):
        end, text = (
            find_rate_end(claim, value),
            sentence[other.start : find_rate_end(sentence, other)],
        )
    if value.zone and other.zone:
        end = find_zone_end(claim, value)
        text = sentence[other.start : find_zone_end(sentence, other)]
    if (
        value.kind == other.kind == "percent"
        and _RATIO.search(text)
        and not _RATIO.search(value.text)
    ):
        following = _OF.match(claim, end)
        end = following.end() if following else end
    elif value.kind == "percent" and _RATIO.search(value.text) and not _RATIO.search(text):
        text += " of"
    text = text.removesuffix(".") if claim.startswith(".", end) else text
    return _Change(start, end, _fit(claim, start, value, text))


def _join_moments(
    claim: str, values: Sequence[Value], stated: Sequence[tuple[str, Sequence[Value]]]
) -> list[tuple[_Change, tuple[Value, Value]]]:
    """Dates with their times as a timestamp of the evidence: "2024-03-05T18:30:00Z"."""
    stamps = [
        (day, time, sentence[day.start : find_zone_end(sentence, time)])
        for sentence, others in stated
        for day, time in pairwise(others)
        if (day.kind, time.kind) == ("date", "time") and sentence[day.end : time.start] == "T"
    ]
    changes = []
    for day, time in pairwise(values) if stamps else ():
        apart = claim[day.end : time.start]
        if (day.kind, time.kind) != ("date", "time") or not _TOGETHER.fullmatch(apart):
            continue
        same = {
            text
            for a, b, text in stamps
            if is_same_value(day, a) and is_same_value(time, b) and bool(time.zone) <= bool(b.zone)
        }
        if len(same) == 1:
            change = _Change(day.start, find_zone_end(claim, time), same.pop())
            changes.append((change, (day, time)))
    return changes


def _find_clock(
    value: Value, stated: Sequence[tuple[str, Sequence[Value]]]
) -> list[tuple[str, Value]]:
    """The one time of the evidence that "half past seven" may be: 19:30."""
    found = [(s, o) for s, others in stated for o in others if is_told_clock(value, o)]
    return found if len({o.key for _, o in found}) == 1 else []


def _is_bounded_before(text: str, value: Value) -> bool:
    """Whether "at least" or "up to" stands before a value."""
    kept = value.bound in ("<", ">") and value.kind not in ("date", "time")
    return kept and find_bound_start(text, value) < value.start


def _is_of_one_form(value: Value, other: Value) -> bool:
    """Whether one can stand for the other in a sentence: kinds, and what of a date is said."""
    if value.kind == other.kind == "decade":
        return "-" not in value.text + other.text
    if value.kind in ("date", "decade", "time") or other.kind in ("date", "decade", "time"):
        said = [part is None for part in value.key] == [part is None for part in other.key]
        zones = bool(value.zone) <= bool(other.zone)
        return value.kind == other.kind and value.unit == other.unit and said and zones
    return True


def _is_written_alike(claim: str, value: Value, sentence: str, other: Value) -> bool:
    first, there = value.start, other.start
    if _is_bounded_before(claim, value) and _is_bounded_before(sentence, other):
        first, there = find_bound_start(claim, value), find_bound_start(sentence, other)
    mine = claim[first : find_zone_end(claim, value)]
    theirs = sentence[there : find_zone_end(sentence, other) if value.zone else other.end]
    return _plain(mine) == _plain(theirs)


def _plain(text: str) -> str:
    return _SPACES.sub(" ", _HYPHEN.sub(" ", text)).casefold()


def _fit(claim: str, start: int, value: Value, text: str) -> str:
    """A value as it is written elsewhere, with the hyphen and the capital of its new place."""
    text = _SPACES.sub(" ", text) if "\n" in text else text
    attached = bool(_HYPHEN.search(value.text)) and value.kind == "quantity"
    if attached and re.fullmatch(r"[\w.,]+ [a-z]+", text):
        text = text.replace(" ", "-").removesuffix("s")
    elif not attached and value.kind == "quantity" and _HYPHEN.search(text):
        one = re.match(r"(?:1|one|an?)\b", text, re.IGNORECASE)
        text = _HYPHEN.sub(" ", text) + ("" if one or text.endswith("s") else "s")
    first = re.match(r"[A-Za-z]+", text)
    if first and first[0].lower() in _COUNTS:
        text = text[0].lower() + text[1:]
    if value.kind == "decade" and value.text[:4].casefold() == "the " != text[:4].casefold():
        text = f"the {text}"
    if value.kind == "time" and _AFTER.search(value.text) and text[:1].isdigit():
        text = f"at {text}"
    opens = claim[:start].strip() == "" and not claim[start].islower()
    return text[:1].upper() + text[1:] if opens else text


def _rename(claim: str, sentences: Sequence[str]) -> list[_Change]:
    """Phone numbers, versions and references as the evidence writes them."""
    mine = [item for item in read_identifiers(claim) if item.kind in _REWRITTEN]
    if not mine:
        return []
    theirs = [other for sentence in sentences for other in read_identifiers(sentence)]
    changes = []
    for item in mine:
        same = [
            o.text for o in theirs if is_same_identifier(item, o) and is_same_identifier(o, item)
        ]
        if same and item.text not in same:
            # "version v2.4" says it twice.
            same[0] = same[0].lstrip("vV") if _VERSION.search(claim[: item.start]) else same[0]
            changes.append(_Change(item.start, item.end, same[0]))
    return changes


def _widen(claim: str, sentences: Sequence[str]) -> list[_Change]:
    """A day as the days of the evidence that it is one of: "Wednesday" as "Monday to Friday"."""
    theirs = [days for sentence in sentences for days in find_days(sentence)]
    changes = []
    for mine in find_days(claim):
        if not mine.named or any(mine.days <= days.days and days.named for days in theirs):
            continue
        # "It moved from Monday to Friday" has the day as such, and is no range.
        wider = {
            days.text: days
            for days in theirs
            if mine.days < days.days and not mine.days <= days.ends
        }
        # Of "daily from May to July, at weekends in winter" either may be meant.
        if len({days.days for days in wider.values()}) == 1:
            changes.append(_Change(mine.start, mine.end, next(iter(wider))))
    return changes


def _widen_months(claim: str, values: Sequence[Value], sentences: Sequence[str]) -> list[_Change]:
    """A month or a day as the months that it is one of: "In May" as "From April to October"."""
    changes = []
    for value in values:
        lead = _WHEN.search(claim, max(0, value.start - 8), value.start)
        if value.kind != "date" or value.key[0] or not value.key[1] or value.bound or not lead:
            continue
        if any(value.start in (own.low.start, own.high.start) for own in find_ranges(claim)):
            continue
        wider: dict[tuple[object, object], str] = {}
        for sentence in sentences:
            if any(is_same_value(value, other) for other in parse_values(sentence)):
                wider = {}  # what is said of that month itself counts
                break
            for span in find_ranges(sentence):
                if _is_season(span) and is_inside_range(value, claim, span.low, sentence):
                    wider[span.low.key, span.high.key] = sentence[span.low.start : span.high.end]
        if len(wider) == 1:
            (span_text,) = wider.values()
            word = "From" if lead[0][0].isupper() else "from"
            changes.append(_Change(lead.start(), value.end, f"{word} {span_text}"))
    return changes


def _is_season(span: Range) -> bool:
    """Whether a range is one of months or days of any year."""
    return all(
        end.kind == "date" and end.key[1] and not end.key[0] for end in (span.low, span.high)
    )


def _respell(claim: str, sentences: Sequence[str]) -> list[_Change]:
    """Words as the evidence writes them, where accents and letters without a key differ alone."""
    theirs = [word[0] for sentence in sentences for word in WORD.finditer(sentence)]
    known = frozenset(theirs)
    if claim.isascii() and all(map(str.isascii, known)):
        return []
    ways = {way: word for word in theirs for way in sorted(spell_plainly(word))}
    changes = []
    for match in WORD.finditer(claim):
        word = match[0]
        found = {ways[way] for way in spell_plainly(word) if way in ways}
        if len(found) == 1 and word not in known:
            (other,) = found
            if not (word.isascii() and other.isascii()):
                changes.append(_Change(*match.span(), other))
    return changes


def _open_lacks(claim: str, sentences: Sequence[str]) -> list[_Change]:
    """What is "sugar-free" or "free of sugar" is "without sugar" where a sentence tells of sugar.

    The embedded model reads "free of" as having it: 0.07 to 0.24 for five claims that follow, and
    0.71 to 0.97 for "without".
    """
    words = [word[0] for sentence in sentences for word in WORD.finditer(sentence)]
    known = {word.casefold() for word in words}
    changes = []
    for match in _FREE_OF.finditer(claim):
        stem = strip_ending(match["what"] or match["lacking"])
        told = next((word for word in words if strip_ending(word) == stem), "")
        if told and "free" not in known and match["all"].casefold() not in known:
            changes.append(_Change(match.start("all"), match.end("all"), f"without {told}"))
    return changes


def _close_lacks(claim: str, sentences: Sequence[str]) -> list[_Change]:
    """What "contains no sugar" is "sugar-free" where a sentence has it so, and none has "no sugar".

    The embedded model does not take the one for the other (0.13 and 0.22).
    """
    found = {m[m.lastgroup or 0].casefold(): m[0] for s in sentences for m in _FREE.finditer(s)}
    changes = []
    for match in _CONTAINS_NO.finditer(claim) if found else ():
        stem = strip_ending(match["what"])
        told = next((word for what, word in found.items() if strip_ending(what) == stem), "")
        if told and not any(match[0].casefold() in s.casefold() for s in sentences):
            verb = "is" if match["verb"].casefold().endswith("s") else "are"
            changes.append(_Change(*match.span(), f"{verb} {told}"))
    return changes


def _is_kept(values: Sequence[Value], text: str) -> bool:
    """Whether a text states the same values in the same order, each as such or less rounded."""
    again = parse_values(text)
    return len(again) == len(values) and all(
        is_same_value(value, other) or is_told_clock(value, other)
        for value, other in zip(values, again, strict=True)
    )


def _apply(claim: str, changes: Sequence[_Change]) -> tuple[str, tuple[int, ...]]:
    """The claim with its changes, and where each character comes from."""
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for change in changes:
        if change.start < at:
            continue
        parts += [claim[at : change.start], change.text]
        places += range(at, change.start)
        last = len(change.text) - 1
        size = change.end - change.start
        places += (
            change.start + (size - 1 if i == last else min(i, size - 1)) for i in range(last + 1)
        )
        at = change.end
    parts.append(claim[at:])
    places += range(at, len(claim))
    return "".join(parts), tuple(places)
