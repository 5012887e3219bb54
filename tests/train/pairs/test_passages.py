"""Passages written for the project: their form, and the pairs that are made of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.errors import InputError
from groundwire.evaluate.pairs import TARGETS
from groundwire.text.overlap import WordRarity
from groundwire.train.pairs.passages import (
    Passage,
    Statement,
    make_written_pairs,
    parse_passages,
    read_passages,
)

RARITY = WordRarity({"the": 0, "pool": 1, "opens": 2})

TEXT = """E: The pool opens at 7.
| day | price |
|---|---|
| Monday | 4 € |
Q: -
T: The pool is open from 7 on.
N: The pool has a sauna.

Q: What does Monday cost?
T: 4 €
C: 5 €
===

===
E: Dogs may not enter.
C: Dogs may enter.
"""


def test_blocks_have_evidence_and_claims_with_their_question() -> None:
    first, second = parse_passages(TEXT)
    assert first.evidence.startswith("The pool opens at 7.\n| day") and "4 € |" in first.evidence
    assert first.statements == (
        Statement("The pool is open from 7 on.", "supported"),
        Statement("The pool has a sauna.", "unsupported"),
        Statement("4 €", "supported", "What does Monday cost?"),
        Statement("5 €", "contradicted", "What does Monday cost?"),
    )
    assert second == Passage("Dogs may not enter.", (Statement("Dogs may enter.", "contradicted"),))


def test_questions_and_answers_may_be_the_evidence() -> None:
    (passage,) = parse_passages("E: Q: Is it free?\nA: No.\nQ: -\nC: It is free.")
    assert passage.evidence == "Q: Is it free?\nA: No."
    assert passage.statements == (Statement("It is free.", "contradicted"),)


def test_two_versions_of_the_evidence_have_the_same_claims() -> None:
    first, second = parse_passages(
        "E: It is open.\nE2: It is shut.\nOn Mondays too.\nTC: One can go in.\nQ: Is it?\nCN: No."
    )
    assert (first.evidence, second.evidence) == ("It is open.", "It is shut.\nOn Mondays too.")
    assert [said.label for said in first.statements] == ["supported", "contradicted"]
    assert [said.label for said in second.statements] == ["contradicted", "unsupported"]
    assert first.statements[1].question == second.statements[1].question == "Is it?"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("T: A claim without evidence.", "block 1.*begins with 'T: A claim"),
        ("E: Evidence alone.", "block 1.*begins with 'E: Evidence"),
        (
            "E: a.\nT: b.\n===\nE: c.\nT: d.\nand a second line.\nT: e.",
            "block 2: 'T: d.' stands.*'and a",
        ),
        ("E: a.\nT: b.\nX: c.\nT: d.", "'T: b.' stands before 'X: c.'"),
        ("E: a.\nTC: b.", "'TC: b.': give a label for each version"),
        ("E: a.\nE2: b.\nT: c.", "'T: c.': give a label for each version"),
        ("E: a.\nE2:\nTC: c.", "block 1.*begins with 'E: a.'"),
    ],
)
def test_a_block_of_another_form_is_named(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_passages(text, "file")


_WORDS = st.text(st.characters(categories=["L", "N", "Sc"]), min_size=1, max_size=12)


@given(
    st.lists(
        st.tuples(_WORDS, st.lists(st.tuples(st.sampled_from("TCN"), _WORDS), min_size=1)),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_written_is_read(blocks: list[tuple[str, list[tuple[str, str]]]]) -> None:
    text = "\n===\n".join(
        f"E: {evidence}\n" + "\n".join(f"{label}: {claim}" for label, claim in claims)
        for evidence, claims in blocks
    )
    found = parse_passages(text)
    assert [passage.evidence for passage in found] == [evidence for evidence, _ in blocks]
    assert [[s.text for s in passage.statements] for passage in found] == [
        [claim for _, claim in claims] for _, claims in blocks
    ]


def test_pairs_are_read_as_the_guard_reads_them(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    pairs = make_written_pairs(read_passages(tmp_path), RARITY, 150, 1, 99)
    said = {pair.hypothesis: pair for pair in pairs}
    assert len(pairs) == 5
    assert said["What does Monday cost? 4 €"].label == "supported"
    assert "Monday" in said["What does Monday cost? 4 €"].premise
    assert said["Dogs may enter."].premise == "Dogs may not enter."


def test_no_more_pairs_than_asked_for() -> None:
    assert len(make_written_pairs(parse_passages(TEXT), RARITY, 150, 1, 2)) == 2
    assert make_written_pairs(parse_passages(TEXT), RARITY, 150, 1, 0) == []


def test_the_passages_of_the_package_are_whole() -> None:
    passages = read_passages()
    claims = [said for passage in passages for said in passage.statements]
    true = sum(said.label == "supported" for said in claims)
    assert len(passages) > 100
    assert all(said.label in TARGETS for said in claims)
    assert 0.35 < true / len(claims) < 0.65
