"""Labels that people gave to answers of an audit."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from groundwire.audit.figures.tally import Answers, Bools, Ints, hash_text
from groundwire.audit.labeled_answers import parse_label
from groundwire.errors import InputError
from groundwire.io.jsonl import open_text, read_lines


def read_labels(path: Path, answers: Answers) -> tuple[Ints, Bools]:
    """Reads labels and finds their answers.

    Args:
        path: JSON lines, or CSV if its name ends so, gzipped or plain. A row has ``index`` or
            ``answer_id`` (both must agree), and ``label``: ``hallucinated`` or true, ``faithful``
            or false, or one of ``labeled_answers.SKIPPED``.
        answers: of the audit.

    Returns:
        Positions among the answers, ascending, and whether each is hallucinated.

    Raises:
        InputError: if a row cannot be read, belongs to no answer or to several, contradicts
            another one, or nothing is labeled.
    """
    found: dict[int, tuple[bool, str]] = {}
    ids = _by_id(answers)
    columns: dict[str, None] = {}
    for place, row in _rows(path):
        columns |= dict.fromkeys(row)
        label = parse_label(place, row.get("label", ""))
        if label is None:
            continue
        at = _position(place, row, answers, ids)
        known = found.setdefault(at, (label, place))
        if known[0] != label:
            raise InputError(
                f"{place}: answer {answers.index[at]} has another label in {known[1]}: "
                "decide for one and delete the other row"
            )
    if not found:
        names = ", ".join(repr(name)[:40] for name in list(columns)[:10]) or "none"
        raise InputError(
            f"{path}: it has no labels: expected a column 'label' that says hallucinated or "
            f"faithful; filled columns: {names} (`groundwire audit sample` writes a page to label)"
        )
    positions = np.array(sorted(found), dtype=np.int64)
    return positions, np.array([found[at][0] for at in positions.tolist()], dtype=bool)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if not path.name.removesuffix(".gz").endswith(".csv"):
        for number, row in read_lines(path):
            yield f"{path}, row {number}", row
        return
    with open_text(path, newline="") as file:
        reader = csv.DictReader(file)
        try:
            for row in reader:
                place = f"{path}, row {reader.line_num}"
                yield place, {key: value for key, value in row.items() if key and value}
        except csv.Error as error:
            raise InputError(f"{path}, row {reader.line_num}: not CSV ({error})") from error


def _by_id(answers: Answers) -> tuple[Any, Ints]:
    order = np.argsort(answers.ids, kind="stable").astype(np.int64)
    return answers.ids[order], order


def _position(place: str, row: dict[str, Any], answers: Answers, ids: tuple[Any, Ints]) -> int:
    index, name = row.get("index"), row.get("answer_id")
    if index is None and name is None:
        raise InputError(f"{place}: neither 'index' nor 'answer_id'; one must name the answer")
    if index is None:
        return _named(place, str(name), ids)
    try:
        wanted = int(str(index))
    except ValueError as error:
        raise InputError(f"{place}: index is {index!r:.40}; use a whole number") from error
    at = int(np.searchsorted(answers.index, wanted))
    if at >= len(answers) or answers.index[at] != wanted:
        raise InputError(f"{place}: the audit has no answer {wanted}; give the labels made for it")
    if name is not None and hash_text(str(name)) != answers.ids[at]:
        raise InputError(
            f"{place}: answer {wanted} of the audit is not {name!r:.80}; "
            "give the labels made for this audit"
        )
    return at


def _named(place: str, name: str, ids: tuple[Any, Ints]) -> int:
    wanted = np.uint64(hash_text(name))
    low, high = (int(np.searchsorted(ids[0], wanted, side)) for side in ("left", "right"))
    if high == low:
        raise InputError(f"{place}: the audit has no answer {name!r:.80}; give its index instead")
    if high - low > 1:
        raise InputError(
            f"{place}: {high - low} answers are called {name!r:.80}; give the index instead"
        )
    return int(ids[1][low])
