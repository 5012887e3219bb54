from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.claims.code import is_language
from groundwire.claims.splitter import ClaimSplitter
from groundwire.errors import InputError
from groundwire.protocols import Splitter
from groundwire.types import Claim

GAP = re.compile(
    r"(?:\s|[-*+•‣◦▪●·–—#>|:=_]|\(?\d{1,3}[.)]|\(?[a-zA-Z]\)|[a-z]\.|\[[ xX]\]|"
    r"(?:`{3,}|~{3,})[ \t]*(?:[A-Za-z][\w+#.-]{0,15})?(?=\s|$))*"
)
LONG = "The old tower was built by the city in the year 1889 near the river and the big park"
PIECES = [
    *(
        "# Title\n",
        "## Paris has 2 million people\n",
        "- item one. Two\n",
        "* star\n",
        "1. first\n",
    ),
    *("12. twelfth\n", "2) second\n", "36. months\n", "a) letter\n", "```recalled now\n"),
    *("```Recalled\n", "~~~ sql x\n", "![a](b.png)", "Ⓡⓔⓓ ", "🚫 ", "====\n"),
    *("| a | b |\n", "|---|---|\n", "| 1 | two. Three |\n", "||\n"),
    *("```python\n", "```\n", "~~~\n", "x = {1: 'a. B'}\n", "> quoted. Text\n", "---\n", "-\n"),
    *("\n", "\r\n", "\r", "\u2028", "\t", " ", "\xa0", "Dr. Smith left. ", "He saw 3.5 kg. "),
    *('She said: "No. Never." ', "“Why? Who?” ", "(See Fig. 3. Then 4.) ", "[1]", " [2, 3] "),
    *(
        "**Bold.** ",
        "_x_. ",
        "مرحبا. كيف حالك؟ ",
        "你好。再见。",
        "😀. ",
        "\ud800",
        "\x00",
        "…",
        "! ",
    ),
    *(
        LONG + ", and it was sold in 2001; ",
        LONG + ", but the state has kept it. ",
        "[ ] ",
        "{",
        "}",
    ),
    *('{"a": 1,\n', ' "b": "two"}\n', "Sure! ", "I don't know. ", "**Label**\n", "> - nested\n"),
]
MARKDOWN = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
ANYTHING = st.text(st.characters(), max_size=200)


def texts(answer: str) -> list[str]:
    return [claim.text for claim in ClaimSplitter().split(answer)]


def kinds(answer: str, question: str | None = None) -> list[tuple[str, str]]:
    return [(claim.kind, claim.text) for claim in ClaimSplitter().split(answer, question)]


def check_offsets(answer: str, claims: list[Claim], limit: int) -> None:
    end = 0
    for claim in claims:
        assert end <= claim.start < claim.end <= len(answer)
        assert claim.text == answer[claim.start : claim.end]
        assert claim.text == claim.text.strip()
        assert len(claim.text) <= limit
        assert GAP.fullmatch(answer, end, claim.start), answer[end : claim.start]
        end = claim.end
    assert GAP.fullmatch(answer, end), answer[end:]
    check_gaps(answer, claims)


def check_gaps(answer: str, claims: list[Claim]) -> None:
    """Between claims stand no numbers but those that count items, and no words but languages."""
    ends = [0, *(claim.end for claim in claims)]
    starts = [*(claim.start for claim in claims), len(answer)]
    seen = {0}
    for start, end in zip(ends, starts, strict=True):
        gap = answer[start:end]
        for tag in re.findall(r"(?:`{3,}|~{3,})[ \t]*(\S+)", gap):
            assert is_language(tag.casefold()), tag
        for number in re.findall(r"\d+", re.sub(r"(?:`{3,}|~{3,}).*", "", gap)):
            assert int(number) - 1 in seen
            seen.add(int(number))


@settings(deadline=None, max_examples=100)
@given(MARKDOWN | ANYTHING)
def test_claims_are_exact_and_between_them_is_only_markup(answer: str) -> None:
    check_offsets(answer, ClaimSplitter().split(answer, "Who?"), 1200)


@settings(deadline=None, max_examples=60)
@given(MARKDOWN, st.integers(2, 60), st.integers(1, 12), st.sampled_from(["en", "fr"]))
def test_any_options_keep_the_offsets(answer: str, limit: int, longest: int, language: str) -> None:
    splitter = ClaimSplitter(language=language, longest=longest, max_chars=limit)
    check_offsets(answer, splitter.split(answer), limit)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "word ",
            "a",
            "A short sentence here. ",
            "The cat is in, and the dog was out, ",
            "- x y\n",
        ),
        *("| a |\n", "(", '"A. ', "; it is", "```\n", "\ud800", "😀", "> ", '{"a":1}\n', "x, \n"),
    ],
)
def test_a_very_long_answer_is_split_whole(piece: str) -> None:
    answer = (piece * 10_000)[:10_000]
    check_offsets(answer, ClaimSplitter().split(answer), 1200)


def test_two_hundred_thousand_characters() -> None:
    answer = "".join(
        f"Sentence {n} says that Lyon has some parks and gardens. " for n in range(3600)
    )
    claims = ClaimSplitter().split(answer)
    assert len(answer) > 190_000
    assert len(claims) == 3600
    assert all(claim.checkable for claim in claims)


def test_markers_are_gaps_and_kinds_are_set() -> None:
    answer = (
        "# Overview\nSure! Here is a summary:\n\n1. The tower is 330 m high [1]. It is in Paris.\n"
        "- **Point**: it is red.\n\n**Facts**\n\n```python\nx = 1\n```\n\n"
        '{"a": 1,\n "b": [2]}\n\nLet me know if you need more details!'
    )
    assert kinds(answer) == [
        ("heading", "Overview"),
        ("filler", "Sure!"),
        ("filler", "Here is a summary:"),
        ("claim", "The tower is 330 m high [1]."),
        ("claim", "It is in Paris."),
        ("claim", "**Point**: it is red."),
        ("heading", "**Facts**"),
        ("code", "x = 1"),
        ("claim", '{"a": 1,'),
        ("code", '"b": [2]}'),
        ("offer", "Let me know if you need more details!"),
    ]


def test_facts_in_headings_code_and_table_heads_are_claims() -> None:
    answer = (
        "# Paris has 20 million people\n\n**Lyon is the capital**\n\n```\n# Lyon is the capital"
        "\n```\n\n| Lyon has 2 million people | b |\n|---|---|\n| c | d |\n"
    )
    assert {kind for kind, _ in kinds(answer)} == {"claim"}


def test_a_table_row_is_a_claim_with_the_header_in_its_context() -> None:
    answer = (
        "Sizes follow.\n\n| City | People |\n|:--|--:|\n| Lyon | 522,000 |\n| Nice | 1 |\n\nEnd it."
    )
    claims = ClaimSplitter().split(answer, "How big?")
    assert [claim.text for claim in claims] == [
        *("Sizes follow.", "City | People", "Lyon | 522,000", "Nice | 1", "End it."),
    ]
    assert claims[1].kind == "heading"
    assert claims[3].context.preceding == ("Sizes follow.", "City | People")
    assert claims[1].context.preceding == ("Sizes follow.",)
    assert claims[3].context.question == "How big?"
    assert claims[4].context.preceding == ("Sizes follow.",)


def test_context_holds_the_nearest_sentences_last() -> None:
    claims = ClaimSplitter().split("One is. Two is. Three is. Four is. Five is.")
    assert claims[0].context.preceding == ()
    assert claims[4].context.preceding == ("Two is.", "Three is.", "Four is.")
    assert ClaimSplitter(preceding=0).split("One is. Two is.")[1].context.preceding == ()


def test_long_sentences_are_split_where_both_clauses_stand_alone() -> None:
    parts = [
        "The company was founded in 1990 by two brothers in a small garage near the harbor,",
        "and it became the largest employer of the region within ten years,",
        "while the state government was paying for its new roads;",
        "however, the firm was sold in 2001.",
    ]
    claims = ClaimSplitter().split(" ".join(parts))
    assert [claim.text for claim in claims] == parts
    assert claims[2].context.preceding == tuple(parts[:2])


@pytest.mark.parametrize(
    "sentence",
    [
        "The tower is red, and it is high.",
        LONG + ", and was sold to the city in 2001 by its first owner.",
        LONG + " (it was red, and the city was proud of it for a long time after that).",
        'He said "' + LONG + ', and it was sold in 2001 to the city by its first owner."',
        "If " + LONG + ", and the city is still paying for it, the tower will be closed soon.",
        LONG + ", the zoo, the station, and the old bridge over the river near the market.",
    ],
)
def test_a_sentence_stays_whole_where_a_clause_would_not_stand_alone(sentence: str) -> None:
    assert texts(sentence) == [sentence]


def test_a_yes_to_a_question_is_a_claim() -> None:
    assert kinds("Of course!", "Is it safe with alcohol?") == [("claim", "Of course!")]
    assert kinds("Of course!", "Can you summarize the text?") == [("filler", "Of course!")]
    assert kinds("Of course!") == [("filler", "Of course!")]


@pytest.mark.parametrize("answer", ["", " \n\t", "---\n\n```\n```", "|---|---|"])
def test_nothing_but_markup_has_no_claims(answer: str) -> None:
    assert texts(answer) == []


@pytest.mark.parametrize("options", [{"longest": 0}, {"max_chars": 1}, {"preceding": -1}])
def test_impossible_options_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        ClaimSplitter(**options)  # type: ignore[arg-type]


def test_the_splitter_is_a_splitter() -> None:
    assert isinstance(ClaimSplitter(), Splitter)


@pytest.mark.parametrize(
    ("fence", "kind"),
    [
        ("```yaml\nwarranty: 36 months\n```", "claim"),
        ("```csv\nwarranty,36 months\n```", "claim"),
        ("```\nwarranty: 36 months\n```", "claim"),
        ("```text\nBob founded Acme\n```", "claim"),
        ("```python\nfor x in y:\n    f(x)\n```", "code"),
        ("```bash\nmake install\n```", "code"),
    ],
)
def test_data_in_a_fence_is_a_claim_and_a_program_is_not(fence: str, kind: str) -> None:
    assert {found for found, _ in kinds(fence)} == {kind}


KETTLE = (
    "The K-200 kettle holds 1.7 litres. The warranty lasts 24 months from the date of purchase. "
    "The kettle switches off when the water boils. Descale the kettle every three months with "
    "citric acid. Help is available by email at help@example.com and by phone on 020 7946 0958."
)


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ("(48) months of warranty", "(48)"),
        ("The warranty lasts\n36) months from the date of purchase.", "36)"),
        ("- (99) months from the date of purchase.", "(99)"),
        ("60. months from the date of purchase.", "60."),
        ("36. months", "36."),
        ("1) year of warranty", "1)"),
        ("1. May to 3 June: closed", "1."),
        ("1. Year of warranty", "1."),
        ("The warranty lasts\n1) long year", "1)"),
        ("1. The kettle holds\n2. of these", "2."),
        ("1. It is on.\n48. The kettle has a warranty.", "48."),
        ("# 36. Months", "36."),
        ("> 36. months", "36."),
        ("[ ] 36. months", "36."),
        ("1. It is on.\n36. Months of it.", "36."),
    ],
)
def test_a_number_that_counts_no_items_stays_in_its_claim(answer: str, kept: str) -> None:
    claims = [claim for claim in ClaimSplitter().split(answer) if kept in claim.text]
    assert claims and all(claim.checkable for claim in claims)


@pytest.mark.parametrize(
    ("answer", "bodies"),
    [
        ("1. The lid is on.\n2. The tank is red.", ["The lid is on.", "The tank is red."]),
        ("1. A is.\n\nB is.\n\n2. C is.", ["A is.", "B is.", "C is."]),
        ("1. A is.\n   1. B is.\n   2. C is.\n2. D is.", ["A is.", "B is.", "C is.", "D is."]),
        ("1) a is\n2) b is", ["a is", "b is"]),
        ("Steps:\n1. open it\n2. close it", ["Steps:", "open it", "close it"]),
        ("## 1. Intro\n\nA is.\n\n## 2. Setup", ["Intro", "A is.", "Setup"]),
        ("a) A is.\nb) B is.", ["A is.", "B is."]),
        ("i. A is.", ["A is."]),
        ("- 1. A is.\n- 2. B is.", ["A is.", "B is."]),
    ],
)
def test_numbers_of_items_are_markers(answer: str, bodies: list[str]) -> None:
    assert texts(answer) == bodies


YES_NO = [
    "Is the kettle dishwasher safe?",
    "Can I return it after 60 days?",
    "You offer refunds, right?",
    "I want to know if I can put it in the dishwasher",
    "I bought it in May. Is it safe? Thanks!",
    "Do you offer refunds?",
    "The kettle is dishwasher safe?",
]


@pytest.mark.parametrize("question", YES_NO)
@pytest.mark.parametrize(
    "answer",
    [
        *(
            "No problem!",
            "Okay.",
            "👍",
            "✅",
            "❌",
            "👍🏽",
            "No worries!",
            "Sure thing, no problem!",
        ),
        *("Of course, no problem.", "Great question!", "Absolutely! 🎉", "Sure.\n\n👍"),
    ],
)
def test_small_talk_alone_answers_a_yes_or_no_question(answer: str, question: str) -> None:
    assert {kind for kind, _ in kinds(answer, question)} == {"claim"}
    assert "claim" not in {kind for kind, _ in kinds(answer)}


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        ("My pleasure!", "Thank you"),
        ("Sure!", "Summarize the text."),
        ("Of course!", "Could you please explain the table?"),
        ("Okay.", "What is the warranty?"),
        ("No problem!", "Thanks, that is all."),
    ],
)
def test_small_talk_after_anything_else_states_nothing(answer: str, question: str) -> None:
    assert "claim" not in {kind for kind, _ in kinds(answer, question)}


@pytest.mark.parametrize("mark", ["✅", "❌", "✓"])
def test_a_row_of_ticks_is_a_claim(mark: str) -> None:
    rows = kinds(f"| Safe | Free |\n|---|---|\n| {mark} | {mark} |\n")
    assert rows[-1][0] == "claim"


@pytest.mark.parametrize(
    "text",
    [
        *("Ⓡⓔⓒⓐⓛⓛⓔⓓ", "⠗⠑⠉⠁⠇⠇⠑⠙", "🄡🄔🄒", "🅁🄴🄲", "🆁🅴🅲🅰🅻🅻🅴🅳", "🆓", "🇷 🇪 🇨 🇦", "𝐑𝐞𝐜𝐚𝐥𝐥𝐞𝐝"),
        *("Thank you 🚫", "❌ I hope this helps!"),
    ],
)
def test_symbols_that_read_as_words_are_claims_with_their_own_offsets(text: str) -> None:
    assert kinds(text) == [("claim", text)]


def test_an_image_is_one_sentence() -> None:
    assert texts("It is on. ![Recalled](x.png)") == ["It is on.", "![Recalled](x.png)"]


def test_lines_with_bold_labels_are_claims_of_their_own() -> None:
    answer = "**Price:** 59 EUR\n**Warranty:** 24 months\n**Capacity:** 1.7 litres"
    claims = [claim for claim in ClaimSplitter().split(answer) if claim.checkable]
    assert [claim.text for claim in claims] == answer.split("\n")


def test_a_picture_before_a_sentence_is_no_part_of_it() -> None:
    answer = (
        "Thanks! 🎉 The gate opens at dawn.\n- 🕘 The shop opens at nine.\n- ❌ Dogs may come in."
    )
    claims = ClaimSplitter().split(answer)
    said = [claim.text for claim in claims if claim.checkable]
    assert said == ["The gate opens at dawn.", "The shop opens at nine.", "❌ Dogs may come in."]
    assert [claim.text for claim in claims if claim.kind == "filler"] == ["🎉", "🕘"]
    assert all(not any(part == "🎉" for part in claim.context.preceding) for claim in claims)
