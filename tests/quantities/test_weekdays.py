"""Days of the week in every form, and what follows from them for a claim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.quantities.restate import write_alike
from groundwire.quantities.weekdays import find_days

NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("open Monday to Friday", [{0, 1, 2, 3, 4}]),
        ("open Mon–Fri, Sat and Sun", [{0, 1, 2, 3, 4}, {5}, {6}]),
        ("closed from Friday until Monday", [{4, 5, 6, 0}]),
        ("on Tuesdays and Thursdays", [{1}, {3}]),
        ("on weekdays, not at weekends", [{0, 1, 2, 3, 4}, {5, 6}]),
        ("two working days; daily at 9", [{0, 1, 2, 3, 4}, set(range(7))]),
        ("the sun sat high in march", []),
        ("Sunday-school teacher", [{6}]),
        ("Friday to May", [{4}]),
    ],
)
def test_days_are_found(text: str, days: list[set[int]]) -> None:
    assert [set(found.days) for found in find_days(text)] == days
    assert all(text[found.start : found.end] == found.text for found in find_days(text))


@given(st.integers(0, 6), st.integers(0, 6), st.sampled_from([" to ", "-", " – ", " through "]))
def test_a_range_has_both_of_its_ends(first: int, last: int, mark: str) -> None:
    (found,) = find_days(f"It opens {NAMES[first]}{mark}{NAMES[last]}.")
    assert {first, last} <= found.days and len(found.days) == (last - first) % 7 + 1
    short = find_days(f"It opens {NAMES[first][:3]}{mark}{NAMES[last][:3]}.")
    assert [days.days for days in short] == [found.days]


@pytest.mark.parametrize(
    ("claim", "sentence", "written"),
    [
        ("It opens on Wednesday.", "Open Monday to Friday.", "It opens on Monday to Friday."),
        ("It opens on Wednesday.", "Open Wednesday to Friday and Wednesday night.", None),
        ("It opens on Sunday.", "Open Monday to Friday.", None),
        # It may have moved from one day to the other.
        ("The demo is on Friday.", "We moved the demo from Monday to Friday.", None),
        ("It opens on Wednesday.", "Daily in May, on weekdays in winter.", None),
    ],
)
def test_a_day_is_written_as_the_days_that_it_is_one_of(
    claim: str, sentence: str, written: str | None
) -> None:
    assert write_alike(claim, [sentence])[0] == (written or claim)
