"""Chat transcripts: lists of messages in OpenAI's form, and forms near to it.

The form of a message is that of the Chat Completions API
(https://platform.openai.com/docs/api-reference/chat/create): ``role`` and ``content``, which is a
string or a list of parts. Messages of LangChain and of ShareGPT (``from``, ``value``) are read too.

Each message of the assistant that has text is one item, with the id ``ID#POSITION`` (positions
count all messages from 0) and a field ``turn``; a call of a tool is none. Its question is the last
message of the user before it. Its evidence is what was retrieved before it in the conversation:

- messages of the roles tool and function, and of roles named after retrieval (``context``,
  ``documents``);
- ``context``, ``documents`` or ``citations`` of a message (those of the answer itself count);
- parts of a system message between ``<context>``, ``<document>``, ``<documents>``,
  ``<passage>`` or ``<retrieved>`` and the end of that tag;
- contexts of the record itself, for each of its answers.

What the user says is no evidence, whatever it is marked as. Earlier messages of the assistant are
evidence only if they hold, which cannot be known here: they are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
    read_turns,
)
from groundwire.audit.formats.passages import Evidence, collect_evidence
from groundwire.audit.items import Item
from groundwire.errors import InputError
from groundwire.io.rows import Row

_TAGGED = re.compile(
    r"<(context|documents?|passages?|retrieved)\b[^<>]*>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE
)
_BESIDE = ("context", "contexts", "documents", "citations")
_REPLIES = ("choices", *ANSWERS)


def is_transcript(data: Mapping[str, Any]) -> bool:
    """Whether it has a list of messages."""
    return _chat_key(data) is not None


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
    if key is None:
        raise InputError('no messages: write them as {"messages": [{"role", "content"}, ...]}')
    said = read_turns(row.data[key])
    used = {key}
    if not said or said[-1].role != "assistant":
        replies = [name for name in _REPLIES if row.data.get(name)]
        used.update(replies)
        if replies and (text := find_answer({replies[0]: row.data[replies[0]]})):
            said.append(Turn("assistant", text, len(said), {}))
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
    items, question = [], None
    for turn in said:
        found.add(_retrieved(turn))
        if turn.role == "user":
            question = turn.text or question
        elif turn.role == "assistant" and turn.text:
            where = f"{name}#{turn.position}"
            facts = dict(islice({"turn": turn.position, **fields.values}.items(), MOST))
            over = len({"turn", *fields.values}) - len(facts)
            left_out: dict[str, Any] = {"long": tuple(fields.long), "more": fields.more + over}
            items.append(
                Item(where, turn.text, question, found.all(), facts, row.place, **left_out)
            )
    if not items:
        raise InputError("no message of the assistant has text, so there is nothing to check")
    return items


def _chat_key(data: Mapping[str, Any]) -> str | None:
    answered = any(name in data for name in ANSWERS)
    keys = [key for key in CHATS if is_chat(data.get(key))]
    return next((key for key in keys if not (answered and key.endswith("history"))), None)


def _retrieved(turn: Turn) -> Iterator[tuple[Any, ...] | None]:
    if turn.role == "retrieved":
        yield collect_evidence(turn.text or turn.data.get("content") or ())
    if turn.role == "system":
        for match in _TAGGED.finditer(turn.text):
            yield collect_evidence(match.group(2).strip())
    if turn.role != "user":
        for key in _BESIDE:
            if isinstance(turn.data.get(key), str | list | dict):
                yield collect_evidence(turn.data[key], key)
