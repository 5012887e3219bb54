"""Inputs named by URIs: files, folders and globs of stores, hashes, resume, faults."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped]
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from groundwire.audit.hashing import hash_files, survey_files
from groundwire.audit.items import Item
from groundwire.audit.reading import ReadOptions, read_files, read_items
from groundwire.cli.commands import main
from groundwire.errors import InputError
from groundwire.io.paths import expand_paths
from groundwire.io.remote import is_matching, open_store
from groundwire.testing import FakeVerifier

FACT = "The pump weighs 64 kg. The tank holds 3 liters."
ROWS = [{"id": f"a{n}", "answer": "The tank holds 3 liters.", "contexts": [FACT]} for n in range(4)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


@pytest.fixture(params=["memory", "file"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URI of an empty folder."""
    if request.param == "file":
        yield f"file://{tmp_path}/store"
        return
    store = fsspec.filesystem("memory")
    yield "memory://bucket/store"
    store.rm("/bucket", recursive=True)


def put(uri: str, data: bytes = LINES) -> str:
    system, path = open_store(uri)
    system.create_dir(path.rpartition("/")[0], recursive=True)
    with system.open_output_stream(path, compression=None) as sink:
        sink.write(data)
    return uri


def ids(*inputs: str) -> list[str]:
    return [item.id for item in read_items(inputs) if isinstance(item, Item)]


@pytest.fixture
def no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("groundwire.verify.nli.load_default_verifier", FakeVerifier)
    monkeypatch.chdir(tmp_path)


def test_files_folders_and_globs(base: str) -> None:
    names = ["a.jsonl", "b.txt", "sub/c.jsonl.gz", "sub/deep/d.json", ".hidden.jsonl", ".x/e.jsonl"]
    for name in names:
        put(f"{base}/{name}", gzip.compress(LINES) if name.endswith("gz") else LINES)
    readable = [f"{base}/{name}" for name in ("a.jsonl", "sub/c.jsonl.gz", "sub/deep/d.json")]
    assert expand_paths([f"{base}/a.jsonl"]) == readable[:1]
    assert expand_paths([base]) == expand_paths([f"{base}/"]) == readable
    assert expand_paths([f"{base}/*.jsonl"]) == readable[:1]
    assert expand_paths([f"{base}/*.txt"]) == [f"{base}/b.txt"]
    assert expand_paths([f"{base}/s*/[cd]*"]) == readable[1:]
    assert expand_paths([f"{base}/**/*.json*"]) == readable
    assert expand_paths([f"{base}/a.jsonl", base]) == readable
    assert ids(base) == [row["id"] for row in ROWS] * 3


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("a/b", "a/*", True), ("a/b/c", "a/*", False), ("a/b/c", "**/c", True),
        ("c", "**/c", True), ("a/b", "**", True), ("a", "A", False), ("ab", "a[bc]", True),
    ],
)  # fmt: skip
def test_patterns(path: str, pattern: str, expected: bool) -> None:
    assert is_matching(path.split("/"), pattern.split("/")) is expected


@pytest.mark.parametrize("name", ["two words.jsonl", "100%41.jsonl", "x[1].jsonl", "a#b.jsonl"])
def test_odd_names_are_found_in_their_folder(base: str, name: str, tmp_path: Path) -> None:
    if base.startswith("file"):
        (tmp_path / "store").mkdir()
        (tmp_path / "store" / name).write_bytes(LINES)
    else:
        put(f"{base}/{name}")
    files = expand_paths([base])
    assert len(files) == 1
    assert len(list(read_files(files, ReadOptions()))) == 4
    assert hash_files(files)[0]["bytes"] == len(LINES)


@pytest.mark.parametrize("packed", [lambda data: data, gzip.compress, bz2.compress])
def test_every_compression_has_the_hash_of_its_file(base: str, packed: Any) -> None:
    data = packed(LINES)
    uri = put(f"{base}/a.jsonl", data)
    entry = {"name": uri, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert hash_files([uri]) == [entry]
    assert survey_files([uri], ReadOptions()) == ([entry], 4)


def test_parquet(base: str) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(ROWS), sink)
    data = sink.getvalue().to_pybytes()
    uri = put(f"{base}/a.parquet", data)
    assert ids(uri) == [row["id"] for row in ROWS]
    assert survey_files([uri], ReadOptions())[0][0]["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.usefixtures("no_model")
def test_an_audit_of_a_store_is_that_of_its_files(base: str, tmp_path: Path) -> None:
    Path("local").mkdir()
    Path("local/a.jsonl").write_bytes(LINES)
    put(f"{base}/a.jsonl")
    assert main(["audit", base, "-o", "out"]) == main(["audit", "local", "-o", "plain"]) == 0
    made, plain = (json.loads(Path(o, "manifest.json").read_text()) for o in ("out", "plain"))
    assert made["inputs"][0] == {**plain["inputs"][0], "name": f"{base}/a.jsonl"}
    assert made["counts"] == plain["counts"]
    record = json.loads(Path("out/reports.jsonl").read_text().splitlines()[1])
    assert record["place"] == f"{base}/a.jsonl:2"
    assert main(["audit", "verify", "out"]) == 0


@pytest.mark.usefixtures("no_model")
def test_an_unfinished_audit_goes_on_with_the_same_files_only(
    base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(f"{base}/a.jsonl")
    assert main(["audit", base, "-o", "whole", "--shard-size", "2"]) == 0
    manifest = json.loads(Path("whole/manifest.json").read_text())
    plan = {k: v for k, v in manifest.items() if k not in ("chain", "counts", "files")}
    for name in ("one", "other"):
        Path(name).mkdir()
        Path(name, "run.json").write_text(json.dumps(plan))
    assert main(["audit", base, "-o", "one", "--shard-size", "2", "--resume"]) == 0
    assert Path("one/manifest.json").read_bytes() == Path("whole/manifest.json").read_bytes()
    put(f"{base}/a.jsonl", LINES.replace(b"3 liters", b"4 liters"))
    capsys.readouterr()
    assert main(["audit", base, "-o", "other", "--shard-size", "2", "--resume"]) == 2
    assert f"was begun with other things (inputs: {base}/a.jsonl" in capsys.readouterr().err


@pytest.mark.usefixtures("no_model")
def test_an_audit_in_a_store_is_no_input(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    put(f"{base}/a.jsonl")
    assert main(["audit", base, "-o", f"{base}/audits/first"]) == 0
    capsys.readouterr()
    assert main(["audit", base, "-o", "out"]) == 0
    assert "audits/first: it holds an earlier audit" in capsys.readouterr().err
    with pytest.raises(InputError, match="holds no answers to check, only an earlier audit"):
        expand_paths([f"{base}/audits"])


def test_what_is_not_there(base: str) -> None:
    put(f"{base}/sub/note.txt")
    with pytest.raises(InputError, match=r"none\.jsonl: no such file or folder"):
        expand_paths([f"{base}/none.jsonl"])
    with pytest.raises(InputError, match="no file matches"):
        expand_paths([f"{base}/*.jsonl"])
    with pytest.raises(InputError, match="has no file named"):
        expand_paths([base])
    with pytest.raises(InputError, match="cannot be opened"):
        list(read_files([f"{base}/none.jsonl"], ReadOptions()))


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("what://x/y", "what://x/y cannot be used .*fsspec"),
        ("file://host/x y", "cannot be used"),
        ("s3://me:hidden@bucket/x", "credentials in the environment"),
        ("s3://bucket/x?secret_key=hidden", "credentials in the environment"),
    ],
)
def test_uris_that_cannot_be_used(uri: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        expand_paths([uri])
    assert "hidden" not in str(caught.value)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.registry import known_implementations as known  # type: ignore[import-untyped]

    implementation = {"class": "no_such_package.Store", "err": "Install no_such_package to do it"}
    monkeypatch.setitem(known, "nowhere", implementation)
    with pytest.raises(InputError, match=r"needs a package that .*Install no_such_package"):
        expand_paths(["nowhere://x/y.jsonl"])


def test_files_are_hashed_and_counted_in_one_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    plain.write_bytes(LINES)
    packed.write_bytes(gzip.compress(LINES))
    files = [str(plain), str(packed)]
    expected = hash_files(files)

    def again(name: str) -> Any:
        raise AssertionError(f"{name} is read once more")

    monkeypatch.setattr("groundwire.audit.hashing._hashed", again)
    assert survey_files(files, ReadOptions()) == (expected, 8)
    monkeypatch.undo()
    assert survey_files(files, ReadOptions(), 2) == (expected, 2)
    shutil.copy(packed, tmp_path / "cut.jsonl.gz")
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(cut.read_bytes()[:-9])
    assert survey_files([str(cut)], ReadOptions())[0] == hash_files([str(cut)])
