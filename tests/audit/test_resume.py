"""An audit that was killed, cut off or out of space goes on, and ends as if nothing had been."""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_cases import data, entries, guard
from groundwire import Guard, ThresholdPolicy
from groundwire.audit import shards
from groundwire.audit import shards as merging
from groundwire.audit.items import Item
from groundwire.audit.options import AuditOptions
from groundwire.audit.run import audit
from groundwire.errors import GroundwireError, InputError
from groundwire.io import atomic
from groundwire.io.rows import Rejected
from groundwire.testing import FakeVerifier

COUNT = 45
WORKER = Path(__file__).parents[1] / "helpers" / "audit_worker.py"


def options(**changes: Any) -> AuditOptions:
    return AuditOptions(**{"shard_size": 10, **changes})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    output = tmp_path_factory.mktemp("whole") / "out"
    audit(entries(COUNT), output, guard(), options())
    return data(output)


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Flushes nothing to the disk, which takes most of the time; the worker does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


class Cut(Exception):
    """What ends an audit in a test."""


def cut_after(count: int) -> Iterator[Item | Rejected]:
    for number, entry in enumerate(entries(COUNT)):
        if number == count:
            raise Cut
        yield entry


def worker(output: Path, pause: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(WORKER), str(output), str(COUNT), str(pause)]
    return subprocess.Popen(command, cwd=WORKER.parent, stderr=subprocess.DEVNULL)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_at_random_moments(tmp_path: Path, whole: dict[str, bytes]) -> None:
    output, draw, kills = tmp_path / "out", random.Random(5), 0
    begun = time.monotonic()
    while True:
        process = worker(output, 0.02 if kills < 5 else 0.0)
        try:
            code = process.wait(draw.uniform(0.8, 2.2) if kills < 5 else 120)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
            continue
        assert code == 0
        break
    assert data(output) == whole
    assert time.monotonic() - begun < 120


@settings(max_examples=8)
@given(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1))
def test_cut_off_anywhere_twice(
    tmp_path_factory: pytest.TempPathFactory, first: int, second: int
) -> None:
    output = tmp_path_factory.mktemp("cut") / "out"
    for count in (first, second):
        with pytest.raises(Cut):
            audit(cut_after(count), output, guard(), options(resume=True))
    audit(entries(COUNT), output, guard(), options(resume=True))
    reference = output.with_name("reference")
    audit(entries(COUNT), reference, guard(), options())
    assert data(output) == data(reference)


def test_finished_shards_are_not_checked_again(tmp_path: Path) -> None:
    with pytest.raises(Cut):
        audit(cut_after(35), tmp_path / "out", guard(), options())

    class Counting(FakeVerifier):
        claims = 0

        def verify(self, claims: Any, evidence: Any) -> Any:
            self.claims += len(claims)
            return super().verify(claims, evidence)

    everything, rest = Counting(), Counting()
    audit(entries(COUNT), tmp_path / "all", Guard(verifier=everything), options())
    again = Guard(verifier=rest, retriever=guard().retriever)
    audit(entries(COUNT), tmp_path / "out", again, options(resume=True))
    assert 0 < rest.claims < 0.8 * everything.claims


@pytest.mark.parametrize("step", [1, 2, 5, 9, 12, 21, 22, 24])
def test_a_full_disk_is_an_error_that_can_be_gone_on_from(
    tmp_path: Path, whole: dict[str, bytes], step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def full(handle: int) -> None:
        nonlocal calls
        calls += stat.S_ISREG(os.fstat(handle).st_mode)
        if calls == step:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(GroundwireError, match="no space left for") as told:
            audit(entries(COUNT), tmp_path / "out", guard(), options())
    assert ("again with --resume" in str(told.value)) == (tmp_path / "out" / "run.json").exists()
    assert not list(tmp_path.rglob("*.tmp"))
    audit(entries(COUNT), tmp_path / "out", guard(), options(resume=True))
    assert data(tmp_path / "out") == whole


def test_a_damaged_shard_is_made_again(tmp_path: Path, whole: dict[str, bytes]) -> None:
    with pytest.raises(Cut):
        audit(cut_after(42), tmp_path / "out", guard(), options())
    parts = tmp_path / "out" / "parts"
    (parts / "00001.jsonl").write_bytes(b"{}\n")
    (parts / "00002.parquet").unlink()
    (parts / "00003.done.json").write_bytes(b"{")
    audit(entries(COUNT), tmp_path / "out", guard(), options(resume=True))
    assert data(tmp_path / "out") == whole


@pytest.mark.parametrize("where", ["open_replacing", "write_end", "clean_up"])
def test_cut_off_while_it_finishes(
    tmp_path: Path, whole: dict[str, bytes], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(merging, where, cut)
        with pytest.raises(Cut):
            audit(entries(COUNT), tmp_path / "out", guard(), options())
    audit(entries(COUNT), tmp_path / "out", guard(), options(resume=True))
    assert data(tmp_path / "out") == whole


def test_to_continue_what_is_finished_changes_nothing(tmp_path: Path) -> None:
    first = audit(entries(20), tmp_path / "out", guard(), options())
    assert audit(entries(20), tmp_path / "out", guard(), options(resume=True)) == first


def test_resume_of_nothing_begins(tmp_path: Path, whole: dict[str, bytes]) -> None:
    audit(entries(COUNT), tmp_path / "out", guard(), options(resume=True))
    assert data(tmp_path / "out") == whole


@pytest.mark.parametrize(
    ("changes", "policy", "told"),
    [
        ({"shard_size": 11}, "balanced", "options: shard_size 10, now 11"),
        ({"limit": 40}, "balanced", "options: limit None, now 40"),
        ({"inputs": [{"name": "b.jsonl", "bytes": 1, "sha256": "0"}]}, "balanced", "b.jsonl"),
        ({}, "strict", "policy: keep 0.5, now 0.7"),
        ({"redactor": lambda text: ()}, "balanced", "options: redact None, now 'function'"),
    ],
)
def test_what_it_was_begun_with_must_be_the_same(
    tmp_path: Path, changes: dict[str, Any], policy: str, told: str
) -> None:
    with pytest.raises(Cut):
        audit(cut_after(35), tmp_path / "out", guard(), options())
    other = Guard(
        verifier=FakeVerifier(), retriever=guard().retriever,
        policy=getattr(ThresholdPolicy, policy)(),
    )  # fmt: skip
    with pytest.raises(InputError, match="was begun with other things") as caught:
        audit(entries(COUNT), tmp_path / "out", other, options(resume=True, **changes))
    assert told in str(caught.value)


def test_another_input_is_seen_even_without_its_hash(tmp_path: Path) -> None:
    with pytest.raises(Cut):
        audit(cut_after(35), tmp_path / "out", guard(), options())
    changed = list(entries(COUNT))
    changed[4] = Item("a4", "Something else.")
    with pytest.raises(InputError, match="the 10 entries of shard 0 differ"):
        audit(changed, tmp_path / "out", guard(), options(resume=True))


def test_a_shorter_input_is_seen(tmp_path: Path) -> None:
    with pytest.raises(Cut):
        audit(cut_after(35), tmp_path / "out", guard(), options())
    with pytest.raises(InputError, match="more shards than the 2 of this input"):
        audit(list(entries(COUNT))[:20], tmp_path / "out", guard(), options(resume=True))


def test_two_audits_do_not_write_one_folder(tmp_path: Path) -> None:
    output = tmp_path / "out"

    def nested() -> Iterator[Item | Rejected]:
        yield from list(entries(12))
        with pytest.raises(InputError, match="another run is writing there"):
            audit(entries(3), output, guard(), options(resume=True))

    audit(nested(), output, guard(), options())


def test_the_lock_of_a_dead_process_holds_nobody(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / atomic.LOCK).write_text("12345")
    audit(entries(3), tmp_path / "out", guard(), options())


def test_parts_are_gone_in_the_end(tmp_path: Path) -> None:
    audit(entries(25), tmp_path / "out", guard(), options())
    assert not (tmp_path / "out" / "parts").exists()
    assert shards.read_marker(tmp_path / "out", 0) is None
