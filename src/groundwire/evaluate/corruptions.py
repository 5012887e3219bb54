"""Minimal edits that make a true sentence false or unsupported, by type.

Each edit knows its characters, so that the words at fault can be marked without labelling. The
idea of minimal edits is W. Kryscinski et al., "Evaluating the Factual Consistency of Abstractive
Text Summarization" (EMNLP 2020); the types are those in which answers go wrong.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from groundwire.text.words import split_table

NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w’'-]+(?: (?:of |the |de |van )?[A-Z][\w’'-]+)*")
"""A capitalized run that does not open a sentence."""

NUMBER = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w-]|[.,]\d)", re.ASCII)
"""A whole number in digits, with thousands marks and decimals."""

_DIGITS = 15
"""Of the longest number that is changed."""
_AUXILIARY = re.compile(r"\b(is|are|was|were|has|have|had|can|could|will|would|should|must|may)\b")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = split_table("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_NUMERALS = split_table("two three four five six seven eight nine ten eleven twelve")
_ORDINALS = split_table("first second third fourth fifth sixth seventh")

_GROUPS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "date": (tuple(_MONTHS), tuple(_DAYS)),
    "number": (tuple(_NUMERALS), tuple(_ORDINALS)),
    "unit": (
        ("metres", "kilometres", "feet", "miles"), ("meters", "kilometers", "yards"),
        ("kg", "grams", "tonnes", "pounds"), ("minutes", "hours", "days", "weeks"),
        ("months", "years", "decades"), ("thousand", "million", "billion"),
        ("hectares", "acres", "square miles"), ("percent", "percentage points"),
        ("dollars", "euros", "pounds"), ("per day", "per week", "per month", "per year"),
        ("daily", "weekly", "monthly", "annually"),
    ),
    "quantifier": (
        ("all", "some", "most", "few", "none of the"), ("every", "no"), ("both", "neither"),
        ("always", "sometimes", "never", "rarely"), ("many", "few"), ("only", "also"),
        ("several", "hundreds of"), ("entire", "half of the"),
    ),
    "modality": (
        ("may", "will"), ("might", "will"), ("can", "must"), ("could", "did"),
        ("plans to", "refused to"), ("planned to", "refused to"), ("allegedly", "provably"),
        ("possibly", "certainly"), ("proposed", "completed"), ("should", "must"),
    ),
    "comparison": (
        ("more", "less"), ("larger", "smaller"), ("higher", "lower"), ("longer", "shorter"),
        ("older", "younger"), ("largest", "smallest"), ("highest", "lowest"),
        ("longest", "shortest"), ("oldest", "newest"), ("best", "worst"), ("better", "worse"),
        ("earlier", "later"), ("least", "most"), ("at least", "at most"),
        ("more than", "fewer than"), ("over", "under"), ("above", "below"),
        ("northern", "southern", "eastern", "western"), ("north", "south", "east", "west"),
        ("increase", "decrease"), ("increased", "decreased"), ("rose", "fell"),
        ("majority", "minority"), ("first", "last"), ("early", "late"), ("maximum", "minimum"),
    ),
    "order": (
        ("before", "after"), ("since", "until"), ("during", "before", "after"),
        ("because of", "in spite of"), ("following", "preceding"), ("because", "although"),
        ("previously", "subsequently"), ("led to", "resulted from"), ("caused by", "a cause of"),
        ("due to", "despite"), ("begins", "ends"), ("began", "ended"), ("opened", "closed"),
        ("started", "finished"), ("opens", "closes"), ("succeeded by", "preceded by"),
    ),
    "antonym": (
        ("won", "lost"), ("defeated", "lost to"), ("accepted", "rejected"), ("joined", "left"),
        ("married", "divorced"), ("born", "died"), ("public", "private"), ("male", "female"),
        ("father", "son"), ("mother", "daughter"), ("brother", "cousin"), ("wife", "sister"),
        ("allowed", "banned"), ("supported", "opposed"), ("approved", "rejected"),
        ("success", "failure"), ("successful", "unsuccessful"), ("positive", "negative"),
        ("bought", "sold"), ("gained", "lost"), ("included", "excluded"), ("with", "without"),
        ("free", "paid"), ("guilty", "innocent"), ("active", "inactive"), ("open", "closed"),
        ("built", "demolished"), ("founded", "dissolved"), ("arrived", "departed"),
        ("appointed", "dismissed"), ("president", "vice president"), ("safe", "dangerous"),
        ("lead", "supporting"), ("team", "opponents"), ("single", "album"), ("novel", "film"),
    ),
}  # fmt: skip


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of the phrases as whole words, longer ones first."""
    longest_first = sorted(map(re.escape, phrases), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(longest_first)})(?![\w-])", re.IGNORECASE)


_SIBLINGS: dict[str, dict[str, tuple[str, ...]]] = {
    kind: {
        phrase: tuple(other for g in groups if phrase in g for other in g if other != phrase)
        for group in groups
        for phrase in group
    }
    for kind, groups in _GROUPS.items()
}
_PHRASES = {kind: _any_of(table) for kind, table in _SIBLINGS.items()}


@dataclass(frozen=True, slots=True)
class Corruption:
    """A sentence with one thing changed.

    Attributes:
        text: the changed sentence.
        start: offset of the first changed character in ``text``.
        end: offset after the last one; equal to ``start`` where something was taken out.
        kind: ``"number"``, ``"name"``, ``"negation"``, ...
        label: ``"contradicted"`` where the edit excludes the original, else ``"unsupported"``.
    """

    text: str
    start: int
    end: int
    kind: str
    label: str


def _put(text: str, start: int, end: int, new: str, kind: str, label: str) -> Corruption:
    return Corruption(text[:start] + new + text[end:], start, start + len(new), kind, label)


def swap_number(text: str, rng: random.Random) -> Corruption | None:
    """Changes one number written in digits; None if there is none."""
    found = list(NUMBER.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    new = draw_other_number(match.group(), rng)
    if new == match.group():
        return None
    return _put(text, match.start(), match.end(), new, "number", "contradicted")


def draw_other_number(old: str, rng: random.Random) -> str:
    """Returns another number of the same form: a near year, digit or multiple.

    One of more than 15 digits is returned as it is.
    """
    if sum(c.isdigit() for c in old) > _DIGITS:
        return old
    value = float(old.replace(",", ""))
    if value.is_integer() and 1000 <= value <= 2100 and "," not in old:
        return str(int(value) + rng.choice([-30, -11, -7, -5, -3, -2, -1, 1, 2, 3, 4, 8, 12, 20]))
    if "." in old:
        places = len(old.split(".")[1])
        return f"{value * rng.choice([0.4, 0.6, 0.8, 1.3, 1.7, 2.5]) + 0.1:.{places}f}"
    if value < 32:
        return str(max(0, int(value) + rng.choice([-9, -4, -3, -2, -1, 1, 2, 3, 5, 10])))
    if rng.random() < 0.4:
        digits = list(old)
        at = rng.choice([i for i, digit in enumerate(digits) if digit.isdigit() and i])
        digits[at] = rng.choice([d for d in "0123456789" if d != digits[at]])
        return "".join(digits)
    scaled = int(value * rng.choice([0.3, 0.5, 0.7, 0.9, 1.1, 1.4, 2, 10])) + rng.choice([0, 1])
    return f"{scaled:,}" if "," in old else str(scaled)


def swap_name(text: str, names: Sequence[str], rng: random.Random) -> Corruption | None:
    """Swaps one name for another of the same document, of like length; None if none fits."""
    found = list(NAME.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    size = len(match.group().split())
    calendar = {*_MONTHS, *_DAYS}
    if match.group().split()[0] in calendar:
        return None
    others = [
        n
        for n in names
        if n not in text
        and abs(len(n.split()) - size) <= 1
        and n.split()[0] not in calendar
        and not set(n.split()) & set(match.group().split())
    ]
    if not others:
        return None
    return _put(text, match.start(), match.end(), rng.choice(others), "name", "unsupported")


def swap_roles(text: str, rng: random.Random) -> Corruption | None:
    """Exchanges the first two names of a sentence around its verb; None if it has fewer."""
    found = [m for m in re.finditer(r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*", text)][:2]
    if len(found) < 2 or not re.search(
        r"\b[a-z]+ed\b|\bby\b", text[found[0].end() : found[1].start()]
    ):
        return None  # fmt: skip
    a, b = found
    if a.group().split()[0] in {"The", "In", "On", "He", "She", "It", "A", "An", "After", "By"}:
        return None
    new = b.group() + text[a.end() : b.start()] + a.group()
    return _put(text, a.start(), b.end(), new, "role", "contradicted")


def negate_sentence(text: str, rng: random.Random) -> Corruption | None:
    """Negates the first auxiliary, or takes a negation out; None if neither is there."""
    if " not " in text:
        at = text.index(" not ")
        without = text[:at] + text[at + 4 :]
        return Corruption(without, at, at, "negation", "contradicted")
    match = _AUXILIARY.search(text)
    if match is None or len(text) > 220:
        return None
    after = rng.choice([" not", " not", " never"]) if match[1] in ("was", "were", "has") else " not"
    return _put(text, match.end(), match.end(), after, "negation", "contradicted")


def swap_phrase(kind: str) -> Callable[[str, random.Random], Corruption | None]:
    """Returns the edit that swaps a word of a closed class (``_GROUPS``) for its rival."""

    def edit(text: str, rng: random.Random) -> Corruption | None:
        known = _SIBLINGS[kind]
        found = [m for m in _PHRASES[kind].finditer(text) if _like(m.group(), known)]
        if not found:
            return None
        match = rng.choice(found)
        new = rng.choice(known[_like(match.group(), known)])
        if match.group()[0].isupper():
            new = new[0].upper() + new[1:]
        soft = kind in ("modality", "quantifier")
        label = "unsupported" if soft else "contradicted"
        return _put(text, match.start(), match.end(), new, kind, label)

    return edit


def _like(phrase: str, known: Mapping[str, object]) -> str:
    """The key under which a phrase is known; empty for none ("May" is no modal)."""
    if phrase in known:
        return phrase
    lower = phrase.lower()
    return lower if lower in known and lower not in ("may", "will", "open", "most") else ""


def append_detail(text: str, details: Sequence[str], rng: random.Random) -> Corruption | None:
    """Appends a detail (", who ...", " in 1994") of other texts before the full stop."""
    fitting = [d for d in details if not set(d.lower().split()[2:]) & set(text.lower().split())]
    if not text.endswith(".") or len(text.split()) > 40 or not (fitting or details):
        return None
    detail = rng.choice(fitting or list(details))
    return _put(text, len(text) - 1, len(text) - 1, detail, "invented", "unsupported")


_SUBJECT = re.compile(r"^((?:The )?[A-Z][\w’'-]+(?: (?:of |the )?[A-Z][\w’'-]+)*)(?= [a-z])")


def merge_subjects(text: str, names: Sequence[str], rng: random.Random) -> Corruption | None:
    """Gives the sentence's fact to another subject of the document; None if it has no name."""
    match = _SUBJECT.match(text)
    if match is None or len(match[1]) < 4:
        return None
    used = set(text.split())
    others = [n for n in names if n not in text and not set(n.split()) & used]
    if not others:
        return None
    return _put(text, 0, match.end(1), rng.choice(others), "subject", "unsupported")


def corrupt_sentence(
    text: str, names: Sequence[str], details: Sequence[str], rng: random.Random, most: int = 2
) -> list[Corruption]:
    """Returns up to ``most`` edits of different kinds that apply, drawn at random."""
    edits: list[Callable[[], Corruption | None]] = [
        lambda: swap_number(text, rng),
        lambda: swap_number(text, rng),
        lambda: swap_name(text, names, rng),
        lambda: swap_name(text, names, rng),
        lambda: negate_sentence(text, rng),
        lambda: swap_roles(text, rng),
        lambda: append_detail(text, details, rng),
        lambda: merge_subjects(text, names, rng),
        *(lambda kind=kind: swap_phrase(kind)(text, rng) for kind in _GROUPS),
    ]
    rng.shuffle(edits)
    out: list[Corruption] = []
    for edit in edits:
        made = edit()
        if made is not None and made.text != text and made.kind not in {c.kind for c in out}:
            out.append(made)
            if len(out) == most:
                break
    return out
