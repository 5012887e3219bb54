"""Sections: lines under names that tell the like of each belong to one name alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.scopes import find_lines
from groundwire.evidence.selection import select_lines

SIMMER = "Simmer for 20 minutes"
DYES = (
    "MADDER (2 hours)\n40 g roots\n2 l water\nSimmer for 60 minutes.\n\n"
    "WELD (1 hour)\n90 g leaves\n3 l water\nSimmer for 20 minutes.\n"
)
INNS = (
    "1. **Tarn House** – Mill Lane 3. Double room €80. 12 rooms.\n   *Pets:* allowed.\n"
    "2. **The Gull** – Quay 9. Double room €140. 30 rooms.\n   *Pets:* not allowed.\n"
)
BOATS = (
    "- Kestrel\n  - built in Ostra\n  - two masts, crew of 9\n"
    "- Old Meg\n  - built in Vell\n  - one mast, crew of 3\n"
)
RELEASES = (
    "## [4.1.0] - 2025-03-01\n### Fixed\n- Crash on start\n\n"
    "## [4.0.0] - 2024-11-20\n### Added\n- Dark mode\n"
)


def left(text: str, claim: str) -> list[str]:
    lines = [line for line in find_lines(text)[0] if line.cells]
    return [line.reading for line in select_lines(claim, lines) if line is not None]


@pytest.mark.parametrize(
    ("text", "claim", "told"),
    [
        (
            DYES,
            "Weld simmers for 20 minutes.",
            ["WELD: 1 hour.", *(f"WELD: {x}." for x in ["90 g leaves", "3 l water", SIMMER])],
        ),
        (
            INNS,
            "The Gull has 30 rooms.",
            ["The Gull: Quay 9. Double room €140. 30 rooms.", "The Gull: *Pets:* not allowed."],
        ),
        (
            BOATS,
            "Old Meg was built in Vell.",
            ["Old Meg.", "Old Meg: built in Vell.", "Old Meg: one mast, crew of 3."],
        ),
        (
            RELEASES,
            "Version 4.0.0 has a dark mode.",
            ["4.0.0: 2024-11-20.", "Added.", "4.0.0: Dark mode."],
        ),
    ],
)
def test_of_sections_that_tell_the_like_one_is_named(
    text: str, claim: str, told: list[str]
) -> None:
    assert left(text, claim) == told


@pytest.mark.parametrize(
    "prose",
    [
        "## History\nThe mill was built in 1820.\n\n## Visitors\nTours start at noon.\n",
        "- Benefits\n  - saves time\n- Limits\n  - needs a licence\n",
        "The boats that sail here are\nmade of oak and pine by\nfour men.\n\n"
        "The boats that lie there are\nmade of oak and steel by\nfour men.\n",
        "Dear Ida\nThe boat is ready.\nYours, Tom\n\nDear Tom\nThanks a lot.\nYours, Ida\n",
        "```\nopen:\n  run a b c\n  run a b d\n\nclose:\n  run a b c\n  run a b d\n```\n",
    ],
)
def test_topics_wrapped_lines_letters_and_code_stay_text(prose: str) -> None:
    assert not [line for line in find_lines(prose)[0] if line.path]


@given(st.text("# *-1.ab\n", max_size=120))
def test_lines_keep_their_places(text: str) -> None:
    lines, _ = find_lines(text)
    ends = [0, *(line.end for line in lines)]
    assert all(ends[i] <= line.start <= line.end <= len(text) for i, line in enumerate(lines))
