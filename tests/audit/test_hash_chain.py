"""Whatever is changed in a finished audit is found, and where."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_cases import entries, guard
from groundwire.audit.hash_chain import (
    LIMIT,
    Chain,
    Problem,
    hash_record,
    start_chain,
    verify_audit,
)
from groundwire.audit.options import AuditOptions
from groundwire.audit.records import encode_canonical
from groundwire.audit.run import audit
from groundwire.errors import InputError

COUNT = 20


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    output = tmp_path_factory.mktemp("made") / "out"
    audit(entries(COUNT), output, guard(), AuditOptions(shard_size=6))
    return {path.name: path.read_bytes() for path in output.iterdir()}


@pytest.fixture
def output(made: dict[str, bytes], tmp_path: Path) -> Path:
    return copy(made, tmp_path / "out")


def copy(made: dict[str, bytes], folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for name, data in made.items():
        (folder / name).write_bytes(data)
    return folder


def rewrite(output: Path, change: Callable[[list[bytes]], list[bytes]]) -> list[Problem]:
    """Changes the lines of the reports and returns what is found in them."""
    path = output / "reports.jsonl"
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    return [problem for problem in verify_audit(output) if problem.file == "reports.jsonl"]


def changed(line: bytes, **values: Any) -> bytes:
    return encode_canonical({**json.loads(line), **values}).encode() + b"\n"


def test_an_untouched_audit_has_no_problem(output: Path) -> None:
    assert verify_audit(output) == []
    manifest = json.loads((output / "manifest.json").read_text())
    assert verify_audit(output, manifest["chain"]["head"].upper()) == []
    last = json.loads((output / "reports.jsonl").read_bytes().splitlines()[-1])
    assert manifest["chain"] == {
        "first": start_chain(manifest), "head": last["hash"], "count": COUNT - 1,
    }  # fmt: skip


def test_files_of_others_are_passed_over(output: Path) -> None:
    (output / "summary.json").write_text("{}")
    assert verify_audit(output) == []


def test_another_head(output: Path) -> None:
    (problem,) = verify_audit(output, "ab" * 32)
    assert "another audit" in problem.what


def test_a_changed_entry_is_named_and_no_other(output: Path) -> None:
    found = rewrite(output, lambda x: [*x[:4], changed(x[4], answer_id="other"), *x[5:]])
    assert [(p.line, p.what) for p in found if p.line] == [(5, "was changed ('other')")]


def test_a_changed_entry_with_a_hash_that_fits_breaks_the_next_link(output: Path) -> None:
    def forge(lines: list[bytes]) -> list[bytes]:
        record = {**json.loads(lines[4]), "answer_id": "other"}
        record["hash"] = hash_record(record)
        return [*lines[:4], encode_canonical(record).encode() + b"\n", *lines[5:]]

    (problem, *_) = rewrite(output, forge)
    assert problem.line == 6
    assert "does not follow the line before" in problem.what


@pytest.mark.parametrize(
    ("change", "line", "told"),
    [
        (lambda x: [*x[:4], *x[5:]], 5, "missing or added before it"),
        (lambda x: [x[1], x[0], *x[2:]], 1, "missing or added"),
        (lambda x: [*x[:5], x[4], *x[5:]], 6, "moved or repeated"),
        (lambda x: x[:-1], COUNT - 2, "entries are missing"),
        (lambda x: [*x[:-1], x[-1][:40]], COUNT - 1, "changed or cut off"),
        (lambda x: [*x[:-1], x[-1].rstrip()], COUNT - 1, "was changed"),
        (lambda x: [*x, x[-1]], COUNT, "moved or repeated"),
        (lambda x: [*x[:3], b"\n", *x[3:]], 4, "no line that an audit wrote"),
        (lambda x: [*x[:3], b'{"a": NaN}\n', *x[4:]], 4, "no line that an audit wrote"),
        (lambda x: [*x[:3], x[3].replace(b":", b": ", 1), *x[4:]], 4, "was changed"),
        (lambda x: [], 0, "entries are missing"),
    ],
)
def test_what_was_done_to_the_lines(
    output: Path, change: Callable[[list[bytes]], list[bytes]], line: int, told: str
) -> None:
    problem = rewrite(output, change)[0]
    assert problem.line == line
    assert told in problem.what


@settings(max_examples=40)
@given(
    st.sampled_from(["reports.jsonl", "verdicts.parquet", "rejected.jsonl"]),
    st.integers(0, 10**6),
    st.integers(1, 255),
)
def test_any_changed_byte_is_found(
    made: dict[str, bytes],
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    place: int,
    difference: int,
) -> None:
    at = place % len(made[name])
    byte = (made[name][at] + difference) % 256
    folder = copy(made, tmp_path_factory.mktemp("byte") / "out")
    (folder / name).write_bytes(made[name][:at] + bytes([byte]) + made[name][at + 1 :])
    assert verify_audit(folder)


@settings(max_examples=30)
@given(st.permutations(range(COUNT - 1)))
def test_any_order_but_the_first_is_found(
    made: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    folder = copy(made, tmp_path_factory.mktemp("order") / "out")
    found = rewrite(folder, lambda lines: [lines[i] for i in order])
    assert bool(found) == (list(order) != sorted(order))


def test_a_changed_row_is_named(output: Path) -> None:
    path = output / "verdicts.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    rows[3]["label"] = "supported" if rows[3]["label"] != "supported" else "unsupported"
    pq.write_table(table.from_pylist(rows, schema=table.schema), path)
    row, file = verify_audit(output)
    assert (row.file, row.line) == ("verdicts.parquet", 4)
    assert row.what == f"does not agree with the report of answer {rows[3]['index']}: label"
    assert file.line == 0 and "sha256" in file.what


def test_rows_that_were_taken_out_or_put_in(output: Path) -> None:
    path = output / "verdicts.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(0, table.num_rows - 1), path)
    assert verify_audit(output)[0].what == "is missing"
    pq.write_table(table.from_batches([*table.to_batches(), *table.slice(0, 1).to_batches()]), path)
    assert verify_audit(output)[0].what == "is in no report"


@pytest.mark.parametrize("key", ["inputs", "policy", "versions", "options", "counts", "evidence"])
def test_a_changed_manifest(output: Path, key: str) -> None:
    path = output / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest[key] = {**manifest[key], "x": 1} if isinstance(manifest[key], dict) else [{"name": 1}]
    path.write_text(json.dumps(manifest))
    (problem,) = verify_audit(output)
    assert problem.file == "manifest.json"


def test_a_missing_file(output: Path) -> None:
    (output / "rejected.jsonl").unlink()
    assert any(p.file == "rejected.jsonl" for p in verify_audit(output))


def test_many_problems_are_counted(made: dict[str, bytes], tmp_path: Path) -> None:
    folder = copy(made, tmp_path / "out")
    (folder / "reports.jsonl").write_bytes(b"x\n" * 500)
    found = verify_audit(folder)
    assert len(found) == LIMIT + 1
    assert found[-1].what.endswith("problems more")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("nothing", "", "holds no finished audit"),
        ("run.json", "{}", "holds an unfinished audit"),
        ("manifest.json", "{", "is damaged"),
        ("manifest.json", "[]", "is damaged"),
        ("manifest.json", '{"format": "x", "version": 1}', "is 'x' version 1"),
        ("manifest.json", '{"format": "groundwire-audit", "version": 1}', "missing or of a wrong"),
    ],
)
def test_no_finished_audit(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=told):
        verify_audit(tmp_path)


def test_a_chain_links_records() -> None:
    chain = Chain("0" * 64)
    one, two = chain.link({"a": 1}), chain.link({"a": 2})
    assert two["previous"] == one["hash"] == hash_record(one)
    assert (chain.head, chain.count) == (two["hash"], 2)
