"""Conversation of a request as LiteLLM hands it on: question, turns before it, evidence in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from groundwire.audit.formats.messages import Turn, is_chat, read_turns
from groundwire.evidence.adhoc import make_retriever
from groundwire.evidence.documents import Document, make_documents
from groundwire.evidence.sources import JoinedRetriever
from groundwire.protocols import Retriever

TOOLS = ("tool", "function")


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a request says to the guard.

    Attributes:
        question: the last message of the user's.
        history: the turns before it, as ``Guard.check`` takes them.
        evidence: texts with the names of where they came from.
    """

    question: str | None
    history: tuple[tuple[str, str], ...]
    evidence: tuple[tuple[str, str], ...]

    def open_evidence(self, own: Retriever | None) -> Retriever | None:
        """Returns where claims are looked up: the guardrail's own evidence, and what was sent.

        Raises:
            InputError: if some evidence cannot be read.
        """
        documents: list[Document] = []
        for name, text in self.evidence:
            documents += [replace(document, source=name) for document in make_documents([text])]
        sent = make_retriever(documents) if documents else None
        found = [retriever for retriever in (own, sent) if retriever is not None]
        return JoinedRetriever(found) if len(found) > 1 else next(iter(found), None)


def read_conversation(
    request: Mapping[str, Any], tool_evidence: bool, roles: Collection[str]
) -> Conversation:
    """Reads ``messages`` of a chat or Anthropic request, or ``input`` of a Responses request.

    Args:
        request: as LiteLLM hands it on; one without messages asks nothing.
        tool_evidence: whether results of tools are evidence.
        roles: whose messages are evidence, too.
    """
    said = request.get("messages") or request.get("input")
    if isinstance(said, str):
        return Conversation(said, (), ())
    turns = read_turns(list(said)) if isinstance(said, list) and is_chat(said) else []
    last = max((turn.position for turn in turns if turn.role == "user" and turn.text), default=-1)
    before = [turn for turn in turns[: max(last, 0)] if turn.role in ("user", "assistant")]
    return Conversation(
        turns[last].text if last >= 0 else None,
        tuple((turn.role, turn.text) for turn in before if turn.text),
        tuple(
            (f"{_role(turn)} (message {turn.position})", turn.text)
            for turn in turns
            if turn.text and (tool_evidence if _is_tool(turn) else _role(turn) in roles)
        ),
    )


def _role(turn: Turn) -> str:
    return str(turn.data.get("role") or turn.data.get("type"))


def _is_tool(turn: Turn) -> bool:
    return _role(turn) in (*TOOLS, "function_call_output")
