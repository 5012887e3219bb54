"""Chat transcripts: lists of messages in OpenAI's form, and forms near to it.

The form of a message is that of the Chat Completions API
(https://platform.openai.com/docs/api-reference/chat/create): ``role`` and ``content``, which is a
string or a list of parts. Items of the Responses API, messages of Anthropic, of LangChain and of
ShareGPT (``from``, ``value``) are read too. A log of requests has them in ``request`` (or its
``body``), with ``system`` or ``instructions`` beside them, and what came back beside the request.

Each message of the assistant that has text is one item, with the id ``ID#POSITION`` (positions
count all messages from 0) and a field ``turn``; a call of a tool is none. Its question is the last
message of the user before it. Its evidence is what was retrieved before it in the conversation:

- messages of the roles tool and function, and of roles named after retrieval (``context``,
  ``documents``);
- ``file_search_call`` results and other outputs of the Responses API; blocks ``tool_result``,
  ``search_result`` and ``document`` of Anthropic, whatever message they stand in; blocks
  ``grounding_source`` of system messages (``evidence.transcripts``);
- ``context``, ``documents`` or ``citations`` of a message (those of the answer itself count);
- parts of a system message between ``<context>``, ``<document>``, ``<documents>``,
  ``<passage>`` or ``<retrieved>`` and the end of that tag;
- contexts of the record itself, for each of its answers.

What the user says is no evidence, whatever it is marked as. Earlier messages of the assistant are
evidence only if they hold, which cannot be known here: they are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from groundwire.audit.formats.fields import MOST, collect_fields, find_id
from groundwire.audit.formats.messages import (
    ANSWERS,
    CHATS,
    CONTEXTS,
    Turn,
    find_answer,
    is_chat,
    is_message,
    read_turns,
)
from groundwire.audit.formats.passages import Evidence, collect_evidence
from groundwire.audit.items import Item
from groundwire.errors import InputError
from groundwire.evidence.documents import Document
from groundwire.evidence.templates import find_tagged
from groundwire.evidence.transcripts import read_parts
from groundwire.io.json_text import unpack_json
from groundwire.io.rows import Row

EARLIER = 6
"""Turns before a question that go with its answer."""

_BESIDE = ("context", "contexts", "documents", "citations")
_REPLIES = ("choices", *ANSWERS)
_REQUESTS = ("request", "body", "request_body")
_INPUTS = ("messages", "input")
_INSTRUCTIONS = ("system", "instructions")
_CONVERSATION_IDS = (
    "conversation_id", "chat_id", "session_id", "thread_id", "dialog_id", "dialogue_id",
)  # fmt: skip


def is_transcript(data: Mapping[str, Any]) -> bool:
    """Whether it has a list of messages, or a request that has one."""
    return _chat_key(data) is not None or _find_request(data) is not None


def read_answers(rows: Sequence[Row]) -> list[Item]:
    """Returns the answers of one transcript.

    A record that has the messages of a request and, beside them, the response, ends with it.

    Args:
        rows: the transcript alone.

    Raises:
        InputError: if it has no messages, or none of the assistant with text.
    """
    row = rows[0]
    key = _chat_key(row.data)
    logged = _find_request(row.data) if key is None else None
    if key is not None:
        said = read_turns(row.data[key])
    elif logged is not None:
        key, said = logged
    else:
        raise InputError('no messages: write them as {"messages": [{"role", "content"}, ...]}')
    used = {key}
    if not said or said[-1].role != "assistant" or logged is not None:
        replies = [name for name in _REPLIES if row.data.get(name)]
        used.update(replies)
        if replies:
            position = said[-1].position + 1 if said else 0
            said += _read_reply(row.data[replies[0]], replies[0], position)
    return split_transcript(row, said, used)


def split_transcript(row: Row, said: Sequence[Turn], used: set[str]) -> list[Item]:
    """Returns the answers among turns.

    Args:
        row: the record that they are of.
        said: the turns, in order.
        used: keys of the record that are no fields.

    Raises:
        InputError: if no turn of the assistant has text.
    """
    given = [key for key in CONTEXTS if isinstance(row.data.get(key), str | list | dict)]
    found = Evidence(collect_evidence(row.data[key], key) for key in given)
    name, key = find_id(row)
    fields = collect_fields(row.data, {key, *used, *given})
    items, question = list[Item](), None
    spoken, asked = list[tuple[str, str]](), 0
    told = hashlib.blake2b(_conversation(row.data).encode("utf-8", "surrogatepass"), digest_size=16)
    for turn in said:
        if turn.role in ("user", "assistant") and turn.text:
            told.update(f"\0{turn.role}\0{turn.text}".encode("utf-8", "surrogatepass"))
        found.add(_retrieved(turn))
        if turn.role == "user":
            question = turn.text or question
            asked = len(spoken) if turn.text else asked
        elif turn.role == "assistant" and turn.text:
            where = f"{name}#{turn.position}"
            facts = dict(islice({"turn": turn.position, **fields.values}.items(), MOST))
            over = len({"turn", *fields.values}) - len(facts)
            left_out: dict[str, Any] = {"long": tuple(fields.long), "more": fields.more + over}
            items.append(
                Item(
                    where, turn.text, question, found.all(), facts, row.place,
                    turn=told.hexdigest(), final=False,
                    history=tuple(spoken[max(0, asked - EARLIER) : asked]), **left_out,
                )
            )  # fmt: skip
        if turn.role in ("user", "assistant") and turn.text:
            spoken.append((turn.role, turn.text))
    if not items:
        raise InputError("no message of the assistant has text, so there is nothing to check")
    return [*items[:-1], replace(items[-1], final=True)]


def _conversation(data: Mapping[str, Any]) -> str:
    """What the conversation of a record is called, so that two that open alike are told apart."""
    found = (data.get(key) for key in _CONVERSATION_IDS)
    return next((str(value) for value in found if isinstance(value, str | int)), "")


def _chat_key(data: Mapping[str, Any]) -> str | None:
    answered = any(name in data for name in ANSWERS)
    keys = [key for key in CHATS if is_chat(data.get(key))]
    return next((key for key in keys if not (answered and key.endswith("history"))), None)


def _find_request(data: Mapping[str, Any]) -> tuple[str, list[Turn]] | None:
    """Returns the key of a logged request, and its turns; what it was told before all comes first.

    Positions are those of the messages, so what stands before them has none.
    """
    for key in _REQUESTS:
        request = unpack_json(data.get(key))
        if isinstance(request, Mapping) and isinstance(request.get("body"), Mapping):
            request = request["body"]
        if not isinstance(request, Mapping):
            continue
        told = [{"role": "system", "content": request.get(name)} for name in _INSTRUCTIONS]
        before = [replace(turn, position=-1) for turn in read_turns(told)]
        for name in _INPUTS:
            messages = request.get(name)
            if isinstance(messages, str) and name == "input":
                messages = [{"role": "user", "content": messages}]
            if is_chat(messages):
                return key, [*before, *read_turns(messages)]
    return None


def _read_reply(value: Any, name: str, position: int) -> Iterator[Turn]:
    """Yields what a response found on its way, and then what it says."""
    reply = unpack_json(value)
    if isinstance(reply, Mapping) and isinstance(reply.get("body"), Mapping):
        reply = reply["body"]
    text = find_answer({name: value}) or find_answer({name: reply})
    items = reply.get("output") if isinstance(reply, Mapping) else reply
    found = read_turns(items) if is_chat(items) else []
    found += read_turns([reply]) if is_message(reply) else []
    for turn in found:
        # Its words are those of the answer: only what came along with them counts here.
        said = "" if turn.role == "assistant" else turn.text
        yield replace(turn, text=said, position=position)
    if text:
        yield Turn("assistant", text, position, {})


def _retrieved(turn: Turn) -> Iterator[tuple[Any, ...] | None]:
    parts = list(read_parts(turn.data))
    if turn.role == "system":
        for block in find_tagged(turn.text):
            yield collect_evidence(block.inner.strip())
        for part in parts:
            if part.kind == "source":
                yield _name_evidence(part.text, part.name)
    results = [part for part in parts if part.kind == "result"]
    if turn.role == "retrieved" and not any(part.name for part in results):
        yield collect_evidence(turn.text or turn.data.get("content") or ())
    else:
        for part in results:
            yield _name_evidence(part.text, part.name)
    if turn.role != "user":
        for key in _BESIDE:
            if isinstance(turn.data.get(key), str | list | dict):
                yield collect_evidence(turn.data[key], key)


def _name_evidence(text: str, name: str | None) -> tuple[Any, ...] | None:
    if not text.strip():
        return ()
    try:
        records = collect_evidence(text) if unpack_json(text) is not text else None
    except InputError:
        # JSON that holds no records, as a list of numbers, is text.
        records = None
    return records or ((text,) if name is None else (Document(text, name),))
