"""Texts of Markdown as answers are written: sentences, lists, tables, code, and odd ends."""

from __future__ import annotations

from hypothesis import strategies as st

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
