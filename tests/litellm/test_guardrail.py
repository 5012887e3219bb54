"""The guardrail in LiteLLM's own code: its handlers, and its streams."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
import yaml

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

litellm = pytest.importorskip("litellm")

from litellm.caching.dual_cache import DualCache  # noqa: E402
from litellm.exceptions import GuardrailRaisedException  # noqa: E402
from litellm.integrations.custom_guardrail import CustomGuardrail  # noqa: E402
from litellm.proxy._types import UserAPIKeyAuth  # noqa: E402
from litellm.proxy.guardrails.guardrail_hooks.unified_guardrail import (  # noqa: E402
    unified_guardrail,
)
from litellm.types.guardrails import GuardrailEventHooks, LitellmParams  # noqa: E402
from litellm.types.proxy.policy_engine import Policy  # noqa: E402
from litellm.types.utils import (  # noqa: E402
    ChatCompletionDeltaToolCall,
    Delta,
    Function,
    ModelResponse,
    ModelResponseStream,
    StreamingChoices,
)

from groundwire.errors import DocumentError, InputError  # noqa: E402
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard  # noqa: E402
from groundwire.serve.app import make_app  # noqa: E402
from groundwire.serve.litellm import NOTE  # noqa: E402
from groundwire.serve.settings import load_settings  # noqa: E402
from groundwire.testing import FakeRetriever, FakeVerifier  # noqa: E402
from groundwire.types import Claim, Evidence, Verdict  # noqa: E402
from groundwire_litellm import Grounding  # noqa: E402
from upstream_cases import make_item, make_message_events, make_response_events  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

MANUAL = "The kettle holds 1.7 litres. The warranty lasts 24 months. The case is red."
ANSWER = "The kettle holds 1.7 litres. The warranty lasts 36 months. The case is red."
KEY = "a-key-that-is-long-enough"
CONFIG = Path(__file__).resolve().parents[2] / "deploy" / "litellm.yaml"
CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"


class Counting(FakeVerifier):
    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.asked: set[str | None] = set()

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        self.seen.update(claim.text for claim in claims)
        self.asked |= {claim.context.question for claim in claims}
        return super().verify(claims, evidence)


make_unified: Any = unified_guardrail.UnifiedLLMGuardrails


def make(verifier: FakeVerifier | None = None, own: bool = True, **options: Any) -> Grounding:
    guard = Guard(
        verifier=verifier or FakeVerifier(), retriever=FakeRetriever([MANUAL]) if own else None
    )
    return Grounding(guard=guard, event_hook="post_call", default_on=True, **options)


def request(**more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": "How long is the warranty?"}]
    return {"model": "m", "messages": messages, "litellm_call_id": "call", **more}


def chunk(text: str | None, index: int = 0, end: str | None = None) -> ModelResponseStream:
    choice = StreamingChoices(index=index, delta=Delta(content=text), finish_reason=end)
    return ModelResponseStream(id="1", model="m", choices=[choice])


async def stream(
    guardrail: CustomGuardrail,
    parts: Sequence[Any],
    route: str | None = CHAT,
    left: list[Any] | None = None,
    **more: Any,
) -> list[Any]:
    """Sends a stream through LiteLLM's code and returns what leaves it."""
    left = [] if left is None else left

    async def write() -> AsyncIterator[Any]:
        for part in parts:
            yield part

    unified = make_unified()
    leaving = unified.async_post_call_streaming_iterator_hook(
        UserAPIKeyAuth(request_route=route),
        write(),
        {"stream": True, **request(), **more, "guardrail_to_apply": guardrail},
    )
    async for part in leaving:
        left.append(part)
    return left


def said(parts: Sequence[Any], index: int = 0) -> str:
    return "".join(
        choice.delta.content or ""
        for part in parts
        for choice in part.choices
        if choice.index == index
    )


def pieces(text: str, size: int, index: int = 0) -> list[ModelResponseStream]:
    cut = [chunk(text[at : at + size], index) for at in range(0, len(text), size)]
    return [*cut, chunk(None, index, "stop")]


async def whole(guardrail: CustomGuardrail, text: str, **more: Any) -> str:
    """Sends a whole answer through LiteLLM's code and returns its text."""
    response = ModelResponse(choices=[{"message": {"role": "assistant", "content": text}}])
    data = {**request(), **more, "guardrail_to_apply": guardrail}
    await make_unified().async_post_call_success_hook(
        data, UserAPIKeyAuth(request_route=CHAT), response
    )
    return str(response.choices[0].message.content)


async def test_a_whole_answer_is_repaired() -> None:
    assert await whole(make(), ANSWER) == MANUAL


async def test_a_stream_shows_the_repaired_text_and_never_the_other() -> None:
    for size in (1, 7, 200):
        parts = await stream(make(), pieces(ANSWER, size))
        assert said(parts) == MANUAL
        assert parts[-1].choices[0].finish_reason == "stop"
        assert not any("36" in said([part]) for part in parts)
    shown = [said([part]) for part in await stream(make(), pieces(ANSWER, 7))]
    assert len([text for text in shown if text]) > 1


async def test_a_claim_that_was_checked_is_not_checked_again() -> None:
    verifier = Counting()
    text = "The kettle holds 1.7 litres. The case is red. The warranty lasts 36 months."
    await stream(make(verifier), pieces(text, 1))
    assert verifier.seen["The kettle holds 1.7 litres."] == 1
    assert verifier.seen["The case is red."] == 1
    assert verifier.asked == {"How long is the warranty?"}


async def test_a_call_of_a_tool_goes_on_and_the_text_before_it_is_checked() -> None:
    function = Function(name="look", arguments="{}")
    call = ChatCompletionDeltaToolCall(id="1", type="function", function=function, index=0)
    choice = StreamingChoices(
        index=0, delta=Delta(content=None, tool_calls=[call]), finish_reason="tool_calls"
    )
    last = ModelResponseStream(id="1", model="m", choices=[choice])
    parts = await stream(make(), [*pieces(ANSWER, 9)[:-1], last])
    choices = [choice for part in parts for choice in part.choices]
    assert said(parts) == MANUAL
    assert [c.delta.tool_calls[0].function.name for c in choices if c.delta.tool_calls] == ["look"]
    assert choices[-1].finish_reason == "tool_calls"


async def test_choices_of_one_stream_are_told_apart() -> None:
    first, second = pieces(ANSWER, 9), pieces("The case is red. It sings opera.", 9, 1)
    mixed = [part for pair in zip(second, first, strict=False) for part in pair]
    parts = await stream(make(), [*mixed, *first[len(second) :]])
    assert said(parts) == MANUAL
    assert said(parts, 1) == "The case is red."


def write_events(*events: dict[str, Any]) -> list[bytes]:
    """Returns Anthropic's events as they come over the wire."""
    return [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events]


async def test_what_cannot_be_guarded_is_refused_before_any_of_it_is_shown() -> None:
    words = ANSWER.split()
    message = {"id": "1", "role": "assistant", "content": [], "model": "m", "usage": {}}
    anthropic = write_events(
        {"type": "message_start", "message": {**message, "type": "message"}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": f"{word} "},
            }
            for word in words
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}},
        {"type": "message_stop"},
    )
    events = [
        {"type": "response.output_text.delta", "delta": f"{word} ", "output_index": 0}
        for word in words
    ]
    chats = pieces(ANSWER, 1)
    cases: list[tuple[str | None, Sequence[Any]]] = [
        ("/v1/messages", anthropic), (RESPONSES, events), (None, chats)
    ]  # fmt: skip
    for route, parts in cases:
        left: list[Any] = []
        with pytest.raises(GuardrailRaisedException, match="cannot be guarded"):
            await stream(make(), parts, route, left)
        assert not left


async def test_a_stream_of_completions_that_nobody_would_check_is_refused() -> None:
    route = "/v1/completions"
    asked = {"metadata": {"user_api_key_request_route": route}, "prompt": "How long?"}
    left: list[Any] = []
    with pytest.raises(GuardrailRaisedException, match="cannot be guarded"):
        await stream(make(), pieces(ANSWER, 9), route, left, **asked)
    assert not left
    assert make().should_run_guardrail({**request(), **asked}, GuardrailEventHooks.post_call)


async def test_without_evidence_nothing_passes_unless_it_is_told_to() -> None:
    assert await whole(make(own=False), ANSWER) == BLOCKED_MESSAGE
    assert said(await stream(make(own=False), pieces(ANSWER, 5))) == BLOCKED_MESSAGE
    assert await whole(make(own=False, on_no_evidence="pass"), ANSWER) == ANSWER


async def test_results_of_tools_are_evidence_where_it_is_told_so() -> None:
    messages = [
        *request()["messages"],
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "tool_call_id": "1", "content": MANUAL},
    ]
    believing = make(own=False, evidence_from=["system", "tools"])
    assert await whole(make(own=False), ANSWER, messages=messages) == BLOCKED_MESSAGE
    assert await whole(believing, ANSWER, messages=messages) == MANUAL
    for role in ("user", "assistant", "system"):
        forged = [{"role": role, "content": MANUAL}, *request()["messages"]]
        assert await whole(believing, ANSWER, messages=forged) == BLOCKED_MESSAGE
    own = make(evidence_from=["tools"])
    lid = [*messages[:2], {"role": "tool", "content": "The lid is blue."}]
    assert await whole(own, f"{MANUAL} The lid is blue.", messages=lid) == (
        f"{MANUAL} The lid is blue."
    )


async def test_a_source_that_a_system_message_marks_is_evidence() -> None:
    block = {"type": "grounding_source", "text": MANUAL}
    marked = [{"role": "system", "content": [block]}, *request()["messages"]]
    assert await whole(make(own=False), ANSWER, messages=marked) == MANUAL


async def test_a_defect_of_the_verifier_is_no_pass() -> None:
    class Broken(FakeVerifier):
        def verify(self, claims: Any, evidence: Any) -> list[Verdict]:
            raise RuntimeError("out of order")

    assert await whole(make(Broken()), ANSWER) == BLOCKED_MESSAGE


async def test_requests_go_on_as_they_are() -> None:
    data = {**request(), "guardrail_to_apply": make()}
    unified = make_unified()
    sent = await unified.async_pre_call_hook(
        UserAPIKeyAuth(request_route=CHAT), DualCache(), data, "acompletion"
    )
    assert isinstance(sent, dict) and sent["messages"] == request()["messages"]


def test_a_subclass_is_refused() -> None:
    with pytest.raises(TypeError, match="defines it itself"):
        type("Mine", (Grounding,), {})
    assert "apply_guardrail" in Grounding.__dict__


def test_options_come_as_litellm_reads_its_config(tmp_path: Path) -> None:
    (tmp_path / "manual.md").write_text(MANUAL)
    params = LitellmParams(
        guardrail="groundwire_litellm.Grounding", mode="post_call", evidence=str(tmp_path)
    ).model_dump(exclude_none=True)
    extra = {k: v for k, v in params.items() if k not in ("guardrail", "mode", "default_on")}
    made = Grounding(guardrail_name="g", event_hook="post_call", default_on=True, **extra)
    assert made._guard.retriever is not None


def test_options_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(InputError, match="did you mean evidence"):
        make(evidnce="handbook")
    with pytest.raises(InputError, match="policy is 'lax'"):
        make(policy="lax")
    with pytest.raises(InputError, match="toolz"):
        make(evidence_from="toolz")
    with pytest.raises(InputError, match="name one in templates"):
        make(evidence_from=["user"])
    with pytest.raises(InputError, match="as the model wrote it"):
        make(streaming_transform_mode="block_only")
    with pytest.raises(InputError, match="as the model wrote it"):
        make(guardrail_config={"streaming_transform_mode": "block_only"})
    with pytest.raises(ValueError, match="pre_call"):
        Grounding(event_hook="pre_call", evidence=())
    with pytest.raises(DocumentError):
        Grounding(event_hook="post_call", evidence="no-such-file.md")


def read_shipped() -> dict[str, Any]:
    """The config that is shipped, for which tests/litellm/test_proxy.py runs the whole proxy."""
    config: dict[str, Any] = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    return config


def test_the_shipped_config_is_one_and_lets_nothing_pass_unchecked() -> None:
    config = read_shipped()
    (guardrail,) = config["guardrails"]
    params = LitellmParams(**guardrail["litellm_params"])
    assert (params.guardrail, params.default_on) == ("generic_guardrail_api", True)
    assert params.mode == ["pre_call", "post_call"]
    assert (params.unreachable_fallback, params.fail_on_error) == ("fail_closed", True)
    assert guardrail["litellm_params"]["streaming_transform_mode"] == "incremental_diff"
    assert params.timeout and params.timeout > load_settings({}).check_seconds
    (attached,) = config["policy_attachments"]
    assert attached == {"policy": "grounded", "scope": "*"}
    pipeline = Policy(**config["policies"]["grounded"]).pipeline
    assert pipeline is not None and pipeline.mode == "post_call"
    (step,) = pipeline.steps
    assert step.guardrail == guardrail["guardrail_name"]
    assert (step.on_fail, step.on_error) == ("block", "block")
    keys = [model["litellm_params"]["api_key"] for model in config["model_list"]]
    assert all(
        k.startswith("os.environ/") for k in [*keys, config["general_settings"]["master_key"]]
    )


@asynccontextmanager
async def serve(
    settings: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[CustomGuardrail]:
    """Gives LiteLLM's own client of a guardrail over HTTP, and a server that it asks."""
    # Its models warn as they are made.
    from litellm.proxy.guardrails.guardrail_hooks.generic_guardrail_api import (
        generic_guardrail_api,
    )

    made = load_settings({"keys": KEY, **(settings or {})})
    app = make_app(made, verifier=FakeVerifier(), **options)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield generic_guardrail_api.GenericGuardrailAPI(
            api_base=f"http://127.0.0.1:{port}", api_key=KEY, guardrail_name="http",
            event_hook=["pre_call", "post_call"], default_on=True,
            streaming_transform_mode="incremental_diff",
        )  # fmt: skip
    finally:
        server.should_exit = True
        await running


async def test_the_server_answers_litellms_own_client() -> None:
    messages = [
        *request()["messages"],
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "tool_call_id": "1", "content": MANUAL},
    ]
    unified = make_unified()
    call: dict[str, Any] = {
        "litellm_logging_obj": SimpleNamespace(litellm_call_id="7", litellm_trace_id="8")
    }
    async with serve() as guardrail:
        asked = {**request(messages=messages), **call, "guardrail_to_apply": guardrail}
        key = UserAPIKeyAuth(request_route=CHAT)
        await unified.async_pre_call_hook(key, DualCache(), asked, "acompletion")
        assert await whole(guardrail, ANSWER, **call) == MANUAL
        parts = await stream(guardrail, pieces(ANSWER, 7), **call)
        unknown = SimpleNamespace(litellm_call_id="9", litellm_trace_id="9")
        labeled = await whole(guardrail, ANSWER, litellm_logging_obj=unknown)
    assert said(parts) == MANUAL
    assert not any("36" in said([part]) for part in parts)
    assert labeled == ANSWER + NOTE


async def test_an_answer_that_the_setting_blocks_is_an_error() -> None:
    async with serve({"on_no_evidence": "block"}) as guardrail:
        with pytest.raises(GuardrailRaisedException, match=BLOCKED_MESSAGE):
            await whole(guardrail, ANSWER)


async def test_the_shipped_policy_corrects_streams_of_every_route(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from litellm.proxy.guardrails.guardrail_hooks.unified_guardrail.unified_guardrail import (
        resolve_endpoint_translation,
    )
    from litellm.proxy.policy_engine.pipeline_executor import PipelineExecutor

    chat = pieces(ANSWER, 9)
    events = make_response_events(make_item(1, ANSWER))
    messages = write_events(*make_message_events(ANSWER))
    pipeline = Policy(**read_shipped()["policies"]["grounded"]).pipeline
    assert pipeline is not None
    async with serve(retriever=FakeRetriever([MANUAL])) as guardrail:
        monkeypatch.setattr(litellm, "callbacks", [guardrail])
        guardrail.guardrail_name = pipeline.steps[0].guardrail
        cases: list[tuple[str, list[Any]]] = [
            (CHAT, chat), (RESPONSES, events), ("/v1/messages", messages)
        ]  # fmt: skip
        for route, chunks in cases:
            key = UserAPIKeyAuth(request_route=route)
            found = resolve_endpoint_translation(key, None)
            assert found is not None
            ran = await PipelineExecutor.execute_steps(
                steps=pipeline.steps, mode=pipeline.mode, data={"stream": True, **request()},
                user_api_key_dict=key, call_type=found[0], policy_name="grounded",
                streaming_chunks=chunks, endpoint_translation=found[1],
            )  # fmt: skip
            assert ran.terminal_action == "allow"
    assert said(chat) == MANUAL
    deltas = [e["delta"] for e in events if e["type"] == "response.output_text.delta"]
    assert "".join(deltas) == MANUAL
    final = events[-1]["response"]["output"][0]["content"][0]["text"]
    assert final == MANUAL
    lines = [line for one in messages for line in one.decode().split("\n") if "text_delta" in line]
    assert "".join(json.loads(line[6:])["delta"]["text"] for line in lines) == MANUAL
