"""Tools of the Model Context Protocol, called by its own client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

pytest.importorskip("mcp")

from mcp import Client

from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.serve.mcp import make_mcp_server
from groundwire.testing import FakeRetriever, FakeVerifier
from server_cases import MANUAL

ANSWER = "The kettle holds 1.7 litres. The warranty lasts 36 months."


@asynccontextmanager
async def connect(own: bool = False) -> AsyncIterator[Client]:
    retriever = FakeRetriever([MANUAL, "The case is red."]) if own else None
    server = make_mcp_server(Guard(verifier=FakeVerifier(), retriever=retriever))
    async with Client(server) as client:
        yield client


async def call(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


async def refuse(client: Client, name: str, **arguments: Any) -> str:
    result = await client.call_tool(name, arguments)
    assert result.is_error
    return str(result.content[0].text)  # type: ignore[union-attr]


async def test_an_answer_is_checked_against_the_evidence_of_the_call() -> None:
    async with connect() as client:
        found = await call(client, "check_answer", answer=ANSWER, evidence=[MANUAL])
    assert (found["action"], found["text"]) == ("rewrite", MANUAL)
    first, second = found["claims"]
    assert (first["label"], first["flagged"]) == ("supported", False)
    assert (second["label"], second["flagged"]) == ("contradicted", True)
    assert second["quotes"][0]["text"] == "The warranty lasts 24 months."


async def test_a_client_that_sends_a_path_warns_nobody(recwarn: pytest.WarningsRecorder) -> None:
    async with connect() as client:
        found = await call(client, "check_answer", answer=ANSWER, evidence=["docs/manual.md"])
    assert found["action"] == "block"
    assert not [warning for warning in recwarn if "load_documents" in str(warning.message)]


async def test_records_are_evidence() -> None:
    async with connect() as client:
        said = "The pump weighs 62 kg."
        record = {"name": "pump", "weight": "The pump weighs 62 kg."}
        found = await call(client, "check_answer", answer=said, evidence=[record])
    assert found["action"] == "pass"


async def test_the_servers_own_evidence_is_searched() -> None:
    async with connect(own=True) as client:
        checked = await call(client, "check_answer", answer="The case is red.")
        found = await call(client, "find_evidence", query="What does the kettle hold?", limit=1)
    assert checked["action"] == "pass"
    assert found == {"passages": [{"text": MANUAL, "source": "fake[0]", "start": 0}]}


async def test_without_evidence_nothing_passes() -> None:
    async with connect() as client:
        found = await call(client, "check_answer", answer=ANSWER)
        why = await refuse(client, "find_evidence", query="What?")
    assert found["text"] == BLOCKED_MESSAGE
    assert {claim["label"] for claim in found["claims"]} == {"unchecked"}
    assert "--evidence" in why


async def test_what_cannot_be_used_is_told() -> None:
    async with connect(own=True) as client:
        assert "not empty" in await refuse(client, "check_answer", answer=" ")
        assert "empty" in await refuse(client, "find_evidence", query="")
        assert "100" in await refuse(client, "find_evidence", query="What?", limit=100)


async def test_the_tools_say_that_they_change_nothing() -> None:
    async with connect() as client:
        tools = (await client.list_tools()).tools
    assert {tool.name for tool in tools} == {"check_answer", "find_evidence"}
    for tool in tools:
        hints = tool.annotations
        assert hints is not None and tool.output_schema is not None
        assert (hints.read_only_hint, hints.idempotent_hint) == (True, True)
        assert hints.open_world_hint is False
