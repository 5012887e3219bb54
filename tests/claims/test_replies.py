from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.claims.replies import (
    blank_reply,
    find_reply_end,
    find_told_start,
    is_denying,
    is_reply,
)
from groundwire.claims.splitter import ClaimSplitter
from groundwire.types import Claim, Context

LAMP = "Does the kettle have a lamp?"
SAME = "Are the two ports the same?"


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (LAMP, "Yes."), (LAMP, "**No**."), (LAMP, "Correct."), (LAMP, "That's correct."),
        (LAMP, "It does."), (LAMP, "No, it doesn't."), (LAMP, "You are right."),
        (LAMP, "Of course!"), (LAMP, "Yes, absolutely."), (LAMP, "No, not really."),
        (SAME, "No, they are not the same."), (SAME, "They aren't the same."),
        ("Is there a cafe?", "Yes, there is."),
    ],
)  # fmt: skip
def test_replies(question: str, sentence: str) -> None:
    assert is_reply(sentence, question)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (LAMP, "Yes, the kettle has a lamp."), (LAMP, "Yes, at nine."), (LAMP, "It is blue."),
        (LAMP, "I am not sure."), (LAMP, "The lamp is blue."), (LAMP, ""), (None, "Yes."),
        ("When does it open?", "Yes."), (SAME, "No, they have other plugs."),
    ],
)  # fmt: skip
def test_no_replies(question: str | None, sentence: str) -> None:
    assert not is_reply(sentence, question)


@pytest.mark.parametrize(
    ("question", "answer", "claims"),
    [
        (LAMP, "Yes. It has a lamp. It is blue.", ["Yes. It has a lamp.", "It is blue."]),
        (SAME, "No, they are not the same. A is USB.", ["No, they are not the same. A is USB."]),
        (LAMP, "Sure! It has a lamp.", ["Sure! It has a lamp."]),
        (LAMP, "That's right.\n\nIt has a lamp.", ["That's right.\n\nIt has a lamp."]),
        (LAMP, "Yes.\n\n- It has a lamp.", ["Yes.", "It has a lamp."]),
        (LAMP, "Yes, the kettle has one. It is blue.", ["Yes, the kettle has one.", "It is blue."]),
        (LAMP, "Yes.", ["Yes."]),
        ("When does it open?", "Yes. It opens at nine.", ["Yes.", "It opens at nine."]),
    ],
)  # fmt: skip
def test_a_reply_is_one_claim_with_its_explanation(
    question: str, answer: str, claims: list[str]
) -> None:
    found = ClaimSplitter().split(answer, question)
    assert [claim.text for claim in found if claim.checkable] == claims


def claim(text: str, question: str = LAMP) -> Claim:
    return Claim(text, 0, len(text), Context(question))


def test_a_bare_reply_is_not_read_and_one_with_words_of_the_question_is() -> None:
    bare = claim("Yes. It has a lamp.")
    assert blank_reply(bare) == "     It has a lamp."
    assert find_reply_end(bare) == 5
    echo = claim("No, they are not the same. A is USB.", SAME)
    assert blank_reply(echo) == echo.text
    assert find_reply_end(echo) == 27
    assert blank_reply(claim("It has a lamp. It is blue.")) == "It has a lamp. It is blue."


def test_what_says_no() -> None:
    assert is_denying("No.") and is_denying("It isn't.") and is_denying("Incorrect.")
    assert not is_denying("Yes.") and not is_denying("That's right.")


@given(st.text(max_size=80), st.sampled_from([LAMP, SAME, None]))
def test_offsets_stay(text: str, question: str | None) -> None:
    for found in ClaimSplitter().split(f"Yes. {text}", question):
        assert len(blank_reply(found)) == len(found.text)
        assert blank_reply(found).endswith(found.text[find_reply_end(found) :])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Yes. It has a lamp.", "It has a lamp."), ("Yes, it has a lamp.", "it has a lamp."),
        ("**No** – it has none.", "it has none."), ("No; it has none.", "it has none."),
        ("No doubt, it has a lamp.", ""), ("Yes.", ""), ("It has a lamp.", ""),
    ],
)  # fmt: skip
def test_where_the_explanation_of_a_reply_begins(text: str, told: str) -> None:
    start = find_told_start(claim(text))
    assert (text[start:] if start else "") == told
    assert find_told_start(Claim(text, 0, len(text), Context("When does it open?"))) == 0
