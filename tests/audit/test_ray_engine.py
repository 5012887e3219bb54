"""An audit on Ray gives the bytes of one on this machine, and goes on after it was cut off."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit_cases import data, entries, guard
from groundwire.audit.items import Item
from groundwire.audit.options import AuditOptions
from groundwire.audit.run import audit
from groundwire.audit.shards import decode_state, encode_state
from groundwire.io.rows import Rejected

pytest.importorskip("ray")

COUNT = 45
HELPERS = Path(__file__).parents[1] / "helpers"


def on_ray(output: Path, workers: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HELPERS / "audit_ray_worker.py"), str(output), str(COUNT)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HELPERS), *sys.path])}
    return subprocess.run([*command, str(workers)], env=env, capture_output=True, text=True)


def test_the_same_bytes(tmp_path: Path) -> None:
    audit(entries(COUNT), tmp_path / "local", guard(), AuditOptions(shard_size=8))
    ran = on_ray(tmp_path / "ray", 2)
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert ran.stdout.split() == [str(COUNT), "6"]
    assert data(tmp_path / "ray") == data(tmp_path / "local")


class Cut(Exception):
    """What ends an audit in a test."""


def cut_after(count: int) -> Iterator[Item | Rejected]:
    for number, entry in enumerate(entries(COUNT)):
        if number == count:
            raise Cut
        yield entry


def test_an_audit_that_was_begun_here_is_continued_on_ray(tmp_path: Path) -> None:
    audit(entries(COUNT), tmp_path / "local", guard(), AuditOptions(shard_size=8))
    with pytest.raises(Cut):
        audit(cut_after(28), tmp_path / "ray", guard(), AuditOptions(shard_size=8))
    ran = on_ray(tmp_path / "ray", 1)
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert ran.stdout.split() == [str(COUNT), "6"]
    assert data(tmp_path / "ray") == data(tmp_path / "local")


def test_what_is_sent_is_what_arrives() -> None:
    for index, entry in enumerate(entries(40)):
        arrived = decode_state(encode_state(index, entry))
        assert arrived == (index, entry)
        assert encode_state(*arrived) == encode_state(
            index, entry
        )  # keys of records keep their order
