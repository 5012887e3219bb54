"""Field maps, told by the user: which field of a record is the question, which the answer."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwire.audit.formats.messages import ANSWERS, CHATS, CONTEXTS, QUESTIONS
from groundwire.errors import InputError
from groundwire.io.json_text import unpack_json

KEYS = ("id", "question", "answer", "contexts", "messages")
"""What can be mapped; ``fields.NAME`` gives an item a field of that name."""

_PREFIX = "fields."
_USUAL = {"question": QUESTIONS, "answer": ANSWERS, "contexts": CONTEXTS, "messages": CHATS}
_PATH = re.compile(r"[^.\[\]]+(?:\[\d*\])*(?:\.[^.\[\]]+(?:\[\d*\])*)*")
_STEP = re.compile(r"[^.\[\]]+|\[\d*\]")


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Which path of a record is which part of an item.

    A path is names with dots between them: ``rag.docs[].text`` is the text of each of the
    documents, ``choices[0].text`` that of the first choice. A field whose own name is the path
    is taken first. Strings of JSON on the way are read.

    Attributes:
        paths: by the keys of ``KEYS``, or ``fields.NAME``.
    """

    paths: Mapping[str, str]

    def __post_init__(self) -> None:
        for key, path in self.paths.items():
            _check(key, path)

    def any_in(self, data: Mapping[str, Any]) -> bool:
        """Whether a record has one of the paths."""
        return any(has_path(data, path) for path in self.paths.values())

    def apply(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Returns a record in which the mapped parts have their usual names.

        Other fields with a usual name of a mapped part are left out, and so is the field that a
        part was taken from whole.

        Raises:
            InputError: if the record lacks a path.
        """
        found = {key: find_value(data, path) for key, path in self.paths.items()}
        usual = {name for key in self.paths for name in _USUAL.get(key, ())}
        whole = {path for key, path in self.paths.items() if not key.startswith(_PREFIX)}
        rest = {
            key: value
            for key, value in data.items()
            if key not in whole and key.lower() not in usual
        }
        rest.update({key.removeprefix(_PREFIX): value for key, value in found.items()})
        return rest


def parse_map(flags: Iterable[str]) -> FieldMap:
    """Returns the mapping that flags such as ``answer=reply`` tell.

    Raises:
        InputError: if one is of another form, has an unknown key, or a key comes twice.
    """
    paths: dict[str, str] = {}
    for flag in flags:
        key, equals, path = (part.strip() for part in flag.partition("="))
        if not equals:
            raise InputError(f"mapping {flag!r} has no '=': write KEY=PATH, such as answer=reply")
        if key in paths:
            raise InputError(f"{key!r} is mapped twice: {paths[key]!r} and {path!r}; keep one")
        paths[key] = path
    return FieldMap(paths)


def read_map(path: Path) -> FieldMap:
    """Returns the mapping of a TOML file: a table ``[fields]`` with lines ``answer = "reply"``.

    Raises:
        InputError: if it cannot be read, is no TOML, has another table, or an unknown key.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as TOML ({error!s:.200}); correct it") from error
    fields = data.get("fields")
    if not isinstance(fields, dict) or len(data) > 1:
        raise InputError(f'{path}: write one table: [fields], with lines such as answer = "reply"')
    paths = _flat(fields)
    wrong = next((key for key, value in paths.items() if not isinstance(value, str)), None)
    if wrong is not None:
        raise InputError(f"{path}: {wrong} is {paths[wrong]!r:.40}; write a path in quotes")
    try:
        return FieldMap(paths)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of ``[fields]``; ``fields.topic`` is a table in a table in TOML."""
    inner = fields.get("fields")
    below = {f"{_PREFIX}{key}": v for key, v in inner.items()} if isinstance(inner, dict) else {}
    return {**{k: v for k, v in fields.items() if v is not inner or not below}, **below}


def _check(key: str, path: str) -> None:
    name = key.removeprefix(_PREFIX)
    taken = {*KEYS, *(usual for names in _USUAL.values() for usual in names)}
    if key not in KEYS and (name == key or not name or name in taken):
        raise InputError(
            f"mapping key {key!r} is unknown: use one of {', '.join(KEYS)}, or fields.NAME"
        )
    if not _PATH.fullmatch(path):
        raise InputError(
            f"mapping {key}={path!r} is no path: write names with dots, [] for each item of a "
            "list, [0] for the first, such as rag.docs[].text"
        )


def has_path(data: Mapping[str, Any], path: str) -> bool:
    """Whether a record has a path."""
    try:
        find_value(data, path)
    except InputError:
        return False
    return True


def find_value(data: Mapping[str, Any], path: str) -> Any:
    """Returns the value of a path.

    Raises:
        InputError: if the record lacks it; the message names the part that is missing.
    """
    return data[path] if path in data else _walk(data, _STEP.findall(path), path, "")


def _walk(value: Any, steps: Sequence[str], path: str, done: str) -> Any:
    if not steps:
        return value
    step, rest, value = steps[0], steps[1:], unpack_json(value)
    if step == "[]" and isinstance(value, list):
        return [_walk(v, rest, path, f"{done}[{i}]") for i, v in enumerate(value)]
    if step[0] == "[" and step != "[]" and isinstance(value, list) and int(step[1:-1]) < len(value):
        return _walk(value[int(step[1:-1])], rest, path, done + step)
    name = step if not done or step[0] == "[" else f".{step}"
    if isinstance(value, Mapping) and step in value:
        return _walk(value[step], rest, path, done + name)
    raise InputError(f"no {path} here (mapped): {done or 'the record'} has no {name.lstrip('.')}")
