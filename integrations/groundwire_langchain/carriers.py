"""What carries an answer through a chain: strings, messages, dictionaries; and its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.content import Citation, create_citation

from groundwire.cite import cite
from groundwire.errors import InputError
from groundwire.types import Report

METADATA = "groundwire"
"""Key of the report: in ``response_metadata`` of a message, or beside the answer in a dict."""

ANSWERS = ("answer", "output", "result", "response", "text")
_TEXT_BLOCKS = frozenset({"text", "output_text"})
_UNCHECKED_BLOCKS = frozenset({"reasoning", "thinking", "redacted_thinking", "non_standard"})
_UNCHECKED_KEYS = frozenset({
    "reasoning", "reasoning_content", "reasoning_details", "thinking", "audio", "parsed",
    "annotations", "citations",
})  # fmt: skip


def answer_key(value: Mapping[str, Any], key: str | None) -> str:
    """Returns the key of a dict under which its answer lies.

    Raises:
        InputError: if there is none.
    """
    for name in [key] if key else ANSWERS:
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
        return "".join(_texts(value.content))
    if isinstance(value, Mapping):
        return text_of(value[answer_key(value, key)])
    raise InputError(
        f"a guard cannot check {type(value).__name__}: give it a string, a message, or a dict "
        "with an answer"
    )


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
        return
    for block in content:
        if isinstance(block, str):
            yield block
        elif block.get("type") in _TEXT_BLOCKS and isinstance(block.get("text"), str):
            yield block["text"]


def with_report(value: Any, text: str, report: Report, key: str | None, citing: bool) -> Any:
    """Returns a value of the same kind that says ``text`` and carries the report.

    Reasoning and other words of the model that no claim was made of are left out.
    """
    if isinstance(value, str):
        return cite(report).text if citing and text == report.text else text
    if isinstance(value, Mapping):
        name = answer_key(value, key)
        inner = with_report(value[name], text, report, None, citing)
        return {**value, name: inner, METADATA: report.to_dict()}
    content = _with_text(value.content, text)
    if citing and text == report.text:
        block = {"type": "text", "text": text, "annotations": citations(report)}
        rest = [] if isinstance(content, str) else [b for b in content if not _is_text(b)]
        content = [block, *rest]
    return value.model_copy(
        update={
            "content": content,
            "additional_kwargs": _clean(value.additional_kwargs),
            "response_metadata": {**_clean(value.response_metadata), METADATA: report.to_dict()},
        }
    )


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in _UNCHECKED_KEYS}


def _is_text(block: Any) -> bool:
    return isinstance(block, str) or block.get("type") in _TEXT_BLOCKS


def _is_unchecked(block: Any) -> bool:
    return block.get("type") in _UNCHECKED_BLOCKS


def _with_text(content: Any, text: str) -> Any:
    """The content with its first text replaced by the whole one, and no unchecked words."""
    if isinstance(content, str):
        return text
    blocks: list[Any] = []
    said = False
    for block in content:
        if _is_text(block):
            if not said:
                blocks.append({"type": "text", "text": text})
            said = True
        elif not _is_unchecked(block):
            blocks.append(block)
    return blocks if said or not text else [{"type": "text", "text": text}, *blocks]


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


def said_chunk(first: Any, text: str) -> Any:
    """Returns a chunk of the kind of ``first`` that says ``text``."""
    if isinstance(first, str):
        return text
    return AIMessageChunk(content=text, id=first.id)


def silent_part(chunk: Any) -> Any | None:
    """Returns what a chunk carries beside words (tool calls, usage), or None for nothing."""
    if not isinstance(chunk, BaseMessage):
        return None
    content = chunk.content
    rest: Any = ""
    if not isinstance(content, str):
        rest = [b for b in content if not _is_text(b) and not _is_unchecked(b)]
    calls = getattr(chunk, "tool_call_chunks", None) or getattr(chunk, "tool_calls", None)
    usage = getattr(chunk, "usage_metadata", None)
    metadata = _clean(chunk.response_metadata)
    if not (rest or calls or usage or metadata):
        return None
    update = {
        "content": rest, "additional_kwargs": _clean(chunk.additional_kwargs),
        "response_metadata": metadata,
    }  # fmt: skip
    if getattr(chunk, "chunk_position", None) == "last":
        update["chunk_position"] = None
    return chunk.model_copy(update=update)


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
