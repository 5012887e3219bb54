"""The examples run offline, with their scripted models."""

from __future__ import annotations

import asyncio
import runpy
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from groundwire.evidence.adhoc import make_retriever
from server_cases import open_client
from upstream_cases import run_server

FOLDER = Path(__file__).resolve().parents[1] / "examples"
PAGES = FOLDER / "chat_pages"
RUN = ("agents/pydantic_ai_agent", "agents/openai_agents_sdk", "clients/openai_client")
SHOWN = "The kettle holds 1.7 litres. The warranty lasts 24 months from the date of purchase."
QUESTION = "How long is the warranty?"


def test_every_example_is_run() -> None:
    found = {path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.py")}
    pages = {f"chat_pages/{name}" for name in ("model", *PLAY)}
    own = {name for name in found if not name.startswith("langchain/")}
    assert own == {*RUN, *pages, "serve_demo/run"}


@pytest.mark.parametrize("name", RUN)
def test_an_example_shows_what_holds(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GROUNDWIRE_MODEL", raising=False)
    runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "24 months" in printed and "36" not in printed


class Scripted:
    """A model that says one thing, in pieces."""

    def write(self, messages: Any) -> list[str]:
        assert messages[-1]["content"] == QUESTION
        return ["The warranty ", "lasts 36 months."]


@pytest.mark.parametrize("stream", [False, True])
async def test_the_upstream_of_the_demo_is_guarded(stream: bool) -> None:
    upstream = runpy.run_path(str(FOLDER / "serve_demo" / "run.py"))["make_upstream"](Scripted())
    body = {"messages": [{"role": "user", "content": QUESTION}], "stream": stream}
    evidence = make_retriever(["The warranty lasts 24 months."])
    async with (
        run_server(upstream) as url,
        open_client({"upstream": url, "page": True}, retriever=evidence) as client,
    ):
        models = (await client.get("/v1/models")).json()
        assert [model["id"] for model in models["data"]] == ["SmolLM2-135M-Instruct"]
        response = await client.post("/v1/chat/completions", json=body)
    assert response.status_code == 200
    assert "24 months" in response.text and "36" not in response.text


# Stand-ins for pages, which are no part of what is tested: they call a page's function as the
# page does, and return what was shown.


def play_gradio(run: Any) -> list[str]:
    made = SimpleNamespace(ChatInterface=lambda fn: SimpleNamespace(fn=fn))
    page = run(made)["page"]
    shown = list(page.fn(QUESTION, [{"role": "user", "content": "Hello!"}]))
    assert all(text.startswith(before) for before, text in pairwise(shown))
    return [shown[-1]]


def play_streamlit(run: Any) -> list[str]:
    shown: list[str] = []

    class Message:
        def __init__(self, role: str) -> None:
            self.role = role

        def write(self, text: str) -> None:
            assert self.role == "user" or text in shown

        def write_stream(self, pieces: Iterator[str]) -> str:
            shown.append("".join(pieces))
            return shown[-1]

    state: dict[str, Any] = {}
    asked = [QUESTION, None]
    made = SimpleNamespace(
        cache_resource=lambda function: function, session_state=state, chat_message=Message,
        chat_input=lambda _: asked.pop(0),
    )  # fmt: skip
    run(made)
    run(made)  # a page is run anew for every event
    assert [turn["role"] for turn in state["turns"]] == ["user", "assistant"]
    return shown


def play_chainlit(run: Any) -> list[str]:
    sent: list[str] = []

    class Message:
        def __init__(self, content: str) -> None:
            self.content = content

        async def stream_token(self, token: str) -> None:
            self.content += token

        async def send(self) -> None:
            sent.append(self.content)

    turns = [{"role": "user", "content": QUESTION}]
    context = SimpleNamespace(to_openai=lambda: turns)
    made = SimpleNamespace(
        Message=Message, on_message=lambda function: function, chat_context=context
    )
    asyncio.run(run(made)["answer"](Message(QUESTION)))
    return sent


PLAY = {
    "gradio_chat": play_gradio,
    "streamlit_chat": play_streamlit,
    "chainlit_chat": play_chainlit,
}


@pytest.mark.parametrize("name", list(PLAY))
def test_a_page_shows_what_holds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PAGES))

    def run(made: SimpleNamespace) -> dict[str, Any]:
        package = ModuleType(name.removesuffix("_chat"))
        vars(package).update(vars(made))
        monkeypatch.setitem(sys.modules, package.__name__, package)
        return runpy.run_path(str(PAGES / f"{name}.py"))

    try:
        shown = PLAY[name](run)
    finally:
        sys.modules.pop("model", None)
    assert [text.strip() for text in shown] == [SHOWN]
