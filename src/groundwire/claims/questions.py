"""Questions and the claims that need them: short answers, yes or no, pronouns (English)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from groundwire.claims.checkworthy import classify_by_rules, is_affirmation
from groundwire.text.words import STOP, WORD, find_content_words, split_table
from groundwire.types import Claim

MOST = 8
"""Words of the longest answer that is read with its question."""

LONG = 50
"""Words of a question above which only the one sentence that is marked as it is read."""

_LONGEST = 200
# Characters before a short answer that may be marks and joints: further into an answer, the same
# words are an item or a label, and need not speak to the question.
_BEFORE = 12
_TALK = frozenset({"filler", "greeting", "offer"})
_VERBS = split_table(
    "is are was were be been do does did has have had must should shall would could "
    "cannot became become becomes began came comes fell falls gave gives goes went grew grows "
    "holds keeps leads leaves loses makes pays says sells took takes told wins won wrote "
    "includes provides contains opens closes costs starts ends requires offers uses allows needs "
    "means gets lives works belongs remains exists happens occurs depends consists lies sits serves"
)
# A text with a finite verb is no fragment. With capitals, "May" and "Will" are a month and a name;
# after an article a form in -ed is an adjective ("the lost ship").
_VERB = re.compile(
    rf"\b(?:{'|'.join(_VERBS)}|(?-i:may|might|will|can))\b|n't\b"
    r"|\b(?:he|she|it|they|we|you|there)(?:['’]\w+)? (?!\W)\w+"
    r"|\b(?!(?:the|an?|in|on|at|by|of|with|for|from|and|or|to|not|very|newly|about)\b)[\w'’]+ "
    r"(?-i:[a-z]{2,}(?<!hundr)(?<!spe)(?<!se)ed|beat|lost|ran|met|paid|sold|spent|built|bought|sent|"
    r"kept|left|found|drew|drove|flew|knew|saw|stood|stole|taught|threw|broke|chose|brought)"
    r"(?= (?:(?:the|an?|in|on|at|to|his|her|its|their|first|second|third|last)\b|(?-i:[A-Z])|\d)"
    r"|\W*$)",
    re.IGNORECASE,
)
# No sentence of the evidence holds a "yes", so nearness to the question cannot judge it.
_POLAR = re.compile(
    r"(?:yes|no|yep|yeah|nope|correct|true|false|right|wrong|both|neither)"
    r"(?=\W*$|[,;.!](?! ?\d))",
    re.IGNORECASE,
)
_WH = re.compile(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE)
_INVERTED = re.compile(
    r"(?:is|are|was|were|do|does|did|has|have|had|may|must|should|will|would|can|could)\b", re.I
)
_ASKS = re.compile(
    rf"\?|{_WH.pattern}"
    r"|^\W*(?:please )?(?:name|give|state|identify|list|find|tell)\b",
    re.IGNORECASE,
)
# Requests for a text and questions with a negation: what is nearest to them is no answer.
_OTHER = re.compile(
    r"\b(?:write|draft|compose|summari[sz]e|describe|outline|translate|rewrite|paraphrase|"
    r"(?:tell|inform) (?:me|us) (?:more )?about|what (?:does|do|did) (?:the|this|these) (?:article|"
    r"text|document|passage|context|page|paper|story|report)s? (?:say|tell)|"
    r"not|never|no longer|except|without|neither|nor)\b|n['’]t\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:(?:based on|according to|from) (?:the|this|these|your) [^,:]{1,60}[,:] +)?"
    r"(?:(?:sure|well|okay|ok|certainly|of course)[,!.]? +|(?:yes|yeah|no|correct), +)?"
    r"(?:here(?: is|['’]s) the answer: +)?"
    r"(?:a: +|(?:(?:the|my) )?(?:final |short |correct |right )?answer"
    r"(?: to (?:the|your|this) question)?:? +)?"
    r"(?:(?:(?:it|that|this|the answer)(?:['’]s| is| was|['’]d be| would be)|(?:is|was)):? +)?",
    re.IGNORECASE,
)
_CITED = re.compile(r"\[\d{1,3}(?:, ?\d{1,3})*\]")
_LINK = re.compile(r"\[([^\]\[]{1,100})\]\([^()\s]*\)")
_TAG = re.compile(r"</?[A-Za-z]+>")
_MARKUP = " \t\n*_`\"“”'‘’()[].,;!#"
# After a frame these make a sentence: "It was founded in Spain", "It was not Spain".
_DONE = re.compile(r"\w{2,}ed\b|\bnot\b|\b(?:a|an) \w+ (?:that|which|who)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
_LABEL = re.compile(r"^\W*(?:user |my )?(?:question|query)\s*:\s*", re.IGNORECASE)


_ASKS_STEPS = re.compile(
    r"\bhow (?:to|(?:do|can|could|should|would|must|shall|may) (?:i|we|you|one|people|users))\b"
    r"|\bwhat (?:to do|(?:should|can|must|do|shall) (?:i|we|you|one) do)\b",
    re.IGNORECASE,
)
_ORDERS = "|".join(
    split_table(
        "add apply ask attach boil call charge check choose clean click close confirm connect "
        "contact copy create cut delete detach disconnect download drag drain edit enter fill "
        "fold follow go hold insert install launch lift load log mix navigate open paste pay place "
        "plug pour press pull push put reboot reconnect release remove repeat replace reset "
        "restart return rinse rotate run save scan screw scroll select send set shut sign slide "
        "stir submit switch take tap tighten turn twist type unlock unplug unscrew update upload "
        "use verify visit wait wash wipe write"
    )
)
# What tells to do something: a verb that does, or any first word with its object behind it.
_ORDER = re.compile(
    rf"(?:then |next,? |first,? |finally,? |now )?(?:(?:{_ORDERS})\b|(?!(?:in|on|at|by|via|with|"
    r"for|from|to|of|through|only|about|after|before|every|all|each|both|just|over|under|up|around|"
    r"within|between|during|until|and|or|per|at least|less|more|than|not)\b)[a-z]+(?<!ing)(?<!ly) "
    r"(?:the|your|an?|it|them|this|these|those)\b)",
    re.IGNORECASE,
)
_DOES = re.compile(r"\b(?:do|does|did)\b(?P<told>.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """A short answer and its question, both without what frames them ("It is ...", "Question:")."""

    question: str
    text: str


def read_short_answer(claim: Claim) -> ShortAnswer | None:
    """Returns a claim as the short answer to its question.

    Args:
        claim: a claim with its context.

    Returns:
        None where there is no question, or several, or a request for a text; and where the claim
        is a sentence of its own, a mere yes or no, or follows anything but small talk and other
        short answers: under a heading it may say something else.
    """
    text = _fragment(claim.text) if claim.context.question else None
    question = _focus(claim.context.question or "") if text else None
    if not question or not text or _is_echo(question, text):
        return None
    if _ASKS_STEPS.search(question) and _ORDER.match(text) and " " in text:
        return None  # a step is a sentence, and one of several
    return ShortAnswer(question, text) if _is_opening(claim) else None


def find_fragment(claim: Claim) -> str | None:
    """Returns what a claim of a few words names, whatever was asked; None where it is a sentence.

    It must open its answer, as a short answer does (``read_short_answer``), and stands without
    what frames it ("It is ...").
    """
    return _fragment(claim.text) if _is_opening(claim) else None


def _is_opening(claim: Claim) -> bool:
    """Whether nothing but small talk and other short answers stands before a claim."""
    before = claim.context.preceding
    opens = claim.start - sum(len(part) + 5 for part in before) <= _BEFORE
    # By the rules alone: "Not free of charge:" is a lead-in, but says what its items are.
    return opens and all(classify_by_rules(part) in _TALK or _listed(part) for part in before)


def find_asked_question(claim: Claim) -> str | None:
    """Returns the question that a claim is a short answer to, or None where it is none."""
    found = read_short_answer(claim)
    return None if found is None else found.question


def has_finite_verb(text: str) -> bool:
    """Whether a text has a verb that makes a clause of it; many English forms, but not all."""
    return _VERB.search(text) is not None


def is_fragment(text: str) -> bool:
    """Whether a text of a few words is no sentence: a name, a value, a key with its value."""
    return _fragment(text) is not None


def _fragment(claim: str) -> str | None:
    """A text without what frames it, or None if it is a sentence of its own, or a yes or no."""
    if len(claim) > _LONGEST:
        return None
    plain = _TAG.sub("", _LINK.sub(r"\1", _CITED.sub("", claim))).replace("\u00ad", "")
    text = re.sub(r"[*_`]", "", plain).strip(_MARKUP)
    lead = _LEAD.match(text)
    rest = text[lead.end() :] if lead else text
    framed = re.search(r"[a-z]\W*$", text[: len(text) - len(rest)]) is not None
    if len(rest.split()) > MOST or _VERB.search(rest) or (framed and _DONE.search(rest)):
        return None
    if not any(c.isalnum() for c in rest) or _POLAR.match(rest) or is_affirmation(claim):
        return None
    return rest.strip(_MARKUP)


def _is_echo(question: str, text: str) -> bool:
    """Whether a text says the question's own subject and verb: "Where does it run?", "It runs"."""
    asked = _DOES.search(question)
    if asked is None:
        return False
    told = [word.casefold() for word in WORD.findall(asked["told"])]
    said = [word.casefold() for word in WORD.findall(text)]
    return any(
        word not in told and base in told[1:] and {*said[:i]} & {*told[: told.index(base)]} - STOP
        for i, word in enumerate(said)
        for base in (word.removesuffix(ending) for ending in ("s", "es", "d", "ed"))
        if base != word
    )


def _listed(part: str) -> bool:
    return not part.rstrip(" *_").endswith(":") and _fragment(part) is not None


@lru_cache(maxsize=256)
def _focus(question: str) -> str | None:
    """What is asked: all of a question, or of a long one the one sentence that is marked as it."""
    plain = re.sub(r"\?+", "?", _LABEL.sub("", question))
    if len(plain.split()) > LONG:
        parts = {s.strip() for s in _SENTENCE.split(re.sub(r"\?+", "?", question))}
        marked = [s for s in parts if _LABEL.match(s)] or [s for s in parts if s.endswith("?")]
        plain = _LABEL.sub("", marked[0]) if len(marked) == 1 else ""
    whole = " ".join(plain.split())
    if whole.count("?") > 1 or len(whole.split()) > LONG or not find_content_words(whole):
        return None
    polar = _INVERTED.match(whole) and not _WH.search(whole)
    return None if polar or _OTHER.search(whole) or not _ASKS.search(whole) else whole


_LONGEST_QUESTION = 2000
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")
_AUXILIARY = (
    r"(?:is|are|was|were|am|do|does|did|has|have|had|may|might|must|should|shall|will|would|can|"
    r"could)(?:n't| not)?"
)
_YES_NO_FORM = re.compile(
    rf"(?:.*[,;:]\s+|(?:and|but|so|or|then|also|well|ok|okay|hi|hello|please)\s+)?{_AUXILIARY}\s+\w",
    re.IGNORECASE | re.DOTALL,
)
# "Can you summarize it?" looks like a yes-or-no question and asks for a text.
_REQUEST = re.compile(
    r"\b(?:can|could|would|will) you (?:also |please |kindly |briefly |just ){0,2}(?:analyze|"
    r"answer|assist|clarify|compare|define|describe|elaborate|explain|expand|extract|find|give|go|help|"
    r"identify|list|make|mention|name|outline|rephrase|rewrite|provide (?:a|an|me|more|some)|say|"
    r"share|show|summari[sz]e|tell|translate|walk|write)\b|\bdo you (?:know|think) (?:wh|how)",
    re.IGNORECASE,
)
_INDIRECT = re.compile(
    r"\bwhether\b|\b(?:know|wonder\w*|tell|ask\w*|sure|check|confirm\w*|see|unsure|curious|say|"
    r"verify|clarify|determine|find out|understand|question|unclear|certain)(?: \w+)? if\b|"
    r"^(?:please )?(?:confirm|verify)\b|\b(?:yes or no|true or false)\b",
    re.IGNORECASE,
)
_TAG_QUESTION = re.compile(
    rf"[,\s](?:right|correct|yes|no|true|ok|okay|huh|eh|or not|or no|{_AUXILIARY} "
    r"(?:it|they|he|she|you|there|that|this|i|we))\s*[?!.]*$",
    re.IGNORECASE,
)
BACKWARD = re.compile(r"(?:he|she|it|they|this|that|these|those|his|her|its|their)\b", re.I)
"""Words at the start of a sentence that point back to the one before it."""
_ASKS_WHAT = re.compile(
    r"\b(?:who|whom|whose|what|what's|which|when|where|why|how)\b", re.IGNORECASE
)


def is_yes_no_question(question: str) -> bool:
    """Whether some sentence of a question can be answered by yes or no; when in doubt, yes."""
    text = question.strip().replace("’", "'")[-_LONGEST_QUESTION:]
    return any(_is_yes_no(sentence) for sentence in _SENTENCES.split(text) if sentence)


def _is_yes_no(sentence: str) -> bool:
    sentence = sentence.strip(" \"'“”()*_")
    if _INDIRECT.search(sentence) or _TAG_QUESTION.search(sentence):
        return True
    if _REQUEST.search(sentence):
        return False
    if _YES_NO_FORM.match(sentence):
        return True
    return sentence.endswith("?") and " " in sentence and not _ASKS_WHAT.search(sentence)


def find_reply_question(claim: Claim) -> str | None:
    """Returns the question without which a claim cannot be read, or None where it needs none.

    That is the question of a short answer, and the yes-or-no question of a reply that begins with
    yes, no or the like and opens its answer: "No, they are not the same."
    """
    asked = find_asked_question(claim)
    question = claim.context.question
    if asked is not None or not question or claim.context.preceding:
        return asked
    plain = claim.text.lstrip(_MARKUP)
    if not (_POLAR.match(plain) or is_affirmation(claim.text)):
        return None
    whole = " ".join(_LABEL.sub("", question).split())
    short = len(whole.split()) <= LONG and whole.count("?") <= 1
    return whole if short and is_yes_no_question(whole) else None


def is_looking_back(claim: Claim) -> bool:
    """Whether a claim begins with a pronoun that the sentence before it explains."""
    return bool(claim.context.preceding and BACKWARD.match(claim.text))
