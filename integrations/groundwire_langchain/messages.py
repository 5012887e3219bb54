"""Messages and other carriers of an answer through a chain, and their parts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.content import Citation, create_citation

from groundwire.errors import InputError
from groundwire.repair.edits import apply_edits
from groundwire.reports.citations import cite
from groundwire.types import Report

_TEXT_BLOCKS = frozenset({"text", "output_text"})
_REASONING_BLOCKS = frozenset({
    "reasoning", "thinking", "redacted_thinking", "reasoning_content",
})  # fmt: skip
_OTHER_BLOCKS = frozenset({
    "tool_use", "tool_call", "tool_call_chunk", "function_call", "input_json_delta",
    "server_tool_use", "server_tool_call", "server_tool_call_chunk", "server_tool_result",
    "web_search_tool_result",
})  # fmt: skip
_MEDIA = frozenset({"image", "image_url", "file", "video"})
_IDS = ("id", "file_id")
_SOURCE = ("type", "media_type", "data")
_ID = re.compile(r"[\w.:-]{1,128}")
_DATA = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_URL = re.compile(r"data:image/[a-z0-9.+-]+;base64,[A-Za-z0-9+/_-]+={0,2}")


def yield_texts(content: Any) -> Iterator[str]:
    """Yields the words of content, text block by text block."""
    if isinstance(content, str):
        yield content
        return
    for block in content:
        if isinstance(block, str):
            yield block
        elif block.get("type") in _TEXT_BLOCKS and isinstance(block.get("text"), str):
            yield block["text"]


def is_text(block: Any) -> bool:
    """Whether a block is one of the reader's words."""
    return isinstance(block, str) or block.get("type") in _TEXT_BLOCKS


def _stays(block: Any, reasoning: bool) -> bool:
    kind = block.get("type")
    return kind in _OTHER_BLOCKS or (reasoning and kind in _REASONING_BLOCKS)


def keep_media(block: Mapping[str, Any]) -> dict[str, Any] | None:
    """Returns what of a picture or a file may pass: an id, or a picture's own bytes; else None.

    Addresses, names, captions and anything else that the model may have written are left out,
    and so is sound, which speaks.
    """
    kind = block.get("type")
    if kind not in _MEDIA:
        return None
    made = {key: block[key] for key in _IDS if _fits(_ID, block.get(key))}
    for place in ("file", "source"):
        inner = block.get(place)
        if isinstance(inner, Mapping) and _fits(_ID, inner.get("file_id")):
            names = [key for key in ("type", "file_id") if _fits(_ID, inner.get(key))]
            made[place] = {key: inner[key] for key in names}
    if kind in ("image", "image_url"):
        made |= _picture(block)
    if not made:
        return None
    index = block.get("index")
    return {"type": kind, **made, **({"index": index} if isinstance(index, int) else {})}


def _picture(block: Mapping[str, Any]) -> dict[str, Any]:
    types = {"mime_type": block.get("mime_type"), "source_type": block.get("source_type")}
    facts = {k: v for k, v in types.items() if v == "base64" or str(v).startswith("image/")}
    for key in ("base64", "data"):
        if _fits(_DATA, block.get(key)):
            return {key: block[key], **facts}
    source, url = block.get("source"), block.get("image_url")
    if isinstance(source, Mapping) and _fits(_DATA, source.get("data")):
        return {"source": {key: source[key] for key in _SOURCE if key in source}}
    url = url.get("url") if isinstance(url, Mapping) else url
    return {"image_url": {"url": url}} if _fits(_URL, url) else {}


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def replace_text(content: Any, text: str, reasoning: bool, report: Report | None = None) -> Any:
    """Returns content that says a text, and has no unchecked words.

    Blocks keep their order. What became of the words of a text block stands where they stood,
    if the report tells; else the whole text stands in the first one.
    """
    if isinstance(content, str):
        return text
    pieces = _pieces(list(yield_texts(content)), text, report)
    blocks: list[Any] = []
    said = not text
    for block in content:
        if is_text(block):
            has_words = isinstance(block, str) or isinstance(block.get("text"), str)
            piece = next(pieces, "") if has_words else ""
            if piece:
                blocks.append({"type": "text", "text": piece})
                said = True
        elif _stays(block, reasoning):
            blocks.append(block)
        elif (shown := keep_media(block)) is not None:
            blocks.append(shown)
    return blocks if said else [{"type": "text", "text": text}, *blocks]


def _pieces(said: list[str], text: str, report: Report | None) -> Iterator[str]:
    place = begun = 0
    for number, words in enumerate(said, 1):
        place += len(words)
        cut = find_shown(report, text, place) if report is not None else None
        end = len(text) if cut is None or number == len(said) else max(begun, cut)
        yield text[begun:end]
        begun = end


def find_shown(report: Report, text: str, place: int) -> int | None:
    """Returns the offset in the shown text up to which a part of the answer is said.

    None where the text was not made of the answer by the edits of the report. Lengths tell that,
    since the answer of a report that travels is masked.
    """
    edits = report.decision.edits if text != report.answer else ()
    if len(apply_edits(report.answer, edits)) != len(text):
        return None
    before = [edit for edit in edits if edit.start < place]
    done = max([place, *(edit.end for edit in before)])
    return len(apply_edits(report.answer[:done], before))


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


def find_answer_key(value: Mapping[str, Any], key: str | None) -> str:
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


def read_text(value: Any, key: str | None = None) -> str:
    """Returns the text of a string, a message or a dict's answer.

    Raises:
        InputError: if it is none of them.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, BaseMessage):
        return "".join(yield_texts(value.content))
    if isinstance(value, Mapping):
        return read_text(value[find_answer_key(value, key)])
    if isinstance(value, list) and value and isinstance(value[-1], AIMessage):
        return read_text(value[-1])
    raise InputError(
        f"a guard cannot check {type(value).__name__}: give it a string, a message, or a dict "
        "with an answer"
    )


def attach_report(
    value: Any, text: str, report: Report, key: str | None, citing: bool, reasoning: bool = False
) -> Any:
    """Returns a value of the same kind that says ``text`` and carries the report.

    Reasoning, log probabilities and whatever else may hold words of the model that no claim was
    made of are left out.
    """
    if isinstance(value, str):
        return cite(report).text if citing and text == report.text else text
    if isinstance(value, Mapping):
        name = find_answer_key(value, key)
        inner = attach_report(value[name], text, report, None, citing, reasoning)
        return {**value, name: inner, METADATA: report.to_dict()}
    if isinstance(value, list):
        return [*value[:-1], attach_report(value[-1], text, report, None, citing, reasoning)]
    content = replace_text(value.content, text, reasoning, report)
    if citing and text == report.text:
        block = {"type": "text", "text": text, "annotations": make_citations(report)}
        rest = [] if isinstance(content, str) else [b for b in content if not is_text(b)]
        content = [block, *rest]
    made = silence_answer(value, reasoning)
    metadata = {**made.response_metadata, METADATA: report.to_dict()}
    return made.model_copy(update={"content": content, "response_metadata": metadata})


def silence_answer(value: Any, reasoning: bool = False) -> Any:
    """Returns an answer without words in which nothing else of the model's words is left."""
    if isinstance(value, Mapping):
        names = (*ANSWERS, "messages")
        return {k: silence_answer(v, reasoning) if k in names else v for k, v in value.items()}
    if isinstance(value, list) and value:
        return [*value[:-1], silence_answer(value[-1], reasoning)]
    if not isinstance(value, AIMessage):
        return value
    update: dict[str, Any] = {
        "content": replace_text(value.content, "", reasoning),
        "response_metadata": _only(value.response_metadata, _FACTS),
        "invalid_tool_calls": [],
    }
    kwargs = value.additional_kwargs
    update["additional_kwargs"] = kwargs if reasoning else _only(kwargs, _KWARGS)
    return value.model_copy(update=update)


def _only(values: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key in names}


def make_citations(report: Report) -> list[Citation]:
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


def make_chunk(first: Any, text: str, index: Any = None) -> Any:
    """Returns a chunk of the kind of ``first`` that says ``text``, in the block of an index."""
    if isinstance(first, str):
        return text
    if isinstance(first.content, str):
        return AIMessageChunk(content=text, id=first.id)
    block = {"type": "text", "text": text}
    content: list[Any] = [block if index is None else {**block, "index": index}]
    return AIMessageChunk(content=content, id=first.id)


def silence_chunk(chunk: Any, reasoning: bool = False) -> Any | None:
    """Returns what a chunk carries beside words (tool calls, usage), or None for nothing."""
    if not isinstance(chunk, AIMessage):
        return None
    part = silence_answer(chunk, reasoning)
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


def has_tool_calls(value: Any) -> bool:
    """Whether a message or a chunk of one calls a tool."""
    names = ("tool_calls", "tool_call_chunks")
    return any(getattr(value, name, None) for name in names)


def make_last_chunk(first: Any, report: Report) -> Any | None:
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
