"""Denials of the evidence within a word, against claims of what they deny."""

from __future__ import annotations

import pytest

from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.denials import check_denials


def check(text: str, *sentences: str) -> list[Finding]:
    quotes = [Quote(s, "t", 100 * i, 100 * i + len(s)) for i, s in enumerate(sentences)]
    return check_denials(Claim(text, 0, len(text)), quotes)


@pytest.mark.parametrize(
    ("text", "sentence", "found"),
    [
        ("The bar contains nuts.", "The bar is nut-free.", "nut-free"),
        ("The bar has nuts in it.", "The bar is free of nuts.", "free of nuts"),
        (
            "There is salt in the soup.",
            "The soup contains no added salt.",
            "contains no added salt",
        ),
        ("The mouse has a cord.", "The mouse is cordless.", "cordless"),
        ("The beer contains alcohol.", "The beer is non-alcoholic.", "non-alcoholic"),
        ("The tea is sweetened.", "The tea is unsweetened.", "unsweetened"),
        ("Return shipping costs 5 EUR.", "Return shipping is free.", "free"),
        ("A visit costs £3.", "A visit is free of charge.", "free of charge"),
        ("Our bread is made with milk.", "Our milk-free bread costs 4 euros.", "milk-free"),
    ],
)
def test_what_a_sentence_lacks_is_a_conflict(text: str, sentence: str, found: str) -> None:
    (finding,) = check(text, sentence)
    assert (finding.kind, finding.status, finding.found) == ("negation", "conflict", found)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("The bar is nut-free.", ["The bar is nut-free."]),
        ("The bar contains no nuts.", ["The bar is nut-free."]),
        ("The cake contains nuts.", ["The bar is nut-free.", "The cake is a nut cake."]),
        ("The cake contains nuts.", ["The bar is nut-free."]),
        ("Delivery has a charge.", ["Delivery is free of charge."]),
        ("Delivery costs 5 EUR.", ["Delivery is free above 80 EUR."]),
        ("Delivery costs 5 EUR.", ["Delivery is free.", "Else it is 5 EUR."]),
        ("Express delivery costs 5 EUR.", ["Delivery is free."]),
        ("The course costs 5 EUR.", ["The course is free to choose."]),
        ("The fund pays for it.", ["It is unfunded."]),
        ("The toy needs batteries.", ["The toy ships without batteries."]),
        ("He has a business.", ["His business is useless without staff."]),
    ],
)
def test_what_denies_itself_or_speaks_of_another_thing_is_none(
    text: str, sentences: list[str]
) -> None:
    assert check(text, *sentences) == []
