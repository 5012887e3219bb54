"""A claim that points to what was removed goes with it."""

from __future__ import annotations

import pytest

from groundwire.guard.guard import Guard
from groundwire.guard.pipeline import POINTED, POINTED_REASON
from groundwire.testing import FakeVerifier
from reports import holds

FACTS = "The kettle costs 49 EUR. The toaster costs 29 EUR. The kettle is red. The case is red."
GUARD = Guard(verifier=FakeVerifier())
GOOD, LIE, IT = "The kettle is red.", "The toaster was designed in Oslo.", "It costs 49 EUR."


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (f"{GOOD} {LIE} {IT}", GOOD),
        (f"{GOOD} {LIE} However, it costs 49 EUR. And this costs 49 EUR.", GOOD),
        (f"{GOOD} {LIE} [1] {IT}", GOOD),
        (f"{GOOD} {LIE}\n{IT}", GOOD),
        (f"{GOOD} {LIE}\r\n{IT}", GOOD),
        (f"{GOOD} {LIE}\r\n\r\n{IT}", f"{GOOD}\r\n\r\n{IT}"),
        (f"{GOOD} {LIE} Sure! {IT}", f"{GOOD} Sure!"),
        (f"{GOOD} {LIE} The case is red. {IT}", f"{GOOD} The case is red. {IT}"),
        (f"{GOOD} {LIE}\n\n{IT}", f"{GOOD}\n\n{IT}"),
        (f"{GOOD} {IT}", f"{GOOD} {IT}"),
        (f"- {GOOD}\n- {LIE} {IT}\n- The case is red.", f"- {GOOD}\n- The case is red."),
        (f"{GOOD} The toaster costs 39 EUR. {IT}", f"{GOOD} The toaster costs 29 EUR. {IT}"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 400])
def test_what_points_to_a_removed_claim_goes(answer: str, text: str, size: int) -> None:
    report = holds(GUARD.check(answer, FACTS))
    assert report.text == text
    pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
    assert "".join(GUARD.stream(pieces, FACTS)) == text


def test_the_report_says_why() -> None:
    report = GUARD.check(f"{GOOD} {LIE} {IT}", FACTS)
    assert report.verdicts[2].label == "supported"
    assert POINTED_REASON in report.decision.reason
    assert any(POINTED in edit.reason for edit in report.decision.edits)
    assert POINTED_REASON not in GUARD.check(f"{GOOD} {LIE}", FACTS).decision.reason


def test_nothing_is_shown_of_what_only_points_back() -> None:
    assert GUARD.check(f"{LIE} {IT}", FACTS).decision.action == "block"
