"""A value takes another's place only whole, of one kind, and in the same slot."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.repair.edits import apply_edits
from groundwire.repair.extractive import ExtractiveRewriter
from groundwire.repair.values import has_same_slot, is_whole, pair_rivals, restyle_value
from groundwire.types import Claim, Finding, Quote, Verdict


def rewrite(claim: str, evidence: str, claimed: str, found: str, kind: str = "number") -> str:
    """What becomes of a claim when a check has found one value in conflict."""
    start = claim.index(claimed)
    quote = Quote(evidence, "doc", 0, len(evidence))
    finding = Finding(kind, "conflict", claimed, start, start + len(claimed), found, quote)
    verdict = Verdict(Claim(claim, 0, len(claim)), "contradicted", 0.1, (), (finding,))
    return apply_edits(claim, ExtractiveRewriter().rewrite(claim, [verdict]))


@pytest.mark.parametrize(
    ("claim", "evidence", "claimed", "found", "kind", "text"),
    [
        ("It sold 3,100 tickets.", "It sold 2,950 tickets.", "3,100", "2,950", "number",
         "It sold 2,950 tickets."),
        ("> The club has 310 members.", "The club has 295 members in 12 towns.", "310", "295",
         "number", "> The club has 295 members."),
        ("The wall is 8 m high.", "The wall is <b>9 m</b> high.", "8 m", "9 m", "quantity",
         "The wall is 9 m high."),
        ("It opened in 1971.", "It opened on 3 May 1961.", "1971", "3 May 1961", "date",
         "It opened in 1961."),
        ("It opened in May 1971.", "It opened on 3 June 1961.", "May 1971", "3 June 1961", "date",
         "It opened in June 1961."),
        ("It was sold on 2024-04-12.", "It was sold on 12 March 2024.", "2024-04-12",
         "12 March 2024", "date", "It was sold on 12 March 2024."),
        ("About 12 percent voted.", "18% voted.", "12 percent", "18%", "percent",
         "About 18 percent voted."),
        ("It rains on Mondays.", "It rains on Fridays.", "Mondays", "Fridays", "date",
         "It rains on Fridays."),
        ("It was designed in Rome by Ada Orr.", "It was designed by Ada Orr in Turin in 1998.",
         "Rome", "Turin", "name", "It was designed in Turin by Ada Orr."),
        ("The fee is 40 dollars.", "The fee is €40.", "40 dollars", "€40", "money",
         "The fee is €40."),
    ],
)  # fmt: skip
def test_a_value_is_put_in_place(
    claim: str, evidence: str, claimed: str, found: str, kind: str, text: str
) -> None:
    assert rewrite(claim, evidence, claimed, found, kind) == text


@pytest.mark.parametrize(
    ("claim", "evidence", "claimed", "found", "kind"),
    [
        # a piece of a number, a word or a range
        ("It has 31,400 books.", "It has 31 400 books.", "31,400", "400", "number"),
        ("It has 31,400 books.", "It has 31\u202f400 books.", "31,400", "400", "number"),
        ("It has 31,400 books.", "It has 31'400 books.", "31,400", "400", "number"),
        ("It holds 7 cells.", "It holds 5 × 10⁶ cells.", "7", "5", "number"),
        ("It holds 7 cells.", "It holds 3/4 cells.", "7", "3", "number"),
        ("It holds 7 cells.", "It holds 50+ cells.", "7", "50", "number"),
        ("It has model 7.", "It has model 8b.", "7", "8", "number"),
        ("It costs $9.", "It costs eight dollars and twenty cents.", "$9", "eight dollars",
         "money"),
        ("It ran in 1997.", "It ran from 1998–2004.", "1997", "1998", "date"),
        ("Open from 9 am to 7 pm.", "Open until 8 pm.", "9 am", "8 pm", "time"),
        # the evidence tells less, or with another limit
        ("It opened on 3 May 1971.", "It opened in 1961.", "3 May 1971", "1961", "date"),
        ("Over 500 people came.", "Some 450 people came.", "500", "450", "number"),
        ("It costs 40 euros.", "It costs more than 30 euros.", "40 euros", "30 euros", "money"),
        ("Shut at 6 pm.", "Shut at 5:00.", "6 pm", "5:00", "time"),
        # another kind or unit, or more than one value
        ("It has 1GB of memory.", "Chip: Quad-core 1.5 GHz X9", "1GB", "Quad-core 1.5 GHz X9",
         "row"),
        ("The fee is 62 dollars.", "The fee is due after 64 days.", "62 dollars", "64 days",
         "money"),
        ("It lasts two hours.", "It lasts one hour or 64 minutes.", "two hours", "one hour",
         "quantity"),
        # another slot
        ("It has 12 doors.", "It has 15 windows.", "12", "15", "number"),
        ("Adults pay 12 euros.", "Adults pay 8 euros and children pay 9 euros.", "12 euros",
         "9 euros", "money"),
        ("It does not cost 40 euros.", "It costs 30 euros.", "40 euros", "30 euros", "money"),
        ("It costs 40 euros.", "It could cost 30 euros.", "40 euros", "30 euros", "money"),
        ("It costs 40 euros.", "Does it cost 30 euros?", "40 euros", "30 euros", "money"),
        ("The Alder pump weighs 62 kg.", "The Birch pump weighs 64 kg.", "62 kg", "64 kg",
         "quantity"),
        # the claim says it already
        ("The tour takes two hours (one hour).", "The tour takes one hour.", "two hours",
         "one hour", "quantity"),
        # names of something else
        ("The film Dog Days came out.", "Acme made the film.", "Dog Days", "Acme", "name"),
        ("Founded in Rome, the team played on.", "The team played in Acme Hall.", "Rome",
         "Acme Hall", "name"),
        ("It was designed in Rome.", "It was designed in New Town Hall.", "Rome", "New Town",
         "name"),
        ("It rains on Mondays.", "It rains on Friday.", "Mondays", "Friday", "date"),
    ],
)  # fmt: skip
def test_nothing_else_is_put_in_place(
    claim: str, evidence: str, claimed: str, found: str, kind: str
) -> None:
    start = claim.index(claimed)
    quote = Quote(evidence, "doc", 0, len(evidence))
    finding = Finding(kind, "conflict", claimed, start, start + len(claimed), found, quote)
    assert not has_same_slot(claim, finding, start) or restyle_value(claimed, found, kind) == ""
    assert rewrite(claim, evidence, claimed, found, kind) == ""


def test_a_guess_has_to_meet_the_same_bar() -> None:
    claim, text = "It has 31,500 books.", "It has 31 400 books."
    quote = Quote(text, "doc", 0, len(text))
    finding = Finding("number", "missing", "31,500", 7, 13)
    verdict = Verdict(Claim(claim, 0, len(claim)), "contradicted", 0.1, (quote,), (finding,))
    # Digits grouped by a space are one number: the rival is all of it, never a group.
    assert pair_rivals(verdict).findings[0].found == "31 400"
    label = Quote("Platform 31 400 books wait.", "doc", 0, 27)
    apart = Verdict(verdict.claim, "contradicted", 0.1, (label,), (finding,))
    assert "31" not in [f.found for f in pair_rivals(apart).findings]


@given(
    st.integers(0, 10**9), st.sampled_from([" ", "\u00a0", "\u2009", "\u202f", "'", "’", ",", "."])
)
def test_no_group_of_a_number_is_whole(number: int, mark: str) -> None:
    written = f"{number:,}".replace(",", mark)
    text = f"It has {written} books."
    groups = [m.span() for m in re.finditer(r"\d+", text)]
    for start, end in groups:
        assert is_whole(text, start, end) == (len(groups) == 1)
    assert is_whole(text, groups[0][0], groups[-1][1])


@given(st.text(max_size=30), st.data())
def test_whole_is_told_of_any_stretch(text: str, data: st.DataObject) -> None:
    start, end = (data.draw(st.integers(-1, len(text) + 1)) for _ in range(2))
    if is_whole(text, start, end):
        around = text[:start][-1:], text[start], text[end - 1], text[end:][:1]
        assert not (around[0].isalnum() and around[1].isalnum())
        assert not (around[2].isalnum() and around[3].isalnum())


@pytest.mark.parametrize("piece", ["1 ", "1,", "not ", "a-", "(", "<b", "*", "_", "May 3 "])
def test_slots_of_long_text_take_linear_time(piece: str) -> None:
    long = piece * (20_000 // len(piece))  # far more than a sentence has
    claim = f"The hall holds 62 people. {long}"
    quote = Quote(f"The hall holds 64 people. {long}", "doc", 0, len(long) + 26)
    finding = Finding("number", "conflict", "62", 15, 17, "64", quote)
    assert has_same_slot(claim, finding, 15) in (True, False)
