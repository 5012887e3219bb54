"""Labeling sample of an audit: the answers that are worth a label, and a page to label them on.

Answers are drawn uniformly, without replacement, from those with a checked claim: the mean of such
labels is unbiased without weights, and the corrected rate already takes from the scores what
strata would give. The order is random too, so that the first labels of an unfinished sample are
still a uniform sample. Verdicts are left out of both files: who labels should not see them.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from groundwire.audit.figures.tally import CHECKED, Ints, read_answers, read_records
from groundwire.audit.records import Record, encode_canonical
from groundwire.errors import InputError
from groundwire.io.atomic import write_whole

FILE = "sample.jsonl"
PAGE = "label.html"
_FOLDER = Path(__file__).parent / "label_page"

Row = dict[str, Any]


def draw_sample(output: Path, n: int = 200, seed: int = 0) -> Path:
    """Draws answers to label and writes ``sample.jsonl`` and ``label.html`` to the folder.

    A line has ``index``, ``answer_id``, ``place``, ``inclusion`` (the probability with which each
    answer is drawn), ``question``, ``answer``, ``claims`` (``start`` and ``end`` of those that
    were checked) and ``contexts``. The page needs no network and saves ``labels.jsonl``, which
    ``summarize`` reads.

    Args:
        output: the folder of the audit.
        n: answers to draw; all, if the audit has no more that were checked.
        seed: of the draw.

    Returns:
        The path of ``sample.jsonl``.

    Raises:
        InputError: if ``n`` is not positive, nothing was checked, the audit holds no text, or
            another draw lies there.
    """
    if n < 1:
        raise InputError(f"a sample of {n} answers cannot be drawn: ask for at least 1")
    answers, _ = read_answers(output)
    checked = answers.index[answers.checked > 0]
    if not len(checked):
        raise InputError(f"{output}: no answer has a checked claim; there is nothing to label")
    size = min(n, len(checked))
    drawn = np.random.default_rng(seed).permutation(checked)[:size]
    rows = _rows(output, drawn, size / len(checked))
    path, data = output / FILE, "".join(encode_canonical(row) + "\n" for row in rows).encode()
    if path.is_file() and path.read_bytes() != data:
        raise InputError(
            f"{path} holds another draw, which someone may be labeling: move it and {PAGE} away, "
            "or ask for the same number and seed"
        )
    write_whole(path, data)
    write_whole(output / PAGE, make_label_page(rows).encode())
    return path


def _rows(output: Path, drawn: Ints, inclusion: float) -> list[Row]:
    places = {int(index): place for place, index in enumerate(drawn)}
    found: list[Row] = [{} for _ in places]
    for record in read_records(output):
        if record["index"] in places:
            found[places[record["index"]]] = {**_row(record), "inclusion": inclusion}
    return found


def _row(record: Record) -> Row:
    report = record["report"]
    if not report["answer"]:
        raise InputError(
            f"answer {record['index']} was written without its text: label answers of an audit "
            "that was run without --no-text"
        )
    claims = [verdict["claim"] for verdict in report["verdicts"] if verdict["label"] in CHECKED]
    return {
        "index": record["index"],
        "answer_id": record["answer_id"],
        "place": record["place"],
        "question": report["question"],
        "answer": report["answer"],
        "claims": [{"start": claim["start"], "end": claim["end"]} for claim in claims],
        "contexts": [
            {"source": context["source"], "text": context["text"]} for context in record["contexts"]
        ],
    }


def make_label_page(rows: list[Row]) -> str:
    """Returns the page to label a sample on: one HTML file that needs no other.

    The texts of the sample lie in it as data and are only ever shown as text; its policy allows
    the one script and the one style sheet that it was made with, by their hashes, and no other
    source of anything.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined
    )
    script, style = (
        (_FOLDER / name).read_text(encoding="utf-8") for name in ("label.js", "label.css")
    )
    name = hashlib.sha256(encode_canonical(rows).encode()).hexdigest()[:16]
    return environment.get_template("label.html").render(
        rows=rows,
        name=name,
        script=script,
        style=style,
        script_hash=_hash(script),
        style_hash=_hash(style),
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
