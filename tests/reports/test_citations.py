from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.guard.guard import Guard
from groundwire.policy import ThresholdPolicy
from groundwire.reports.citations import cite
from groundwire.testing import FakeVerifier
from groundwire.text.blocks import find_sentences
from groundwire.types import Claim, Decision, Label, Quote, Report, Verdict
from reports import holds

ONE = Quote("The pump weighs 62 kg.", "manual.txt", 4, 26)
TWO = Quote("It is red.", "leaflet.txt", 0, 10)


def report(text: str, *quotes: tuple[Quote, ...], label: Label = "supported") -> Report:
    spans = find_sentences(text)
    verdicts = tuple(
        Verdict(Claim(text[a:b], a, b), label, 0.9, found)
        for (a, b), found in zip(spans, quotes, strict=False)
    )
    return Report(None, text, verdicts, Decision("pass"), text, verdicts)


@pytest.mark.parametrize(
    ("text", "quotes", "cited"),
    [
        ("It weighs 62 kg.", [(ONE,)], "It weighs 62 kg [1]."),
        ("It weighs 62 kg. Red!", [(ONE,), (TWO,)], "It weighs 62 kg [1]. Red [2]!"),
        ("It weighs 62 kg. 62 kg!", [(ONE,), (ONE,)], "It weighs 62 kg [1]. 62 kg [1]!"),
        ("One. Two. Six.", [(TWO,), (ONE, TWO), ()], "One [1]. Two [1][2]. Six."),
        ("It weighs **62 kg.**", [(ONE,)], "It weighs **62 kg [1].**"),
        ("He said “62 kg.”", [(ONE,)], "He said “62 kg [1].”"),
        ("- It weighs 62 kg", [(ONE,)], "- It weighs 62 kg [1]"),
        ("It weighs 62 kg.\n\nDone.", [(ONE,), ()], "It weighs 62 kg [1].\n\nDone."),
        ("No quote.", [()], "No quote."),
    ],
)
def test_markers(text: str, quotes: list[tuple[Quote, ...]], cited: str) -> None:
    assert cite(report(text, *quotes)).text == cited


@pytest.mark.parametrize("label", ["contradicted", "unsupported", "unchecked", "no_claim"])
def test_only_what_is_supported_is_cited(label: Label) -> None:
    made = cite(report("It weighs 62 kg.", (ONE,), label=label))
    assert (made.text, made.citations) == ("It weighs 62 kg.", ())


def test_sources_are_listed_one_a_line() -> None:
    odd = Quote("It is\nred.", "a\nb.txt", 0, 10)
    made = cite(report("It weighs 62 kg. It is red.", (ONE,), (odd,)))
    assert [(c.number, c.quote) for c in made.citations] == [(1, ONE), (2, odd)]
    assert str(made).splitlines() == [
        "It weighs 62 kg [1]. It is red [2].",
        "",
        "Sources:",
        "[1] manual.txt: “The pump weighs 62 kg.”",
        "[2] a b.txt: “It is red.”",
    ]


def test_without_sources_the_text_is_alone() -> None:
    assert str(cite(report("Hello!", ()))) == "Hello!"


def test_a_blocked_answer_is_not_cited() -> None:
    blocked = holds(Guard(verifier=FakeVerifier()).check("The pump is red.", "It is dry."))
    assert blocked.decision.action == "block"
    assert str(cite(blocked)) == blocked.text


@given(st.lists(st.sampled_from(["It weighs 62 kg.", "It is red!", "Hello…", "- item", "“No.”"])))
def test_markers_are_all_that_is_added(sentences: list[str]) -> None:
    text = "\n".join(sentences)
    made = cite(report(text, *[(ONE,), (TWO, ONE)] * len(sentences)))
    assert re.sub(r" (?:\[[12]\])+", "", made.text) == text
    used = {int(number) for number in re.findall(r"\[(\d+)\]", made.text)}
    assert used == {citation.number for citation in made.citations}


def test_markers_stand_in_repaired_text() -> None:
    guard = Guard(verifier=FakeVerifier(), policy=ThresholdPolicy.strict())
    answer = "The pump sings. The pump weighs 64 kg."
    checked = holds(guard.check(answer, "The pump weighs 62 kg."), ThresholdPolicy.strict())
    assert cite(checked).text == "The pump weighs 62 kg [1]."
