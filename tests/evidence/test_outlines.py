"""Fields nested by indentation have the names of all that they are in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.scopes import find_lines

TIERS = """\
# prices
tiers:
  gold:
    price_eur: 120
    limits: {users: 9, disk: 4 GB}
    contacts:
      - name: Ida
        days: [mon, tue]
  silver:
    price_eur: 60
    limits: {users: 3, disk: 1 GB}
    contacts: []
"""
DOCUMENTS = """\
kind: Job
metadata:
  name: sweep
spec:
  hours: 4
---
kind: Job
metadata:
  name: pack
spec:
  notes: |
    Runs at night.
  hours: 9
"""


def read(text: str) -> list[list[str]]:
    records: dict[object, list[str]] = {}
    for line in find_lines(text)[0]:
        if line.path:
            records.setdefault(line.path[0], []).append(line.reading)
    return [*records.values()]


def test_groups_and_lists_below_a_name_are_of_it() -> None:
    assert read(TIERS) == [
        [
            "gold.",
            "gold: price: 120 EUR.",
            "gold: limits: users: 9; limits: disk: 4 GB.",
            "gold: contact: name: Ida.",
            "gold: contact: days: [mon, tue].",
        ],
        [
            "silver.",
            "silver: price: 60 EUR.",
            "silver: limits: users: 3; limits: disk: 1 GB.",
            "silver: contacts: none.",
        ],
    ]


def test_documents_of_one_text_are_records() -> None:
    first, second = read(DOCUMENTS)
    assert first == ["kind: Job.", "metadata: name: sweep.", "spec: hours: 4 hours."]
    assert second[2:] == ["spec: notes: Runs at night.", "spec: hours: 9 hours."]


@pytest.mark.parametrize(
    "text",
    [
        "Bring:\n- a tent\n- a stove:\n  - gas\n  - matches\n- water",
        "We sell:\n\n- Tea: green or black.\n- Cake: plain.\n  - With cream: more.\n\nCome in.",
        "def price(a):\n    if a:\n        return 1\n    else:\n        return 2\n",
    ],
)
def test_lists_and_code_are_no_outline(text: str) -> None:
    assert not read(text)


ROWS = st.sampled_from(
    ["a: 1", "b: 2", "a:", "c:", "- a: 1", "- b:", "- x", "---", "# n", "", "t: |", "Some words."]
)


@given(st.lists(st.tuples(st.integers(0, 6), ROWS), max_size=24))
def test_lines_are_exact_and_disjoint(rows: list[tuple[int, str]]) -> None:
    text = "\n".join(" " * indent + row for indent, row in rows)
    found = find_lines(text)[0]
    at = 0
    for line in found:
        assert at <= line.start < line.end
        assert text[line.start : line.end] == text[line.start : line.end].strip()
        at = line.end
