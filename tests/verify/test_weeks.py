"""Weeks: claims about days and hours against lines of opening hours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire import Guard
from groundwire.types import Claim, Quote
from groundwire.verify.checks.hours import check_hours
from groundwire.verify.weeks import read_week

TOOLS = "Tool rental: Mon-Fri 7:00-18:00, Sat 8:00-12:00."
ARCHIVE = "The archive is open Tuesday to Friday from 9 am to 4 pm, on Saturdays until 1 pm."


@pytest.mark.parametrize(
    ("text", "evidence", "holds"),
    [
        ("On Saturday you can come until noon.", TOOLS, True),
        ("On Saturday we are open until 6 pm.", TOOLS, False),
        ("The shop opens at 7 am on Mondays.", TOOLS, True),
        ("The shop opens at 8 am on Mondays.", TOOLS, False),
        ("We are closed on Sundays.", TOOLS, True),
        ("We are open on Sundays.", TOOLS, False),
        ("We are closed on Fridays.", TOOLS, False),
        ("On Wednesdays it is open from 7 to 18.", TOOLS, True),
        ("On Saturdays it is open from 7 to 18.", TOOLS, False),
        ("The archive closes at 1 pm on Saturdays.", ARCHIVE, True),
        ("The archive is open at 3 pm on Thursday.", ARCHIVE, True),
        ("The archive is open at 5 pm on Thursday.", ARCHIVE, False),
        ("The archive is closed on Mondays.", ARCHIVE, True),
    ],
)
def test_hours_of_a_day_decide(text: str, evidence: str, holds: bool) -> None:
    told = read_week(text, [evidence])
    assert told is not None and told.holds is holds
    found = check_hours(Claim(text, 0, len(text)), [Quote(evidence, "e", 0, len(evidence))])
    assert bool(found) is not holds


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("The kitchen closes at 6 pm.", [TOOLS]),  # of another thing
        ("We may be open on Sundays.", [TOOLS]),
        ("Except on holidays, we are open on Saturday until noon.", [TOOLS]),
        ("We are open on Saturday until 2 pm.", [TOOLS, "Nursery: Sat 9:00-14:00."]),
        ("We are open on Sundays.", [TOOLS, "On Sundays you can drop off returns."]),
        ("A drill costs 12 euros on Saturday.", [TOOLS]),
        ("We do not rent on Saturdays after noon.", [TOOLS]),
        ("We are open on Sundays.", ["The market is on Sunday."]),
    ],
)
def test_what_hours_do_not_decide_is_left_alone(text: str, sentences: list[str]) -> None:
    assert read_week(text, sentences) is None


def test_the_guard_reads_hours() -> None:
    guard = Guard()
    (wrong,) = guard.check("On Saturday we are open until 6 pm.", TOOLS).verdicts
    assert (wrong.label, wrong.quotes[0].text) == ("contradicted", TOOLS)
    assert "Saturday: 8:00 to 12:00" in wrong.reason
    (right,) = guard.check("The rental is closed on Sundays.", TOOLS).verdicts
    assert right.label == "supported"


@given(st.text(max_size=60), st.lists(st.sampled_from([TOOLS, ARCHIVE, "Mon closed"]), max_size=3))
def test_it_reads_anything(text: str, sentences: list[str]) -> None:
    told = read_week(text, sentences)
    if told is not None:
        assert 0 <= told.start < told.end <= len(text) and told.sentence < len(sentences)
