from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.text.blocks import find_blocks, find_sentences

MARKDOWN = st.lists(
    st.sampled_from(
        [
            *("# Title\n", "## Part 2: more\n", "- item one. Two\n", "* star\n", "1. first\n"),
            *("12. twelfth\n", "a) letter\n", "| a | b |\n", "|---|---|\n", "| 1 | two. Three |\n"),
            *("```python\n", "```\n", "~~~\n", "x = {1: 'a. B'}\n", "> quoted. Text\n", "---\n"),
            *("\n", "\r\n", "\r", "\u2028", "\t", " ", "  ", "Dr. Smith left. ", "He saw 3.5 kg. "),
            *(
                'She said: "No. Never." ',
                "“Why? Who?” ",
                "(See Fig. 3. Then 4.) ",
                "[1]",
                " [2, 3] ",
            ),
            *(
                "**Bold.** ",
                "_x_. ",
                "مرحبا. كيف حالك؟ ",
                "你好。再见。",
                "😀. ",
                "\ud800",
                "\x00",
                "…",
                "!",
            ),
            *(
                "Name: value\n",
                "wrapped line\n",
                "It ended, and he went home; she stayed.\n",
                "...",
            ),
        ]
    ),
    max_size=25,
).map("".join)
ANYTHING = st.text(st.characters(), max_size=200)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in find_sentences(text)]


@settings(deadline=None, max_examples=150)
@given(MARKDOWN | ANYTHING, st.sampled_from(["en", "de", "ar", "xx"]))
def test_every_visible_character_is_in_exactly_one_sentence(text: str, language: str) -> None:
    end = 0
    for left, right in find_sentences(text, language):
        assert end <= left < right <= len(text)
        assert not text[end:left].strip()
        assert text[left:right] == text[left:right].strip()
        end = right
    assert not text[end:].strip()


@settings(deadline=None, max_examples=100)
@given(MARKDOWN | ANYTHING)
def test_blocks_are_disjoint_and_cover_the_text(text: str) -> None:
    end = 0
    for block in find_blocks(text):
        assert end <= block.start <= block.body <= block.end
        assert not text[end : block.start].strip()
        end = block.end
    assert not text[end:].strip()


@pytest.mark.parametrize(
    "expected",
    [
        ["Dr. Smith met Mrs. Jones, Ph.D. at 5 p.m.", "They left."],
        ["It starts at 3 p.m. UTC and lasts an hour.", "At 5 p.m. CEST (local time) it ends."],
        ["We open at 8 a.m. Eastern Time.", "IT opens at 9 a.m.", "Eastern exits are shut."],
        ["See e.g. Fig. 3 vs. Fig. 4.", "It weighs 3.5 kg."],
        ["No. 5 is here.", "He lives in the U.S.", "The end."],
        ["U.S. law applies to Washington D.C. and Mt. Everest."],
        ["See vol. 3, ch. 2, approx. 5 kg, Eq. 4 and Smith et al. (2020) too."],
        ["Mr. J. R. Smith of Apple Inc. spoke.", "Version 1.2.3 of a.txt came."],
        ["A thing [1].", "Next thing.[2][3]", "More text. [4, 5]", "End. [6]"],
        ["It is item b.", "Third one [1].", "“Quoted. Text.”", "He left."],
        ["(In paren. Two.)", "Ok then.", "(Single paren.)", "Next."],
        ['He said, "I am here. You are not."', "Then he left."],
        ["**Bold.**", "Next one."],
        ["Wait…", "There is more...", "Fine."],
        ["Really?!", "Yes!!", "مرحبا.", "كيف حالك؟", "Emoji 😀.", "Next."],
        ["1. First thing.", "2. Second thing."],
    ],
)
def test_sentences_of_a_line(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_lines_of_other_structure_are_boundaries() -> None:
    text = (
        "# Title\nIntro line\n\n- item a.\n- item b. Third\n  goes on\n1. one\n2. two\n"
        "| h | i |\n|---|---|\n| 1 | x. Y |\n```\ncode. Code\n```\n> Quoted\nEnd"
    )
    assert sentences(text) == [
        *("# Title", "Intro line", "- item a.", "- item b.", "Third\n  goes on", "1. one"),
        *("2. two", "| h | i |", "|---|---|", "| 1 | x. Y |", "```", "code. Code", "```"),
        *("> Quoted", "End"),
    ]


def test_wrapped_lines_are_one_sentence_and_short_title_lines_are_not() -> None:
    wrapped = (
        "The store opens at nine in the morning on\nMondays and it is closed on every\nSunday."
    )
    assert sentences(wrapped) == [wrapped]
    assert sentences("Opening hours\n" + wrapped) == ["Opening hours", wrapped]
    assert sentences("Name: Ann\nAge: 5") == ["Name: Ann", "Age: 5"]


def test_a_number_that_begins_a_wrapped_line_is_no_list_marker() -> None:
    text = "The number of visitors on that day was\n12. Then it rained."
    assert find_blocks(text)[0].end == len(text)
    assert sentences(text)[0] == "The number of visitors on that day was\n12."


@pytest.mark.parametrize("text", ["", " ", "\n\t\u2028\r\n", "\x1c"])
def test_white_space_has_no_sentences(text: str) -> None:
    assert find_sentences(text) == []


@pytest.mark.parametrize("piece", ["word ", "a", '"A. b', "(a. B) ", "1. x\n", "\ud800", "| a |\n"])
def test_long_texts_are_covered(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    spans = find_sentences(text)
    assert sum(len("".join(text[a:b].split())) for a, b in spans) == len("".join(text.split()))


def test_lone_surrogates_keep_offsets() -> None:
    text = "A \udcff b. Second \ud83d one."
    assert sentences(text) == ["A \udcff b.", "Second \ud83d one."]


def test_a_fence_is_closed_only_by_marks_alone() -> None:
    found = [
        (b.kind, b.start) for b in find_blocks("```python title\nx\n```recalled\ny\n```\nEnd.")
    ]
    assert [kind for kind, _ in found] == ["fence", "code", "code", "code", "fence", "text"]
