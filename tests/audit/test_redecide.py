"""Another policy on stored verdicts decides what a new audit with it would decide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_cases import data, entries, guard
from groundwire import Guard, Report, ThresholdPolicy
from groundwire.audit.hash_chain import verify_audit
from groundwire.audit.options import AuditOptions
from groundwire.audit.redecide import NOT_REWRITTEN, redecide_audit
from groundwire.audit.run import audit
from groundwire.errors import InputError
from groundwire.guard.guard import BLOCKED_MESSAGE
from groundwire.policy import OPTIONS
from groundwire.testing import FakeVerifier

COUNT = 24


def records(output: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (output / "reports.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("made") / "out"
    audit(entries(COUNT), output, guard(), AuditOptions(shard_size=9))
    return output


def test_the_same_policy_changes_no_record(made: Path, tmp_path: Path) -> None:
    manifest = redecide_audit(made, ThresholdPolicy.balanced(), tmp_path / "new")
    bare = [
        [{k: v for k, v in r.items() if k not in ("hash", "previous")} for r in records(output)]
        for output in (made, tmp_path / "new")
    ]
    assert bare[0] == bare[1]
    head = json.loads((made / "manifest.json").read_text())["chain"]["head"]
    assert manifest["redecided"]["head"] == head != manifest["chain"]["head"]
    assert (made / "rejected.jsonl").read_bytes() == (
        tmp_path / "new" / "rejected.jsonl"
    ).read_bytes()
    assert verify_audit(tmp_path / "new") == []
    data(tmp_path / "new")


policies = st.builds(
    ThresholdPolicy, st.sampled_from([0.0, 0.05, 0.5, 0.995]), st.sampled_from(OPTIONS),
    st.sampled_from(OPTIONS), st.sampled_from(OPTIONS), st.just("drawn"),
)  # fmt: skip


@settings(max_examples=12)
@given(policies)
def test_it_decides_as_a_new_audit_would(
    made: Path, tmp_path_factory: pytest.TempPathFactory, policy: ThresholdPolicy
) -> None:
    folder = tmp_path_factory.mktemp("policy")
    redecide_audit(made, policy, folder / "again")
    whole = Guard(verifier=FakeVerifier(), retriever=guard().retriever, policy=policy)
    audit(entries(COUNT), folder / "anew", whole)
    assert verify_audit(folder / "again") == []
    for old, new in zip(records(folder / "again"), records(folder / "anew"), strict=True):
        a, b = Report.from_dict(old["report"]), Report.from_dict(new["report"])
        assert (a.verdicts, a.decision.flagged, old["causes"]) == (
            b.verdicts, b.decision.flagged, new["causes"],
        )  # fmt: skip
        assert a.versions == b.versions
        if b.decision.action == "pass":
            assert a == b
        elif a.decision.action == "block":
            assert (a, a.text) == (b, BLOCKED_MESSAGE)
        elif a.text:
            assert a == b
        else:
            assert a.decision.reason.endswith(NOT_REWRITTEN)
            assert (a.decision.edits, a.text_verdicts) == ((), ())


def test_counts_and_rows_follow(made: Path, tmp_path: Path) -> None:
    manifest = redecide_audit(made, ThresholdPolicy.strict(), tmp_path / "new")
    actions = [record["report"]["decision"]["action"] for record in records(tmp_path / "new")]
    assert manifest["counts"]["actions"] == {a: actions.count(a) for a in sorted(set(actions))}
    assert manifest["policy"]["name"] == manifest["versions"]["policy"] == "strict"
    assert manifest["redecided"]["policy"]["name"] == "balanced"


def test_what_was_redecided_can_be_again(made: Path, tmp_path: Path) -> None:
    redecide_audit(made, ThresholdPolicy.observe(), tmp_path / "a")
    manifest = redecide_audit(tmp_path / "a", ThresholdPolicy.balanced(), tmp_path / "b")
    assert manifest["redecided"]["policy"]["name"] == "observe"
    assert verify_audit(tmp_path / "b") == []


def test_an_audit_without_text(tmp_path: Path) -> None:
    audit(entries(COUNT), tmp_path / "a", guard(), AuditOptions(text=False))
    redecide_audit(tmp_path / "a", ThresholdPolicy.observe(), tmp_path / "b")
    assert verify_audit(tmp_path / "b") == []
    assert all(not record["report"]["text"] for record in records(tmp_path / "b"))


def test_a_broken_chain_is_not_decided_on(made: Path, tmp_path: Path) -> None:
    for name in ("manifest.json", "rejected.jsonl"):
        (tmp_path / name).write_bytes((made / name).read_bytes())
    lines = (made / "reports.jsonl").read_bytes().splitlines(keepends=True)
    for kept, line in ((lines[:3] + lines[4:], 4), (lines[:-1], len(lines) - 1), ([b"{}\n"], 1)):
        (tmp_path / "reports.jsonl").write_bytes(b"".join(kept))
        with pytest.raises(InputError, match=rf"reports.jsonl:{line} is not as it was written"):
            redecide_audit(tmp_path, ThresholdPolicy.strict(), tmp_path / f"new{line}")


def test_the_destination_must_be_free(made: Path) -> None:
    with pytest.raises(InputError, match="holds a finished audit"):
        redecide_audit(made, ThresholdPolicy.strict(), made)
