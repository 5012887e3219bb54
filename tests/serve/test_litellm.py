"""LiteLLM's guardrail over HTTP: requests, their answers, and streams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from groundwire.evidence.documents import Document
from groundwire.evidence.index import EvidenceIndex
from groundwire.guard.guard import BLOCKED_MESSAGE
from groundwire.serve.conversation import Conversation
from groundwire.serve.litellm import NOTE, ROUTE, Calls
from groundwire.serve.settings import check_settings
from groundwire.testing import FakeRetriever
from server_cases import KEY, MANUAL, open_client

ANSWER = "The kettle holds 1.7 litres. The warranty lasts 36 months."
USER = {"role": "user", "content": "How long is the warranty?"}
TOOLS = [
    USER,
    {"role": "assistant", "content": None, "tool_calls": []},
    {"role": "tool", "tool_call_id": "1", "content": MANUAL},
]


async def ask(client: httpx.AsyncClient, kind: str, **fields: Any) -> dict[str, Any]:
    # The other fields that LiteLLM 1.110 sends.
    sent = {
        "input_type": kind, "litellm_call_id": "1", "litellm_trace_id": "2", "images": None,
        "tools": None, "request_data": {"user_api_key_hash": "x"}, "tool_calls": None,
        "request_headers": {"host": "h"}, "litellm_version": "1.110.2", "model": "m", **fields,
    }  # fmt: skip
    response = await client.post(ROUTE, json=sent)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_an_answer_is_checked_against_what_its_request_said() -> None:
    async with open_client() as client:
        first = await ask(client, "request", structured_messages=TOOLS, texts=["..."])
        answer = await ask(client, "response", texts=[ANSWER])
    assert first == {"action": "NONE"}
    assert answer["action"] == "GUARDRAIL_INTERVENED"
    assert answer["texts"] == [MANUAL]


async def test_what_holds_stays() -> None:
    async with open_client(retriever=FakeRetriever([MANUAL])) as client:
        answer = await ask(client, "response", texts=[MANUAL, ""])
        empty = await ask(client, "response", texts=[])
    assert (answer["action"], answer["texts"]) == ("NONE", [MANUAL, ""])
    assert empty == {"action": "NONE"}


async def test_a_stream_shows_the_checked_text() -> None:
    sent = ""
    async with open_client() as client:
        await ask(client, "request", structured_messages=TOOLS)
        for end in range(5, len(ANSWER) + 5, 5):
            answer = await ask(client, "response", texts=[ANSWER[:end]])
            (text,), (held,) = answer["texts"], answer["stream_holdback_chars"]
            assert text.startswith(sent) and "36" not in sent
            sent = text[: len(text) - held]
    assert text == MANUAL


@pytest.mark.parametrize("mode", ["pass", "label"])
async def test_an_answer_to_a_request_that_is_not_known_is_labeled(mode: str) -> None:
    async with open_client({"on_no_evidence": mode}) as client:
        await ask(client, "request", structured_messages=TOOLS)
        answer = await ask(client, "response", texts=[ANSWER], litellm_call_id="2")
        nameless = await ask(client, "response", texts=[ANSWER], litellm_call_id=None)
    assert answer["texts"] == [ANSWER + NOTE] and answer == nameless
    assert answer["stream_holdback_chars"] == [len(NOTE)]


async def test_an_answer_without_evidence_is_what_the_setting_says() -> None:
    found = {}
    for mode in ("pass", "label", "block"):
        async with open_client({"on_no_evidence": mode}) as client:
            await ask(client, "request", structured_messages=[USER])
            found[mode] = await ask(client, "response", texts=[ANSWER])
            metrics = (await client.get("/metrics")).text
            assert f'groundwire_no_evidence_total{{outcome="{mode}"}} 1.0' in metrics
    assert found["pass"] == {"action": "NONE"}
    assert found["label"]["texts"] == [ANSWER + NOTE]
    assert found["block"] == {"action": "BLOCKED", "blocked_reason": BLOCKED_MESSAGE}


async def test_an_index_is_chosen_by_its_name(tmp_path: Path) -> None:
    index = EvidenceIndex()
    index.add(Document(MANUAL, "manual"))
    index.save(tmp_path / "manual")
    flags = {"indexes": {"manual": tmp_path / "manual"}}
    async with open_client(flags) as client:
        params = {"index": "manual"}
        answer = await ask(
            client, "response", texts=[ANSWER], additional_provider_specific_params=params
        )
        wrong = await client.post(
            ROUTE,
            json={
                "input_type": "response",
                "texts": [ANSWER],
                "additional_provider_specific_params": {"index": "../manual"},
            },
        )
    assert answer["texts"] == [MANUAL]
    assert wrong.status_code == 422
    assert "there are manual" in wrong.json()["detail"]


def test_an_index_that_is_not_there_is_told(tmp_path: Path) -> None:
    holds, lines = check_settings({"indexes": {"manual": tmp_path / "none"}})
    assert not holds
    assert any(line.startswith("wrong  indexes: manual: ") for line in lines)


async def test_a_key_comes_as_litellm_sends_it() -> None:
    async with open_client({"keys": KEY}) as client:
        sent = {"input_type": "request", "request_data": {}}
        refused = await client.post(ROUTE, json=sent)
        taken = await client.post(ROUTE, json=sent, headers={"x-api-key": KEY})
    assert (refused.status_code, taken.status_code) == (401, 200)


async def test_what_cannot_be_read_is_an_error_and_no_pass() -> None:
    async with open_client() as client:
        for sent in ({"input_type": "answer"}, {"input_type": "response", "texts": "text"}):
            assert (await client.post(ROUTE, json=sent)).status_code == 422


def test_calls_are_forgotten() -> None:
    told = Conversation("asked", (), ())
    calls = Calls(60.0, most=2)
    for name in ("a", "b", "c", "c"):
        calls.add(name, told)
    assert [calls.find(name).known for name in ("a", "b", "c", None)] == [False, True, True, False]
    old = Calls(-1.0)
    old.add("a", told)
    assert not old.find("a").known
