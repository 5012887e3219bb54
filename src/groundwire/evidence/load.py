"""Files as documents: text, Markdown, HTML, PDF, JSON, JSON lines and tables.

Text is read in pieces, JSON lines and tables line by line, so a file of any size needs little
memory; HTML, PDF and JSON are read whole. Every document of a file has the path as its source.
``offset`` counts characters from the start of the file's text: for plain text these are the
characters of the file (line ends as they are, a byte order mark left out); for every other
kind they are those of the text made from it, its documents joined by line ends.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import json
import logging
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from groundwire.errors import DocumentError, GroundwireError, InputError
from groundwire.evidence.documents import Document
from groundwire.evidence.records import is_row, is_table, parse_json, record_text, row_text

if TYPE_CHECKING:
    import pypdf

PIECE_CHARS = 1_000_000
"""Size at which text is divided into several documents, in characters."""

_BLOCK_BYTES = 1 << 20
_ROWS_CHARS = 20_000
_CONTROL = frozenset(range(32)) - set(b"\t\n\v\f\r\x1b")
_DELIMITERS = ",;\t|"
_LOG = logging.getLogger(__name__)

_HTML_DEPTH = 2048
_SPACE = re.compile(r"\s+")
_BREAK = re.compile(r"[ \v]*[\v\n][ \v\n]*")
_HIDDEN = re.compile(r"button|head|iframe|nav|noscript|object|script|select|style|svg|template")
_PARAGRAPH = re.compile(r"h[1-6]|ol|p|pre|table|ul")
_LINE = re.compile(
    r"address|article|aside|blockquote|body|dd|details|div|dl|dt|figcaption|figure|footer|form|"
    r"header|hr|legend|li|main|option|section|summary"
)
_BREAKS = {"br": ("\n", ""), "tr": ("\v|", "\v"), "td": (" ", " |"), "th": (" ", " |")}

_Text: TypeAlias = tuple[str, Mapping[str, Any]]


def load_documents(
    path: str | os.PathLike[str], *, max_bytes: int | None = None
) -> Iterator[Document]:
    """Reads a file as documents of at most about ``PIECE_CHARS`` characters.

    The kind is told by the suffix: ``.html``/``.htm`` gives the visible text, with the title as
    metadata; ``.pdf`` one document a page (metadata ``page``); ``.json`` one a record
    (``record``); ``.jsonl``/``.ndjson`` one a line (``line``); ``.csv``/``.tsv`` groups of whole
    rows (``first_row``, ``last_row``), each row a sentence. Anything else that is UTF-8 is text,
    divided between paragraphs where it is long.

    Args:
        path: the file.
        max_bytes: refuse a larger file; None reads any size.

    Returns:
        An iterator. The path is checked at once; what is inside is read as it is asked for.

    Raises:
        DocumentError: if the file is missing, a directory, unreadable, too large, binary, not
            UTF-8, damaged, or has no text. The message names the path and the next step.
    """
    name = os.fspath(path)
    if _is_regular(name):
        # Opened twice, so that an iterator that is never used holds no file.
        with _open(name) as handle:
            _File(handle, name, max_bytes).check_size(os.fstat(handle.fileno()).st_size)
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


def _supported_files(root: str) -> list[str]:
    def refuse(error: OSError) -> None:
        raise DocumentError(f"{error.filename} cannot be listed ({error}): check its permissions")

    found = []
    for folder, folders, files in os.walk(root, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            os.path.join(folder, name)
            for name in files
            if not name.startswith(".") and Path(name).suffix.lower() in _READERS
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


def _is_regular(name: str) -> bool:
    """Whether a path is a plain file and not, for example, a pipe, which opens only once."""
    try:
        mode = os.stat(name).st_mode
    except FileNotFoundError as error:
        raise DocumentError(f"{name} does not exist: check the path") from error
    except (OSError, ValueError) as error:
        raise DocumentError(f"{name!r} cannot be read ({error}): check the path") from error
    if stat.S_ISDIR(mode):
        raise DocumentError(
            f"{name} is a directory: name its files, or index it with `groundwire index`"
        )
    return stat.S_ISREG(mode)


def _open(name: str) -> IO[bytes]:
    try:
        return open(name, "rb")
    except OSError as error:
        raise DocumentError(f"{name} cannot be read ({error}): check its permissions") from error


def _load(name: str, max_bytes: int | None) -> Iterator[Document]:
    reader = _READERS.get(Path(name).suffix.lower(), _read_text)
    empty = True
    with _open(name) as handle:
        for document in reader(_File(handle, name, max_bytes)):
            if document.text.strip():
                empty = False
                yield document
    if empty:
        raise DocumentError(f"{name} has no text: give a file with content")


class _File:
    """An open file that tells what is wrong with it."""

    def __init__(self, handle: IO[bytes], name: str, max_bytes: int | None) -> None:
        self.handle = handle
        self.name = name
        self._max_bytes = max_bytes

    def check_size(self, size: int) -> None:
        if self._max_bytes is not None and size > self._max_bytes:
            raise DocumentError(
                f"{self.name} is larger than {self._max_bytes:,} bytes: split it or raise the limit"
            )

    def raw(self) -> Iterator[bytes]:
        """Yields the bytes."""
        taken = 0
        while block := self._block():
            taken += len(block)
            self.check_size(taken)
            yield block

    def blocks(self) -> Iterator[bytes]:
        """Yields the bytes of a file that must be text."""
        taken = 0
        for block in self.raw():
            if taken == 0:
                self._refuse_binary(block)
            if (at := block.find(0)) >= 0:
                raise self._binary(f"it has a NUL byte at offset {taken + at}")
            taken += len(block)
            yield block

    def text(self) -> Iterator[str]:
        """Yields the decoded text in pieces."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        taken = 0
        for block in itertools.chain(self.blocks(), [b""]):
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise self.not_utf8(error, taken - pending) from error
            yield text.removeprefix("\ufeff") if taken == 0 else text
            taken += len(block)

    def lines(self) -> Iterator[str]:
        """Yields the lines, with their ends."""
        rest = ""
        for text in self.text():
            lines = (rest + text).split("\n")
            rest = lines.pop()
            for line in lines:
                yield line + "\n"
        if rest:
            yield rest

    def whole(self) -> str:
        """Returns all of the text."""
        return "".join(self.text())

    def not_utf8(self, error: UnicodeDecodeError, base: int) -> DocumentError:
        return DocumentError(
            f"{self.name} is not UTF-8 (byte 0x{error.object[error.start]:02x} at offset "
            f"{base + error.start}): convert it, for example with `iconv -f latin1 -t utf-8`"
        )

    def error(self, what: str) -> DocumentError:
        return DocumentError(f"{self.name} {what}")

    def _block(self) -> bytes:
        try:
            return self.handle.read(_BLOCK_BYTES)
        except OSError as error:
            raise DocumentError(f"{self.name} cannot be read ({error}): try again") from error

    def _refuse_binary(self, block: bytes) -> None:
        if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise DocumentError(
                f"{self.name} is not UTF-8 but UTF-16 (byte 0x{block[0]:02x} at offset 0): "
                "convert it with `iconv -f utf-16 -t utf-8`"
            )
        head = block[:8192]
        control = sum(byte in _CONTROL for byte in head)
        if control * 10 > len(head) * 3 and b"\0" not in head:
            raise self._binary("most of it is control characters")

    def _binary(self, why: str) -> DocumentError:
        return DocumentError(
            f"{self.name} is binary ({why}): give text, Markdown, HTML, PDF, JSON or CSV"
        )


def _read_text(file: _File) -> Iterator[Document]:
    return _pieces(file.name, file.text(), {})


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


def _placed(name: str, texts: Iterable[_Text]) -> Iterator[Document]:
    """Yields texts as documents that follow each other in one source."""
    offset = 0
    for text, metadata in texts:
        if text.strip():
            parts = (text[at : at + _BLOCK_BYTES] for at in range(0, len(text), _BLOCK_BYTES))
            yield from _pieces(name, parts, metadata, offset)
            offset += len(text) + 1


def _read_html(file: _File) -> Iterator[Document]:
    from lxml import etree  # type: ignore[import-untyped]

    page = file.whole().encode("utf-8")
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = etree.fromstring(page, parser=parser)
    except etree.LxmlError as error:
        raise file.error(f"is no HTML that can be read ({error}): save it as text") from error
    for entry in parser.error_log:
        # The parser drops the whole page without an exception when it meets its own limits.
        if entry.type_name == "ERR_RESOURCE_LIMIT" or root is None:
            raise file.error(
                f"is no HTML that can be read (line {entry.line}: {entry.message}): "
                f"elements may be nested {_HTML_DEPTH} deep; save it as text"
            )
    if root is None:
        return
    title = " ".join((root.findtext("head/title") or "").split())
    metadata = {"title": title} if title else {}
    walker = etree.iterwalk(root, events=("start", "end"))
    yield from _placed(file.name, [(_visible_text(walker), metadata)])


def _visible_text(walker: Any) -> str:
    parts: list[str] = []
    preformatted = 0

    def write(text: str | None) -> None:
        if text:
            parts.append(text if preformatted else _SPACE.sub(" ", text))

    for event, element in walker:
        tag = element.tag
        hidden = _HIDDEN.fullmatch(tag) or element.get("hidden") is not None
        if hidden and event == "start":
            walker.skip_subtree()
        elif not hidden:
            preformatted += (tag == "pre") * (1 if event == "start" else -1)
            parts.append(_break(tag)[event == "end"])
        if event == "start" and not hidden:
            write(element.text)
        elif event == "end":
            write(element.tail)
    text = "".join(parts)
    return _BREAK.sub(lambda found: "\n" * min(2, found[0].count("\n") or 1), text).strip()


def _break(tag: str) -> tuple[str, str]:
    """Returns the text before and after an element; a vertical tab is a line end, but once."""
    if _PARAGRAPH.fullmatch(tag):
        return "\n\n", "\n\n"
    return ("\v", "\v") if _LINE.fullmatch(tag) else _BREAKS.get(tag, ("", ""))


def _read_pdf(file: _File) -> Iterator[Document]:
    return _placed(file.name, _pdf_pages(file))


def _opens(reader: pypdf.PdfReader) -> bool:
    """Whether an encrypted PDF can be read without a password."""
    from pypdf.errors import DependencyError

    try:
        return bool(reader.decrypt(""))
    except DependencyError:
        return False


def _pdf_pages(file: _File) -> Iterator[_Text]:
    import pypdf

    try:
        data = io.BytesIO(b"".join(file.raw()))
        reader = pypdf.PdfReader(data)
        if reader.is_encrypted and not _opens(reader):
            raise file.error("is encrypted: remove its password, for example with `qpdf --decrypt`")
        pages = len(reader.pages)
        blank = 0
        for number, page in enumerate(reader.pages, start=1):
            text = page.extract_text()
            blank += not text.strip()
            yield text, {"page": number}
    except (GroundwireError, MemoryError):
        raise
    except Exception as error:
        # pypdf lets many kinds of exception out of a damaged file.
        raise file.error(
            f"is a damaged PDF or none ({type(error).__name__}: {error}): "
            "open and save it again with a PDF program"
        ) from error
    if blank == pages:
        raise file.error("has no text, only images: run text recognition on it, such as `ocrmypdf`")
    if blank:
        _LOG.warning("%s: %d of %d pages have no text (images?)", file.name, blank, pages)


def _read_json(file: _File) -> Iterator[Document]:
    try:
        value = parse_json(file.whole())
    except json.JSONDecodeError as error:
        raise file.error(
            f"is not JSON (line {error.lineno}, column {error.colno}: {error.msg}): correct it"
        ) from error
    except InputError as error:
        raise file.error(f"cannot be used: {error}") from error
    return _placed(file.name, _json_records(file, value))


def _json_records(file: _File, value: Any) -> Iterator[_Text]:
    if is_table(value) and len(value) > 1:
        yield from _grouped(value[0], enumerate(value[1:], start=1))
        return
    several = is_row(value) and all(isinstance(item, Mapping) for item in value)
    if not several and not isinstance(value, Mapping) and not is_row(value):
        value = [value]
    for number, record in enumerate(value if several else [value], start=1):
        place = f"record {number}" if several else "the file"
        yield _record(file, record, place), {"record": number} if several else {}


def _record(file: _File, record: Any, place: str) -> str:
    try:
        return record_text(record)
    except InputError as error:
        raise file.error(f"cannot be used ({place}): {error}") from error


def _read_jsonl(file: _File) -> Iterator[Document]:
    return _placed(file.name, _jsonl_records(file))


def _jsonl_records(file: _File) -> Iterator[_Text]:
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


def _read_table(file: _File) -> Iterator[Document]:
    return _placed(file.name, _table_rows(file))


def _table_rows(file: _File) -> Iterator[_Text]:
    lines = file.lines()
    first = next((line for line in lines if line.strip()), "")
    usual = "\t" if Path(file.name).suffix.lower() == ".tsv" else ","
    delimiter = usual if usual in first else max(_DELIMITERS, key=first.count)
    if delimiter not in first:
        delimiter = usual
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


def _grouped(header: Any, rows: Iterable[tuple[int, Any]]) -> Iterator[_Text]:
    """Yields rows as texts of about ``_ROWS_CHARS`` characters."""
    lines: list[str] = []
    size = first = last = 0
    for number, row in rows:
        if text := row_text(header, row, number):
            first = number if not lines else first
            lines.append(text)
            size, last = size + len(text), number
        if size > _ROWS_CHARS:
            yield "\n".join(lines), {"first_row": first, "last_row": last}
            lines, size = [], 0
    if lines:
        yield "\n".join(lines), {"first_row": first, "last_row": last}


_READERS: dict[str, Callable[[_File], Iterator[Document]]] = {
    ".txt": _read_text,
    ".md": _read_text,
    ".markdown": _read_text,
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
