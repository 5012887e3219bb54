"""What is settled of a text stays as it is, whatever follows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.claims.incremental import settled_end, shown_end
from groundwire.claims.splitter import ClaimSplitter

PARTS = [
    "The pump weighs 62 kg.", "Dr. Smith said it is red (and old).", "Shall I go on?",
    'He said "It is new. It works." and left.', "Made in Lyon, e.g. in 1998.", "# Sizes",
    "## More sizes: all", "| Part | kg |", "| --- | --- |", "| pump | 62 |", "Part | kg",
    "--- | ---", "pump | 62", "```python", "x = 62", "```", "水が多い。水が少ない。",
    "e.g. 62 kg [1]", "**Note:**", "**Bold title**", "See Fig. 3 for the U.S. market [1, 2].",
    "1. First item", "2. Second item. With more", "- an item", "* star item: text", "> quoted",
    "Name: Pump", '{"a": 1,', '"b": 2}', "The following parts exist:", "---", "Mr.", "...",
    "It costs $3.50. The U.S. Army bought 5.", "“Really?” she asked. “Yes.”", "a. letter item",
    "this goes on in lower case", "The lodge (built 1990. Rebuilt 1999.) is big.",
    "36. months of warranty",
]  # fmt: skip
JOINTS = [" ", " ", "\n", "\n\n", "\n- ", "\n2. ", "; ", "\r\n", "\r", "  ", "\n \n"]


@st.composite
def texts(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.sampled_from(PARTS) | st.text(max_size=6), min_size=1, max_size=9))
    return parts[0] + "".join(draw(st.sampled_from(JOINTS)) + part for part in parts[1:])


@settings(max_examples=400)
@given(texts(), st.data())
def test_what_is_settled_splits_alike_whatever_follows(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    end = settled_end(text[:cut])
    whole = [claim for claim in ClaimSplitter().split(text) if claim.start < end]
    assert ClaimSplitter().split(text[:end]) == whole
    assert 0 <= end <= cut


@given(texts(), st.data())
def test_more_text_settles_no_less(text: str, data: st.DataObject) -> None:
    a, b = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    first, second = settled_end(text[:a]), settled_end(text[:b])
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
    assert text[: settled_end(text)].startswith(settled)
    if not settled:
        assert settled_end(text) == 0


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
    assert text[: shown_end(text)] == shown
