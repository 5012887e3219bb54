"""Context of a training row: what its text was given, as evidence and as a question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from groundwire.audit.formats.messages import is_chat, is_message, read_turns
from groundwire.errors import InputError
from groundwire.train.data.records import make_evidence, write_context

_POLITE = r"(?:(?:please|now|then|first|next|also)\W+)?"
_VERB = (
    r"(?:add|answer|analy[sz]e|brainstorm|calculate|categori[sz]e|cite|classify|compare|complete|"
    r"compose|compute|consider|continue|convert|correct|create|decline|define|describe|design|"
    r"determine|develop|discuss|draft|edit|evaluate|explain|express|extract|fill in|find|fix|"
    r"follow|generate|give|identify|imagine|improve|include|keep|limit|list|look|make|mention|name|"
    r"outline|output|paraphrase|phrase|predict|produce|propose|provide|put|quote|rank|read|"
    r"recommend|refer|refuse|remember|render|reply|report|respond|return|rewrite|rephrase|say|"
    r"select|solve|sort|speak|state|stay|stick|suggest|summari[sz]e|talk|tell|think|transform|"
    r"translate|turn|use|verbali[sz]e|write)"
)
_OBJECT = (
    r"(?:the|an?|this|that|these|those|all|any|each|every|some|your|my|me|us|it|its|them|in|into|"
    r"from|on|with|for|to|as|about|of|by|only|no|not|one|two|three|how|what|why|which|who|whether|"
    r"if|and|or|out|sure|at|up|exactly|based|using|[a-z]+ly|\d+|[\"'“‘(])"
)
_GIVEN_WORDS = (
    r"\b(?:contexts?|passages?|documents?|records?|data|texts?|inputs?|questions?|sentences?|"
    r"words?|answers?|following|below|above)\b"
)
_ASKS = re.compile(rf"{_POLITE}(?:what|when|where|which|who|whom|whose|why|how)\b", re.I)
_ORDERS = re.compile(
    rf"{_POLITE}(?:do not|don['’]t|never|always|be|act|behave|avoid|ensure|only {_VERB})\s"
    r"(?=[a-z\"'“‘])",
    re.I,
)
_BEGINS = re.compile(
    rf"{_POLITE}{_VERB}\b(?:\s+(?P<object>(?-i:{_OBJECT})\b|[\"'“‘(])|(?P<end>\W*$|:))?", re.I
)
_YOU = re.compile(
    rf"(?:you['’]re|you\s+(?:are|will|must|should|can|may|need|never|always|only|{_VERB})|"
    r"your\s(?:task|job|role|goal|aim|answers?|repl(?:y|ies)|responses?|tone|output|purpose))\b",
    re.I,
)
_ROLE = re.compile(
    r"you(?:['’]re| are)\b[^.]*\b(?:assistant|model|chatbot|bot|expert|agent|writer|helper)\b", re.I
)
_WHEN = re.compile(r"(?:if|when(?:ever)?|unless)\b.*\b(?:you|say|answer|reply|respond|refuse)\b",
                   re.I | re.S)  # fmt: skip
_HERE = re.compile(
    rf"(?:here (?:is|are)|below (?:is|are)|given|based on|using|the following)\b.*"
    rf"(?:{_GIVEN_WORDS}|:\s*$)",
    re.I | re.S,
)
_VALUE = re.compile(r"\d|(?<=[\w,] )(?!(?:I|AI|LLM|JSON|English)\b)[A-Z]")
"""A number or a name inside a sentence, with which it may state something, too."""

_SHORT, _NAMED = 3, 2
"""Words of a sentence that is an instruction if it begins with a verb, and of one with a name."""


def is_instruction(sentence: str) -> bool:
    """Whether a sentence asks for something, or says what the model is or is to do.

    It is read by its first words (English). One that could be either, such as "You are the
    assistant of Blue Spice, which opens at 9.", states something.
    """
    text = sentence.strip()
    if text.endswith("?") or (_ASKS.match(text) and not text.endswith(".")):
        return True
    if _ORDERS.match(text):
        return True
    begins = _BEGINS.match(text)
    if begins and (begins["object"] or begins["end"] is not None):
        return True
    short = begins is not None and len(text.split()) <= _NAMED
    if (short or _ROLE.match(text)) and not re.search(r"\d", text):
        return True
    if _VALUE.search(text):
        return False
    if begins and (len(text.split()) <= _SHORT or re.search(_GIVEN_WORDS, text, re.I)):
        return True
    return any(pattern.match(text) for pattern in (_YOU, _WHEN, _HERE))


@dataclass(frozen=True, slots=True)
class Given:
    """What a text was given.

    Attributes:
        evidence: what it may rest on; empty if nothing is stated.
        question: what was asked, if it is known.
        prompt: the same as the prompt of a training set: a text, or messages with ``role`` and
            ``content``.
    """

    evidence: tuple[Any, ...] = ()
    question: str | None = None
    prompt: Any = ""

    def joined(self, other: Given) -> Given:
        """Returns this with another after it."""
        if not self.prompt:
            return other
        if not other.prompt:
            return self
        if isinstance(self.prompt, str) != isinstance(other.prompt, str):
            raise InputError("mixes text and messages: give one of them")
        between = "\n\n" if isinstance(self.prompt, str) else []
        return Given(
            self.evidence + other.evidence, other.question or self.question,
            self.prompt + between + other.prompt,
        )  # fmt: skip


def read_context(context: Any, question: Any = None) -> Given:
    """Returns a context that is evidence, whatever it is, and what was asked.

    Raises:
        InputError: if it is of a wrong kind, or the question is no text.
    """
    if question is not None and not isinstance(question, str):
        raise InputError(f"question is a {type(question).__name__}: give a text")
    prompt = "\n\n".join(filter(None, [write_context(context), question]))
    return Given(make_evidence(context), question or None, prompt)


def read_prompt(prompt: Any) -> Given:
    """Returns a prompt, whose texts are evidence where they state something.

    A question or an instruction alone states nothing that a text could rest on. The model's own
    turns of a conversation are no evidence.

    Raises:
        InputError: if it is of a wrong kind.
    """
    from groundwire.train.data.context import collect_before, is_talk

    if is_talk(prompt):
        return collect_before(prompt, len(prompt))
    if isinstance(prompt, list) and not prompt:
        return Given(prompt=[])
    return read_texts([(prompt, False)], write_context(prompt))


def read_texts(texts: list[tuple[Any, bool]], prompt: Any) -> Given:
    """Returns texts of a prompt; the last is the question where it states nothing.

    Args:
        texts: each with whether it is evidence whatever it says.
        prompt: all of them.
    """
    evidence: tuple[Any, ...] = ()
    question = None
    for text, sure in texts:
        found = make_evidence(text)
        stated = tuple(
            item for item in found if sure or not isinstance(item, str) or is_statement(item)
        )
        evidence += stated
        if isinstance(text, str) and text.strip() and not stated:
            question = text
    return Given(evidence, question, prompt)


@lru_cache(maxsize=256)
def is_statement(text: str) -> bool:
    """Whether a text states something, beside questions, instructions and greetings."""
    from groundwire.claims.splitter import ClaimSplitter

    claims = (claim for claim in ClaimSplitter().split(text) if claim.checkable)
    return any(not is_instruction(claim.text) for claim in claims)


_CONTENTS = ("content", "value", "text")
_ROLES = {"retrieved": "tool", "": "user"}
_PLACE = re.compile(r"\[(\d+)\]$")


def is_talk(value: Any) -> bool:
    """Whether a value is a list of messages; text that holds such JSON is text."""
    return isinstance(value, list) and bool(value) and is_chat(value) and is_message(value[0])


def collect_before(messages: Sequence[Any], end: int) -> Given:
    """Returns what a conversation gives before a place: all but what the model said itself."""
    heard = [turn for turn in read_turns(list(messages)) if turn.position < end]
    told = [(turn.text, turn.role == "retrieved") for turn in heard
            if turn.role != "assistant" and turn.text]  # fmt: skip
    prompt = [{"role": _ROLES.get(turn.role, turn.role), "content": turn.text} for turn in heard]
    given = read_texts(told, prompt)
    asked = [turn.text for turn in heard if turn.role == "user" and turn.text]
    return Given(given.evidence, asked[-1] if asked else given.question, prompt)


def read_spoken(column: str, value: Any, given: Given) -> Iterator[tuple[str, str, Given]]:
    """Yields the texts of a column: name, text, and what it was given.

    Raises:
        InputError: if the value is neither a text nor a conversation in which the model speaks.
    """
    if value is None or isinstance(value, str):
        yield column, value or "", given
        return
    if not is_talk(value):
        raise InputError(
            f"{column} is a {type(value).__name__}: give a text, or a list of messages with role "
            "and content"
        )
    mine = [
        turn for turn in read_turns(value)
        if turn.role == "assistant" and (turn.text.strip() or not _calls(value[turn.position]))
    ]  # fmt: skip
    if not mine:
        raise InputError(f"{column} has no message of the assistant: there is nothing to learn")
    for turn in mine:
        before = collect_before(value, turn.position) if turn.position else Given(prompt=[])
        yield f"{column}[{turn.position}]", turn.text, given.joined(before)


def find_plain_content(message: Any) -> str | None:
    """The text of a message that has nothing beside it, such as an image; else None."""
    if not isinstance(message, Mapping):
        return None
    text = next((message[key] for key in _CONTENTS if key in message), None)
    return text if isinstance(text, str) else None


def _calls(message: Any) -> bool:
    """Whether a message calls a tool."""
    return isinstance(message, Mapping) and bool(
        message.get("tool_calls") or message.get("function_call")
    )


def replace_spoken(value: Any, name: str, text: str, before: bool = False) -> Any:
    """Returns a column with another text in it.

    Args:
        value: a text or a conversation.
        name: of the part (``Part.name``), whose place is in it.
        text: the text.
        before: put it before the first message that is not the model's, instead.
    """
    if not isinstance(value, list):
        return text
    if before:
        others = [turn.position for turn in read_turns(value) if turn.role != "assistant"]
        place = others[0] if others else 0
    else:
        found = _PLACE.search(name)
        place = int(found[1]) if found else 0
    message = dict(value[place])
    key = next((key for key in _CONTENTS if key in message), "content")
    message[key] = f"{text} {read_turns(value)[place].text}".rstrip() if before else text
    return [*value[:place], message, *value[place + 1 :]]
