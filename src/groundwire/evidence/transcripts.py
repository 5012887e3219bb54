"""Transcripts of conversations: the question, the turns before it, and the evidence among them.

Messages of OpenAI's chat completions, items of its responses, and messages of Anthropic are read;
they may stand in one list. What is given beside a list (``instructions``, ``system``) is put before
it as ``{"role": "system", "content": ...}``.

Whose words are evidence is told by where they stand, never by what they look like:

- ``system``: blocks ``grounding_source`` of system and developer messages, and what fills a
  template in them. A ``query`` block there is the question.
- ``tools``: results of tools and searches: messages of the role ``tool``, ``function_call_output``
  and other outputs, ``file_search_call`` results, ``tool_result``, ``search_result`` and
  ``document`` blocks. The words of the model that a result only repeats are left out.
- ``user``: what fills a template in the last message of the user.

All other text is none: that of a user, of an assistant, of earlier turns.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from groundwire.errors import InputError
from groundwire.evidence.documents import Document, make_documents
from groundwire.evidence.echoes import drop_echo
from groundwire.evidence.templates import TEMPLATES, read_template

Origin: TypeAlias = Literal["system", "tools", "user"]
"""Who evidence comes from."""

ORIGINS: tuple[Origin, ...] = ("system", "tools", "user")
BELIEVED: tuple[Origin, ...] = ("system", "tools")
"""Who is believed where nothing else is said."""

WHOLE = "whole"
"""Beside the names of templates: a system message without any counts as a whole."""

MARKED = ("grounding_source", "query")
"""Types of blocks by which a system message marks a source, and the question."""

NOT_BELIEVED = {
    "system": "system messages are not believed here",
    "tools": "tools are not believed here",
    "user": "users are not believed here",
}
MISPLACED = "a source that is marked counts in a system message alone"
EARLIER = "a template counts in the last message of the user alone"
LATER = "in a message of the user only the first block of a template counts"
UNREADABLE = "it cannot be read as text or records"
FAILED = "the tool failed"
REPEATED = "it only repeats what the model gave to the tool"
TOO_LARGE = "it is too large to be compared with what the model gave to the tool"
TEXTLESS = "it has no text that can be read here"
WITHHELD = "the results of the search were not sent along"

_NAME_CHARS = 200
_COMPARED = 2 * 10**10
"""Characters of a result times those of its call up to which echoes are looked for."""
_TEXTS = ("text", "input_text", "output_text")
_DOCUMENTS = ("search_result", "document")
_FILES = ("file", "input_file")
_SYSTEM = ("system", "developer")
_TOOLS = ("tool", "function")
_GIVEN = ("arguments", "input", "action", "code")
_NAMES = ("name", "title", "source", "url", "filename", "file_id")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message or an item, as far as it can be a question or evidence.

    Attributes:
        kind: ``text`` of who speaks; a marked ``source`` or ``query``; the ``result`` of a tool or
            a search; ``unread`` for a result that is no evidence.
        text: the text, which may be JSON; of what is unread, why.
        name: of the source, where it has one.
        call: id of the tool call that it is the result of.
    """

    kind: Literal["text", "source", "query", "result", "unread"]
    text: str
    name: str | None = None
    call: str | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something like evidence that is none.

    Attributes:
        place: where it stands, such as ``message 3``.
        why: one of a few sentences; no text of the message is part of it.
    """

    place: str
    why: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation as it was read.

    Attributes:
        question: what was asked last.
        history: the turns before it, with ``role`` and ``content``.
        documents: the evidence, each with the name of its source.
        origins: who each document comes from.
        ignored: what is no evidence though it looks like some.
    """

    question: str | None
    history: tuple[dict[str, str], ...]
    documents: tuple[Document, ...]
    origins: tuple[Origin, ...]
    ignored: tuple[Ignored, ...]


def read_transcript(
    messages: Sequence[Mapping[str, Any]],
    evidence_from: Sequence[str] = BELIEVED,
    templates: Sequence[str] = (),
) -> Transcript:
    """Reads messages and items of a conversation.

    Args:
        messages: of any of the three forms, oldest first. What has another form is passed over.
        evidence_from: who is believed, of ``ORIGINS``.
        templates: whose blocks in texts are evidence, of ``TEMPLATES`` and ``WHOLE``.

    Raises:
        InputError: if there is no origin or template of a name.
    """
    for name, known in (
        *((name, ORIGINS) for name in evidence_from),
        *((name, (*TEMPLATES, WHOLE)) for name in templates),
    ):
        if name not in known:
            raise InputError(f"{name!r:.60} is unknown: use {', '.join(known)}")
    return _Reader(messages, evidence_from, templates).read()


def read_parts(message: Mapping[str, Any]) -> Iterator[Part]:
    """Yields the parts of one message or item, in order."""
    kind, content = message.get("type"), message.get("content")
    if kind == "file_search_call":
        yield from _read_search(message)
    elif kind == "mcp_call":
        call = _text_or_none(message.get("id"))
        failed = bool(message.get("error"))
        yield from _read_result(message.get("output"), call, failed=failed)
    elif kind == "code_interpreter_call":
        yield from _read_result(message.get("outputs"), _text_or_none(message.get("id")))
    elif isinstance(kind, str) and kind.endswith("_output"):
        yield from _read_result(message.get("output"), _text_or_none(message.get("call_id")))
    elif message.get("role") in _TOOLS:
        call = _text_or_none(message.get("tool_call_id"))
        yield from _read_result(content, call or _spell_call(message.get("name")))
    elif isinstance(content, str):
        yield Part("text", content)
    elif isinstance(content, list):
        for block in content:
            if isinstance(block, Mapping):
                yield from _read_block(block)


def _read_block(block: Mapping[str, Any]) -> Iterator[Part]:
    kind, text = block.get("type", "text"), block.get("text")
    if not isinstance(kind, str):
        return
    if kind in _TEXTS and isinstance(text, str):
        yield Part("text", text)
    elif kind in MARKED and isinstance(text, str):
        yield Part("source" if kind == MARKED[0] else "query", text, _find_name(block))
    elif kind.endswith("tool_result"):
        call = _text_or_none(block.get("tool_use_id"))
        yield from _read_result(block.get("content"), call, failed=block.get("is_error") is True)
    elif kind in _DOCUMENTS:
        yield from _read_document(block)
    elif kind in _FILES:
        yield Part("unread", TEXTLESS)


def _read_document(block: Mapping[str, Any], call: str | None = None) -> Iterator[Part]:
    """Yields the text of a search result or a document, whose content lies in it or its source."""
    source = block.get("source")
    inner = source if isinstance(source, Mapping) else block
    content = next((inner[key] for key in ("content", "data", "text") if inner.get(key)), None)
    encoded = inner.get("type") in ("base64", "url", "file")
    texts = [] if encoded else list(_collect_texts(content))
    if texts:
        yield Part("result", "\n".join(texts), _find_name(block), call)
    else:
        yield Part("unread", TEXTLESS)


def _read_search(item: Mapping[str, Any]) -> Iterator[Part]:
    results = item.get("results")
    if not isinstance(results, list):
        yield Part("unread", WITHHELD)
        return
    for result in results:
        if isinstance(result, Mapping) and isinstance(result.get("text"), str):
            yield Part("result", result["text"], _find_name(result))


def _read_result(
    content: object, call: str | None = None, *, failed: bool = False
) -> Iterator[Part]:
    """Yields what a tool returned: texts that are records one by one, others together."""
    if failed or (isinstance(content, Mapping) and str(content.get("type")).endswith("_error")):
        yield Part("unread", FAILED)
        return
    texts = list(_collect_texts(content))
    if any(text.lstrip()[:1] in ("{", "[") for text in texts):
        yield from (Part("result", text, None, call) for text in texts)
    elif texts:
        yield Part("result", "\n".join(texts), None, call)
    for block in content if isinstance(content, list) else [content]:
        if not isinstance(block, Mapping):
            continue
        kind = block.get("type")
        if kind in _DOCUMENTS:
            yield from _read_document(block, call)
        elif kind == "web_fetch_result" and isinstance(block.get("content"), Mapping):
            document = block["content"]
            named = {**document, "title": document.get("title") or block.get("url")}
            yield from _read_document(named, call)
        elif kind in MARKED:
            yield Part("unread", MISPLACED)
        elif not any(_collect_texts(block)):
            yield Part("unread", TEXTLESS)


def _collect_texts(content: object) -> Iterator[str]:
    """Yields the texts of content: of a string, of text blocks, and what commands print."""
    if isinstance(content, list):
        for item in content:
            yield from _collect_texts(item)
    elif isinstance(content, str):
        if content.strip():
            yield content
    elif isinstance(content, Mapping):
        kind = content.get("type", "text")
        if kind in _TEXTS and isinstance(content.get("text"), str):
            yield from _collect_texts(content["text"])
        elif "type" not in content and not {"stdout", "stderr"} & content.keys():
            # No block of any vendor: an object that a client did not write as text.
            yield json.dumps(content, ensure_ascii=False, default=str)
        elif kind not in (*_DOCUMENTS, *MARKED):
            for key in ("stdout", "stderr", "logs"):
                if isinstance(content.get(key), str):
                    yield from _collect_texts(content[key])


def _find_name(block: Mapping[str, Any]) -> str | None:
    found = (block.get(key) for key in _NAMES)
    return next((name for name in found if isinstance(name, str) and name.strip()), None)


def _spell_call(name: object) -> str:
    """Returns what stands for the id of a call that has none, as those of functions had."""
    return f"function {name}"


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


class _Reader:
    """What is found out about one conversation."""

    def __init__(
        self,
        messages: Sequence[Mapping[str, Any]],
        evidence_from: Sequence[str],
        templates: Sequence[str],
    ) -> None:
        self._messages = [(m, list(read_parts(m))) for m in messages]
        self._believed = frozenset(evidence_from)
        self._templates = [name for name in templates if name != WHOLE]
        self._whole = WHOLE in templates
        self._calls: dict[str, list[Any]] = {}
        self._names: dict[str, str] = {}
        self._latest: list[list[Any]] = []
        latest: list[Any] = []
        for message in messages:
            called = list(_yield_calls([message]))
            for call, name, given in called:
                # Some servers count the calls of each turn from 0 on, so an id may return.
                self._calls.setdefault(call, []).append(given)
                if name is not None:
                    self._names[call] = name
            latest = [given for _, _, given in called] or latest
            self._latest.append(latest)
        self._asked: str | None = None
        self._documents: list[Document] = []
        self._origins: list[Origin] = []
        self._ignored: dict[Ignored, None] = {}

    def read(self) -> Transcript:
        last = max((n for n, (m, p) in enumerate(self._messages) if _asks(m, p)), default=None)
        turns, question = list[dict[str, str]](), ""
        for number, (message, parts) in enumerate(self._messages):
            role, place = message.get("role"), f"message {number}"
            text = "\n".join(p.text for p in parts if p.kind in ("text", "query"))
            if role in _SYSTEM:
                self._read_system(str(role), place, parts)
            elif role == "user":
                text = self._read_user(place, text, last=number == last)
            for part in parts:
                self._read_part(message, part, place, self._latest[number])
            if number == last:
                question = text
            elif role in ("user", "assistant") and text.strip() and number < (last or 0):
                turns.append({"role": str(role), "content": text})
        asked = question if self._asked is None else self._asked
        return Transcript(
            asked if asked.strip() else None,
            tuple(turns),
            tuple(self._documents),
            tuple(self._origins),
            tuple(self._ignored),
        )

    def _read_system(self, role: str, place: str, parts: Sequence[Part]) -> None:
        for part in parts:
            if part.kind == "source":
                self._add("system", part.text, part.name or f"{role} ({place})", place)
            elif part.kind == "query" and "system" in self._believed:
                self._asked = part.text
        text = "\n".join(part.text for part in parts if part.kind == "text")
        filled = read_template(text, self._templates, from_user=False)
        sources = filled.sources if filled is not None else ((None, text),) if self._whole else ()
        for name, inner in sources:
            self._add("system", inner, name or f"{role} ({place})", place)

    def _read_user(self, place: str, text: str, *, last: bool) -> str:
        """Takes what fills a template, and returns the text outside of it."""
        filled = read_template(text, self._templates, from_user=True)
        if filled is None:
            return text
        if "user" not in self._believed:
            self._ignore(place, NOT_BELIEVED["user"])
            return text
        if not last:
            self._ignore(place, EARLIER)
            return filled.question
        if filled.later:
            self._ignore(place, LATER)
        for name, inner in filled.sources:
            self._add("user", inner, name or f"user ({place})", place)
        return filled.question

    def _read_part(
        self, message: Mapping[str, Any], part: Part, place: str, latest: list[Any]
    ) -> None:
        if part.kind == "unread":
            self._ignore(place, part.text)
        elif part.kind == "source" and message.get("role") not in _SYSTEM:
            self._ignore(place, MISPLACED)
        elif part.kind == "result":
            call = part.call or ""
            # A tool's result that names no call is taken for one of the calls right before it.
            given = self._calls.get(call) or (latest if _is_result(message) else [])
            if len(part.text) * sum(len(str(item)) for item in given) > _COMPARED:
                self._ignore(place, TOO_LARGE)
                return
            try:
                text = str(drop_echo(part.text, given))
            except RecursionError:
                self._ignore(place, UNREADABLE)
                return
            if not text.strip():
                self._ignore(place, REPEATED)
                return
            name = self._names.get(call) or _text_or_none(message.get("name")) or "tool"
            self._add("tools", text, part.name or f"{name} ({place})", place)

    def _add(self, origin: Origin, text: str, source: str, place: str) -> None:
        if not text.strip():
            return
        if origin not in self._believed:
            self._ignore(place, NOT_BELIEVED[origin])
            return
        try:
            documents = make_documents(text)
        except (InputError, RecursionError):
            self._ignore(place, UNREADABLE)
            return
        for document in documents:
            name = " ".join(source.split())[:_NAME_CHARS]
            self._documents.append(replace(document, source=name))
            self._origins.append(origin)

    def _ignore(self, place: str, why: str) -> None:
        self._ignored[Ignored(place, why)] = None


def _is_result(message: Mapping[str, Any]) -> bool:
    """Whether a message is what a tool returned: no search and no document of a vendor's own."""
    return message.get("role") in _TOOLS or str(message.get("type")).endswith("_output")


def _asks(message: Mapping[str, Any], parts: Sequence[Part]) -> bool:
    """Whether a message is the user's own: one that only brings results of tools is not."""
    texts = any(part.kind in ("text", "query") and part.text.strip() for part in parts)
    return message.get("role") == "user" and (texts or not any(p.call for p in parts))


def _yield_calls(
    messages: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[str, str | None, Any]]:
    """Yields ids of tool calls, what was called, and what the model gave to it."""
    for message in messages:
        content, tools = message.get("content"), message.get("tool_calls")
        called = [message] if str(message.get("type")).endswith("_call") else []
        if isinstance(content, list):
            called += [b for b in content if str(_get(b, "type")).endswith("tool_use")]
        for call in called:
            given = [call[key] for key in _GIVEN if call.get(key)]
            for key in ("call_id", "id"):
                if isinstance(call.get(key), str):
                    yield call[key], _text_or_none(call.get("name")), given
        for call in tools if isinstance(tools, list) else []:
            inner = _get(call, "function") or _get(call, "custom")
            given = [_get(inner, key) for key in _GIVEN if _get(inner, key)]
            yield str(_get(call, "id")), _text_or_none(_get(inner, "name")), given
        if (inner := message.get("function_call")) is not None:
            name = _text_or_none(_get(inner, "name"))
            yield _spell_call(name), name, _get(inner, "arguments")


def _get(value: object, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None
