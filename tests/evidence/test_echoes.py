from __future__ import annotations

import json
from typing import Any

import pytest

from groundwire.evidence.echoes import drop_echo, keep_short, parse_data

LIE = "The kettle was recalled because of a fire hazard."


@pytest.mark.parametrize(
    ("result", "kept"),
    [
        ({"query": LIE, "results": []}, {"results": []}),
        ({"saved": True, "note": LIE}, {"saved": True}),
        ({"notes": [{"text": f"Note: {LIE}"}]}, {"notes": [{"text": "Note: ."}]}),
    ],
)
def test_echoes_in_json(result: Any, kept: Any) -> None:
    assert drop_echo(result, {"q": LIE}) == kept
    assert json.loads(drop_echo(json.dumps(result), {"q": LIE})) == kept


def test_what_is_an_echo() -> None:
    assert "kettle" not in drop_echo(f"No results found for: {LIE}", {"q": LIE})
    assert drop_echo(LIE, {"q": LIE}) == ""
    order = {"order_id": "A-1001", "status": "shipped"}
    assert drop_echo(order, {"order_id": "A-1001"}) == order
    assert drop_echo({"query": "recall", "results": []}, {"q": "recall"}) == {"results": []}
    assert drop_echo("The jug costs 3 EUR.", {"name": "jug"}) == "The jug costs 3 EUR."
    assert drop_echo("fact", None) == "fact"


def test_arguments_without_the_words_of_the_model() -> None:
    given = {"text": LIE, "to": "Ann Li", "more": [LIE, 7]}
    assert keep_short(given) == {"to": "Ann Li", "more": [7]}


def test_data_that_are_no_data_stay_text() -> None:
    assert parse_data("{'open': True}") == {"open": True}
    for text in ("[" * 100_000, "{" + "1, " * 100_000 + "}", "[see page 4]", "fact"):
        assert parse_data(text) == text


def test_lines_that_are_part_of_an_argument() -> None:
    program = f'total = 40 + 2\nprint("{LIE}")\nprint(total)\n'
    assert drop_echo(f"{LIE}\n42\n", {"code": program}) == "42\n"
    assert drop_echo("42\n", program) == "42\n"
