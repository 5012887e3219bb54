"""Documents from evidence of any kind: texts, records, tables, passages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundwire.errors import InputError
from groundwire.evidence.cells import is_row
from groundwire.evidence.elements import is_html, parse_xml
from groundwire.evidence.markdown import blank_deleted
from groundwire.evidence.records import (
    is_table,
    parse_json,
    parse_structured,
    write_record,
    write_table,
)
from groundwire.evidence.snippets import write_snippets
from groundwire.types import Passage

_ACCEPTED = (
    "text (str), Document, Passage, a LangChain Document, a mapping (one JSON record), "
    "a table (a list of rows, its header first, or of mappings), or a sequence of these"
)


@dataclass(frozen=True, slots=True)
class Document:
    """A text to quote from.

    Attributes:
        text: the text, never changed by groundwire.
        source: name of what it was taken from (a path, a URL, a title, ``evidence[0]``).
        metadata: JSON values carried along to the passages, never interpreted.
        offset: where the text begins in its source, in characters. Passages and quotes count
            from there, so several documents can be pieces of one source.
    """

    text: str
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    offset: int = 0


def make_documents(evidence: object, first: int = 0) -> list[Document]:
    """Returns the documents that a piece of evidence, or a sequence of them, stands for.

    Text stays as it is with these exceptions (wrap it in a ``Document`` to keep it verbatim): a
    JSON object or table, JSON lines, XML of data, and lists of JSON objects within a text are read
    as records; of a page of HTML what a reader sees is kept; and what Markdown crosses out
    (``~~old~~``, ``<del>old</del>``) is white space of the same length. Records and tables are
    turned into ``key: value`` lines. A ``Passage`` keeps its source and offsets. A LangChain
    document is named by ``metadata["source"]`` or its id and placed by
    ``metadata["start_index"]``. Everything else is named by its place, ``evidence[0]``. Items
    without text are left out.

    Args:
        evidence: None, one item or a list or tuple of items. A list of rows of cells is one
            table; a list of mappings is one record each.
        first: number in the name of the first item, ``evidence[3]``, where there are others.

    Raises:
        InputError: if an item is of another type, or a record is nested too deeply.
    """
    if evidence is None:
        return []
    if not is_row(evidence) or is_table(evidence):
        evidence = [evidence]
    assert is_row(evidence)
    documents = [
        _document(item, position, f"evidence[{first + position}]")
        for position, item in enumerate(evidence)
        if item is not None
    ]
    return [document for document in documents if document.text.strip()]


def _document(item: object, position: int, name: str) -> Document:
    try:
        return _convert(item, name)
    except InputError as error:
        raise InputError(f"evidence[{position}]: {error}") from error


def _convert(item: object, name: str) -> Document:
    if isinstance(item, Document):
        return item
    if isinstance(item, str):
        return Document(_text(item), name)
    if isinstance(item, Passage):
        return Document(item.text, item.source, item.metadata, item.start)
    if isinstance(item, Mapping):
        return Document(write_record(item), name)
    if is_table(item):
        return Document(write_table(item), name)
    if is_row(item) and all(isinstance(row, Mapping) for row in item):
        return Document(write_record(item), name)
    content, metadata = getattr(item, "page_content", None), getattr(item, "metadata", None)
    if isinstance(content, str) and isinstance(metadata, Mapping):
        return _from_langchain(content, metadata, getattr(item, "id", None) or name)
    raise InputError(f"{_describe(item)} is no evidence: give {_ACCEPTED}")


def _from_langchain(content: str, metadata: Mapping[str, Any], name: object) -> Document:
    text, start = _text(content), metadata.get("start_index", 0)
    placed = len(text) == len(content) and type(start) is int and start > 0
    source = str(metadata.get("source") or name)
    return Document(text, source, dict(metadata), start if placed else 0)


def _text(text: str) -> str:
    value = parse_structured(text)
    if value is None:
        value = _parse_lines(text)
    if value is None and is_html(text):
        from groundwire.evidence.pages import read_page

        return read_page(text)[0]
    if value is None:
        value = parse_xml(text)
    if value is None:
        return blank_deleted(write_snippets(text))
    return write_table(value) if is_table(value) else write_record(value)


def _parse_lines(text: str) -> list[Any] | None:
    """Returns the records of a text that is JSON lines, two or more, or None."""
    lines = [line.strip() for line in text.removeprefix("\ufeff").split("\n")]
    lines = [line for line in lines if line]
    if len(lines) < 2 or any(line[0] + line[-1] != "{}" for line in lines):
        return None
    try:
        return [parse_json(line) for line in lines]
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        return None


def _describe(item: object) -> str:
    kind = type(item).__name__
    if isinstance(item, bytes | bytearray):
        return f"a {kind} (decode it, for example with .decode('utf-8'))"
    if hasattr(item, "__fspath__"):
        return f"a {kind} (read the file with groundwire.evidence.load.load_documents)"
    if hasattr(item, "to_dict"):
        return f"a {kind} (for a data frame, pass .to_dict('records'))"
    if is_row(item):
        return f"a {kind} inside a list (pass its items in the outer list)"
    if hasattr(item, "__iter__"):
        return f"a {kind} (pass it as list(...))"
    return f"a {kind}"
