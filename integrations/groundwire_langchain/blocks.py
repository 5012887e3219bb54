"""The content blocks of a message: which hold words, and which words stand in which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundwire.edits import apply_edits
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


def texts(content: Any) -> Iterator[str]:
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


def media(block: Mapping[str, Any]) -> dict[str, Any] | None:
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


def with_text(content: Any, text: str, reasoning: bool, report: Report | None = None) -> Any:
    """Returns content that says a text, and has no unchecked words.

    Blocks keep their order. What became of the words of a text block stands where they stood,
    if the report tells; else the whole text stands in the first one.
    """
    if isinstance(content, str):
        return text
    pieces = _pieces(list(texts(content)), text, report)
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
        elif (shown := media(block)) is not None:
            blocks.append(shown)
    return blocks if said else [{"type": "text", "text": text}, *blocks]


def _pieces(said: list[str], text: str, report: Report | None) -> Iterator[str]:
    place = begun = 0
    for number, words in enumerate(said, 1):
        place += len(words)
        cut = shown_at(report, text, place) if report is not None else None
        end = len(text) if cut is None or number == len(said) else max(begun, cut)
        yield text[begun:end]
        begun = end


def shown_at(report: Report, text: str, place: int) -> int | None:
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
