"""Absence: sentences that say the documents lack something, and whether they do (English).

"The documents do not mention a mayor" states nothing where that is so. Where a sentence of the
evidence speaks of the mayor it is a false statement about the documents, and is checked as one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from groundwire.claims.checkworthy import NUMBER, SOURCE
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


def is_false_absence(claim: Claim, evidence: Sequence[Evidence]) -> bool:
    """Whether a sentence says that the documents lack what one sentence of them has.

    All words of what is said to be lacking must stand in one sentence, which for "who" must have
    a name and for "when" and "how many" a number. A sentence that names nothing of its own ("I
    can't find that in the documents") is about the question.

    Args:
        claim: a span of an answer.
        evidence: what was retrieved for it.
    """
    asked = _find_lacking(claim)
    if asked is None:
        return False
    topic, text = asked
    needs = [needed for word, needed in _ANSWERS if word.search(text)]
    for item in evidence:
        passage = item.passage.text
        for start, end in find_sentences(passage):
            sentence = passage[start:end]
            if topic <= {_root(word) for word in split_words(sentence)} and all(
                needed.search(sentence) for needed in needs
            ):
                return True
    return False


def has_absence(claim: Claim) -> bool:
    """Whether a span says that the documents lack something that can be looked for."""
    return _find_lacking(claim) is not None


def _find_lacking(claim: Claim) -> tuple[frozenset[str], str] | None:
    """What is said to be lacking: the stems of its words, and the text that names it."""
    if claim.kind not in ("hedge", "refusal"):
        return None
    text = blank_citations(claim.text).replace("’", "'")
    if not (_LACKS.search(text) and _SOURCE.search(text)):
        return None
    for said in (text, claim.context.question or ""):
        words = (word.split("'")[0] for word in split_words(_SOURCE.sub(" ", said)))
        topic = frozenset(
            _root(word)
            for word in words
            if word.casefold() not in STOP and stem_word(word) not in _LACKING
        )
        if topic:
            return topic, said
        if not any(word.search(claim.context.question or "") for word, _ in _ANSWERS):
            # That a sentence has the words of "What is rust?" does not say that it answers it.
            return None
    return None


def _root(word: str) -> str:
    cut = stem_word(word)
    return cut[:-1] if len(cut) > 3 and cut[-1] in "ey" else cut
