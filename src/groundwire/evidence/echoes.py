"""Echoes of tools: what a result only repeats of what the model gave to the tool."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

ECHO = 3
"""Words from which on an argument is taken for words of the model, wherever it comes back."""

_LITERAL_CHARS = 100_000
"""Characters up to which a text is read as a Python literal, which takes a hundred times more."""

_WHITE = re.compile(r"\s+")


def parse_data(text: str) -> Any:
    """Returns the JSON (or the Python literal) that a text is; any other text as it is."""
    if text.strip()[:1] in ("{", "["):
        literal = len(text) <= _LITERAL_CHARS
        for read in (json.loads, ast.literal_eval) if literal else (json.loads,):
            try:
                return read(text)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
    return text


def drop_echo(output: Any, args: Any) -> Any:
    """Returns what a tool returned without the model's own words, which the call gave to it.

    In JSON, leaves that equal an argument of three words and more are left out, and so are those
    that equal a shorter one where nothing but flags stands beside them. In a text whole
    occurrences of an argument of three words and more are, and lines of as many words that are
    part of one, as those that a program of the model prints.

    Args:
        output: a text or JSON values.
        args: of the call.
    """
    given = {_plain(text) for text in _strings(args)}
    given.discard("")
    if not given:
        return output
    if not isinstance(output, str):
        return _pruned(output, given)
    data = parse_data(output)
    if data is not output and not isinstance(data, str):
        kept = _pruned(data, given)
        return output if kept == data else json.dumps(kept, ensure_ascii=False, default=str)
    return "" if _plain(output) in given else _cut(_drop_lines(output, given), given)


def _drop_lines(text: str, given: set[str]) -> str:
    long = [argument for argument in given if len(argument.split()) > ECHO]
    if not long:
        return text
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not _is_part(_plain(line), long)]
    return text if len(kept) == len(lines) else "".join(kept)


def _is_part(line: str, arguments: list[str]) -> bool:
    return len(line.split()) >= ECHO and any(line in argument for argument in arguments)


def keep_short(args: Any) -> Any:
    """Returns the arguments of a call without the words of the model: three of them and more."""
    return _drop(args, {t for t in map(_plain, _strings(args)) if len(t.split()) >= ECHO})


def _pruned(data: Any, given: set[str]) -> Any:
    """The data without echoes; short ones stay where they name what the rest tells of."""
    long = {text for text in given if len(text.split()) >= ECHO}
    rest = _drop(data, given)
    return _drop(data, long) if _informs(rest) else rest


def _drop(data: Any, texts: set[str]) -> Any:
    if isinstance(data, Mapping):
        return {k: _drop(v, texts) for k, v in data.items() if not _is_one(v, texts)}
    if isinstance(data, list | tuple):
        return [_drop(item, texts) for item in data if not _is_one(item, texts)]
    return data if not isinstance(data, str) else _cut(data, texts)


def _cut(text: str, texts: set[str]) -> str:
    for echo in sorted(texts, key=len, reverse=True):
        if len(echo.split()) >= ECHO:
            words = r"\s+".join(map(re.escape, echo.split()))
            text = re.sub(rf"(?<!\w){words}(?!\w)", "", text, flags=re.IGNORECASE)
    return text


def _is_one(value: Any, texts: set[str]) -> bool:
    return isinstance(value, str) and _plain(value) in texts


def _informs(data: Any) -> bool:
    if isinstance(data, Mapping):
        return any(_informs(value) for value in data.values())
    if isinstance(data, list | tuple):
        return any(_informs(value) for value in data)
    return data is not None and not isinstance(data, bool) and bool(str(data).strip())


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        data = parse_data(value)
        yield from [value] if isinstance(data, str) else _strings(data)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _plain(text: str) -> str:
    return _WHITE.sub(" ", text).strip(" .!?\"'").casefold()
