"""What an audit writes: records, rows, contexts, causes; batches, samples and bad answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_cases import MANUAL, data, entries, guard
from groundwire import Guard, Report, ThresholdPolicy
from groundwire.audit import check as checking
from groundwire.audit.items import Item
from groundwire.audit.options import AuditOptions
from groundwire.audit.parquet import SCHEMA
from groundwire.audit.records import encode_canonical
from groundwire.audit.run import audit, choose_items
from groundwire.errors import InputError, ModelError
from groundwire.io.rows import Rejected
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Evidence, Verdict


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def records(output: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(output / "reports.jsonl")]


def test_every_entry_is_an_answer_or_rejected_once(tmp_path: Path) -> None:
    manifest = audit(entries(50), tmp_path / "out", guard(), AuditOptions(shard_size=7))
    rejected = [json.loads(line) for line in lines(tmp_path / "out" / "rejected.jsonl")]
    indexes = [record["index"] for record in records(tmp_path / "out")]
    assert indexes == sorted(indexes)
    assert sorted([*indexes, *(entry["index"] for entry in rejected)]) == list(range(50))
    assert [entry["index"] for entry in rejected] == [10, 21, 32, 43]
    assert rejected[0] == {
        "index": 10, "place": "chats.jsonl:11", "cause": "not JSON (line 1); correct it",
        "text": "{oops",
    }  # fmt: skip
    assert manifest["counts"]["answers"] == 46
    assert manifest["counts"]["rejected"] == 4
    assert manifest == json.loads((tmp_path / "out" / "manifest.json").read_text())


def test_a_record_is_the_report_and_its_evidence(tmp_path: Path) -> None:
    item = next(iter(entries(1)))
    assert isinstance(item, Item) and item.evidence is not None
    audit([item], tmp_path / "out", guard())
    (line,) = (tmp_path / "out" / "reports.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert line == encode_canonical(record)
    report = Report.from_dict(record["report"])
    expected = guard().check(item.answer, list(item.evidence), item.question)
    assert report == replace(expected, timings={})
    text = str(item.evidence[0])
    assert record["documents"][0] == {
        "source": "evidence[0]", "length": len(text), "title": text,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }  # fmt: skip
    assert len(record["documents"]) == 2
    assert record["contexts"] == [{"source": "evidence[0]", "start": 0, "end": 56, "text": text}]
    assert record["causes"] == ["number", "", ""]
    assert (record["answer_id"], record["place"], record["fields"]) == (
        "a0", "chats.jsonl:1", {"model": "m0"},
    )  # fmt: skip


def test_shared_evidence_is_quoted_from_its_passage(tmp_path: Path) -> None:
    item = Item("x", "The tank holds 9 liters. The moon is far.")
    known = {"manual.txt": ("ab" * 32, 500)}
    audit([item], tmp_path / "out", guard(), AuditOptions(documents=known))
    (record,) = records(tmp_path / "out")
    assert record["documents"] == [{"source": "manual.txt", "sha256": "ab" * 32, "length": 500}]
    (context,) = record["contexts"]
    assert context == {"source": "manual.txt", "start": 40, "end": 40 + len(MANUAL), "text": MANUAL}
    assert record["causes"] == ["number", "invented"]
    audit([item], tmp_path / "two", guard())
    (record,) = records(tmp_path / "two")
    assert record["documents"] == [{"source": "manual.txt", "sha256": None, "length": None}]


def test_a_context_has_at_most_300_characters_on_each_side(tmp_path: Path) -> None:
    before, after = "Some filler was here. " * 40, " More filler came later." * 40
    item = Item("x", "The tank holds 3 liters.", None, (before + MANUAL + after,))
    audit([item], tmp_path / "out", guard())
    (record,) = records(tmp_path / "out")
    (context,) = record["contexts"]
    (quote,) = record["report"]["verdicts"][0]["quotes"]
    assert (quote["start"] - context["start"], context["end"] - quote["end"]) == (300, 300)
    assert context["text"] == (before + MANUAL + after)[context["start"] : context["end"]]


def test_empty_evidence_in_the_record_counts_as_none_given(tmp_path: Path) -> None:
    audit([Item("x", "The tank holds 3 liters.", None, ())], tmp_path / "out", guard())
    (record,) = records(tmp_path / "out")
    assert record["causes"] == [""]
    assert record["own_evidence"] is False


def test_the_table_has_a_row_for_each_claim(tmp_path: Path) -> None:
    audit(entries(40), tmp_path / "out", guard(), AuditOptions(shard_size=9))
    table = pq.read_table(tmp_path / "out" / "verdicts.parquet")
    assert table.schema.equals(SCHEMA)
    rows = table.to_pylist()
    claims = [
        (record["index"], number, verdict["claim"]["text"])
        for record in records(tmp_path / "out")
        for number, verdict in enumerate(record["report"]["verdicts"])
    ]
    assert [(row["index"], row["claim_index"], row["text"]) for row in rows] == claims


def test_nothing_at_all_can_be_audited(tmp_path: Path) -> None:
    manifest = audit([], tmp_path / "out", guard())
    assert manifest["counts"]["answers"] == 0
    assert pq.read_table(tmp_path / "out" / "verdicts.parquet").num_rows == 0


def test_twice_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        audit(entries(60), tmp_path / name, guard(), AuditOptions(shard_size=8))
    assert data(tmp_path / "a") == data(tmp_path / "b")


def test_batches_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audit(entries(30), tmp_path / "a", guard())
    monkeypatch.setattr(checking, "BATCH", 3)
    monkeypatch.setattr(checking, "WEIGHT", 150)
    audit(entries(30), tmp_path / "b", guard())
    assert data(tmp_path / "a") == data(tmp_path / "b")


class Choking:
    """Fails on answers of cranes whose number ends with 5."""

    version = "choking@1"

    def split(self, text: str, question: str | None = None) -> list[Claim]:
        if "5 weighs" in text:
            raise InputError(f"cannot split {text[:20]!r}")
        return [Claim(text, 0, len(text))]


def test_an_answer_whose_check_raises_is_rejected_and_spoils_no_other(tmp_path: Path) -> None:
    choking = Guard(verifier=FakeVerifier(), splitter=Choking())
    audit(entries(20), tmp_path / "out", choking)
    rejected = [json.loads(line) for line in lines(tmp_path / "out" / "rejected.jsonl")]
    assert [entry["index"] for entry in rejected] == [10, 15]
    assert rejected[1]["cause"] == "cannot split 'The crane number 15 '"
    assert rejected[1]["text"].startswith("The crane number 15 weighs 62 tons.")
    assert len(records(tmp_path / "out")) == 18


class Gone:
    """A verifier whose model is not there."""

    version = "gone@1"

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        raise ModelError("no model: fetch one")


def test_a_missing_model_ends_the_audit(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model"):
        audit(entries(5), tmp_path / "out", Guard(verifier=Gone()))


def test_evidence_that_is_none_is_rejected_with_its_answer(tmp_path: Path) -> None:
    audit([Item("x", "It is.", None, (object(),), {}, "f:1")], tmp_path / "out", guard())
    (line,) = (tmp_path / "out" / "rejected.jsonl").read_text().splitlines()
    assert "no evidence: give text" in json.loads(line)["cause"]


def test_strict_stops_at_the_first_bad_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"chats.jsonl:11: not JSON"):
        audit(entries(30), tmp_path / "out", guard(), AuditOptions(strict=True))


def test_odd_characters_are_kept(tmp_path: Path) -> None:
    odd = "The tank \ud800 holds 3 liters \x00 <b>\u202e."
    audit([Item("\udfff", odd, None, (odd,), {"k": odd})], tmp_path / "out", guard())
    (record,) = records(tmp_path / "out")
    assert record["report"]["answer"] == odd
    (row,) = pq.read_table(tmp_path / "out" / "verdicts.parquet").to_pylist()
    assert row["text"] == odd.replace("\ud800", "\ufffd")


def test_large_answers_make_groups_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundwire.audit.shards.ROWS", 10)
    audit(entries(30), tmp_path / "out", guard(), AuditOptions(shard_size=15))
    with pq.ParquetFile(tmp_path / "out" / "verdicts.parquet") as file:
        assert file.num_row_groups > 4


@given(st.integers(0, 80), st.integers(1, 40), st.integers(0, 3))
def test_a_sample_is_the_same_each_time_and_in_order(size: int, wanted: int, seed: int) -> None:
    options = AuditOptions(sample=wanted, seed=seed)
    drawn = list(choose_items(entries(size), options))
    assert drawn == list(choose_items(entries(size), options))
    assert len(drawn) == min(size, wanted)
    everything = list(enumerate(entries(size)))
    assert [pair for pair in everything if pair in drawn] == drawn


def test_a_sample_is_even() -> None:
    counts = [0] * 20
    for seed in range(600):
        for index, _ in choose_items(entries(20), AuditOptions(sample=5, seed=seed)):
            counts[index] += 1
    assert all(110 < count < 190 for count in counts)


def test_limit_reads_no_further() -> None:
    def endless() -> Iterator[Item | Rejected]:
        number = 0
        while True:
            yield Item(str(number), "It is.")
            number += 1

    assert [i for i, _ in choose_items(endless(), AuditOptions(limit=3))] == [0, 1, 2]


@pytest.mark.parametrize("name", ["shard_size", "limit", "sample"])
def test_numbers_of_options_are_checked(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} is 0: give a whole number"):
        AuditOptions(**{name: 0})  # type: ignore[arg-type]


def test_progress_tells_of_each_entry(tmp_path: Path) -> None:
    told: list[int] = []
    audit(entries(30), tmp_path / "out", guard(), AuditOptions(shard_size=7), told.append)
    assert sum(told) == 30


def _file(path: Path) -> None:
    path.write_text("x")


def _other(path: Path) -> None:
    path.mkdir()
    (path / "thesis.txt").write_text("x")


def _finished(path: Path) -> None:
    audit(entries(3), path, guard())


def _unfinished(path: Path) -> None:
    path.mkdir()
    (path / "run.json").write_text("{}")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (_file, "is no folder; choose another output"),
        (_other, "holds 'thesis.txt', which no audit left there"),
        (_finished, "holds a finished audit; choose another"),
        (_unfinished, "holds an unfinished audit; continue it with --resume"),
    ],
)
def test_a_folder_with_anything_else_is_left_alone(
    tmp_path: Path, make: Callable[[Path], None], told: str
) -> None:
    make(tmp_path / "out")
    with pytest.raises(InputError, match=told):
        audit(entries(3), tmp_path / "out", guard())


def test_the_manifest_names_versions_and_thresholds(tmp_path: Path) -> None:
    strict = Guard(verifier=FakeVerifier(), policy=ThresholdPolicy.strict())
    manifest = audit(entries(3), tmp_path / "out", strict)
    assert manifest["policy"] == {
        "name": "strict", "keep": 0.7, "doubt": None, "contradicted": "rewrite",
        "unsupported": "rewrite",
        "unchecked": "block",
    }  # fmt: skip
    assert manifest["versions"]["verifier"] == "fake@1"
