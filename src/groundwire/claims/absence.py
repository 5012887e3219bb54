"""Absence: sentences that say the documents lack something, and whether they do (English).

"The documents do not mention a mayor" states nothing where that is so. Where a sentence of the
evidence speaks of the mayor it is a false statement about the documents, and is checked as one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from groundwire.claims.aspects import Aspect, find_aspects
from groundwire.claims.checkworthy import NUMBER, SOURCE, make_plain, read_lack
from groundwire.text.blocks import find_sentences
from groundwire.text.citations import blank_citations
from groundwire.text.overlap import split_words, stem_word
from groundwire.text.words import STOP, split_table
from groundwire.types import Claim, Evidence

_LACKS = re.compile(
    r"\b(?:no|not|none|nothing|nowhere|cannot|unable|without|only|silent|unclear|impossible)\b|"
    r"n't\b",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    rf"\b{SOURCE}\b|\b(?:the|this) (?:article|manual|leaflet|record|report)\b|"
    r"\b(?:no|any|enough|sufficient|relevant|more) (?:\w+ )?(?:information|details?|mention|"
    r"answers?|"
    r"data|indication)\b|\b(?:find|found|see|locate) (?:any|no|nothing|anything|that|this|it)\b",
    re.IGNORECASE,
)
# Words that say that something is lacking, and not what.
_LACKING = frozenset(
    stem_word(word.split("'")[0])
    for word in split_table(
        "information detail details answer question mention mentioned data indication evidence "
        "explanation instruction instructions guidance specifics document documents passage "
        "passages "
        "context contexts text texts source sources excerpt excerpts snippet snippets reference "
        "references paragraph paragraphs file files material materials content article report "
        "manual "
        "say says said state states stated specify specifies specified indicate indicates "
        "indicated "
        "discuss discusses discussed address addresses addressed describe describes described "
        "cover "
        "covers covered reveal explain explained tell clarify disclose confirm list listed provide "
        "provides provided contain contains contained include includes included give gives "
        "given offer "
        "have has find found see locate located determine answer available retrieved supplied "
        "uploaded "
        "enough sufficient specific specifically explicit explicitly direct directly clear clearly "
        "further additional relevant necessary required exact precise any anything nothing none "
        "nowhere "
        "unfortunately sadly sorry however able unable cannot can't couldn't don't doesn't "
        "didn't isn't aren't wasn't haven't hasn't there's i'm i've "
        "regarding concerning related based know say sure whether only just search searched looked "
        "through point topic anywhere based following kind sort type much many really actually "
        "please "
        "apologize afraid impossible possible unclear"
    )
)
# What a sentence must have to answer a question word; without it, it merely mentions the topic.
_ANSWERS = (
    (re.compile(r"\b(?:who|whom|whose)\b", re.I), re.compile(r"(?<=\w )[A-Z][a-z]|[A-Z]\w+ [A-Z]")),
    (
        re.compile(r"\b(?:when|how (?:many|much|long|old|heavy|tall|high|far|big|large|often|"
        r"fast))\b", re.I),
        NUMBER,
    ),
    (re.compile(r"\bwhy\b", re.I), re.compile(r"\b(?:because|due|since|as|so|reason|after|"
    r"for)\b", re.I)),
    (re.compile(r"\bwhere\b", re.I), re.compile(r"\b(?:in|at|on|near|from|to|by)\b", re.I)),
)  # fmt: skip


# Verbs that say no more than the value beside them: "how long the warranty lasts".
_LIGHT = frozenset(
    stem_word(word)
    for word in split_table(
        "last lasts take takes taking run runs cost costs be get have valid apply applies happen "
        "happens occur occurs scheduled due much long often person people customer customers guest "
        "guests user users visitor visitors someone"
    )
)
# Parts of a sentence that each speak of something else: a value tells of what stands beside it.
_SEGMENT = re.compile(r"[,;|](?=\s)|\b(?:and|but|while|whereas|or|which|where)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Topic:
    """What is said to be lacking.

    Attributes:
        words: roots of the words that name it, in order.
        text: what names it.
        aspects: what of it is lacking, such as its price.
        things: roots of the words that do not name an aspect, in order.
    """

    words: tuple[str, ...]
    text: str
    aspects: tuple[Aspect, ...] = ()
    things: tuple[str, ...] = ()


def is_false_absence(claim: Claim, evidence: Sequence[Evidence]) -> bool:
    """Whether a sentence says that the documents lack what one sentence of them has.

    All words of what is said to be lacking must stand in one sentence, which for "who" must have
    a name and for "when" and "how many" a number. Or the sentence has, in one part, the things and
    a value of the sort that is asked for: "a two-year warranty" for "how long the warranty lasts".
    Of three words or more the last may stand in the sentence before. A sentence that names nothing
    of its own ("I can't find that in the documents") is about the question.

    Args:
        claim: a span of an answer.
        evidence: what was retrieved for it.
    """
    topic = _find_lacking(claim)
    if topic is None:
        return False
    for item in evidence:
        passage = item.passage.text
        before: frozenset[str] = frozenset()
        head: frozenset[str] = frozenset()
        for start, end in find_sentences(passage):
            sentence = passage[start:end]
            roots = frozenset(_root(word) for word in split_words(sentence))
            if "|" not in sentence:
                head = frozenset()
            elif not head:
                head = roots  # names what stands in each row
            roots |= head
            if _has_words(topic, sentence, roots) or _has_aspects(topic, sentence, before):
                return True
            before = roots
    return False


def has_absence(claim: Claim) -> bool:
    """Whether a span says that the documents lack something that can be looked for."""
    return _find_lacking(claim) is not None


def _has_words(topic: _Topic, sentence: str, roots: frozenset[str]) -> bool:
    """Whether a sentence has all words of a topic, and what a question word needs."""
    needs = [needed for word, needed in _ANSWERS if word.search(topic.text)]
    return roots.issuperset(topic.words) and all(needed.search(sentence) for needed in needs)


def _has_aspects(topic: _Topic, sentence: str, before: frozenset[str]) -> bool:
    """Whether a part of a sentence has the things of a topic and tells what is asked of them."""
    needs = [needed for word, needed in _ASKED if word.search(topic.text)]
    count = len(topic.things) + len(topic.aspects)
    if count < 2 or any(not needed.search(sentence) for needed in needs):
        return False
    for part in _SEGMENT.split(sentence):
        roots = {_root(word) for word in split_words(part)}
        if not all(aspect.is_told(part) for aspect in topic.aspects):
            continue
        missing = [thing for thing in topic.things if thing not in roots]
        if not missing:
            return bool(topic.aspects)
        if count > 2 and missing == [topic.things[-1]] and missing[0] in before:
            return True
    return False


def _find_lacking(claim: Claim) -> _Topic | None:
    """What is said to be lacking."""
    if claim.kind not in ("hedge", "refusal"):
        return None
    text = blank_citations(claim.text).replace("’", "'")
    lack = read_lack(make_plain(claim.text))
    if lack is None and not (_LACKS.search(text) and _SOURCE.search(text)):
        return None
    for said in (lack.topic if lack and lack.topic else text, claim.context.question or ""):
        if topic := _read_topic(said):
            return topic
        if not any(word.search(claim.context.question or "") for word, _ in _ANSWERS):
            # That a sentence has the words of "What is rust?" does not say that it answers it.
            return None
    return None


def _read_topic(said: str) -> _Topic | None:
    plain = _SOURCE.sub(" ", said)
    words = _read_roots(plain)
    if not words:
        return None
    aspects, rest = find_aspects(plain)
    things = _read_roots(rest)
    if any(aspect.valued for aspect in aspects):
        things = tuple(thing for thing in things if thing not in _LIGHT_ROOTS)
    return _Topic(words, said, tuple(aspects), things)


def _read_roots(text: str) -> tuple[str, ...]:
    words = (word.split("'")[0] for word in split_words(text))
    kept = (
        _root(word)
        for word in words
        if word.casefold() not in STOP and stem_word(word) not in _LACKING
    )
    return tuple(dict.fromkeys(kept))


def _root(word: str) -> str:
    cut = stem_word(word)
    return cut[:-1] if len(cut) > 3 and cut[-1] in "eyi" else cut


_LIGHT_ROOTS = frozenset(_root(word) for word in _LIGHT)
# An aspect reads "when" and "how long" more closely than that there is a number.
_ASKED = tuple(pair for pair in _ANSWERS if pair[1] is not NUMBER)
