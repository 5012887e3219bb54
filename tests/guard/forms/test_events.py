"""Server-sent events and requests as three APIs write them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.guard.forms.events import EventDecoder, decode_event, encode_event, read_error
from groundwire.guard.forms.requests import is_json_wanted, is_speech_wanted, list_items


@given(st.text(), st.text(), st.booleans())
def test_an_event_is_one_event_whatever_its_type_is(kind: str, text: str, named: bool) -> None:
    event = {"type": kind, "text": text}
    decoder = EventDecoder()
    (data,) = decoder.feed(encode_event(event, named))
    assert json.loads(data) == event
    assert not decoder.is_cut and not decoder.end()


def test_an_event_is_cut_until_its_line_has_ended() -> None:
    decoder = EventDecoder()
    assert decoder.feed(b'data: {"a"') == [] and decoder.is_cut
    assert decoder.feed(b": 1}\n") == [] and not decoder.is_cut
    assert [decode_event(data) for data in decoder.end()] == [{"a": 1}]


def test_what_stands_beside_an_error_is_left_out() -> None:
    error = {"error": {"message": "fire"}}
    assert read_error({**error, "choices": [1], "said": "64 kg"}) == error
    assert read_error({"type": "error", "message": "fire", "x": 1}) == {
        "type": "error",
        "message": "fire",
    }
    for event in ({"error": None, "text": "64 kg"}, {"type": "response.failed", **error}):
        assert read_error(event) is None


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"response_format": {"type": "json_schema"}}, True),
        ({"response_format": {"type": "text"}}, False),
        ({"response_format": {"type": ["json_schema"]}}, False),
        ({"text": {"format": {"type": "json_object"}}}, True),
        ({"text": {"verbosity": "low"}}, False),
        ({"output_config": {"format": {"type": "json_schema"}}}, True),
        ({"output_config": {"effort": "low"}, "output_format": {"type": "json_schema"}}, True),
        ({}, False),
    ],
)
def test_a_request_for_json(body: dict[str, Any], wanted: bool) -> None:
    assert is_json_wanted(body) is wanted


def test_a_request_for_speech_and_one_of_a_text() -> None:
    assert is_speech_wanted({"modalities": ["text", "audio"]})
    assert not any(is_speech_wanted({"modalities": given}) for given in (None, 5, ["text"]))
    assert list_items({"input": "How?"}) == [{"role": "user", "content": "How?"}]
    assert list_items({}) == [] and list_items({"input": [1]}) == [1]
