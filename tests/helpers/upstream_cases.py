"""What the tests of the proxy share: servers on this machine, and an upstream that is scripted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn

RIGHT = "The kettle holds 1.7 litres."
WRONG = "The warranty lasts 36 months."
REPAIRED = "The warranty lasts 24 months."
OTHER = "It was designed in Oslo."
EVENTS = {"content-type": "text/event-stream"}
JSON = {"content-type": "application/json"}
USAGE = {"prompt_tokens": 7, "completion_tokens": 9, "total_tokens": 16}
TOKENS = {
    "input_tokens": 7, "output_tokens": 9, "total_tokens": 16,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens_details": {"reasoning_tokens": 0},
}  # fmt: skip


class ScriptedUpstream:
    """A server of a model that says what it was told to, in pieces, well or badly."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.headers = JSON
        self.pieces: list[bytes] = []
        self.end = "whole"
        self.requests: list[dict[str, Any]] = []
        self.gone = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        read = json.loads(body) if body else None
        self.requests.append({"path": scope["path"], "headers": headers, "body": read})
        pairs = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": pairs})
        for piece in self.pieces[: -1 if self.end == "on" else None]:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        listening = asyncio.ensure_future(receive())
        while self.end == "on":
            # When it may go on, it says its last piece again and again, until nobody listens.
            await self.go_on.wait()
            await send({"type": "http.response.body", "body": self.pieces[-1], "more_body": True})
            await asyncio.wait({listening}, timeout=0.01)
            if listening.done():
                self.gone.set()
                return
        listening.cancel()
        if self.end == "cut":
            raise ConnectionError("cut, as the test wants it")
        if self.end == "wait":
            while not self.go_on.is_set():
                listening = asyncio.ensure_future(receive())
                waiting = asyncio.ensure_future(self.go_on.wait())
                await asyncio.wait({listening, waiting}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                if listening.done() and listening.result()["type"] == "http.disconnect":
                    self.gone.set()
                    return
                listening.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def say(self, *messages: dict[str, Any] | str, **choice: Any) -> None:
        """Answers a chat whole, each message a choice."""
        choices = []
        for index, message in enumerate(messages):
            said = {"content": message} if isinstance(message, str) else message
            made = {"index": index, "message": {"role": "assistant", **said}}
            choices.append({**made, "finish_reason": "stop", "logprobs": {"content": []}, **choice})
        data = {"id": "c-1", "object": "chat.completion", "model": "m", "odd": {"a": 1}}
        self.tell({**data, "choices": choices, "usage": USAGE})

    def stream(self, *deltas: dict[str, Any] | str, finish: str | None = "stop") -> None:
        """Answers a chat in a stream; a delta may name the ``index`` of its choice."""
        self.headers = EVENTS
        parts = [{"delta": d} if isinstance(d, dict) else {"delta": {"content": d}} for d in deltas]
        self.pieces = [event([{"delta": {"role": "assistant", "content": ""}}])]
        self.pieces += [event([{**part, "logprobs": {"content": [WRONG]}}]) for part in parts]
        if finish is not None:
            self.pieces.append(event([{"delta": {}, "finish_reason": finish}]))
            self.pieces.append(event([], usage=USAGE))
            self.pieces.append(b"data: [DONE]\n\n")

    def tell(self, data: dict[str, Any]) -> None:
        """Answers whole."""
        self.headers, self.pieces = JSON, [json.dumps(data).encode()]

    def send(self, events: Iterable[dict[str, Any]]) -> None:
        """Answers in a stream of events that have names."""
        self.headers = EVENTS
        self.pieces = [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events]


def event(choices: Iterable[dict[str, Any]], **more: Any) -> bytes:
    made = [{"index": 0, "finish_reason": None, **choice} for choice in choices]
    data = {"id": "c-1", "object": "chat.completion.chunk", "model": "m", "choices": made, **more}
    return f"data: {json.dumps(data)}\r\n\r\n".encode()


def make_part(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": [], **more}


def make_item(number: int, *parts: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    """A message of a response, of texts and parts."""
    content = [make_part(part) if isinstance(part, str) else part for part in parts]
    item = {"id": f"msg_{number}", "type": "message", "role": "assistant", "status": "completed"}
    return {**item, "content": content, **more}


def make_response(*items: dict[str, Any], status: str = "completed") -> dict[str, Any]:
    """A whole response."""
    return {
        "id": "resp_1", "object": "response", "created_at": 1, "status": status, "error": None,
        "incomplete_details": None, "instructions": None, "metadata": {}, "model": "m",
        "output": list(items), "parallel_tool_calls": True, "temperature": 1.0, "top_p": 1.0,
        "tool_choice": "auto", "tools": [], "usage": TOKENS, "odd": {"a": 1},
    }  # fmt: skip


def make_response_events(
    *items: dict[str, Any], cut: int = 9, status: str = "completed"
) -> list[dict[str, Any]]:
    """The events of a response, its texts in pieces of ``cut`` characters."""
    begun = {**make_response(status="in_progress"), "usage": None}
    made: list[dict[str, Any]] = [{"type": "response.created", "response": begun}]
    made.append({"type": "response.in_progress", "response": begun})
    for number, item in enumerate(items):
        place = {"output_index": number}
        empty = {**item, "content": []} if item["type"] == "message" else item
        made.append({"type": "response.output_item.added", **place, "item": empty})
        for i, part in enumerate(item["content"] if item["type"] == "message" else []):
            inner = {**place, "item_id": item["id"], "content_index": i}
            is_text = part["type"] == "output_text"
            kind, name = ("output_text", "text") if is_text else ("refusal", "refusal")
            blank = {**part, name: ""} | ({"annotations": []} if is_text else {})
            made.append({"type": "response.content_part.added", **inner, "part": blank})
            text = part[name]
            pieces = [text[j : j + cut] for j in range(0, len(text), cut)]
            tokens = {"logprobs": [{"token": text, "logprob": -1.0}]} if is_text else {}
            made += [
                {"type": f"response.{kind}.delta", **inner, "delta": piece, **tokens}
                for piece in pieces
            ]
            for j, mark in enumerate(part.get("annotations", [])):
                said = {"annotation_index": j, "annotation": mark}
                kind_of_mark = "response.output_text.annotation.added"
                made.append({"type": kind_of_mark, **inner, **said})
            made.append({"type": f"response.{kind}.done", **inner, name: text, **tokens})
            made.append({"type": "response.content_part.done", **inner, "part": part})
        made.append({"type": "response.output_item.done", **place, "item": item})
    made.append({"type": f"response.{status}", "response": make_response(*items, status=status)})
    return [{**event, "sequence_number": n} for n, event in enumerate(made)]


def make_message(*blocks: str | dict[str, Any], stop: str = "end_turn") -> dict[str, Any]:
    """A whole message of Anthropic's form, of texts and blocks."""
    content = [{"type": "text", "text": b} if isinstance(b, str) else b for b in blocks]
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": content,
        "stop_reason": stop, "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 9}, "odd": {"a": 1},
    }  # fmt: skip


def make_message_events(
    *blocks: str | dict[str, Any], stop: str = "end_turn", cut: int = 9
) -> list[dict[str, Any]]:
    """The events of a message, its texts in pieces of ``cut`` characters."""
    whole = make_message(*blocks, stop=stop)
    begun = {**whole, "content": [], "stop_reason": None}
    made: list[dict[str, Any]] = [{"type": "message_start", "message": begun}, {"type": "ping"}]
    for number, block in enumerate(whole["content"]):
        empty, deltas = block, []
        if block["type"] == "text":
            text = block["text"]
            empty = {"type": "text", "text": ""}
            pieces = [text[i : i + cut] for i in range(0, len(text), cut)]
            deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
            deltas += [
                {"type": "citations_delta", "citation": mark} for mark in block.get("citations", [])
            ]
        elif block["type"] == "thinking":
            empty = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": block["thinking"]}]
        elif block["type"].endswith("tool_use"):
            empty = {**block, "input": {}}
            said = json.dumps(block["input"])
            deltas = [{"type": "input_json_delta", "partial_json": said}]
        made.append({"type": "content_block_start", "index": number, "content_block": empty})
        made += [{"type": "content_block_delta", "index": number, "delta": d} for d in deltas]
        made.append({"type": "content_block_stop", "index": number})
    end = {"stop_reason": stop, "stop_sequence": None}
    made.append({"type": "message_delta", "delta": end, "usage": {"output_tokens": 9}})
    return [*made, {"type": "message_stop"}]


@asynccontextmanager
async def run_server(app: Any) -> AsyncIterator[str]:
    """Serves an application on a free port of this machine."""
    config = uvicorn.Config(app, port=0, log_level=60, lifespan="auto", loop="asyncio")
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server._serve())
    while not server.started:
        await asyncio.sleep(0.001)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def open_upstream() -> AsyncIterator[ScriptedUpstream]:
    """Gives an upstream that runs."""
    scripted = ScriptedUpstream()
    async with run_server(scripted) as url:
        scripted.url = url
        yield scripted


def read_events(response: httpx.Response) -> list[Any]:
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in response.text.split("\n") if line.startswith("data: ")]
    return [line[6:] if line == "data: [DONE]" else json.loads(line[6:]) for line in lines]
