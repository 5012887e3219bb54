"""Figures of a verifier on labelled pairs."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.cli.commands import main
from groundwire.errors import InputError
from groundwire.evaluate.metrics import (
    compute_calibration_error,
    find_best_threshold,
    summarize_set,
)
from groundwire.evaluate.pairs import LabelledPair, read_labelled, score_pairs
from groundwire.types import Claim, Evidence, Label, Verdict

GOOD = '{"premise": "a", "hypothesis": "b", "label": "supported"}'


class Overlap:
    """Supported with the share of the claim's words that the evidence has."""

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        out = []
        for claim, found in zip(claims, evidence, strict=True):
            words = {w.strip(".") for w in claim.text.split()}
            known = {w.strip(".") for e in found for w in e.passage.text.split()}
            share = len(words & known) / len(words)
            label: Label = "supported" if share >= 0.5 else "unsupported"
            out.append(Verdict(claim, label, share) if found else Verdict(claim, "unchecked"))
        return out


def test_the_worst_claim_stands_for_the_text() -> None:
    pairs = [
        LabelledPair("a", "The cat sat on the red mat.", "The cat sat on the red mat.", True),
        LabelledPair("b", "The cat sat.", "The cat sat. Dogs bark loudly at night.", False),
        LabelledPair("c", "", "The cat sat.", True),
        LabelledPair("d", "The cat sat.", "Hello!", False),
    ]
    done: list[int] = []
    scored = list(score_pairs(Overlap(), pairs, done.append))
    assert [s.score for s in scored] == [1.0, 0.0, None, 0.0]
    assert [s.label for s in scored] == ["supported", "unsupported", "unchecked", "unsupported"]
    assert done == [4]


def test_perfect_and_useless_scores() -> None:
    labels = [True, False] * 50
    sources = [str(i) for i in range(100)]
    perfect = summarize_set(labels, [0.99 if y else 0.01 for y in labels], sources)
    assert perfect.auc.value == perfect.balanced_accuracy.value == perfect.f1.value == 1.0
    assert perfect.ece.value == pytest.approx(0.01, abs=1e-3)
    useless = summarize_set(labels, [0.5] * 100, sources)
    assert useless.auc.value == 0.5
    assert useless.balanced_accuracy.value == 0.5


def test_intervals_hold_the_value_and_grow_with_clusters() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(400) < 0.5
    scores = np.clip(truth * 0.3 + rng.random(400) * 0.7, 0, 1)
    alone = summarize_set(truth.tolist(), scores.tolist(), [str(i) for i in range(400)])
    assert alone.auc.low < alone.auc.value < alone.auc.high
    order = np.argsort(scores)  # equal sources hold like scores: fewer independent draws
    named = np.empty(400, dtype=int)
    named[order] = np.arange(400) // 20
    grouped = summarize_set(truth.tolist(), scores.tolist(), [str(i) for i in named])
    assert grouped.sources == 20
    width = grouped.balanced_accuracy.high - grouped.balanced_accuracy.low
    assert width > 1.3 * (alone.balanced_accuracy.high - alone.balanced_accuracy.low)


def test_one_class_has_no_auc_and_is_valid_json() -> None:
    summary = summarize_set([True, True], [0.9, None], ["a", "b"])
    assert math.isnan(summary.auc.value)
    assert summary.unchecked == 1
    data = json.loads(json.dumps(summary.to_dict(), allow_nan=False))
    assert data["auc"]["value"] is None


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=4, max_size=40))
def test_no_threshold_beats_the_best_one(rows: list[tuple[bool, float]]) -> None:
    labels, scores = [y for y, _ in rows], [p for _, p in rows]
    if len(set(labels)) < 2:
        return

    def balanced(threshold: float) -> float:
        hits = np.mean([p >= threshold for y, p in rows if y])
        return float(hits + np.mean([p < threshold for y, p in rows if not y])) / 2

    chosen = balanced(find_best_threshold(labels, scores))
    assert chosen >= max(balanced(p) for p in scores) - 1e-9


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_calibration_error_is_a_share(scores: list[float]) -> None:
    labels = np.array([p > 0.5 for p in scores], dtype=np.float64)
    assert 0.0 <= compute_calibration_error(labels, np.array(scores)) <= 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no pairs"),
        ('{"premise": "a"}', "row 1: premise and hypothesis"),
        ('{"premise": "a", "hypothesis": "b", "label": "yes"}', "'yes'"),
        ("nope", "row 1: not JSON"),
        ("[" * 100_000, "row 1: not JSON"),
        ("[1]", "row 1: .1. is not a JSON object"),
        (GOOD + '\n\n{"premise": "a", "hypothesis": "b", "label": ["supported"]}', "row 3: label"),
        ('{"premise": "a", "hypothesis": "b", "label": {"supported": 1}}', "label is {"),
        ('{"premise": "a", "hypothesis": "b", "label": true}', "label is True"),
        ('{"premise": "a", "hypothesis": "b", "label": 1.0}', "label is 1.0"),
        ('{"premise": "a", "hypothesis": "b", "question": 5}', "row 1: question is 5"),
        ('{"premise": "a", "hypothesis": "b", "id": ["x"]}', "row 1: id is"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_labelled(path)


def test_labels_and_ids_are_read(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    rows = [
        {"id": "q", "premise": "a", "hypothesis": "b", "label": "not_enough"},
        {"premise": "a", "hypothesis": "c", "question": "d?"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    first, second = read_labelled(path)
    assert (first.id, first.supported) == ("q", False)
    assert (second.id, second.supported, second.question) == ("2", None, "d?")
    assert first.source == second.source


def test_a_byte_order_mark_is_no_part_of_the_first_row(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert [pair.supported for pair in read_labelled(path)] == [True]


LINES = "".join(
    json.dumps({"premise": f"premise {i}", "hypothesis": f"claim {i * 7919 % 1009}"}) + "\n"
    for i in range(3000)
)
PACKED = gzip.compress(LINES.encode(), mtime=0)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("p.jsonl", GOOD.encode("utf-16"), "row 1: cannot be read as text"),
        ("p.jsonl", GOOD.encode() + b'\n{"premise": "\xff"}\n', "row 2: cannot be read as text"),
        ("p.jsonl.gz", b"no gzip", "row 1: cannot be read"),
        ("p.jsonl.gz", PACKED[: len(PACKED) // 2], r"row \d+: cannot be read"),
        ("p.jsonl.gz", PACKED[:200] + b"\0" * 50 + PACKED[250:], r"row \d+: "),
    ],
)
def test_damaged_files_are_named_and_never_abort(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    data: bytes,
    message: str,
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        read_labelled(path)
    assert main(["evaluate", "--pairs", str(path)]) == 2
    error = capsys.readouterr().err
    assert name in error and "Aborted" not in error and "Traceback" not in error


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl.gz").write_bytes(PACKED)
    assert len(read_labelled(tmp_path / "p.jsonl.gz")) == 3000
