"""Conversation of a chat request: the question, what was said before, and the evidence in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from groundwire.evidence.adhoc import make_retriever
from groundwire.evidence.documents import Document, make_documents
from groundwire.evidence.sources import JoinedRetriever
from groundwire.protocols import Retriever
from groundwire.serve.extension import FIELD
from groundwire.serve.problems import Problem
from groundwire.serve.settings import Settings

TOOL_ROLES = ("tool", "function")
KNOWN = ("evidence", "question")


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a chat request says to the guard.

    Attributes:
        question: what the reader asked: the last message of the user's.
        history: the turns before it.
        evidence: texts and records with the names of where they came from.
    """

    question: str | None
    history: tuple[dict[str, str], ...]
    evidence: tuple[tuple[str, Any], ...]

    def open_evidence(self, own: Retriever | None) -> Retriever | None:
        """Returns where claims are looked up: the server's own evidence, and what was sent.

        Raises:
            InputError: if some evidence cannot be read.
        """
        documents: list[Document] = []
        for name, item in self.evidence:
            made = make_documents([item])
            documents += [replace(document, source=name) for document in made]
        sent = make_retriever(documents) if documents else None
        found = [retriever for retriever in (own, sent) if retriever is not None]
        return JoinedRetriever(found) if len(found) > 1 else next(iter(found), None)


def read_conversation(body: Mapping[str, Any], settings: Settings) -> Conversation:
    """Reads a chat request.

    Whose words are evidence is set by the server alone. The text of a message never makes it
    evidence, so nobody who only writes to the assistant can add to what it is checked against.

    Raises:
        Problem: if the messages or the field cannot be read.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not all(isinstance(m, dict) for m in messages):
        raise _refuse("messages is no list of objects")
    told = body.get(FIELD) or {}
    if not isinstance(told, dict) or set(told) - {*KNOWN}:
        raise _refuse(f"{FIELD} is an object with {' and '.join(KNOWN)}, and nothing else")
    asked = told.get("question")
    if asked is not None and not isinstance(asked, str):
        raise _refuse(f"the question of {FIELD} is no text")
    last = max((i for i, m in enumerate(messages) if m.get("role") == "user"), default=None)
    question = read_text(messages[last].get("content")) if last is not None else ""
    return Conversation(
        asked if asked is not None else question or None,
        tuple(_read_turns(messages[:last] if last is not None else [])),
        (*_read_field(told.get("evidence")), *_read_messages(messages, settings)),
    )


def read_text(content: object) -> str:
    """Returns the text of a message: of a string, or of the text parts of a list."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (part.get("text") for part in content if isinstance(part, dict))
    return "\n".join(part for part in parts if isinstance(part, str))


def _read_turns(messages: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    turns = []
    for message in messages:
        text = read_text(message.get("content"))
        if message.get("role") in ("user", "assistant") and text.strip():
            turns.append({"role": str(message["role"]), "content": text})
    return turns


def _read_field(evidence: object) -> list[tuple[str, Any]]:
    if evidence is None:
        return []
    if not isinstance(evidence, list):
        raise _refuse(f"the evidence of {FIELD} is no list of texts and records")
    return [(f"evidence[{i}]", item) for i, item in enumerate(evidence)]


def _read_messages(messages: Sequence[dict[str, Any]], settings: Settings) -> list[tuple[str, str]]:
    calls: dict[str, str] = {}
    found = []
    for number, message in enumerate(messages):
        for call in message.get("tool_calls") or ():
            if isinstance(call, dict) and isinstance(call.get("function"), dict):
                calls[str(call.get("id"))] = str(call["function"].get("name"))
        role, text = message.get("role"), read_text(message.get("content"))
        if not text.strip():
            continue
        if role in TOOL_ROLES and settings.tool_evidence:
            name = calls.get(str(message.get("tool_call_id"))) or message.get("name") or "tool"
            found.append((f"{name} (message {number})", text))
        elif role in settings.message_evidence:
            found.append((f"{role} (message {number})", text))
    return found


def _refuse(why: str) -> Problem:
    return Problem(400, f"{why}: see the section Serve of the README", "invalid")
