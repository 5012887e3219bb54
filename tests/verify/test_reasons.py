"""Reasons of verdicts, and the rows that are quoted for them."""

from __future__ import annotations

from groundwire.guard.guard import Guard
from groundwire.types import Claim, Finding, Quote, Verdict
from groundwire.verify.reasons import SAYS_OTHERWISE, UNRELATED, UNSHOWN, tell_ground
from groundwire.verify.recalibration import NEVER, measure_support

PLANS = (
    "| Plan | Price | Roaming |\n|---|---|---|\n| Vega | 19 EUR | yes |\n| Luna | 25 EUR | no |\n"
    "| Sol | 32 EUR | yes |\n| Terra | 48 EUR | yes |\n| Astra | 51 EUR | yes |"
)
SHOP = (
    "Our shop in Lyon opens at 9:00 and closes at 18:00. Returns are accepted within 30 days. "
    "The founder is Marie Dubois."
)
ORDER = "Price from the lowest: Vega (19 EUR), Luna (25 EUR), Sol (32 EUR) and 2 more"


def check(text: str, evidence: str, question: str | None = None) -> Verdict:
    (verdict,) = Guard().check(text, evidence, question=question).verdicts
    return verdict


def test_what_follows_from_rows_shows_what_was_reckoned_and_the_first_rows() -> None:
    verdict = check("Vega is the cheapest plan.", PLANS)
    assert (verdict.label, verdict.reason) == ("supported", f"reckoned from the rows: {ORDER}")
    names = [quote.text.split()[1] for quote in verdict.quotes]
    assert names == ["Vega", "Luna", "Sol"]
    assert all(PLANS[quote.start : quote.end] == quote.text for quote in verdict.quotes)


def test_what_rows_show_otherwise_does_so_too() -> None:
    verdict = check("Luna is the cheapest plan.", PLANS)
    assert verdict.label == "contradicted"
    assert verdict.reason == f"it says cheapest, but the evidence shows otherwise: {ORDER}"
    assert [quote.text.split()[1] for quote in verdict.quotes] == ["Vega", "Luna", "Sol"]
    assert [found.found for found in verdict.findings if found.status == "conflict"] == [ORDER]


def test_a_total_that_the_rows_do_not_come_to_is_told_with_them() -> None:
    verdict = check("The total price of the plans is 190 EUR.", PLANS)
    assert verdict.label in ("contradicted", "unsupported")
    assert "Price: 19 + 25 + 32 + 48 + 51 = 175 EUR (all 5 rows)" in verdict.reason


def test_short_answers_are_told_what_the_rows_come_to() -> None:
    verdict = check("Vega.", PLANS, "Which plan is the cheapest?")
    assert verdict.reason == f"reckoned from the rows: {ORDER}"
    verdict = check("No.", PLANS, "Is Luna cheaper than Vega?")
    assert verdict.label == "supported"
    assert verdict.reason == "reckoned from the rows: Price: Luna (25 EUR), Vega (19 EUR)"
    verdict = check("No.", PLANS, "Is Vega cheaper than Luna?")
    assert verdict.label == "contradicted"
    assert verdict.reason.endswith("(Price: Vega (19 EUR), Luna (25 EUR))")


def test_prose_and_single_rows_need_no_reason() -> None:
    assert check("Returns are accepted within 30 days.", SHOP).reason == ""
    assert check("Luna costs 25 EUR.", PLANS).reason == ""


def test_unsupported_claims_say_what_is_known() -> None:
    verdict = check("The shop sells Italian wine.", SHOP)
    assert verdict.label == "unsupported"
    assert verdict.reason == (
        f"{UNSHOWN}; what it read does not have 'Italian'; what is quoted comes nearest by its "
        "words"
    )
    verdict = check("Shipping to Canada costs 12 EUR.", SHOP)
    assert (verdict.label, verdict.reason) == ("unsupported", UNRELATED)
    assert not verdict.quotes


def test_what_stands_in_another_row_is_not_said_to_be_missing() -> None:
    verdict = check("The shop in Lyon was designed by Vega in 1987.", f"{PLANS}\n\n{SHOP}")
    assert verdict.label == "unsupported"
    assert "'Vega'" not in verdict.reason


def test_a_reason_that_tells_of_the_score_alone_lets_a_threshold_decide() -> None:
    claim, quote = Claim("It is red.", 0, 10), Quote("It is blue.", "a", 0, 11)
    plain = Verdict(claim, "unsupported", 0.4, (quote,), reason=f"{UNSHOWN}; and so on")
    assert measure_support(plain) == 0.4
    assert measure_support(Verdict(claim, "unsupported", 0.4, (quote,))) == 0.4
    wanting = Verdict(claim, "unsupported", 0.3, (quote,), reason="the evidence does not say red")
    assert measure_support(wanting) == NEVER
    for text in ("The shop sells Italian wine.", "Marie Dubois studied in Paris."):
        verdict = check(text, SHOP)
        assert measure_support(verdict) == verdict.score


def test_the_ground_of_a_verdict_is_a_quote_or_a_reason_that_tells_more() -> None:
    claim, quotes = Claim("Red.", 0, 4), (Quote("Blue.", "a", 0, 5), Quote("Green.", "b", 0, 6))
    conflict = Finding("name", "conflict", "Red", 0, 3, "Blue", quotes[0])

    def ground(label: str, count: int, reason: str) -> str:
        made = Verdict(claim, label, 0.1, quotes[:count], (conflict,), (), reason)  # type: ignore[arg-type]
        return tell_ground(made)

    assert ground("contradicted", 1, "it says Red") == "a says: Blue."
    assert ground("contradicted", 2, "it says Red") == "it says Red"
    assert ground("contradicted", 2, SAYS_OTHERWISE) == "a says: Blue."
    assert ground("unsupported", 2, "no") == "no"
    assert ground("contradicted", 0, "") == ""
