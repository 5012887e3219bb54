from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.claims.splitter import ClaimSplitter
from groundwire.errors import InputError
from groundwire.protocols import Rewriter
from groundwire.repair.edits import apply_edits, map_offset
from groundwire.repair.extractive import ExtractiveRewriter
from groundwire.repair.quotation import clean_evidence
from groundwire.repair.removal import remove_claims
from groundwire.repair.values import choose_article, restyle_value
from groundwire.text.blocks import find_sentences
from groundwire.types import Claim, Edit, Label, Quote, Verdict
from groundwire.verify.checks.contrast import check_contrast
from groundwire.verify.checks.names import check_names
from groundwire.verify.checks.values import check_values

BITS = st.sampled_from(
    [
        "\n",
        "\n\n",
        "# ",
        "- ",
        "1. ",
        "| ",
        " | ",
        "The tank holds 3 l",
        ". ",
        ", and ",
        "; ",
        " [1]",
        "**",
        "it is red",
        "é",
        "🙂",
        "\u202e",
        "�",
        "\x00",
        "水が多い。",
        ":",
        "```\n",
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(BITS, max_size=14).map("".join))


def claim(answer: str, text: str) -> Claim:
    start = answer.index(text)
    return Claim(text, start, start + len(text))


def remove(answer: str, *texts: str) -> str:
    return apply_edits(answer, remove_claims(answer, [claim(answer, text) for text in texts]))


def rewrite(answer: str, text: str, *evidence: str, label: Label = "contradicted") -> str:
    flagged = claim(answer, text)
    quotes = tuple(Quote(item, "doc", 0, len(item)) for item in evidence)
    checks = (check_values, check_names, check_contrast)
    findings = tuple(found for check in checks for found in check(flagged, quotes))
    edits = ExtractiveRewriter().rewrite(answer, [Verdict(flagged, label, 0.1, quotes, findings)])
    return apply_edits(answer, edits)


@pytest.mark.parametrize(
    ("answer", "texts", "left"),
    [
        ("A is on. B is off [1]. C is up.", ["B is off"], "A is on. C is up."),
        ("A is on. B is off. [2]", ["B is off."], "A is on."),
        ("The tank is red, and it leaks.", ["it leaks."], "The tank is red."),
        ("The tank is red, and it leaks.", ["The tank is red"], "It leaks."),
        ("It is red [1], and it leaks [2].", ["it leaks"], "It is red [1]."),
        ("It is red [1]; it leaks [2].", ["It is red"], "It leaks [2]."),
        ("It is x, it is y, and it is z.", ["it is y"], "It is x, and it is z."),
        ("It is x; it leaks.", ["It is x", "it leaks"], ""),
        ("- One is on.\n- Two is off.\n- Three.", ["Two is off."], "- One is on.\n- Three."),
        ("1. One is on.\n2. Two is off.", ["Two is off."], "1. One is on."),
        ("One is on.\n\nTwo is off.\n\nSix.", ["Two is off."], "One is on.\n\nSix."),
        ("Intro.\n\n# A\n\nOne is on.\n\n# B\n\nSix.", ["One is on."], "Intro.\n\n# B\n\nSix."),
        ("# A\n\n## B\n\nOne is on.", ["One is on."], ""),
        ("# A\n\nOne is on.\n\n## B\n\nTwo is off.", ["Two is off."], "# A\n\nOne is on."),
        ("**Tank**\n\nOne is on.\n\nEnd.", ["One is on.", "End."], ""),
        ("All of it:\n- One.\n- Two.\n\nEnd.", ["One.", "Two."], "End."),
        ("It is on. These:\n- One.\n- Two.", ["One.", "Two."], "It is on."),
        ("|a|b|\n|-|-|\n|x|5|\n|y|6|\n\nEnd", ["5"], "|a|b|\n|-|-|\n|y|6|\n\nEnd"),
        ("|a|b|\n|-|-|\n|x|5|\n|y|6|\n\nEnd", ["5", "6"], "End"),
        ("On.\n\nRecalled\n====\n\nOne.", ["Recalled"], "On.\n\nOne."),
        ("On.\n\nRecalled\n---\n\nOne.", ["Recalled"], "On.\n\nOne."),
        ("On.\n\n---\n\nOne.", ["On."], "---\n\nOne."),
        ("|Bad|b|\n|-|-|\n|x|5|\n\nEnd", ["Bad|b"], "|  |  |\n|-|-|\n|x|5|\n\nEnd"),
        ("|Bad|b|\n|-|-|\n|x|5|\n\nEnd", ["Bad|b", "5"], "End"),
        ("|Bad|b|\n|-|-|\n\nEnd", ["Bad|b"], "End"),
        ("On.\n\n```c\nkettle void\n```\n\nEnd", ["kettle void"], "On.\n\nEnd"),
        ("On.\n\n```c\nkettle void", ["kettle void"], "On."),
        ("On.\n```bad\nx = 1\n```\nEnd", ["bad"], "On.\n```\nx = 1\n```\nEnd"),
        ("On.\n```bad\nx = 1\n```\nEnd", ["bad", "x = 1"], "On.\nEnd"),
        ("On. ![Recalled](x.png)", ["![Recalled](x.png)"], "On."),
        ("1. One.\n2. Two.\n3. Six.", ["One."], "1. Two.\n2. Six."),
        ("1. One.\n2. Two.\n3. Six.", ["Two."], "1. One.\n2. Six."),
        ("1. One.\n   1. In.\n   2. Out.\n2. Two.", ["In."], "1. One.\n   1. Out.\n2. Two."),
        ("a) One.\nb) Two.", ["One."], "a) Two."),
        ("1. One.\n1. Two.", ["One."], "1. Two."),
    ],
)
def test_removal_leaves_whole_text(answer: str, texts: list[str], left: str) -> None:
    assert remove(answer, *texts) == left


@pytest.mark.parametrize(
    ("answer", "evidence", "expected"),
    [
        (
            "The battery lasts 62 hours.",
            "The battery of the X200 lasts 64 hours.",
            "The battery lasts 64 hours.",
        ),
        (
            "The set costs $1200 in stores.",
            "The set costs 1,350 dollars in stores.",
            "The set costs $1350 in stores.",
        ),
        (
            "The set costs 1,200 dollars in stores.",
            "The set costs $1350 in stores.",
            "The set costs 1,350 dollars in stores.",
        ),
        (
            "It is an 8-hour battery pack.",
            "It is a 7-hour battery pack.",
            "It is a 7-hour battery pack.",
        ),
        (
            "About 12 percent of adults smoke daily.",
            "18% of adults smoke daily.",
            "About 18 percent of adults smoke daily.",
        ),
        (
            "The firm was founded in Paris by John Smith.",
            "The firm was founded in Lyon by John Smith.",
            "The firm was founded in Lyon by John Smith.",
        ),
        (
            "The meeting takes place on May 3, 2020.",
            "The meeting takes place on 5 June 2020.",
            "The meeting takes place on June 5, 2020.",
        ),
        (
            "The shop opens at 9 am on weekdays.",
            "The shop opens at 08:30 on weekdays.",
            "The shop opens at 8:30 am on weekdays.",
        ),
        (
            "The warranty lasts 1 year for parts.",
            "The warranty lasts 2 years for parts.",
            "The warranty lasts 2 years for parts.",
        ),
        (
            "Twelve percent of adults smoke daily.",
            "Eighteen percent of adults smoke daily.",
            "Eighteen percent of adults smoke daily.",
        ),
    ],
)
def test_a_value_is_replaced_in_place_and_in_style(
    answer: str, evidence: str, expected: str
) -> None:
    assert rewrite(f"Hi. {answer} Bye.", answer, evidence) == f"Hi. {expected} Bye."


@pytest.mark.parametrize(
    ("answer", "evidence", "expected"),
    [
        (
            "The office closed on 24 March.",
            "The office closed on 3 April.",
            "The office closed on 3 April.",
        ),
        (
            "The office closes at 5 p.m.",
            "The office closes at noon.",
            "The office closes at 12 p.m.",
        ),
        (
            "The office closes at noon.",
            "The office closes at 5 p.m.",
            "The office closes at 5 p.m.",
        ),
    ],
)
def test_a_repair_keeps_one_stop(answer: str, evidence: str, expected: str) -> None:
    assert rewrite(f"Hi. {answer}", answer, evidence) == f"Hi. {expected}"


def test_a_comparison_is_repaired_only_in_the_same_sentence() -> None:
    answer = "He arrived in Rome before the war."
    assert rewrite(answer, answer, "He arrived in Rome after the war.") == (
        "He arrived in Rome after the war."
    )
    other = "He safely arrived in Rome after the war, ill and poor"
    assert "after" not in rewrite(answer, answer, other)


def test_a_sentence_is_replaced_by_the_evidence_that_speaks_to_it() -> None:
    answer = "- The pump runs on solar energy [1].\n- It is red."
    evidence = "The pump runs on mains\nenergy \x07only."
    left = rewrite(answer, "The pump runs on solar energy [1].", "Cats sleep.", evidence)
    assert left == "- The pump runs on mains energy only.\n- It is red."


@pytest.mark.parametrize(
    "evidence",
    [
        "It runs on mains energy, not the pump solar.",
        "the pump runs on mains energy.",
        "The pump runs on mains energy",
        "Why does the pump run on solar energy?",
        "The pump runs on ![solar energy](http://example.org/x.png).",
        "The pump runs on <b>solar</b> energy.",
        "The pump runs on solar energy" + " and more" * 60 + ".",
    ],
)
def test_what_is_no_plain_sentence_is_not_put_into_an_answer(evidence: str) -> None:
    answer = "Hello there. The pump runs on solar energy."
    assert rewrite(answer, "The pump runs on solar energy.", evidence) == "Hello there."


def test_evidence_that_the_answer_already_says_is_not_repeated() -> None:
    said = "The pump runs on mains energy only."
    answer = f"{said} The pump runs on solar energy."
    assert rewrite(answer, "The pump runs on solar energy.", said) == said


def test_two_claims_do_not_become_the_same_sentence() -> None:
    answer = "The pump runs on solar energy. The pump runs on wind energy."
    quote = Quote("The pump runs on mains energy only.", "doc", 0, 35)
    flagged = [
        Verdict(claim(answer, text), "unsupported", 0.1, (quote,))
        for text in ("The pump runs on solar energy.", "The pump runs on wind energy.")
    ]
    edits = ExtractiveRewriter().rewrite(answer, flagged)
    assert apply_edits(answer, edits).strip() == quote.text
    assert ExtractiveRewriter().rewrite(answer, flagged[::-1]) == edits


def test_an_unchecked_claim_is_removed_and_no_claim_is_kept() -> None:
    answer = "Hello. The pump runs on solar energy."
    evidence = "The pump runs on mains energy only."
    text = "The pump runs on solar energy."
    assert rewrite(answer, text, evidence, label="unchecked") == "Hello."
    assert rewrite(answer, text, evidence, label="no_claim") == answer


def test_a_repair_takes_the_capital_of_a_removed_clause() -> None:
    answer = "The tank is red, and eight percent of tanks leak."
    quote = Quote("Nine percent of tanks leak.", "doc", 0, 27)
    leak = claim(answer, "eight percent of tanks leak.")
    verdicts = [
        Verdict(claim(answer, "The tank is red"), "unsupported", 0.1),
        Verdict(leak, "contradicted", 0.1, (quote,), tuple(check_values(leak, [quote]))),
    ]
    edits = ExtractiveRewriter().rewrite(answer, verdicts)
    assert apply_edits(answer, edits) == "Nine percent of tanks leak."


def test_bad_offsets_and_edits_are_errors() -> None:
    with pytest.raises(InputError, match="outside"):
        remove_claims("abc", [Claim("abcd", 0, 4)])
    with pytest.raises(InputError, match="disjoint"):
        apply_edits("abc", [Edit(0, 2, ""), Edit(1, 3, "")])
    assert isinstance(ExtractiveRewriter(), Rewriter)


@pytest.mark.parametrize(
    ("claimed", "found", "kind", "expected"),
    [
        ("1,200", "950", "number", "950"),
        ("5", "1", "number", ""),
        ("3.5 kg", "4200 g", "quantity", "4200 g"),
        ("2020-05-03", "June 4, 2020", "date", "2020-06-04"),
        ("3 May", "June 4", "date", "4 June"),
        ("17:00", "4:30 pm", "time", "16:30"),
        ("$5 million", "$181,674", "money", "$181,674"),
        ("Paris", "Lyon", "name", "Lyon"),
    ],
)
def test_restyle(claimed: str, found: str, kind: str, expected: str) -> None:
    assert restyle_value(claimed, found, kind) == expected


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("8-hour", "an"),
        ("11", "an"),
        ("110", "a"),
        ("18%", "an"),
        ("180", "a"),
        ("apple", "an"),
        ("hour", "an"),
        ("unit", "a"),
        ("X200", "an"),
        ("$80", "an"),
        ("US firm", "a"),
    ],
)
def test_article(text: str, article: str) -> None:
    assert choose_article(text) == article


def assert_sound(answer: str, edits: list[Edit]) -> None:
    assert all(0 <= edit.start <= edit.end <= len(answer) for edit in edits)
    assert all(one.end <= two.start for one, two in pairwise(edits))


@given(TEXTS, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4))
@settings(max_examples=200, deadline=None)
def test_removing_any_spans_gives_sound_edits(answer: str, spans: list[tuple[int, int]]) -> None:
    size = len(answer)
    ranges = sorted({(min(a, b, size), min(max(a, b), size)) for a, b in spans})
    claims = [Claim(answer[a:b], a, b) for a, b in ranges]
    edits = remove_claims(answer, claims)
    assert_sound(answer, edits)
    kept = set(range(size)).difference(*(range(e.start, e.end) for e in edits))
    lost = [i for a, b in ranges for i in range(a, b) if i in kept and answer[i].isalnum()]
    assert lost == []


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_removing_every_sentence_leaves_nothing_to_say(answer: str) -> None:
    claims = [Claim(answer[a:b], a, b) for a, b in find_sentences(answer)]
    left = apply_edits(answer, remove_claims(answer, claims))
    assert find_sentences(left) == []


@given(TEXTS, st.data())
@settings(max_examples=150, deadline=None)
def test_a_rewrite_is_sound_and_deterministic(answer: str, data: st.DataObject) -> None:
    spans = find_sentences(answer)
    chosen = data.draw(st.lists(st.sampled_from(spans), unique=True)) if spans else []
    evidence = ["The tank holds 4 l and it is red.", "水が少ない。", answer[:40]]
    quotes = tuple(Quote(text, "doc", 0, len(text)) for text in evidence)
    verdicts = []
    for start, end in chosen:
        item = Claim(answer[start:end], start, end)
        verdicts.append(
            Verdict(item, "contradicted", 0.1, quotes, tuple(check_values(item, quotes)))
        )
    edits = ExtractiveRewriter().rewrite(answer, verdicts)
    assert_sound(answer, edits)
    assert edits == ExtractiveRewriter().rewrite(answer, verdicts[::-1])
    text = apply_edits(answer, edits)
    for i in range(len(text)):
        origin = map_offset(edits, i)
        inside = any(edit.start <= origin < edit.end for edit in edits)
        assert inside or text[i] == answer[origin]


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_edits_change_nothing_and_clean_text_is_one_plain_line(text: str) -> None:
    assert apply_edits(text, []) == text
    assert [map_offset([], i) for i in range(len(text) + 1)] == list(range(len(text) + 1))
    assert all(char.isprintable() or not char.isspace() for char in clean_evidence(text))
    assert clean_evidence(clean_evidence(text)) == clean_evidence(text)
    assert "\n" not in clean_evidence(text) and "\x00" not in clean_evidence(text)


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_removing_every_claim_leaves_none_when_split_again(answer: str) -> None:
    splitter = ClaimSplitter()
    left = apply_edits(answer, remove_claims(answer, splitter.split(answer)))
    assert [c for c in splitter.split(left) if c.checkable] == []


def test_the_claims_of_an_answer_are_removed_one_at_a_time() -> None:
    answer = "# Pump\n\nThe pump is red, and the tank holds 3 liters [1].\n\n- It leaks water.\n"
    for item in ClaimSplitter().split(answer):
        left = apply_edits(answer, remove_claims(answer, [item]))
        assert item.text not in left
        assert ", ." not in left and "[1]." not in left.replace("liters [1].", "")
