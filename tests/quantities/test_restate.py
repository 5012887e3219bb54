"""Claims written as the evidence writes their values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.quantities.compare import is_same_value
from groundwire.quantities.parse import parse_values
from groundwire.quantities.restate import write_alike


@pytest.mark.parametrize(
    ("claim", "sentence", "written"),
    [
        ("The call is at 3 PM UTC.", "Call: 15:00 UTC.", "The call is at 15:00 UTC."),
        ("The call is at 3 PM EST.", "Call: 20:00 UTC.", "The call is at 20:00 UTC."),
        ("It was made on 5 March 2024.", "made: 2024-03-05T18:30Z", "It was made on 2024-03-05."),
        ("It lasts 24 months.", "It lasts 2 years.", "It lasts 2 years."),
        ("A 24-month lease.", "It is leased for 2 years.", "A 2-year lease."),
        ("It lasts 24 months.", "A 2-year lease.", "It lasts 2 years."),
        ("Rome has 12,480 shops.", "Rome has 12 480 shops.", "Rome has 12 480 shops."),
        ("Sales grew about 3%.", "Sales grew 2.94%.", "Sales grew 2.94%."),
        ("It made nearly $49 million.", "It made $48.97 million.", "It made $48.97 million."),
        ("12 eggs are left.", "A dozen eggs are left.", "A dozen eggs are left."),
        ("Take 12 eggs.", "A dozen eggs are needed.", "Take a dozen eggs."),
        ("25% of users left.", "One in four users left.", "One in four users left."),
        ("One in four users left.", "25% of users left.", "25% of users left."),
        ("It costs $1,200 per year.", "It costs $100 a month.", "It costs $100 a month."),
        ("It drew just over 2,000.", "It drew 2,013.", "It drew 2,013."),
        ("The call is at 9:00.", "The call is at 9 a.m. on Mondays.", "The call is at 9 a.m."),
        ("It needs version 2.4.", "It needs v2.4.0.", "It needs version 2.4.0."),
        ("It was built in the 1300s.", "built: 14th century", "It was built in the 14th century."),
        ("It has 45,500 fans.", "It has 45.5K fans.", "It has 45.5K fans."),
        (
            "It began on 5 March 2024 at 6:30 PM UTC.",
            "begun: 2024-03-05T18:30:00Z",
            "It began on 2024-03-05T18:30:00Z.",
        ),
        (
            "It began on 5 March 2024, 7:30 PM CET.",
            "begun: 2024-03-05T18:30:00Z",
            "It began on 2024-03-05T18:30:00Z.",
        ),
        (
            "It began on 5 March 2024 at 6:30 PM.",
            "begun: 2024-03-05T18:30:00",
            "It began on 2024-03-05T18:30:00.",
        ),
        ("Dial +1 (0)30 555 0100.", "Dial +1 30 555 0100.", "Dial +1 30 555 0100."),
        ("It left half an hour after noon.", "It left at 12:30.", "It left at 12:30."),
        ("Doors open at half past seven.", "Doors: 19:30.", "Doors open at 19:30."),
        (
            "In May the kiosk sells ice.",
            "From April to July: ice.",
            "From April to July the kiosk sells ice.",
        ),
        ("Open on 5 May.", "Open 1 April to 31 October.", "Open from 1 April to 31 October."),
        ("It runs in January.", "It runs November to March.", "It runs from November to March."),
        ("It holds no more than 9 tents.", "It holds up to 9 tents.", "It holds up to 9 tents."),
        ("Sona Łos met Zoe Brun.", "Zoë Brun", "Sona Łos met Zoë Brun."),
        ("Frau Mueller won.", "Frau Müller came first.", "Frau Müller won."),
    ],
)
def test_an_equal_value_is_written_as_the_evidence_writes_it(
    claim: str, sentence: str, written: str
) -> None:
    assert write_alike(claim, [sentence])[0] == written


@pytest.mark.parametrize(
    ("claim", "sentences"),
    [
        ("It lasts 24 months.", ["It lasts 24 months, or 2 years."]),
        ("It lasts 24 months.", ["It lasts 3 years."]),
        ("It holds 300 gallons.", ["It holds 300 litres."]),
        ("It grew about 3%.", ["A grew 2.94%.", "B grew 3.04%."]),
        ("It opened in 2024.", ["It opened on 5 March 2024."]),
        ("The call is at 3 PM UTC.", ["The call is at 3 PM."]),
        ("It is red.", ["It is red."]),
        ("It opens at 7:30.", ["It opens at 07:30 and 19:30; 7:30 is early."]),
        ("It is free in May.", ["It is free from April to June.", "In May it costs 3 euros."]),
        ("Rain fell in May.", ["April to June: dry.", "May to July: wet."]),
        ("It runs from May to June.", ["It runs from April to October."]),
        ("It opened in May 2020.", ["It is open from April to October."]),
        ("", []),
    ],
)
def test_what_is_written_alike_or_not_equal_stays(claim: str, sentences: list[str]) -> None:
    assert write_alike(claim, sentences) == (claim, tuple(range(len(claim))))


def test_each_character_leads_back_to_the_claim() -> None:
    claim = "On Monday at 3 PM UTC we meet."
    text, places = write_alike(claim, ["Meeting: 15:00 UTC, Monday"])
    assert text == "On Monday at 15:00 UTC we meet."
    assert len(places) == len(text)
    at = text.index("15:00 UTC")
    assert claim[places[at] : places[at + len("15:00 UTC") - 1] + 1] == "3 PM UTC"
    assert "".join(claim[i] for i in places[:at]) == "On Monday at "
    assert "".join(claim[i] for i in places[at + len("15:00 UTC") :]) == " we meet."


VALUES = st.sampled_from(
    ["3 PM UTC", "15:00 UTC", "16:00 CET", "24 months", "2 years", "12,480", "12 480", "12480",
     "a dozen", "12", "twelve", "5 March 2024", "2024-03-05", "about 3%", "2.94%", "$7.50",
     "8.4 km", "seven dollars and fifty cents", "8,400 m", "5 miles", "8 km", "one in four users",
     "25%", "v2.1", "half of the users", "50%", "5 × 10⁶", "5,000,000", "60 mph", "96.56 km/h",
     "41 °F", "5 °C", "Q3 2023", "the third quarter of 2023", "3 percentage points",
     "300 basis points", "no more than 5"]
)  # fmt: skip
TEXTS = st.lists(VALUES, min_size=1, max_size=3).map(
    lambda v: f"It was {' and then '.join(v)} there."
)


@given(TEXTS, st.lists(TEXTS, max_size=3))
@settings(max_examples=300, deadline=None)
def test_what_is_written_states_the_same(claim: str, sentences: list[str]) -> None:
    text, places = write_alike(claim, sentences)
    before, after = parse_values(claim), parse_values(text)
    assert len(before) == len(after) and len(places) == len(text)
    assert all(is_same_value(a, b) for a, b in zip(before, after, strict=True))
    assert list(places) == sorted(places) and all(0 <= i < len(claim) for i in places)
    own = {value.text for value in before}
    told = {value.text.casefold() for sentence in sentences for value in parse_values(sentence)}
    assert all(v.text in own or v.text.casefold() in told for v in after)


@given(st.text(max_size=100), st.lists(st.text(max_size=100), max_size=2))
@settings(max_examples=100, deadline=None)
def test_any_text_is_written(claim: str, sentences: list[str]) -> None:
    text, places = write_alike(claim, sentences)
    assert len(text) == len(places)


@pytest.mark.parametrize(
    ("claim", "sentence", "written"),
    [
        ("The paint is lead-free.", "No lead is in it.", "The paint is without lead."),
        ("It is free of any nuts.", "It contains no nuts.", "It is without nuts."),
        ("A sugar-free drink is sold.", "It has no sugar.", "A sugar-free drink is sold."),
        ("Entry is free of charge.", "There is no charge.", "Entry is free of charge."),
        ("It is lead-free.", "It is lead-free, the lead is gone.", "It is lead-free."),
        ("It is toll-free.", "It costs nothing.", "It is toll-free."),
        ("It contains no nuts.", "It is nut-free.", "It is nut-free."),
        ("They have no lead.", "The pipes are free of lead.", "They are free of lead."),
        ("It has no lead.", "It has no lead and is lead-free.", "It has no lead."),
    ],
)
def test_what_is_free_of_something_is_without_it(claim: str, sentence: str, written: str) -> None:
    assert write_alike(claim, [sentence])[0] == written
