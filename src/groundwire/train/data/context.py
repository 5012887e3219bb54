"""What a text of a training row was given, as evidence and as a question."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from groundwire.errors import InputError
from groundwire.train.data.instructions import instructs
from groundwire.train.data.meaning import as_evidence, context_text


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
    return given_by_texts([(prompt, False)], context_text(prompt))


def given_by_texts(texts: list[tuple[Any, bool]], prompt: Any) -> Given:
    """Returns texts of a prompt; the last is the question where it states nothing.

    Args:
        texts: each with whether it is evidence whatever it says.
        prompt: all of them.
    """
    evidence: tuple[Any, ...] = ()
    question = None
    for text, sure in texts:
        found = as_evidence(text)
        stated = tuple(item for item in found if sure or not isinstance(item, str) or states(item))
        evidence += stated
        if isinstance(text, str) and text.strip() and not stated:
            question = text
    return Given(evidence, question, prompt)


@lru_cache(maxsize=256)
def states(text: str) -> bool:
    """Whether a text states something, beside questions, instructions and greetings."""
    from groundwire.claims import ClaimSplitter

    claims = (claim for claim in ClaimSplitter().split(text) if claim.checkable)
    return any(not instructs(claim.text) for claim in claims)
