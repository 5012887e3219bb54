"""Loading of files as documents: text, Markdown, HTML, PDF, JSON, JSON lines and tables.

Text is read in pieces, JSON lines and tables line by line, so a file of any size needs little
memory; HTML, PDF and JSON are read whole. Every document of a file has the path as its source.
``offset`` counts characters from the start of the file's text: for plain text these are the
characters of the file (line ends as they are, a byte order mark left out, what Markdown crosses
out as white space); for every other
kind they are those of the text made from it, its documents joined by line ends.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from groundwire.errors import DocumentError, InputError, warn_caller
from groundwire.evidence import files
from groundwire.evidence.cells import is_row
from groundwire.evidence.documents import Document
from groundwire.evidence.files import SourceFile, is_regular, open_bytes
from groundwire.evidence.markdown import blank_deleted
from groundwire.evidence.pages import PlacedText, read_html, read_pdf
from groundwire.evidence.records import is_table, parse_json, write_record, write_row

PIECE_CHARS = 1_000_000
"""Size at which text is divided into several documents, in characters."""

_ROWS_CHARS = 20_000
_LONGEST_PATH = 1024
_DELIMITERS = ",;\t|"


def warn_of_paths(evidence: object) -> None:
    """Warns of a text of evidence that is nothing but the name of a file.

    Nothing is looked up: whether there is such a file is not known, and it is read as a text.

    Args:
        evidence: as ``Guard.check`` takes it; what is no string, and no list or tuple that has
            one, is passed over.
    """
    for item in evidence if isinstance(evidence, list | tuple) else (evidence,):
        if isinstance(item, str) and is_file_name(item):
            warn_caller(
                f"the evidence {item.strip()!r:.100} looks like the path of a file and is read as "
                "a text, for no file is opened: pass list(load_documents(path)), or, if it is the "
                "text, Document(text, source)"
            )
            return


def is_file_name(text: str) -> bool:
    """Whether a text is one word that ends as the names of documents do: "docs/a.md"."""
    text = text.strip()
    if not text or len(text) > _LONGEST_PATH or any(c.isspace() or c in "<>{}|" for c in text):
        return False
    name, dot, ending = text.rpartition(".")
    return bool(name) and f"{dot}{ending}".lower() in _READERS


def load_documents(
    path: str | os.PathLike[str], *, max_bytes: int | None = None
) -> Iterator[Document]:
    """Reads a file as documents of at most about ``PIECE_CHARS`` characters.

    The kind is told by the suffix: ``.html``/``.htm`` gives the visible text, with the title as
    metadata; ``.pdf`` one document a page (metadata ``page``); ``.json`` one a record
    (``record``); ``.jsonl``/``.ndjson`` one a line (``line``); ``.csv``/``.tsv`` groups of whole
    rows (``first_row``, ``last_row``), each row a sentence. Anything else is text, divided between
    paragraphs where it is long. Files are UTF-8, or UTF-16 or UTF-32 with a byte order mark; a
    page may be in the encoding that it states.

    Args:
        path: the file.
        max_bytes: refuse a larger file; None reads any size.

    Returns:
        An iterator. The path is checked at once; what is inside is read as it is asked for.

    Raises:
        DocumentError: if the file is missing, a directory, unreadable, too large, binary, not
            decodable, damaged, or has no text. The message names the path and the next step.
        InputError: if ``path`` is none.
    """
    if not isinstance(path, str | os.PathLike):
        raise InputError(
            f"path is {path!r:.60}, a {type(path).__name__}: give one file's path, and call it for "
            "each of several"
        )
    name = os.fspath(path)
    if is_regular(name):
        # Opened twice, so that an iterator that is never used holds no file.
        with open_bytes(name) as handle:
            SourceFile(handle, name, max_bytes).check_size(os.fstat(handle.fileno()).st_size)
    return _load(name, max_bytes)


def load_folder(
    path: str | os.PathLike[str],
    *,
    max_bytes: int | None = None,
    on_error: Callable[[DocumentError], None] | None = None,
) -> Iterator[Document]:
    """Reads every file with a supported suffix below a folder, in the order of their paths.

    Hidden files and folders and files of other kinds are passed over; links to folders are not
    followed.

    Args:
        path: the folder.
        max_bytes: refuse a larger file.
        on_error: called with the error of a file that cannot be read, which is then left out;
            None stops at the first.

    Raises:
        DocumentError: if the folder is missing or unreadable, has no file of a supported kind,
            or one of them cannot be read and ``on_error`` is None.
    """
    root = os.fspath(path)
    if not os.path.isdir(root):
        raise DocumentError(f"{root} is no folder: check the path, or load it as a file")
    found = _supported_files(root)
    if not found:
        raise DocumentError(
            f"{root} holds no file of a supported kind ({' '.join(sorted(_READERS))}): "
            "check the path, or name other text files one by one"
        )
    return _load_all(found, max_bytes, on_error)


def list_passed_over(path: str | os.PathLike[str]) -> list[str]:
    """Returns the files below a folder that ``load_folder`` passes over for their kind."""
    return _files(os.fspath(path), supported=False)


def _supported_files(root: str) -> list[str]:
    return _files(root, supported=True)


def _files(root: str, supported: bool) -> list[str]:
    def refuse(error: OSError) -> None:
        raise DocumentError(f"{error.filename} cannot be listed ({error}): check its permissions")

    found = []
    for folder, folders, names in os.walk(root, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            os.path.join(folder, name)
            for name in names
            if not name.startswith(".") and (Path(name).suffix.lower() in _READERS) == supported
        ]
    return sorted(found)


def _load_all(
    paths: Iterable[str], max_bytes: int | None, on_error: Callable[[DocumentError], None] | None
) -> Iterator[Document]:
    for path in paths:
        try:
            yield from load_documents(path, max_bytes=max_bytes)
        except DocumentError as error:
            if on_error is None:
                raise
            on_error(error)


def _load(name: str, max_bytes: int | None) -> Iterator[Document]:
    reader = _READERS.get(Path(name).suffix.lower(), _read_text)
    empty = True
    with open_bytes(name) as handle:
        for document in reader(SourceFile(handle, name, max_bytes)):
            if document.text.strip():
                empty = False
                yield document
    if empty:
        raise DocumentError(f"{name} has no text: give a file with content")


def _read_text(file: SourceFile) -> Iterator[Document]:
    return _pieces(file.name, file.text(), {})


def _read_markdown(file: SourceFile) -> Iterator[Document]:
    """Yields pieces as of any text; what is crossed out is white space of the same length."""
    for piece in _read_text(file):
        yield replace(piece, text=blank_deleted(piece.text, is_file=True))


def _pieces(
    name: str, parts: Iterable[str], metadata: Mapping[str, Any], offset: int = 0
) -> Iterator[Document]:
    """Yields a text as documents, cut between paragraphs, lines or words."""
    buffer = ""
    for part in parts:
        buffer += part
        while len(buffer) > PIECE_CHARS:
            cut = _paragraph_end(buffer)
            yield Document(buffer[:cut], name, metadata, offset)
            offset += cut
            buffer = buffer[cut:]
    yield Document(buffer, name, metadata, offset)


def _paragraph_end(buffer: str) -> int:
    for mark in ("\n\n", "\r\n\r\n", "\n", ". ", " "):
        at = buffer.rfind(mark, PIECE_CHARS // 2, PIECE_CHARS)
        if at >= 0:
            return at + len(mark)
    return PIECE_CHARS


def _placed(name: str, texts: Iterable[PlacedText]) -> Iterator[Document]:
    """Yields texts as documents that follow each other in one source."""
    offset = 0
    for text, metadata in texts:
        if text.strip():
            parts = (
                text[at : at + files.BLOCK_BYTES] for at in range(0, len(text), files.BLOCK_BYTES)
            )
            yield from _pieces(name, parts, metadata, offset)
            offset += len(text) + 1


def _read_html(file: SourceFile) -> Iterator[Document]:
    return _placed(file.name, read_html(file))


def _read_pdf(file: SourceFile) -> Iterator[Document]:
    return _placed(file.name, read_pdf(file))


def _read_json(file: SourceFile) -> Iterator[Document]:
    try:
        value = parse_json(file.whole())
    except json.JSONDecodeError as error:
        raise file.error(
            f"is not JSON (line {error.lineno}, column {error.colno}: {error.msg}): correct it"
        ) from error
    except InputError as error:
        raise file.error(f"cannot be used: {error}") from error
    return _placed(file.name, _json_records(file, value))


def _json_records(file: SourceFile, value: Any) -> Iterator[PlacedText]:
    if is_table(value) and len(value) > 1:
        yield from _grouped(value[0], enumerate(value[1:], start=1))
        return
    several = is_row(value) and all(isinstance(item, Mapping) for item in value)
    if not several and not isinstance(value, Mapping) and not is_row(value):
        value = [value]
    for number, record in enumerate(value if several else [value], start=1):
        place = f"record {number}" if several else "the file"
        yield _record(file, record, place), {"record": number} if several else {}


def _record(file: SourceFile, record: Any, place: str) -> str:
    try:
        return write_record(record)
    except InputError as error:
        raise file.error(f"cannot be used ({place}): {error}") from error


def _read_jsonl(file: SourceFile) -> Iterator[Document]:
    return _placed(file.name, _jsonl_records(file))


def _jsonl_records(file: SourceFile) -> Iterator[PlacedText]:
    for number, line in enumerate(file.lines(), start=1):
        if not line.strip():
            continue
        try:
            value = parse_json(line)
        except json.JSONDecodeError as error:
            raise file.error(
                f"has no JSON on line {number} (column {error.colno}: {error.msg}): correct it"
            ) from error
        except InputError as error:
            raise file.error(f"cannot be used (line {number}): {error}") from error
        if not isinstance(value, Mapping) and not is_row(value):
            value = [value]
        yield _record(file, value, f"line {number}"), {"line": number}


def _read_table(file: SourceFile) -> Iterator[Document]:
    return _placed(file.name, _table_rows(file))


def _table_rows(file: SourceFile) -> Iterator[PlacedText]:
    lines = file.lines()
    first = next((line for line in lines if line.strip()), "")
    usual = "\t" if Path(file.name).suffix.lower() == ".tsv" else ","
    delimiter = usual if usual in first else max(_DELIMITERS, key=first.count)
    if delimiter not in first:
        delimiter = usual
    # Strict, as a quote that is never closed would else swallow all rows below it.
    reader = csv.reader(itertools.chain([first], lines), delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
        groups = _grouped(header, enumerate(reader, start=1))
        group = next(groups, None)
        if header and group is None:
            raise file.error("has a header and no rows: add rows, or save it as .txt")
        if group is not None:
            yield group
            yield from groups
    except csv.Error as error:
        raise file.error(
            f"is no table that can be read (line {reader.line_num}: {error}): correct the "
            "quotes there, or save it as JSON lines"
        ) from error


def _grouped(header: Any, rows: Iterable[tuple[int, Any]]) -> Iterator[PlacedText]:
    """Yields rows as texts of about ``_ROWS_CHARS`` characters."""
    lines: list[str] = []
    size = first = last = 0
    for number, row in rows:
        if text := write_row(header, row, number):
            first = number if not lines else first
            lines.append(text)
            size, last = size + len(text), number
        if size > _ROWS_CHARS:
            yield "\n".join(lines), {"first_row": first, "last_row": last}
            lines, size = [], 0
    if lines:
        yield "\n".join(lines), {"first_row": first, "last_row": last}


_READERS: dict[str, Callable[[SourceFile], Iterator[Document]]] = {
    ".txt": _read_text,
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".rst": _read_text,
    ".html": _read_html,
    ".htm": _read_html,
    ".pdf": _read_pdf,
    ".json": _read_json,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".csv": _read_table,
    ".tsv": _read_table,
}
