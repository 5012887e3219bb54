"""Questions that a grounding decision model answers, apart from LangChain's types for them.

``decisions`` makes a ``BaseDecisionModel`` of it where langchain-core has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from langchain_core.messages import BaseMessage, convert_to_messages

from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire.reports.scores import find_lowest_support, select_checkable
from groundwire.types import LABELS, Action, Report
from groundwire_langchain.evidence import find_context, find_history, find_question
from groundwire_langchain.runs import find_answer, find_told

GROUNDED = "Is the last answer in the state grounded in its evidence?"
"""Instructions of a ``Noul`` that asks what this model can answer."""

ACTIONS: tuple[Action, ...] = get_args(Action)

_ASKS = re.compile(r"\b(ground(ed|ing|edness)?|supported|faithful(ness)?|backed)\b", re.IGNORECASE)
_DENIES = re.compile(
    r"\b(hallucinat\w*|un(grounded|supported|faithful|backed|verified)|contradict\w*|"
    r"not|never|fails?|lacks?|without)\b|n't\b",
    re.IGNORECASE,
)
_WORST = ("contradicted", "unsupported", "unchecked", "supported")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a state holds for a check: the last answer, what was asked, the evidence or None.

    The history is what was said before, as ``Guard.check`` takes it.
    """

    answer: str
    question: str | None
    evidence: Any
    history: Any = None


def find_subject(state: Any) -> Subject:
    """Returns what there is to check in a state.

    Args:
        state: the answer itself (a string or the model's message), a list of messages, or a
            dict with an answer or messages, and a question and a context if there are any.
            Messages may be dicts with ``role`` and ``content``.

    Raises:
        InputError: if it holds no answer.
    """
    if isinstance(state, list | tuple):
        state = {"messages": list(state)}
    if isinstance(state, Mapping) and isinstance(state.get("messages"), list | tuple):
        state = {**state, "messages": _messages(state["messages"])}
    answer = find_answer(state)
    if answer is None:
        raise InputError(
            f"no answer in the state ({type(state).__name__}): pass the text, messages that end "
            "with the model's, or a dict with 'answer' and 'context'"
        )
    asked = None if isinstance(state, str) else find_question(state)
    evidence = find_context(state) or find_told(state) or None
    return Subject(answer, asked, evidence, find_history(state) or None)


def _messages(messages: Iterable[Any]) -> list[BaseMessage]:
    try:
        return convert_to_messages(list(messages))
    except (NotImplementedError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"the state's messages cannot be read ({error}): pass messages") from error


def check_questions(questions: Mapping[str, Any]) -> None:
    """Raises for a question that this model cannot answer, before anything is checked.

    Raises:
        InputError: for anything but a ``Noul`` that asks whether the answer is grounded (and
            does not ask the opposite), and a ``Choice`` among the actions or the labels.
    """
    for name, question in questions.items():
        kind = getattr(question, "type", type(question).__name__)
        if kind == "noul":
            _check_noul(name, question)
        elif kind == "choice":
            if set(question.criteria) not in (set(ACTIONS), set(LABELS)):
                raise InputError(
                    f"question {name!r} chooses among {', '.join(map(repr, question.criteria))}: "
                    f"use the criteria {', '.join(ACTIONS)}, or {', '.join(LABELS)}"
                )
        else:
            raise InputError(
                f"question {name!r} is a {kind!r}: a grounding model answers Noul and Choice"
            )


def _check_noul(name: str, question: Any) -> None:
    yes = getattr(question.criteria, "true", None) if question.criteria is not None else None
    text = f"{question.instructions} {yes or ''}"
    if not _ASKS.search(text) or _DENIES.search(text):
        raise InputError(
            f"question {name!r} asks {str(question.instructions)!r:.80}: a grounding model only "
            f"answers whether an answer is grounded; ask {GROUNDED!r}"
        )


def classify(guard: Guard, state: Any, questions: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Returns the answers to questions about a state, as the JSON form of LangChain's answers.

    Args:
        guard: checks the answer; asks its own retriever where the state holds no evidence.
        state: see ``find_subject``.
        questions: objects of the shape of ``Noul`` and ``Choice``, by their ids.

    Returns:
        ``{"type": "noul", "noul"}`` and ``{"type": "choice", "choice", "probabilities",
        "confidence"}``, by the ids of the questions.

    Raises:
        InputError: for a question or a state of another kind, or evidence that cannot be read.
        ModelError: if a model cannot be loaded.
    """
    check_questions(questions)
    subject = find_subject(state)
    report = guard.check(subject.answer, subject.evidence, subject.question, subject.history)
    return {name: _answer(report, question) for name, question in questions.items()}


def _answer(report: Report, question: Any) -> dict[str, Any]:
    support = find_lowest_support(report)
    if question.type == "noul":
        return {"type": "noul", "noul": support}
    if set(question.criteria) == set(ACTIONS):
        return choose_answer(report.decision.action, support, "pass", "block", ACTIONS)
    label = next((x for x in _WORST if any(v.label == x for v in report.verdicts)), "no_claim")
    if not select_checkable(report):
        return choose_answer("no_claim", 1.0, "no_claim", "unchecked", LABELS)
    return choose_answer(label, support, "supported", "unsupported", LABELS)


def choose_answer(
    chosen: str, support: float, good: str, bad: str, names: Iterable[str]
) -> dict[str, Any]:
    """Returns a choice whose probabilities follow from the lowest support.

    ``good`` has the probability ``support``. The rest lies on what was chosen, or on ``bad``
    where that is ``good``. Confidence is the probability of what was chosen.
    """
    probabilities = dict.fromkeys(names, 0.0)
    probabilities[good] = support
    probabilities[bad if chosen == good else chosen] += 1.0 - support
    return {
        "type": "choice",
        "choice": chosen,
        "probabilities": probabilities,
        "confidence": probabilities[chosen],
    }
