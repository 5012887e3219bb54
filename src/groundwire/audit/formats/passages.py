"""Passages that a record was answered from, as evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from groundwire.errors import InputError
from groundwire.evidence.documents import Document
from groundwire.evidence.records import is_table
from groundwire.io.json_text import unpack_json

_TEXTS = ("page_content", "pageContent", "content", "text", "chunk", "passage", "body")
_WRAPPERS = ("kwargs", "node", "document")
_LISTS = (
    "documents", "contexts", "context", "retrieved_contexts", "source_documents", "source_nodes",
    "passages", "chunks", "results", "output", "nodes", "citations",
)  # fmt: skip
_NAMES = (
    "source",
    "url",
    "uri",
    "link",
    "path",
    "file_path",
    "file",
    "file_name",
    "filename",
    "title",
)
"""Keys that name where a document is from, in the order in which one is taken."""
_ABOUT = frozenset(
    (
        "id", "_id", "id_", "uuid", "doc_id", "document_id", "chunk_id", "node_id", "type", "lc",
        "class_name", "metadata", "meta", "extra_info", "source", "url", "uri", "link", "path",
        "file", "filename", "score", "similarity", "distance", "relevance", "rank", "index",
        "start_index", "embedding", "hash", "mimetype",
    )
)  # fmt: skip
"""Keys that say about a passage where it is from and how it was found, and no more."""


def collect_evidence(value: Any, name: str = "contexts") -> tuple[Any, ...] | None:
    """Returns evidence: texts, documents, records and tables.

    A document of LangChain or LlamaIndex, or any object with a text and nothing but its origin
    beside it, becomes a ``Document`` named by its source, or its text where it names none; other
    objects stay records. A string of JSON is read first.
    None (and text without characters) is left out.

    Args:
        value: text, an object, or a list of them; None says nothing.
        name: names it in errors.

    Raises:
        InputError: if an item is no text, object or table.
    """
    value = list(value) if isinstance(value, tuple) else unpack_json(value)
    if value is None:
        return None
    if is_table(value):
        return (value,)
    if isinstance(value, Mapping) and (inner := _inner_list(value)) is not None:
        value = inner
    items = value if isinstance(value, list) else [value]
    found = [_passage(item, f"{name}[{number}]") for number, item in enumerate(items)]
    return tuple(item for item in found if item is not None)


def _origin(item: Mapping[str, Any]) -> str | None:
    """The source that a document names, itself or in its metadata."""
    inner = [item.get(key) for key in ("metadata", "meta", "extra_info")]
    for place in (item, *(value for value in inner if isinstance(value, Mapping))):
        for key in _NAMES:
            value = place.get(key)
            if isinstance(value, str) and value.strip():
                return value
    return None


class Evidence:
    """Evidence gathered from several places, each piece once."""

    def __init__(self, parts: Iterable[tuple[Any, ...] | None] = ()) -> None:
        self._found: dict[str, Any] = {}
        self._said = False
        self.add(parts)

    def add(self, parts: Iterable[tuple[Any, ...] | None]) -> None:
        """Adds what ``collect_evidence`` returned."""
        for part in parts:
            self._said |= part is not None
            for item in part or ():
                self._found.setdefault(json.dumps(item, sort_keys=True, default=str), item)

    def all(self) -> tuple[Any, ...] | None:
        """Returns what there is; None if no place said anything."""
        return tuple(self._found.values()) if self._said else None


def _inner_list(value: Mapping[str, Any]) -> Any:
    """The list that an object is only there to hold, such as ``{"documents": [...]}``."""
    names = [key for key in _LISTS if isinstance(value.get(key), list)]
    others = value.keys() - set(names) - _ABOUT
    return value[names[0]] if len(names) == 1 and not others else None


def _passage(item: Any, name: str) -> Any:
    if item is None or isinstance(item, str):
        return item if item and item.strip() else None
    if isinstance(item, Mapping):
        return _document(item)
    if is_table(item) or (isinstance(item, list) and all(isinstance(i, Mapping) for i in item)):
        return item or None
    raise InputError(f"{name} is {item!r:.40}; each must be text, an object or a table")


def _document(item: Mapping[str, Any]) -> Any:
    for key in _WRAPPERS:
        inner = item.get(key)
        if isinstance(inner, Mapping) and not item.keys() - {key} - _ABOUT:
            return _document(inner)
    keys = [key for key in _TEXTS if isinstance(item.get(key), str)]
    if keys and (keys[0] in _TEXTS[:2] or not item.keys() - {keys[0]} - _ABOUT):
        text, source = item[keys[0]], _origin(item)
        if not text.strip():
            return None
        return text if source is None else Document(text, source)
    return dict(item) or None
