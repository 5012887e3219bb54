"""Data of a generator: rows of what it is given and what it should say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from groundwire.errors import InputError
from groundwire.io.jsonl import read_lines
from groundwire.train.data.context import is_talk
from groundwire.train.data.forms import list_parts, normalize_row
from groundwire.train.data.records import read_record
from groundwire.train.generator.config import DataSection


def read_exchange(item: Mapping[str, Any]) -> tuple[str, Any, str] | None:
    """Reads a prompt with its completion, or a conversation in which the model speaks once.

    Returns:
        What the model reads, the evidence in it, and what it is to say; None if the row is of
        another form.

    Raises:
        InputError: if the row teaches no text, or several.
    """
    try:
        form, data = normalize_row(item, {}, None)
    except InputError:
        return None
    if form.stated:
        return None
    if form.name == "messages" and not is_talk(data["messages"]):
        raise InputError("messages is no list of messages with role and content")
    taught = [part for part in list_parts(form, data) if part.taught]
    if len(taught) != 1:
        raise InputError(
            f"teaches {len(taught)} texts: give rows of one text each; conversations of several "
            "turns are for trl's own trainer"
        )
    (part,) = taught
    text = join_prompt(part.given.prompt)
    if not text.strip():
        raise InputError("the prompt is empty: give what the model is to answer")
    evidence = part.given.evidence
    return text, evidence[0] if len(evidence) == 1 else list(evidence) or text, part.text


def join_prompt(prompt: Any) -> str:
    """Returns a prompt, or the messages of one, as one text."""
    if isinstance(prompt, str):
        return prompt
    return "\n\n".join(message["content"] for message in prompt if message["content"])


T = TypeVar("T")
Evidence = str | dict[str, Any] | list[Any]
"""A context as the verifier reads it: text, a record, or several of them."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_SLOT = re.compile(r"\s*([^\[\],]+)\[([^\[\]]*)\]\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class Row:
    """A prompt's parts and its answer.

    Attributes:
        context: what the answer has to be faithful to, as text.
        target: the answer; empty in rows that only give prompts.
        evidence: the context as the verifier reads it.
        question: what was asked, where the data has it.
        weight: how much the row counts; a doubted row has less than 1.
        control: control token of the row, without brackets.
        spans: characters of the target that the verifier marked.
        prompt: what the model reads as it is, in place of the config's template.
    """

    context: str
    target: str
    evidence: Evidence
    question: str = ""
    weight: float = 1.0
    control: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    prompt: str = ""


def parse_slots(text: str) -> list[tuple[str, str]]:
    """Reads ``name[Blue Spice], area[city centre]`` (E2E), a slot that comes twice included.

    Returns:
        Slots and their values, empty where the text is no such form.
    """
    slots: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        match = _SLOT.match(text, place)
        if match is None:
            return []
        slots.append((match[1].strip(), match[2].strip()))
        place = match.end()
    return slots


def write_slots(slots: Iterable[tuple[str, object]]) -> str:
    """Writes slots as ``parse_slots`` reads them."""
    return ", ".join(f"{name}[{value}]" for name, value in slots)


def render_context(context: object) -> tuple[str, Evidence]:
    """Returns a context as text and as evidence.

    Args:
        context: a string, a number, a record (``key[value], ...`` as text, a list of values as a
            slot each), or a list of these (one a line).

    Raises:
        InputError: if it is anything else.
    """
    if isinstance(context, str):
        return context, read_record(context) or context
    if isinstance(context, dict):
        stated = {str(key): value for key, value in context.items() if value not in (None, "", [])}
        many = {
            key: [item for item in value if item not in (None, "")]
            for key, value in stated.items() if isinstance(value, list)
        }  # fmt: skip
        slots = [(key, item) for key, value in stated.items() for item in many.get(key, [value])]
        record = {
            key: [str(item) for item in many[key]] if key in many else str(value)
            for key, value in stated.items() if many.get(key, True)
        }  # fmt: skip
        return write_slots(slots), record
    if isinstance(context, int | float) and not isinstance(context, bool):
        return str(context), str(context)
    if isinstance(context, list) and context:
        parts = [render_context(item) for item in context]
        return "\n".join(text for text, _ in parts), [evidence for _, evidence in parts]
    raise InputError(f"the context is {context!r:.60}: give a text, a record, or a list of them")


def read_rows(path: Path, section: DataSection, limit: int = 0) -> list[Row]:
    """Reads rows from JSON lines, plain or gzipped.

    Args:
        path: the file.
        section: names the keys.
        limit: most rows; 0 reads all.

    Raises:
        InputError: if the file cannot be read, holds no row, or a row lacks a key or has a wrong
            value; the row and the key are named.
    """
    rows = list(islice(read_each(path, "row", lambda item: _row(item, section)), limit or None))
    if not rows:
        raise InputError(f"{path}: holds no rows; give at least one of a context and a target")
    return rows


def read_each(path: Path, name: str, read: Callable[[Any], T]) -> Iterator[T]:
    """Yields what is read of each JSON line of a file.

    Args:
        path: the file, plain or gzipped.
        name: of a line, for errors.
        read: what to do with its value.

    Raises:
        InputError: if the file or a line cannot be read; it is named.
    """
    for number, item in read_lines(path):
        try:
            yield read(item)
        except InputError as error:
            raise InputError(f"{path}, {name} {number}: {error}") from error


def _row(item: Mapping[str, Any], section: DataSection) -> Row:
    known = any(name in item for name in _names(section.context_key))
    exchange = None if known else read_exchange(item)
    if exchange is None:
        text, evidence = render_context(_value(item, section.context_key, "data.context_key"))
        target = _value(item, section.target_key, "data.target_key")
        question, prompt = _optional(item, section.question_key), ""
    else:
        text, evidence, target = exchange
        question, prompt = "", text
    if not isinstance(target, str) or not target.strip():
        raise InputError(f"the target is {target!r:.60}: give a text that is not empty")
    weight = item.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < 1e6:
        raise InputError(f"weight is {weight!r:.40}: give a number from 0, such as 0.5")
    control = item.get("control") or ""
    for name, value in (("control", control), ("question", question)):
        if not isinstance(value, str):
            raise InputError(f"{name} is {value!r:.40}: give a text")
    if "{question}" in section.prompt and not question and not prompt:
        raise InputError(
            "data.prompt has {question}, but the row has no question under "
            f"{', '.join(_names(section.question_key))}: set data.question_key, or leave "
            "{question} out"
        )
    check_characters(context=text, target=target, question=question)
    spans = _spans(item.get("spans") or (), len(target))
    control = control.strip("<>[]| ")
    return Row(text, target, evidence, question, float(weight), control, spans, prompt)


def check_characters(**texts: str) -> None:
    """Raises an ``InputError`` if a text holds what cannot be written as UTF-8."""
    for name, value in texts.items():
        if _SURROGATE.search(value):
            raise InputError(f"the {name} holds half of a character (a lone surrogate); mend it")


def _names(keys: str | Sequence[str]) -> list[str]:
    return [keys] if isinstance(keys, str) else list(keys)


def _optional(item: Mapping[str, Any], keys: str | Sequence[str]) -> Any:
    return next((item[name] for name in _names(keys) if item.get(name)), "")


def _value(item: Mapping[str, Any], keys: str | Sequence[str], option: str) -> Any:
    for name in _names(keys):
        if name in item:
            return item[name]
    raise InputError(
        f"has none of the keys {', '.join(_names(keys))}, but {', '.join(sorted(item))[:120]}; "
        f"set {option}"
    )


def _spans(value: Any, length: int) -> tuple[tuple[int, int], ...]:
    spans = []
    for span in value if isinstance(value, Sequence) else [value]:
        pair = [span.get("start"), span.get("end")] if isinstance(span, Mapping) else span
        if not isinstance(pair, list) or [type(v) for v in pair] != [int, int]:
            raise InputError(f"spans holds {span!r:.40}: give [start, end] offsets of the target")
        if not 0 <= pair[0] < pair[1] <= length:
            raise InputError(f"the span {pair} is outside the target of {length} characters")
        spans.append((pair[0], pair[1]))
    return tuple(spans)


def make_control_token(name: str) -> str:
    """Returns the token that stands for a control in the prompt."""
    return f"<|{name}|>"


def write_prompt(row: Row, section: DataSection, control: str | None = None) -> str:
    """Returns what a model reads for a row, its control token first.

    Args:
        row: the row.
        section: has the template.
        control: another control than the row's.
    """
    name = row.control if control is None else control
    filled = section.prompt.replace("{question}", row.question).replace("{context}", row.context)
    text = row.prompt or filled
    return (make_control_token(name) if name else "") + text


def group_prompts(rows: Sequence[Row]) -> list[list[Row]]:
    """Groups rows of one prompt, whose targets are references of each other, in their order."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.context, row.question), []).append(row)
    return list(groups.values())
