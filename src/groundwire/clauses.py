"""Long sentences into clauses that stand alone: a small set of English rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from groundwire.segment import Offsets

_VERB = (
    r"(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|should|does|did|"
    r"became|began|made|took|led|won|said|says|includes?|included|provides?|contains?|remains?|"
    r"remained|received|joined|served|moved|opened|closed|started|reported|announced|worked)"
)
_FINITE = re.compile(rf"\b{_VERB}\b|n't\b", re.IGNORECASE)
_JOINT = re.compile(
    r"(?:;\s+(?:(?:however|therefore|moreover|meanwhile|and|but|while|yet|so),?\s+)?|"
    r",\s+(?:and|but|while|whereas|yet|so)\s+)"
)
_SUBJECT = re.compile(
    r"(?:(?:he|she|they|we|it|there)\s+(?!and\b|or\b|,)(?:\w+ly\s+|also\s+|then\s+)?[a-z]\w*|"
    r"(?:the|a|an|this|these|those|his|her|its|their|our|some|many|most|all|each|both|"
    rf"[A-Z][\w.'’-]*)(?:\s+[\w.'’-]+){{0,5}}?\s+{_VERB}\b)"
)
_DEPENDENT = re.compile(
    r"\W*(?:(?:and|but|so|yet)\s+)?(?:if|when|whenever|although|though|while|because|since|after|"
    r"before|as|unless|once|until|whether|where|whoever|whatever|given|provided|in case)\b",
    re.IGNORECASE,
)
_BRACKETS = {"(": 1, "[": 1, "{": 1, "“": 1, ")": -1, "]": -1, "}": -1, "”": -1}
_JOINED = re.compile(r"^(?:and|but|while|whereas|yet|so|however|therefore|meanwhile)\b", re.I)
_SHORTEST = 4


def clause_spans(text: str, start: int, end: int, longest: int = 25) -> list[Offsets]:
    """Divides a long sentence where both sides are independent clauses.

    A clause that opens with a conjunction keeps it. Nothing is divided inside brackets or
    quotation marks, after an opening such as "If" or "Although", or where the second clause
    leaves its subject out.

    Args:
        text: the whole text.
        start: offset of the sentence.
        end: offset after the sentence.
        longest: number of words up to which a sentence stays whole.

    Returns:
        Half-open offsets of the clauses, in order; one where nothing is divided.
    """
    if len(text[start:end].split()) <= longest:
        return [(start, end)]
    spans: list[Offsets] = []
    left = start
    for cut in _cuts(text, start, end):
        clause = text[left:cut]
        if left > start:
            clause = _JOINED.sub("", clause, count=1)
        if _independent(clause) and len(text[cut:end].split()) >= _SHORTEST:
            spans.append((left, cut))
            left = cut + len(text[cut:end]) - len(text[cut:end].lstrip())
    spans.append((left, end))
    return spans


def _cuts(text: str, start: int, end: int) -> Iterator[int]:
    """Yields offsets after the ``,`` or ``;`` that a full clause follows."""
    sentence = text[start:end]
    depth, quoted, at = 0, False, 0
    for match in _JOINT.finditer(sentence):
        for char in sentence[at : match.start()]:
            depth = max(0, depth + _BRACKETS.get(char, 0))
            quoted ^= char == '"'
        at = match.start()
        if depth == 0 and not quoted and _SUBJECT.match(sentence, match.end()):
            yield start + match.start() + 1


def _independent(clause: str) -> bool:
    return (
        len(clause.split()) >= _SHORTEST
        and _FINITE.search(clause) is not None
        and _DEPENDENT.match(clause) is None
        and re.search(r"\bnot only\b", clause, re.IGNORECASE) is None
    )


def bounded(text: str, start: int, end: int, limit: int) -> Iterator[Offsets]:
    """Divides a stretch so that no piece has more than ``limit`` characters.

    Cuts fall after punctuation where there is some in the second half of a piece, else at
    white space, else anywhere; the pieces leave out the white space around them.
    """
    while end - start > limit:
        window = text[start : start + limit]
        half = limit // 2
        ends = [m.end() for m in re.finditer(r"[.!?;:,。！？；，،؛](?=\s)|[。！？；，]", window)]
        ends = [at for at in ends if at > half] or [
            m.start() for m in re.finditer(r"\s", window) if m.start() > half
        ]
        cut = start + (ends[-1] if ends else limit)
        piece = text[start:cut]
        yield start, start + len(piece.rstrip())
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end
