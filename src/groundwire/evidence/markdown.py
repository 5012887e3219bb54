"""Markdown of evidence: what it crosses out is blanked, character for character.

Offsets stay those of the text as it was given: each character of ``~~old~~`` or ``<del>old</del>``
becomes a space, line ends stay. Code keeps all of its characters.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_TOKEN = re.compile(r"`+|~+|</?(?:del|s|strike)(?:\s[^<>]{0,200})?>|<!--|-->", re.IGNORECASE)
_SHOWN = re.compile(r"[^\r\n]")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")


def blank_deleted(text: str, *, is_file: bool = False) -> str:
    """Returns a text of the same length in which what Markdown crosses out is white space.

    Args:
        text: Markdown, or a text that may be.
        is_file: whether it is known to be Markdown. Its comments go, too, and ``~~`` counts
            inside of a word; in a text of an unknown kind it must stand at the edges of words.
    """
    if not any(opener in text for opener in ("~~", "<")):
        return text
    parts, done = [], 0
    for start, end in _deleted(text, is_file):
        if start >= done:
            parts += [text[done:start], _SHOWN.sub(" ", text[start:end])]
            done = end
    return "".join([*parts, text[done:]]) if parts else text


def _deleted(text: str, is_file: bool) -> Iterator[tuple[int, int]]:
    """Yields the spans that are crossed out, in order; they may overlap."""
    for start, end in yield_prose(text):
        yield from _deleted_prose(text, start, end, is_file)


def yield_prose(text: str) -> Iterator[tuple[int, int]]:
    """Yields the stretches between fences of code."""
    start = at = 0
    fence = ""
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if mark and not fence:
            yield start, at
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
            fence, start = "", at + len(line)
        at += len(line)
    if not fence:
        yield start, at


def _deleted_prose(text: str, start: int, end: int, is_file: bool) -> Iterator[tuple[int, int]]:
    tokens = [
        (_name(match[0]), match.start(), match.end()) for match in _TOKEN.finditer(text, start, end)
    ]
    breaks = [match.start() for match in _BLANK_LINE.finditer(text, start, end)]
    closing = _closing(text, tokens, breaks, is_file)
    at = 0
    while at < len(tokens):
        name, begin, _ = tokens[at]
        close = closing[at]
        if close is None:
            at += 1
            continue
        if not name.startswith("`"):
            yield begin, tokens[close][2]
        at = close + 1


def _name(mark: str) -> str:
    return mark.split()[0].rstrip(">").lower() if mark[0] == "<" else mark


def _closing(
    text: str, tokens: list[tuple[str, int, int]], breaks: list[int], is_file: bool
) -> list[int | None]:
    """Returns, for each mark that opens something, the place of the one that closes it."""
    found: list[int | None] = [None] * len(tokens)
    nearest: dict[str, int] = {}
    ends = {"<del": "</del", "<s": "</s", "<strike": "</strike"}
    if is_file:
        ends["<!--"] = "-->"
    for at in range(len(tokens) - 1, -1, -1):
        name, begin, stop = tokens[at]
        before, after = text[begin - 1 : begin] if begin else "", text[stop : stop + 1]
        if name in ends:
            found[at] = nearest.get(ends[name])
        elif name.startswith("`") or (name == "~~" and _may_open(before, after, is_file)):
            close = nearest.get(name)
            # Neither code nor crossed out text goes on behind an empty line.
            if close is not None and bisect(breaks, begin) == bisect(breaks, tokens[close][1]):
                found[at] = close
        if name != "~~" or _may_open(after, before, is_file):
            nearest[name] = at
    return found


def _may_open(before: str, after: str, is_file: bool) -> bool:
    """Whether ``~~`` opens between these two characters; turned round, whether it closes."""
    edge = is_file or not before.isalnum()
    return bool(after.strip()) and before != "\\" and edge
