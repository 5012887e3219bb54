"""Rows and the window of a training: most must fit, or it says what would do and stops."""

from __future__ import annotations

from typing import Any

import pytest

from groundwire.errors import InputError
from groundwire.train.generator.batches import MOST_LEFT_OUT, Example, select_fitting
from groundwire.train.generator.data import Row


class Lengths:
    """Gives each row as many tokens as its target has characters."""

    def examples(self, rows: list[Row]) -> list[Example]:
        return [Example([0], [0] * (len(row.target) - 1)) for row in rows]


ENCODER: Any = Lengths()


def rows_of(*lengths: int) -> list[Row]:
    return [Row("", "x" * length, "") for length in lengths]


def test_most_rows_must_fit() -> None:
    rows = rows_of(*[10] * 4, *[90] * 5, 400)
    with pytest.raises(InputError, match=r"sft: 4 of 10 rows fit data.max_tokens = 20") as told:
        select_fitting(rows, ENCODER, 20, "sft", MOST_LEFT_OUT)
    assert "nine rows in ten take at most 90 tokens" in str(told.value)
    kept, examples = select_fitting(rows, ENCODER, 90, "sft", MOST_LEFT_OUT)
    assert len(kept) == len(examples) == 9


def test_where_some_may_be_left_out_one_is_enough() -> None:
    kept, _ = select_fitting(rows_of(10, 90, 90), ENCODER, 20, "evaluate")
    assert len(kept) == 1
    with pytest.raises(InputError, match="evaluate: 0 of 1 rows fit"):
        select_fitting(rows_of(90), ENCODER, 20, "evaluate")
