"""Guarded clients: the real ones of OpenAI and Anthropic, against a server on the loopback."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from pydantic import BaseModel

from groundwire.errors import BlockedError, InputError
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.testing import FakeRetriever, FakeVerifier
from groundwire.types import Report
from model_server import (
    Script,
    chat,
    chat_call,
    chat_events,
    message,
    message_events,
    output_call,
    output_text,
    response,
    response_events,
    serve_script,
    text_block,
    use_block,
)

FACTS = "The pump weighs 62 kg. The pump is red."
WRONG = "The pump weighs 64 kg. The pump is red."
RIGHT = "The pump weighs 62 kg. The pump is red."
FALSE = "The tower is blue."
GUARD = Guard(verifier=FakeVerifier())
ASK: Any = [{"role": "user", "content": "How heavy?"}]

CHAT: Any = {"model": "m", "messages": ASK}
RESPONSES: Any = {"model": "m", "input": "How heavy?"}
MESSAGES: Any = {"model": "m", "messages": ASK, "max_tokens": 99}


@pytest.fixture(scope="module")
def server() -> Iterator[Script]:
    with serve_script() as script:
        yield script


@pytest.fixture
def script(server: Script) -> Iterator[Script]:
    server.answers.clear()
    server.asked.clear()
    server.status = 200
    yield server
    while OPENED:
        OPENED.pop().close()
    assert not server.answers


# What the tests open, to be closed after each.
OPENED: list[Any] = []


def open_openai(script: Script, evidence: Any = FACTS, **options: Any) -> Any:
    client = openai.OpenAI(api_key="k", base_url=f"{script.url}/v1")
    OPENED.append(client)
    return GUARD.wrap_client(client, evidence, **options)


def open_anthropic(script: Script, evidence: Any = FACTS, **options: Any) -> Any:
    client = anthropic.Anthropic(api_key="k", base_url=script.url)
    OPENED.append(client)
    return GUARD.wrap_client(client, evidence, **options)


def open_async(script: Script, kind: str, evidence: Any = FACTS, **options: Any) -> Any:
    made: Any
    if kind == "anthropic":
        made = anthropic.AsyncAnthropic(api_key="k", base_url=script.url)
    else:
        made = openai.AsyncOpenAI(api_key="k", base_url=f"{script.url}/v1")
    return GUARD.wrap_client(made, evidence, **options)


class Seen:
    """All that a caller gets of an answer, as it comes."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self.text = ""
        self.final = ""

    def see(self, item: Any) -> None:
        self.all.append(repr(item))


# Each way to ask, with the kind of its client, whether its answer streams, and how it is read.


def ask_chat(client: Any, seen: Seen) -> None:
    made = client.chat.completions.create(**CHAT)
    seen.see(made)
    seen.text = seen.final = made.choices[0].message.content or ""


def stream_chat(client: Any, seen: Seen) -> None:
    for chunk in client.chat.completions.create(**CHAT, stream=True):
        seen.see(chunk)
        for choice in chunk.choices:
            seen.text += choice.delta.content or ""
    seen.final = seen.text


def follow_chat(client: Any, seen: Seen) -> None:
    with client.chat.completions.stream(**CHAT) as stream:
        for event in stream:
            seen.see(event)
            seen.text += event.delta if event.type == "content.delta" else ""
        seen.final = stream.get_final_completion().choices[0].message.content


def ask_responses(client: Any, seen: Seen) -> None:
    made = client.responses.create(**RESPONSES)
    seen.see(made)
    seen.text = seen.final = made.output_text


def stream_responses(client: Any, seen: Seen) -> None:
    numbers = []
    for event in client.responses.create(**RESPONSES, stream=True):
        seen.see(event)
        numbers.append(event.sequence_number)
        seen.text += event.delta if event.type == "response.output_text.delta" else ""
        if event.type in ("response.completed", "response.incomplete"):
            seen.final = event.response.output_text
    assert numbers == list(range(len(numbers)))


def follow_responses(client: Any, seen: Seen) -> None:
    with client.responses.stream(**RESPONSES) as stream:
        for event in stream:
            seen.see(event)
            seen.text += event.delta if event.type == "response.output_text.delta" else ""
        seen.final = stream.get_final_response().output_text


def ask_messages(client: Any, seen: Seen) -> None:
    made = client.messages.create(**MESSAGES)
    seen.see(made)
    seen.text = seen.final = "".join(b.text for b in made.content if b.type == "text")


def stream_messages(client: Any, seen: Seen) -> None:
    for event in client.messages.create(**MESSAGES, stream=True):
        seen.see(event)
        if event.type == "content_block_delta" and event.delta.type == "text_delta":
            seen.text += event.delta.text
    seen.final = seen.text


def follow_messages(client: Any, seen: Seen) -> None:
    with client.messages.stream(**MESSAGES) as stream:
        for event in stream:
            seen.see(event)
            seen.text += event.text if event.type == "text" else ""
        seen.final = "".join(b.text for b in stream.get_final_message().content if b.type == "text")


def raw_chat(client: Any, seen: Seen) -> None:
    raw = client.chat.completions.with_raw_response.create(**CHAT)
    seen.see(raw.text if isinstance(raw.text, str) else raw.text())
    seen.text = seen.final = raw.parse().choices[0].message.content


def stream_raw_messages(client: Any, seen: Seen) -> None:
    with client.messages.with_streaming_response.create(**MESSAGES) as raw:
        seen.see(raw.read())
    seen.text = seen.final = json.loads(raw.text())["content"][0]["text"]


Ask = Callable[[Any, Seen], None]
WHOLE: dict[str, Callable[..., Any]] = {
    "chat": chat,
    "responses": lambda text: response(output_text(text)),
    "messages": lambda text: message(text_block(text)),
}
STREAMED: dict[str, Callable[..., Any]] = {
    "chat": chat_events,
    "responses": lambda text: response_events(output_text(text)),
    "messages": lambda text: message_events(text_block(text)),
}
WAYS: list[tuple[str, Ask, bool]] = [
    ("chat", ask_chat, False),
    ("chat", stream_chat, True),
    ("chat", follow_chat, True),
    ("chat", raw_chat, False),
    ("responses", ask_responses, False),
    ("responses", stream_responses, True),
    ("responses", follow_responses, True),
    ("messages", ask_messages, False),
    ("messages", stream_messages, True),
    ("messages", follow_messages, True),
    ("messages", stream_raw_messages, False),
]
IDS = [ask.__name__ for _, ask, _ in WAYS]


def open_any(script: Script, kind: str, **options: Any) -> Any:
    made: Any = open_anthropic if kind == "messages" else open_openai
    return made(script, **options)


@pytest.mark.parametrize(("kind", "ask", "streams"), WAYS, ids=IDS)
def test_no_falsehood_reaches_a_caller(script: Script, kind: str, ask: Ask, streams: bool) -> None:
    script.answers = [(STREAMED if streams else WHOLE)[kind](WRONG)]
    reports: list[Report] = []
    seen = Seen()
    ask(open_any(script, kind, on_report=reports.append), seen)
    assert seen.text == seen.final == RIGHT
    assert "64" not in "".join(seen.all)
    assert [(r.answer, r.question) for r in reports] == [(WRONG, "How heavy?")]


@pytest.mark.parametrize(("kind", "ask", "streams"), WAYS, ids=IDS)
def test_what_holds_passes_as_it_is(script: Script, kind: str, ask: Ask, streams: bool) -> None:
    script.answers = [(STREAMED if streams else WHOLE)[kind](RIGHT)]
    seen = Seen()
    ask(open_any(script, kind), seen)
    assert seen.text == seen.final == RIGHT


@pytest.mark.parametrize(("kind", "ask", "streams"), WAYS, ids=IDS)
def test_a_blocked_answer_says_so(script: Script, kind: str, ask: Ask, streams: bool) -> None:
    script.answers = [(STREAMED if streams else WHOLE)[kind](FALSE)]
    seen = Seen()
    try:
        ask(open_any(script, kind), seen)
    except (openai.ContentFilterFinishReasonError, RuntimeError):
        # So the helpers of OpenAI end a stream that a content filter has ended.
        assert ask in (follow_chat, follow_responses)
    else:
        assert seen.final == BLOCKED_MESSAGE
    assert seen.text == BLOCKED_MESSAGE
    everything = "".join(seen.all)
    assert "blue" not in everything
    assert ("refusal" if kind == "messages" else "content_filter") in everything


@pytest.mark.parametrize(("kind", "ask", "streams"), WAYS, ids=IDS)
def test_a_blocked_answer_can_raise(script: Script, kind: str, ask: Ask, streams: bool) -> None:
    script.answers = [(STREAMED if streams else WHOLE)[kind](FALSE)]
    seen = Seen()
    with pytest.raises(BlockedError):
        ask(open_any(script, kind, raise_blocked=True), seen)
    assert "blue" not in "".join(seen.all)
    assert len(script.asked) == 1  # no client asks again


async def read_async(client: Any, kind: str, streams: bool) -> str:
    text = ""
    if kind == "chat":
        made = await client.chat.completions.create(**CHAT, stream=streams)
        if not streams:
            return str(made.choices[0].message.content)
        async for chunk in made:
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
    elif kind == "responses":
        made = await client.responses.create(**RESPONSES, stream=streams)
        if not streams:
            return str(made.output_text)
        async for event in made:
            text += event.delta if event.type == "response.output_text.delta" else ""
    else:
        made = await client.messages.create(**MESSAGES, stream=streams)
        if not streams:
            return str(made.content[0].text)
        async for event in made:
            if event.type == "content_block_delta":
                text += event.delta.text
    return text


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("kind", list(WHOLE))
async def test_async_clients(script: Script, kind: str, streams: bool) -> None:
    made = STREAMED if streams else WHOLE
    script.answers = [made[kind](WRONG), made[kind](FALSE)]

    async def search(question: str) -> str:
        assert question == "How heavy?"
        return FACTS

    package = "anthropic" if kind == "messages" else "openai"
    async with open_async(script, package, search) as client:
        assert await read_async(client, kind, streams) == RIGHT
        copied = client.with_options(timeout=9)
        assert await read_async(copied, kind, streams) == BLOCKED_MESSAGE


async def test_async_helpers(script: Script) -> None:
    script.answers = [STREAMED[kind](WRONG) for kind in STREAMED]
    async with open_async(script, "openai") as client:
        async with client.chat.completions.stream(**CHAT) as chats:
            assert (await chats.get_final_completion()).choices[0].message.content == RIGHT
        async with client.responses.stream(**RESPONSES) as events:
            assert (await events.get_final_response()).output_text == RIGHT
    other = open_async(script, "anthropic")
    async with other, other.messages.stream(**MESSAGES) as told:
        assert "".join([text async for text in told.text_stream]) == RIGHT
        assert await told.get_final_text() == RIGHT


def test_each_choice_is_checked(script: Script) -> None:
    script.answers = [chat(WRONG, FALSE, RIGHT), chat_events(WRONG, FALSE, RIGHT)]
    client = open_openai(script)
    made = client.chat.completions.create(**CHAT, n=3)
    assert [c.message.content for c in made.choices] == [RIGHT, BLOCKED_MESSAGE, RIGHT]
    assert [c.finish_reason for c in made.choices] == ["stop", "content_filter", "stop"]
    texts, ends = ["", "", ""], [""] * 3
    usage = None
    for chunk in client.chat.completions.create(**CHAT, n=3, stream=True):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
            ends[choice.index] = choice.finish_reason or ""
    assert texts == [RIGHT, BLOCKED_MESSAGE, RIGHT]
    assert ends == ["stop", "content_filter", "stop"]
    assert usage is not None and usage.total_tokens == 3


def test_calls_of_tools_pass(script: Script) -> None:
    args = {"city": FALSE}
    call = chat_call("weather", args)
    script.answers = [chat(FALSE, calls=[call]), chat_events(FALSE, calls=[call])]
    script.answers += [
        make(output_text(FALSE), output_call("weather", args))
        for make in (response, response_events)
    ]
    blocks = text_block(FALSE), use_block("weather", args)
    script.answers += [message(*blocks, stop="tool_use"), message_events(*blocks, stop="tool_use")]
    client, other = open_openai(script), open_anthropic(script)

    said = client.chat.completions.create(**CHAT).choices[0]
    assert said.message.tool_calls and said.message.content is None
    assert said.message.tool_calls[0].model_dump(exclude_none=True) == call
    with client.chat.completions.stream(**CHAT) as chats:
        told = chats.get_final_completion().choices[0]
    assert told.finish_reason == said.finish_reason == "tool_calls"
    assert told.message.tool_calls and not told.message.content
    assert json.loads(told.message.tool_calls[0].function.arguments) == args

    whole = client.responses.create(**RESPONSES)
    with client.responses.stream(**RESPONSES) as events:
        streamed = events.get_final_response()
    for made in (whole, streamed):
        assert made.output_text == "" and made.status == "completed"
        assert made.output[1].type == "function_call"
        assert json.loads(made.output[1].arguments) == args

    answer = other.messages.create(**MESSAGES)
    with other.messages.stream(**MESSAGES) as stream:
        final = stream.get_final_message()
    for got in (answer, final):
        assert [block.type for block in got.content] == ["tool_use"]
        assert got.content[0].type == "tool_use" and got.content[0].input == args
        assert got.stop_reason == "tool_use"


def test_results_of_tools_are_evidence_where_that_is_said(script: Script) -> None:
    call = chat_call("scale", {})
    turns: Any = [
        *ASK,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call-1", "content": FACTS},
    ]
    items: Any = [
        *ASK,
        {"type": "function_call", "call_id": "call-1", "name": "scale", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call-1", "output": FACTS},
    ]
    result = {"type": "tool_result", "tool_use_id": "use-1", "content": [text_block(FACTS)]}
    blocks: Any = [
        *ASK,
        {"role": "assistant", "content": [use_block("scale", {})]},
        {"role": "user", "content": [result]},
    ]
    for tool_evidence, shown in [(True, RIGHT), (False, BLOCKED_MESSAGE)]:
        script.answers = [make(WRONG) for make in WHOLE.values()]
        reports: list[Report] = []
        options: Any = {"tool_evidence": tool_evidence, "on_report": reports.append}
        given = None if tool_evidence else FakeRetriever([])
        client, other = (
            open_openai(script, given, **options),
            open_anthropic(script, given, **options),
        )
        said = client.chat.completions.create(model="m", messages=turns)
        assert said.choices[0].message.content == shown
        assert client.responses.create(model="m", input=items).output_text == shown
        answer = other.messages.create(model="m", messages=blocks, max_tokens=9)
        assert answer.content[0].type == "text" and answer.content[0].text == shown
        assert {report.question for report in reports} == {"How heavy?"}
        if tool_evidence:
            sources = {q.source for r in reports for v in r.text_verdicts for q in v.quotes}
            assert sources == {"scale (message 2)"}


def test_tools_add_to_the_evidence_that_was_given(script: Script) -> None:
    turns: Any = [*ASK, {"role": "tool", "tool_call_id": "c", "content": "The pump is red."}]
    for evidence in ("The pump weighs 62 kg.", FakeRetriever(["The pump weighs 62 kg."])):
        script.answers = [chat(WRONG)]
        client = open_openai(script, evidence, tool_evidence=True)
        said = client.chat.completions.create(model="m", messages=turns)
        assert said.choices[0].message.content == RIGHT


def test_the_conversation_before_is_read(script: Script) -> None:
    asked: list[str] = []

    def search(question: str) -> str:
        asked.append(question)
        return FACTS

    before = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How heavy is the pump?"},
        {"role": "assistant", "content": "It weighs 62 kg."},
    ]
    turns: Any = [*before, {"role": "user", "content": [{"type": "text", "text": "And the lid?"}]}]
    script.answers = [chat(RIGHT)]
    reports: list[Report] = []
    client = open_openai(script, search, on_report=reports.append)
    client.chat.completions.create(model="m", messages=turns)
    context = reports[0].verdicts[0].claim.context
    assert asked == [reports[0].question] == ["And the lid?"]
    assert context is not None and context.question == "How heavy is the pump, and the lid?"


class Pump(BaseModel):
    summary: str
    weight_kg: int


def test_structured_output_is_checked_value_by_value(script: Script) -> None:
    good = json.dumps({"summary": "The pump weighs 62 kg.", "weight_kg": 62})
    mended = json.dumps({"summary": "The pump weighs 64 kg.", "weight_kg": 62})
    bad = json.dumps({"summary": "The pump weighs 62 kg.", "weight_kg": 64})
    facts = "The pump weighs 62 kg. Weight: 62 kg."
    client, other = open_openai(script, facts), open_anthropic(script, facts)

    def parse_chat() -> Any:
        made = client.chat.completions.parse(**CHAT, response_format=Pump)
        return made.choices[0].message.parsed

    def follow() -> Any:
        with client.chat.completions.stream(**CHAT, response_format=Pump) as stream:
            return stream.get_final_completion().choices[0].message.parsed

    def parse_responses() -> Any:
        return client.responses.parse(**RESPONSES, text_format=Pump).output_parsed

    def parse_messages() -> Any:
        return other.messages.parse(**MESSAGES, output_format=Pump).parsed_output

    ways: list[tuple[Callable[[], Any], Callable[[str], Any]]] = [
        (parse_chat, chat),
        (follow, chat_events),
        (parse_responses, WHOLE["responses"]),
        (parse_messages, WHOLE["messages"]),
    ]
    for parse, make in ways:
        script.answers = [make(good), make(mended), make(bad)]
        assert parse() == Pump(summary="The pump weighs 62 kg.", weight_kg=62)
        assert parse().summary == "The pump weighs 62 kg."
        with pytest.raises(BlockedError, match="64"):
            parse()


def test_what_cannot_be_guarded_is_refused(script: Script) -> None:
    client, other = open_openai(script), open_anthropic(script)
    refused: list[Callable[[], Any]] = [
        lambda: client.responses.retrieve("resp-1"),
        lambda: client.responses.create(**RESPONSES, background=True),
        lambda: client.responses.connect(),
        lambda: client.realtime.connect(model="m"),
        lambda: client.live.connect,
        lambda: client.beta.threads,
        lambda: client.completions.create(model="m", prompt="How heavy?"),
        lambda: client.chat.completions.retrieve("chat-1"),
        lambda: client.chat.completions.create(**CHAT, modalities=["text", "audio"]),
        lambda: client.files.content("file-1"),
        lambda: client.with_options(max_retries=0).realtime.connect(model="m"),
        lambda: client.with_options(max_retries=0).responses.retrieve("resp-1"),
        lambda: other.get("/v1/messages/batches/b/results", cast_to=str),
    ]
    for ask in refused:
        with pytest.raises(InputError, match="check"):
            ask()
    assert not script.asked


def test_what_holds_no_answer_passes(script: Script) -> None:
    models = {"object": "list", "data": [{"id": "m", "object": "model", "created": 1}]}
    script.answers = [models, {"input_tokens": 7}]
    assert [model.id for model in open_openai(script).models.list()] == ["m"]
    counted = open_anthropic(script).messages.count_tokens(model="m", messages=ASK)
    assert counted.input_tokens == 7


def test_errors_of_the_server_are_the_clients_own(script: Script) -> None:
    script.status = 401
    script.answers = [{"error": {"message": "no key"}}, {"type": "error", "error": {"type": "x"}}]
    with pytest.raises(openai.AuthenticationError, match="no key"):
        open_openai(script).chat.completions.create(**CHAT)
    with pytest.raises(anthropic.AuthenticationError):
        open_anthropic(script).messages.create(**MESSAGES)


@pytest.mark.parametrize(
    "answer",
    [
        (b"<html>The pump weighs 64 kg.</html>", "text/html"),
        (b"data: The pump weighs 64 kg.\n\n", "text/event-stream"),
        (b"data: \xff\n\n", "text/event-stream"),
        {"choices": "The pump weighs 64 kg."},
        {"choices": [{"text": "The pump weighs 64 kg."}]},
        {"choices": [{"index": 0, "message": {"content": {"text": "64"}}}]},
        {"choices": [{"index": 0, "message": {"content": None, "audio": {"transcript": "64"}}}]},
        [{"choices": [{"index": 0, "message": {"content": "The pump weighs 64 kg."}}]}],
    ],
)
def test_an_answer_that_cannot_be_read_is_not_shown(script: Script, answer: Any) -> None:
    script.answers = [answer]
    streams = isinstance(answer, list) or (isinstance(answer, tuple) and "event" in answer[1])
    with pytest.raises(InputError) as caught:
        made: Any = open_openai(script).chat.completions.create(**CHAT, stream=streams)
        list(made)
    assert "check" in str(caught.value) or "read" in str(caught.value) or "no" in str(caught.value)
    assert len(script.asked) == 1


def test_a_stream_that_breaks_off_shows_no_falsehood(script: Script) -> None:
    seen = Seen()
    script.answers = [chat_events(WRONG)[:-4]]
    stream_chat(open_openai(script), seen)
    assert seen.text and "64" not in "".join(seen.all)


def test_an_error_of_the_evidence_is_the_callers(script: Script) -> None:
    def search(question: str) -> str:
        raise LookupError("no index")

    for kind, make in WHOLE.items():
        script.answers = [make(WRONG)]
        with pytest.raises(LookupError, match="no index"):
            if kind == "messages":
                open_anthropic(script, search).messages.create(**MESSAGES)
            elif kind == "chat":
                open_openai(script, search).chat.completions.create(**CHAT)
            else:
                open_openai(script, search).responses.create(**RESPONSES)
    assert len(script.asked) == 3


def test_it_is_a_client_of_the_same_class(script: Script) -> None:
    plain = openai.OpenAI(
        api_key="k", base_url=f"{script.url}/v1", default_headers={"x-own": "1"}, max_retries=1
    )
    OPENED.append(plain)
    client = GUARD.wrap_client(plain, FACTS)
    assert type(client) is openai.OpenAI and client is not plain
    assert client.api_key == "k" and client.max_retries == 1
    script.answers = [chat(WRONG) for _ in range(4)]
    copied = client.with_options(timeout=5)
    with httpx2.Client() as http:
        for one in (copied, copied.copy(http_client=http)):
            assert one.chat.completions.create(**CHAT).choices[0].message.content == RIGHT
    parsed = client.beta.chat.completions.parse(**CHAT)
    assert parsed.choices[0].message.content == RIGHT
    # The client that was wrapped is as it was.
    assert plain.chat.completions.create(**CHAT).choices[0].message.content == WRONG


def test_a_guarded_client_closes_what_it_sends_through(script: Script) -> None:
    plain = openai.OpenAI(api_key="k", base_url=f"{script.url}/v1")
    script.answers = [chat(WRONG)]
    with GUARD.wrap_client(plain, FACTS) as client:
        client.chat.completions.create(**CHAT)
    assert plain.is_closed()


def test_an_async_client_can_be_used_in_several_loops(script: Script) -> None:
    async def ask() -> str:
        async with open_async(script, "openai") as client:
            return await read_async(client, "chat", True)

    script.answers = [chat_events(WRONG), chat_events(WRONG)]
    assert [asyncio.run(ask()) for _ in range(2)] == [RIGHT, RIGHT]


class Silent:
    """Has the names of a client and is none."""

    def copy(self) -> Silent:
        return self


@pytest.mark.parametrize("client", [None, "openai", openai.OpenAI, Silent(), openai])
def test_other_clients_are_refused(client: Any) -> None:
    with pytest.raises(InputError, match=r"openai\.OpenAI"):
        GUARD.wrap_client(client, FACTS)


def test_a_client_whose_answers_nothing_could_be_evidence_for_is_refused(script: Script) -> None:
    for open_client in (open_openai, open_anthropic):
        with pytest.raises(InputError, match=r"evidence=.*retriever=.*tool_evidence=True"):
            open_client(script, None)
    own = Guard(verifier=FakeVerifier(), retriever=FakeRetriever([FACTS]))
    script.answers = [chat(WRONG)]
    with openai.OpenAI(api_key="k", base_url=f"{script.url}/v1") as plain:
        said = own.wrap_client(plain).chat.completions.create(**CHAT)
    assert said.choices[0].message.content == RIGHT


def test_options_that_cannot_be_used(script: Script) -> None:
    async def search(question: str) -> str:
        return FACTS

    with pytest.raises(InputError, match="async"):
        open_openai(script, search)
    with pytest.raises(InputError, match="release"):
        open_openai(script, release="word")
    script.answers = [chat(WRONG)]
    with pytest.raises(InputError, match="await"), warnings.catch_warnings():
        open_openai(script, lambda question: search(question)).chat.completions.create(**CHAT)
