"""Ties: cells that a claim says of one row, and rows that have them together or do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire import Guard
from groundwire.evidence.scopes import find_lines
from groundwire.text.words import split_table
from groundwire.verify.tables.columns import read_tables
from groundwire.verify.tables.conclusion import Conclusion
from groundwire.verify.tables.durations import find_durations
from groundwire.verify.tables.ties import find_ties

WALKS = """| Walk | Guide | Day | Time | Places left |
| --- | --- | --- | --- | --- |
| Harbor for families | Ana Lund | Monday | 9:00-11:30 | 3 |
| Old Town | Bo Karim | Tuesday | 14:00-15:00 | 0 |
| Castle | Ana Lund | Friday | 10:00-13:00 | 8 |
"""
STAFF = """| Name | Manager | Site |
| --- | --- | --- |
| Ida Roth | Max Vos | Lyon |
| Max Vos | - | Ghent |
| Eli Sato | Max Vos | Ghent |
"""
FERRIES = """| Line | Departs | Arrives |
| --- | --- | --- |
| Holm - Brekke | 23:40 | 00:25 |
| Brekke - Sund | 08:00 | 09:30 |
"""


PARCELS = """| Item | Sent | Box |
| --- | --- | --- |
| Mug Aster | yes | 1 |
| Bowl Lind | no | 2 |
| Plate Moe | yes | 1 |
"""


def tie(text: str, evidence: str) -> list[Conclusion]:
    lines, _ = find_lines(evidence, None, 0)
    return find_ties(text, read_tables([line for line in lines if line.cells]))


def last(text: str, evidence: str) -> list[Conclusion]:
    lines, _ = find_lines(evidence, None, 0)
    return find_durations(text, read_tables([line for line in lines if line.cells]))


@pytest.mark.parametrize(
    ("text", "evidence", "claimed", "said"),
    [
        ("Bo Karim's walk is on Friday.", WALKS, "Friday", "Tuesday"),
        ("On Fridays you can see the Old Town.", WALKS, "Old Town", "Castle"),
        ("The harbor walk takes place on Tuesdays.", WALKS, "Tuesdays", "Monday"),
        ("Bo Karim guides the castle walk.", WALKS, "castle", "Old Town"),
        ("Ana Lund guides the harbor and the Old Town.", WALKS, "Old Town", None),
        ("The castle walk starts at 2 pm.", WALKS, "2 pm", "10:00-13:00"),
        ("Ida works in Ghent.", STAFF, "Ghent", "Lyon"),
    ],
)
def test_cells_of_two_rows_are_of_none(
    text: str, evidence: str, claimed: str, said: str | None
) -> None:
    (told,) = tie(text, evidence)
    assert told.holds is False and not told.note
    assert text[told.start : told.end] == claimed
    assert told.kind == ("row" if said else "comparison")
    assert said is None or told.said == said


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Ana Lund guides the harbor and the castle.", WALKS),
        ("Bo Karim's walk is on Tuesday.", WALKS),
        ("Max Vos manages Ida Roth.", STAFF),
        ("Ida Roth is managed by Max Vos.", STAFF),
    ],
)
def test_cells_of_one_row_are_told_as_they_are_claimed(text: str, evidence: str) -> None:
    (told,) = tie(text, evidence)
    assert told.holds is True and told.note.rstrip(".") == text.rstrip(".")
    assert told.lines


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Bo Karim never guides on Friday.", WALKS),  # a denial
        ("Bo Karim moved from Tuesday to Friday.", WALKS),  # a change
        ("Ana Lund's walk is before the Old Town.", WALKS),  # speaks of both rows
        ("Bo Karim guides the Old Town, and the castle walk is on Friday.", WALKS),
        ("Ida Roth works with Max Vos.", STAFF),  # both are names of rows
        ("Ida Roth manages Max Vos.", STAFF),  # who manages whom is not told by one row
        ("Bo Karim likes Fridays or Mondays.", WALKS),
        ("The Old Town and the castle.", WALKS),
        ("Eli Sato's manager is Max Vos, who works with Ida Roth in Lyon.", STAFF),
    ],
)
def test_what_speaks_of_several_rows_or_of_something_else_is_no_denial(
    text: str, evidence: str
) -> None:
    told = tie(text, evidence)
    assert not [t for t in told if t.holds is False]
    assert not [t for t in told if t.note.startswith(("Ida Roth", "The Old Town"))]


@pytest.mark.parametrize(
    ("text", "evidence", "holds"),
    [
        ("The castle walk takes three hours.", WALKS, True),
        ("The castle walk takes two hours.", WALKS, False),
        ("Bo Karim's walk lasts 60 minutes.", WALKS, True),
        ("The harbor walk lasts two and a half hours.", WALKS, True),
        ("The harbor walk takes more than two hours.", WALKS, True),
        ("The ferry from Holm to Brekke takes 45 minutes.", FERRIES, True),
        ("The ferry from Holm to Brekke takes 25 minutes.", FERRIES, False),
    ],
)
def test_how_long_it_lasts_follows_from_both_ends(text: str, evidence: str, holds: bool) -> None:
    (told,) = last(text, evidence)
    assert told.holds is holds and bool(told.note) is holds


@pytest.mark.parametrize(
    "text",
    [
        "The castle walk does not take two hours.",
        "The walks take five hours altogether.",
        "The castle walk is free for two hours.",
    ],
)
def test_other_spans_of_time_are_not_reckoned(text: str) -> None:
    assert last(text, WALKS) == []


def test_the_guard_reads_ties_and_durations() -> None:
    guard = Guard()
    answers = {
        "Bo Karim's walk is on Friday.": "contradicted",
        "Ana Lund guides the harbor and the castle.": "supported",
        "The Old Town walk is fully booked.": "supported",
        "The castle walk is fully booked.": "contradicted",
        "The castle walk lasts three hours.": "supported",
        "The castle walk lasts two hours.": "contradicted",
    }
    for answer, label in answers.items():
        (verdict,) = guard.check(answer, WALKS).verdicts
        assert verdict.label == label, answer


def test_a_mark_is_a_cell_of_the_rows_that_have_it() -> None:
    (told,) = tie("The bowls have been sent.", PARCELS)
    assert (told.holds, told.kind) == (False, "comparison")
    (told,) = tie("The mug has been sent.", PARCELS)
    assert told.holds is True
    unsent = PARCELS.replace("yes", "no")
    (told,) = tie("Sent was the mug.", unsent)
    assert (told.holds, told.said) == (False, "Mug Aster (no)")


def test_prose_beside_a_table_may_tell_of_something_else() -> None:
    guard = Guard()
    text = f"{WALKS}\nBo Karim also gives a talk on old maps in the museum every Friday."
    (verdict,) = guard.check("Bo Karim gives a talk on Friday.", text).verdicts
    assert verdict.label == "supported"


WORDS = st.sampled_from(
    split_table(
        "the and Ana Lund Bo Karim castle Friday Tuesdays 9:00 Lyon Max Vos manages sent mug bowls "
        "box 1 2 23:40 Sund from to 45 minutes takes . , is in"
    )
)


@given(
    st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=12).map(" ".join)),
    st.sampled_from([WALKS, STAFF, FERRIES, PARCELS, PARCELS.replace("yes", "no")]),
)
def test_it_reads_anything(text: str, evidence: str) -> None:
    for told in (*tie(text, evidence), *last(text, evidence)):
        assert 0 <= told.start < told.end <= len(text)
