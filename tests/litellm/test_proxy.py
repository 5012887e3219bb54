"""LiteLLM's real proxy, a process of its own, between clients, a scripted model and the server."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from groundwire.serve.app import make_app
from groundwire.serve.litellm import NOTE, ROUTE
from groundwire.serve.settings import load_settings
from groundwire.testing import FakeVerifier
from upstream_cases import (
    ScriptedUpstream,
    event,
    make_item,
    make_message,
    make_message_events,
    make_response,
    make_response_events,
    run_server,
)

CONFIG = Path(__file__).resolve().parents[2] / "deploy" / "litellm.yaml"
COMMAND = "GROUNDWIRE_LITELLM"
"""The variable that names the command ``litellm`` of another environment."""

# The proxy wants other versions than constraints.txt: it has an environment of its own.
OWN = all(find_spec(name) for name in ("litellm", "apscheduler", "backoff", "fastapi_sso"))
pytestmark = pytest.mark.skipif(
    not (OWN or os.environ.get(COMMAND)),
    reason="litellm[proxy] is not installed here: make an environment for it and name its command "
    f"in {COMMAND}, as CONTRIBUTING.md tells",
)

KEY = "sk-a-key-that-is-long-enough-for-a-proxy"
MANUAL = "The kettle holds 1.7 litres. The warranty lasts 24 months. The case is red."
ANSWER = "The kettle holds 1.7 litres. The warranty lasts 36 months. The case is red."
QUESTION = "How long is the warranty?"
CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"
EVERY = (CHAT, RESPONSES, MESSAGES)
WAYS = ("shipped", "chat", "upstream")
TOOL = {"name": "look", "description": "d", "input_schema": {"type": "object", "properties": {}}}
STATUS = pytest.mark.parametrize("trouble", [503, 422, 500, "slow"])


class Troubled:
    """The server, which answers checks of answers badly where it is told to."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.trouble: int | str | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.trouble is None or scope["type"] != "http" or scope["path"] != ROUTE:
            await self._app(scope, receive, send)
            return
        message = await receive()
        if b'"request"' in message["body"].replace(b'"input_type": ', b'"input_type":')[:30]:
            sent = [message]

            async def receive_again() -> Any:
                return sent.pop() if sent else await receive()

            await self._app(scope, receive_again, send)
            return
        if self.trouble == "slow":
            await asyncio.sleep(4)
        status = 200 if self.trouble == "slow" else self.trouble
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b'{"action": "NONE"}'})


class House:
    """A model, the server twice (once before the model), and three proxies of LiteLLM."""

    def __init__(self) -> None:
        self.model = ScriptedUpstream()
        self.server = Troubled(make_app(load_settings({}), verifier=FakeVerifier()))
        self.urls: dict[str, str] = {}
        self._ready = threading.Event()
        self._over: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def run(self) -> Iterator[None]:
        """Runs the model and the servers beside the tests."""
        thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        thread.start()
        assert self._ready.wait(60)
        try:
            yield
        finally:
            assert self._loop is not None and self._over is not None
            self._loop.call_soon_threadsafe(self._over.set)
            thread.join(60)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with AsyncExitStack() as stack:
            self.urls["model"] = await stack.enter_async_context(run_server(self.model))
            self.urls["server"] = await stack.enter_async_context(run_server(self.server))
            settings = load_settings({"upstream": self.urls["model"], "on_no_evidence": "block"})
            between = make_app(settings, verifier=FakeVerifier())
            self.urls["between"] = await stack.enter_async_context(run_server(between))
            self._ready.set()
            await self._over.wait()

    def write_config(self, way: str, folder: Path) -> Path:
        """Writes a config: the one that is shipped, with the addresses of this house."""
        config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
        target = self.urls["between" if way == "upstream" else "model"]
        (model,) = config["model_list"]
        model["litellm_params"] |= {"api_base": f"{target}/v1", "api_key": "none"}
        claude = {"model": "anthropic/claude-sonnet-4-5", "api_base": target, "api_key": "none"}
        other = {**model["litellm_params"], "model": "openai/other"}
        for name, params in (("claude", claude), ("other", other)):
            config["model_list"].append({"model_name": name, "litellm_params": params})
        config["guardrails"][0]["litellm_params"] |= {"api_base": self.urls["server"], "timeout": 2}
        for name in () if way == "shipped" else ("policies", "policy_attachments"):
            del config[name]
        if way == "upstream":
            del config["guardrails"]
            config["router_settings"] = {"disable_cooldowns": True}
        path = folder / f"{way}.yaml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return path

    @contextmanager
    def start(self, way: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
        """Starts a proxy; it is not ready yet."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.urls[way] = f"http://127.0.0.1:{port}"
        mine = [sys.executable, "-c", "from litellm import run_server; run_server()"]
        command = [os.environ[COMMAND]] if os.environ.get(COMMAND) else mine
        arguments = ["--config", str(self.write_config(way, folder)), "--host", "127.0.0.1"]
        offline = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MASTER_KEY": KEY}
        # What this process imports is not what the proxy imports.
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        with (folder / f"{way}.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, *arguments, "--port", str(port)],
                env=kept | offline, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
            try:
                yield process
            finally:
                process.terminate()
                process.wait(60)

    def ask(self, way: str, route: str, body: dict[str, Any]) -> httpx.Response:
        """Sends a request to a proxy."""
        headers = {"authorization": f"Bearer {KEY}"}
        model = "claude" if route == MESSAGES else "gpt-5-mini"
        with httpx.Client(base_url=self.urls[way], headers=headers, timeout=120) as client:
            return client.post(route, json={"model": model, **body})


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("litellm")
    made = House()
    with made.run(), ExitStack() as stack:
        started = {way: stack.enter_context(made.start(way, folder)) for way in WAYS}
        for way, process in started.items():
            while not is_alive(made.urls[way]):
                if process.poll() is not None:
                    pytest.fail((folder / f"{way}.log").read_text(errors="replace")[-2000:])
                time.sleep(0.5)
        yield made


def is_alive(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/liveliness", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def make_body(route: str, evidence: bool = True, **more: Any) -> dict[str, Any]:
    """A request whose evidence is what a tool found."""
    user = {"role": "user", "content": QUESTION}
    if route == RESPONSES:
        call = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"}
        found = {"type": "function_call_output", "call_id": "c1", "output": MANUAL}
        return {"input": [user, call, found] if evidence else QUESTION, **more}
    if route == MESSAGES:
        use = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
        result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": MANUAL}
        turns = [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
        said = [user, *turns] if evidence else [user]
        return {"messages": said, "max_tokens": 99, "tools": [TOOL], **more}
    function = {"name": "look", "arguments": "{}"}
    calls = [{"id": "c1", "type": "function", "function": function}]
    turn = {"role": "assistant", "content": None, "tool_calls": calls}
    found = {"role": "tool", "tool_call_id": "c1", "content": MANUAL}
    return {"messages": [user, turn, found] if evidence else [user], **more}


def cut(text: str) -> list[str]:
    return [text[at : at + 9] for at in range(0, len(text), 9)]


def script(model: ScriptedUpstream, route: str, stream: bool, *texts: str) -> None:
    """Has the model say texts: choices of a chat, else messages or blocks with a call between."""
    call = {"type": "function_call", "id": "fc", "call_id": "c2", "name": "look", "arguments": "{}"}
    items = [make_item(n, text) for n, text in enumerate(texts)]
    items[1:1] = [{**call, "status": "completed"}] if len(texts) > 1 else []
    use = {"type": "tool_use", "id": "toolu_2", "name": "look", "input": {}}
    blocks: list[Any] = [*texts]
    blocks[1:1] = [use] if len(texts) > 1 else []
    if route == RESPONSES:
        model.send(drop_logprobs(make_response_events(*items)))
        if not stream:
            model.tell(make_response(*items))
    elif route == MESSAGES:
        model.send(make_message_events(*blocks))
        if not stream:
            model.tell(make_message(*blocks))
    elif not stream:
        model.say(*texts, logprobs=None)
    else:
        model.stream()
        said = [(index, part) for index, text in enumerate(texts) for part in cut(text)]
        parts = [event([{"index": index, "delta": {"content": part}}]) for index, part in said]
        ends = [
            event([{"index": n, "delta": {}, "finish_reason": "stop"}]) for n in range(len(texts))
        ]
        model.pieces = [model.pieces[0], *parts, *ends, b"data: [DONE]\n\n"]


def drop_logprobs(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: drop_logprobs(inner) for name, inner in value.items() if name != "logprobs"}
    return [drop_logprobs(inner) for inner in value] if isinstance(value, list) else value


def read(response: httpx.Response) -> list[Any]:
    """The JSON of an answer, or that of the events of a stream."""
    if not response.headers["content-type"].startswith("text/event-stream"):
        return [response.json()]
    lines = [line[6:] for line in response.text.split("\n") if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def find_texts(value: Any, names: Sequence[str] = ("text", "content", "delta")) -> list[str]:
    """Every text that a client could show."""
    if isinstance(value, dict):
        own = [inner for name, inner in value.items() if name in names and isinstance(inner, str)]
        return own + [text for inner in value.values() for text in find_texts(inner, names)]
    return (
        [t for inner in value for t in find_texts(inner, names)] if isinstance(value, list) else []
    )


def join(route: str, found: list[Any]) -> str:
    """What a stream says, put together from its pieces; of an answer, its texts."""
    if len(found) == 1:
        return "|".join(find_texts(found))
    kinds = {RESPONSES: "response.output_text.delta", MESSAGES: "content_block_delta"}
    parts = [one for one in found if route == CHAT or one["type"] == kinds[route]]
    return "".join(find_texts(parts))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("route", EVERY)
@pytest.mark.parametrize("way", ["shipped", "upstream"])
def test_nothing_false_is_shown_on_any_route(
    house: House, way: str, route: str, stream: bool
) -> None:
    script(house.model, route, stream, ANSWER)
    response = house.ask(way, route, make_body(route, stream=stream))
    assert response.status_code == 200, response.text
    found = read(response)
    assert join(route, found) == MANUAL
    assert not [text for text in find_texts(found) if "36" in text]
    script(house.model, route, stream, MANUAL)
    assert join(route, read(house.ask(way, route, make_body(route, stream=stream)))) == MANUAL


def test_without_the_policy_a_stream_of_a_chat_comes_claim_by_claim(house: House) -> None:
    script(house.model, CHAT, True, ANSWER)
    found = read(house.ask("chat", CHAT, make_body(CHAT, stream=True)))
    assert join(CHAT, found) == MANUAL and len(find_texts(found)) > 1
    assert found[-1]["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("route", [RESPONSES, MESSAGES])
def test_without_the_policy_streams_of_other_routes_are_not_guarded(
    house: House, route: str
) -> None:
    """The documentation warns of it; where LiteLLM mends it, the warning can go."""
    script(house.model, route, True, ANSWER)
    assert join(route, read(house.ask("chat", route, make_body(route, stream=True)))) == ANSWER


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_every_choice_is_checked(house: House, way: str, stream: bool) -> None:
    script(house.model, CHAT, stream, ANSWER, "The case is red. The lid is blue.")
    found = read(house.ask(way, CHAT, make_body(CHAT, stream=stream, n=2)))
    said = {0: "", 1: ""}
    for choice in (choice for one in found for choice in one["choices"]):
        said[choice["index"]] += "".join(find_texts(choice))
    assert said == {0: MANUAL, 1: "The case is red."}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("route", [RESPONSES, MESSAGES])
def test_text_around_a_call_of_a_tool_is_checked_and_the_call_goes_on(
    house: House, route: str, stream: bool
) -> None:
    script(house.model, route, stream, ANSWER, "The warranty lasts 36 months.")
    found = read(house.ask("shipped", route, make_body(route, stream=stream)))
    assert "24 months" in join(route, found)
    assert not [text for text in find_texts(found) if "36" in text]
    assert '"look"' in json.dumps(found)


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_of_a_tool_in_a_chat_goes_on(house: House, stream: bool) -> None:
    function = {"name": "look", "arguments": "{}"}
    call = {"index": 0, "id": "c2", "type": "function", "function": function}
    for way in ("shipped", "chat"):
        if stream:
            script(house.model, CHAT, True, ANSWER)
            asked = event([{"delta": {"tool_calls": [call]}}])
            end = event([{"delta": {}, "finish_reason": "tool_calls"}])
            house.model.pieces[-2:] = [asked, end, b"data: [DONE]\n\n"]
        else:
            said = {"content": ANSWER, "tool_calls": [call]}
            house.model.say(said, finish_reason="tool_calls", logprobs=None)
        found = read(house.ask(way, CHAT, make_body(CHAT, stream=stream)))
        assert join(CHAT, found) == MANUAL
        assert '"look"' in json.dumps(found) and '"tool_calls"' in json.dumps(found)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("route", EVERY)
def test_an_answer_without_evidence_says_so(house: House, route: str, stream: bool) -> None:
    script(house.model, route, stream, ANSWER)
    found = read(house.ask("shipped", route, make_body(route, evidence=False, stream=stream)))
    assert join(route, found) == ANSWER + NOTE


@pytest.mark.parametrize("stream", [False, True])
def test_a_source_that_a_system_message_marks_is_evidence(house: House, stream: bool) -> None:
    script(house.model, CHAT, stream, ANSWER)
    marked = {"role": "system", "content": [{"type": "grounding_source", "text": MANUAL}]}
    body = make_body(CHAT, evidence=False, stream=stream)
    body["messages"].insert(0, marked)
    assert join(CHAT, read(house.ask("chat", CHAT, body))) == MANUAL


@STATUS
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("route", EVERY)
def test_a_server_in_trouble_is_an_error_and_no_unchecked_answer(
    house: House, route: str, stream: bool, trouble: int | str
) -> None:
    script(house.model, route, stream, ANSWER)
    house.server.trouble = trouble
    try:
        for way in ("shipped", "chat") if route == CHAT else ("shipped",):
            response = house.ask(way, route, make_body(route, stream=stream))
            assert '"error"' in response.text
            assert not [text for text in find_texts(read(response)) if "litres" in text]
    finally:
        house.server.trouble = None


def test_token_probabilities_are_not_asked_for(house: House) -> None:
    script(house.model, CHAT, False, ANSWER)
    house.ask("shipped", CHAT, make_body(CHAT, logprobs=True, top_logprobs=2))
    assert not {"logprobs", "top_logprobs"} & house.model.requests[-1]["body"].keys()


def test_a_route_that_is_not_guarded_is_none_where_groundwire_is_the_upstream(
    house: House,
) -> None:
    asked = {"model": "other", "prompt": QUESTION}
    refused = house.ask("upstream", "/v1/completions", {**asked, "stream": True})
    assert refused.status_code == 404 and "is not guarded" in refused.text
    script(house.model, CHAT, False, ANSWER)
    after = house.ask("upstream", CHAT, make_body(CHAT, model="other"))
    assert join(CHAT, read(after)) == MANUAL


@pytest.mark.parametrize("stream", [False, True])
def test_evidence_comes_in_the_field_where_groundwire_is_the_upstream(
    house: House, stream: bool
) -> None:
    script(house.model, CHAT, stream, ANSWER)
    body = make_body(CHAT, evidence=False, stream=stream)
    found = read(house.ask("upstream", CHAT, {**body, "x-groundwire": {"evidence": [MANUAL]}}))
    assert join(CHAT, found).startswith(MANUAL)
    blocked = read(house.ask("upstream", CHAT, body))
    assert not [text for text in find_texts(blocked) if "litres" in text]
