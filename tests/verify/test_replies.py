from __future__ import annotations

import pytest

from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Context, Label, Quote, Verdict
from groundwire.verify.replies import judge_reply

LAMP = "Does the kettle have a lamp?"
LIMIT = "Is the limit 100?"
FOUNDED = "Was Acme founded by Bob?"


@pytest.mark.parametrize(
    ("question", "answer", "quote", "label"),
    [
        (LAMP, "Yes. The kettle has a lamp.", "", "supported"),
        (LAMP, "Yes. The kettle has no lamp.", "", "contradicted"),
        (LAMP, "No. The kettle has no lamp.", "", "supported"),
        (LAMP, "No. The kettle has a lamp.", "", "contradicted"),
        (LAMP, "No. It has a bell.", "", "supported"),
        (LAMP, "It does. The lamp is blue.", "", "supported"),
        (LIMIT, "Yes. The limit is 50.", "The limit is 50.", "unsupported"),
        (LIMIT, "Yes. It holds per user.", "The limit is 100 per user.", "supported"),
        (LIMIT, "No. The limit is 50.", "The limit is 50.", "supported"),
        (FOUNDED, "Yes. It was founded in 1990.", "Jane founded Acme in 1990.", "unsupported"),
        (FOUNDED, "Yes. It was founded in 1990.", "Bob founded Acme in 1990.", "supported"),
        ("Is it over 60 kg?", "Yes. It weighs 70 kg.", "It weighs 70 kg.", "supported"),
        ("When was it?", "Yes. It was in 1990.", "", "supported"),
        (LAMP, "Yes, the kettle has no lamp.", "", "contradicted"),
        (LAMP, "No – the kettle has a lamp.", "", "contradicted"),
        (LAMP, "**No**, the kettle has no lamp.", "", "supported"),
        (LAMP, "No doubt, the kettle has a lamp.", "", "supported"),
        ("Was Bob there?", "No, Bob sent a friend.", "", "supported"),
        ("Is it open on Friday?", "Yes, from 8 to 12.", "It opens from 8 to 12.", "supported"),
    ],
)
def test_a_reply_agrees_with_its_explanation(
    question: str, answer: str, quote: str, label: Label
) -> None:
    claim = Claim(answer, 0, len(answer), Context(question))
    quotes = (Quote(quote, "manual", 0, len(quote)),) if quote else ()
    verdict = Verdict(claim, "supported", 0.9, quotes)
    judged = judge_reply(verdict)
    assert judged.label == label
    assert (judged == verdict) == (label == "supported")
    flagged = Verdict(claim, "unsupported", 0.1, quotes)
    assert judge_reply(flagged) == flagged


FACTS = "The kettle has a lamp. The lamp weighs 62 grams. It was made in Lyon."
GUARD = Guard(verifier=FakeVerifier())


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Yes. The kettle has a lamp.", None),
        ("Correct. The lamp weighs 62 grams. It was made in Lyon.", None),
        ("Yes. It sings opera.", BLOCKED_MESSAGE),
        ("Yes. The lamp weighs 64 grams. The kettle has a lamp.", "The kettle has a lamp."),
        ("Yes. The kettle has no lamp.", BLOCKED_MESSAGE),
    ],
)
def test_both_stay_or_both_go(answer: str, text: str | None) -> None:
    report = GUARD.check(answer, FACTS, LAMP)
    assert report.text == (answer if text is None else text)
    assert "".join(GUARD.stream([answer[:9], answer[9:]], FACTS, LAMP)) == report.text
