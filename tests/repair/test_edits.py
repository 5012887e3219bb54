from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.repair.edits import apply_edits, compose_edits
from groundwire.types import Edit

TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)
INSERTS = st.text("XYZ\ud800", max_size=3)


@st.composite
def edits(draw: st.DrawFn, size: int) -> list[Edit]:
    """Sorted, disjoint edits of a text of some size; empty ones and insertions included."""
    cuts = sorted(draw(st.lists(st.integers(0, size), max_size=8)))
    made = [
        Edit(start, end, draw(INSERTS), draw(st.sampled_from(["", "one", "two"])))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    return [edit for edit in made if draw(st.booleans()) or edit.start < edit.end]


@st.composite
def rounds(draw: st.DrawFn) -> tuple[str, list[Edit], list[Edit]]:
    answer = draw(TEXTS)
    first = draw(edits(len(answer)))
    return answer, first, draw(edits(len(apply_edits(answer, first))))


def survivors(answer: str, first: list[Edit], second: list[Edit]) -> set[int]:
    """Offsets of the answer that neither round takes out, found character by character."""
    origins: list[int | None] = list(range(len(answer)))
    for change in (first, second):
        for edit in reversed(change):
            origins[edit.start : edit.end] = [None] * len(edit.text)
    return {origin for origin in origins if origin is not None}


@given(rounds())
def test_one_list_does_what_two_do(made: tuple[str, list[Edit], list[Edit]]) -> None:
    answer, first, second = made
    composed = compose_edits(answer, first, second)
    assert apply_edits(answer, composed) == apply_edits(apply_edits(answer, first), second)
    for one, two in pairwise(composed):
        assert one.end < two.start or (one.end == two.start and one != two)
    kept = survivors(answer, first, second)
    for edit in composed:
        assert kept.isdisjoint(range(edit.start, edit.end))
        assert edit.text or edit.start < edit.end


@given(rounds())
def test_composing_with_nothing_changes_nothing(made: tuple[str, list[Edit], list[Edit]]) -> None:
    answer, first, _ = made
    alone = apply_edits(answer, first)
    assert apply_edits(answer, compose_edits(answer, first, [])) == alone
    assert apply_edits(answer, compose_edits(answer, [], first)) == alone
    assert compose_edits(answer, [], []) == []


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([Edit(4, 6, "62", "a")], [Edit(0, 3, "", "b")], [(0, 3, ""), (4, 6, "62")]),
        ([Edit(4, 6, "6200", "a")], [Edit(3, 9, "", "b")], [(3, 7, "")]),
        ([Edit(0, 4, "", "a")], [Edit(0, 2, "", "b")], [(0, 6, "")]),
        ([], [Edit(10, 10, "!", "b")], [(10, 10, "!")]),
    ],
)
def test_cases(first: list[Edit], second: list[Edit], expected: list[tuple[int, int, str]]) -> None:
    found = compose_edits("The 64 kg.", first, second)
    assert [(edit.start, edit.end, edit.text) for edit in found] == expected


def test_reasons_of_both_rounds_are_kept_once() -> None:
    first = [Edit(2, 4, "xy", "said")]
    (edit,) = compose_edits("abcdef", first, [Edit(1, 3, "", "removed"), Edit(3, 4, "", "removed")])
    assert "removed" in edit.reason
    assert edit.reason.count("removed") == 1
