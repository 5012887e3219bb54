"""Corrections: what denies the question's premise, and which edits cut it off."""

from __future__ import annotations

import pytest

from groundwire.claims.corrections import is_bare_denial, is_correction, is_denial_cut
from groundwire.types import Edit

ASKED = "Why does the pump weigh 62 kg?"
KNOWN = "The pump weighs 64 kg."


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("That is incorrect.", True),
        ("Your premise is false.", True),
        ("No, that isn't true.", True),
        ("That is right.", False),
        ("That is wrong: it was recalled.", False),
        ("The pump does not weigh 62 kg.", False),
    ],
)
def test_bare_denials(text: str, bare: bool) -> None:
    assert is_bare_denial(text) is bare


@pytest.mark.parametrize(
    ("text", "missing", "corrects"),
    [
        ("That's not correct.", [], True),
        ("The pump does not weigh 62 kg.", ["62 kg"], True),
        ("No, the pump weighs 64 kg, not 62 kg.", ["62 kg"], True),
        ("The pump does not weigh 71 kg.", ["71 kg"], False),
        ("The pump does not weigh 62 kg but was recalled.", ["62 kg"], False),
        ("The pump does not weigh much.", [], False),
        ("The pump weighs 62 kg.", ["62 kg"], False),
    ],
)
def test_what_denies_the_question_alone_is_a_correction(
    text: str, missing: list[str], corrects: bool
) -> None:
    assert is_correction(text, ASKED, KNOWN, missing) is corrects


def test_a_bare_denial_needs_something_that_holds() -> None:
    assert not is_correction("That is incorrect.", ASKED, "", [])


def test_edits_that_cut_a_denial() -> None:
    text = "That is wrong. It weighs 64 kg. It is blue."
    assert is_denial_cut(text, [Edit(0, 14, "")])
    assert is_denial_cut(text, [Edit(15, 31, " ")])
    assert not is_denial_cut(text, [Edit(32, 43, "")])
    assert not is_denial_cut(text, [Edit(25, 27, "62")])
    assert not is_denial_cut("It weighs 64 kg. It is blue.", [Edit(0, 16, "")])
    assert not is_denial_cut("", [])
