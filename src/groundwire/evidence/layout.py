"""Layout of a page as text: its lines, tables, lists of terms, raised and lowered digits.

What the page hides or crosses out is left out. A table is written with its caption above it and,
below the cells of its header, a line of dashes; a cell that spans several columns or rows stands
in each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from groundwire.evidence.styles import Styles, find_cloaks, is_covered
from groundwire.text.letters import clean_letters
from groundwire.text.words import split_table

_SPACE = re.compile(r"\s+")
_BREAK = re.compile(r"[ \v]*[\v\n][ \v\n]*")
_HIDDEN = re.compile(
    r"annotation|annotation-xml|button|datalist|del|head|iframe|nav|noscript|object|s|script|"
    r"select|strike|style|svg|template"
)
_PARAGRAPH = re.compile(r"h[1-6]|ol|p|pre|ul")
_LINE = re.compile(
    r"address|article|aside|blockquote|body|dd|details|div|dl|dt|figcaption|figure|footer|form|"
    r"header|hr|legend|li|main|option|section|summary|tr"
)
_BUFFERED = frozenset(split_table("caption dd dl dt sub sup table td th"))
_RAISED = str.maketrans("0123456789+-\u2212\u2013()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-\u2212()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎")
_POWER = re.compile(r"[+\-\u2212\u2013]?(?:\d{1,3}|n)")
_NOTE = re.compile(r"\[[^\]]{1,12}\]|\(\d{1,2}\)|[*†‡§¶]+|\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*")
# Bases that powers are raised from: 10 and single digits; after other numbers stand notes.
_BASE = re.compile(r"(?:(?<![\d.,])(?:10|\d)|(?<![^\W\d_])[^\W\d_]{1,3}|[)\]}])$")
_AREA = re.compile(r"(?:met(?:er|re)s?|feet|foot|inch(?:es)?|yards?|miles?)$")
_PRICE = re.compile(r"[$€£¥]\s?\d{1,3}(?:[,.\u202f ]\d{3})*$")
_REFERENCE = re.compile(r"\b(?:reference|footnote|fn|noteref|cite)", re.IGNORECASE)
_ORDINAL = re.compile(r"st|nd|rd|th|er|re|e|ème|eme|o|a|me|lle", re.IGNORECASE)
_TEMPERATURE = re.compile(r"\s?[CF]\b")

MAX_SPAN = 100
"""Columns or rows that one cell is repeated in."""

MAX_REPEATED = 200
"""Characters of a cell that is repeated where it spans several; a longer one stands once."""

MAX_CELL = 500
"""Characters of a cell above which a table is taken for the frame of a page."""


def write_text(walker: Any, styles: Styles) -> str:
    """Returns what a reader sees of the elements that an ``iterwalk`` goes through."""
    writer = _Writer(styles)
    for event, element in walker:
        if event == "start":
            if not writer.open(element):
                walker.skip_subtree()
        else:
            writer.close(element)
    return clean_letters(writer.finish())


@dataclass(frozen=True, slots=True)
class _Frame:
    hidden: bool
    cloaks: frozenset[str]
    preformatted: bool


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    heading: bool
    columns: int
    rows: int


@dataclass(slots=True)
class _Table:
    frame: bool
    captions: list[str] = field(default_factory=list)
    rows: list[list[_Cell]] = field(default_factory=list)
    heads: set[int] = field(default_factory=set)


class _Writer:
    """Collects text; what is set apart (cells, terms, raised text) in buffers of its own."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._frames = [_Frame(False, frozenset(), False)]
        self._buffers: list[list[str]] = [[]]
        self._tables: list[_Table] = []
        self._terms: list[list[str]] = []
        self._fraction = False

    def finish(self) -> str:
        return _settled(self._buffers[0])

    def open(self, element: Any) -> bool:
        """Begins an element; False if nothing of it is seen."""
        outer = self._frames[-1]
        tag, attributes = element.tag, element.attrib
        values = self._styles.compute(tag, attributes)
        hidden = _is_hidden(tag, attributes) or bool(values and is_covered(values))
        cloaks = find_cloaks(values, outer.cloaks) if values else outer.cloaks
        self._frames.append(_Frame(hidden, cloaks, outer.preformatted or tag == "pre"))
        if hidden:
            return False
        if tag in _BUFFERED:
            self._begin(tag, element)
        else:
            self._put(_breaks(tag))
            if tag == "tr" and self._tables:
                table = self._tables[-1]
                table.rows.append([])
            self._put_signs(element, opening=True)
        self._write(element.text)
        return True

    def close(self, element: Any) -> None:
        """Ends an element and writes what follows it."""
        frame = self._frames.pop()
        tag = element.tag
        if not frame.hidden:
            if tag in _BUFFERED:
                self._end(tag, element)
            else:
                self._put_signs(element, opening=False)
                self._put(_breaks(tag) if tag != "br" else "")
        self._write(element.tail)

    def _write(self, text: str | None) -> None:
        frame = self._frames[-1]
        if text and not frame.cloaks:
            if frame.preformatted:
                self._put(text)
            else:
                text = _SPACE.sub(" ", text)
                last = self._buffers[-1][-1] if self._buffers[-1] else ""
                self._put(text[1:] if text[0] == " " and last[-1:] == " " else text)

    def _put(self, text: str) -> None:
        if text:
            self._buffers[-1].append(text)

    def _before(self, size: int = 24) -> str:
        """Returns the last characters that were written."""
        found = ""
        for part in reversed(self._buffers[-1]):
            found = part[-size:] + found
            if len(found) >= size:
                break
        return found

    def _put_signs(self, element: Any, *, opening: bool) -> None:
        """Writes what a page draws for an element: quotation marks, boxes, fractions, powers."""
        tag = element.tag
        if tag == "q":
            self._put("“" if opening else "”")
            return
        kind = str(element.get("type") or element.get("role") or "").lower()
        if opening and kind in ("checkbox", "radio") and tag != "button":
            ticked = element.get("checked") is not None or element.get("aria-checked") == "true"
            before = self._before(1)
            mark = "- " if not before.strip() and before != " " else "" if before == " " else " "
            self._put(f"{mark}[{'x' if ticked else ' '}] ")
            return
        parent = element.getparent()
        over = parent.tag if parent is not None else ""
        if over in ("msup", "msub", "mfrac") and parent[0] is not element:
            if over == "mfrac":
                self._put("/" if opening else "")
            elif opening:
                self._buffers.append([])
            else:
                text = _settled(self._buffers.pop())
                self._put(_raised(text) if over == "msup" else _lowered(text, self._before(1), ""))

    def _begin(self, tag: str, element: Any) -> None:
        if tag == "table":
            shape = str(element.get("role") or "").lower()
            self._tables.append(_Table(shape in ("presentation", "none")))
        elif tag == "dl":
            self._put("\v")
            self._terms.append([])
        self._buffers.append([])

    def _end(self, tag: str, element: Any) -> None:
        parts = self._buffers.pop()
        text = _settled(parts) if tag not in ("sup", "sub") else "".join(parts).strip()
        if tag == "sup":
            self._put(self._raise(text, element))
        elif tag == "sub":
            following = (element.tail or "")[:1]
            self._put(text if self._fraction else _lowered(text, self._before(1), following))
            self._fraction = False
        elif tag == "table":
            self._end_table(text)
        elif tag in ("td", "th") and self._tables:
            self._end_cell(text, tag, element)
        elif tag == "caption" and self._tables:
            self._tables[-1].captions.append(text)
        elif tag in ("dt", "dd", "dl") and self._terms:
            self._end_term(tag, text)
        elif text:
            self._put(f"\v{text}\v")

    def _raise(self, text: str, element: Any) -> str:
        before, after = self._before(), element.tail or ""
        if not text:
            return ""
        if _POWER.fullmatch(text) and after.lstrip()[:1] in ("/", "⁄"):
            sibling = element.getnext()
            if sibling is not None and sibling.tag == "sub":
                self._fraction = True
                return f" {text}" if before[-1:].isdigit() else text
        if _PRICE.search(before) and re.fullmatch(r"\d\d", text):
            return f".{text}"
        if before[-1:].isdigit() and text.lower() in ("o", "0", "°") and _TEMPERATURE.match(after):
            return "°"
        if _is_note(text, before, element):
            return f" [{text.strip('[]()')}]" if text[0] not in "*†‡§¶" else f" {text}"
        if _ORDINAL.fullmatch(text) or text in ("TM", "SM", "®", "™"):
            return {"TM": "™", "SM": "℠"}.get(text, text)
        if not before.strip() or before[-1:] == " ":
            return text
        return _raised(text)

    def _end_cell(self, text: str, tag: str, element: Any) -> None:
        table = self._tables[-1]
        if not table.rows:
            table.rows.append([])
        row = element.getparent()
        if row is not None and row.getparent() is not None and row.getparent().tag == "thead":
            table.heads.add(len(table.rows) - 1)
        table.frame = table.frame or len(text) > MAX_CELL
        columns, rows = _span(element.get("colspan")), _span(element.get("rowspan"))
        table.rows[-1].append(_Cell(text, tag == "th", columns, rows))

    def _end_table(self, loose: str) -> None:
        table = self._tables.pop()
        if self._tables:
            # A table inside of a cell: the outer one is a frame, not a table of values.
            self._tables[-1].frame = True
        cells = [cell.text for row in table.rows for cell in row if cell.text]
        if table.frame or all(len(row) < 2 for row in table.rows):
            lines = [*table.captions, loose, *cells]
            self._put("\n\n" + "\n\n".join(line for line in lines if line) + "\n\n")
        elif cells or loose:
            lines = [*table.captions, loose, *_grid(table)]
            self._put("\n\n" + "\n".join(line for line in lines if line) + "\n\n")

    def _end_term(self, tag: str, text: str) -> None:
        terms = self._terms[-1]
        if tag == "dt":
            if terms and not terms[0]:
                terms.clear()
            terms.append(text)
        elif tag == "dd":
            terms[:] = terms if "" not in terms[:1] else terms[1:]
            term = ", ".join(terms)
            colon = "" if not term or term[-1] in ":?!" else ":"
            self._put(f"\v{term}{colon} {text}\v" if term else f"\v{text}\v")
            # The next term begins anew; another text of this one is said of it, too.
            self._terms[-1] = ["", *terms]
        else:
            self._terms.pop()
            alone = ", ".join(terms) if terms[:1] != [""] else ""
            self._put(f"\v{text}\v" + (f"{alone}\v" if alone else ""))


def _is_hidden(tag: str, attributes: Any) -> bool:
    return (
        _HIDDEN.fullmatch(tag) is not None
        or attributes.get("hidden") is not None
        or str(attributes.get("aria-hidden") or "").strip().lower() == "true"
        or (tag == "dialog" and attributes.get("open") is None)
        or (tag == "input" and str(attributes.get("type") or "").strip().lower() == "hidden")
    )


def _breaks(tag: str) -> str:
    """Returns the text around an element; a vertical tab is a line end, but once."""
    if tag == "br":
        return "\n"
    return "\n\n" if _PARAGRAPH.fullmatch(tag) else "\v" if _LINE.fullmatch(tag) else ""


def _settled(parts: list[str]) -> str:
    text = "".join(parts)
    return _BREAK.sub(lambda found: "\n" * min(2, found[0].count("\n") or 1), text).strip()


def _is_note(text: str, before: str, element: Any) -> bool:
    """Whether raised text points to a note, and is no power."""
    if not before.strip():
        return False
    link = element.find(".//a[@href]")
    named = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('role') or ''}"
    if (link is not None and "#" in link.get("href")) or _REFERENCE.search(named):
        return True
    if re.fullmatch(r"[a-z]", text):
        return re.search(r"[^\W\d_]{4}$|[.,;:!?”\"]$", before) is not None
    if not _NOTE.fullmatch(text):
        return False
    # Nobody writes a power of one.
    power = _POWER.fullmatch(text) and text != "1" and before[-1:] != " "
    return not (power and (_BASE.search(before) or _AREA.search(before)))


def _raised(text: str) -> str:
    if _POWER.fullmatch(text):
        return text.translate(_RAISED)
    return f"^{text}" if len(text) == 1 or text.isalnum() else f"^({text})" if text else ""


def _lowered(text: str, before: str, after: str) -> str:
    """Returns lowered text: plain behind a letter (H2O), and small where digits would meet."""
    if text.isdigit() and (before.isdigit() or after.isdigit()):
        return text.translate(_LOWERED)
    return text


def _span(value: str | None) -> int:
    found = re.match(r"\s*(\d{1,5})", value or "")
    return min(MAX_SPAN, max(1, int(found[1]))) if found else 1


def _grid(table: _Table) -> Iterator[str]:
    """Yields the lines of a table: rows of a header as one, and a line of dashes below it."""
    rows = _filled(table.rows)
    width = max(len(row) for row in rows)
    header: list[list[str]] = []
    body = 0
    for number, cells in enumerate(table.rows):
        heading = number in table.heads or (bool(cells) and all(cell.heading for cell in cells))
        if not heading or number > 4:
            break
        body = number + 1
        if len(rows[number]) == 1 and width > 1:
            yield rows[number][0]  # one cell over all columns: a title
        else:
            header.append(rows[number])
    if header:
        columns = [
            list(dict.fromkeys(row[at] for row in header if at < len(row) and row[at]))
            for at in range(max(len(row) for row in header))
        ]
        yield _line([" ".join(names) for names in columns])
        if body < len(rows):
            yield _line(["---"] * len(columns))
    left = rows[body:]
    # What spans all columns below the last row is a remark on the table, and no row of it.
    remarks = [left.pop() for _ in left[1:] if len(left[-1]) == 1 < width][::-1]
    yield from (_line(row) for row in left if any(row))
    yield from (row[0] for row in remarks if row[0])


def _filled(table: list[list[_Cell]]) -> list[list[str]]:
    """Returns the texts of rows, cells that span several columns or rows in each of them."""
    widest = max(sum(cell.columns for cell in row) for row in table)
    rows: list[list[str]] = []
    held: dict[int, tuple[int, str]] = {}
    for cells in table:
        if len(cells) == 1 and cells[0].columns >= widest > 1 and not held:
            rows.append([_flat(cells[0].text)])
            continue
        row: list[str] = []
        following: dict[int, tuple[int, str]] = {}
        for cell in cells:
            _take_held(row, held, following)
            text = _flat(cell.text)
            again = text if len(text) <= MAX_REPEATED else ""
            for number in range(cell.columns):
                if cell.rows > 1:
                    following[len(row)] = cell.rows - 1, again
                row.append(again if number else text)
        _take_held(row, held, following)
        held = following
        rows.append(row)
    return rows


def _take_held(
    row: list[str], held: dict[int, tuple[int, str]], following: dict[int, tuple[int, str]]
) -> None:
    """Adds the cells of rows above that reach down to the row's next places."""
    while len(row) in held:
        left, text = held.pop(len(row))
        if left > 1:
            following[len(row)] = left - 1, text
        row.append(text)


def _flat(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
