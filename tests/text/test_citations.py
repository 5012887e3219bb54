"""Citation marks of answers, and what only looks like one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.claims.splitter import ClaimSplitter
from groundwire.text.citations import (
    blank_citations,
    find_citations,
    is_citation,
    is_sources_line,
)

MARKS = [
    "【4:0†source】",
    "【12†annual report.pdf】",
    " (guide.pdf, page 3)",
    " [guide.pdf, p. 3]",
    " (p. 12)",
    " (pages 4–6)",
    " [[2]](https://example.org/a?b=1#c)",
    " [2](https://example.org)",
    "[^note-1]",
    " [1, 2][4]",
    " [1-3]",
    " [doc 2]",
    " [Source: guide.pdf]",
    " (Source: the city's website)",
    " (Document 3)",
    " (passages 1 and 4)",
    " <sup>2</sup>",
    " [citation: 4]",
    " [[citation:4]]",
    r" \citep{smith2020}",
    " [@smith2020]",
    " (Smith et al., 2020)",
    " (Smith & Lee, 2020; Roe et al., 2019)",
]
NO_MARKS = [
    "Article 6(1)(f) allows it.",
    "The file (config.json) is read first.",
    "Set `rows[1]` to zero.",
    "There were 10⁶ cells in 5 cm² and 3 metres³.",
    "The volume is 10<sup>3</sup> litres.",
    "See section 7 (penalties).",
    "The fee (20 euros) is due.",
    "It is [sic] open.",
    "The vote of [1943] was free.",
    "Read [the guide](https://example.org).",
    "![1](https://example.org/a.png)",
]


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_is_blank_and_its_sentence_stays(mark: str) -> None:
    text = f"The valve sits beside the heater{mark}."
    blank = blank_citations(text)
    assert len(blank) == len(text)
    assert " ".join(blank.split()) == "The valve sits beside the heater ."
    assert is_citation(mark)


@pytest.mark.parametrize("mark", [*MARKS, " (guide.pdf)", " [guide.pdf]"])
@pytest.mark.parametrize("sign", ["**", "_", "***"])
def test_a_mark_in_bold_text_is_one(mark: str, sign: str) -> None:
    text = f"{sign}The valve sits beside the heater{mark}{sign}"
    assert blank_citations(text).replace(" ", "") == text.replace(mark, "").replace(" ", "")
    assert [claim.text for claim in ClaimSplitter().split(text)] == [text]


@pytest.mark.parametrize("text", NO_MARKS)
def test_what_states_something_is_no_mark(text: str) -> None:
    assert find_citations(text) == []


@pytest.mark.parametrize("mark", ["【4:0†source】", "[^2]", "[[1]](https://example.org)", "¹"])
def test_a_mark_behind_a_full_stop_goes_with_its_sentence(mark: str) -> None:
    text = f"The valve is shut.{mark} The heater is on."
    assert [c.text for c in ClaimSplitter().split(text)] == [
        f"The valve is shut.{mark}",
        "The heater is on.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Source: guide.pdf, page 7",
        "Sources: [1], [2] and [4]",
        "[2]: https://example.org/a",
        "[^1]: guide.md, line 12",
        "References: annex.docx (p. 4), https://example.org",
    ],
)
def test_a_line_of_sources_is_a_citation(text: str) -> None:
    assert is_citation(text)
    assert [c.kind for c in ClaimSplitter().split(text)] == ["filler"]


@pytest.mark.parametrize(
    "text",
    ["Source: the mayor said that it burns.", "[1] is prime.", "It is red [1].", "", "guide"],
)
def test_a_line_with_words_of_its_own_is_none(text: str) -> None:
    assert not is_citation(text)


def test_items_below_sources_are_citations_until_one_says_something() -> None:
    text = "It is red.\n\n**Sources:**\n- guide.pdf, page 3\n- https://example.org\n- It burns.\n"
    kinds = {c.text: c.kind for c in ClaimSplitter().split(text)}
    assert kinds["guide.pdf, page 3"] == kinds["https://example.org"] == "filler"
    assert kinds["It burns."] == "claim"
    assert is_sources_line("References") and not is_sources_line("Sources of lead")


@given(st.text(alphabet="ab 1[](){}【】†^<sup>/.,:;`\\¹²pdf\n", max_size=120))
def test_blanking_moves_nothing(text: str) -> None:
    blank = blank_citations(text)
    assert len(blank) == len(text)
    assert all(a in (b, " ") for a, b in zip(blank, text, strict=True))
    assert all(a <= b for (_, a), (b, _) in pairwise(find_citations(text)))


@pytest.mark.parametrize(
    "piece", ["[1", "(a.b ", "【", "(Smith and Lee, 2020; ", "`a[", "[doc 1, "]
)
def test_long_texts_are_read_whole(piece: str) -> None:
    text = piece * (100_000 // len(piece)) + " It is red [7]."
    assert len(blank_citations(text)) == len(text)
    assert not is_citation(f"Source: {text}")
