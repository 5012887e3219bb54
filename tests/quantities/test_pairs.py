"""The truth about values: pairs of a claimed and a stated one, and how they stand to each other."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from groundwire.quantities.compare import Relation, compare_values
from groundwire.quantities.identifiers import (
    is_other_identifier,
    is_same_identifier,
    read_identifiers,
)
from groundwire.quantities.parse import parse_values

PAIRS = [
    json.loads(line)
    for line in (Path(__file__).parent / "pairs.jsonl").read_text("utf-8").splitlines()
]


def relate(claimed: str, stated: str) -> Relation:
    """How everything that the first text states stands to what the second one does."""
    relations: list[Relation] = []
    others = parse_values(stated)
    for value in parse_values(claimed):
        told = {compare_values(value, other) for other in others}
        relations.append(choose(told))
    names = read_identifiers(stated)
    for name in read_identifiers(claimed):
        same = any(is_same_identifier(name, other) for other in names)
        differs = any(is_other_identifier(name, other) for other in names)
        relations.append("equal" if same else "different" if differs else "unknown")
    assert relations, "the claim states nothing"
    if all(relation == "equal" for relation in relations):
        return "equal"
    return "different" if "different" in relations else "unknown"


def choose(told: set[Relation]) -> Relation:
    order: tuple[Relation, ...] = ("equal", "different")
    return next((relation for relation in order if relation in told), "unknown")


@pytest.mark.parametrize(
    "pair", PAIRS, ids=[f"{pair['claimed']} : {pair['stated']}" for pair in PAIRS]
)
def test_the_relation_of_a_pair(pair: dict[str, str]) -> None:
    assert relate(pair["claimed"], pair["stated"]) == pair["relation"], pair["why"]


def test_the_table_holds_every_relation_and_no_pair_twice() -> None:
    assert len(PAIRS) >= 200
    assert min(Counter(pair["relation"] for pair in PAIRS).values()) >= 20
    assert len({(pair["claimed"], pair["stated"]) for pair in PAIRS}) == len(PAIRS)
