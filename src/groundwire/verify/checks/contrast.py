"""Claims that are an evidence sentence but for one word that turns it round."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from groundwire.types import Claim, Finding, Quote
from groundwire.verify.findings import finding
from groundwire.verify.opposites import OPPOSITE, limited, of_another
from groundwire.verify.swaps import check_swaps
from groundwire.verify.topic import topic
from groundwire.verify.words import content_words, stem, words_of

_LEAST = 3
_MOST = 80
_SHARED = 0.75
_RANKED = 20

_NEGATIONS = frozenset(words_of("not never no cannot without neither nor"))
_CONTRACTED = {"ca": "can", "wo": "will", "sha": "shall"}
_TOKEN = re.compile(r"[^\W_]+(?:['’.,:-][^\W_]+)*|[%$€£]")
_NUMBERED = re.compile(r"\.\s?\d")
_ANSWERED = re.compile(r"[.,;:!–—]\s")
_DROPPED = frozenset(words_of("a an the that do does did also then so just too ever any can"))
_VERB_FORMS = frozenset(words_of("am is are was were be been being has have had will would"))
_BOTH_MAY_BE = re.compile(
    r"\b(?:if|unless|whether|may|might|could|some|several|certain|sometimes|often|usually|many|few"
    r"|others?|most|not only|until|nor|necessarily|longer|both|all|every|always)\b|\?",
    re.IGNORECASE,
)
"""Words with which a sentence and its denial may both be true."""
_PART_MAY_BE = re.compile(
    r"\b(?:that|which|who|although|though|only|yet|else|except|alleg\w+|claim\w*|said|says"
    r"|believ\w+|den(?:y|ies|ied)|doubt\w*|rumou?r\w*|instead|rather)\b",
    re.IGNORECASE,
)
"""Words with which a part of a sentence may be denied by the rest, or be about another thing."""

Token = tuple[str, int, int]
"""A word as it is compared, and its offsets."""


def check_contrast(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks for a sentence that is the claim but for a negation, a comparison or an exchange.

    All words of the claim must stand in one evidence sentence in the same order, but for the
    negation (kind ``"negation"``), one word that is the opposite of the sentence's (kind
    ``"comparison"``), or two values that have changed places (kind ``"order"``). A sentence
    that has all words of the claim in their order, without the change, withdraws the finding;
    one that is limited to a case that the claim does not name is no ground for it.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences selected for it.

    Returns:
        Conflicts, in order; nothing is reported as matched or missing.
    """
    mine = _tokens(claim.text)
    if not _LEAST <= len(mine) <= _MOST or claim.text.rstrip().endswith("?"):
        return []
    near = _near(claim.text, evidence)
    found = check_swaps(claim, near)
    if any(_states(mine, _tokens(quote.text)) for quote in near):
        return found
    conflicts: list[Finding] = []
    for quote in near:
        hit = _turned(claim, mine, quote)
        if hit == "same":
            return found
        if isinstance(hit, Finding):
            conflicts.append(hit)
    found += conflicts[:1]
    return sorted(found, key=lambda f: (f.start, f.end, f.kind))


def _near(claim: str, evidence: Sequence[Quote]) -> list[Quote]:
    """The sentences that have most of the claim's words, the most first."""
    wanted = topic(claim)
    scored = [
        (len(wanted & content_words(quote.text)), quote)
        for quote in evidence
        if len(quote.text) <= 2000
    ]
    least = max(1, _SHARED * (len(wanted) - 1))
    kept = [(shared, quote) for shared, quote in scored if shared >= least]
    kept.sort(key=lambda item: (-item[0], item[1].text, item[1].source, item[1].start))
    return [quote for _, quote in kept[:_RANKED]]


@lru_cache(maxsize=16_384)
def _tokens(text: str) -> tuple[Token, ...]:
    out: list[Token] = []
    for match in _TOKEN.finditer(text):
        word = match[0].casefold().replace("’", "'")
        if (
            word == "no"
            and _ANSWERED.match(text, match.end())
            and not text[: match.start()].strip()
        ):
            continue
        said = [word]
        if word == "no" and _NUMBERED.match(text, match.end()):
            said = ["number"]
        if word.endswith("n't"):
            said = [_CONTRACTED.get(word[:-3], word[:-3]), "not"]
        elif word == "cannot":
            said = ["not"]
        out += [(part, match.start(), match.end()) for part in said if part not in _DROPPED]
    return tuple(out)


def _states(mine: Sequence[Token], theirs: Sequence[Token]) -> bool:
    """Whether a sentence has the words of the claim in their order, with the same negations."""
    rest = iter([_form(word) for word, _, _ in theirs])
    if not all(_form(word) in rest for word, _, _ in mine):
        return False
    return len(_denials(mine)) == len(_denials(theirs))


def _denials(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token[0] in _NEGATIONS]


def _turned(claim: Claim, mine: Sequence[Token], quote: Quote) -> Finding | str | None:
    """The finding on a sentence that is the claim turned round; "same" if it is the claim."""
    theirs = _tokens(quote.text)
    words, others = _affirmed(mine), _affirmed(theirs)
    a, b = [_form(token[0]) for token in words], [_form(token[0]) for token in others]
    start = _window(a, b) if len(a) >= _LEAST else None
    if start is None:
        return None
    inside = others[start : start + len(a)]
    changed = [i for i, word in enumerate(a) if word != b[start + i]]
    mine_no, all_no = _denials(mine), _denials(theirs)
    theirs_no = [token for token in all_no if _belongs(token, theirs, inside)]
    if not changed and len(mine_no) == len(theirs_no):
        return "same"
    further = quote.text[: inside[0][1]], quote.text[inside[-1][2] :]
    if len(theirs_no) != len(all_no) or limited(claim.text, further):
        return None
    if changed and of_another(claim.text, *words[changed[0]][1:]):
        return None
    if changed and len(mine_no) == len(theirs_no):
        return _conflict(claim, "comparison", words[changed[0]], inside[changed[0]], quote)
    both = f"{claim.text} {quote.text}"
    doubtful = _BOTH_MAY_BE.search(both) or (len(a) < len(b) and _PART_MAY_BE.search(both))
    if changed or doubtful or len(mine_no) + len(theirs_no) != 1:
        return None
    if mine_no:
        return _conflict(claim, "negation", mine_no[0], _beside(mine, mine_no[0], inside), quote)
    return _conflict(claim, "negation", _beside(theirs, theirs_no[0], mine), theirs_no[0], quote)


def _affirmed(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token[0] not in _NEGATIONS]


def _belongs(negation: Token, tokens: Sequence[Token], inside: Sequence[Token]) -> bool:
    """Whether a negation stands in a run of words, or right before it."""
    if inside[0][1] <= negation[1] <= inside[-1][1]:
        return True
    after = next((token for token in tokens if token[1] > negation[1]), None)
    return after == inside[0]


def _form(word: str) -> str:
    return word if word in OPPOSITE or word in _VERB_FORMS else stem(word)


def _window(a: Sequence[str], b: Sequence[str]) -> int | None:
    """Where the words of the claim stand in those of the sentence, one opposite allowed."""
    for start in range(len(b) - len(a) + 1):
        misses = 0
        for i, word in enumerate(a):
            other = b[start + i]
            if word != other:
                misses += 1 if other in OPPOSITE.get(word, ()) else 2
                if misses > 1:
                    break
        if misses <= 1:
            return start
    return None


def _beside(tokens: Sequence[Token], negation: Token, others: Sequence[Token]) -> Token:
    """The word of the other text where the negation would stand: the one after it, or before."""
    at = list(tokens).index(negation)
    around = [word for word, _, _ in (*tokens[at + 1 : at + 2], *tokens[max(0, at - 1) : at])]
    for word in around:
        for other in others:
            if _form(other[0]) == _form(word):
                return other
    return others[0]


def _conflict(claim: Claim, kind: str, mine: Token, theirs: Token, quote: Quote) -> Finding:
    written = quote.text[theirs[1] : theirs[2]]
    return finding(claim, kind, mine[1], mine[2], "conflict", written, quote)
