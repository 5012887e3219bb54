"""Structured text in an answer, JSON and code: what parsed before a repair parses after it."""

from __future__ import annotations

import ast
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from groundwire.repair.edits import apply_edits
from groundwire.text.blocks import Block, find_blocks
from groundwire.types import Edit

Range: TypeAlias = tuple[int, int]
Change: TypeAlias = tuple[int, int, str]

_OPENS = re.compile(r"[{\[]\s*[\"{\[]")
"""How JSON begins that says something; ``[1]`` is a citation."""
_BREAK = re.compile(r"[\n\r]\s*")
_TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*\"|[{}\[\],:]|[^\s{}\[\],:\"]+", re.DOTALL)
_TAG = re.compile(r"\s*[`~]+\s*([\w+#.-]*)")
_PYTHON = frozenset(("python", "py", "python3"))
_YAML = frozenset(("yaml", "yml"))
_KEY = re.compile(
    r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\"'\s:#][^:]*(?::(?=\S)[^:]*)*):(?:\s+(?P<value>.*))?",
    re.DOTALL,
)
_EMPTY = re.compile(r"(?:[|>][-+\d]*|[&!]\S+)?\s*(?:#.*)?")
"""What stands behind a key whose value is in the lines below it."""
_ESCAPE = re.compile(r"\\.")
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))
_TRIES = 20
"""Texts that look like JSON and are none, after which no more of them are tried."""


@dataclass(frozen=True, slots=True)
class Structure:
    """A stretch of an answer that parses, or whose brackets are all closed."""

    kind: Literal["json", "python", "code"]
    start: int
    end: int


def find_fences(blocks: Sequence[Block]) -> Iterator[Range]:
    """Yields the numbers of each opening fence and its closing one, or of the end without one."""
    first: int | None = None
    for i, block in enumerate(blocks):
        if block.kind != "fence":
            continue
        if first is None:
            first = i
        else:
            yield first, i
            first = None
    if first is not None:
        yield first, len(blocks)


def find_structures(answer: str) -> list[Structure]:
    """Returns the JSON and the code of an answer that is well formed, in order."""
    blocks = find_blocks(answer)
    found: list[Structure] = []
    fenced: set[int] = set()
    for first, last in find_fences(blocks):
        fenced |= set(range(first, last + 1))
        if last > first + 1:
            found += _fenced(answer, blocks[first], blocks[first + 1 : last])
    done, tries = 0, _TRIES
    for i, block in enumerate(blocks):
        if i in fenced or block.kind not in ("text", "item") or tries <= 0:
            continue
        for start in _line_starts(answer, block):
            if start < done or not _OPENS.match(answer, start):
                continue
            end = _json_end(answer, start)
            tries -= end is None
            if end is not None:
                found.append(Structure("json", start, end))
                done = end
            if tries <= 0:
                break
    return sorted(found, key=lambda item: item.start)


def _line_starts(answer: str, block: Block) -> Iterator[int]:
    """Where the lines of a block begin, after their white space."""
    yield block.body
    yield from (match.end() for match in _BREAK.finditer(answer, block.body, block.end))


def _fenced(answer: str, fence: Block, code: Sequence[Block]) -> Iterator[Structure]:
    start, end = code[0].start, code[-1].end
    tag = _TAG.match(answer, fence.start, fence.end)
    named = tag[1].casefold() if tag else ""
    if _OPENS.match(answer, start) and _parses("json", answer[start:end]):
        yield Structure("json", start, end)
    elif named in _PYTHON and _parses("python", answer[fence.end : end]):
        yield Structure("python", fence.end, end)
    elif _parses("code", answer[start:end]):
        yield Structure("code", start, end)


def _json_end(answer: str, start: int) -> int | None:
    try:
        return json.JSONDecoder().raw_decode(answer, start)[1]
    except (ValueError, RecursionError):
        return None


def _parses(kind: str, text: str) -> bool:
    """Whether a text is well formed; of code in other languages the brackets are counted."""
    if kind == "json":
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return False
        return True
    if kind == "python":
        try:
            # Escapes are taken out: an unknown one would be told as a warning.
            ast.parse(_ESCAPE.sub("xx", text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        return True
    return all(text.count(a) == text.count(b) for a, b in _BRACKETS)


def has_broken(answer: str, structures: Sequence[Structure], edits: Sequence[Edit]) -> bool:
    """Whether one of them is no longer well formed, and yet there, when edits have been made."""
    return any(True for _ in find_broken(answer, structures, edits))


def find_broken(
    answer: str, structures: Sequence[Structure], edits: Sequence[Edit]
) -> Iterator[Structure]:
    """Yields the structures that are no longer well formed, and yet there.

    Args:
        answer: the text before the edits.
        structures: of the answer.
        edits: of the answer, sorted and disjoint.
    """
    for item in structures:
        inside = [
            Edit(max(e.start, item.start) - item.start, min(e.end, item.end) - item.start, e.text)
            for e in edits
            if e.start < item.end and item.start < e.end
        ]
        if not inside:
            continue
        left = apply_edits(answer[item.start : item.end], inside)
        if left.strip() and not _parses(item.kind, left):
            yield item


def is_yaml(answer: str, fence: Block, code: Sequence[Block]) -> bool:
    """Whether a fence is tagged as YAML and holds lines of it, no JSON."""
    tag = _TAG.match(answer, fence.start, fence.end)
    named = tag is not None and tag[1].casefold() in _YAML
    return named and bool(code) and not _OPENS.match(answer, code[0].start)


@dataclass(slots=True)
class _Branch:
    """A key or an item of YAML with what is indented under it."""

    line: int
    level: int
    dash: bool = False
    empty: bool = False
    whole: bool = False
    children: list[_Branch] = field(default_factory=list)
    gone: bool = False


def trim_branches(
    lines: Sequence[tuple[int, str]], cut: Sequence[bool]
) -> tuple[set[int], list[tuple[int, int]]]:
    """Finds what goes with lines of YAML that are cut.

    A key goes when everything under it goes, for without a value it would say that there is
    none, and takes along what is under it. Where the first line of an item goes and others stay,
    the next of them takes its dash.

    Args:
        lines: column and text of each line, without the white space around it.
        cut: whether each of them is to go.

    Returns:
        The numbers of all lines that go; and line and column of each dash that is to be written.
    """
    root = _Branch(-1, -1)
    stack = [root]
    for number, (column, text) in enumerate(lines):
        for branch in _branches(number, column, text):
            while stack[-1].level >= branch.level:
                stack.pop()
            stack[-1].children.append(branch)
            stack.append(branch)
    order, waiting = [], [root]
    while waiting:
        order.append(waiting.pop())
        waiting += order[-1].children
    notes = {i for i, (_, text) in enumerate(lines) if text.startswith(("#", "---", "..."))}
    for branch in reversed(order):
        said = [child for child in branch.children if child.line not in notes]
        emptied = bool(said) and all(child.gone for child in said)
        if branch.dash:
            branch.gone = emptied or (not said and cut[branch.line])
        elif branch.line >= 0:
            broken = branch.whole and any(child.gone for child in said)
            emptied = emptied and branch.empty
            branch.gone = cut[branch.line] or emptied or broken
    gone: set[int] = set()
    dashes: list[tuple[int, int]] = []
    for branch in order:
        for child in branch.children:
            child.gone = child.gone or (branch.gone and branch.line >= 0)
    for branch in order:
        if branch.line >= 0 and not branch.dash and branch.gone:
            gone.add(branch.line)
    for branch in order:
        if branch.dash and branch.gone:
            gone.add(branch.line)
        elif branch.dash and branch.line in gone:
            heir = min(child.line for child in _leaves(branch) if child.line not in gone | notes)
            dashes.append((heir, branch.level // 2))
    return gone, sorted(dashes)


def _leaves(branch: _Branch) -> Iterator[_Branch]:
    waiting = list(branch.children)
    while waiting:
        found = waiting.pop()
        waiting += found.children
        if not found.dash:
            yield found


def _branches(number: int, column: int, text: str) -> Iterator[_Branch]:
    """The items and the key, or the value, that a line holds."""
    while text.startswith("- ") or text == "-":
        yield _Branch(number, 2 * column + 1, dash=True)
        rest = text[1:].lstrip()
        column += len(text) - len(rest)
        text = rest
    if not text:
        return
    key = _KEY.fullmatch(text)
    value = (key["value"] or "") if key else text
    opened = any(value.count(a) != value.count(b) for a, b in _BRACKETS)
    opened = opened or (value.startswith(('"', "'")) and (len(value) < 2 or value[-1] != value[0]))
    yield _Branch(
        number, 2 * column, empty=key is not None and bool(_EMPTY.fullmatch(value)), whole=opened
    )


@dataclass(slots=True)
class _Node:
    """A member of a JSON object or an item of an array, with its key."""

    start: int
    value: int
    end: int = 0
    holds: bool = False
    children: list[_Node] = field(default_factory=list)
    gone: bool = False


def cut_elements(answer: str, item: Structure, cuts: Sequence[Range]) -> list[Change] | None:
    """Returns what takes the elements that cuts touch out of JSON, each with its comma.

    An object or array that is left with nothing goes, too: an empty one would say that there is
    nothing.

    Args:
        answer: the text that the cuts belong to.
        item: JSON of the answer.
        cuts: sorted stretches of it.

    Returns:
        Sorted, disjoint changes; None where nothing is left of it.
    """
    nodes = _read(answer, item)
    starts, ends = [a for a, _ in cuts], [b for _, b in cuts]

    def is_cut(start: int, end: int) -> bool:
        first = bisect_right(ends, start)
        return first < bisect_left(starts, end)

    for node in reversed(nodes):
        key_cut = node.value > node.start and is_cut(node.start, node.value)
        if node.holds:
            emptied = bool(node.children) and all(child.gone for child in node.children)
            node.gone = key_cut or emptied or (not node.children and is_cut(node.start, node.end))
        else:
            node.gone = is_cut(node.start, node.end)
    if not nodes or nodes[0].gone:
        return None
    changes: list[Change] = []
    waiting = [nodes[0]]
    while waiting:
        node = waiting.pop()
        changes += _cut_children(node.children)
        waiting += [child for child in node.children if not child.gone]
    return sorted(changes)


def _cut_children(children: Sequence[_Node]) -> Iterator[Change]:
    i = 0
    while i < len(children):
        if not children[i].gone:
            i += 1
            continue
        j = i
        while j + 1 < len(children) and children[j + 1].gone:
            j += 1
        if j + 1 < len(children):
            yield children[i].start, children[j + 1].start, ""
        else:
            yield children[i - 1].end, children[j].end, ""
        i = j + 1


def _read(answer: str, item: Structure) -> list[_Node]:
    """The elements of JSON that parses: the whole first, each before what it holds."""
    nodes: list[_Node] = []
    stack: list[_Node] = []
    key: tuple[int, int] | None = None
    for token in _TOKEN.finditer(answer, item.start, item.end):
        text = token[0]
        if text in "}]":
            stack.pop().end = token.end()
        elif text == ":":
            key = (nodes.pop().start, token.end())
            stack[-1].children.pop()
            continue
        elif text != ",":
            start, value = key or (token.start(), token.start())
            node = _Node(start, value, token.end(), text in "{[")
            nodes.append(node)
            if stack:
                stack[-1].children.append(node)
            if node.holds:
                stack.append(node)
        key = None
    return nodes
