"""Conversation of a chat request: the question, what was said before, and the evidence in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from groundwire.evidence.adhoc import make_retriever
from groundwire.evidence.documents import Document, make_documents
from groundwire.evidence.sources import JoinedRetriever
from groundwire.evidence.transcripts import MARKED, Ignored, read_transcript
from groundwire.protocols import Retriever
from groundwire.serve.extension import FIELD
from groundwire.serve.problems import Problem
from groundwire.serve.settings import Settings

KNOWN = ("evidence", "question")


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a chat request says to the guard.

    Attributes:
        question: what the reader asked: the last message of the user's.
        history: the turns before it.
        evidence: texts and records with the names of where they came from.
        origins: who the evidence is from: ``request`` (the field) and those of
            ``evidence_from``.
        ignored: what looks like evidence and is none.
    """

    question: str | None
    history: tuple[dict[str, str], ...]
    evidence: tuple[tuple[str, Any], ...]
    origins: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()

    def list_origins(self, own: Retriever | None) -> tuple[str, ...]:
        """Returns who the evidence is from, the server's own first."""
        return (*(("server",) if own is not None else ()), *self.origins)

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

    Whose words are evidence is set by the server alone, and told by where they stand and not by
    what they look like: see ``groundwire.evidence.transcripts``.

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
    given = _read_field(told.get("evidence"))
    read = read_transcript(messages, settings.evidence_from, settings.templates)
    return Conversation(
        asked if asked is not None else read.question,
        read.history,
        (*given, *((document.source, document) for document in read.documents)),
        tuple(dict.fromkeys((*("request" for _ in given), *read.origins))),
        read.ignored,
    )


def find_evidence(
    messages: Sequence[Mapping[str, Any]], settings: Settings
) -> list[tuple[str, Any]]:
    """Finds what of messages or items is evidence, such as what the upstream tells that it found.

    Returns:
        It with the names of where it came from.
    """
    read = read_transcript(messages, settings.evidence_from, settings.templates)
    return [(document.source, document) for document in read.documents]


def clean_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a request as the upstream reads it: without the field, marked blocks as text."""
    sent = {name: value for name, value in body.items() if name != FIELD}
    for name, kind in (("messages", "text"), ("input", "input_text")):
        if isinstance(sent.get(name), list):
            sent[name] = [_unmark(message, kind) for message in sent[name]]
    if isinstance(sent.get("system"), list):
        sent["system"] = _unmark({"content": sent["system"]}, "text")["content"]
    return sent


def _unmark(message: Any, kind: str) -> Any:
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        return message
    blocks = [
        {**block, "type": kind}
        if isinstance(block, dict) and block.get("type") in MARKED
        else block
        for block in content
    ]
    return {**message, "content": blocks}


def read_text(content: object) -> str:
    """Returns the text of a message: of a string, or of the text parts of a list."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (part.get("text") for part in content if isinstance(part, dict))
    return "\n".join(part for part in parts if isinstance(part, str))


def _read_field(evidence: object) -> list[tuple[str, Any]]:
    if evidence is None:
        return []
    if not isinstance(evidence, list):
        raise _refuse(f"the evidence of {FIELD} is no list of texts and records")
    return [(f"evidence[{i}]", item) for i, item in enumerate(evidence)]


def _refuse(why: str) -> Problem:
    return Problem(400, f"{why}: see the section Serve of the README", "invalid")
