"""What a text of a training row was given, as evidence and as a question."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from groundwire.errors import InputError
from groundwire.train.data.meaning import as_evidence, context_text

_ASKED = re.compile(
    r"(?:please\W+|now\W+|then\W+)?(?:add|answer|analy[sz]e|brainstorm|calculate|categori[sz]e|"
    r"classify|compare|compose|compute|continue|convert|correct|create|define|describe|design|"
    r"determine|develop|discuss|edit|evaluate|explain|extract|fill in|find|fix|generate|give|"
    r"identify|imagine|improve|list|make|name|outline|paraphrase|predict|propose|provide|rank|"
    r"recommend|reply|respond|rewrite|rephrase|select|solve|sort|state|suggest|summari[sz]e|"
    r"tell|think|translate|use|verbali[sz]e|what|when|where|which|who|why|how|write)\b",
    re.IGNORECASE,
)


_TOLD = re.compile(
    r"(?:please\W+)?(?:you(?!\s\w+ed)|your\s(?:task|job|role|goal|aim|answers?|repl(?:y|ies)|"
    r"responses?|tone|output|purpose)|be|act|always|never|do|don['’]t|only|if|when(?:ever)?|"
    r"unless|keep|stay|avoid|ensure|respond|return|include|remember|refer|follow|consider|speak|"
    r"talk|imagine|assume|behave|stick|limit|mention|cite|quote|base|refuse|decline)\b",
    re.IGNORECASE,
)
_VALUE = re.compile(r"\d|(?<=[\w,] )(?!(?:I|AI|LLM|JSON|English)\b)[A-Z]")
"""A number or a name inside a sentence, with which an instruction states something, too."""


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


def given_by_context(context: Any, question: Any = None) -> Given:
    """Returns a context that is evidence, whatever it is, and what was asked.

    Raises:
        InputError: if it is of a wrong kind, or the question is no text.
    """
    if question is not None and not isinstance(question, str):
        raise InputError(f"question is a {type(question).__name__}: give a text")
    prompt = "\n\n".join(filter(None, [context_text(context), question]))
    return Given(as_evidence(context), question or None, prompt)


def given_by_prompt(prompt: Any) -> Given:
    """Returns a prompt, whose texts are evidence where they state something.

    A question or an instruction alone states nothing that a text could rest on. The model's own
    turns of a conversation are no evidence.

    Raises:
        InputError: if it is of a wrong kind.
    """
    from groundwire.train.data.talk import is_talk, said_before

    if is_talk(prompt):
        return said_before(prompt, len(prompt))
    if isinstance(prompt, list) and not prompt:
        return Given(prompt=[])
    return given_by_texts([prompt], context_text(prompt))


def given_by_texts(texts: list[Any], prompt: Any) -> Given:
    """Returns texts of a prompt; the last is the question where it states nothing."""
    evidence: tuple[Any, ...] = ()
    question = None
    for text in texts:
        found = as_evidence(text)
        stated = tuple(item for item in found if not isinstance(item, str) or states(item))
        evidence += stated
        if isinstance(text, str) and text.strip() and not stated:
            question = text
    return Given(evidence, question, prompt)


@lru_cache(maxsize=256)
def states(text: str) -> bool:
    """Whether a text states something, beside questions, instructions and greetings."""
    from groundwire.claims import ClaimSplitter

    claims = (claim for claim in ClaimSplitter().split(text) if claim.checkable)
    return any(not claim.text.endswith("?") and not _instructs(claim.text) for claim in claims)


def _instructs(sentence: str) -> bool:
    """Whether a sentence asks for something, or says what the model is or does."""
    if _ASKED.match(sentence):
        return True
    return bool(_TOLD.match(sentence)) and not _VALUE.search(sentence)
