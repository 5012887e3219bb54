"""Elements: XML of services and feeds as records, and what of a text is a page of HTML."""

from __future__ import annotations

import re
from typing import Any

_HTML = re.compile(
    r"\s*(?:<!--.*?-->\s*)*(?:<!doctype\s+html\b|<(?:html|head|body|div|p|table|ul|ol|dl|section|"
    r"article|main|header|footer|nav|aside|h[1-6]|span|blockquote|form|style|figure|details)\b)",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(r"\s*<(?:\?xml\b|[A-Za-z_][\w.:-]*[\s/>])")
_LONGEST = 5_000_000
"""Characters of the longest XML that is read as records."""


def is_html(text: str) -> bool:
    """Whether a text is a page of HTML, or a piece of one from tag to tag."""
    return bool(_HTML.match(text)) and text.rstrip().endswith(">")


def parse_xml(text: str) -> Any:
    """Returns the records of a text that is XML: objects, lists and texts.

    Attributes are fields like the elements inside, elements of one name a list. Names lose their
    prefixes of name spaces.

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

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
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
    fields: dict[str, Any] = {_cut_prefix(key): value for key, value in element.attrib.items()}
    if len(element) and text:
        raise _MixedError
    for child in element:
        if (child.tail or "").strip():
            raise _MixedError
        name, value = _cut_prefix(child.tag), _read_element(child)
        if name not in fields:
            fields[name] = value
        elif isinstance(fields[name], list):
            fields[name].append(value)
        else:
            fields[name] = [fields[name], value]
    if not fields:
        return text
    if text:
        fields.setdefault("value", text)
    return fields


def _cut_prefix(name: str) -> str:
    return name.rpartition("}")[2]
