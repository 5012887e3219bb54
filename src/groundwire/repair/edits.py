"""Edits of an answer: made, followed by offsets, and two rounds of them composed into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from groundwire.errors import InputError
from groundwire.types import Edit


def apply_edits(answer: str, edits: Sequence[Edit]) -> str:
    """Returns the answer with the edits made.

    Raises:
        InputError: if the edits are not sorted, disjoint and inside the answer.
    """
    pieces, last = [], 0
    for edit in edits:
        if not last <= edit.start <= edit.end <= len(answer):
            raise InputError(
                f"edit [{edit.start}:{edit.end}] overlaps another or leaves the answer "
                f"of {len(answer)} characters: sort the edits and keep them disjoint"
            )
        pieces += [answer[last : edit.start], edit.text]
        last = edit.end
    return "".join([*pieces, answer[last:]])


def map_offset(edits: Sequence[Edit], position: int) -> int:
    """Maps an offset of the rewritten text to the offset in the answer that it came from.

    Inside a replacement that is the start of what was replaced; where text was removed it is
    the first character that was kept after it.

    Args:
        edits: the sorted, disjoint edits that made the rewritten text.
        position: offset in the rewritten text.
    """
    shift = 0
    for edit in edits:
        written = edit.start + shift
        if position < written:
            break
        if position < written + len(edit.text):
            return edit.start
        shift += len(edit.text) - (edit.end - edit.start)
    return position - shift


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of the current text: kept from ``start`` of the original, or inserted."""

    text: str
    start: int | None
    reason: str = ""


def compose_edits(answer: str, first: Sequence[Edit], second: Sequence[Edit]) -> list[Edit]:
    """Returns the edits of ``answer`` that do what ``first`` and then ``second`` do.

    Args:
        answer: the text that ``first`` belongs to.
        first: sorted, disjoint edits of ``answer``.
        second: sorted, disjoint edits of the text that ``first`` makes.

    Returns:
        Sorted, disjoint edits of ``answer``; text that both leave alone is in none of them.
    """
    pieces = _apply([_Piece(answer, 0)], first)
    return _edits(answer, _apply(pieces, second))


def _apply(pieces: Sequence[_Piece], edits: Sequence[Edit]) -> list[_Piece]:
    out: list[_Piece] = []
    position = 0
    waiting = list(edits)
    for piece in pieces:
        begin, end = position, position + len(piece.text)
        position = end
        at = begin
        while waiting and waiting[0].start < end:
            edit = waiting[0]
            out.append(_part(piece, at - begin, max(at, edit.start) - begin))
            if edit.start >= begin:
                out.append(_Piece(edit.text, None, edit.reason))
            at = max(at, min(edit.end, end))
            if edit.end > end:
                break
            waiting.pop(0)
        out.append(_part(piece, at - begin, len(piece.text)))
    out += [_Piece(edit.text, None, edit.reason) for edit in waiting if edit.start >= position]
    return [piece for piece in out if piece.text or piece.reason]


def _part(piece: _Piece, start: int, end: int) -> _Piece:
    if piece.start is None:
        return _Piece(piece.text[start:end], None, piece.reason)
    return _Piece(piece.text[start:end], piece.start + start)


def _edits(answer: str, pieces: Sequence[_Piece]) -> list[Edit]:
    edits: list[Edit] = []
    done = 0
    text: list[str] = []
    reasons: dict[str, None] = {}
    for piece in [*pieces, _Piece("", len(answer))]:
        if piece.start is None:
            text.append(piece.text)
            reasons[piece.reason] = None
            continue
        new = "".join(text)
        if new or piece.start > done:
            edits.append(Edit(done, piece.start, new, "; ".join(filter(None, reasons))))
        text, reasons = [], {}
        done = piece.start + len(piece.text)
    return edits
