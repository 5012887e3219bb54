"""LangChain documents as passages of the index, and whole again.

The passages of one document follow each other without a gap, white space included, so that
its text is their texts joined. Their source is the document's id, their metadata its own.
JSON and tables are indexed as readable text; the first passage carries the text as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from langchain_core.documents import Document

from groundwire.errors import InputError
from groundwire.evidence import documents as evidence
from groundwire.evidence.chunking import chunk
from groundwire.types import Evidence, Passage

ORIGINAL = "groundwire:page_content"
"""Key of the metadata under which the first passage of JSON or of a table carries its text."""


def passages_of(document: Document, name: str) -> list[Passage]:
    """Cuts a document into passages that leave nothing out; one of no words is one passage.

    Args:
        document: the document; it is copied.
        name: its id, which becomes the source of its passages.

    Raises:
        InputError: if its metadata uses the key ``ORIGINAL``, or its text is JSON that is
            nested too deeply.
    """
    if ORIGINAL in document.metadata:
        raise InputError(f"metadata of document {name!r} has the reserved key {ORIGINAL!r}")
    content, metadata = document.page_content, deepcopy(document.metadata)
    read = evidence.as_documents(Document(content, metadata=metadata))
    text, offset = (read[0].text, read[0].offset) if read else (content, 0)
    cuts = [p.start for p in chunk(evidence.Document(text, name))[1:]]
    passages = [
        Passage(text[start:end], name, offset + start, offset + end, metadata)
        for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)
    ]
    if text != content:
        passages[0] = replace(passages[0], metadata={**metadata, ORIGINAL: content})
    return passages


def document_of(passages: Sequence[Passage]) -> Document:
    """Returns the document that passages of one source make up.

    Where another index cut white space away between passages, there is a space.
    """
    first = passages[0]
    content = first.metadata.get(ORIGINAL)
    if content is None:
        content, end = "", first.start
        for passage in passages:
            content += passage.text if passage.start == end else f" {passage.text}"
            end = passage.end
    return Document(content, id=first.source, metadata=deepcopy(metadata_of(first)))


def metadata_of(passage: Passage) -> dict[str, Any]:
    """Returns the metadata of the document that a passage is of."""
    return {key: value for key, value in passage.metadata.items() if key != ORIGINAL}


def quotable(found: Sequence[Evidence]) -> list[Evidence]:
    """Returns evidence with the sources that readers know, without white space around it.

    A source is ``metadata["source"]``, else the document's id. Passages of no words are left
    out.
    """
    return [Evidence(_quotable(e.passage), e.score) for e in found if e.passage.text.strip()]


def _quotable(passage: Passage) -> Passage:
    text = passage.text.strip()
    start = passage.start + len(passage.text) - len(passage.text.lstrip())
    metadata: Mapping[str, Any] = metadata_of(passage)
    source = str(metadata.get("source") or passage.source)
    return Passage(text, source, start, start + len(text), metadata)
