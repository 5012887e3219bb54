from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.claims.followups import (
    Asked,
    Turn,
    drop_told,
    is_elliptical,
    is_pointing_back,
    read_history,
    resolve_question,
)
from groundwire.claims.questions import is_yes_no_question
from groundwire.errors import InputError

MUSEUM = [
    ("user", "When does the museum open on Saturdays?"),
    ("assistant", "It opens at nine [1]."),
]
PLANS = [("user", "How much does the basic plan cost?"), ("assistant", "$10 a month.")]


class Message:
    """A message as LangChain has them."""

    def __init__(self, kind: str, content: Any) -> None:
        self.type = kind
        self.content = content


@pytest.mark.parametrize(
    "history",
    [
        [("user", "Hi"), ("assistant", "Hello")],
        [["human", "Hi"], ["ai", "Hello"]],
        [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],
        [{"type": "human", "content": "Hi"}, {"type": "ai", "content": "Hello"}],
        [Message("human", "Hi"), Message("AIMessageChunk", [{"type": "text", "text": "Hello"}])],
        [("system", "Be kind."), ("user", "Hi"), ("tool", "9"), ("ai", None), ("ai", "Hello")],
    ],
)
def test_the_usual_forms_of_a_history(history: list[Any]) -> None:
    assert read_history(history) == (Turn("user", "Hi"), Turn("assistant", "Hello"))


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ("Hi", "history is 'Hi', a str: give a list of turns"),
        ({"role": "user", "content": "Hi"}, "a dict: give a list of turns"),
        (7, "history is 7, a int"),
        ([("user", "Hi"), "Hello"], r"history\[1\] is 'Hello', a str: give"),
        ([("Hi", "Hello")], r"history\[0\] has the role 'Hi': use 'user' or 'assistant'"),
        ([{"content": "Hi"}], r"history\[0\] has the role None"),
        ([("user", 7)], r"history\[0\] has the content 7: give its text"),
    ],
)
def test_a_history_that_cannot_be_read(history: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_history(history)


@pytest.mark.parametrize(
    "question",
    [
        "And on Sundays?", "on Sundays", "What about Sundays?", "How about Sundays?",
        "and what about on Sundays", "But on Sundays?", "Sundays?", "Ok, and Sundays?",
    ],
)  # fmt: skip
def test_a_part_takes_the_place_of_its_like(question: str) -> None:
    asked = resolve_question(question, MUSEUM)
    assert asked == Asked(question, "When does the museum open on Sundays?")


@pytest.mark.parametrize(
    ("question", "history", "whole"),
    [
        ("And the pro plan?", PLANS, "How much does the pro plan cost?"),
        ("For the pro plan?", PLANS, "How much does the pro plan cost?"),
        (
            "And of the kettle?",
            [("user", "How long is the warranty of the lamp?"), ("assistant", "12 months.")],
            "How long is the warranty of the kettle?",
        ),
        ("Show the list.", PLANS, "Show the list."),
        ("And for two years?", PLANS, "How much does the basic plan cost, and for two years?"),
        ("And Ben?", [("user", "How old is Ann Lee?")], "How old is Ben?"),
        (
            "And at 20 °C?",
            [("user", "How fast does it dry at 10 °C?")],
            "How fast does it dry at 20 °C?",
        ),
        ("And in Lyon?", [("user", "Is it open in Paris?")], "Is it open in Lyon?"),
        (
            "And for cats?",
            [*PLANS, ("user", "And the pro plan?"), ("assistant", "$25.")],
            "How much does the pro plan cost, and for cats?",
        ),
    ],
)
def test_a_part_is_put_into_the_question_before(
    question: str, history: list[Any], whole: str
) -> None:
    assert resolve_question(question, history).whole == whole


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many seats does it have?", ["basic", "plan"]),
        ("Is that negotiable?", ["plan"]),
        ("Why?", ["plan", "cost", "10"]),
        ("Does it include its own hosting?", ["plan"]),
        ("Warranty period?", ["plan"]),
    ],
)
def test_a_pronoun_has_the_words_of_the_last_turns(question: str, words: list[str]) -> None:
    whole = resolve_question(question, PLANS).whole
    assert whole is not None and whole.startswith(question.rstrip("?"))
    assert set(words) <= set(whole.replace(")", " ").split())
    assert (
        is_yes_no_question(whole) == is_yes_no_question(question) or question == "Warranty period?"
    )
    assert drop_told(whole) == question


def test_a_pronoun_has_the_words_of_the_answer() -> None:
    history = [("user", "Who founded Acme?"), ("assistant", "Jane Doe did.")]
    whole = resolve_question("When was she born?", history).whole
    assert whole == "When was she born (said before: founded Acme Jane Doe)?"


@pytest.mark.parametrize(
    "question",
    [
        "When does the shop close?",
        "And when does the shop close?",
        "What is the plan that includes support?",
        "Does the Louvre publish its prices?",
        "How do I reset the router if it hangs?",
        "I bought the Atlas kettle. Does it have a warranty?",
        "Is it possible to return the kettle?",
        "Is there a cafe?",
        "Who runs the museum?",
        "Tell me about Sundays",
        "List the ports",
        "What's the price of the kettle?",
        "Thanks!",
    ],
)
def test_a_whole_question_is_no_follow_up(question: str) -> None:
    assert not is_elliptical(question)
    assert not is_pointing_back(question)
    assert resolve_question(question, MUSEUM) == Asked(question, question)


def test_a_history_may_end_with_the_question() -> None:
    full = [*MUSEUM, ("user", "And on Sundays?")]
    expected = Asked("And on Sundays?", "When does the museum open on Sundays?")
    assert resolve_question(None, full) == expected
    assert resolve_question("And on Sundays?", full) == expected


def test_without_a_history_nothing_changes() -> None:
    assert resolve_question("And on Sundays?") == Asked("And on Sundays?", "And on Sundays?")
    assert resolve_question("And on Sundays?", [("system", "Hours: nine.")]).whole == (
        "And on Sundays?"
    )
    assert resolve_question(None, MUSEUM) == Asked(None, None)


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.sampled_from(["user", "ai", "tool"]), st.text(max_size=60)), max_size=6),
)
def test_what_was_asked_stays(question: str, history: list[tuple[str, str]]) -> None:
    asked = resolve_question(question, history)
    assert asked.question == question
    assert asked.whole == question or any(role != "tool" for role, _ in history)
