"""Utterances: JSON that a model was asked for, and texts that are told in pieces."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.errors import BlockedError
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.guard.utterance import Setting
from groundwire.testing import FakeVerifier
from groundwire.types import Report

FACTS = "The pump weighs 62 kg. The lid is red. Weight: 62 kg."
GUARD = Guard(verifier=FakeVerifier())
PLAIN = Setting(GUARD, FACTS)
JSON = Setting(GUARD, FACTS, structured=True)
SENTENCES = ("The pump weighs 62 kg.", "The pump weighs 64 kg.", "The lid is red.", "It is blue.")


def fence(text: str) -> str:
    return f"```json\n{text}\n```"


@pytest.mark.parametrize("wrap", [str, fence])
def test_json_is_checked_value_by_value(wrap: type[str]) -> None:
    good = wrap(json.dumps({"note": "The pump weighs 62 kg.", "weight_kg": 62}))
    assert JSON.check(good).text == good
    mended = JSON.check(wrap(json.dumps({"note": "The pump weighs 64 kg.", "weight_kg": 62})))
    assert json.loads(mended.text) == {"note": "The pump weighs 62 kg.", "weight_kg": 62}
    with pytest.raises(BlockedError, match="64"):
        JSON.check(wrap(json.dumps({"weight_kg": 64})))


@pytest.mark.parametrize(
    "text", ['{"note": "The tower is bl', '```json\n{"note": "The tower is bl']
)
def test_json_that_breaks_off_is_read_as_text(text: str) -> None:
    """In a fence it would be code, of which no claims are made."""
    outcome = JSON.check(text)
    assert outcome.blocked and outcome.text == BLOCKED_MESSAGE


def test_of_json_nothing_is_told_before_it_is_whole() -> None:
    said = JSON.open()
    text = json.dumps({"note": "The pump weighs 64 kg."})
    assert "".join(map(said.feed, text)) == ""
    assert json.loads(said.end()) == {"note": "The pump weighs 62 kg."}
    assert said.changed and not said.blocked
    assert said.end() == "" and said.feed("more") == ""


@given(
    st.lists(st.sampled_from(SENTENCES), max_size=5).map(" ".join),
    st.integers(1, 30),
    st.booleans(),
)
def test_pieces_together_say_what_the_whole_says(text: str, size: int, goes_on: bool) -> None:
    reports: list[Report] = []
    setting = Setting(GUARD, FACTS, on_report=reports.append)
    said = setting.open()
    shown = "".join(said.feed(text[i : i + size]) for i in range(0, len(text), size))
    shown += said.end(goes_on)
    assert shown == said.shown == PLAIN.check(text, goes_on).text
    assert len(reports) == bool(text)
