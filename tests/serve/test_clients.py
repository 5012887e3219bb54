"""Real clients on every route: what is false reaches none of them, however the upstream behaves."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anthropic
import openai
import pytest
from langchain_openai import ChatOpenAI

from groundwire.evidence.adhoc import make_retriever
from groundwire.guard.guard import BLOCKED_MESSAGE
from groundwire.serve.app import make_app
from groundwire.serve.settings import load_settings
from groundwire.testing import FakeVerifier
from server_cases import MANUAL
from upstream_cases import (
    OTHER,
    REPAIRED,
    RIGHT,
    WRONG,
    ScriptedUpstream,
    make_item,
    make_message,
    make_message_events,
    make_response,
    make_response_events,
    open_upstream,
    run_server,
)

QUESTION = "How long is the warranty?"
FALSE = (b"36", b"Oslo", b"designed")
TOLD = (b"retry-after", b"x-groundwire-action", b"x-groundwire-checked")
Client = Callable[[str], Awaitable[str]]


class Recorder:
    """An application and every byte that it sends."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.sent = bytearray()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def note(message: Any) -> None:
            self.sent += message.get("body", b"")
            # Ids and lengths hold any digits.
            told = [name + value for name, value in message.get("headers", ()) if name in TOLD]
            self.sent += b"".join(told)
            await send(message)

        await self.app(scope, receive, note)


def open_openai(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0, timeout=60)


def open_anthropic(url: str) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(base_url=url, api_key="k", max_retries=0, timeout=60)


MESSAGES: Any = [{"role": "user", "content": QUESTION}]


async def chat_whole(url: str) -> str:
    async with open_openai(url) as client:
        made = await client.chat.completions.create(model="m", messages=MESSAGES)
    return made.choices[0].message.content or ""


async def chat_stream(url: str) -> str:
    text = ""
    async with open_openai(url) as client:
        made = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        async for chunk in made:
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
    return text


async def chat_helper(url: str) -> str:
    async with (
        open_openai(url) as client,
        client.chat.completions.stream(model="m", messages=MESSAGES) as stream,
    ):
        with suppress(openai.ContentFilterFinishReasonError):
            await stream.get_final_completion()
        made = stream.current_completion_snapshot
    return made.choices[0].message.content or ""


async def responses_whole(url: str) -> str:
    async with open_openai(url) as client:
        return (await client.responses.create(model="m", input=QUESTION)).output_text


async def responses_stream(url: str) -> str:
    text = whole = ""
    async with open_openai(url) as client:
        async for event in await client.responses.create(model="m", input=QUESTION, stream=True):
            if event.type == "response.output_text.delta":
                text += event.delta
            elif event.type in ("response.completed", "response.incomplete"):
                whole = event.response.output_text
            elif event.type == "error":
                raise openai.OpenAIError(event.message)
    assert text == whole
    return text


async def responses_helper(url: str) -> str:
    async with (
        open_openai(url) as client,
        client.responses.stream(model="m", input=QUESTION) as stream,
    ):
        async for event in stream:
            if event.type == "response.incomplete":
                return event.response.output_text
        return (await stream.get_final_response()).output_text


async def messages_whole(url: str) -> str:
    async with open_anthropic(url) as client:
        made = await client.messages.create(model="m", messages=MESSAGES, max_tokens=99)
    return "".join(block.text for block in made.content if block.type == "text")


async def messages_stream(url: str) -> str:
    text = ""
    async with open_anthropic(url) as client:
        made = await client.messages.create(
            model="m", messages=MESSAGES, max_tokens=99, stream=True
        )
        async for event in made:
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                text += event.delta.text
    return text


async def messages_helper(url: str) -> str:
    async with (
        open_anthropic(url) as client,
        client.messages.stream(model="m", messages=MESSAGES, max_tokens=99) as stream,
    ):
        made = await stream.get_final_message()
    return "".join(block.text for block in made.content if block.type == "text")


def open_langchain(url: str, responses: bool) -> ChatOpenAI:
    return ChatOpenAI(
        base_url=f"{url}/v1", api_key="k", model="m", max_retries=0,  # type: ignore[arg-type]
        use_responses_api=responses, timeout=60,
    )  # fmt: skip


async def langchain_chat(url: str) -> str:
    return (await open_langchain(url, False).ainvoke(QUESTION)).text


async def langchain_chat_stream(url: str) -> str:
    return "".join([chunk.text async for chunk in open_langchain(url, False).astream(QUESTION)])


async def langchain_responses(url: str) -> str:
    return (await open_langchain(url, True).ainvoke(QUESTION)).text


async def langchain_responses_stream(url: str) -> str:
    return "".join([chunk.text async for chunk in open_langchain(url, True).astream(QUESTION)])


MODES: list[tuple[str, bool, Client]] = [
    ("chat", False, chat_whole),
    ("chat", True, chat_stream),
    ("chat", True, chat_helper),
    ("chat", False, langchain_chat),
    ("chat", True, langchain_chat_stream),
    ("responses", False, responses_whole),
    ("responses", True, responses_stream),
    ("responses", True, responses_helper),
    ("responses", False, langchain_responses),
    ("responses", True, langchain_responses_stream),
    ("messages", False, messages_whole),
    ("messages", True, messages_stream),
    ("messages", True, messages_helper),
]
ERRORS = (openai.OpenAIError, anthropic.AnthropicError, RuntimeError, ValueError)


def script(upstream: ScriptedUpstream, route: str, stream: bool, text: str) -> None:
    """Has the upstream say a text as the API of a route does."""
    upstream.status, upstream.end = 200, "whole"
    if route == "chat" and stream:
        upstream.stream(*(text[i : i + 9] for i in range(0, len(text), 9)))
    elif route == "chat":
        upstream.say(text)
    elif route == "responses":
        upstream.tell(make_response(make_item(0, text)))
        if stream:
            upstream.send(make_response_events(make_item(0, text)))
    else:
        upstream.tell(make_message(text))
        if stream:
            upstream.send(make_message_events(text))


def misbehave(upstream: ScriptedUpstream, how: str, stream: bool) -> None:
    """Has the upstream say what it was told to badly."""
    whole = b"".join(upstream.pieces)
    cut = upstream.pieces[: len(upstream.pieces) // 2] if stream else [whole[: len(whole) // 2]]
    if how == "cut":
        upstream.pieces, upstream.end = cut, "cut"
    elif how == "slow":
        upstream.pieces, upstream.end = cut, "wait"
    elif how == "malformed":
        upstream.pieces = [*cut, b"data: {no\n\n", *upstream.pieces[len(cut) :]]
    elif how == "type":
        upstream.headers = {"content-type": "text/html"}
        upstream.pieces = [b"<p>", *upstream.pieces] if not stream else upstream.pieces
    elif how == "gzip":
        upstream.headers = {**upstream.headers, "content-encoding": "gzip"}
        upstream.pieces = [gzip.compress(whole)]
    elif how == "broken gzip":
        upstream.headers = {**upstream.headers, "content-encoding": "gzip"}
        packed = gzip.compress(whole)
        upstream.pieces = [packed[: len(packed) // 2], b"x" * 99]
    else:
        told = {"type": "error", "error": {"type": "rate_limit_error", "message": "later"}}
        upstream.status, upstream.pieces = int(how), [json.dumps(told).encode()]
        upstream.headers = {"content-type": "application/json", "retry-after": "7"}


@pytest.mark.parametrize(
    ("route", "stream", "client"), [pytest.param(*mode, id=mode[2].__name__) for mode in MODES]
)
async def test_nothing_false_reaches_a_client(route: str, stream: bool, client: Client) -> None:
    async with open_upstream() as upstream:
        flags = {"upstream": upstream.url, "upstream_seconds": 30}
        evidence = make_retriever([MANUAL])
        app = Recorder(make_app(load_settings(flags), verifier=FakeVerifier(), retriever=evidence))
        flags["upstream_seconds"] = 0.2
        hasty = make_app(load_settings(flags), verifier=FakeVerifier(), retriever=evidence)
        async with run_server(app) as url:
            for said, shown in (
                (RIGHT, RIGHT),
                (f"{RIGHT} {WRONG}", f"{RIGHT} {REPAIRED}"),
                (f"{WRONG} {OTHER} {RIGHT}", f"{REPAIRED} {RIGHT}"),
                (OTHER, BLOCKED_MESSAGE),
            ):
                script(upstream, route, stream, said)
                assert await client(url) == shown
                misbehave(upstream, "gzip", stream)
                assert await client(url) == shown
            for how in ("cut", "malformed", "type", "broken gzip", "429", "500"):
                script(upstream, route, stream, f"{RIGHT} {WRONG} {OTHER} {RIGHT} {WRONG}")
                misbehave(upstream, how, stream)
                with pytest.raises(ERRORS):
                    pytest.fail(f"{how}: {await client(url)}")
                if how == "429":
                    assert b"retry-after7" in app.sent
        slow = Recorder(hasty)
        async with run_server(slow) as url:
            script(upstream, route, stream, f"{RIGHT} {WRONG} {OTHER}")
            misbehave(upstream, "slow", stream)
            with pytest.raises(ERRORS):
                pytest.fail(f"slow: {await client(url)}")
            await asyncio.wait_for(upstream.gone.wait(), 60)
        for recorder in (app, slow):
            assert recorder.sent and not [text for text in FALSE if text in recorder.sent]
