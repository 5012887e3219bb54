"""Pages as visible text: HTML files, and the pages of a PDF."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from groundwire.errors import GroundwireError
from groundwire.evidence.files import SourceFile

if TYPE_CHECKING:
    import pypdf

PlacedText: TypeAlias = tuple[str, Mapping[str, Any]]
"""A part of a file's text, with metadata that says where in the file it stands."""

_LOG = logging.getLogger(__name__)

# How deep libxml2 reads with ``huge_tree``.
_HTML_DEPTH = 2048
_SPACE = re.compile(r"\s+")
_BREAK = re.compile(r"[ \v]*[\v\n][ \v\n]*")
_HIDDEN = re.compile(r"button|head|iframe|nav|noscript|object|script|select|style|svg|template")
_PARAGRAPH = re.compile(r"h[1-6]|ol|p|pre|table|ul")
_LINE = re.compile(
    r"address|article|aside|blockquote|body|dd|details|div|dl|dt|figcaption|figure|footer|form|"
    r"header|hr|legend|li|main|option|section|summary"
)
# Bars between cells, so that the table is found to be one where the text is split.
_BREAKS = {"br": ("\n", ""), "tr": ("\v|", "\v"), "td": (" ", " |"), "th": (" ", " |")}


def read_html(file: SourceFile) -> Iterator[PlacedText]:
    """Yields the visible text of an HTML file, its title as metadata.

    Raises:
        DocumentError: if it cannot be read as HTML.
    """
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
    yield _visible_text(walker), metadata


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


def _opens(reader: pypdf.PdfReader) -> bool:
    """Whether an encrypted PDF can be read without a password."""
    from pypdf.errors import DependencyError

    try:
        return bool(reader.decrypt(""))
    except DependencyError:
        return False


def read_pdf(file: SourceFile) -> Iterator[PlacedText]:
    """Yields the text of each page of a PDF, its number as metadata.

    Raises:
        DocumentError: if it is damaged, encrypted or has no text at all.
    """
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
