"""Sentences that say that a text does not tell something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.claims.checkworthy import classify_sentence, make_plain, read_lack

LACKS = [
    ("The timetable does not list fares, I'm afraid.", "fares"),
    ("Sorry, but the brochure says nothing about lockers.", "lockers"),
    ("The booking data does not include a return date, so I can't tell when.", "a return date"),
    ("I'm afraid I can't help: the leaflet contains no information on storage.", "storage"),
    ("I couldn't find a fax number in the notes you sent, sorry about that!", "a fax number"),
    ("The policy doesn't mention carrying over unpaid hours.", "carrying over unpaid hours"),
    ("The rental agreement is silent on pets.", "pets"),
    ("The name of the baker isn't mentioned in the article.", "The name of the baker"),
    ("The contract does not say who pays, what it costs, or when it ends.",
     "who pays, what it costs, or when it ends"),
    ("Unfortunately, there's nothing about bikes in this document.", "bikes"),
]  # fmt: skip
FACTS = [
    "The menu does not include drinks.",
    "The policy does not cover theft.",
    "The order does not include a cable.",
    "The timetable lists no fares, and the ferry was cancelled.",
    "The timetable does not list fares, but a ride costs two euros.",
    "The man who wrote the guide did not mention the flood.",
    "The minister did not mention the flood.",
    "The data do not include patients from Chile.",
    "The guide does not speak Dutch.",
    "The law does not apply to bikes.",
    "The document was not signed.",
    "The leaflet does not say that the 3 pumps failed.",
]


@pytest.mark.parametrize(("text", "topic"), LACKS)
def test_a_lack_is_read_whatever_stands_around_it(text: str, topic: str) -> None:
    lack = read_lack(make_plain(text))
    assert lack is not None and lack.topic == topic
    assert classify_sentence(text) == "hedge"


@pytest.mark.parametrize("text", FACTS)
def test_what_a_thing_lacks_or_a_fact_beside_a_lack_is_a_claim(text: str) -> None:
    assert classify_sentence(text) == "claim"


@given(st.sampled_from(LACKS), st.sampled_from(["the owner sold it", "it holds 40 people"]))
def test_no_fact_rides_with_a_lack(lack: tuple[str, str], fact: str) -> None:
    for joint in (", and ", "; ", ", but ", " because "):
        assert classify_sentence(lack[0].rstrip(".!") + joint + fact + ".") == "claim"


@given(st.text(max_size=120))
def test_a_topic_is_part_of_the_text(text: str) -> None:
    lack = read_lack(text)
    assert lack is None or lack.topic in text
