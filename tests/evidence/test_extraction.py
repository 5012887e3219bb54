from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.embedders import load_vocabulary
from groundwire.evidence.extraction import mend_text


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("The guar-\nantee covers the en-\ngine.", "The guarantee covers the engine."),
        (
            "a well-\nknown lake, a self-\nexplanatory map",
            "a well-known lake, a self-explanatory map",
        ),
        ("free-\nrange eggs; free-range hens", "free-range eggs; free-range hens"),
        ("the years 2014-\n2016", "the years 2014-2016"),
        ("error E-\n102 in Saint-\nDenis", "error E-102 in Saint-Denis"),
        ("one -\ntwo\n- three", "one -\ntwo\n- three"),
        ("The A n n u a l report", "The Annual report"),
        ("columns A B C D E", "columns A B C D E"),
        ("Rent 1 2 0 0 crowns", "Rent 1 2 0 0 crowns"),
        ("the con\ufb02ict of the \ufb01rst o\ufb03ce", "the conflict of the first office"),
        ("shut o\0 the tap", "shut o\ufffd the tap"),
    ],
)
def test_words_of_a_page_are_whole(text: str, mended: str) -> None:
    assert mend_text(text, load_vocabulary()) == mended


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "Zs", "Po"])))
def test_lines_without_artefacts_stay(text: str) -> None:
    assert mend_text(text, ()) == text


@pytest.mark.parametrize("text", ["a-\n", "a b ", "a ", "\u00ad ", "a", "- \n"])
def test_long_pages_take_time_in_proportion(text: str) -> None:
    assert mend_text(text * (100_000 // len(text)), ())
