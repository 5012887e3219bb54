"""Alignment of a claim with a sentence that it comes from, and the places where the two differ.

Models copy sentences and change a word, a value or a name; every check of such a change looks at
one ``Difference`` of an ``Alignment``. Tokens are aligned with the fewest edits (V. Levenshtein,
1966); a value is one token, equal to another that states the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from rapidfuzz.distance import Levenshtein

from groundwire.quantities.compare import is_same_value
from groundwire.quantities.dates import find_zone_end
from groundwire.quantities.modifiers import find_rate_end
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import HEDGES, LIMITS, NEGATIONS, PARTS, PRONOUNS, WHOLES
from groundwire.text.words import STOP, WORD, find_content_words, split_table, strip_ending
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding

_LEAST = 2
"""Tokens that a claim and a sentence must share beside pronouns."""
_MOST = 80
_LONGEST = 2000
_PHRASE = 4
"""Tokens that a pronoun may stand for."""

# Small words that come and go with a negation: "voted" is denied by "did not vote".
_DROPPED = frozenset(split_table("a an the that do does did also then so just too ever any"))
_CLOSED = STOP | NEGATIONS | LIMITS | HEDGES | PARTS | WHOLES
_CONTRACTED = {"ca": "can", "wo": "will", "sha": "shall"}
_NUMBERED = re.compile(r"\.\s?\d")
# "No, the pump is covered" answers a question, and its sentence denies nothing, whoever says it
# ("A: No, ...") and whatever was asked before it in the same text. "Pets: no." denies them.
_ANSWERED = re.compile(
    r"(?:(?:^|(?P<label>:\s)|[.?!]\s|\n)\W*)"
    r"(?P<particle>no)(?=[,;!–—]\s|(?(label)(?!)|[.:]\s(?!\d)))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a value as it is compared, and where it stands.

    Attributes:
        form: the stem of a word, or the text of a value.
        start: offset of the first character.
        end: offset after the last one; of a value, after its rate and its zone.
        value: what it states, if it is a value.
    """

    form: str
    start: int
    end: int
    value: Value | None = None


Tokens: TypeAlias = tuple[Token, ...]
Gap: TypeAlias = tuple[int, int, int, int]
"""Begin and end of a place in a claim, and of that in a sentence."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where a sentence has other tokens than a claim; one of the sides may be empty.

    Attributes:
        mine: the tokens of the claim.
        theirs: those of the sentence.
        beside: the token of each after them, or their last.
    """

    mine: Tokens
    theirs: Tokens
    beside: tuple[Token, Token]


@dataclass(frozen=True, slots=True)
class Alignment:
    """A claim beside a sentence that has most of it in its order.

    Attributes:
        claim: the text of the claim.
        quote: the sentence.
        same: how many tokens of the claim it has.
        differences: what else the claim says, in order; a pronoun for a phrase is none.
        further: the texts of the sentence before, between and after the tokens of the claim.
    """

    claim: str
    quote: Quote
    same: int
    differences: tuple[Difference, ...]
    further: tuple[str, ...]

    @property
    def limited(self) -> bool:
        """Whether the sentence says more, and limits itself by that to a case."""
        known = find_content_words(self.claim)
        for text in self.further:
            words = [(m[0].casefold(), m.end()) for m in WORD.finditer(text)]
            if any(w in LIMITS and find_content_words(text[end:]) - known for w, end in words):
                return True
        return False


@lru_cache(maxsize=16_384)
def split_tokens(text: str) -> Tokens:
    """Returns the words and values of a text that tell something, in order."""
    out: list[Token] = []
    values = [value for value in parse_values(text) if value.kind != "ordinal"]
    spans = [
        (v.start, max(v.end, find_rate_end(text, v), find_zone_end(text, v)), v) for v in values
    ]
    answers = {match.start("particle") for match in _ANSWERED.finditer(text)}
    at = 0
    for start, end, value in [*spans, (len(text), len(text), None)]:
        for match in WORD.finditer(text, at, max(at, start)):
            if match.start() not in answers:
                out += (Token(form, *match.span()) for form in _read_forms(text, match))
        if value is not None:
            out.append(Token(value.text.casefold(), start, end, value))
        at = max(at, end)
    return tuple(out)


def _read_forms(text: str, match: re.Match[str]) -> Iterator[str]:
    word = match[0].casefold().replace("’", "'")
    forms = [word]
    if word == "no" and _NUMBERED.match(text, match.end()):
        forms = ["number"]
    elif word.endswith("n't"):
        forms = [_CONTRACTED.get(word[:-3], word[:-3]), "not"]
    elif word == "cannot":
        forms = ["can", "not"]
    for form in forms:
        if form not in _DROPPED:
            yield stem_token(form)


def stem_token(word: str) -> str:
    """Returns the form in which a word is compared; words of closed classes keep their endings."""
    return word if word in _CLOSED else strip_ending(word)


@lru_cache(maxsize=16_384)
def find_alignment(claim: str, quote: Quote) -> Alignment | None:
    """Aligns a claim with a sentence; None where it does not have most of the claim's tokens."""
    mine, theirs = split_tokens(claim), split_tokens(quote.text)
    if not mine or len(quote.text) > _LONGEST:
        return None
    known = {token.form for token in mine}
    if 2 * len(known & {token.form for token in theirs}) < len(known) - 1:
        return None
    names = [_name(token, mine) for token in theirs]
    own = [_name(token, mine) for token in mine]
    gaps = find_gaps(own, names)
    kept = [token for a, b in pairwise(gaps) for token in mine[a[1] : b[0]]]
    same = sum(token.form not in PRONOUNS for token in kept)
    if same < _LEAST or 2 * same < sum(token.form not in PRONOUNS for token in mine):
        return None
    differences: list[Difference] = []
    further: list[str] = []
    for i1, i2, j1, j2 in gaps:
        j3, j4 = _trim(i1, i2, j1, j2, mine, theirs)
        beside = mine[min(i2, len(mine) - 1)], theirs[min(j2, len(theirs) - 1)]
        place = Difference(mine[i1:i2], theirs[j3:j4], beside)
        refers = i1 == j1 == 0 and _refers(claim, mine[:i2], quote.text, theirs[:j2])
        if _is_told(place) and not refers:
            differences.append(place)
            outside = [(j1, j3), (j4, j2)]
        else:
            outside = [(j1, j2)]
        further += [quote.text[theirs[a].start : theirs[b - 1].end] for a, b in outside if a < b]
    return Alignment(claim, quote, same, tuple(differences), tuple(further))


def _name(token: Token, mine: Tokens) -> str:
    """What a token is compared by: a value of the sentence as the claim's that it states."""
    if token.value is None:
        return token.form
    for other in mine:
        if other.value is not None and is_same_value(other.value, token.value):
            return f"={other.form}"
    return f"={token.form}≠"


def find_gaps(mine: Sequence[str], theirs: Sequence[str]) -> list[Gap]:
    """Returns what stands before, between and after the tokens that two rows share in order.

    What the other row says more stands at an edge where it may.
    """
    gaps = [(0, 0, 0, 0)]
    for op in Levenshtein.opcodes(mine, theirs):
        if op.tag == "equal":
            gaps.append((op.src_end, op.src_end, op.dest_end, op.dest_end))
        else:
            gaps[-1] = gaps[-1][0], op.src_end, gaps[-1][2], op.dest_end
    if len(gaps) < 3:
        return gaps
    # Of "the pump is red, it is hot", both the first and the second "is" may be that of "is hot".
    (_, a, _, _), (i1, i2, j1, j2) = gaps[:2]
    if a == 0 and i1 == i2 <= j2 - j1 and list(theirs[j2 - i1 : j2]) == list(mine[:i1]):
        gaps[:2] = [(0, 0, 0, j2 - i1), (i1, i1, j2, j2)]
    (i1, i2, j1, j2), (b, size, _, end) = gaps[-2:]
    rest, told = size - i1, list(mine[i1:])
    if b == size and i1 == i2 and j1 + rest <= j2 and list(theirs[j1 : j1 + rest]) == told:
        gaps[-2:] = [(i1, i1, j1, j1), (size, size, j1 + rest, end)]
    return gaps


def _trim(i1: int, i2: int, j1: int, j2: int, mine: Tokens, theirs: Tokens) -> tuple[int, int]:
    """The part of a sentence that answers to a place; at an edge it says more beyond that."""
    if i1 == 0 and j1 < j2:
        whole = PRONOUNS if i2 else NEGATIONS | HEDGES
        return max(j1, j2 - (1 if theirs[j2 - 1].form in whole else i2)), j2
    if i2 == len(mine) and j1 < j2:
        if i1 < i2 and theirs[j1].form in PRONOUNS:
            return j1, j1 + 1
        end = min(j2, j1 + (i2 - i1))
        values = [j for j in range(j1, min(j2, j1 + _PHRASE)) if theirs[j].value]
        valued = values and any(token.value for token in mine[i1:])
        return j1, max(end, values[0] + 1) if valued else end
    return j1, j2


def _is_told(place: Difference) -> bool:
    """Whether a place says something else, and is no pronoun for a phrase and no more words."""
    mine, theirs = place.mine, place.theirs
    if not mine:
        return any(token.form in NEGATIONS | HEDGES for token in theirs)
    sides = (mine, theirs), (theirs, mine)
    return not any(
        len(one) == 1 and one[0].form in PRONOUNS and len(other) <= _PHRASE for one, other in sides
    )


def _refers(claim: str, mine: Tokens, sentence: str, theirs: Tokens) -> bool:
    """Whether a claim opens with "the rule" where its sentence names which one ("Section 12")."""
    if len(mine) != 1 or not 0 < len(theirs) <= _PHRASE:
        return False
    article = claim[: mine[0].start].strip().casefold()
    return article in ("the", "this") and not sentence[: theirs[0].start].strip()


def find_near(claim: Claim, evidence: Sequence[Quote]) -> list[Alignment]:
    """Returns the sentences that are nearly the claim; none if it is asked or one states it."""
    if claim.text.rstrip().endswith("?") or len(split_tokens(claim.text)) > _MOST:
        return []
    found = [hit for quote in evidence if (hit := find_alignment(claim.text, quote)) is not None]
    return found if all(hit.differences for hit in found) else []


Judge: TypeAlias = Callable[[Difference, Alignment], tuple[str, tuple[int, int], str] | None]
"""The kind of a conflict in one difference, its place in the claim, and what stands instead."""


def find_changes(claim: Claim, evidence: Sequence[Quote], judge: Judge) -> list[Finding]:
    """Returns the conflicts that a judge sees in sentences with one difference.

    Where two sentences have different words in a place, neither counts; of several places, the
    one counts whose sentence has most of the claim.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences selected for it.
        judge: looks at one difference.
    """
    found: dict[tuple[int, int], dict[str, tuple[int, Finding]]] = {}
    alone = [near for near in find_near(claim, evidence) if len(near.differences) == 1]
    # Of "A costs 1. B costs 2." and "A costs 2.", the one with the claim's subject counts.
    valued = [near.differences[0].mine for near in alone if _is_of_values(near.differences[0])]
    last = max((tokens[0].start for tokens in valued), default=0)
    for near in alone:
        told = judge(near.differences[0], near)
        if told is not None and told[1][1] > last:
            kind, span, said = told
            hit = make_finding(claim, kind, *span, "conflict", said, near.quote)
            found.setdefault(span, {}).setdefault(said.casefold(), (near.same, hit))
    sure = [hit for hits in found.values() if len(hits) == 1 for hit in hits.values()]
    sure.sort(key=lambda item: (item[0], item[1].start, item[1].end))
    return [sure[-1][1]] if sure else []


def _is_of_values(place: Difference) -> bool:
    return all(any(token.value for token in side) for side in (place.mine, place.theirs))


def find_span(tokens: Tokens) -> tuple[int, int]:
    """Returns the offsets that tokens take."""
    return tokens[0].start, tokens[-1].end
