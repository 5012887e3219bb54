"""Relays of streamed answers: what they say is what the whole answer says, however it is cut."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.errors import BlockedError, InputError
from groundwire.guard.clients.chat import ChatRelay, check_chat
from groundwire.guard.clients.exchange import Relay, StreamCheck, find_route, read_request
from groundwire.guard.clients.messages import MessagesRelay, check_message
from groundwire.guard.clients.responses import ResponsesRelay, check_response
from groundwire.guard.forms.events import EventDecoder, encode_event
from groundwire.guard.guard import Guard
from groundwire.guard.utterance import Setting
from groundwire.testing import FakeRetriever, FakeVerifier
from model_server import (
    chat,
    chat_events,
    message,
    message_events,
    output_call,
    output_text,
    response,
    response_events,
    split_pieces,
    text_block,
    use_block,
)

FACTS = "The pump weighs 62 kg. The lid is red. The gate opens at 9:00."
SENTENCES = (
    "The pump weighs 62 kg.",
    "The pump weighs 64 kg.",
    "The lid is red.",
    "The tower is green.",
    "Hello!",
)
FALSE = ("64", "green")
TEXT = {"text": "The pump weighs 64 kg."}
SAID = {"type": "said", "role": "assistant", "content": "The pump weighs 64 kg."}
SETTING = Setting(Guard(verifier=FakeVerifier()), FakeRetriever([FACTS]), "How is it?")

texts = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4).map(" ".join)
runs = st.lists(st.tuples(texts, st.booleans()), min_size=1, max_size=3)
sizes = st.integers(1, 40)


def cut(text: str, size: int) -> list[str]:
    """Cuts a text into parts, which a sentence may cross."""
    return split_pieces(text, size) or [""]


def tell(relay: Relay, events: Sequence[Any]) -> list[dict[str, Any]]:
    said = [made for event in events if event != "[DONE]" for made in relay.take(event)]
    said += relay.finish()
    relay.close()
    assert not any(word in json.dumps(said) for word in FALSE)
    return said


@given(st.lists(texts, min_size=1, max_size=3), st.booleans())
def test_choices_of_a_chat(said: list[str], calls: bool) -> None:
    call = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    tools: Any = call if calls and len(said) == 1 else []
    whole = check_chat(chat(*said, calls=tools), SETTING)["choices"]
    shown = [""] * len(said)
    ends = [""] * len(said)
    for event in tell(ChatRelay(SETTING), chat_events(*said, calls=tools)):
        for choice in event["choices"]:
            shown[choice["index"]] += choice["delta"].get("content") or ""
            ends[choice["index"]] = choice["finish_reason"] or ends[choice["index"]]
    assert shown == [choice["message"]["content"] or "" for choice in whole]
    assert ends == [choice["finish_reason"] for choice in whole]
    assert not any(word in json.dumps(whole) for word in FALSE)


@given(runs, sizes)
def test_items_of_a_response(said: list[tuple[str, bool]], size: int) -> None:
    output: list[dict[str, Any]] = []
    for number, (text, calls) in enumerate(said):
        output.append(output_text(*cut(text, size), number=number))
        if calls:
            output.append(output_call("f", {"n": number}))
    # The parts of a message are one text.
    joined = [
        output_text("".join(p["text"] for p in item["content"]), number=int(item["id"][4:]))
        if item["type"] == "message"
        else item
        for item in output
    ]
    whole = check_response(response(*joined), SETTING)
    told = tell(ResponsesRelay(SETTING), response_events(*output))
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    deltas: dict[Any, str] = {}
    parts: dict[Any, str] = {}
    dones: dict[Any, str] = {}
    items = {}
    for event in told:
        place = event.get("output_index")
        if event["type"] == "response.output_text.delta":
            deltas[place] = deltas.get(place, "") + event["delta"]
        elif event["type"] == "response.output_text.done":
            dones[place] = event["text"]
        elif event["type"] == "response.content_part.done":
            parts[place] = event["part"]["text"]
        elif event["type"] == "response.output_item.done":
            items[place] = event["item"]
    final = told[-1]["response"]
    assert final["output"] == [items[place] for place in range(len(items))]
    expected = {
        place: item["content"][0]["text"]
        for place, item in enumerate(whole["output"])
        if item["type"] == "message"
    }
    assert dones == parts == expected
    assert {place: deltas.get(place, "") for place in expected} == expected
    shown = [item.get("content") or item for item in final["output"]]
    assert shown == [item.get("content") or item for item in whole["output"]]
    assert final["status"] == whole["status"]


@given(runs, sizes)
def test_blocks_of_a_message(said: list[tuple[str, bool]], size: int) -> None:
    blocks: list[dict[str, Any]] = []
    for number, (text, calls) in enumerate(said):
        blocks += map(text_block, cut(text, size))
        if calls:
            blocks.append(use_block("f", {"n": number}))
    whole = check_message(message(*blocks), SETTING)
    made: list[dict[str, Any]] = []
    open_blocks = set()
    stop = None
    for event in tell(MessagesRelay(SETTING), message_events(*blocks)):
        if event["type"] == "content_block_start":
            assert event["index"] == len(made)
            open_blocks.add(event["index"])
            made.append(dict(event["content_block"]))
        elif event["type"] == "content_block_delta":
            assert event["index"] in open_blocks
            if event["delta"]["type"] == "text_delta":
                made[event["index"]]["text"] += event["delta"]["text"]
        elif event["type"] == "content_block_stop":
            open_blocks.remove(event["index"])
        elif event["type"] == "message_delta":
            stop = event["delta"]["stop_reason"]
    assert not open_blocks
    assert stop == whole["stop_reason"]
    assert join_texts(made) == join_texts(whole["content"])
    assert not any(block.get("text") == "" for block in [*made, *whole["content"]])


def join_texts(blocks: Sequence[dict[str, Any]]) -> list[str]:
    """Returns the runs of text, and the names of what stands between them."""
    found = [""]
    for block in blocks:
        if block["type"] == "text":
            found[-1] += block["text"]
        else:
            found += [block["name"], ""]
    return found


@given(texts, st.integers(1, 60), st.sampled_from(["/v1/responses", "/v1/messages"]))
def test_bytes_may_be_cut_anywhere(text: str, size: int, path: str) -> None:
    made = (
        response_events(output_text(text)) if "resp" in path else message_events(text_block(text))
    )
    asked = read_request("POST", path, json.dumps({"input": "How?", "messages": []}).encode())
    assert asked is not None
    sent = b"".join(map(encode_event, made)).replace(b"\n", b"\r\n")
    check = StreamCheck(asked, SETTING)
    said = b"".join(check.take(sent[i : i + size]) for i in range(0, len(sent), size))
    said += check.finish()
    check.close()
    decoder = EventDecoder()
    shown = ""
    for data in [*decoder.feed(said), *decoder.end()]:
        delta = json.loads(data).get("delta") or ""
        shown += delta if isinstance(delta, str) else delta.get("text", "")
    assert shown == SETTING.check(text).text


def test_reasoning_refusals_and_unknown_events_pass_in_their_places() -> None:
    thinking = {"type": "thinking", "thinking": "64 or 62?", "signature": "s"}
    events = message_events(thinking, text_block(SENTENCES[1]))
    relay = MessagesRelay(SETTING)
    said = [made for event in events for made in relay.take(event)]
    assert [e for e in said if "thinking" in json.dumps(e)] == events[2:4]
    assert said[-3]["type"] == "content_block_stop" and said[-3]["index"] == 1

    refusal = {"type": "refusal", "refusal": "I will not."}
    item = output_text(SENTENCES[1][:9], SENTENCES[1][9:])
    item["content"] = [*item["content"], refusal, *output_text(SENTENCES[0])["content"]]
    events = response_events(item)
    events.insert(3, {"type": "response.unheard_of", "sequence_number": 3, "x": 1})
    relay2 = ResponsesRelay(SETTING)
    told = [made for event in events for made in relay2.take(event)]
    unheard = [event for event in told if event["type"] == "response.unheard_of"]
    assert unheard == [events[3]]
    content = told[-1]["response"]["output"][0]["content"]
    assert [part.get("text") or part["refusal"] for part in content] == [
        SENTENCES[0],
        "I will not.",
        SENTENCES[0],
    ]
    places = [e["content_index"] for e in told if e["type"] == "response.content_part.added"]
    assert places == [0, 1, 2]
    refused = [e for e in told if e["type"].startswith("response.refusal")]
    assert {event["content_index"] for event in refused} == {1}


def test_annotations_stay_where_the_text_does() -> None:
    note = {"type": "url_citation", "url": "u", "title": "t", "start_index": 0, "end_index": 3}
    for text, kept in [(SENTENCES[0], [note]), (SENTENCES[1], [])]:
        item = output_text(text)
        item["content"][0]["annotations"] = [note]
        whole = check_response(response(item), SETTING)["output"][0]["content"][0]
        relay = ResponsesRelay(SETTING)
        told = [made for event in response_events(item) for made in relay.take(event)]
        final = told[-1]["response"]["output"][0]["content"][0]
        added = [e["annotation"] for e in told if e["type"].endswith("annotation.added")]
        assert whole["annotations"] == final["annotations"] == added == kept


def test_citations_stay_where_the_text_does() -> None:
    cited = {"type": "char_location", "cited_text": "The pump", "document_index": 0}
    for text, kept in [(SENTENCES[0], True), (SENTENCES[1], False)]:
        block = {**text_block(text), "citations": [cited]}
        whole = check_message(message(block), SETTING)["content"][0]
        events = message_events(text_block(text))
        note = {"type": "citations_delta", "citation": cited}
        events.insert(-3, {"type": "content_block_delta", "index": 0, "delta": note})
        relay = MessagesRelay(SETTING)
        told = [made for event in events for made in relay.take(event)]
        assert any(event.get("delta") == note for event in told) is kept
        assert bool(whole["citations"]) is kept


def test_a_text_that_is_told_twice_is_shown_once() -> None:
    """Some servers send the whole text along in a field that is none of the API's."""
    false = SENTENCES[1]
    data = response(output_text(false))
    assert "64" not in json.dumps(check_response({**data, "output_text": false}, SETTING))
    events = response_events(output_text(false))
    for place in (0, -1):
        events[place]["response"]["output_text"] = false
    tell(ResponsesRelay(SETTING), events)
    whole = chat(false)
    whole["choices"][0]["text"] = false
    assert "64" not in json.dumps(check_chat(whole, SETTING))
    chunks = chat_events(false)
    chunks[3]["choices"][0]["text"] = false
    tell(ChatRelay(SETTING), chunks)


def test_a_text_that_is_told_at_its_end_alone_is_checked() -> None:
    events = [e for e in response_events(output_text(SENTENCES[1])) if "delta" not in e["type"]]
    assert "62 kg" in json.dumps(tell(ResponsesRelay(SETTING), events))
    alone = [events[0], events[-1]]
    assert "62 kg" in json.dumps(tell(ResponsesRelay(SETTING), alone))
    items = [event for event in events if "output_item" in event["type"]]
    assert "62 kg" in json.dumps(tell(ResponsesRelay(SETTING), items))


@pytest.mark.parametrize(
    ("relay", "event"),
    [
        (ResponsesRelay, {"type": "response.audio.delta", "delta": "AAAA"}),
        (ResponsesRelay, {"type": "response.completed", "response": {"output": "64 kg"}}),
        (ResponsesRelay, {"type": "response.output_item.added", "item": "64 kg"}),
        (ResponsesRelay, {"text": "64 kg"}),
        (ResponsesRelay, {"error": None, "text": "64 kg"}),
        (ResponsesRelay, {"type": "response.unheard_of", "response": "64 kg"}),
        (ResponsesRelay, {"type": "response.output_text.delta", "delta": ["64 kg"]}),
        (ResponsesRelay, {"type": "response.output_item.added", "item": SAID}),
        (ResponsesRelay, {"type": "response.content_part.added", "part": {"type": "x", **TEXT}}),
        (ResponsesRelay, {"type": "response.output_audio_transcript.delta", "delta": "64 kg"}),
        (MessagesRelay, {"type": "content_block_start", "content_block": {"type": "x", **TEXT}}),
        (ChatRelay, {"error": None, "text": "64 kg"}),
        (MessagesRelay, {"type": "message_start", "message": "64 kg"}),
        (MessagesRelay, {"type": "content_block_start", "content_block": "64 kg"}),
        (MessagesRelay, {"type": "content_block_delta", "index": 5, "delta": {"text": "64 kg"}}),
        (ChatRelay, {"choices": [{"delta": "64 kg"}]}),
        (ChatRelay, {"choices": ["64 kg"]}),
        (ChatRelay, {"choices": [{"delta": {"audio": {"transcript": "64 kg"}}}]}),
        (ChatRelay, {"text": "64 kg"}),
    ],
)
def test_an_event_that_cannot_be_read_is_not_shown(relay: Any, event: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"read|checked"):
        relay(SETTING).take(event)


@pytest.mark.parametrize(
    ("check", "answer"),
    [
        (check_chat, {"error": None, **TEXT}),
        (check_chat, {"choices": [{"message": {"content": "Hello!", "audio": {"id": "64"}}}]}),
        (check_response, {**response(), "output": TEXT}),
        (check_response, response(SAID)),
        (check_response, response({**output_text(), "content": [{"type": "markdown", **TEXT}]})),
        (check_message, message({"type": "output_text", **TEXT})),
        (check_message, message(TEXT)),
    ],
)
def test_an_answer_that_cannot_be_read_is_not_shown(check: Any, answer: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"read|checked"):
        check(answer, SETTING)


def test_text_in_a_block_of_another_kind_is_not_shown() -> None:
    thinking = {"type": "thinking", "thinking": "hm", "signature": "s"}
    events = message_events(thinking)
    events[3]["delta"] = {"type": "text_delta", **TEXT}
    relay = MessagesRelay(SETTING)
    for event in events[:3]:
        relay.take(event)
    with pytest.raises(InputError, match="read"):
        relay.take(events[3])


def test_a_response_in_an_event_of_any_type_has_said_nothing_yet() -> None:
    event = {"type": "response.unheard_of", "response": response(output_text(SENTENCES[1]))}
    (told,) = ResponsesRelay(SETTING).take(event)
    assert told["response"]["output"] == []


def test_a_turn_that_has_called_tools_goes_on() -> None:
    blocks = (use_block("f", {}), text_block(SENTENCES[3]))
    whole = check_message(message(*blocks, stop="tool_use"), SETTING)
    assert whole["content"] == [blocks[0]] and whole["stop_reason"] == "tool_use"
    said = tell(MessagesRelay(SETTING), message_events(*blocks, stop="tool_use"))
    assert [e["delta"]["stop_reason"] for e in said if e["type"] == "message_delta"] == ["tool_use"]
    assert not any(e.get("delta", {}).get("text") for e in said)
    items = (output_call("f", {}), output_text(SENTENCES[3], number=1))
    checked = check_response(response(*items), SETTING)
    final = tell(ResponsesRelay(SETTING), response_events(*items))[-1]
    assert final["type"] == "response.completed" and final["response"] == checked
    assert checked["status"] == "completed" and checked["output"][1]["content"][0]["text"] == ""


def test_what_stands_beside_an_error_is_not_shown() -> None:
    for path in ("/v1/chat/completions", "/v1/responses", "/v1/messages"):
        asked = read_request("POST", path, json.dumps({"input": "How?", "messages": []}).encode())
        assert asked is not None
        check = StreamCheck(asked, SETTING)
        error = {"error": {"message": "fire"}}
        for kind in ({}, {"type": "error"}):
            said = check.take(encode_event({**error, **kind, "choices": [], **TEXT}))
            assert b"fire" in said and b"64" not in said
    relay = ResponsesRelay(SETTING)
    shown = [made for e in response_events(output_text(TEXT["text"]))[:9] for made in relay.take(e)]
    (failed,) = relay.take({"type": "error", "message": "fire", "sequence_number": 9})
    assert failed["sequence_number"] == len(shown) < 9
    beside = {"error": {"message": "fire"}, **TEXT}
    assert check_chat(beside, SETTING) == {"error": {"message": "fire"}}


def test_what_repeats_a_text_is_not_shown() -> None:
    """Some servers say the text again in members that none of the APIs knows."""
    wrong = SENTENCES[1]
    copies = {"raw": wrong, "debug": [{"said": f"<{wrong}>"}], "odd": 1}

    def hold(said: Any) -> None:
        assert "64" not in json.dumps(said) and '"odd"' in json.dumps(said)

    whole = {**chat(wrong, parsed={"a": wrong}), **copies}
    whole["choices"][0].update(copies, delta={"content": wrong})
    hold(check_chat(whole, SETTING))
    item = {**output_text(wrong), **copies}
    item["content"][0].update(copies)
    hold(check_response({**response(item), **copies}, SETTING))
    hold(check_message({**message({**text_block(wrong), **copies}), **copies}, SETTING))

    chunks = chat_events(wrong)
    for chunk in chunks[:-2]:
        chunk["choices"][0]["message"] = {"content": wrong}
    last = chunks[-3]
    last.update(copies)
    last["choices"][0].update(copies, delta=copies)
    chunks[-2].update(copies)
    hold(tell(ChatRelay(SETTING), chunks))
    events = response_events(output_text(wrong))
    events[-4].update(copies)
    events[-3].update(copies, part=item["content"][0])
    events[-2].update(copies, item=item)
    events[-1]["response"].update(copies, output=[item])
    hold(tell(ResponsesRelay(SETTING), events))
    hold(tell(ResponsesRelay(SETTING), [events[0], events[-1]]))
    blocks = message_events(text_block(wrong))
    hold(tell(MessagesRelay(SETTING), [*blocks[:-2], *({**e, **copies} for e in blocks[-2:])]))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/completions"),
        ("GET", "/v1/chat/completions/x"),
        ("GET", "/v1/responses/x"),
        ("POST", "/v1/responses/x/cancel"),
        ("POST", "/v1/threads/x/runs"),
        ("GET", "/v1/files/x/content"),
        ("GET", "/v1/messages/batches/x/results"),
        ("GET", "/v1/conversations/x/items"),
        ("POST", "/v1/something/new"),
    ],
)
def test_paths_that_may_speak_are_refused(method: str, path: str) -> None:
    with pytest.raises(InputError, match="does not check"):
        find_route(method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models"),
        ("POST", "/openai/deployments/e/embeddings"),
        ("POST", "/v1/messages/count_tokens"),
        ("POST", "/v1/messages/batches"),
        ("POST", "/v1/audio/speech"),
        ("DELETE", "/v1/responses/x"),
    ],
)
def test_paths_that_say_nothing_pass(method: str, path: str) -> None:
    assert find_route(method, path) is None


def test_a_blocked_text_that_no_call_follows_is_refused_at_the_end() -> None:
    thinking = {"type": "thinking", "thinking": "hm", "signature": "s"}
    blocks = (text_block(SENTENCES[3]), thinking)
    whole = check_message(message(*blocks), SETTING)
    refusal = whole["content"][1]
    assert whole["content"] == [thinking, refusal] and refusal["text"]
    assert whole["stop_reason"] == "refusal"
    told = tell(MessagesRelay(SETTING), message_events(*blocks))
    shown = [e["delta"]["text"] for e in told if e.get("delta", {}).get("type") == "text_delta"]
    assert "".join(shown) == refusal["text"]
    assert [e["index"] for e in told if e["type"] == "content_block_start"] == [0, 1]
    assert [e["delta"]["stop_reason"] for e in told if e["type"] == "message_delta"] == ["refusal"]

    reasoning = {"type": "reasoning", "id": "r", "summary": []}
    items = (output_text(SENTENCES[3]), reasoning, output_text(SENTENCES[3], number=2))
    checked = check_response(response(*items), SETTING)
    texts = [i["content"][0]["text"] for i in checked["output"] if i["type"] == "message"]
    assert texts == [refusal["text"], ""] and checked["status"] == "incomplete"
    final = tell(ResponsesRelay(SETTING), response_events(*items))[-1]
    assert final["type"] == "response.incomplete" and final["response"] == checked


@pytest.mark.parametrize("last", [True, False])
def test_a_blocked_text_raises_also_where_reasoning_follows(last: bool) -> None:
    strict = replace(SETTING, raise_blocked=True)
    thinking = {"type": "thinking", "thinking": "hm", "signature": "s"}
    blocks = (text_block(SENTENCES[3]), *([] if last else [thinking]))
    with pytest.raises(BlockedError):
        check_message(message(*blocks), strict)
    with pytest.raises(BlockedError):
        tell(MessagesRelay(strict), message_events(*blocks))
    items = (output_text(SENTENCES[3]), *([] if last else [{"type": "reasoning", "id": "r"}]))
    with pytest.raises(BlockedError):
        check_response(response(*items), strict)
    with pytest.raises(BlockedError):
        tell(ResponsesRelay(strict), response_events(*items))
