"""Headings of tables that people made, matched by meaning: "User message", "Bot reply".

A heading is read word by word. Each word must be of a known class: who speaks, what is said, what
was given, or a word that adds nothing ("final", "full"). A heading with any other word ("Answer
rating", "Expected answer") is left alone: it is better to ask than to take a wrong column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

from groundwire.text.words import split_table

Part: TypeAlias = Literal["question", "answer", "contexts"]

_ASKERS = frozenset(
    split_table("user customer human client visitor caller guest patient student learner")
)
_ANSWERERS = frozenset(split_table("bot chatbot assistant ai model agent llm gpt system copilot"))
_SPEECH = frozenset(split_table("message messages msg text turn utterance content said says"))
_ASKED = frozenset(split_table("question query prompt request inquiry input instruction asked"))
_ANSWERED = frozenset(split_table("answer reply response output completion generation replied"))
_GIVEN = frozenset(
    split_table("""
    context contexts passage passages document documents doc docs chunk chunks snippet snippets
    excerpt excerpts evidence knowledge grounding
    """)
)
_ADDED = frozenset(
    split_table("""
    a an the our your their final full whole generated raw actual original last latest complete
    sent given received retrieved retrieval used provided found search rag kb base supporting
    relevant top source of from for to by
    """)
)
_BREAKS = re.compile(r"[^\w]+|_+|(?<=[a-z])(?=[A-Z])")


def split_heading(heading: str) -> list[str]:
    """Returns the words of a heading, in lower case: ``userMessage`` and ``User message`` alike."""
    return [word.lower() for word in _BREAKS.split(heading) if word]


def match_heading(heading: str) -> Part | None:
    """Returns which part of a record a heading names, or None if it cannot be told."""
    words = set(split_heading(heading)) - _ADDED
    said = words & _SPEECH
    asked, answered = words & _ASKED, words & _ANSWERED
    askers, answerers = words & _ASKERS, words & _ANSWERERS
    given = words & _GIVEN
    if not words or words - said - asked - answered - askers - answerers - given:
        return None
    if given:
        return None if askers or answerers or asked or answered else "contexts"
    about_answer, about_question = bool(answered or answerers), bool(asked or askers)
    if about_answer == about_question:
        return None
    if about_answer:
        return "answer" if answered or said else None
    return "question" if asked or said else None


def match_headings(headings: Iterable[str]) -> dict[Part, list[str]]:
    """Returns, by part, the headings that name it, in their order."""
    found: dict[Part, list[str]] = {"question": [], "answer": [], "contexts": []}
    for heading in headings:
        part = match_heading(heading)
        if part is not None:
            found[part].append(heading)
    return found
