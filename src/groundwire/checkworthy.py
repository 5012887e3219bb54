"""Which sentences state nothing to check: hand-made English rules.

A rule must cover the whole sentence, and what fills its open slot is searched for facts, so
that a fact cannot ride along with a greeting. Whatever no rule covers is a claim.
"""

from __future__ import annotations

import re

from groundwire.glyphs import denies, spelled_out
from groundwire.markers import is_unit
from groundwire.rules import AUXILIARY, NUMBER, RULES, SOURCE, TURN, YEAR
from groundwire.types import ClaimKind

_LONGEST = 400
_NAME = re.compile(r"(?<=[\w,'] )(?!I\b)[A-Z]\w*")
_LEAD = re.compile(
    r"(?:hello|hi|hey|sure|of course|certainly|okay|ok|well|unfortunately|however|therefore|but|"
    r"and|so|also|sorry|(?:i'm|i am) (?:very )?sorry|i apologize|thank(?:s| you) for asking|"
    r"additionally|furthermore|overall|on the other hand|(?:please )?note(?: that|:)|"
    rf"(?:based on|according to) {SOURCE})(?:[,!]? but|[,!])? ",
    re.IGNORECASE,
)
_SEAM = re.compile(r"[,;]\s+(?:but|so|and|please|therefore,?|however,?)?\s*", re.IGNORECASE)
_CITED = re.compile(r"(?:\s*\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\])+(?=[\s.!?:]*$)")
_REPEATED = re.compile(
    r"(\b(?:the|your|this) question),? [\"“](?:who|whom|whose|what|which|when|where|why|how|is|"
    r"are|was|were|do|does|did|can|could|should|will|would)\b[^\"“”\d]{1,200}[\"”]",
    re.IGNORECASE,
)
"""The question that an answer repeats; whether its words are known, ``presupposes`` tells."""
_QUESTION = re.compile(
    r"(?:(?:and|but|so|okay|ok|now),? )?(?:who|whom|whose|what|which|when|where|how|is|are|was|"
    r"were|do|does|did|can|could|would|will|should|have|has|had|may|might|shall|am)\b([^?]*)\?+",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\b(?:know|knew|known|aware|realize|realise|hear|heard|that|think|believe|remember|agree|"
    r"noticed?|why|not|true|surprised?)\b|n't\b|"
    r", (?:right|correct|no|yes|huh|is|are|was|does|do)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:step|part|chapter|section|day|week|phase|option|figure|table) \d+\b", re.I)
_NEGATION = re.compile(
    r"\b(?:no|not|never|none|without|neither|nor|cannot|nothing|nobody|nowhere|zero)\b|n't\b|"
    r"\bnon-",
    re.IGNORECASE,
)
_CONS = re.compile(
    r"\W*(?:cons|don'?ts|avoid|disadvantages|drawbacks|limitations|weaknesses)\W*", re.IGNORECASE
)
_POLAR = re.compile(
    r"(?:(?:sure(?: thing)?|of course|certainly|absolutely|definitely|no problem(?: at all)?|"
    r"no worries(?: at all)?|okay|ok|alright|all right|got it|understood|(?:it's |it is )?"
    r"my pleasure|you're welcome|happy to help|(?:and|but|then)\b|"
    r"[👍👎👌✅✔☑💯❌❎✖✗✘🚫⛔🛑🙅🙆🙌🤝✓\uFE0F\u200d♀♂\U0001F3FB-\U0001F3FF])[\s,.!;–—-]*)+",
    re.IGNORECASE,
)
_OBJECT = r"(?= (?!of|and|or|for|in|to|by|on|at|from|with)\w)"
_STATES = re.compile(
    rf"\b(?:{AUXILIARY}|have|became|began|won|lost|died|made|wrote|built|went|led|fell|rose|sold|"
    r"bought|took|gave|said|says|kills?|cures?|contains?|prevents?|requires?|includes?|means)\b|"
    rf"(?<=\w )(?:\w{{2,}}ed|causes|uses|needs|increases|reduces|treats|helps|supports|makes|"
    rf"takes|costs|owns|wins|hits|beats|becomes|provides|allows|gets|has)\b{_OBJECT}|'(?:re|ve|ll)\b",
    re.IGNORECASE,
)

_SIZE = re.compile(
    r" (?:(?:with)?in|of|using) (?:about |around |exactly |under |up to )?\d+ words"
    r"(?: or (?:less|fewer))?(?=:$)",
    re.IGNORECASE,
)
"""What a lead-in says of the length of the answer that follows."""


def kind_of(sentence: str) -> ClaimKind:
    """Sorts a sentence: ``"claim"`` unless a rule for another kind covers all of it.

    English only; a sentence in another language is a claim. When in doubt it is a claim, and
    so is every sentence that puts a fact beside a greeting, a hedge or an opinion.
    """
    text = _plain(sentence)
    if not any(char.isalnum() for char in text):
        return "filler"
    if len(text) > _LONGEST:
        return "claim"
    if text.startswith("#"):
        return heading_kind(sentence)
    if text.endswith(":"):
        text = _SIZE.sub("", text)
    return "claim" if denies(sentence) else _kind(text, 3)


def heading_kind(line: str) -> ClaimKind:
    """Sorts a line that is set as a heading: ``"heading"``, or ``"claim"`` if it states a fact."""
    text = _plain(line).lstrip("#").strip(" :#")
    rest = _LABEL.sub("", re.sub(r"\b[A-Z]{1,3}\d{1,2}\b", "", _section(text)))
    if _NEGATION.search(text) or (denies(line) and not _CONS.fullmatch(text)):
        return "claim"
    if re.fullmatch(r"(?:what|how|why|when|where|who)\b[^?]*\?", text, re.I):
        return "claim" if NUMBER.search(rest) else "heading"
    dated = re.search(r"\b\w+ed\b|\b(?:in|since|by|until|from)\s+\d{4}", rest, re.IGNORECASE)
    numbered = NUMBER.search(YEAR.sub("", rest)) or (YEAR.search(rest) and dated)
    if len(text.split()) > 12 or numbered or _STATES.search(text):
        return "claim"
    return "claim" if re.search(r"[.!;]\s|[.!]$", text) else "heading"


def affirms(sentence: str) -> bool:
    """Whether a sentence says yes or no and no more ("Of course!"): after a question, a claim."""
    text = spelled_out(sentence).replace("’", "'").strip(" \n\t*_`.!,")
    return bool(text) and _POLAR.fullmatch(text) is not None


def reads_as_prose(line: str) -> bool:
    """Whether a line of code states a fact in words, such as a sentence in a comment."""
    for run in re.findall(r"[^\W\d_][\w'.,%$€£-]*(?: [\w'.,%$€£-]+){3,}", line):
        if _STATES.search(run) or NUMBER.search(run) or _NAME.search(run):
            return True
    return False


def _plain(sentence: str) -> str:
    text = spelled_out(sentence[: 4 * _LONGEST])
    text = text.replace("’", "'").replace("*", "").replace("`", "")
    text = _CITED.sub("", " ".join(text[: 2 * _LONGEST].split()))
    text = _REPEATED.sub(r"\1", text)
    return re.sub(r"[\s\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F]+$", "", text.strip("_ "))


def _section(text: str) -> str:
    """Returns a heading without a section number such as "2.1", unless it counts something."""
    match = re.match(r"\d{1,2}(?:\.\d{1,2})+[.):]?\s+(?=\S)", text)
    return text[match.end() :] if match and not is_unit(text[match.end() :]) else text


def _kind(text: str, depth: int) -> ClaimKind:
    for rule in RULES:
        if rule.covers(text):
            return rule.kind
    question = _QUESTION.fullmatch(text)
    if question and not (_TELLS.search(text) or NUMBER.search(text) or TURN.search(text[:-1])):
        return "question"
    if depth and (lead := _LEAD.match(text)) and lead.end() < len(text):
        kind = _kind(text[lead.end() :], depth - 1)
        if kind not in ("claim", "heading", "instruction"):
            return kind
    if depth:
        for seam in _SEAM.finditer(text):
            if seam.end() >= len(text) or not seam.start():
                break
            kind = _kind(text[: seam.start()], 0)
            if kind != "claim" and _kind(text[seam.end() :], depth - 1) not in ("claim", "heading"):
                return kind
    if text.endswith(":") and len(text.split()) <= 8 and depth == 3:
        return heading_kind(text)
    return "claim"
