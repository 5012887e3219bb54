from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.markdown import blank_deleted

MARKS = ["~~", "~", "~~~", "`", "``", "```", "<del>", "</del>", "<s>", "</s>", "<!--", "-->", "\\"]
TEXT = st.lists(st.sampled_from([*MARKS, "word", "5", " ", "\n", "\n\n", "."])).map("".join)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("The ferry costs ~~30~~ 34 crowns.", "The ferry costs 34 crowns."),
        ("~~The pool is open.~~ The pool is shut.", "The pool is shut."),
        ("~~one\ntwo~~ three", "three"),
        ("~~one\n\ntwo~~ three", "~~one two~~ three"),
        ("was <del>green</del> <s class='x'>red</s> <strike>blue</strike> grey", "was grey"),
        ("<del>one\n\ntwo</del> three", "three"),
        ("Type `~~x~~` for ~~old~~ new text", "Type `~~x~~` for new text"),
        ("```\n~~kept~~\n```\n~~gone~~ end", "``` ~~kept~~ ``` end"),
        ("~~~ text\n~~kept~~\n~~~\n~~gone~~ end", "~~~ text ~~kept~~ ~~~ end"),
        ("It takes ~~5 to ~~6 minutes.", "It takes ~~5 to ~~6 minutes."),
        ("lines 5~~6 and 7~~8", "lines 5~~6 and 7~~8"),
        (r"Write \~~so~~ here", r"Write \~~so~~ here"),
        ("a < b and <strong>c</strong>", "a < b and <strong>c</strong>"),
        ("<!-- a note --> seen", "<!-- a note --> seen"),
        ("<del>never closed", "<del>never closed"),
    ],
)
def test_what_is_crossed_out_is_blank(text: str, left: str) -> None:
    blanked = blank_deleted(text)
    assert " ".join(blanked.split()) == left
    assert len(blanked) == len(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [("<!-- a note --> seen", "seen"), ("4~~5~~6", "4 6"), ("`<!-- x -->` y", "`<!-- x -->` y")],
)
def test_a_file_of_markdown_is_read_as_it_is_shown(text: str, left: str) -> None:
    assert " ".join(blank_deleted(text, is_file=True).split()) == left


@given(TEXT, st.booleans())
def test_offsets_and_lines_stay(text: str, is_file: bool) -> None:
    blanked = blank_deleted(text, is_file=is_file)
    assert len(blanked) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, blanked, strict=True))
    assert blanked.count("\n") == text.count("\n")


@pytest.mark.parametrize("text", ["~~a ", "`", "<del>", "~~", "~~a\n\n", "<s ", "<!--", "`` ` "])
def test_long_text_takes_time_in_proportion(text: str) -> None:
    long = text * (100_000 // len(text))
    assert len(blank_deleted(long, is_file=True)) == len(long)
