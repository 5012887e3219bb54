"""Moments and literals that the evidence has nowhere, and those that it has in another form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.types import Claim, Quote
from groundwire.verify.checks.lacking import check_lacking


def lacking(claim: str, *evidence: str) -> list[tuple[str, str]]:
    quotes = [Quote(text, "s", 0, len(text)) for text in evidence]
    found = check_lacking(Claim(claim, 0, len(claim)), quotes)
    assert all(f.status == "missing" and claim[f.start : f.end] == f.claimed for f in found)
    return [(f.kind, f.claimed) for f in found]


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        ("The pool is open until 9 pm.", "Mon to Fri 7:30 am - 8 pm", ("moment", "9 pm")),
        ("It is free from 1 June.", "Free: 15 May", ("moment", "1 June")),
        ("Report it before 11:00.", "before 9:30. Canteen: 11:30 to 14:00", ("moment", "11:00")),
        ("It was founded in 2012.", "The club was founded in 2011.", ("moment", "2012")),
        ("Dark mode came in version 4.10.0.", "## 4.10.1\n## 4.9.0", ("literal", "4.10.0")),
        ("`load_rows` returns `None`.", "`load_rows(n)` returns a list.", ("literal", "`None`")),
        ("Morel needs at least Lua 5.1.", "Morel needs Lua 5.10 or newer.", ("literal", "5.1")),
    ],
)
def test_what_the_evidence_has_nowhere(claim: str, evidence: str, found: tuple[str, str]) -> None:
    assert lacking(claim, evidence) == [found]


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The pool is open until 8 pm.", "Mon to Fri 7:30 am - 8 pm"),
        ("The pool is open until 8 pm.", "Mon to Fri 7:30 - 20:00"),
        ("It ends at 8 pm.", "It starts at 6 pm and takes two hours."),
        ("It is open in June.", "Open from 1 April to 31 October"),
        ("At 3pm it rains.", "item 1:3pm:The rain sets in, at 6pm it ends"),
        ("It lands at 15:00 CET.", "It lands at 14:00 UTC."),
        ("It lands at 15:00.", "It lands at 14:00 UTC."),
        ("She died in 2020.", "Born in 1950, she died at the age of 70."),
        ("It opened on 5 May 2020.", "It opened in May 2020, in spring."),
        ("It was not founded in 2012.", "The club was founded in 2011."),
        ("It opens on 1 January.", "It opens on New Year's Day."),
        ("It was sold in the 1990s.", "It was sold in 1994."),
        ("Use `DROP table_name`.", "DROP TABLE table\\_name `x`"),
        ("Run `clear_all`.", "The call clear_all() empties it; see also `fill`."),
        ("Dark mode came in version 4.10.", "## 4.10.1"),
        ("Morel needs Lua 5.10.", "Morel needs Lua 5.10 or newer."),
        ("Call `stop`.", "There is a function that ends it."),
    ],
)
def test_what_it_has_in_another_form_or_may_have(claim: str, evidence: str) -> None:
    assert lacking(claim, evidence) == []


@given(
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(["{:02}:{:02}", "{}:{:02}", "at {}.{:02}"]),
)
def test_a_time_that_is_copied_is_never_lacking(hour: int, minute: int, form: str) -> None:
    told = form.format(hour, minute)
    assert lacking(f"It leaves {told}.", f"It arrives at 4:44 pm and leaves {told} or so.") == []


@given(st.dates().filter(lambda d: d.year >= 1000), st.booleans())
def test_a_date_is_found_in_any_form(day: object, iso: bool) -> None:
    long = f"{day:%d %B %Y}"
    told = f"{day:%Y-%m-%d}" if iso else long
    assert lacking(f"It was signed on {long}.", f"Signed: {told}, on paper") == []
