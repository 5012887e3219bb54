"""Values put in the place of others: which may be, and how the answer writes them.

A value takes the place of another only where both are parsed, whole, of one kind and unit, and the
words around them agree. Everything else is no repair: the claim has to go.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from groundwire.quantities.compare import (
    has_other_currency,
    is_bare_clock,
    is_compatible,
    is_same_value,
)
from groundwire.quantities.identifiers import read_identifiers
from groundwire.quantities.parse import Value, parse_values
from groundwire.quantities.units import MONTHS
from groundwire.repair.quotation import blank_markup, clean_evidence, is_active
from groundwire.text.words import WORD, find_content_words, split_table, strip_ending
from groundwire.types import Claim, Edit, Finding, Quote, Verdict
from groundwire.verify.checks.finding import find_kind
from groundwire.verify.checks.names import find_names

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?|\.\d+")
_AN_DIGITS = re.compile(r"8|11(?!\d)|18(?!\d)")
_AN_LETTERS = re.compile(r"[AEFHILMNORSX](?:[A-Z]+\b|[A-Z]*[\d-])")
_LETTERS = re.compile(r"[A-Z](?:[A-Z]+\b|[A-Z]*[\d-])")
_VOWEL = re.compile(r"(?:hour|honest|heir|[aeiou])", re.IGNORECASE)
_CONSONANT = re.compile(r"(?:one\b|once|uni[^n]|eu|us[ae]|ut[ei])", re.IGNORECASE)


def choose_article(text: str) -> str:
    """Returns the article, ``"a"`` or ``"an"``, that fits before a text."""
    bare = text.lstrip('$€£¥₹"“‘(')
    if bare[:1].isdigit():
        return "an" if _AN_DIGITS.match(bare) else "a"
    if _LETTERS.match(bare):
        return "an" if _AN_LETTERS.match(bare) else "a"
    return "an" if _VOWEL.match(bare) and not _CONSONANT.match(bare) else "a"


def restyle_value(claimed: str, found: str, kind: str) -> str:
    """Writes ``found`` the way ``claimed`` is written.

    Thousands marks, units, "percent" and the form of dates and times follow the answer; a date is
    as exact as the answer's. Where the style cannot carry the value it is returned as the
    evidence writes it.

    Args:
        claimed: the value in the answer.
        found: the value in the evidence, on one line.
        kind: the kind of the finding.

    Returns:
        The text to put in place, or an empty one where the words around a bare number
        ("1 person") would no longer agree with it, or where the evidence tells less of a date.
    """
    mine, theirs = _only(claimed), _only(found)
    if kind == "name" or mine is None or theirs is None or mine.kind != theirs.kind:
        return found
    if theirs.kind == "number" and (mine.key[0] == 1) != (theirs.key[0] == 1):
        return ""
    whole = theirs
    if theirs.kind == "date":
        if any(a and not b for a, b in zip(mine.key, theirs.key, strict=True)):
            return ""
        theirs = replace(theirs, key=tuple(b if a else None for a, b in _pairs(mine, theirs)))
        styled = _date(claimed, theirs)
    elif theirs.kind == "time":
        styled = _time(claimed, theirs)
    else:
        styled = _number(claimed, found)
    # Read again: a style in which the value would differ is not used.
    again = _only(styled) if styled else None
    if again is not None and _sense(again) == _sense(theirs):
        return styled
    return found if theirs.key == whole.key else ""


def _sense(value: Value) -> tuple[object, ...]:
    return value.kind, value.key, value.unit, value.rate, value.zone


def _pairs(mine: Value, theirs: Value) -> Iterator[tuple[float | None, float | None]]:
    yield from zip(mine.key, theirs.key, strict=True)


def _has_digits_of(styled: str, found: str) -> bool:
    """Whether each number of a text stands in another, which may write all of it in words.

    "2024-03-12" has a digit string that "12 March 2024" lacks: what nobody wrote is not shown.
    """
    written = {n.replace(",", "").lstrip("0") for n in _NUMBER.findall(found)}
    return not written or {
        n.replace(",", "").lstrip("0") for n in _NUMBER.findall(styled)
    } <= written | {""}


def _only(text: str) -> Value | None:
    values = parse_values(text)
    if not values and re.fullmatch(r"\d{4}", text):
        values = parse_values(f"in {text}")
    if len(values) == 1 and re.fullmatch(r"[12]\d{3}", text):
        return Value("date", 0, 4, text, (float(text), None, None))
    return values[0] if len(values) == 1 else None


def _number(claimed: str, found: str) -> str:
    mine, theirs = _NUMBER.search(claimed), _NUMBER.search(found)
    if mine is None or theirs is None:
        return ""
    written = theirs[0].rstrip(",")
    whole, dot, decimals = written.replace(",", "").partition(".")
    plain = "," not in mine[0] and len(mine[0].partition(".")[0]) >= 4
    if len(whole) >= 4 and not plain and ("," in mine[0] or "," in written):
        whole = f"{int(whole):,}"
    before, after = claimed[: mine.start()], claimed[mine.end() :]
    singular = "1" in (whole, mine[0]) and not after.startswith("-")
    if singular and re.search(r"[A-Za-z]{3}", after) and "percent" not in after:
        return ""
    return f"{before}{whole}{dot}{decimals}{after}"


def _date(claimed: str, value: Value) -> str:
    year, month, day = value.key
    if month is None:
        return f"{year:.0f}" if year else ""
    name = MONTHS[int(month) - 1].capitalize()
    if re.search(r"\b(?!May)[A-Z][a-z]{2}\b", claimed):
        name = name[:3] + ("." if "." in claimed else "")
    if re.fullmatch(r"\d{4}-\d\d?-\d\d", claimed):
        return f"{year:.0f}-{month:02.0f}-{day:02.0f}" if year and day else ""
    if day is None:
        return f"{name} {year:.0f}" if year else ""
    if claimed[0].isdigit():
        return f"{day:.0f} {name}" + (f" {year:.0f}" if year else "")
    comma = "," if "," in claimed else ""
    return f"{name} {day:.0f}" + (f"{comma} {year:.0f}" if year else "")


def _time(claimed: str, value: Value) -> str:
    total = int(value.key[0] or 0)
    hour, minute = divmod(total, 60)
    half = re.search(r"\s*([ap])(\.?m\.?)$", claimed, re.IGNORECASE)
    if half is None:
        return f"{hour:02d}:{minute:02d}" if re.match(r"\d", claimed) else ""
    letter = "p" if hour >= 12 else "a"
    letter = letter.upper() if half[1].isupper() else letter
    clock = f"{(hour - 1) % 12 + 1}" + (f":{minute:02d}" if minute else "")
    return clock + half[0].replace(half[1], letter, 1)


# A figure is a piece of a longer one where digits go on behind a mark that groups, divides,
# multiplies or raises: of "12 480", "3.1.4", "5 × 10⁶", "3/4", "6(1)", "50+" and "2-oxo".
_DIGITS_BEFORE = re.compile(r"\d(?:[.,'’·:]|\s?[×x*/^]\s?)$")
_DIGITS_AFTER = re.compile(r"[.,'’·:]\d|\s?[×x*/^]\s?\d|\+|\(\w{1,3}\)|[⁰¹²³⁴-⁹₀-₉]")
_GROUP_BEFORE = re.compile(r"\d[ \u00a0\u2009\u202f]$")
_GROUP = re.compile(r"\d{3}(?!\d)")
_GROUP_AFTER = re.compile(r"[ \u00a0\u2009\u202f]\d{3}(?!\d)")
_JOINED_BEFORE = re.compile(r"(?:\d|[ap]\.?m\.?|\w)\s?[-–—]\s?$|\b(?:to|until|till|through)\s$")
_JOINED_AFTER = re.compile(r"\s?[-–—]\s?[$€£]?\d|\s(?:to|until|till|through)\s[$€£]?\d")


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether a stretch of a text is no piece of a number, word or name that goes on around it."""
    if not 0 <= start < end <= len(text):
        return False
    before, after = text[max(0, start - 4) : start], text[end : end + 6]
    if before and _goes_on(before[-1], text[start]):
        return False
    if after and _goes_on(text[end - 1], after[0]):
        return False
    if text[start].isdigit():
        if _DIGITS_BEFORE.search(before):
            return False
        if _GROUP_BEFORE.search(before) and _GROUP.match(text, start):
            return False
    if text[end - 1].isdigit():
        return not (_DIGITS_AFTER.match(after) or _GROUP_AFTER.match(after))
    return True


def _goes_on(left: str, right: str) -> bool:
    return (left.isalnum() or left == "_") and (right.isalnum() or right == "_")


_EDGE = re.compile(
    r"[;:()\[\]|\n\"“”]|,(?!\d)|[.!?](?=\s)|\s(?:and|but|or|while|whereas|than|plus)\s"
)
"""What parts the words around a value from those of another one."""
_FRAMES = frozenset(
    split_table(
        "not no never neither nor without cannot except unless if would could may might should "
        "plan plans planned planning expect expected expects hope hopes propose proposed estimate "
        "estimated former formerly previously originally until instead rather myth false wrong "
        "claim claims claimed alleged allegedly reportedly rumor rumour supposedly"
    )
)
"""Words that turn or limit what a sentence says: the value of one that has another of them than
the claim is no value of the claim's."""
_NT = re.compile(r"n['’]t\b", re.IGNORECASE)
_LEFT, _RIGHT = 120, 80
_SHARED = 0.5
"""Share of a claim's words that a sentence needs whose value has no words of its own around it."""
_NAMED = 0.75
"""The same for a name, which has no unit that would tell its slot."""
_CHOICE = re.compile(r"\s*[,/(]?\s*(?:or|and|to)?\s*")
_PARTS = (
    r"(?:half|quarter|third|cents?|pence|pennies|minutes?|mins?|seconds?|secs?|hours?|days?|weeks?|"
    r"months?|inch(?:es)?|ounces?|grams?)"
)
_SMALLER = re.compile(
    rf",?\s(?:(?:and\s)?\d[\d.]{{0,6}}[\s-]?(?:{_PARTS}|in|oz|g|cm|mm)"
    rf"|and\s(?:[a-z]{{1,9}}[\s-]){{0,2}}{_PARTS})\b"
)
"""A value goes on in a smaller unit: "seven dollars and fifty cents", "5 ft 6 in"."""
_PLACES = 20
"""A value that a sentence has more often is that of too many things."""
_DAYS = re.compile(r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?", re.IGNORECASE)
_LITERALS = frozenset(("url", "email", "phone", "code", "version"))


def _clause(text: str, start: int, end: int) -> tuple[str, str]:
    """The words on both sides of a value, up to what parts them from others."""
    left, right = text[max(0, start - _LEFT) : start], text[end : end + _RIGHT]
    cuts = [match.end() for match in _EDGE.finditer(left)]
    cut = _EDGE.search(right)
    return left[cuts[-1] if cuts else 0 :], right[: cut.start() if cut else len(right)]


def _near(text: str, value: Value, values: Sequence[Value]) -> frozenset[str]:
    left, right = _around(text, value, values)
    return find_content_words(left) | find_content_words(right)


def _around(text: str, value: Value, values: Sequence[Value]) -> tuple[str, str]:
    """The words on both sides of a value, up to the next values and what parts them."""
    left, right = _clause(text, value.start, value.end)
    i = bisect_left(values, value.start, key=lambda v: v.start)
    j = bisect_left(values, value.end, key=lambda v: v.start)
    first = values[i - 1].end if i else 0
    last = values[j].start if j < len(values) else len(text)
    left = left[max(0, len(left) - (value.start - first)) :]
    return left, right[: max(0, last - value.end)]


def _framed(text: str, start: int, end: int) -> frozenset[str]:
    """The words before and behind a value that turn or limit what is said of it."""
    left, right = text[max(0, start - _LEFT) : start], text[end : end + _RIGHT]
    cut = re.search(r"[;.!?](?=\s)", right)
    last = max((m.end() for m in re.finditer(r"[;.!?](?=\s)", left)), default=0)
    near = _NT.sub(" not", f"{left[last:]} {right[: cut.start() if cut else len(right)]}")
    return _FRAMES & {word[0].casefold() for word in WORD.finditer(near) if word[0] != "May"}


def _joints(text: str, start: int, end: int) -> tuple[bool, bool]:
    """Whether a value is the end of a range, and its beginning."""
    before = _JOINED_BEFORE.search(text[max(0, start - 8) : start]) is not None
    return before, _JOINED_AFTER.match(text, end) is not None


def has_same_slot(claim: str, finding: Finding, at: int) -> bool:
    """Whether what the evidence says may stand in the place of what was claimed.

    Args:
        claim: the text of the claim.
        finding: one with ``found`` and its quote.
        at: where the finding begins in the claim.
    """
    quote, found, end = finding.quote, finding.found, at + len(finding.claimed)
    if quote is None or not found or quote.text.rstrip().endswith("?"):
        return False
    if claim[at:end] != finding.claimed or not is_whole(claim, at, end):
        return False
    sentence = blank_markup(quote.text)
    places = [m.start() for m in re.finditer(re.escape(found), quote.text)]
    if len(places) > _PLACES:
        return False
    places = [
        a
        for a in places
        if is_whole(quote.text, a, a + len(found))
        and not _SMALLER.match(sentence, a + len(found))
        and _joints(sentence, a, a + len(found)) == _joints(claim, at, end)
        and _framed(sentence, a, a + len(found)) == _framed(claim, at, end)
    ]
    if not places or _are_strangers(claim, (at, end), sentence, found):
        return False
    if finding.kind in _LITERALS:
        return any(
            literal.kind == finding.kind and literal.start in places and literal.text == found
            for literal in read_identifiers(quote.text)
        )
    if _DAYS.fullmatch(finding.claimed) or _DAYS.fullmatch(found):
        both = _DAYS.fullmatch(finding.claimed) and _DAYS.fullmatch(found)
        plural = finding.claimed.endswith("s") == found.endswith("s")
        return bool(both) and plural and len(_DAYS.findall(sentence)) == 1
    if find_kind(finding.kind).cause == "name":
        return any(_names_agree(claim, (at, end), sentence, a, found) for a in places)
    return any(_values_agree(claim, (at, end), sentence, a, found) for a in places)


def _are_strangers(claim: str, span: tuple[int, int], sentence: str, found: str) -> bool:
    """Whether each of the two names something that the other does not: two subjects.

    What was claimed and what was found are no such names.
    """
    mine = {w for a, b in find_names(claim) if (a, b) != span for w in _parts(claim[a:b])}
    theirs = {w for a, b in find_names(sentence) for w in _parts(sentence[a:b])} - _parts(found)
    return bool(mine - _parts(sentence)) and bool(theirs - _parts(claim))


def _parts(text: str) -> set[str]:
    return {strip_ending(word[0]) for word in WORD.finditer(text)}


def _values_agree(claim: str, span: tuple[int, int], sentence: str, start: int, found: str) -> bool:
    """Whether two parsed values are of one kind, and no other value fits the words as well."""
    values, others = parse_values(claim), parse_values(sentence)
    mine = _spanning(claim, values, *span)
    theirs = _spanning(sentence, others, start, start + len(found))
    if mine is None or theirs is None or not _fit(mine, theirs):
        return False
    end = start + len(found)
    around = claim[mine.start : span[0]], claim[span[1] : mine.end]
    if around != (sentence[theirs.start : start], sentence[end : theirs.end]):
        return False  # a figure alone is exchanged only where its unit is written alike
    if any(is_same_value(v, theirs) for v in values if v.start != mine.start):
        return False  # the claim has it already: "60 minutes (one hour)"
    near, words = _near(claim, mine, values), find_content_words(_without(claim, values))
    shared = len(near & _near(sentence, theirs, others))
    rivals = [o for o in others if o.start != theirs.start and is_compatible(o, theirs)]
    rivals = [o for o in rivals if not is_same_value(o, theirs)]
    if len(rivals) > _PLACES or any(_is_other_choice(sentence, theirs, r) for r in rivals):
        return False
    if any(len(near & _near(sentence, rival, others)) >= shared for rival in rivals):
        return False
    if mine.kind == "number" and not _counts_alike(
        _around(claim, mine, values), _around(sentence, theirs, others)
    ):
        return False
    known = len(words & find_content_words(sentence))
    return shared > 0 or known >= max(1, _SHARED * len(words))


def _is_other_choice(sentence: str, value: Value, other: Value) -> bool:
    """Whether two values are named side by side ("one hour or 64 minutes")."""
    first, second = sorted((value, other), key=lambda v: v.start)
    gap = sentence[first.end : second.start]
    return len(gap) < 12 and _CHOICE.fullmatch(gap) is not None


def _spanning(text: str, values: Sequence[Value], start: int, end: int) -> Value | None:
    """The one value that a stretch of a text is, or is the figure of."""
    inside = [v for v in values if v.start < end and start < v.end]
    if not inside:
        year = _only(text[start:end])
        return replace(year, start=start, end=end) if year is not None else None
    value = inside[0]
    covered = value.start == start and (value.end == end or (value.rate and value.end < end))
    figure = value.start <= start and end <= value.end and text[start:end].isdigit()
    return value if len(inside) == 1 and (covered or figure) else None


def _fit(mine: Value, theirs: Value) -> bool:
    """Whether two values are of one kind and unit, for the same span, and limit alike."""
    if {mine.kind, theirs.kind} == {"number", "date"} and mine.key[0] and theirs.key[0]:
        mine = replace(mine, kind="date", key=(mine.key[0], None, None)) if _bare(mine) else mine
        theirs = replace(theirs, kind="date") if _bare(theirs) else theirs
    if mine.kind != theirs.kind or is_bare_clock(mine) != is_bare_clock(theirs):
        return False
    if not (is_compatible(mine, theirs) or has_other_currency(mine, theirs)):
        return False
    # "About 12" may become "about 18"; "over 12" is no "over 18" where the evidence says 18.
    return mine.bound == theirs.bound or (mine.bound == "~" and not theirs.bound)


def _bare(value: Value) -> bool:
    return re.fullmatch(r"[12]\d{3}", value.text) is not None


def _without(text: str, values: Sequence[Value]) -> str:
    ends = [0, *(value.end for value in values)]
    starts = [*(value.start for value in values), len(text)]
    return " ".join(text[a:b] for a, b in zip(ends, starts, strict=True))


def _counts_alike(mine: tuple[str, str], theirs: tuple[str, str]) -> bool:
    """Whether two bare numbers count the same, or stand behind the same words."""
    counted, told = _words(mine[1]), _words(theirs[1])
    if counted:
        return counted[0] in told[:3] or counted[0] in _words(theirs[0])[-2:]
    return bool(set(_words(mine[0])) & {*_words(theirs[0]), *told})


def _words(text: str) -> list[str]:
    found = (find_content_words(word[0]) for word in WORD.finditer(text))
    return [next(iter(stems)) for stems in found if stems]


def _names_agree(claim: str, span: tuple[int, int], sentence: str, start: int, found: str) -> bool:
    """Whether two whole names stand behind the same word, in sentences of nearly the same words."""
    end = start + len(found)
    if span not in find_names(claim) or (start, end) not in find_names(sentence):
        return False
    if found.casefold() in claim.casefold() or claim[slice(*span)] in sentence:
        return False
    rest = find_content_words(f"{claim[: span[0]]} {claim[span[1] :]}")
    others = find_content_words(f"{sentence[:start]} {sentence[end:]}")
    if not rest or len(rest & others) < _NAMED * len(rest):
        return False
    before = [w[0].casefold() for w in WORD.finditer(claim, 0, span[0])]
    ahead = [w[0].casefold() for w in WORD.finditer(sentence, 0, start)]
    if before and ahead:
        governs = _words(claim[: span[0]])[-1:]
        return before[-1] == ahead[-1] and set(governs) <= set(_words(sentence[:start])[-8:])
    after, follows = _words(claim[span[1] :]), _words(sentence[end:])
    return not before and not ahead and bool(after) and after[:1] == follows[:1]


def pair_rivals(verdict: Verdict, min_overlap: float = 0.5) -> Verdict:
    """Turns missing values of a contradicted claim into conflicts where only one value fits.

    A guess for a repair that is verified again, and no ground for a verdict: the model has
    found a contradiction, and the quote that speaks to the claim has exactly one other value of
    the same kind and unit (or one other name), in the same slot.

    Args:
        verdict: any verdict; one that is not contradicted is returned as it is.
        min_overlap: share of the claim's content words that the quote must have.
    """
    missing = [f for f in verdict.findings if f.status == "missing"]
    if verdict.label != "contradicted" or len(missing) != 1:
        return verdict
    claim = verdict.claim
    wanted = find_content_words(claim.text)
    for quote in verdict.quotes:
        shared = len(wanted & find_content_words(quote.text))
        if shared < 2 or shared < min_overlap * len(wanted):
            continue
        rivals = set(_rivals(verdict, missing[0], quote))
        if len(rivals) == 1:
            guess = replace(missing[0], status="conflict", found=rivals.pop(), quote=quote)
            if not has_same_slot(claim.text, guess, guess.start - claim.start):
                return verdict
            found = tuple(guess if f is missing[0] else f for f in verdict.findings)
            return replace(verdict, findings=found)
    return verdict


def _rivals(verdict: Verdict, finding: Finding, quote: Quote) -> Iterator[str]:
    claim = verdict.claim.text
    if finding.kind == "name":
        for start, end in find_names(quote.text):
            name = quote.text[start:end]
            if not any(part in claim for part in name.split()):
                yield name
        return
    start = finding.start - verdict.claim.start
    values = parse_values(claim)
    for mine in values:
        if mine.start != start:
            continue
        for other in parse_values(quote.text):
            alike = other.kind == mine.kind and other.unit == mine.unit
            if alike and not any(is_same_value(value, other) for value in values):
                yield other.text


_ARTICLE = re.compile(r"(?<![\w'’])(an?)(\s+)$", re.IGNORECASE)


def replace_values(answer: str, verdict: Verdict) -> list[Edit]:
    """Returns the repairs of every value in conflict; none if one of them cannot be made."""
    edits: list[Edit] = []
    for finding in sorted(verdict.findings, key=lambda f: f.start):
        if finding.status != "conflict":
            continue
        edit = _value(answer, verdict.claim, finding)
        if edit is None or (edits and edit.start < edits[-1].end):
            return []
        edits.append(edit)
    return edits


def _value(answer: str, claim: Claim, finding: Finding) -> Edit | None:
    start, end = finding.start, finding.end
    inside = claim.start <= start < end <= claim.end
    if not inside or not finding.found or answer[start:end] != finding.claimed:
        return None
    if find_kind(finding.kind).repair == "word":
        if not _one_word(claim, finding):
            return None
    elif not (
        is_whole(answer, start, end) and has_same_slot(claim.text, finding, start - claim.start)
    ):
        return None
    found = clean_evidence(finding.found)
    text = restyle_value(finding.claimed, found, finding.kind)
    if text and not _has_digits_of(text, found):
        styled, written = _only(text), _only(found)
        text = found if styled and written and styled.key == written.key else ""
    if finding.claimed.endswith(".") and not text.endswith(".") and end == claim.end:
        text += "."
    elif text.endswith(".") and answer.startswith(".", end):
        text = text.removesuffix(".")
    if not text or is_active(text):
        return None
    if start == claim.start and finding.claimed[:1].isupper():
        text = text[:1].upper() + text[1:]
    before = _ARTICLE.search(answer[max(0, start - 8) : start])
    if before:
        wanted = choose_article(text)
        if wanted != before[1].lower():
            start -= len(before[0])
            wanted = wanted.capitalize() if before[1][0].isupper() else wanted
            text = f"{wanted}{before[2]}{text}"
    source = f" ({finding.quote.source})" if finding.quote else ""
    return Edit(start, end, text, f"the evidence says {clean_evidence(finding.found)}{source}")


def _one_word(claim: Claim, finding: Finding) -> bool:
    """Whether a comparison is all in which a sentence differs from the claim."""
    if finding.kind != "comparison" or finding.quote is None:
        return False
    mine = [w[0].casefold() for w in WORD.finditer(claim.text)]
    theirs = [w[0].casefold() for w in WORD.finditer(finding.quote.text)]
    return len(mine) == len(theirs) and sum(map(str.__ne__, mine, theirs)) == 1
