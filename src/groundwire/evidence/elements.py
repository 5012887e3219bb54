"""Elements: XML of services and feeds as records, and what of a text is a page of HTML."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from groundwire.evidence.records import join_pairs

_HTML = re.compile(
    # Each comment ends at its first mark, so that many of them are read in one way only.
    r"\s*(?:<!--(?:(?!-->).)*-->\s*)*(?:<!doctype\s+html\b|"
    r"<(?:html|head|body|div|p|table|ul|ol|dl|section|"
    r"article|main|header|footer|nav|aside|h[1-6]|span|blockquote|form|style|figure|details)\b)",
    re.IGNORECASE | re.DOTALL,
)
_WHOLE = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
# Lines that are Markdown: a heading, an item, a quote, a fence. What runs on in a page does not
# begin so; in a style sheet or a script it may.
_MARKDOWN = re.compile(
    r"^ {0,3}(?:#{1,6} |[-*+] |\d{1,3}[.)] |> |`{3}|~{3}|\|.*\|[ \t]*$)", re.MULTILINE
)
_VERBATIM = re.compile(
    r"<(style|script|pre|textarea)\b(?:(?!</\1).)*(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_XML = re.compile(r"\s*<(?:\?xml\b|[A-Za-z_][\w.:-]*[\s/>])")
_LONGEST = 5_000_000
"""Characters of the longest XML that is read as records."""


def is_html(text: str) -> bool:
    """Whether a text is a page of HTML, or a piece of one from tag to tag.

    Markdown that begins and ends with tags is none: read as HTML its lines would run together.
    """
    opening = _HTML.match(text)
    if opening is None or not text.rstrip().endswith(">"):
        return False
    whole = _WHOLE.match(opening[0].lstrip().rpartition("-->")[2].lstrip())
    return bool(whole) or not _MARKDOWN.search(_VERBATIM.sub("", text))


def parse_xml(text: str) -> Any:
    """Returns the records of a text that is XML: objects, lists and texts.

    Attributes are fields like the elements inside, elements of one name a list. Where several
    names come in turn (``<city/><rain/><city/><rain/>``), each round of them is a record. Names
    lose their prefixes of name spaces.

    Args:
        text: any text.

    Returns:
        None where it is no XML, where it declares a document type (which could name entities), or
        where text stands beside elements, as in a document: that is no record.
    """
    if not _XML.match(text) or not text.rstrip().endswith(">") or len(text) > _LONGEST:
        return None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    from lxml import etree  # type: ignore[import-untyped]

    # The text is no longer in the encoding that its declaration names.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.strip().encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    if not len(root):
        return None
    try:
        return _read_element(root)
    except (_MixedError, RecursionError):
        return None


class _MixedError(Exception):
    """Raised where text stands beside elements."""


def _read_element(element: Any) -> Any:
    text = (element.text or "").strip()
    if len(element) and (text or any((child.tail or "").strip() for child in element)):
        raise _MixedError
    inner = [(_cut_prefix(child.tag), _read_element(child)) for child in element]
    opening, begins = _find_rounds([name for name, _ in inner])
    fields = join_pairs([(_cut_prefix(key), value) for key, value in element.attrib.items()])
    if begins:
        ends = [*begins[1:], len(inner)]
        rounds = [join_pairs(inner[begin:end]) for begin, end in zip(begins, ends, strict=True)]
        before = [*fields.items(), *inner[: begins[0]]]
        return join_pairs([*before, (opening, rounds)])
    if not fields and not inner:
        return text
    return join_pairs([*fields.items(), *inner, *([("value", text)] if text else [])])


def _find_rounds(names: Sequence[str]) -> tuple[str, list[int]]:
    """The name that begins each round where several names come in turn, and where it stands.

    A name that comes again alone, as the links of a feed do, makes no rounds.
    """
    firsts = [name for i, name in enumerate(names) if i == 0 or names[i - 1] != name]
    again = {name for name, count in Counter(firsts).items() if count > 1}
    if len(again) < 2:
        return "", []
    opening = next(name for name in firsts if name in again)
    return opening, [i for i, name in enumerate(names) if name == opening]


def _cut_prefix(name: str) -> str:
    return name.rpartition("}")[2]
