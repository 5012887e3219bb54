"""Values of one clause said of the subject of a parallel one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.text.blocks import find_sentences
from groundwire.types import Claim, Context, Finding, Quote
from groundwire.verify.checks.clauses import check_clauses

TOWERS = "The north tower is 90 m high and the south tower 75 m."
PLANS = "Plan Basic: 10 GB, 5 euros. Plan Plus: 50 GB, 9 euros."
TRAINS = "The train to Bern leaves from platform 4, the train to Basel from platform 9."
FERRIES = "The ferry Alma carries 120 passengers.\nThe ferry Berta carries 340 passengers."


def check(text: str, evidence: str, question: str | None = None) -> list[Finding]:
    quotes = [Quote(evidence[a:b], "doc", a, b) for a, b in find_sentences(evidence)]
    claim = Claim(text, 0, len(text), context=Context(question=question))
    return check_clauses(claim, quotes)


@pytest.mark.parametrize(
    ("evidence", "text", "claimed", "found"),
    [
        (TOWERS, "The south tower is 90 m high.", "90 m", "75 m"),
        (TOWERS, "It has two towers, and the north one is 75 m high.", "75 m", "90 m"),
        (PLANS, "Plan Basic includes 50 GB.", "50 GB", "10 GB"),
        (PLANS, "You pay 5 euros for Plan Plus.", "5 euros", "9 euros"),
        (TRAINS, "The train to Basel leaves from platform 4.", "4", "9"),
        (FERRIES, "The Berta carries 120 passengers.", "120", "340"),
        ("It came in 0.8.9 and left in 0.8.10.", "It came in 0.8.10.", "0.8.10", "0.8.9"),
        ("Start with 5 mg; increase to 10 mg later.", "Start with 10 mg.", "10 mg", "5 mg"),
        ("The club won 7 games and lost 3.", "The club lost 7 games.", "7", "3"),
        # "First" and "half" compare nothing where the evidence calls things so.
        ("Lind had 18 points in the first half and 9 in the second.",
         "Lind had 9 points in the first half.", "9", "18"),
        # "May" and a lone A are names where they have a capital.
        ("It rained on 14 days in April and on 9 days in May.",
         "It rained on 14 days in May.", "14 days", "9 days"),
        ("Party A holds 60 % of it, Party B 25 %.", "Party B holds 60 %.", "60 %", "25 %"),
        ("It sold 400 carts in 2021 and 500 in 2022.", "In 2022 it sold 400 carts.", "400", "500"),
        # Two numbers of one claim that say what they number are of two things.
        ("Coach 7: Ida Lund seat 12, Jon Moe seat 14.", "Ida Lund has seat 14 in coach 7.",
         "14", "12"),
        ("It begins at 15:00 UTC (16:00 in Berlin).", "In Berlin it begins at 15:00.",
         "15:00", "16:00"),
        ("Orders +49 351 448 2210. Repairs +49 351 448 2231.",
         "For repairs, call +49 351 448 2210.", "+49 351 448 2210", "+49 351 448 2231"),
    ],
)  # fmt: skip
def test_a_value_of_the_other_clause_is_a_conflict(
    evidence: str, text: str, claimed: str, found: str
) -> None:
    hits = check(text, evidence)
    assert [(hit.kind, hit.status, hit.claimed, hit.found) for hit in hits] == [
        ("clause", "conflict", claimed, found)
    ]
    assert hits[0].quote is not None and found in hits[0].quote.text


def test_words_that_only_ask_for_a_number_speak_of_nothing() -> None:
    (hit,) = check(
        "For repairs, call +49 351 448 2210.",
        "Orders +49 351 448 2210, orders@paper.example. Repairs +49 351 448 2231.",
        "Which number do I call for repairs?",
    )
    assert (hit.claimed, hit.found) == ("+49 351 448 2210", "+49 351 448 2231")


def test_a_bracket_is_part_of_what_stands_before_it() -> None:
    defaults = (
        "Variables: APP_PORT (default 8080), APP_HOST (default localhost), LOG (default info)."
    )
    assert not check("`APP_PORT` defaults to 8080 and `LOG` to info.", defaults)


def test_a_word_before_versions_is_no_label_of_them() -> None:
    firmware = "Firmware 1.12 fixes the motion bug. Firmware 1.2 was the first release."
    (hit,) = check("The motion bug is fixed in firmware 1.2.", firmware)
    assert (hit.claimed, hit.found) == ("1.2", "1.12")


def test_both_values_of_an_exchange_are_found() -> None:
    hits = check("The north tower is 75 m high and the south tower 90 m.", TOWERS)
    assert [(hit.claimed, hit.found) for hit in hits] == [("75 m", "90 m"), ("90 m", "75 m")]


def test_a_short_answer_is_read_with_its_question() -> None:
    assert [hit.found for hit in check("Platform 4.", TRAINS, "Which platform for Basel?")] == ["9"]
    assert check("Platform 9.", TRAINS, "Which platform for Basel?") == []
    assert check("Platform 4.", TRAINS, "Which platform is it?") == []


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (TOWERS, "The north tower is 90 m high."),
        (TOWERS, "The south tower is 75 m high."),
        (TOWERS, "One of the towers is 75 m high."),
        (TOWERS, "The south tower is 15 m lower than the north one with its 90 m."),
        (TOWERS, "The south tower is not 90 m high."),
        (PLANS, "Plan Plus includes 50 GB."),
        (PLANS, "With 10 GB, Plan Basic costs 5 euros."),
        # Another clause has the value for the claim's subject.
        (f"{TOWERS} The south tower of Vell is 90 m high.", "The south tower is 90 m high."),
        # A later clause leaves the verb out; it belongs to both.
        ("The pump weighs 62 kg and its box, with the pump in it, 70 kg.", "The box weighs 70 kg."),
        ("It cost 5 euros in May and 7 in June.", "In June it cost 7 euros."),
        # No border stands between the two: both say one thing.
        ("The trail climbs from 400 m to 900 m.", "The trail climbs to 900 m."),
        # One clause has "until", the claim "since"; or a word of its own before what is named.
        ("The tower was 50 m high until 1890, when a storm cut it to 42 m.",
         "Since 1890 the tower has been 42 m high."),
        ("The red line runs every 5 minutes at peak times and every 10 minutes otherwise.",
         "The red line runs every 10 minutes outside peak times."),
        # A pronoun may stand for what the clause before names.
        ("Eva is 34; her husband Paul is 36.", "Eva's husband is 36."),
        ("Eggs keep 28 days in the fridge; at room temperature they keep 10 days.",
         "Outside the fridge, eggs keep 10 days."),
        ("Profit excluding sales of land was 80 euros; including them it was 95 euros.",
         "With sales of land, profit was 95 euros."),
        # A sentence of its own has the claim's further words.
        ("Warranty: 2 years on the motor. Registered owners get 5 years on the motor.",
         "The warranty on the motor is 5 years if you register."),
        # Two sentences without a word in common are not parallel.
        ("The bridge opened in 1903. Repairs took 4 years.", "Repairs took 4 years."),
    ],
)  # fmt: skip
def test_a_value_that_may_be_its_own_is_none(evidence: str, text: str) -> None:
    assert check(text, evidence) == []


@given(
    st.lists(st.sampled_from(["Alma", "Berta", "Cilla", "Dora", "Elsa"]), min_size=2, unique=True),
    st.lists(st.integers(11, 99), min_size=5, max_size=5, unique=True),
    st.sampled_from(["{} holds {} kg", "The barge {} can take {} kg", "{}: {} kg"]),
    st.data(),
)
def test_every_name_keeps_its_own_value(
    names: list[str], loads: list[int], form: str, data: st.DataObject
) -> None:
    """Of a row of parallel clauses each right pair passes, and each wrong pair is found."""
    evidence = "; ".join(form.format(n, k) for n, k in zip(names, loads, strict=False)) + "."
    i, j = (data.draw(st.integers(0, len(names) - 1)) for _ in range(2))
    text = f"{names[i]} can take {loads[j]} kg."
    assert [hit.found for hit in check(text, evidence)] == ([] if i == j else [f"{loads[i]} kg"])


TAPS = "Leaks: +49 40 5550 3311 (24 hours). Reception: +49 40 5550 3300, weekdays."
FLAGS = "Pass `--plan` to list the changes. Pass `--apply` to write the changes to disk."
MODELS = "Model 3.14 fixes the sleep fault of the lamp. Model 3.2 was sold in Norway alone."
MEDALS = "The jury gave first prize to Ada Lund and second prize to Bo Moe."
BOOK = "The novel won a prize in 2016. It was first printed in 2014 by a small press."


@pytest.mark.parametrize(
    ("evidence", "text", "claimed", "found"),
    [
        (TAPS, "The reception number is +49 40 5550 3311.", "+49 40 5550 3311", "+49 40 5550 3300"),
        (FLAGS, "Use `--plan` to write the changes to disk.", "`--plan`", "`--apply`"),
        (MODELS, "The sleep fault is fixed in model 3.2.", "3.2", "3.14"),
        (MEDALS, "Bo Moe was given first prize by the jury.", "first", "second"),
    ],
)
def test_a_literal_or_rank_of_the_other_clause_is_a_conflict(
    evidence: str, text: str, claimed: str, found: str
) -> None:
    hits = [(hit.kind, hit.claimed, hit.found) for hit in check(text, evidence)]
    assert hits == [("clause", claimed, found)]


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (TAPS, "The reception number is +49 40 5550 3300."),
        (TAPS, "For leaks outside reception hours call +49 40 5550 3311."),
        (FLAGS, "`--plan` shows the changes."),
        (FLAGS, "`--plan` lists what would be written."),
        (MODELS, "The sleep fault was still there in model 3.2."),
        (MODELS, "Model 3.2 was sold in Norway."),
        (MEDALS, "Ada Lund won first prize."),
        ("His first book sold badly, but his second became a hit.", "His second book was a hit."),
    ],
)
def test_a_literal_or_rank_of_its_own_clause_is_none(evidence: str, text: str) -> None:
    assert check(text, evidence) == []


def test_a_year_that_answers_is_held_against_what_the_question_asks() -> None:
    asked = "When was the novel first printed?"
    assert [hit.found for hit in check("2016", BOOK, asked)] == ["2014"]
    assert check("2014", BOOK, asked) == []
    assert check("2016", BOOK, "When did the novel win a prize?") == []
