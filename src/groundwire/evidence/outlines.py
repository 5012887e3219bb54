"""Outlines: fields nested by indentation, as files of settings in YAML have them.

In ``services:`` with ``auth:`` and ``billing:`` below it, and lists and groups of fields below each
of these, what a field is of stands several lines above it and further to the left. Names with the
same fields below them are records, and so are the items of a list; what else nests is part of the
name of its fields.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from groundwire.evidence.cells import Cell, Line, Place, join_unit
from groundwire.evidence.records import name_item, spell_key
from groundwire.evidence.tables import Row

_FIELD = re.compile(r"(?P<key>[\w\"'$@<./][^:#{}\[\]|;!?]{0,60}?):(?:[ \t]+(?P<value>\S.*))?")
_DASH = re.compile(r"-[ \t]+(?=\S)")
_INLINE = re.compile(r"\{[ \t]*(?P<fields>[^{}\[\]]+?)[ \t]*\}")
_PAIR = re.compile(r"[\"']?(?P<key>[\w .-]{1,60}?)[\"']?[ \t]*[:=][ \t]*(?P<value>[^:=].*)")
_TEXT = re.compile(r"[|>][+-]?\d?")
"""What stands before a text on lines of its own."""

_MISSING = frozenset({"null", "~", '""', "''"})
_EMPTY = frozenset({"{}", "[]"})
_BREAK = "---"
"""Line between two documents in one text."""

_LONGEST = 400
"""Characters of the longest line that is a field."""

_DEEPEST = 24
"""Levels of an outline; more are none."""


@dataclass(slots=True)
class _Node:
    """A field, a group of them, or an item of a list.

    Attributes:
        row: its line.
        indent: where it begins in that line.
        key: its name; empty for an item.
        value: what stands behind the name, or in the item.
        inner: what stands below it.
        is_item: whether it is an item, whose line its first field may share.
    """

    row: Row
    indent: int
    key: str = ""
    value: str = ""
    inner: list[_Node] = field(default_factory=list)
    is_item: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The names of its fields."""
        return frozenset(node.key for node in self.inner if node.key)


def read_outlines(text: str, rows: Sequence[Row]) -> list[Line]:
    """Returns the lines of fields that are nested over several levels.

    Args:
        text: a passage.
        rows: its lines: where each begins without its white space, where it ends, and it.

    Returns:
        The lines in order. There are none of a list or of fields under one name each, which need
        no outline, or of a text where no two names have the same fields.
    """
    found: list[Line] = []
    for run in _find_runs(rows):
        documents = _parse(text, run)
        if documents is None:
            continue
        writer = _Writer()
        writer.write_documents(documents)
        if writer.nested:
            found += writer.lines
    return sorted(found, key=lambda line: line.start)


def _find_runs(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yields the stretches of lines that may be an outline, without blank ones and comments."""
    run: list[Row] = []
    raw = False
    for row in [*rows, (0, 0, "\0")]:
        body = row[2]
        if not body or body.startswith("#"):
            continue
        # A text on lines of its own ends where another field begins; what is in it tells.
        shaped = _is_shaped(body)
        if shaped or (raw and body != "\0" and len(body) <= _LONGEST):
            run.append(row)
            raw = (raw and not shaped) or bool(_TEXT.fullmatch(body.rpartition(": ")[2]))
            continue
        if len(run) > 3:
            yield run
        run, raw = [], False


def _is_shaped(body: str) -> bool:
    if len(body) > _LONGEST:
        return False
    return body == _BREAK or bool(_DASH.match(body) or _FIELD.fullmatch(body))


def _parse(text: str, run: Sequence[Row]) -> list[_Node] | None:
    """The documents of an outline; None where its indents make none."""
    documents = [_Node(run[0], -1)]
    open_ = [documents[0]]
    for row in run:
        start, _, body = row
        indent = start - text.rfind("\n", 0, start) - 1
        if body == _BREAK:
            documents.append(_Node(row, -1))
            open_ = [documents[-1]]
            continue
        over = open_[-1]
        if _TEXT.fullmatch(over.value) and indent > over.indent:
            over.inner.append(_Node(row, indent, "", body))
            continue
        dashed = _DASH.match(body)
        while len(open_) > 1 and (
            open_[-1].indent > indent
            # Items of a list may stand below their name without an indent.
            or (open_[-1].indent == indent and not (dashed and open_[-1].key))
        ):
            open_.pop()
        if open_[-1].value and open_[-1].key:
            return None  # nothing is below a field that has a value
        if dashed:
            item = _Node(row, indent, is_item=True)
            open_[-1].inner.append(item)
            open_.append(item)
            body, indent = body[dashed.end() :], indent + dashed.end()
        match = _FIELD.fullmatch(body)
        if match is None:
            if not dashed:
                return None
            open_[-1].value = body
            continue
        node = _Node(row, indent, match["key"].strip("\"' "), (match["value"] or "").strip())
        open_[-1].inner.append(node)
        open_.append(node)
        if len(open_) > _DEEPEST:
            return None
    return [document for document in documents if document.inner]


class _Writer:
    """Collects the lines of an outline."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.nested = False
        self._shown: set[int] = set()

    def write_documents(self, documents: Sequence[_Node]) -> None:
        """Writes all; two documents with fields of one name are records."""
        if len(documents) > 1 and _find_family(documents):
            for document in documents:
                self.nested = self.nested or any(node.inner for node in document.inner)
                self._write(document, (("document", document.row[0]),), "", "", 1)
            return
        for document in documents:
            self._write(document, (), "", "", 0)

    def _write(
        self, over: _Node, path: tuple[Place, ...], lead: str, prefix: str, level: int
    ) -> None:
        """Writes what is below a node.

        Args:
            over: the node.
            path: the records around it.
            lead: their names, as they are read before each field.
            prefix: names of groups between the last of them and the fields.
            level: how many names and lists stand above.
        """
        family = _find_family(over.inner)
        for node in over.inner:
            key = f"{prefix}{spell_key(node.key)}" if node.key else prefix.removesuffix(": ")
            if not node.inner and not node.value:
                continue  # a name with nothing below it may be prose that leads to something
            if not node.inner:
                self._add(node.row, path, read_value(key, node.value), lead)
            elif id(node) in family:
                name = f"{node.key}: " if node.key else _name(over)
                inner = (*path, (over.key or "entry", node.row[0]))
                deep = any(below.inner for below in node.inner)
                self.nested = self.nested or deep or level > 1
                if node.key:
                    self._add(node.row, inner, (Cell("", node.key),), lead)
                self._write(node, inner, f"{lead}{name}", "", level + 1)
            else:
                if node.key:
                    self._add(node.row, (), (), "")
                self._write(node, path, lead, f"{key}: " if key else "", level + 1)

    def _add(self, row: Row, path: tuple[Place, ...], cells: tuple[Cell, ...], lead: str) -> None:
        start, end, _ = row
        if start not in self._shown:
            self._shown.add(start)
            self.lines.append(Line(start, end, path if cells else (), cells, lead))


def _find_family(nodes: Sequence[_Node]) -> frozenset[int]:
    """Those of several nodes that are records: others beside them have fields of the same name."""
    counts = Counter(name for node in nodes for name in node.names)
    # One item of a list with several fields is a record as well as two are.
    return frozenset(
        id(node)
        for node in nodes
        if (node.is_item and len(node.names) > 1) or any(counts[name] > 1 for name in node.names)
    )


def _name(over: _Node) -> str:
    """What one item of a list is called, before its fields."""
    return f"{name_item(spell_key(over.key))}: " if over.key else ""


def read_value(key: str, value: str) -> tuple[Cell, ...]:
    """Returns the cells of one field: several where a group of fields stands in its line."""
    if not value or value in _MISSING:
        return ()
    if value in _EMPTY:
        return (Cell(key, "none"),)
    if inline := _INLINE.fullmatch(value):
        pairs = [_PAIR.fullmatch(part.strip()) for part in inline["fields"].split(",")]
        if all(pairs):
            cells = [
                read_value(f"{key}: {spell_key(p['key'])}", p["value"].strip()) for p in pairs if p
            ]
            return tuple(cell for found in cells for cell in found)
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return (Cell(*join_unit(key, value, "", key, frozenset())),)
