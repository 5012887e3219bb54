"""A model's server on the loopback that says what it was told to, in the forms of three APIs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


@dataclass
class Script:
    """What the server says next, one entry a request, and what it was asked.

    An entry is the body of a whole answer, a list of events, or bytes with their content type.
    """

    url: str
    answers: list[Any] = field(default_factory=list)
    asked: list[tuple[str, str, Json]] = field(default_factory=list)
    status: int = 200


@contextmanager
def serve_script() -> Iterator[Script]:
    """Gives the script of a server that runs as long as it is open."""
    script = Script("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            asked = json.loads(body) if body.startswith(b"{") else {}
            script.asked.append((self.command, self.path, asked))
            answer = script.answers.pop(0)
            kind = "application/json"
            if isinstance(answer, tuple):
                answer, kind = answer
            elif isinstance(answer, list):
                kind = "text/event-stream"
                answer = b"".join(map(encode, answer))
            else:
                answer = json.dumps(answer).encode()
            self.send_response(script.status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_DELETE = handle_any

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def encode(event: Json | str) -> bytes:
    if isinstance(event, str):
        return f"data: {event}\n\n".encode()
    name = f"event: {event['type']}\n" if "type" in event else ""
    return f"{name}data: {json.dumps(event)}\n\n".encode()


def split_pieces(text: str, size: int = 7) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


# Chat completions


def chat(*texts: str | None, calls: Sequence[Json] = (), **message: Any) -> Json:
    """Returns a chat completion with a choice for each text."""
    tools = {"tool_calls": list(calls)} if calls else {}
    choices = [
        {
            "index": i,
            "message": {"role": "assistant", "content": text, **tools, **message},
            "finish_reason": "tool_calls" if calls else "stop",
            "logprobs": None,
        }
        for i, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    return {
        "id": "chat-1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": choices, "usage": usage,
    }  # fmt: skip


def chat_chunk(delta: Json, index: int = 0, finish: str | None = None) -> Json:
    choice = {"index": index, "delta": delta, "finish_reason": finish, "logprobs": None}
    return {
        "id": "chat-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [choice],
    }  # fmt: skip


def chat_events(*texts: str, calls: Sequence[Json] = ()) -> list[Any]:
    """Returns the chunks of a chat completion, those of several choices mixed."""
    events: list[Any] = [
        chat_chunk({"role": "assistant", "content": ""}, i) for i in range(len(texts))
    ]
    pieces = [split_pieces(text) for text in texts]
    for turn in range(max(map(len, pieces))):
        for i, said in enumerate(pieces):
            if turn < len(said):
                events.append(chat_chunk({"content": said[turn]}, i))
    for number, call in enumerate(calls):
        events.append(chat_chunk({"tool_calls": [{"index": number, **call}]}))
    finish = "tool_calls" if calls else "stop"
    events += [chat_chunk({}, i, finish) for i in range(len(texts))]
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    return [*events, {**chat_chunk({}), "choices": [], "usage": usage}, "[DONE]"]


def chat_call(name: str, args: Json, call_id: str = "call-1") -> Json:
    function = {"name": name, "arguments": json.dumps(args)}
    return {"id": call_id, "type": "function", "function": function}


# Responses


def response(*output: Json, status: str = "completed") -> Json:
    return {
        "id": "resp-1", "object": "response", "created_at": 1, "model": "m", "status": status,
        "output": list(output), "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
        "error": None, "incomplete_details": None, "instructions": None, "metadata": {},
        "temperature": 1.0, "top_p": 1.0,
    }  # fmt: skip


def output_text(*texts: str, number: int = 0) -> Json:
    parts = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    return {
        "id": f"msg-{number}", "type": "message", "role": "assistant", "status": "completed",
        "content": parts,
    }  # fmt: skip


def output_call(name: str, args: Json) -> Json:
    return {
        "id": "fc-1", "type": "function_call", "call_id": "call-1", "name": name,
        "arguments": json.dumps(args), "status": "completed",
    }  # fmt: skip


def response_events(*output: Json) -> list[Any]:
    """Returns the events of a response with these items, told in small pieces."""
    events: list[Json] = [
        {"type": "response.created", "response": response(status="in_progress")},
        {"type": "response.in_progress", "response": response(status="in_progress")},
    ]
    for place, item in enumerate(output):
        where = {"output_index": place}
        begun: Json = {**item, "status": "in_progress"}
        if item["type"] == "message":
            begun["content"] = []
        elif "arguments" in item:
            begun["arguments"] = ""
        events.append({"type": "response.output_item.added", **where, "item": begun})
        if item["type"] == "message":
            for index, part in enumerate(item["content"]):
                events += _part_events(part, {"item_id": item["id"], **where}, index)
        elif "arguments" in item:
            named = {"item_id": item["id"], **where}
            for piece in split_pieces(item["arguments"]):
                kind = "response.function_call_arguments.delta"
                events.append({"type": kind, **named, "delta": piece})
            done = {"name": item["name"], "arguments": item["arguments"]}
            events.append({"type": "response.function_call_arguments.done", **named, **done})
        events.append({"type": "response.output_item.done", **where, "item": item})
    events.append({"type": "response.completed", "response": response(*output)})
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


def _part_events(part: Json, named: Json, index: int) -> Iterator[Json]:
    named = {**named, "content_index": index}
    if part["type"] == "output_text":
        blank = {**part, "text": "", "annotations": []}
        yield {"type": "response.content_part.added", **named, "part": blank}
        for piece in split_pieces(part["text"]):
            made = {"delta": piece, "logprobs": []}
            yield {"type": "response.output_text.delta", **named, **made}
        for number, note in enumerate(part["annotations"]):
            noted = {"annotation_index": number, "annotation": note}
            yield {"type": "response.output_text.annotation.added", **named, **noted}
        made = {"text": part["text"], "logprobs": []}
        yield {"type": "response.output_text.done", **named, **made}
    else:
        yield {"type": "response.content_part.added", **named, "part": {**part, "refusal": ""}}
        yield {"type": "response.refusal.delta", **named, "delta": part["refusal"]}
        yield {"type": "response.refusal.done", **named, "refusal": part["refusal"]}
    yield {"type": "response.content_part.done", **named, "part": part}


# Messages of Anthropic


def message(*content: Json, stop: str = "end_turn") -> Json:
    return {
        "id": "msg-1", "type": "message", "role": "assistant", "model": "m",
        "content": list(content), "stop_reason": stop, "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 2},
    }  # fmt: skip


def text_block(text: str) -> Json:
    return {"type": "text", "text": text}


def use_block(name: str, args: Json) -> Json:
    return {"type": "tool_use", "id": "use-1", "name": name, "input": args}


def message_events(*content: Json, stop: str = "end_turn") -> list[Any]:
    """Returns the events of a message with these blocks, told in small pieces."""
    begun = {**message(), "stop_reason": None}
    events: list[Json] = [{"type": "message_start", "message": begun}, {"type": "ping"}]
    for index, block in enumerate(content):
        kind = {"index": index}
        if block["type"] == "text":
            empty = {**block, "text": ""}
            deltas = [{"type": "text_delta", "text": p} for p in split_pieces(block["text"])]
        elif block["type"] == "thinking":
            empty = {**block, "thinking": "", "signature": ""}
            deltas = [
                {"type": "thinking_delta", "thinking": block["thinking"]},
                {"type": "signature_delta", "signature": block["signature"]},
            ]
        else:
            empty = {**block, "input": {}}
            args = json.dumps(block["input"])
            deltas = [{"type": "input_json_delta", "partial_json": p} for p in split_pieces(args)]
        events.append({"type": "content_block_start", **kind, "content_block": empty})
        events += [{"type": "content_block_delta", **kind, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", **kind})
    delta = {"stop_reason": stop, "stop_sequence": None}
    usage = {"output_tokens": 2}
    events.append({"type": "message_delta", "delta": delta, "usage": usage})
    return [*events, {"type": "message_stop"}]
