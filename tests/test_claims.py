from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.claims import ClaimSplitter
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
    *("12. twelfth\n", "a) letter\n", "| a | b |\n", "|---|---|\n", "| 1 | two. Three |\n", "||\n"),
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
