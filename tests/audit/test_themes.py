"""Themes of flagged claims: what is drawn, how it is clustered, how clusters are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_folders import HashEmbedder, record, write
from groundwire.audit.figures.tally import read_batches
from groundwire.audit.figures.themes import FlaggedClaims, find_themes
from groundwire.audit.parquet import SCHEMA, make_rows

COLUMNS = ["index", "claim_index", "label", "flagged", "text", "answer_id"]
TOPICS = {
    "refund": "The refund of order {} arrives within days by bank transfer refund",
    "battery": "Battery {} lasts forty hours battery charge cell",
    "visa": "A visa for traveler {} costs eighty euros embassy visa",
}


def drawn(folder: Path, **options: Any) -> FlaggedClaims:
    claims = FlaggedClaims(**options)
    for batch in read_batches(folder, COLUMNS):
        claims.add(batch)
    return claims


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    forms = list(TOPICS.values())
    records = [
        record(i, ["unsupported", "supported"], texts=[forms[i % 3].format(i), f"Fine {i}."])
        for i in range(120)
    ]
    return write(tmp_path_factory.mktemp("audit"), records)


def find_topic(row: dict[str, Any]) -> str:
    """The one topic whose sentence has all phrases of a theme."""
    forms = {topic: form.format(0).lower() for topic, form in TOPICS.items()}
    (topic,) = [t for t, form in forms.items() if all(term in form for term in row["terms"])]
    return topic


def test_topics_are_found_and_named(folder: Path) -> None:
    claims = drawn(folder)
    themes = find_themes(claims, HashEmbedder())
    assert [row["size"] for row in themes] == [40, 40, 40]
    assert {find_topic(row) for row in themes} == set(TOPICS)
    for row in themes:
        assert all(len(phrase.split()) > 1 for phrase in row["terms"])
        assert all(row["terms"][0] in example["text"].lower() for example in row["examples"])
        assert all(example["claim_index"] == 0 for example in row["examples"])
    assert claims.total == 120


def test_it_is_the_same_again(folder: Path) -> None:
    assert find_themes(drawn(folder), HashEmbedder()) == find_themes(drawn(folder), HashEmbedder())


def test_the_embedded_model(folder: Path) -> None:
    themes = find_themes(drawn(folder, size=60))
    assert sum(row["size"] for row in themes) == 60
    assert {find_topic(row) for row in themes} == set(TOPICS)


def table(records: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([row for one in records for row in make_rows(one)], schema=SCHEMA)


def drawn_from(claims: pa.Table, batch: int = 1000, **options: Any) -> FlaggedClaims:
    found = FlaggedClaims(**options)
    for one in claims.to_batches(batch):
        found.add(one)
    return found


SOME = table([record(i, ["unsupported"] * (i % 3)) for i in range(100)])


@given(st.permutations(range(len(SOME))), st.integers(1, 150), st.integers(20, 120))
def test_which_claims_are_drawn_depends_on_no_order(
    order: list[int], size: int, batch: int
) -> None:
    left, right = drawn_from(SOME, size=size), drawn_from(SOME.take(order), batch, size=size)
    assert left.drawn == right.drawn
    assert len(left.drawn) == min(size, left.total) and left.total == 99


def test_every_claim_is_drawn_alike() -> None:
    claims = table([record(i, ["unsupported"] * 5) for i in range(40)])
    counts = np.zeros((40, 5))
    for seed in range(200):
        for one in drawn_from(claims, size=50, seed=seed).drawn:
            counts[one.index, one.claim_index] += 1
    # 200 draws of a quarter: 50 each, standard deviation 6.1
    assert counts.min() > 25 and counts.max() < 75


def test_few_claims_have_no_themes(tmp_path: Path) -> None:
    folder = write(tmp_path / "few", [record(i, ["unsupported"]) for i in range(9)])
    assert find_themes(drawn(folder), HashEmbedder()) == []
    same = [record(i, ["unsupported"], texts=["The same."]) for i in range(50)]
    assert find_themes(drawn(write(tmp_path / "same", same)), HashEmbedder()) == []


def test_claims_of_no_words(tmp_path: Path) -> None:
    records = [record(i, ["unsupported"], texts=[f"a {chr(97 + i)} !"]) for i in range(20)]
    assert find_themes(drawn(write(tmp_path, records)), HashEmbedder()) == []


def test_claims_that_share_no_phrase_are_no_theme(tmp_path: Path) -> None:
    words = [f"{letter}{other}{letter}" for letter in "bcdfghjk" for other in "aeiouy"]
    texts = [f"Zol {words[i]} ran {words[(7 * i + 3) % 48]} far." for i in range(48)]
    records = [record(i, ["unsupported"], texts=[text]) for i, text in enumerate(texts)]
    assert find_themes(drawn(write(tmp_path, records)), HashEmbedder()) == []
