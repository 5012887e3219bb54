"""Figures in another unit than in the evidence, or nowhere in it: no support for a claim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire import Guard
from groundwire.types import Claim, Quote
from groundwire.verify.checks.figures import check_figures


def check(text: str, evidence: str) -> list[tuple[str, str | None]]:
    found = check_figures(Claim(text, 0, len(text)), [Quote(evidence, "doc", 0, len(evidence))])
    assert {f.kind for f in found} <= {"figure"}
    assert all((f.status == "conflict") == (f.found is not None) for f in found)
    return [(f.claimed, f.found) for f in found]


@pytest.mark.parametrize(
    ("text", "evidence", "claimed", "stated"),
    [
        ("The hose costs 340 dollars.", "The hose: price 340 EUR.", "340 dollars", "340 EUR"),
        ("It holds 70 gallons.", "The tank holds 70 litres.", "70 gallons", "70 litres"),
        ("Sales were $912.", "Sales: 912 million dollars.", "$912", "912 million dollars"),
        ("Wait two months.", "The paint dries in two weeks.", "two months", "two weeks"),
        ("It is 18 °C.", "The probe is 18 metres away and reads 4 °C.", "18 °C", "18 metres"),
    ],
)
def test_the_same_digits_in_another_unit(
    text: str, evidence: str, claimed: str, stated: str
) -> None:
    assert check(text, evidence) == [(claimed, stated)]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("The hose costs 340 euros.", "The hose: price 340 EUR."),
        ("It weighs 70 kg.", "Its weight is 70."),
        ("It is 1.2 km long.", "It is 1200 m long, and 1.2 m wide."),
        ("It costs 340 dollars more than 2 years ago.", "It costs 430 dollars, then 90."),
        ("It does not cost 340 dollars.", "It costs 340 EUR."),
        ("It was built in 1998.", "1998 rooms were built."),
        ("Apples are 2.50 euros per kg.", "Apples cost 2.50 euros a kilo, pears 3.20 euros."),
        ("Store it at 25 °C or below.", "Do not store above 25 °C."),
        ("Of 100 euros, 19 euros are tax.", "It is 19 %, so 100 euros become 119 euros."),
    ],
)
def test_equal_values_bare_numbers_and_denials_are_none(text: str, evidence: str) -> None:
    assert check(text, evidence) == []


@pytest.mark.parametrize(
    ("text", "evidence", "claimed", "stated"),
    [
        ("It is open on Saturday.", "Open Monday to Friday.", "Saturday", "Monday to Friday"),
        ("Come on Sunday.", "It opens on weekdays, and on Saturday till 2.", "Sunday", "weekdays"),
        (
            "It pays at least 60 percent.",
            "It pays up to 60 percent.",
            "60 percent",
            "up to 60 percent",
        ),
        (
            "It moves 55 litres per hour.",
            "It moves 55 litres per minute.",
            "55 litres",
            "55 litres per minute",
        ),
        (
            "The fee is 48 euros a month.",
            "The fee is 48 euros a year.",
            "48 euros",
            "48 euros a year",
        ),
        ("Exactly 20 guests came.", "At least 20 guests came.", "20", "At least 20"),
    ],
)
def test_what_lies_outside_of_a_range_or_inside_of_a_bound(
    text: str, evidence: str, claimed: str, stated: str
) -> None:
    assert check(text, evidence) == [(claimed, stated)]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("It is open on Wednesday.", "Open Monday to Friday."),
        ("It is open on Sunday.", "Open daily."),
        ("It is closed on Monday.", "Open Tuesday to Sunday, closed on Monday."),
        ("It is open on Sunday.", "It opens on Saturday."),
        # What is said of other days may be true because they lie outside of the range.
        ("The clinic is open on Monday.", "The clinic is closed on weekends."),
        ("Parking costs money on Monday.", "Parking is free at weekends."),
        ("Friday is free.", "We moved the demo from Monday to Wednesday."),
        ("Play resumed on Friday.", "Play was suspended from Tuesday to Thursday."),
        ("It seats 12 guests.", "It seats 10 to 15 guests."),
        ("At least 20 guests came.", "Exactly 20 guests came."),
        ("20 guests came.", "At least 20 guests came."),
    ],
)
def test_what_lies_inside_of_a_range_is_none(text: str, evidence: str) -> None:
    assert check(text, evidence) == []


@pytest.mark.parametrize(
    ("text", "evidence", "claimed"),
    [
        ("The barn holds 840 tonnes.", "The barn holds 480 tonnes; 310 are left.", "840 tonnes"),
        ("It cost 75,000 euros.", "The repair cost 7,500 euros in 2019.", "75,000 euros"),
        ("It seats 64 guests.", "The hall seats 46 guests at 12 tables.", "64"),
        ("It draws 0.85 amperes.", "It draws 0.58 A at 230 V.", "0.85 amperes"),
    ],
)
def test_a_figure_that_stands_nowhere(text: str, evidence: str, claimed: str) -> None:
    assert check(text, evidence) == [(claimed, None)]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("It grew by 14 members.", "It had 120 members in May and 134 in June."),
        ("The lunch came to 25 euros.", "Soup 9 euros, fish 16 euros."),
        ("Every third guest (33 %) stayed.", "Of 120 guests, 40 stayed."),
        ("The rate is 42 %.", "rate: 0.42"),
        ("Revenue was 8.42 million.", "All amounts in thousands. Revenue: 8,420."),
        ("About 12,500 people live there.", "It has 12 480 inhabitants."),
        ("Order AB-2291 has 3 parts.", "AB-2291 was sent."),
        ("A bag of 20 kg costs 35 euros.", "Bags up to 23 kg cost 35 euros, up to 32 kg 70."),
        ("The price fell by 25 %.", "The price fell from 80 euros to 60 euros."),
        ("Sales rose by 15.6 %.", "Sales rose to 48.2 million euros from 41.7 million euros."),
        ("Two adults pay 24 euros.", "Adults 12 euros, children 6 euros, families 28 euros."),
        ("Three boxes hold 72 bottles.", "A box holds 24 bottles."),
        ("The hall has 540 square metres.", "The hall is 30 m long and 18 m wide."),
        ("The rent comes to 10,800 euros a year.", "The monthly rent is 900 euros."),
        ("680 of the adults slept badly.", "Of 2,000 adults, 34 % said they slept badly."),
        ("They paid 95.04 euros.", "The bill was 86.40 euros plus a tip of 10 %."),
        ("The other 66 % slept well.", "34 % of 2,000 adults slept badly."),
        ("Party C holds 15 %.", "Party A holds 60 %, Party B 25 %, C the rest."),
        ("The flat has 52 m².", "Kitchen 12 m², bedroom 16 m², living room 24 m²."),
        ("He died at the age of 62.", "He was born in 1948 and died in 2011."),
        ("He left in the late 90s.", "He was elected in 1994 and served for 4 years."),
        ("It has 7 rooms.", "It has a hall and six rooms, built in 1911."),
        ("It holds 840 tonnes.", "The barn is large."),
    ],
)
def test_what_is_reckoned_scaled_small_or_told_without_figures_is_none(
    text: str, evidence: str
) -> None:
    assert check(text, evidence) == []


def test_another_sentence_that_says_more_of_it_tells_of_its_day() -> None:
    texts = ["Tickets are on sale on weekdays.", "The concert is on 14 June."]
    quotes = [Quote(text, "doc", 100 * i, 100 * i + len(text)) for i, text in enumerate(texts)]
    told = "The concert is on Saturday, 14 June."
    assert check_figures(Claim(told, 0, len(told)), quotes) == []
    told = "Tickets are on sale on Saturday."
    assert [f.found for f in check_figures(Claim(told, 0, len(told)), quotes)] == ["weekdays"]


@given(st.integers(10, 10**6), st.sampled_from(["{} tons", "{} euros", "{}", "{} %", "{} km"]))
def test_what_the_evidence_states_is_none(amount: int, form: str) -> None:
    said = form.format(f"{amount:,}")
    assert check(f"It is {form.format(amount)}.", f"One reads {said}, and 17 more.") == []


def test_the_guard_does_not_let_it_pass() -> None:
    evidence = [{"part": "hose", "price_eur": 340}, {"part": "valve", "price_eur": 25}]
    report = Guard().check("The hose costs 340 dollars.", evidence)
    assert report.verdicts[0].label in ("unsupported", "contradicted")
    assert "dollars" not in report.text
    assert Guard().check("The hose costs 340 euros.", evidence).text == "The hose costs 340 euros."


@pytest.mark.parametrize(
    ("text", "evidence", "claimed", "stated"),
    [
        ("Stir it every 4 hours.", "Stir it every 8 hours, for 4 days.", "4 hours", "4 days"),
        ("The total budget is €18 million.", "Of a total of 1,800,000 euros, one third is saved.",
         "€18 million", None),
        ("The old one had 2⁶⁴ keys.", "It had 2^56 keys, the new one 2^128.", "2⁶⁴", None),
        ("Exactly 6,000 came.", "In the end 6,140 of 6,512 came.", "6,000", None),
    ],
)  # fmt: skip
def test_a_figure_that_parts_of_numbers_do_not_give(
    text: str, evidence: str, claimed: str, stated: str | None
) -> None:
    assert check(text, evidence) == [(claimed, stated)]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("About 6,000 came.", "In the end 6,140 of 6,512 came."),
        ("It lasts 4 hours in total.", "Two parts of 2 hours; valid for 4 days."),
        ("The total is 90 euros.", "One is 50 euros, the other 40 euros."),
    ],
)
def test_rounding_and_totals_are_left_alone(text: str, evidence: str) -> None:
    assert check(text, evidence) == []


def test_once_is_no_factor_that_gives_any_number_of_hours() -> None:
    notice = "Article 9(1): the operator shall notify within 72 hours."
    assert check("Notice is due within 24 hours.", notice) == [("24 hours", None)]


def test_a_number_that_is_part_of_a_name_tells_no_minutes() -> None:
    found = check("The bus leaves every 14 minutes.", "Bus 14 leaves every 8 minutes.")
    assert found == [("14 minutes", None)]
    assert check("It has 14 stops in all.", "Bus 14 leaves every 8 minutes.") == []


@pytest.mark.parametrize(
    ("text", "evidence", "claimed"),
    [
        ("Up to 4 g a day may be taken.", "Take 5 mg at 8, and up to 3 g of the other.", "4 g"),
        ("The strap is 7 m long.", "Lot 7 has straps of 4 m and ropes of 2.5 m.", "7 m"),
        ("It is guaranteed for 3 years.", "The guarantee lasts 2 years.", "3 years"),
    ],
)
def test_a_small_figure_with_a_unit_that_nothing_of_that_unit_gives(
    text: str, evidence: str, claimed: str
) -> None:
    assert check(text, evidence) == [(claimed, None)]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Both take 5 minutes.", "The first takes 2 minutes, the second 3 minutes."),
        ("Two bags weigh 6 kg.", "A bag weighs 3 kg."),
        ("It took 4 years.", "It began in 1931 and lasted 2 years at first."),
        ("The walk takes 3 minutes.", "The bus stops in front of the house."),
        ("A bag of 6 kg is allowed.", "Bags up to 8 kg are allowed."),
        ("Orders of 150 pieces are cheaper.", "From 100 pieces there is a discount of 10 %."),
        ("The firm is more than 35 years old.", "The firm was founded in 1987."),
    ],
)
def test_a_figure_that_may_be_reckoned_or_holds(text: str, evidence: str) -> None:
    assert check(text, evidence) == []
