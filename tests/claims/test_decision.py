"""The decision what is a claim, once the evidence is there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire import Guard
from groundwire.claims.absence import has_absence, is_false_absence
from groundwire.claims.checkworthy import classify_sentence
from groundwire.claims.decision import decide_claim, is_open
from groundwire.claims.splitter import ClaimSplitter
from groundwire.testing import FakeVerifier
from groundwire.types import KINDS, Claim, Context, Evidence, Passage

SOURCE = (
    "The curator is Nora Lind. The reading room opens at ten. The bar contains hazelnuts and soy. "
    "The fee for lockers is two euros. The lamp stands in the hall."
)
EVIDENCE = [Evidence(Passage(SOURCE, "notes", 0, len(SOURCE)), 1.0)]

FALSE = [
    ("The documents do not say who the curator is.", None),
    ("The sources don’t mention a curator.", None),
    ("No information about hazelnuts is given in the document.", None),
    ("There's no mention of lockers in the provided text.", None),
    ("Unfortunately, the context does not provide the fee for lockers.", None),
    ("I couldn't find anything about hazelnuts in the files.", None),
    ("I could not find this in the files.", "Who is the curator?"),
    ("The documents do not contain the answer.", "When does the reading room open?"),
]
TRUE = [
    ("The documents do not say who the gardener is.", None),
    ("The documents do not say who the lamp stands in the hall for.", None),
    ("The sources don’t mention parking.", None),
    ("No details about almonds are given in the document.", None),
    ("The documents do not say when the lamp stands in the hall.", None),
    ("I could not find this in the files.", "Who is the gardener?"),
    ("I could not find this in the files.", "What is a curator?"),
    ("I could not find this in the files.", None),
    ("The context only covers opening hours; it does not say who the gardener is.", None),
    ("I do not have access to these details.", "Who is the gardener?"),
]


def split(text: str, question: str | None = None) -> Claim:
    (claim,) = ClaimSplitter().split(text, question)
    return claim


@pytest.mark.parametrize(("text", "question"), FALSE)
def test_what_the_documents_have_is_not_lacking(text: str, question: str | None) -> None:
    claim = split(text, question)
    assert not claim.checkable and has_absence(claim) and is_open(claim)
    assert decide_claim(claim, EVIDENCE).checkable
    assert not decide_claim(claim, []).checkable


@pytest.mark.parametrize(("text", "question"), TRUE)
def test_what_they_lack_stays_no_claim(text: str, question: str | None) -> None:
    claim = split(text, question)
    assert not claim.checkable
    assert not decide_claim(claim, EVIDENCE).checkable


def test_the_guard_shows_true_absence_and_stops_a_false_one() -> None:
    guard = Guard(verifier=FakeVerifier())
    shown = guard.check("The sources don't mention parking.", SOURCE)
    assert shown.verdicts[0].label == "no_claim"
    stopped = guard.check("The sources don't mention a curator.", SOURCE)
    assert stopped.verdicts[0].claim.checkable
    assert stopped.text != stopped.answer


def test_marks_are_not_read_and_come_back() -> None:
    seen: list[str] = []

    class Reader(FakeVerifier):
        def verify(self, claims, evidence):  # type: ignore[no-untyped-def]
            seen.extend(claim.text for claim in claims)
            return super().verify(claims, evidence)

    answer = "The lamp stands in the hall (notes.pdf, page 9)【4:0†notes】."
    report = Guard(verifier=Reader()).check(answer, SOURCE)
    assert report.verdicts[0].claim.text == answer
    assert "".join(seen[:1]).split() == ["The", "lamp", "stands", "in", "the", "hall", "."]


@given(st.text(max_size=80), st.sampled_from(KINDS), st.text(max_size=30))
def test_a_claim_stays_one_and_nothing_moves(text: str, kind: str, question: str) -> None:
    claim = Claim(text, 3, 3 + len(text), Context(question), kind)  # type: ignore[arg-type]
    decided = decide_claim(claim, EVIDENCE)
    assert (decided.start, decided.end, len(decided.text)) == (3, 3 + len(text), len(text))
    assert decided.kind in (claim.kind, "claim")
    assert decided.kind == claim.kind or is_open(claim)


@given(st.text(max_size=60))
def test_more_evidence_never_makes_an_absence_true(extra: str) -> None:
    more = [*EVIDENCE, Evidence(Passage(extra, "b", 0, len(extra)), 0.5)]
    for text, question in FALSE:
        assert is_false_absence(split(text, question), more)


@pytest.mark.parametrize(
    "text",
    [
        "Hi! Thanks for reaching out 🙌",
        "I’m afraid I can’t help with this one.",
        "I’m just a chatbot, so I can’t see your screen 🙈",
        "I don't have enough context to answer this.",
        "I can only help with questions about the uploaded files.",
        "I'm not sure I understand what you mean.",
        "Is there anything else you'd like to know? 😊",
        "Here's how you can do it in code:",
        "Not mentioned in the provided documents.",
        "Not answerable.",
        "Please let me know which version you use.",
        "Hope that clears things up!",
    ],
)
def test_talk_is_no_claim_whatever_its_wording(text: str) -> None:
    for claim in ClaimSplitter().split(text):
        assert not decide_claim(claim, EVIDENCE).checkable


@pytest.mark.parametrize(
    "text",
    [
        "Thanks to the new law, rents fell.",
        "I can confirm that the shop opens at nine.",
        "Feel free to use the sauna, which opens at nine.",
        "As an AI company, Brimo sells chips.",
        "Sorry, the lift is out of order.",
        "I'm afraid the owner sold the house.",
        "Hello Kitty is from Japan.",
        "Nobody could find the wreck.",
        "Hallo, wie geht es dir heute?",
        "Not waterproof.",
        "Lyon",
    ],
)
def test_facts_that_look_like_talk_are_claims(text: str) -> None:
    assert classify_sentence(text) == "claim"


LODGE = (
    "Breakfast is served from 7:00 to 10:00. Cats are welcome for nine euros per night. The sauna "
    "costs six euros, and towels can be hired at the desk. Staff have 26 days of leave. Up to four "
    "unused days may be carried over. The roof carries a ten-year guarantee.\n\n"
    "| Line | First tram | Last tram |\n|---|---|---|\n| Harbor | 05:20 | 23:40 |\n"
)
NIGHT = [Evidence(Passage(LODGE, "lodge", 0, len(LODGE)), 1.0)]


@pytest.mark.parametrize(
    "text",
    [
        "The page doesn't say whether cats are allowed.",
        "Sorry, the notes do not state how long the guarantee lasts.",
        "The brochure does not mention the price of the sauna, I'm afraid.",
        "The text doesn't say when breakfast is served, so I can't tell you.",
        "The handbook does not mention carrying over unused leave.",
        "The timetable doesn't list a line to the harbor.",
    ],
)
def test_an_absence_is_false_in_other_words_too(text: str) -> None:
    assert not split(text).checkable
    assert decide_claim(split(text), NIGHT).checkable


@pytest.mark.parametrize(
    "text",
    [
        "The page doesn't say whether dogs are allowed.",
        "The page doesn't say whether cats are allowed in the sauna.",
        "Sorry, the notes do not state how long the sauna lasts.",
        "The brochure does not mention the price of towels, I'm afraid.",
        "The brochure does not mention the price of breakfast.",
        "The handbook does not mention carrying over sick leave.",
        "The timetable doesn't list fares to the harbor.",
        "The notes do not say how much the guarantee costs.",
    ],
)
def test_a_value_of_something_else_makes_no_absence_false(text: str) -> None:
    assert not split(text).checkable
    assert not decide_claim(split(text), NIGHT).checkable


def test_a_short_answer_that_the_evidence_has_is_no_talk() -> None:
    text = "Keys are kept at the front desk. Coffee is served in the main office."
    evidence = [Evidence(Passage(text, "notes", 0, len(text)), 1.0)]
    asked = Context(question="Where are the keys kept?")
    for answer in ("front desk", "main office"):
        claim = Claim(answer, 0, len(answer), asked, "filler")
        assert is_open(claim)
        assert decide_claim(claim, evidence).checkable
        assert not decide_claim(claim, EVIDENCE).checkable
        assert not decide_claim(Claim(answer, 0, len(answer), kind="filler"), evidence).checkable
