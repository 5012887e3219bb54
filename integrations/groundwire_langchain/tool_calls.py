"""Tool calls of a conversation: which succeeded, what they did, and what of it is evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from groundwire.evidence.echoes import drop_echo, keep_short, parse_data
from groundwire_langchain.messages import read_text

_FLAGS = frozenset({"success", "successful", "succeeded", "ok"})
_ERRORS = frozenset({"error", "errors", "exception", "failure", "failed", "iserror", "is_error"})
_CODES = frozenset({"code", "status", "status_code", "statuscode", "http_status"})
_INNER = frozenset({"result", "data", "response", "body", "output"})
_FALSE = frozenset({"", "0", "false", "no", "none", "null"})
_BAD = frozenset({
    "error", "failed", "failure", "fail", "declined", "rejected", "denied", "refused", "invalid",
    "timeout", "timed_out", "unavailable", "forbidden", "unauthorized", "not_found", "aborted",
    "unsuccessful",
})  # fmt: skip
_FAILED = re.compile(
    r"\W*(?:\w*error(?:ed)?\b|fail(?:ed|ure)?\b|\w*exception\b|traceback\b|unable to\b|cannot\b"
    r"|can['’]t\b|could(?:n['’]t| not)\b|(?:access |request )?(?:denied|rejected|declined|refused)"
    r"\b|invalid\b|unauthorized\b|forbidden\b|http(?:/[\d.]+)?(?: error| status)?:? ?[45]\d\d\b"
    r"|status(?: code)?:? ?[45]\d\d\b|(?:400|401|403|404|409|422|429|50[0-4])[ :]+(?-i:[A-Z]))",
    re.IGNORECASE,
)
_SAYS_FALSE = re.compile(
    r"\b(?:success(?:ful)?|succeeded|ok)['\"]?\s*[:=]\s*['\"]?(?:false|no|0)\b"
    r"|\bstatus['\"]?\s*[:=]\s*['\"]?(?:error|fail(?:ed|ure)?|declined|rejected|denied)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call that succeeded."""

    name: str
    args: dict[str, Any]
    result: str

    @property
    def record(self) -> str:
        """The call in words; what is false, null or empty in it is left out."""
        parts = [f"tool called: {self.name}", *_told(self.args), *_told(parse_data(self.result))]
        return "; ".join(parts)

    @property
    def facts(self) -> str:
        """The record without the words of the model: arguments of three words and more."""
        result = str(drop_echo(self.result, self.args))
        return Call(self.name, keep_short(self.args), result).record


def _told(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _told(item, str(key).replace("_", " "))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _told(item, name)
    elif value is not None and value is not False and str(value).strip():
        yield name if value is True else f"{name}: {value}" if name else str(value)


def has_succeeded(message: ToolMessage) -> bool:
    """Whether a tool's message, its status or its content, tells of no failure."""
    return message.status != "error" and not _failure(parse_data(read_text(message)))


def _failure(data: Any) -> bool:
    if isinstance(data, str):
        return bool(_FAILED.match(data) or _SAYS_FALSE.search(data))
    if isinstance(data, list | tuple):
        return any(_failure(item) for item in data if isinstance(item, Mapping))
    if not isinstance(data, Mapping):
        return False
    for key, value in data.items():
        name, said = str(key).casefold(), str(value).strip().casefold()
        empty = not value or said in _FALSE
        if (name in _FLAGS and empty) or (name in _ERRORS and not empty):
            return True
        if name in _CODES and re.fullmatch(r"[45]\d\d", said):
            return True
        if name in ("status", "state", "outcome", "result") and _joined(said) in _BAD:
            return True
        if name in _INNER and isinstance(value, Mapping) and _failure(value):
            return True
    return False


def _joined(text: str) -> str:
    return re.sub(r"[\s-]+", "_", text)


def collect_arguments(messages: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """Returns the arguments of the tool calls of a conversation, by the calls' ids."""
    said = [message for message in messages if isinstance(message, AIMessage)]
    return {call["id"] or "": dict(call["args"]) for m in said for call in m.tool_calls}


def find_successful(messages: Sequence[Any]) -> list[Call]:
    """Returns the tool calls since the last human message that succeeded."""
    asked = [i for i, message in enumerate(messages) if isinstance(message, HumanMessage)]
    calls: dict[str, Any] = {}
    found = []
    for message in messages[asked[-1] if asked else 0 :]:
        if isinstance(message, AIMessage):
            calls.update({call["id"] or "": call for call in message.tool_calls})
        elif isinstance(message, ToolMessage) and has_succeeded(message):
            call = calls.get(message.tool_call_id)
            name = call["name"] if call else message.name or ""
            found.append(Call(name, dict(call["args"]) if call else {}, read_text(message)))
    return found
