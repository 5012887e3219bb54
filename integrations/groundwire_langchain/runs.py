"""Runs of a chain: what one asked, found and said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Any
from uuid import UUID

from langchain_core.documents import Document
from langchain_core.load.serializable import Serializable
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from pydantic import BaseModel

from groundwire.guard.fields import is_sentence, write_leaf
from groundwire_langchain.evidence import (
    find_context,
    find_history,
    find_question,
    read_message_evidence,
)
from groundwire_langchain.messages import ANSWERS, is_final, read_text


def find_answer(value: Any, key: str | None = None) -> str | None:
    """Returns the final answer in what a chain, an agent or a model put out.

    Args:
        value: a string, a message, a list of messages, a Pydantic object, or a dict with one of
            ``ANSWERS``, a ``structured_response`` or ``messages`` (tried in this order).
        key: the only key of a dict that is looked at.

    Returns:
        The text, or None if there is none: an empty text, a call of a tool, other data.
    """
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, BaseMessage):
        return find_answer(read_text(value)) if is_final(value) else None
    if isinstance(value, BaseModel):
        return None if isinstance(value, Serializable) else write_structured(value)
    if isinstance(value, Mapping):
        names = (*ANSWERS, "structured_response") if key is None else (key,)
        found = (_said(value[name]) for name in names if name in value)
        text = next((text for text in found if text), None)
        return text if text or key else find_answer(value.get("messages"))
    if isinstance(value, Sequence):
        return _last_answer(value)
    return None


def _said(value: Any) -> str | None:
    """The answer under a key of a dict; a dict there is a structured one."""
    structured = isinstance(value, Mapping) and "messages" not in value
    return write_structured(value) if structured or is_dataclass(value) else find_answer(value)


def _last_answer(messages: Sequence[Any]) -> str | None:
    """The text of the model's last message, if nobody spoke after it."""
    for message in reversed(messages):
        if isinstance(message, AIMessage):
            return find_answer(message)
        if isinstance(message, HumanMessage) or not isinstance(message, BaseMessage):
            return None
    return None


def write_structured(value: Any) -> str | None:
    """Returns what a structured answer states, one line for each of its leaves.

    A string of a few words stands for itself; other leaves are read with their key (see
    ``write_leaf``), for "64 kg" does not say of what.
    """
    if isinstance(value, BaseModel):
        value = value.model_dump()
    elif is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    return "\n".join(_leaves(value, "")) or None


def _leaves(value: Any, key: str) -> Iterable[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, str(name))
    elif isinstance(value, list | tuple | set):
        for item in value:
            yield from _leaves(item, key)
    elif isinstance(value, str) and is_sentence(value):
        yield value
    elif value is not None and str(value).strip():
        yield write_leaf(key, value)


def find_messages(value: Any) -> list[BaseMessage]:
    """Returns the messages that a value is, or has under ``messages``."""
    if isinstance(value, Mapping):
        value = value.get("messages")
    if not isinstance(value, list | tuple):
        return []
    return [item for item in value if isinstance(item, BaseMessage)]


def find_told(outputs: Any) -> list[Any]:
    """Returns the evidence among the messages that were put out with the answer.

    An agent keeps its structured answer there too, after the model's last message, as if a tool
    had returned it. That is no evidence for itself, nor are such messages of earlier turns.
    """
    messages = find_messages(outputs)
    last = max((i for i, m in enumerate(messages) if isinstance(m, AIMessage)), default=None)
    if last is None:
        return read_message_evidence(messages)
    echoes: set[str | None] = set()
    if isinstance(outputs, Mapping) and outputs.get("structured_response") is not None:
        echoes = {m.name for m in messages[last + 1 :] if isinstance(m, ToolMessage)}
    # The report of the answer itself, if a guard has left one, is no evidence for it either.
    messages[last] = messages[last].model_copy(update={"response_metadata": {}})
    return read_message_evidence(
        [m for m in messages if not (isinstance(m, ToolMessage) and m.name in echoes)]
    )


def drop_repeats(items: Iterable[Any]) -> list[Any]:
    """Returns evidence without repetitions, in order."""
    found: dict[Any, Any] = {}
    for item in items:
        if isinstance(item, Document):
            key: Any = (item.page_content, item.id, str(item.metadata.get("source")))
        else:
            key = item if isinstance(item, str) else id(item)
        found.setdefault(key, item)
    return list(found.values())


@dataclass(slots=True)
class Run:
    """A root run that is still going on.

    Attributes:
        root: its id.
        inputs: what it was given.
        evidence: what was retrieved in it, and what its tools returned.
        given: arguments of the calls of tools in it that have not ended.
        children: ids of its child runs that have not ended.
        over: whether it has ended, or was forgotten.
    """

    root: UUID
    inputs: Any = None
    evidence: list[Any] = field(default_factory=list)
    given: dict[UUID, Any] = field(default_factory=dict)
    children: set[UUID] = field(default_factory=set)
    over: bool = False

    def question(self, outputs: Any) -> str | None:
        """Returns what was asked."""
        return find_question(self.inputs) or find_question(find_messages(outputs))

    def history(self, outputs: Any) -> list[tuple[str, str]]:
        """Returns what was said before."""
        return find_history(self.inputs) or find_history(find_messages(outputs))

    def found(self, outputs: Any) -> list[Any] | None:
        """Returns the evidence, or None where there is none.

        That is what was retrieved, then the results of tools among the messages (those of
        earlier turns too). A context that came with the inputs, or goes out with the answer,
        counts where neither is there.
        """
        messages = find_told(outputs) or read_message_evidence(find_messages(self.inputs))
        evidence = drop_repeats([*self.evidence, *messages])
        if evidence:
            return evidence
        context = find_context(self.inputs) or find_context(outputs)
        return context or None


class OpenRuns:
    """The root runs that are going on, each with its child runs.

    Threads may share it, and the garbage collector may interrupt it (see ``Serial``): it has no
    lock, and changes its dicts, sets and lists by single operations, which are atomic.
    """

    def __init__(self, limit: int) -> None:
        """Sets how many root runs are held; above it the oldest is forgotten."""
        self._limit = limit
        self._open: dict[UUID, Run] = {}
        self._roots: dict[UUID, Run] = {}

    def __len__(self) -> int:
        """Returns how many root runs are going on."""
        return len(self._roots)

    def start(self, run_id: UUID, parent_run_id: UUID | None, inputs: Any) -> UUID | None:
        """Notes a run. One whose parent is not known is a root.

        Returns:
            The id of a root run that was forgotten for it, or None.
        """
        run = self._open.get(parent_run_id) if parent_run_id is not None else None
        if run is not None:
            run.children.add(run_id)
            self._open[run_id] = run
            if run.over:
                self._open.pop(run_id, None)
            return None
        self._open[run_id] = self._roots[run_id] = Run(run_id, inputs)
        return self._forget_oldest() if len(self._roots) > self._limit else None

    def add(self, run_id: UUID, evidence: Sequence[Any]) -> None:
        """Adds evidence to the root of a run."""
        run = self._open.get(run_id)
        if run is not None:
            run.evidence.extend(evidence)

    def give(self, run_id: UUID, args: Any) -> None:
        """Notes what a tool was called with."""
        run = self._open.get(run_id)
        if run is not None:
            run.given[run_id] = args

    def given(self, run_id: UUID) -> Any:
        """Returns what a tool was called with, and forgets it."""
        run = self._open.get(run_id)
        return None if run is None else run.given.pop(run_id, None)

    def end(self, run_id: UUID) -> Run | None:
        """Forgets a run. Returns it if it was a root."""
        run = self._open.pop(run_id, None)
        if run is None:
            return None
        if run.root != run_id:
            run.children.discard(run_id)
            return None
        self._forget(run)
        return run

    def _forget(self, run: Run) -> None:
        run.over = True
        for run_id in (run.root, *run.children):
            self._open.pop(run_id, None)
        self._roots.pop(run.root, None)

    def _forget_oldest(self) -> UUID | None:
        while True:
            try:
                oldest = next(iter(self._roots.values()), None)
            except RuntimeError:  # another thread has changed the dict after iter()
                continue
            if oldest is not None:
                self._forget(oldest)
            return None if oldest is None else oldest.root
