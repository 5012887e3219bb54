"""Evidence for an answer, found in a chain, an agent or a graph."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Mapping, Sequence
from threading import Lock
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.retrievers import BaseRetriever

from groundwire.errors import InputError
from groundwire.evidence.adhoc import make_retriever
from groundwire.evidence.documents import make_documents
from groundwire.evidence.echoes import drop_echo
from groundwire.protocols import Retriever
from groundwire_langchain.messages import METADATA, read_text
from groundwire_langchain.retriever import as_retriever
from groundwire_langchain.tool_calls import collect_arguments

KEPT = 16
"""Lists whose retrievers are kept at a time; of more, those used longest ago are forgotten."""


class _Shelf:
    """A list, what was in it, and a retriever over that; the first who asks makes it."""

    def __init__(self, evidence: Sequence[Any]) -> None:
        self.evidence = evidence
        self.items = tuple(evidence)
        self._lock = Lock()
        self._retriever: Retriever | None = None

    def is_of(self, evidence: Sequence[Any]) -> bool:
        """Whether it holds this list, with the same items in it as when it was made."""
        same = self.evidence is evidence and len(self.items) == len(evidence)
        return same and all(a is b for a, b in zip(self.items, evidence, strict=True))

    def retriever(self) -> Retriever:
        """The retriever; threads wait for one that is being made."""
        with self._lock:
            if self._retriever is None:
                self._retriever = make_retriever(list(self.items))
            return self._retriever


_shelves: OrderedDict[int, _Shelf] = OrderedDict()
_lock = Lock()


def wrap_list(evidence: Sequence[Any]) -> Any:
    """Returns a retriever over a list that a component was given; an empty list stays one.

    It is kept by the identity of the list, and made anew where an item was added, taken away or
    put in another's place. An item that is changed inside is not noticed.

    Raises:
        InputError: if the evidence is of no known kind.
    """
    if not evidence:
        return evidence
    with _lock:
        shelf = _shelves.pop(id(evidence), None)
        if shelf is None or not shelf.is_of(evidence):
            shelf = _Shelf(evidence)
        _shelves[id(evidence)] = shelf
        while len(_shelves) > KEPT:
            _shelves.popitem(last=False)
    return shelf.retriever()


CONTEXTS = ("evidence", "context", "contexts", "documents", "source_documents", "docs")
QUESTIONS = ("question", "query", "input", "messages")


def find_question(value: Any) -> str | None:
    """Returns what was asked: a string, the last human message, or one of ``QUESTIONS``."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, HumanMessage):
        return read_text(value) or None
    if hasattr(value, "to_messages"):
        return find_question(value.to_messages())
    if isinstance(value, Mapping):
        found = (find_question(value[name]) for name in QUESTIONS if name in value)
        return next((question for question in found if question), None)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        asked = (_human(item) for item in reversed(value))
        return next((question for question in asked if question), None)
    return None


def _human(item: Any) -> str | None:
    """What a person said, if a message in one of its forms is a person's."""
    if isinstance(item, HumanMessage):
        return read_text(item) or None
    role, said = None, None
    if isinstance(item, tuple | list) and len(item) == 2:
        role, said = item
    elif isinstance(item, Mapping):
        role, said = item.get("role") or item.get("type"), item.get("content")
    if role not in ("human", "user") or not isinstance(said, str | list):
        return None
    return read_text(HumanMessage(said)) or None


HISTORIES = ("history", "chat_history", "messages")


def find_history(value: Any) -> list[tuple[str, str]]:
    """Returns what the two of a conversation said, as far as a value holds it.

    That is a list of messages, or one of ``HISTORIES`` or ``QUESTIONS`` of a dict. It may end with
    what is asked now, and with the answer to it (see ``Guard.check``). Messages of systems and
    tools, and what is no message, are left out.
    """
    if hasattr(value, "to_messages"):
        value = value.to_messages()
    if isinstance(value, Mapping):
        found = (find_history(value[name]) for name in (*HISTORIES, *QUESTIONS) if name in value)
        return next((turns for turns in found if turns), [])
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return []
    return [turn for item in value if (turn := _turn(item)) is not None]


def _turn(item: Any) -> tuple[str, str] | None:
    """What a person or the model said, of a message in one of its forms."""
    if isinstance(item, HumanMessage) and item.additional_kwargs.get("lc_source") == "groundwire":
        return None
    if asked := _human(item):
        return "user", asked
    if isinstance(item, AIMessage):
        return "assistant", read_text(item)
    role, said = None, None
    if isinstance(item, tuple | list) and len(item) == 2:
        role, said = item
    elif isinstance(item, Mapping):
        role, said = item.get("role") or item.get("type"), item.get("content")
    if role not in ("ai", "assistant") or not isinstance(said, str | list):
        return None
    return "assistant", read_text(AIMessage(said))


def find_context(value: Any) -> Any:
    """Returns the evidence that lies in a dict, under the first of ``CONTEXTS``; else None."""
    if not isinstance(value, Mapping):
        return None
    return next((value[name] for name in CONTEXTS if value.get(name) is not None), None)


def resolve_evidence(evidence: Any, value: Any) -> Any:
    """Returns evidence as ``Guard.check`` takes it.

    Args:
        evidence: a key of the value (a string), a function of the value, a retriever of
            LangChain or groundwire, or the evidence itself. None looks into the value.
        value: what the step was given: a string, a message or a dict; in a stream what there
            was of it when its first words came.

    Raises:
        InputError: if the key is not there.
    """
    if evidence is None:
        return find_context(value)
    if isinstance(evidence, str):
        if not isinstance(value, Mapping) or evidence not in value:
            raise InputError(
                f"evidence={evidence!r:.60} is read as the key of a dict, and the step was given "
                f"{_said(value)}: if it is the evidence's text, pass evidence=[text]; if it is a "
                "key, pass a dict that has it (a function or a retriever will do too)"
            )
        return value[evidence]
    if isinstance(evidence, BaseRetriever):
        return as_retriever(evidence)
    if callable(evidence) and not isinstance(evidence, Retriever):
        found = evidence(value)
        return asyncio.run(_awaited(found)) if inspect.isawaitable(found) else found
    return wrap_list(evidence) if isinstance(evidence, list | tuple) else evidence


def check_evidence(evidence: Any) -> Any:
    """Returns the evidence that an option gives.

    Raises:
        InputError: if nothing can be evidence that is like it.
    """
    fits = (type(None), str, list, tuple, BaseRetriever, Retriever)
    if not isinstance(evidence, fits) and not callable(evidence):
        try:
            make_documents(evidence)
        except InputError as error:
            raise InputError(
                f"evidence is {evidence!r:.60}, a {type(evidence).__name__}: pass a retriever, a "
                "function, or a list of texts and Documents"
            ) from error
    return evidence


async def _awaited(found: Awaitable[Any]) -> Any:
    return await found


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"a dict with {', '.join(map(str, value)) or 'no keys'}"
    return f"a {type(value).__name__}"


class RetrievedDocuments(BaseCallbackHandler):
    """Collects the documents that one run retrieves, and what its tools return.

    One object for one run: make a new one for each.
    """

    run_inline = True

    def __init__(self) -> None:
        self.documents: list[Any] = []
        self._given: dict[UUID, Any] = {}
        self._lock = threading.RLock()

    def on_retriever_end(
        self, documents: Sequence[Document], *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Takes the documents."""
        with self._lock:
            self.documents.extend(documents)

    def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, inputs: Any = None, **kwargs: Any
    ) -> None:
        """Notes what a tool was given."""
        with self._lock:
            self._given[run_id] = input_str if inputs is None else inputs

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Takes what a tool returned."""
        with self._lock:
            self.documents.extend(read_tool_evidence(output, self._given.pop(run_id, None)))


def read_tool_evidence(output: Any, args: Any = None) -> list[Any]:
    """Returns the evidence in what a tool returned: its artifact's Documents, else its text.

    A message whose status is ``"error"`` is none. What a tool only repeats of its arguments is
    none either: see ``without_echo``.

    Args:
        output: what it returned.
        args: what it was given, as far as that is known.
    """
    if isinstance(output, ToolMessage):
        if output.status == "error":
            return []
        artifact = output.artifact
        items = artifact if isinstance(artifact, list | tuple) else [artifact]
        found = [item for item in items if isinstance(item, Document)]
        if found:
            return found
        output = read_text(output)
    if isinstance(output, Document):
        return [output]
    if isinstance(output, str):
        said = drop_echo(output, args)
        return [said] if said.strip() else []
    if isinstance(output, Mapping):
        return [drop_echo(dict(output), args)]
    if isinstance(output, list | tuple):
        return [found for item in output for found in read_tool_evidence(item, args)]
    return []


def read_message_evidence(
    messages: Sequence[AnyMessage | BaseMessage], *, earlier: bool = True
) -> list[Any]:
    """Returns the evidence in a conversation.

    That is what tools and servers' tools returned and, with ``earlier``, what earlier answers
    said that were verified (their report is in ``response_metadata``).
    """
    found: list[Any] = []
    given = collect_arguments(messages)
    for message in messages:
        if isinstance(message, ToolMessage):
            found += read_tool_evidence(message, given.get(message.tool_call_id))
        elif isinstance(message, AIMessage):
            if not isinstance(message.content, str):
                found += [text for block in message.content for text in _server_result(block)]
            found += _verified(message) if earlier else []
    return found


def _server_result(block: Any) -> list[str]:
    if not isinstance(block, Mapping) or "server_tool_result" not in str(block.get("type")):
        return []
    output = block.get("output")
    items = output if isinstance(output, list) else [output]
    return [str(item) for item in items if isinstance(item, str | Mapping) and item]


def _verified(message: AIMessage) -> list[str]:
    claims = collect_verified([message])
    return [" ".join(claims)] if claims else []


def collect_verified(messages: Sequence[Any]) -> list[str]:
    """Returns the claims of earlier answers that were verified; their reports tell."""
    found: list[str] = []
    for message in messages:
        report = getattr(message, "response_metadata", {}).get(METADATA)
        if isinstance(message, AIMessage) and isinstance(report, Mapping):
            verdicts = report.get("text_verdicts") or []
            found += [v["claim"]["text"] for v in verdicts if v.get("label") == "supported"]
    return found
