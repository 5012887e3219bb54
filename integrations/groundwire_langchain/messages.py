"""What carries an answer through a chain: strings, messages, dictionaries; and its parts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.content import Citation, create_citation

from groundwire.cite import cite
from groundwire.errors import InputError
from groundwire.types import Report
from groundwire_langchain.blocks import is_text, texts, with_text

METADATA = "groundwire"
"""Key of the report: in ``response_metadata`` of a message, or beside the answer in a dict."""

ANSWERS = ("answer", "output", "result", "response", "text")
_KWARGS = frozenset({"tool_calls", "function_call", "lc_source", "lc_data"})
_FACTS = frozenset({
    "finish_reason", "stop_reason", "stop_sequence", "done", "done_reason", "status", "id",
    "model", "model_name", "model_id", "model_provider", "ls_provider", "output_version",
    "system_fingerprint", "service_tier", "token_usage", "usage", "created", "created_at",
    "total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration",
    "eval_count", "eval_duration", METADATA,
})  # fmt: skip
"""What is known to hold no words of the model; anything else is left out."""


def answer_key(value: Mapping[str, Any], key: str | None) -> str:
    """Returns the key of a dict under which its answer lies.

    Raises:
        InputError: if there is none.
    """
    for name in [key] if key else (*ANSWERS, "messages"):
        if name in value:
            return name
    raise InputError(
        f"the dict has the keys {', '.join(map(str, value)) or '(none)'}: put the answer under "
        f"{key or 'answer'!r}, or name its key with answer_key="
    )


def text_of(value: Any, key: str | None = None) -> str:
    """Returns the text of a string, a message or a dict's answer.

    Raises:
        InputError: if it is none of them.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, BaseMessage):
        return "".join(texts(value.content))
    if isinstance(value, Mapping):
        return text_of(value[answer_key(value, key)])
    if isinstance(value, list) and value and isinstance(value[-1], AIMessage):
        return text_of(value[-1])
    raise InputError(
        f"a guard cannot check {type(value).__name__}: give it a string, a message, or a dict "
        "with an answer"
    )


def with_report(
    value: Any, text: str, report: Report, key: str | None, citing: bool, reasoning: bool = False
) -> Any:
    """Returns a value of the same kind that says ``text`` and carries the report.

    Reasoning, log probabilities and whatever else may hold words of the model that no claim was
    made of are left out.
    """
    if isinstance(value, str):
        return cite(report).text if citing and text == report.text else text
    if isinstance(value, Mapping):
        name = answer_key(value, key)
        inner = with_report(value[name], text, report, None, citing, reasoning)
        return {**value, name: inner, METADATA: report.to_dict()}
    if isinstance(value, list):
        return [*value[:-1], with_report(value[-1], text, report, None, citing, reasoning)]
    content = with_text(value.content, text, reasoning, report)
    if citing and text == report.text:
        block = {"type": "text", "text": text, "annotations": citations(report)}
        rest = [] if isinstance(content, str) else [b for b in content if not is_text(b)]
        content = [block, *rest]
    made = silent(value, reasoning)
    metadata = {**made.response_metadata, METADATA: report.to_dict()}
    return made.model_copy(update={"content": content, "response_metadata": metadata})


def silent(value: Any, reasoning: bool = False) -> Any:
    """Returns an answer without words in which nothing else of the model's words is left."""
    if isinstance(value, Mapping):
        names = (*ANSWERS, "messages")
        return {k: silent(v, reasoning) if k in names else v for k, v in value.items()}
    if isinstance(value, list) and value:
        return [*value[:-1], silent(value[-1], reasoning)]
    if not isinstance(value, AIMessage):
        return value
    update: dict[str, Any] = {
        "content": with_text(value.content, "", reasoning),
        "response_metadata": _only(value.response_metadata, _FACTS),
        "invalid_tool_calls": [],
    }
    kwargs = value.additional_kwargs
    update["additional_kwargs"] = kwargs if reasoning else _only(kwargs, _KWARGS)
    return value.model_copy(update=update)


def _only(values: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key in names}


def citations(report: Report) -> list[Citation]:
    """Returns standard citations: for each supported claim of the text its quotes.

    ``start_index`` and ``end_index`` are offsets into ``report.text``; ``extras`` hold the place
    in the source, the label and the score.
    """
    found = []
    for verdict in report.text_verdicts:
        if verdict.label != "supported":
            continue
        for quote in verdict.quotes:
            citation = create_citation(
                title=quote.source, start_index=verdict.claim.start, end_index=verdict.claim.end,
                cited_text=quote.text, source_id=quote.source, source_start=quote.start,
                source_end=quote.end, support=verdict.score, verdict=verdict.label,
            )  # fmt: skip
            found.append(citation)
    return found


def said_chunk(first: Any, text: str, index: Any = None) -> Any:
    """Returns a chunk of the kind of ``first`` that says ``text``, in the block of an index."""
    if isinstance(first, str):
        return text
    if isinstance(first.content, str):
        return AIMessageChunk(content=text, id=first.id)
    block = {"type": "text", "text": text}
    content: list[Any] = [block if index is None else {**block, "index": index}]
    return AIMessageChunk(content=content, id=first.id)


def silent_part(chunk: Any, reasoning: bool = False) -> Any | None:
    """Returns what a chunk carries beside words (tool calls, usage), or None for nothing."""
    if not isinstance(chunk, AIMessage):
        return None
    part = silent(chunk, reasoning)
    usage = part.usage_metadata
    calls = getattr(part, "tool_call_chunks", None) or part.tool_calls
    if not (part.content or calls or usage or part.response_metadata or part.additional_kwargs):
        return None
    if isinstance(part, AIMessageChunk):
        return part.model_copy(update={"chunk_position": None})
    chunks: list[Any] = [
        {"name": c["name"], "args": json.dumps(c["args"]), "id": c["id"], "index": i,
         "type": "tool_call_chunk"}
        for i, c in enumerate(part.tool_calls)
    ]  # fmt: skip
    return AIMessageChunk(
        content=part.content, id=part.id, usage_metadata=usage, tool_call_chunks=chunks,
        response_metadata=part.response_metadata, additional_kwargs=part.additional_kwargs,
    )  # fmt: skip


def calls_tools(value: Any) -> bool:
    """Whether a message or a chunk of one calls a tool."""
    names = ("tool_calls", "tool_call_chunks")
    return any(getattr(value, name, None) for name in names)


def last_chunk(first: Any, report: Report) -> Any | None:
    """Returns the chunk that carries the report at the end; None where a kind has no place."""
    if isinstance(first, str):
        return None
    metadata = {METADATA: report.to_dict()}
    return AIMessageChunk(
        content="", id=first.id, response_metadata=metadata, chunk_position="last"
    )


def is_final(message: Any) -> bool:
    """Whether a message is an answer to the reader: the model's, and no call of a tool."""
    return isinstance(message, AIMessage) and not message.tool_calls
