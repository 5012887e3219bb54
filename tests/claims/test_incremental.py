"""What is settled of a text stays as it is, whatever follows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.claims.incremental import find_settled_end, find_shown_end
from groundwire.claims.splitter import ClaimSplitter
from markdown_cases import texts


@settings(max_examples=400)
@given(texts(), st.data())
def test_what_is_settled_splits_alike_whatever_follows(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    end = find_settled_end(text[:cut])
    whole = [claim for claim in ClaimSplitter().split(text) if claim.start < end]
    assert ClaimSplitter().split(text[:end]) == whole
    assert 0 <= end <= cut


@given(texts(), st.data())
def test_more_text_settles_no_less(text: str, data: st.DataObject) -> None:
    a, b = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    first, second = find_settled_end(text[:a]), find_settled_end(text[:b])
    assert second >= first or not text[second:first].strip()


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        ("The pump is red. It", ""),
        ("The pump is red. It was made in Lyon, France", "The pump is red."),
        ("It was made by Dr. Smith of the pump works in", ""),
        ('He said "It is new. It works well, and so it will be', ""),
        ("The pump is red.\n\n", "The pump is red."),
        ("- The pump is red.\n- It was made in Lyon.\n", "- The pump is red."),
        ("Run this:\n\n```\nx = 1\n\ny = 2\n", "Run this:"),
        ("Run this:\n\n```\nx = 1\n```\n", "Run this:\n\n```\nx = 1\n```"),
        ("| a | b |\n| - | - |\n| 1 | 2 |\n| 3 |", "| a | b |\n| - | - |"),
        (
            "水が多い。水が少ない。そして水は青い、とても青い、どこまでも青いので、見ていて",
            "水が多い。",
        ),
    ],
)
def test_examples(text: str, settled: str) -> None:
    assert text[: find_settled_end(text)].startswith(settled)
    if not settled:
        assert find_settled_end(text) == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It is red.\n\n# Sizes", "It is red."),
        ("It is red. These parts exist:", "It is red."),
        ("It is red.\n\n# Sizes\n\n**Small**\n\nThese:", "It is red."),
        ("# Sizes\n\nIt is red.", "# Sizes\n\nIt is red."),
        ("| a | b |\n| - | - |", ""),
        ("| a | b |\n| - | - |\n| 1 | 2 |", "| a | b |\n| - | - |\n| 1 | 2 |"),
        ("", ""),
    ],
)
def test_an_introduction_is_not_shown_alone(text: str, shown: str) -> None:
    assert text[: find_shown_end(text)] == shown
