"""Names of a claim against evidence sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache, partial
from itertools import pairwise

from rapidfuzz.distance import OSA

from groundwire.quantities.compare import is_same_value
from groundwire.quantities.parse import parse_values
from groundwire.text.english import MONTHS, NEGATED, OPENERS, WEEKDAYS
from groundwire.text.letters import strip_accents
from groundwire.text.words import STOP, WORD, find_content_words, split_table
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.alignment import Alignment, Difference, find_changes, find_span

_LINKS = frozenset(split_table("of de da di du del der den la le van von bin al and"))
_TITLES = frozenset(
    split_table("mr mrs ms dr prof sir lord lady president king queen saint st the")
)
_INITIALS = re.compile(r"[A-Z](?:\.[A-Z])*\.?")
_BEGUN = re.compile(r"[\w,;:]")
_ENDED = re.compile(r"[.!?:]\W*$")
_ALIAS = re.compile(
    r"[,(;:=/–—]|\b(?:known|called|aka|alias|nicknamed|born|formerly|renamed|named|or|is|was|are|were"
    r"|becam\w+|becom\w+|as|abbreviat\w+|short|stands?|refers?|means?)\b",
    re.IGNORECASE,
)
_NEARBY = 80
# Letters of a word that may be misspelled. With fewer, one letter makes another name: Berg, Borg.
_LONG_ENOUGH = 5
_LEAST = 3
"""Letters of a word that is no initial."""

_TOLD = 0.5
"""Share of a claim's other words that the sentence with a namesake must have."""

# "In Oslo" and "in Norway" may both be true: such a conflict informs, but vetoes nothing.
_PLACE = re.compile(
    r"\b(?:in|into|at|from|near|to|within|across|throughout|around)(?: the)? $", re.I
)
_TITLE = re.compile(r"\b([A-Z][a-z]+) $")
_LISTED = re.compile(r"^,\s|,?\s(?:and|or)\s$")
"""What stands beside a name in a list of names."""

_COUNTRIES = (
    frozenset(split_table("us usa unitedstates unitedstatesofamerica america american americans")),
    frozenset(split_table("uk unitedkingdom britain greatbritain british england english")),
    frozenset(split_table("netherlands holland dutch")),
    frozenset(split_table("eu europeanunion europe european")),
    frozenset(split_table("ussr sovietunion soviet russia russian")),
)
# A place that runs over one of these holds parts of two statements.
_BROKEN = re.compile(r"[:;\n]\s")


def check_names(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks every name of the claim up in the evidence.

    A name is a run of capitalized words; the first word of a sentence counts only as part of
    a longer run. Initials, possessives, titles and acronyms are variants of a name. A conflict
    needs a sentence that is the claim but for another name, month or weekday in the place of
    this one, and nothing may tell that both names are of one thing. Its kind is ``"place"`` where
    the name tells where something is, since one place may be part of the other.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences selected for it.

    Returns:
        One finding for each name, in order.
    """
    changed = find_changes(claim, evidence, partial(_judge_name, evidence=evidence))
    found = list(changed)
    for start, end in find_names(claim.text):
        name = claim.text[start:end]
        span = claim.start + start, claim.start + end
        if any(hit.start < span[1] and span[0] < hit.end for hit in changed):
            continue
        stating = next((q for q in evidence if _states(name, q.text)), None)
        mixed = None if stating is None else _find_mixed(name, evidence)
        if mixed is not None:
            found.append(Finding("name", "conflict", name, *span, mixed[1], mixed[0]))
        elif stating is not None:
            found.append(Finding("name", "match", name, *span, name, stating))
        elif not all(_anywhere(word, evidence) for word in _parts(name)):
            namesake = _find_namesake(name, claim, evidence)
            if namesake is not None:
                quote, other = namesake
                found.append(Finding("name", "conflict", name, *span, other, quote))
            else:
                found.append(Finding("name", "missing", name, *span))
    return sorted(found, key=lambda f: (f.start, f.end))


def _find_namesake(name: str, claim: Claim, evidence: Sequence[Quote]) -> tuple[Quote, str] | None:
    """The only name of the evidence that has all words of a name but one, and another for it.

    "Ida Lund" where the evidence has Ida Moe, says of her what the claim says, and has no Lund.
    """
    mine = _parts(name)
    # A run with "of" in it may be two names, or a name and what is said of it.
    if len(mine) < 2 or len(mine) != len(name.split()) or NEGATED.search(claim.text):
        return None
    found: dict[tuple[str, ...], tuple[Quote, str]] = {}
    for quote in evidence:
        for start, end in find_names(quote.text):
            theirs = _parts(quote.text[start:end])
            if len(theirs) != len(mine):
                continue
            other = [(a, b) for a, b in zip(mine, theirs, strict=True) if a != b]
            if len(other) == 1 and min(map(len, other[0])) >= _LEAST:
                found.setdefault(tuple(theirs), (quote, quote.text[start:end]))
    if len(found) != 1:
        return None
    quote, written = next(iter(found.values()))
    places = zip(mine, _parts(written), strict=True)
    place, word, other_word = next((i, a, b) for i, (a, b) in enumerate(places) if a != b)
    # What else is said must be said of the other one, or there are two: two states, two sisters.
    said = find_content_words(claim.text) - find_content_words(name) - OPENERS
    if len(said & find_content_words(quote.text)) < _TOLD * len(said):
        return None
    # "Liz" may be Elizabeth and "Mohamed" Muhammad: first names have many forms.
    if place == 0 and _share_letters(word, other_word):
        return None
    if _anywhere(word, evidence) or is_same_name(name, written, [q.text for q in evidence]):
        return None
    return quote, written


def is_numbered(text: str, start: int) -> bool:
    """Whether a number at a place is part of a name, as in "Bus 14" and "Year 7"."""
    match = _TITLE.search(text, 0, start)
    return match is not None and match[1].casefold() not in OPENERS


def _find_mixed(name: str, evidence: Sequence[Quote]) -> tuple[Quote, str] | None:
    """The listed name that has the first word of a name whose second is of another one beside it.

    "Ida Moe" of "Ida Lund, Ole Moe and Kim Dahl": both words stand there, of two people. A word
    that stands alone anywhere, or with the other, may be either's.
    """
    parts = _parts(name)
    if len(parts) != 2 or len(name.split()) != 2:
        return None
    runs = [run for quote in evidence for run in _list_names(quote)]
    with_first = [run for run in runs if parts[0] in _parts(run[1])]
    with_last = [run for run in runs if parts[1] in _parts(run[1])]
    if len(with_first) != 1 or not with_last:
        return None
    (quote, written, start, end) = with_first[0]
    beside = [run for run in with_last if run[0] == quote]
    for _, other, a, b in beside:
        both = _parts(written), _parts(other)
        between = quote.text[end:a] if end <= a else quote.text[b:start]
        listed = _LISTED.search(between) is not None
        if [len(own) for own in both] == [2, 2] and both[0][0] == parts[0] and listed:
            alone = len(with_last) == 1 and both[1][1] == parts[1]
            counts = [_count_word(word, evidence) for word in parts]
            return (quote, written) if alone and counts == [1, 1] else None
    return None


def _list_names(quote: Quote) -> Iterator[tuple[Quote, str, int, int]]:
    """Yields the names of a sentence, those apart that "and" joins, with their offsets."""
    for start, end in find_names(quote.text):
        at = start
        for name in quote.text[start:end].split(" and "):
            yield quote, name, at, at + len(name)
            at += len(name) + len(" and ")


def _count_word(word: str, evidence: Sequence[Quote]) -> int:
    """How often a word of a name stands in the evidence."""
    return sum(_plain(m[0]) == word for quote in evidence for m in WORD.finditer(quote.text))


def _share_letters(word: str, other: str) -> bool:
    """Whether two words have two letters in a row in common."""
    return bool({*pairwise(_plain(word))} & {*pairwise(_plain(other))})


def _is_given(claim: str, end: int, sentence: str, stop: int) -> bool:
    """Whether one name follows in both texts, so that what stands before it is a first name."""
    mine, theirs = WORD.match(claim, end + 1), WORD.match(sentence, stop + 1)
    return bool(mine and theirs and mine[0] == theirs[0] and mine[0][0].isupper())


def _judge_name(
    place: Difference, near: Alignment, *, evidence: Sequence[Quote]
) -> tuple[str, tuple[int, int], str] | None:
    """The conflict of two names, months or weekdays that stand in one place."""
    if not place.mine or not place.theirs:
        return None
    (start, end), (there, stop) = find_span(place.mine), find_span(place.theirs)
    mine, theirs = near.claim[start:end], near.quote.text[there:stop]
    if {mine.casefold(), theirs.casefold()} <= MONTHS | WEEKDAYS:
        return "date", (start, end), theirs
    if not (_is_named(mine) and _is_named(theirs)):
        return None
    if is_same_name(mine, theirs, [quote.text for quote in evidence]):
        return None
    # "The RTA is in one street, the CMA in another" may tell of the name by its initials.
    if has_initials_of(mine, near.quote.text):
        return None
    # A word that both have in another place makes variants: "FC Bayern", "Bayern Munich".
    if {*_parts(mine)} & {*_parts(theirs)} or _has_own_value(mine, near, stop):
        return None
    if _is_given(near.claim, end, near.quote.text, stop) and _share_letters(mine, theirs):
        return None
    opens = not (near.claim[:start].strip() and near.quote.text[:there].strip())
    if opens and not (_is_name(mine, evidence) and _is_name(theirs, evidence)):
        return None
    return "place" if is_within(near.claim, start) else "name", (start, end), theirs


def _has_own_value(name: str, near: Alignment, after: int) -> bool:
    """Whether the sentence goes on to a name and gives a value of the claim behind it.

    Of "Lake Orta covers 18 km² and Lake Iseo 65 km²" the second half leaves the verb out.
    """
    place = near.quote.text.find(name, after)
    if place < 0:
        return False
    mine = parse_values(near.claim)
    same = [v for v in parse_values(near.quote.text) if any(is_same_value(m, v) for m in mine)]
    return any(v.start > place for v in same) and not any(after <= v.start < place for v in same)


def _is_named(text: str) -> bool:
    """Whether each word has a capital, and the first is none that opens sentences."""
    words = [match[0] for match in WORD.finditer(text)]
    linked = [word for word in words if word.casefold() not in STOP]
    if not linked or words[0].casefold() in OPENERS or _BROKEN.search(text):
        return False
    return all(word[0].isupper() for word in linked)


def _is_name(name: str, evidence: Sequence[Quote]) -> bool:
    """Whether it has more words, or some sentence writes it inside, or in a longer name."""
    if len(name.split()) > 1:
        return True
    inside = re.compile(rf"[\w,;)] {re.escape(name)}\b|\b{re.escape(name)} [A-Z]")
    return any(inside.search(quote.text) for quote in evidence)


def find_names(text: str) -> list[tuple[int, int]]:
    """Returns the spans of capitalized names in a sentence."""
    inside = {i for v in parse_values(text) for i in range(v.start, v.end)}
    spans: list[tuple[int, int]] = []
    run: list[re.Match[str]] = []
    for word in [*WORD.finditer(text), None]:
        if word is not None and _continues(text, run, word, inside):
            run.append(word)
            continue
        spans += _close(text, run)
        run = []
        if word is not None and _continues(text, run, word, inside):
            run.append(word)
    return spans


def is_same_name(name: str, other: str, sentences: Sequence[str]) -> bool:
    """Whether two names may be of one thing: variants, or told to be by a sentence."""
    if _states(name, other) or _states(other, name):
        return True
    if _one_country(name, other) or _misspelled(name, other):
        return True
    if _shortens(name, other) or _shortens(other, name):
        return True
    return any(_states(name, s) and _same_thing(name, other, s) for s in sentences)


def _one_country(name: str, other: str) -> bool:
    """Whether both name one country, or those who are from there."""
    plain = [re.sub(r"\W", "", n.casefold().removeprefix("the ")) for n in (name, other)]
    return any(set(plain) <= country for country in _COUNTRIES)


def _shortens(short: str, name: str) -> bool:
    """Whether the first is made of letters of one word: "VW" of Volkswagen, "Dr" of Doctor."""
    if " " in name or not 1 < len(short.strip(".")) < _LEAST:
        return False
    letters = iter(_plain(name))
    return name[0] == short[0] and all(letter in letters for letter in _plain(short))


def _misspelled(name: str, other: str) -> bool:
    """Whether the words of two names differ by a letter each, at most."""
    a, b = _parts(name), _parts(other)
    if len(a) != len(b):
        return False
    return all(
        x == y or (min(len(x), len(y)) >= _LONG_ENOUGH and OSA.distance(x, y) <= 1)
        for x, y in zip(a, b, strict=True)
    )


def is_within(text: str, start: int) -> bool:
    """Whether a name tells where something is: it may be a part of the other place."""
    return bool(_PLACE.search(text, max(0, start - 20), start))


def _continues(text: str, run: list[re.Match[str]], word: re.Match[str], inside: set[int]) -> bool:
    if word.start() in inside:
        return False
    gap = text[run[-1].end() : word.start()] if run else ""
    if run and gap not in (" ", ". ", "-", " & ", "'", "’"):
        return False
    if gap == ". " and not (_INITIALS.fullmatch(run[-1][0]) or _is_title(run[-1][0])):
        return False
    return word[0][0].isupper() or (bool(run) and gap == " " and word[0] in _LINKS)


def _is_title(word: str) -> bool:
    return word.casefold() in _TITLES


def _close(text: str, run: list[re.Match[str]]) -> list[tuple[int, int]]:
    while run and run[-1][0] in _LINKS:
        run = run[:-1]
    opens = bool(run) and not _BEGUN.search(text, 0, run[0].start())
    opens = opens or bool(run and _ENDED.search(text[max(0, run[0].start() - 20) : run[0].start()]))
    while run and run[0][0].casefold() in STOP | _LINKS and not _acronym(run[0][0]):
        run, opens = run[1:], False
    if not run or (opens and len(run) == 1):
        return []
    end = run[-1].end()
    possessive = re.search(r"['’]s?$", run[-1][0])
    end -= len(possessive[0]) if possessive else 0
    start = run[0].start()
    return [(start, end)] if end - start > 1 and text[start:end] != "I" else []


def _acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def _parts(name: str) -> list[str]:
    words = [_plain(w[0]) for w in WORD.finditer(name)]
    return [w for w in words if w not in _LINKS and w not in _TITLES] or words


def _plain(word: str) -> str:
    """A word of a name without case, possessive, full stops and accents."""
    return re.sub(r"['’]s?$", "", strip_accents(word) or word).replace(".", "")


def _states(name: str, text: str) -> bool:
    """Whether a text names the same thing, written out, in part or by initials."""
    known = _words_in(text)
    parts = _parts(name)
    if all(_known(part, known) for part in parts):
        return True
    if len(parts) == 1 and name.isupper() and len(name) > 1:
        return any(_spells(name.casefold(), run) for run in _runs(text))
    return has_initials_of(name, text)


def has_initials_of(name: str, text: str) -> bool:
    """Whether a text has a name of several words by their first letters alone."""
    letters = "".join(part[0] for part in _parts(name))
    return len(letters) > 1 and letters in _words_in(text)


@lru_cache(maxsize=16_384)
def _words_in(text: str) -> frozenset[str]:
    """The words of a text, plain, and the pieces of those with a hyphen."""
    words = [_plain(w[0]) for w in WORD.finditer(text)]
    return frozenset(words) | {piece for word in words for piece in word.split("-")}


def _known(part: str, known: Set[str]) -> bool:
    if len(part) == 1:
        return any(word.startswith(part) for word in known)
    # "J. Smith" has the J of John. A lone "a", "i" or "s" is a word or an ending, and no initial.
    if part[0] in known and part[0] not in ("a", "i", "s"):
        return True
    return part in known or part + "s" in known or (part.endswith("s") and part[:-1] in known)


def _spells(letters: str, run: list[str]) -> bool:
    initials = "".join(word[0] for word in run if word not in _LINKS and word not in STOP)
    return letters in initials


def _runs(text: str) -> list[list[str]]:
    return [[_plain(w[0]) for w in WORD.finditer(text[a:b])] for a, b in find_names(text)]


def _anywhere(word: str, evidence: Sequence[Quote]) -> bool:
    return any(_states(word, quote.text) for quote in evidence)


def _same_thing(name: str, other: str, sentence: str) -> bool:
    """Whether a sentence may say that two names are of one thing ("X, also known as Y")."""
    if not _states(other, sentence):
        return False
    first, last = _parts(name), _parts(other)
    a, b = sentence.casefold().find(first[0]), sentence.casefold().find(last[0])
    if min(a, b) < 0:
        return True
    between = sentence[min(a, b) : max(a, b)]
    return len(between) < _NEARBY and bool(_ALIAS.search(between))
