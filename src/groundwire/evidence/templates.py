"""Templates of prompts that carry what a retriever found: the sources in them, and the question.

Each is an outer block with a beginning and an end that the application writes, and the user's text
outside of it:

- ``open-webui``: ``<context>`` alone on its line, ``<source id= name=>`` elements, ``</context>``;
  the question stands behind it.
- ``llamaindex``: "Context information is below." and a line of dashes, up to the same line of
  dashes; the question stands behind "Query:".
- ``tags``: ``<context>``, ``<document>``, ``<documents>``, ``<passage>``, ``<passages>`` or
  ``<retrieved>`` up to the end of that tag.

A block ends where it first can. What stands behind it, by whomever it was written, is never part of
it; the worst that a document with such an end inside can do is to cut itself short.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groundwire.errors import InputError
from groundwire.evidence.markdown import yield_prose

TEMPLATES = ("open-webui", "llamaindex", "tags")
"""Names of the templates."""

_NAME_CHARS = 200

_TAGS = r"<(context|documents?|passages?|retrieved)\b([^<>]*)>"
_TAG = re.compile(_TAGS, re.IGNORECASE)
_TAG_OF_LINE = re.compile(rf"^[ \t]*{_TAGS}", re.IGNORECASE | re.MULTILINE)
_CONTEXT = re.compile(r"^[ \t]*<(context)()>[ \t]*\r?$", re.MULTILINE)
_DASHES = re.compile(
    r"^Context information (?:from multiple sources )?is below\.[ \t]*\r?\n(-{5,})[ \t]*\r?$",
    re.MULTILINE,
)
_QUERY = re.compile(r"^Query:", re.MULTILINE)
_ATTRIBUTE = re.compile(r"""\b(name|title|source|url|src|path|id)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_SOURCE = re.compile(r"\s*<source>([^<>]*)</source>")
_CONTENT = ("<document_content>", "</document_content>")
_USER_QUERY = ("<user_query>", "</user_query>")
_ELEMENTS = {n: re.compile(rf"\s*<{n}\b([^<>]*)>") for n in ("source", "document")}
_EDGES = {n: re.compile(rf"</{n}>\s*<{n}\b([^<>]*)>") for n in ("source", "document")}
_NAMES = ("name", "title", "source", "url", "src", "path")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a template in a text.

    Attributes:
        start: where it begins, its opening included.
        end: where it ends, its end included.
        inner: what stands in it.
        template: its name.
        attributes: of its tag.
    """

    start: int
    end: int
    inner: str
    template: str
    attributes: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """A text that fills a template.

    Attributes:
        sources: names and texts of the sources; None for one without a name.
        question: the text outside of the template.
        later: blocks behind the first one of a user's text, which do not count.
    """

    sources: tuple[tuple[str | None, str], ...]
    question: str
    later: int = 0


def read_template(text: str, names: Sequence[str], *, from_user: bool) -> Filled | None:
    """Returns what fills the first template in a text, or all of them; None where there is none.

    Args:
        text: of a message.
        names: templates that count.
        from_user: whether the message is a user's. The first block alone counts then, one of tags
            where it begins a line, and none in a fence of code. The application writes its block
            first, so whoever writes behind it adds nothing to it and takes nothing from it.

    Raises:
        InputError: if there is no template of a name.
    """
    found = sorted(
        (block for name in names for block in _find_blocks(text, name, from_user)),
        key=lambda block: block.start,
    )
    if from_user and found:
        prose = list(yield_prose(text))
        starts = [start for start, _ in prose]
        found = [b for b in found if b.start < prose[bisect(starts, b.start) - 1][1]]
    blocks: list[Block] = []
    for block in found:
        if not blocks or block.start >= blocks[-1].end:
            blocks.append(block)
    if not blocks:
        return None
    counted = blocks[:1] if from_user else blocks
    sources = [source for block in counted for source in _divide(block)]
    question = _read_question(text, counted[0])
    return Filled(tuple(sources), question, len(blocks) - len(counted))


def find_tagged(text: str, opening: re.Pattern[str] = _TAG) -> Iterator[Block]:
    """Yields the blocks between tags, none inside of another."""
    closings: dict[str, re.Pattern[str]] = {}
    unclosed: set[str] = set()
    done = 0
    for match in opening.finditer(text):
        name = match[1].lower()
        # A name that has no end behind one place has none behind a later one.
        if match.start() < done or name in unclosed:
            continue
        if name not in closings:
            closings[name] = re.compile(rf"</{name}\s*>", re.IGNORECASE)
        close = closings[name].search(text, match.end())
        if close is None:
            unclosed.add(name)
            continue
        done = close.end()
        inner = text[match.end() : close.start()]
        yield Block(match.start(), done, inner, "tags", match[2])


def _find_blocks(text: str, name: str, from_user: bool) -> Iterator[Block]:
    if name == "tags":
        yield from find_tagged(text, _TAG_OF_LINE if from_user else _TAG)
    elif name == "open-webui":
        for block in find_tagged(text, _CONTEXT):
            yield Block(block.start, block.end, block.inner, name)
    elif name == "llamaindex":
        yield from _find_dashed(text)
    else:
        raise InputError(f"template {name!r:.60} is unknown: use {', '.join(TEMPLATES)}")


def _find_dashed(text: str) -> Iterator[Block]:
    done = 0
    for match in _DASHES.finditer(text):
        if match.start() < done:
            continue
        close = re.compile(rf"^{match[1]}[ \t]*\r?$", re.MULTILINE).search(text, match.end())
        if close is None:
            return
        done = close.end()
        yield Block(match.start(), done, text[match.end() : close.start()], "llamaindex")


def _read_question(text: str, block: Block) -> str:
    before, behind = text[: block.start].strip(), text[block.end :].strip()
    if block.template == "tags":
        return "\n".join(filter(None, (before, behind)))
    if block.template == "llamaindex":
        asked = _QUERY.search(behind)
        behind = behind[asked.end() if asked else 0 :].removesuffix("Answer:").strip()
    elif behind.startswith(_USER_QUERY[0]) and behind.endswith(_USER_QUERY[1]):
        behind = behind.removeprefix(_USER_QUERY[0]).removesuffix(_USER_QUERY[1]).strip()
    return behind or before


def _divide(block: Block) -> Iterator[tuple[str | None, str]]:
    """Yields the sources of a block: its elements, or all of it where it has none.

    An element ends where the next one begins right behind an end, so that one that merely stands
    inside of another, and an end inside of a text, divide nothing.
    """
    inner = block.inner
    pairs = ((name, _ELEMENTS[name].match(inner)) for name in _ELEMENTS)
    name, opening = next(((n, m) for n, m in pairs if m is not None), ("", None))
    if opening is None or (_SOURCE.match(inner) and _CONTENT[0] in inner):
        yield from _make_source(block.attributes, inner)
        return
    attributes, start = opening[1], opening.end()
    for edge in _EDGES[name].finditer(inner, start):
        yield from _make_source(attributes, inner[start : edge.start()])
        attributes, start = edge[1], edge.end()
    end = inner.rfind(f"</{name}>", start)
    if end < 0:
        yield from _make_source(attributes, inner[start:])
        return
    yield from _make_source(attributes, inner[start:end])
    yield from _make_source(block.attributes, inner[end + len(f"</{name}>") :])


def _make_source(attributes: str, text: str) -> Iterator[tuple[str | None, str]]:
    given = {m[1]: m[2] or m[3] for m in _ATTRIBUTE.finditer(attributes)}
    name = next((given[key] for key in _NAMES if given.get(key)), None)
    if name is None and given.get("id"):
        name = f"source {given['id']}"
    inner, begin, end = _SOURCE.match(text), text.find(_CONTENT[0]), text.rfind(_CONTENT[1])
    if 0 <= begin < end and not text[inner.end() if inner else 0 : begin].strip():
        name, text = inner[1] if inner else name, text[begin + len(_CONTENT[0]) : end]
    if text.strip():
        yield " ".join((name or "").split())[:_NAME_CHARS] or None, text.strip()
