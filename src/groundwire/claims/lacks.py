"""Lacks: which part of a sentence says that a text does not tell something, and what (English).

"Sorry, the timetable lists no prices, so I can't tell you." is an apology, a lack and what follows
from it. A lack has a text for a subject ("the timetable"), or someone who searched one, and a verb
of telling that is denied. What else a text lacks may be a fact of the world: "The menu does not
include drinks" tells what one gets, "The menu does not say" does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from groundwire.claims.aspects import find_aspects


class Lack(NamedTuple):
    """What a sentence says is lacking, and its other clauses.

    Attributes:
        topic: what is lacking, as the sentence names it; empty for "that".
        rest: the clauses around it.
    """

    topic: str
    rest: tuple[str, ...]


# Made of words alone: what it has in it is what it tells.
_TEXT = (
    r"documents?|passages?|contexts?|texts?|sources?|excerpts?|extracts?|snippets?|paragraphs?|"
    r"files?|"
    r"pages?|leaflets?|brochures?|booklets?|manuals?|guides?|handbooks?|timetables?|schedules?|"
    r"data|"
    r"databases?|records?|tables?|spreadsheets?|listings?|notes?|minutes|transcripts?|threads?|"
    r"e-?mails?|messages?|chats?|logs?|faqs?|articles?|instructions?|documentation|docs|readme|"
    r"knowledge base|web ?sites?|web ?pages?|catalogu?es?|datasheets?|information|materials?|"
    r"overviews?|descriptions?|summary|summaries|charts?|profiles?|entry|entries|sections?|"
    r"changelogs?"
)
# Texts that give or forbid things, too: only what they say or not is a lack.
_BINDING = (
    r"polic(?:y|ies)|contracts?|agreements?|terms|invoices?|orders?|menus?|recipes?|statements?|"
    r"forms?|maps?|program(?:me)?s?|agendas?|plans?|rules?|regulations?|laws?|lists?|receipts?|"
    r"tickets?|quotes?|offers?|syllabus|labels?|letters?|press releases?|"
    r"bulletins?|announcements?|notices?|reviews?"
)
_SMALL = r"(?!(?:who|whom|which|that|in|on|and|or|is|was|are|were|by|from|with|to|for|not|no)\b)"
_AFTER = (
    r"(?: (?:provided|given|available|above|below|attached|retrieved|supplied|here|at hand|"
    r"(?:that )?(?:i|we) (?:have|had|got|was given|were given|received|searched)|"
    r"(?:that )?you (?:gave|shared|sent|provided|uploaded|attached)(?: (?:me|us))?)){0,2}"
)


def _phrase(nouns: str) -> str:
    return (
        rf"(?:(?:the|this|that|these|those|your|our|my|any of the|all of the) "
        rf"(?:{_SMALL}[\w'’-]+ ){{0,4}}?(?:{nouns})(?: (?:{_TEXT}))?{_AFTER})"
    )


_STRONG = _phrase(_TEXT)
_ANY = _phrase(rf"{_TEXT}|{_BINDING}")
_NOT = r"(?:do not|does not|did not|don't|doesn't|didn't|never|cannot|can't|fails? to|failed to)"
_ADV = r"(?: (?:explicitly|specifically|directly|clearly|actually|currently|really|even|seem to))?"
_SAY = (
    r"(?:mention|say|state|specify|indicate|discuss|reveal|explain|tell(?: (?:us|me|you))?|clarify|"
    r"disclose|note|touch on|refer to|make clear|spell out|go into)"
)
_GIVE = r"(?:contain|include|provide|give|offer|have|list|name|detail|address|describe)"
_INFO = (
    r"(?:(?:any|enough|sufficient|specific|explicit|direct|further|additional|clear|relevant|"
    r"detailed|"
    r"exact|precise|more|much|such) ){0,3}(?:information|info|details?|answers?|mention|indication|"
    r"references?|explanations?|instructions?|guidance|specifics|word)"
)
_ABOUT = r"(?:about|on|of|for|regarding|concerning|as to|related to|to)"
_OBJECT = rf"(?:(?:anything|any word|{_INFO}) {_ABOUT} |{_INFO}$|anything$)?(?P<topic>.*)"
_SEEN = (
    r"(?:(?:can't|cannot|can not|could not|couldn't|do not|don't|did not|didn't) (?:see|find|spot|"
    r"locate|have|identify)|(?:am|was|were|are|'m|'re|wasn't|weren't) (?:unable|not able|able) to "
    r"(?:see|"
    r"find|spot|locate))"
)
_TOLD = r"mentioned|stated|listed|specified|described|addressed|discussed|explained"
_GIVEN = rf"(?:{_TOLD}|given|included|covered|shown|found|provided)"
# What a plan or a policy does not cover or include it may still speak of: that is a fact.
_HELD = rf"(?:{_GIVEN} (?:anywhere )?(?:in|by|on) {_STRONG}|(?:{_TOLD}) (?:in|by|on) {_ANY})"
_CORES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_ANY} {_NOT}{_ADV} {_SAY} {_OBJECT}",
        rf"{_STRONG} {_NOT}{_ADV} {_GIVE} {_OBJECT}",
        rf"{_ANY} {_NOT}{_ADV} {_GIVE} {_INFO} {_ABOUT} (?P<topic>.*)",
        rf"{_ANY} (?:contains?|includes?|has|have|gives?|provides?|offers?|makes?|shows?) no "
        rf"{_INFO} "
        rf"{_ABOUT} (?P<topic>.*)",
        rf"{_STRONG} (?:contains?|includes?|has|have|gives?|provides?|offers?|lists?|mentions?|"
        r"states?) no (?P<topic>.*)",
        rf"{_ANY} (?:says?|states?|contains?|mentions?|reveals?|tells? (?:us|me)|has|have) nothing "
        rf"{_ABOUT} (?P<topic>.*)",
        rf"{_ANY} (?:is|are) silent {_ABOUT} (?P<topic>.*)",
        rf"{_ANY} leaves? open (?P<topic>.*)",
        rf"(?:i|we) ?{_SEEN} {_OBJECT.replace('.*', '.*?')} (?:anywhere )?(?:in|from|within|among|"
        rf"on) "
        rf"(?:any of )?{_ANY}",
        rf"(?P<topic>.{{1,80}}?) (?:is|are|was|were|isn't|aren't|wasn't|weren't)(?: not| nowhere)?"
        rf"(?<!\bis)(?<!\bare)(?<!\bwas)(?<!\bwere){_ADV} {_HELD}",
        rf"there(?: is|'s| are) (?:no|nothing)(?: {_INFO})? {_ABOUT} (?P<topic>.*?) (?:in|within|"
        rf"on) "
        rf"{_ANY}",
    )
)
_HOLDS = re.compile(
    r".* (?:contains?|includes?|have|has|provides?|offers?) (?:no )?(?!.*\b(?:information|info|"
    r"details?|"
    r"mention|indication|reference|word)\b)",
    re.IGNORECASE,
)
_DETAIL = re.compile(
    r"(?:an?|any|the|your|this|that|its|who|whom|whose|what|which|when|where|why|how|whether|if)\b",
    re.IGNORECASE,
)
# A participle before a noun is no verb: "carrying over unused leave", "an expected date".
_PREMODIFIER = re.compile(
    r"(^\s*|\b(?:an?|the|any|of|on|in|or|to|for|and|its|over|about|\w+ing) )[a-z]+ed (?=[a-z])",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:(?:unfortunately|sadly|regrettably|sorry|(?:i'm|i am|we're|we are) (?:very |so |really "
    r")?sorry|"
    r"apologies|my apologies|i apologi[sz]e|i'm afraid|i am afraid|hmm|well|oh|ah|alas|no|however|"
    r"it (?:looks like|seems|appears)|as far as i (?:can (?:see|tell)|know)|from what i can see)"
    r"(?: that)?[,!:–—-]*(?: but)?\s+)+",
    re.IGNORECASE,
)
_SEAM = re.compile(
    r"\s*(?:[;:]\s|,\s+(?:so|and|but|which means|therefore|hence|thus)\b|,\s|\s[–—-]\s|\s(?=so "
    r"(?:i|we)\b))"
    r"\s*(?:that\s)?",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"(?:(?:i'm|i am|we're|we are)? ?(?:very |so |really )?(?:sorry|afraid)(?: about (?:that|"
    r"this)| for "
    r"(?:that|this|the inconvenience))?|my apologies|apologies|unfortunately|sadly|i apologi[sz]e|"
    r"though|however|either|i fear|as far as i can (?:see|tell)|but)",
    re.IGNORECASE,
)
# "so I can't tell you when it will arrive": what follows for the speaker, and no more.
_UNABLE = re.compile(
    r"(?:so |and |but |therefore |because )?(?:i'm afraid |i am afraid |sadly |unfortunately "
    r")?(?:that )?"
    r"(?:i|we)(?:(?:'m|'re| am| are) (?:unable|not able) to| cannot| can't| can not| could not| "
    r"couldn't|"
    r" won't be able to| don't| do not) (?:answer|say|tell|help|determine|confirm|know|give|"
    r"provide|"
    r"be (?:sure|certain)|judge|verify|check)(?: (?:you|that|this|it|for (?:sure|certain)|with "
    r"(?:that|"
    r"this)|your question))*(?P<topic> .*)?",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(?:not?|never|nothing|nowhere|cannot|silent|open|fail(?:s|ed)?|unable)\b|n't\b",
    re.IGNORECASE,
)
_LONGEST = 300


def find_lack(
    text: str, is_topic: Callable[[str], bool], is_idle: Callable[[str], bool]
) -> Lack | None:
    """Returns what a sentence says that a text lacks, or None where it says no such thing.

    Args:
        text: a sentence without markup, with straight apostrophes.
        is_topic: whether a stretch only names something, and states nothing.
        is_idle: whether a clause states nothing.
    """
    if len(text) > _LONGEST or not _DENIES.search(text):
        return None
    whole = text.strip(" .!…")
    bounds = [(0, 0), *(match.span() for match in _SEAM.finditer(whole)), (len(whole),) * 2]
    # The longest stretch of clauses that is a lack: a topic may have commas of its own.
    for size in range(len(bounds) - 1, 0, -1):
        for first in range(len(bounds) - size):
            start, end = bounds[first][1], bounds[first + size][0]
            topic = _read_core(whole[start:end], is_topic)
            if topic is None:
                continue
            parts = [whole[a[1] : b[0]] for a, b in pairwise(bounds)]
            rest = (*parts[:first], *parts[first + size :])
            if all(_is_around(part, is_topic, is_idle) for part in rest):
                return Lack(topic, rest)
    return None


def _read_core(clause: str, is_topic: Callable[[str], bool]) -> str | None:
    """What a clause says is lacking, if that is all it says."""
    lead = _LEAD.match(clause)
    core = clause[lead.end() :] if lead else clause
    for pattern in _CORES:
        match = pattern.fullmatch(core)
        if match is None or not is_topic(_PREMODIFIER.sub(r"\1", match["topic"])):
            continue
        topic = match["topic"].strip()
        # "The data do not include patients from Spain" tells of patients.
        if not (_HOLDS.match(core, 0, match.start("topic")) and _is_thing(topic)):
            return topic
    return None


def _is_thing(topic: str) -> bool:
    """Whether a topic may be a thing of the world: no value, no detail, no question."""
    return not _DETAIL.match(topic) and not find_aspects(topic)[0]


def _is_around(
    clause: str, is_topic: Callable[[str], bool], is_idle: Callable[[str], bool]
) -> bool:
    """Whether a clause beside a lack apologizes, draws the consequence or says nothing else."""
    plain = clause.strip()
    if not plain or _COURTESY.fullmatch(plain):
        return True
    unable = _UNABLE.fullmatch(plain)
    return (unable is not None and is_topic(unable["topic"] or "")) or is_idle(plain)
