"""Assertions of promptfoo."""

from __future__ import annotations

from typing import Any

from groundwire.serve.promptfoo import EXAMPLE, ROUTE
from server_cases import MANUAL, open_client

RIGHT, WRONG = "The warranty lasts 24 months.", "The warranty lasts 36 months."


async def grade(output: str, **variables: Any) -> dict[str, Any]:
    async with open_client() as client:
        sent = {"output": output, "context": {"prompt": "Say it.", "vars": variables}}
        response = await client.post(ROUTE, json=sent)
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body


async def test_an_output_that_holds_passes() -> None:
    found = await grade(RIGHT, question="How long is the warranty?", context=MANUAL)
    assert found == {"pass": True, "score": 1.0, "reason": "The one claim is supported."}


async def test_an_output_that_does_not_hold_fails_with_its_claim() -> None:
    found = await grade(f"The kettle holds 1.7 litres. {WRONG}", documents=[MANUAL])
    assert (found["pass"], found["score"]) == (False, 0.5)
    assert WRONG in found["reason"]


async def test_what_could_not_be_checked_fails() -> None:
    assert not (await grade(RIGHT))["pass"]
    assert (await grade("Hello!"))["pass"]


async def test_an_expected_answer_is_not_what_is_graded() -> None:
    assert not (await grade(WRONG, context=MANUAL, Answer=RIGHT, answer=RIGHT))["pass"]


async def test_the_example_is_read() -> None:
    async with open_client() as client:
        assert (await client.post(ROUTE, json=EXAMPLE)).json()["pass"] is False
        assert (await client.post(ROUTE, json={"output": {}})).status_code == 422
