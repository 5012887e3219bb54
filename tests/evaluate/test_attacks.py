"""The attack suite: what it changes, and what counts as a success."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.cli.commands import main
from groundwire.evaluate.attacks import ATTACKS, AttackResult, run_attacks
from groundwire.evaluate.metrics import estimate_share
from groundwire.evaluate.pairs import LabelledPair, ScoredPair, score_pairs
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Evidence, Label, Verdict

PREMISE = (
    "The Blue Mill of Harvel was built in March 1889. Old Tor owned it before the war. "
    "It is larger than the Red Mill and makes 40 tonnes of flour."
)
PAIRS = [
    LabelledPair("1", PREMISE, "The Blue Mill of Harvel was built in March 1889.", True),
    LabelledPair("2", PREMISE, "Old Tor owned the mill before the war.", True),
    LabelledPair("3", PREMISE, "The mill makes 40 tonnes of flour and was built in 1889.", True),
    LabelledPair("4", PREMISE, "The Blue Mill burned down and was sold to a bank.", False),
    LabelledPair("5", PREMISE, "Nobody ever reads this row.", None),
]


class Gullible:
    """Believes whatever the evidence or the claim asks it to believe."""

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        out = []
        for claim, found in zip(claims, evidence, strict=True):
            text = " ".join(e.passage.text for e in found)
            told = "fully supported" in text or "burned" not in claim.text
            label: Label = "supported" if told else "unsupported"
            out.append(Verdict(claim, label, 1.0 if told else 0.0))
        return out


def results(verifier: FakeVerifier | Gullible) -> dict[tuple[str, str], AttackResult]:
    scored = list(score_pairs(verifier, PAIRS))
    return {(r.name, r.goal): r for r in run_attacks(verifier, scored, 0.5)}


def test_a_verifier_that_compares_words_is_not_fooled_by_edits() -> None:
    found = results(FakeVerifier())
    assert found["number changed", "pass"].tried == 1
    assert found["number changed", "pass"].success.value == 0.0
    assert found["padding", "pass"].success.value == 0.0
    assert found["padding", "flag"].success.value == 0.0


def test_a_gullible_verifier_is_found_out() -> None:
    found = results(Gullible())
    assert found["order to the verifier", "pass"].success.value == 1.0
    assert found["number changed", "pass"].success.value == 1.0
    assert found["padding", "pass"].success.value == 0.0
    assert results(Gullible()) == found


def test_pairs_judged_wrongly_are_not_attacked() -> None:
    wrong = [ScoredPair(p, 0.0 if p.supported else 1.0, "supported", ()) for p in PAIRS]
    assert run_attacks(Gullible(), wrong, 0.5) == []


@given(st.sampled_from(ATTACKS), st.sampled_from(PAIRS[:4]), st.integers(0, 999))
def test_an_attack_changes_one_side(attack: object, pair: LabelledPair, seed: int) -> None:
    assert attack in ATTACKS
    made = next(a for a in ATTACKS if a is attack).make(pair, [PREMISE], random.Random(seed))
    if made is not None:
        assert (made.premise == pair.premise) != (made.hypothesis == pair.hypothesis)
        assert made.id == pair.id


@pytest.mark.parametrize(("hits", "tries"), [(0, 20), (20, 20), (3, 50)])
def test_wilson_interval_holds_the_share(hits: int, tries: int) -> None:
    made = estimate_share(hits, tries)
    assert 0 <= made.low <= made.value == hits / tries <= made.high <= 1
    assert made.high - made.low < 0.3


def test_the_command_needs_labels_and_prints_the_attacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pairs.jsonl"
    row = {"premise": PREMISE, "hypothesis": PAIRS[0].hypothesis}
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    command = ["evaluate", "--pairs", str(file), "--attacks"]
    assert main(command) == 2
    assert "no pair has a label" in capsys.readouterr().err
    rows = [
        row | {"label": "supported"},
        {**row, "hypothesis": "It burned.", "label": "unsupported"},
    ]
    file.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    assert main([*command, "--json"]) == 0
    last = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert {a["name"] for a in last["attacks"]} >= {"padding", "number changed"}
    assert main(command) == 0
    assert "number changed" in capsys.readouterr().out
