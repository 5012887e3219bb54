"""Hours of a week: days with their spans, in whichever order and form they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.quantities.hours import find_hours, find_spans

WORK, ALL = [0, 1, 2, 3, 4], list(range(7))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon-Fri 8:30-17:00, Sat 9:00-13:00", [(WORK, [(8.5, 17)]), ([5], [(9, 13)])]),
        ("Hours: Wed–Sun 12–23, Mon closed", [([2, 3, 4, 5, 6], [(12, 23)]), ([0], [])]),
        ("Open 8-4 on weekdays and 11 am - 3 pm on Sundays.",
         [(WORK, [(8, 16)]), ([6], [(11, 15)])]),
        ("Monday: 8-11 and 13-17 (open)", [([0], [(8, 11), (13, 17)])]),
        ("The gate is open daily from 6 to 22.", [(ALL, [(6, 22)])]),
        ("Fri 20:00-03:00", [([4], [(20, 27)])]),
        ("Tue, Thu & Sat 10:15 a.m.–5 p.m.", [([1, 3, 5], [(10.25, 17)])]),
        ("Mon to Thu from 10 am to 6 pm, on Fridays until 4 pm",
         [([0, 1, 2, 3], [(10, 18)]), ([4], [(10, 16)])]),
        ("We are closed on Sundays and public holidays.", [([6], [])]),
        ("Saturday noon to 5 pm", [([5], [(12, 17)])]),
    ],
)  # fmt: skip
def test_days_have_their_hours(
    text: str, expected: list[tuple[list[int], list[tuple[float, float]]]]
) -> None:
    found = [(sorted(h.days), [(a / 60, b / 60) for a, b in h.spans]) for h in find_hours(text)]
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "On Monday 5-10 people came.",
        "The train leaves on Friday at 9:00.",
        "Open from 9 to 5.",
        "Sunday's score was 3-1.",
    ],
)
def test_days_without_hours_are_none(text: str) -> None:
    assert find_hours(text) == ()


@given(st.integers(0, 23), st.integers(0, 59), st.integers(1, 23))
def test_a_span_ends_after_it_begins(hour: int, minute: int, lasting: int) -> None:
    text = f"{hour}:{minute:02}-{(hour + lasting) % 24}:{minute:02}"
    (hours,) = find_spans(text)
    assert hours.spans == ((hour * 60 + minute, (hour + lasting) * 60 + minute),)
    assert text[hours.start : hours.end] == text


@given(st.text(max_size=80))
def test_it_reads_anything(text: str) -> None:
    for hours in (*find_hours(text), *find_spans(text)):
        assert 0 <= hours.start < hours.end <= len(text)
        assert all(begins < stops for begins, stops in hours.spans)
