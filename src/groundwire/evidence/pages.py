"""Pages as visible text: HTML files, and the pages of a PDF."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from groundwire.errors import GroundwireError, InputError
from groundwire.evidence.extraction import mend_text
from groundwire.evidence.files import SourceFile
from groundwire.evidence.layout import write_text
from groundwire.evidence.styles import Styles
from groundwire.text.letters import clean_letters

if TYPE_CHECKING:
    import pypdf

PlacedText: TypeAlias = tuple[str, Mapping[str, Any]]
"""A part of a file's text, with metadata that says where in the file it stands."""

_LOG = logging.getLogger(__name__)

# How deep libxml2 reads with ``huge_tree``.
_HTML_DEPTH = 2048


def read_html(file: SourceFile) -> Iterator[PlacedText]:
    """Yields the visible text of an HTML file, its title as metadata.

    Raises:
        DocumentError: if it cannot be read as HTML.
    """
    page = file.page()
    try:
        read = read_page(page)
    except InputError as error:
        raise file.error(f"{error}; save it as text") from error
    yield read


def read_page(page: str) -> PlacedText:
    """Returns the text of a page of HTML that a reader sees, its title as metadata.

    Args:
        page: the page, or a piece of one.

    Raises:
        InputError: if it cannot be read as HTML.
    """
    from lxml import etree  # type: ignore[import-untyped]

    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = etree.fromstring(page.encode("utf-8", "replace"), parser=parser)
    except etree.LxmlError as error:
        raise InputError(f"is no HTML that can be read ({error})") from error
    for entry in parser.error_log:
        # The parser drops the whole page without an exception when it meets its own limits.
        if entry.type_name == "ERR_RESOURCE_LIMIT" or root is None:
            raise InputError(
                f"is no HTML that can be read (line {entry.line}: {entry.message}): "
                f"elements may be nested {_HTML_DEPTH} deep"
            )
    if root is None:
        return "", {}
    title = clean_letters(" ".join((root.findtext("head/title") or "").split()))
    metadata = {"title": title} if title else {}
    walker = etree.iterwalk(root, events=("start", "end"))
    return write_text(walker, _read_styles(root)), metadata


def _read_styles(root: Any) -> Styles:
    """Returns the rules of a page's ``style`` elements; those for paper are left out."""
    styles = Styles()
    for element in root.iter("style"):
        media = str(element.get("media") or "all").lower()
        if "all" in media or "screen" in media:
            styles.add("".join(element.itertext()))
    return styles


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

    from groundwire.evidence.embedders import load_vocabulary

    try:
        data = io.BytesIO(b"".join(file.raw()))
        reader = pypdf.PdfReader(data)
        if reader.is_encrypted and not _opens(reader):
            raise file.error("is encrypted: remove its password, for example with `qpdf --decrypt`")
        pages = len(reader.pages)
        vocabulary = load_vocabulary()
        blank = 0
        for number, page in enumerate(reader.pages, start=1):
            text = mend_text(page.extract_text(), vocabulary)
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
