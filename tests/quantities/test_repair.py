"""Values through the guard: a repair is never made from half of a number."""

from __future__ import annotations

import re

import pytest

from groundwire import Guard

TEXTS = [
    ("The valley has 31,760 residents.", "The valley has 31 760 residents."),
    ("The valley has 31,760 residents.", "The valley has 31\u202f760 residents."),
    ("The grant is 4,250,000 dollars.", "The grant is 4 250 000 dollars."),
    ("The pass costs 2,300 € per year.", "The pass costs 2\u2009300 € per year."),
    ("The rotor turns at 4,800 rpm.", "The rotor turns at 4'800 rpm."),
    ("The count was 31,761.", "The count was 31 760."),
    ("The pipe is proof up to 1000 m.", "The pipe is proof up to 10³ m."),
]


def find_digits(text: str) -> set[str]:
    """The digits of each whole number of a text."""
    found = re.findall(r"\d[\d,.' \u2009\u202f]*", text)
    return {re.sub(r"\D", "", number) for number in found}


@pytest.mark.parametrize(("answer", "evidence"), TEXTS)
def test_a_repair_is_never_made_from_half_a_number(answer: str, evidence: str) -> None:
    report = Guard().check(answer, evidence)
    for verdict in report.verdicts:
        assert answer == "The count was 31,761." or not [
            finding for finding in verdict.findings if finding.status == "conflict"
        ]
    assert find_digits(report.text) <= find_digits(evidence) | find_digits(answer)
