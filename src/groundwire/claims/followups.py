"""Follow-up questions, completed by the conversation before them: "And on Sundays?" (English).

A follow-up leaves out what the last turns have said, in one of two ways. It lacks its verb, and is
a part that takes the place of its like in the question before ("How much does the pro plan cost?",
"And the basic plan?"); or a pronoun stands in it for what was spoken of. Completed, it has the
words that it leaves out, and is read like a question that was asked whole. What was said before is
read for nothing else: no turn is evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from groundwire.claims.checkworthy import classify_by_rules
from groundwire.claims.questions import has_finite_verb
from groundwire.errors import InputError
from groundwire.quantities.parse import parse_values
from groundwire.text.citations import blank_citations
from groundwire.text.words import STOP, WORD, split_table, strip_ending

History: TypeAlias = Sequence[Any]
"""Turns of a conversation, as ``read_history`` takes them."""

Role: TypeAlias = Literal["user", "assistant"]

TURNS = 20
"""The last turns that are read: further back, nothing is meant by a pronoun."""

_ROLES: dict[str, Role | None] = {
    **dict.fromkeys(("user", "human", "humanmessagechunk"), "user"),
    **dict.fromkeys(("assistant", "ai", "aimessagechunk", "model"), "assistant"),
    **dict.fromkeys(("system", "developer", "tool", "function", "remove"), None),
}  # fmt: skip
_FORMS = "give {'role': 'user', 'content': 'text'} or ('user', 'text')"

_SILENT = STOP | frozenset(split_table("how why much many whose whether whom yes cannot please"))
_ASKED, _ANSWERED = 12, 16
"""Words of the question and of the answer before that stand for what a pronoun points to."""

_TOLD = " (said before: "
"""Begins the words that a pronoun stands for; nobody but the assistant may have said them."""

_OPENER = re.compile(
    r"(?:(?:and|but|or|so|ok|okay|then|also|now|well|hm+)\b[\s,.]*)*"
    r"(?:(?:what|how) (?:about|of)\b)?",
    re.IGNORECASE,
)
_PREPOSITIONS = split_table(
    "on in at for with without from to by of during before after until since under over between "
    "within near like as about per above below outside inside against through via"
)
_PREPOSITION = re.compile(rf"(?:{'|'.join(_PREPOSITIONS)})\b", re.IGNORECASE)
_DETERMINER = r"(?:the|an?|your|our|my|his|her|its|their|this|that|these|those|all|both|each)"
_DEPENDENT = re.compile(r"(?:if|unless|though|although|because|whenever|once)\b[^,]*$", re.I)
_WH = re.compile(r"(?:who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE)
_SHORT_FORM = re.compile(r"\b\w+['’](?:s|re|ll|d|ve|m)\b", re.IGNORECASE)
_SUBJECT = re.compile(r"(?:and )?(?:who|whoever) \w+ \w", re.IGNORECASE)
_COMMAND = re.compile(r"(?:please )?[a-z]+ (?:me|us|it|them|a|an|the|all|more)\b", re.IGNORECASE)

_POINTER = re.compile(
    r"\b(?:(?P<own>its|their|theirs|his|her|hers)|(?P<far>this|that|these|those)|"
    r"it|they|them|he|she|him|one|ones|there|"
    r"the (?:same|other|others|former|latter|first|second))\b",
    re.IGNORECASE,
)
# "Is it possible to return ...", "Is there a fee": nothing is meant by the word.
_EXPLETIVE = re.compile(
    r"\b(?:is|was|does|will|would) it (?:\w+ ){1,2}(?:to|that|if|for)\b|\bit takes?\b|"
    r"\b(?:is|are|was|were|will|be|been|has|have|does|can) there\b|\bthere(?: is| are|['’]s)\b|"
    r"\bwhat time is it\b|\b(?:which|each|every|any|no|some) one\b",
    re.IGNORECASE,
)
# "that" joins clauses after a noun or a verb, and points after these alone.
_BEFORE_THAT = re.compile(
    rf"(?:^|[,;:.!?]|\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|"
    rf"must|and|or|but|than|{'|'.join(_PREPOSITIONS)}))\s*$",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"\b{_DETERMINER} (?-i:[a-z])\w|(?<!^)(?<![.!?] )(?-i:[A-Z])\w", re.IGNORECASE)
# "Which is the oldest?" is of those that were spoken of.
_NOUNLESS = re.compile(
    r"\W*(?:and |so |but |ok(?:ay)?,? )?(?:which|who)(?: ones?)? (?:is|are|was|were|has|have|had|"
    r"costs?|weighs?|lasts?|takes?|offers?|includes?)\b",
    re.IGNORECASE,
)
_SUPERLATIVE = re.compile(
    r"\bthe (?:(?:most|least) [a-z]+|[a-z]{2,}est|best|worst)\b", re.IGNORECASE
)
_BOUNDARY = re.compile(
    r"[,;:.!?]|\b(?:if|when|while|because|and|or|but|so|that|which|who|than|before|after|until|"
    r"unless|once|where)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one of the two said; never evidence."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked, and as the claims of its answer are read with it."""

    question: str | None
    whole: str | None


def read_history(history: Any) -> tuple[Turn, ...]:
    """Returns the turns of the user and the assistant in a conversation.

    Args:
        history: a sequence of dicts with ``role`` (or ``type``) and ``content``, pairs
            ``(role, text)``, or messages with these attributes, oldest first. Content may be a
            list of blocks, of which those of text are read. Turns of a system or a tool, and
            empty ones, are left out.

    Raises:
        InputError: if it is no sequence, or a turn is of no such form.
    """
    if history is None:
        return ()
    if isinstance(history, str | bytes | Mapping) or not isinstance(history, Sequence):
        raise InputError(
            f"history is {history!r:.60}, a {type(history).__name__}: give a list of turns, oldest "
            f"first; of each {_FORMS}"
        )
    turns = (_read_turn(number, item) for number, item in enumerate(history))
    return tuple(turn for turn in turns if turn is not None)


def _read_turn(number: int, item: Any) -> Turn | None:
    name = f"history[{number}]"
    if isinstance(item, Mapping):
        role, content = item.get("role", item.get("type")), item.get("content")
    elif isinstance(item, tuple | list) and len(item) == 2:
        role, content = item
    elif hasattr(item, "content") and (hasattr(item, "type") or hasattr(item, "role")):
        role, content = getattr(item, "role", getattr(item, "type", None)), item.content
    else:
        raise InputError(f"{name} is {item!r:.60}, a {type(item).__name__}: {_FORMS}")
    known = role.casefold() if isinstance(role, str) else None
    if known not in _ROLES:
        raise InputError(
            f"{name} has the role {role!r:.60}: use 'user' or 'assistant'; {_FORMS} (turns of a "
            "system or a tool may stand between them, and are not read)"
        )
    said = _ROLES[known]
    if said is None:
        return None
    text = _read_content(name, content).strip()
    return Turn(said, text) if text else None


def _read_content(name: str, content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list | tuple):
        raise InputError(f"{name} has the content {content!r:.60}: give its text, a string")
    parts = (part.get("text") if isinstance(part, Mapping) else part for part in content)
    return " ".join(part for part in parts if isinstance(part, str))


def resolve_question(question: str | None, history: Any = None) -> Asked:
    """Returns a question as it was asked, and completed by the conversation before it.

    Args:
        question: what the reader asked; None takes the history's last turn, if it is the user's.
        history: as ``read_history`` takes it; it may end with the question itself.

    Raises:
        InputError: as ``read_history``.
    """
    turns = read_history(history)
    last = max((i for i, turn in enumerate(turns) if turn.role == "user"), default=-1)
    if question is None and turns and last == len(turns) - 1:
        question = turns[last].text
    if question is None:
        return Asked(None, None)
    if last >= 0 and turns[last].text == question.strip():
        turns = turns[:last]
    whole = answer = ""
    for turn in turns[-TURNS:]:
        if turn.role == "assistant":
            answer = turn.text
        else:
            whole, answer = _complete(turn.text, whole, answer), ""
    return Asked(question, _complete(question, whole, answer))


def drop_told(question: str) -> str:
    """Returns a question without the words that stand for what a pronoun in it points to.

    They may be the assistant's own, so nothing that an answer takes for granted is known by them.
    """
    at = question.find(_TOLD)
    end = question.find(")", at)
    return question if at < 0 or end < 0 else question[:at] + question[end + 1 :]


def is_elliptical(question: str) -> bool:
    """Whether a question has no verb of its own, and so is part of one that was asked before."""
    rest, opened = _open(question)
    if re.search(r"(?:about|of)\W*$", question[: len(question) - len(rest)], re.IGNORECASE):
        return True
    if opened and _DEPENDENT.match(rest):
        return True
    if not rest or classify_by_rules(question) == "greeting":
        return opened and not rest
    if has_finite_verb(rest) or _SHORT_FORM.search(rest) or _SUBJECT.match(rest):
        return False
    joined = _PREPOSITION.match(rest) is not None  # "of the kettle" is no command
    starts = opened or joined or _WH.match(rest) or question.rstrip()[-1:] == "?"
    return bool(starts or len(rest.split()) < 3) and (joined or not _COMMAND.match(rest))


def is_pointing_back(question: str) -> bool:
    """Whether a pronoun of a question stands for what the question itself does not name."""
    if _NOUNLESS.match(question):
        return True
    blank = _EXPLETIVE.sub(lambda found: " " * len(found[0]), question)
    for match in _POINTER.finditer(blank):
        before = question[: match.start()]
        if match["far"] and not _BEFORE_THAT.search(before):
            continue
        # What is named in another clause, or owns, is what is meant: "if the pump leaks, is it".
        named = _NAMED.search(before)
        if named and (match["own"] or _BOUNDARY.search(before, named.end())):
            continue
        return True
    return False


def _open(question: str) -> tuple[str, bool]:
    """What stands after "And", "What about" and the like, and whether there was any."""
    found = _OPENER.match(question.lstrip())
    end = found.end() if found else 0
    return question.lstrip()[end:].strip(" ,.?!…\n"), end > 0


def _complete(question: str, before: str, answer: str) -> str:
    """A question with what it leaves out of the one before, or of the answer to that."""
    if not before and not answer:
        return question
    if is_elliptical(question):
        part, opened = _open(question)
        asks = not part or _WH.match(part) or is_pointing_back(part)
        if before and not asks:
            joined = opened or _PREPOSITION.match(part) is not None
            return _put(part, before, joined) or _told(question, before, answer)
        return _told(question, before, answer)
    return _told(question, before, answer) if is_pointing_back(question) else question


def _put(part: str, before: str, joined: bool) -> str | None:
    """A question again, with a part in the place of its like; or added to it, if it is joined."""
    told = before[before.find(_TOLD) :] if _TOLD in before else ""
    asked = drop_told(before).strip().rstrip("?.! ")
    place = _find_like(part, asked)
    if place is None and not joined:
        return None
    if place is None:
        small = part[0].lower() if _PREPOSITION.match(part) else part[0]
        whole = f"{asked}, and {small}{part[1:]}"
    else:
        start, end, text = place
        whole = asked[:start] + text + asked[end:]
    return whole + (told or "?")


def _find_like(part: str, asked: str) -> tuple[int, int, str] | None:
    """Where the one phrase of a question stands that a part takes the place of, and what is put.

    That is a value of the same kind, a phrase that ends with the same word, one after the same
    preposition at the end of the question, or the one name beside a name.
    """
    lead = _PREPOSITION.match(part)
    core = part[lead.end() :].strip() if lead else part
    own, theirs = parse_values(part), parse_values(asked)
    like = [value for value in theirs if own and value.kind == own[0].kind]
    if len(own) == 1 and len(like) == 1 and own[0].text == core:
        return like[0].start, like[0].end, core
    ends = list(_SUPERLATIVE.finditer(asked))
    if len(ends) == 1 and _SUPERLATIVE.fullmatch(core):
        return ends[0].start(), ends[0].end(), core
    words = core.split()
    if len(words) > 1 and not own:
        head = re.escape(words[-1])
        found = list(re.finditer(rf"\b{_DETERMINER} (?:[\w'’-]+ ){{0,3}}{head}\b", asked, re.I))
        if len(found) == 1:
            return found[0].start(), found[0].end(), core
    if lead:
        ends = list(re.finditer(rf"\b{lead[0]}\s+(?:[\w'’.-]+\s*){{1,4}}$", asked, re.IGNORECASE))
        if ends:
            return ends[-1].start(), len(asked), part
    name = r"(?<!^)\b[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*)*"
    names = list(re.finditer(name, asked))
    if len(names) == 1 and re.fullmatch(r"[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*)*", core):
        return names[0].start(), names[0].end(), core
    return None


def _told(question: str, before: str, answer: str) -> str:
    """A question with the words that tell what was spoken of before it."""
    seen = {strip_ending(word) for word in WORD.findall(question)}
    said = before.replace(_TOLD, " ")
    words = [*_content(said, seen, _ASKED), *_content(blank_citations(answer), seen, _ANSWERED)]
    if not words:
        return question
    asked = question.strip().rstrip("?.! …")
    return f"{asked}{_TOLD}{' '.join(words)})?"


def _content(text: str, seen: set[str], limit: int) -> Iterator[str]:
    """The first words of a text that tell what it is about, as written, each once."""
    for match in WORD.finditer(text):
        word, stem = match[0], strip_ending(match[0])
        # Of two letters, a word is a number, a name or none ("am", "ok").
        telling = len(word) > 2 or word[:1].isdigit() or word[:1].isupper()
        telling = telling and word.casefold() not in _SILENT
        if limit and telling and stem not in seen:
            seen.add(stem)
            limit -= 1
            yield word
