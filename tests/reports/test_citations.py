from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.claims.splitter import ClaimSplitter
from groundwire.guard.guard import Guard
from groundwire.policy import ThresholdPolicy
from groundwire.reports.citations import cite, find_miscitations
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


def split_report(text: str, *, also: Label = "no_claim") -> Report:
    """A report of what the guard's own splitter makes of a text, each claim with one quote."""
    verdicts = tuple(
        Verdict(claim, "supported" if claim.checkable else also, 0.9, (ONE,))
        for claim in ClaimSplitter().split(text)
    )
    return Report(None, text, verdicts, Decision("pass"), text, verdicts)


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("It weighs 62 kg [7].", "It weighs 62 kg [1]."),
        ("It weighs 62 kg. [7]", "It weighs 62 kg [1]."),
        ("**It weighs 62 kg [7]**", "**It weighs 62 kg [1]**"),
        ("**It weighs 62 kg. [7]** _It is red.[8]_", "**It weighs 62 kg [1].** _It is red [1]._"),
        ("**[7] It weighs 62 kg.** *[8]* It is red.", "**It weighs 62 kg [1].** It is red [1]."),
        ("- It weighs **62 kg**[7] **now**.", "- It weighs **62 kg** **now** [1]."),
        ("It weighs **62 kg**[7]**or** so.", "It weighs **62 kg****or** so [1]."),
        ("It weighs 62 kg.[7][8] It is red 【4:0†source】.", "It weighs 62 kg [1]. It is red [1]."),
        ("It weighs 62 kg【4:0†manual.pdf】.", "It weighs 62 kg [1]."),
        ("It weighs 62 kg [[7]](https://example.org/a).", "It weighs 62 kg [1]."),
        ("It weighs 62 kg [7](https://example.org/a).", "It weighs 62 kg [1]."),
        ("It weighs 62 kg (manual.pdf, page 12).", "It weighs 62 kg [1]."),
        (
            "It weighs 62 kg. (manual.pdf, page 12) It is red.",
            "It weighs 62 kg [1]. It is red [1].",
        ),
        ("It weighs 62 kg (p. 12).", "It weighs 62 kg [1]."),
        ("It weighs 62 kg [Source 1, Source 2].", "It weighs 62 kg [1]."),
        ("It weighs 62 kg<sup>7</sup>.", "It weighs 62 kg [1]."),
        ("It weighs **62 kg** **[7]**.", "It weighs **62 kg** [1]."),
        ("The pump [7] weighs 62 kg and is red [8, 9].", "The pump weighs 62 kg and is red [1]."),
        ("[7] It weighs 62 kg.", "It weighs 62 kg [1]."),
        ("He said “62 kg [7].”", "He said “62 kg [1].”"),
        ("- It weighs 62 kg [7]\n- It is red [8]", "- It weighs 62 kg [1]\n- It is red [1]"),
        ("It weighs 62 kg[^7].\n\n[^7]: Annual report", "It weighs 62 kg [1]."),
        ("It weighs 62 kg [7].\n\nSources:\n[7] manual.pdf\n[8] x.pdf", "It weighs 62 kg [1]."),
        ("Use `a[1]` to read the first one.", "Use `a[1]` to read the first one [1]."),
        ("```python\nx = a[1]\n```\nIt is red.", "```python\nx = a[1]\n```\nIt is red [1]."),
        ('{"weight": "62 kg"}', '{"weight": "62 kg"}'),
        ("It weighs 62 kg (about 137 lb).", "It weighs 62 kg (about 137 lb) [1]."),
    ],
)
def test_marks_of_the_answer_are_replaced(text: str, cited: str) -> None:
    made = cite(split_report(text)).text
    assert made == cited
    assert cite(split_report(made)).text == made


def test_a_number_that_stays_in_the_text_is_given_to_no_quote() -> None:
    text = "It weighs 62 kg. It is blue [1]."
    spans = find_sentences(text)
    labels: tuple[Label, Label] = ("supported", "unsupported")
    verdicts = tuple(
        Verdict(Claim(text[a:b], a, b), label, 0.9, (ONE,))
        for (a, b), label in zip(spans, labels, strict=True)
    )
    made = cite(Report(None, text, verdicts, Decision("pass"), text, verdicts))
    assert made.text == "It weighs 62 kg [2]. It is blue [1]."
    assert [citation.number for citation in made.citations] == [2]


@pytest.mark.parametrize(
    "piece", ["[1", "[[1]](", "(a ", "【", "[^", "**[1]", "[1]: x\n", "(a.pdf, "]
)
def test_marks_are_looked_for_in_linear_time(piece: str) -> None:
    text = "It weighs 62 kg. " + piece * (100_000 // len(piece))
    cite(report(text[:17], (ONE,)))
    verdict = Verdict(Claim(text[:16], 0, 16), "supported", 0.9, (ONE,))
    made = cite(Report(None, text, (verdict,), Decision("pass"), text, (verdict,)))
    assert made.citations


def test_markers_stand_in_repaired_text() -> None:
    guard = Guard(verifier=FakeVerifier(), policy=ThresholdPolicy.strict())
    answer = "The pump sings. The pump weighs 64 kg."
    checked = holds(guard.check(answer, "The pump weighs 62 kg."), ThresholdPolicy.strict())
    assert cite(checked).text == "The pump weighs 62 kg [1]."


@pytest.mark.parametrize(
    ("text", "quotes", "told"),
    [
        ("It weighs 62 kg (leaflet.txt, page 2).", [(ONE,)], [("leaflet.txt",)]),
        ("It weighs 62 kg. (see leaflet.txt)", [(ONE,)], [("leaflet.txt",)]),
        ("It weighs 62 kg (see manual.txt, page 2).", [(ONE,)], []),
        ("It weighs 62 kg (manual.txt) (leaflet.txt).", [(ONE,)], []),
        ("It is red [2]. It weighs 62 kg [2].\n\nSources:\n[1] manual.txt\n[2] leaflet.txt",
         [(TWO,), (ONE,)], [("leaflet.txt",)]),
        ("It is red [2]. It weighs 62 kg [1].\n\nSources:\n[1] manual.txt\n[2] leaflet.txt",
         [(TWO,), (ONE,)], []),
        # what a number means is not known here
        ("It is red [1]. It weighs 62 kg [1].", [(TWO,), (ONE,)], []),
        ("`It weighs (leaflet.txt)`.", [(ONE,)], []),
    ],
)  # fmt: skip
def test_marks_that_point_elsewhere_are_told(
    text: str, quotes: list[tuple[Quote, ...]], told: list[tuple[str, ...]]
) -> None:
    found = find_miscitations(report(text, *quotes))
    assert [item.cited for item in found] == told
    assert all("is supported by manual.txt" in str(item) for item in found)
    assert all(text[i.mark.start] in "[(" and text[i.mark.end - 1] in "])" for i in found)


def test_numbers_of_a_list_of_evidence_are_read() -> None:
    guard = Guard(verifier=FakeVerifier())
    evidence = ["The pump weighs 62 kg.", "The lid is red."]
    right = guard.check("The pump weighs 62 kg [1]. The lid is red [2].", evidence)
    assert find_miscitations(right) == []
    wrong = guard.check("The pump weighs 62 kg [2]. The lid is red [2].", evidence)
    assert [str(item) for item in find_miscitations(wrong)] == [
        "cites evidence[1], but is supported by evidence[0]"
    ]


@given(st.text(max_size=60))
def test_any_text_is_read_for_miscitations(text: str) -> None:
    for item in find_miscitations(report(text, (ONE,), (TWO,))):
        assert 0 <= item.mark.start < item.mark.end <= len(text)
