from __future__ import annotations

import bz2
import csv
import datetime
import gzip
import io
import json
import lzma
import os
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.audit.items import Item
from groundwire.audit.reading import ReadOptions, read_items
from groundwire.errors import InputError
from groundwire.evidence.documents import Document
from groundwire.io.files import FORMATS
from groundwire.io.rows import Rejected

Record = dict[str, Any]
ROW: Record = {"id": "a", "question": "Q?", "answer": "Yes.", "contexts": ["One.", "Two."]}


def read(*inputs: str | Path, **options: Any) -> list[Item | Rejected]:
    return list(read_items(inputs, ReadOptions(**options)))


def write(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def items(found: Sequence[Item | Rejected]) -> list[Item]:
    return [one for one in found if isinstance(one, Item)]


def rejected(found: Sequence[Item | Rejected]) -> list[Rejected]:
    return [one for one in found if isinstance(one, Rejected)]


def contents(found: Sequence[Item | Rejected]) -> list[tuple[Any, ...]]:
    assert not rejected(found)
    return [(i.id, i.answer, i.question, i.evidence, dict(i.fields)) for i in items(found)]


def test_a_record_is_an_item(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", {**ROW, "model": "m"})
    expected = Item("a", "Yes.", "Q?", ("One.", "Two."), {"model": "m"}, f"{path}:1")
    assert read(path) == [expected]


def test_a_bad_line_is_rejected_and_reading_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = json.dumps(ROW).encode()
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join([good, b"", b"{oops", b"[1]", good]) + b"\n")
    found = read(path)
    assert [one.place for one in found] == [f"{path}:{n}" for n in (1, 3, 4, 5)]
    first, second = rejected(found)
    assert first.text == "{oops" and "not JSON" in first.cause
    assert "no object" in second.cause
    with pytest.raises(InputError, match=r"a\.jsonl:3: not JSON"):
        read(path, strict=True)


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (b'{"answer": "\xff"}', "not UTF-8"),
        (b'{"answer": "a\x00b"}', "not JSON"),
        (rb'{"answer": "half \ud83d"}', "surrogate"),
        (b'{"answer": "a", "answer": "b"}', "'answer' twice"),
        (b"[" * 100_000, "not JSON"),
        (b'{"answer": ' + b"1" * 5_000 + b"}", "not JSON"),
        (b'{"answer": ""}', "empty"),
        (b'{"answer": null}', "must be text"),
        (b'{"answer": 5}', "must be text"),
        (b'{"answer": "a", "contexts": [5]}', r"contexts\[0\] is 5"),
        (b'{"query": "a"}', "no answer: its fields are query"),
        (b"{}", "no answer: its fields are none"),
    ],
)
def test_causes(tmp_path: Path, line: bytes, cause: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(line + b"\n" + json.dumps(ROW).encode())
    bad, good = read(path)
    assert isinstance(bad, Rejected) and isinstance(good, Item)
    with pytest.raises(InputError, match=cause):
        raise InputError(bad.cause)
    assert len(bad.text) <= 2_000


def test_whole_surrogate_pairs_and_nan_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(r'{"answer": "\ud83d\ude00", "score": NaN, "big": 1e999, "n": 2}')
    (found,) = items(read(path))
    assert found.answer == "😀"
    assert found.fields == {"big": "1e999", "n": 2}


def test_a_long_line_is_rejected_and_never_loaded_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"answer": "')
        for _ in range(64):
            file.write(b"x" * 2**20)
        file.write(b'"}\n' + json.dumps(ROW).encode())
    tracemalloc.start()
    found = read(path, longest=100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(one) for one in found] == [Rejected, Item]
    assert "longer than 100,000 bytes" in rejected(found)[0].cause
    assert found[1].place == f"{path}:2"
    assert peak < 16 * 2**20


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(count: int, name: str, start: str, mark: str, end: str) -> int:
        path = tmp_path / name
        path.write_text(start + mark.join([json.dumps({"answer": "x" * 2_000})] * count) + end)
        tracemalloc.start()
        assert sum(isinstance(one, Item) for one in read_items([path])) == count
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    for shape in (("a.jsonl", "", "\n", "\n"), ("a.json", "[", ",\n", "]")):
        assert peak(3_000, *shape) < 1.3 * peak(300, *shape)


@pytest.mark.parametrize(
    "text",
    [
        "[{},\n{}]",
        "[\n  {},\n  {}\n]\n",
        "{}\n{}\n",
        "{} {}",
        '{{"data": [{}, {}]}}',
        '{{\n"version": 1,\n"records": [{}, {}]}}',
        "\ufeff[{},{}]",
    ],
)
def test_shapes_of_json(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    row = json.dumps(ROW, indent=1)
    if text.startswith("{}\n"):
        row = json.dumps(ROW)
    if text == "{} {}":
        text = "{}\n\n{}"
    path.write_text(text.replace("{}", row).replace("{{", "{").replace("}}", "}"))
    assert [item.id for item in items(read(path))] == ["a", "a"]
    assert not rejected(read(path))


def test_places_in_json_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[\n{"answer": "a"},\n5,\n\n{"answer":\n"b"}, {"answer": "c"}\n]')
    assert [one.place for one in read(path)] == [f"{path}:{n}" for n in (2, 3, 5, 6)]
    path.write_text('{\n"runs": [{"answer": "a"},\n{"x": 1}]}')
    assert [one.place for one in read(path)] == [f"{path}:1[0]", f"{path}:1[1]"]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ('[{"answer": "a"}, {"answer": "b"} {"answer": "c"}]', "does not go on"),
        ('[{"answer": "a"}, {"answer": "b"}', "does not go on or end"),
        ('[{"answer": "a"}, {"answer": "b"}] x', "more follows"),
        ('[{"answer": "a"}, {"answer": "b"}, {"answer]', "not JSON"),
        ('[{"answer": "a"}, {"answer": "b"},]', "not JSON"),
    ],
)
def test_broken_json_rejects_the_rest(tmp_path: Path, text: str, cause: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    found = read(path)
    assert [type(one) for one in found] == [Item, Item, Rejected]
    assert cause in rejected(found)[0].cause and "left out" in rejected(found)[0].cause


def test_one_bad_element_of_an_array_is_rejected_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    bad = b'{"answer": "\xff"}, {"answer": "\\udc00"}, {"a": 1, "a": 2}, {"answer": 1}'
    path.write_bytes(b'[{"answer": "a"}, ' + bad + b', {"answer": "b"}]')
    found = read(path)
    assert [type(one) for one in found] == [Item] + [Rejected] * 4 + [Item]


def test_an_element_of_an_array_may_not_be_too_long(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([ROW, {"answer": "x" * 500_000}, ROW]))
    found = read(path, longest=100_000)
    assert [type(one) for one in found] == [Item, Rejected]
    assert "longer than 100,000 bytes" in rejected(found)[0].cause
    assert len(read(path)) == 3


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        b"\xef\xbb\xbfid,question,answer,contexts,topic,\r\n"
        b'1,"Two\nlines?",Yes.,"[""One."", ""Two.""]",x,\r\n'
        b"\r\n"
        b"2,,No.,Only text,,\r\n"
        b"3,Q,A,[],,\r\n"
    )
    assert contents(read(path)) == [
        ("1", "Yes.", "Two\nlines?", ("One.", "Two."), {"topic": "x"}),
        ("2", "No.", None, ("Only text",), {}),
        ("3", "A", "Q", (), {}),
    ]
    assert [one.place for one in read(path)] == [f"{path}:{n}" for n in (2, 5, 6)]


def test_lists_that_python_wrote_into_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    texts = ["It's one.", 'A "quoted" two.', "new\nline, [x]"]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["answer", "contexts"], ["a", str(texts)], ["b", "['x' 'y']"]])
    first, second = items(read(path))
    assert first.evidence == tuple(texts)
    assert second.evidence == ("['x' 'y']",)


@pytest.mark.parametrize(
    ("body", "cause", "after"),
    [
        (b"1,2,3\n", "3 cells for 2 columns", 1),
        (b"1\n", "1 cells for 2 columns", 1),
        (b'1,"a"b\n', "not CSV", 1),
        (b"1,\xff\n", "not UTF-8", 1),
        (b'1,"never closed\n', "not CSV", 0),
    ],
)
def test_bad_rows_of_csv(tmp_path: Path, body: bytes, cause: str, after: int) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,answer\n0,a\n" + body + b"9,z\n")
    found = read(path)
    assert [item.id for item in items(found)] == ["0", "9"][: 1 + after]
    (bad,) = rejected(found)
    assert bad.place == f"{path}:3" and cause in bad.cause


def test_a_header_with_a_name_twice_rejects_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("answer,answer\na,b\nc,d\n")
    (bad,) = rejected(read(path))
    assert "2 columns 'answer'" in bad.cause and "left out" in bad.cause
    path.write_bytes(b"answer,\xe9\na,b\n")
    assert "not UTF-8" in rejected(read(path))[0].cause
    table = pa.table([pa.array(["a"]), pa.array(["b"])], names=["answer", "answer"])
    pq.write_table(table, tmp_path / "a.parquet")
    assert "2 columns" in rejected(read(tmp_path / "a.parquet"))[0].cause


def test_separators(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id;answer\n1;a, b\n")
    (tmp_path / "a.tsv").write_text("id\tanswer\n1\ta, b\n")
    for name in ("a.csv", "a.tsv"):
        assert contents(read(tmp_path / name)) == [("1", "a, b", None, None, {})]
    assert csv.field_size_limit() == 131_072


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    when = datetime.datetime(2024, 5, 29, 13, 46, tzinfo=datetime.UTC)
    table = pa.table(
        {
            "answer": ["a", None, "c"],
            "documents": [[{"page_content": "One.", "metadata": {"source": "x"}}], [], None],
            "at": pa.array([when] * 3, pa.timestamp("ns", "UTC")),
            "day": [when.date()] * 3,
            "score": [0.5, float("nan"), None],
            "raw": [b"\xff", b"text", None],
            "tags": [["a", "b"], [], None],
        }
    )
    pq.write_table(table, path, row_group_size=1)
    first, second, third = read(path)
    assert isinstance(first, Item) and isinstance(second, Rejected) and isinstance(third, Item)
    assert first.evidence == (Document("One.", "x"),) and third.evidence is None
    assert first.fields == {
        "at": "2024-05-29T13:46:00+00:00", "day": "2024-05-29", "score": 0.5, "tags": "a, b"
    }  # fmt: skip
    assert [first.place, second.place] == [f"{path}:1", f"{path}:2"]
    assert second.text.startswith('{"answer": null')


def test_damaged_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = {"answer": [os.urandom(64).hex() for _ in range(5_000)]}
    pq.write_table(pa.table(rows), path, row_group_size=1_000, compression="gzip")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2_000] = bytes(2_000)
    path.write_bytes(data)
    found = read(path)
    assert len(items(found)) >= 1_000
    assert "rest of the file" in rejected(found)[-1].cause
    path.write_bytes(data[:1_000])
    with pytest.raises(InputError, match="not Parquet"):
        read(path)


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: bytes(pa.compress(data, codec="zstd", asbytes=True)),
}


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize("inner", [".jsonl", ".json", ".csv"])
def test_compressed(tmp_path: Path, suffix: str, inner: str) -> None:
    plain = tmp_path / f"plain{inner}"
    rows = [{"id": str(n), "answer": os.urandom(100).hex()} for n in range(1_000)]
    if inner == ".csv":
        with plain.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["id", "answer"])
            writer.writeheader()
            writer.writerows(rows)
    elif inner == ".json":
        plain.write_text(json.dumps(rows, indent=1))
    else:
        write(plain, *rows)
    data = COMPRESS[suffix](plain.read_bytes())
    path = tmp_path / f"packed{inner}{suffix}"
    path.write_bytes(data)
    assert contents(read(path)) == contents(read(plain))
    bare = tmp_path / "bare"
    bare.write_bytes(data)
    assert len(items(read(bare))) == 1_000

    path.write_bytes(data[: len(data) * 2 // 3])
    found = read(path)
    if suffix != ".bz2":
        assert 0 < len(items(found)) < 1_000
    assert isinstance(found[-1], Rejected) and "rest of the file" in found[-1].cause
    assert len(rejected(found)) == 1
    with pytest.raises(InputError, match="rest of the file"):
        read(path, strict=True)


def test_damage_at_the_beginning_and_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    rows = "".join(json.dumps({"answer": os.urandom(100).hex()}) + "\n" for _ in range(3_000))
    data = gzip.compress(rows.encode())
    path.write_bytes(data[:12])
    assert [type(one) for one in read(path)] == [Rejected]
    path.write_bytes(data[:100_000] + bytes(1_000) + data[101_000:])
    found = read(path)
    assert items(found) and isinstance(found[-1], Rejected)
    assert "rest of the file" in found[-1].cause


def test_files_folders_globs_and_order(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "b").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    for name in ("z.jsonl", "b/c.jsonl.gz", "a10.jsonl", "a9.jsonl", ".hidden/x.jsonl", ".y.jsonl"):
        data = json.dumps({"id": name, "answer": "a"}).encode()
        (folder / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    (folder / "README.md").write_text("no records")
    names = ["a10.jsonl", "a9.jsonl", "b/c.jsonl.gz", "z.jsonl"]
    assert [item.id for item in items(read(folder))] == names
    assert [item.id for item in items(read(str(folder / "a*")))] == names[:2]
    assert [i.id for i in items(read(str(folder / "**/*.gz"), folder))] == [names[2], *names[:2],
                                                                           names[3]]  # fmt: skip
    twice = read(folder / "z.jsonl", folder / "b" / ".." / "z.jsonl")
    assert len(twice) == 1


def test_a_file_whose_name_looks_like_a_glob(tmp_path: Path) -> None:
    write(tmp_path / "a[1].jsonl", ROW)
    write(tmp_path / "a1.jsonl", {**ROW, "id": "other"})
    assert [item.id for item in items(read(tmp_path / "a[1].jsonl"))] == ["a"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def given_bytes(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    line = json.dumps(ROW).encode()
    for data in (line, b"\n" + line + b"\n", gzip.compress(line), b"[" + line + b"]"):
        given_bytes(data)
        assert [item.id for item in items(read("-"))] == ["a"]
    given_bytes(line + b"\n{")
    assert [one.place for one in read("-")] == ["stdin:1", "stdin:2"]
    given_bytes(b"PAR1....")
    with pytest.raises(InputError, match="standard input"):
        read("-")
    given_bytes(b"id,answer\n1,a\n")
    assert [item.id for item in items(read("-"))] == ["1"]


def test_inputs_that_cannot_be_opened(tmp_path: Path) -> None:
    write(tmp_path / "good.jsonl", ROW)
    with pytest.raises(InputError, match="no such file or folder"):
        # At once, before anything is read.
        read_items([tmp_path / "good.jsonl", tmp_path / "gone.jsonl"])
    with pytest.raises(InputError, match="no file matches"):
        read_items([str(tmp_path / "*.csv")])
    with pytest.raises(InputError, match="no input"):
        read_items([])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="has no file named"):
        read_items([tmp_path / "empty"])
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="link to nothing"):
        read_items([tmp_path / "link.jsonl"])


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.jsonl", ROW)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="permissions"):
        read_items([path])
    monkeypatch.undo()
    reading = read_items([path])
    path.unlink()
    with pytest.raises(InputError, match="cannot be opened"):
        list(reading)


def test_formats_that_cannot_be_told(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("hello\nworld\n")
    with pytest.raises(InputError, match="say which: jsonl, json, csv, tsv, parquet"):
        read(path)
    assert len(rejected(read(path, format="jsonl"))) == 2
    path.write_text("id\tanswer\n1\ta\n")
    assert [item.id for item in items(read(path))] == ["1"]
    path.write_bytes("answer\na\n".encode("utf-16"))
    with pytest.raises(InputError, match="UTF-16"):
        read(path)
    with pytest.raises(InputError, match="'xml' is unknown: use one of jsonl"):
        ReadOptions(format="xml")
    with pytest.raises(InputError, match="'csv' is unknown: use one of langsmith"):
        ReadOptions(form="csv")
    with pytest.raises(InputError, match="longest is 0"):
        ReadOptions(longest=0)


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.json", "a.csv"):
        (tmp_path / name).write_bytes(b"")
        (tmp_path / ("b" + name)).write_bytes(b"\n\n")
    assert read(tmp_path) == []


def test_a_package_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    (tmp_path / "a.jsonl.zst").write_bytes(b"\x28\xb5\x2f\xfd")
    for name in ("a.parquet", "a.jsonl.zst"):
        with pytest.raises(InputError, match=r"needs pyarrow.*groundwire\[audit\]"):
            read(tmp_path / name)


TEXT = st.text(max_size=40)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.text(min_size=1, max_size=10),
            "question": TEXT,
            "answer": TEXT.filter(str.strip),
            "contexts": st.none() | st.lists(TEXT, max_size=3),
            "topic": TEXT,
        }
    ),
    max_size=6,
)


@given(RECORDS)
def test_every_format_reads_back_the_same(tmp_path_factory: Any, records: list[Record]) -> None:
    folder = tmp_path_factory.mktemp("same")
    expected = contents(read(write(folder / "a.jsonl", *records)))
    assert len(expected) == len(records)
    (folder / "b.jsonl.gz").write_bytes(gzip.compress((folder / "a.jsonl").read_bytes()))
    (folder / "c.json").write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    with (folder / "d.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["id", "question", "answer", "contexts", "topic"])
        writer.writeheader()
        for record in records:
            given_texts = record["contexts"]
            cell = "" if given_texts is None else json.dumps(given_texts)
            writer.writerow({**record, "contexts": cell})
    schema = pa.schema(
        [(name, pa.string()) for name in ("id", "question", "answer", "topic")]
        + [("contexts", pa.list_(pa.string()))]
    )
    pq.write_table(pa.Table.from_pylist(records, schema), folder / "e.parquet")
    for name in ("b.jsonl.gz", "c.json", "d.csv", "e.parquet"):
        assert contents(read(folder / name)) == expected, name


BROKEN = st.lists(
    st.sampled_from([b"{", b"}", b"[", b"]", b'"', b",", b":", b"\n", b"\r", b"\t", b"\\ud800",
                     b'{"answer": "a"}', b'"answer"', b"NaN", b"\x00", b"\xff", b"id,answer\n",
                     b"PAR1", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"1"])
    | st.binary(max_size=8),
    max_size=30,
).map(b"".join)  # fmt: skip


@given(BROKEN | st.binary(max_size=200), st.sampled_from([None, *FORMATS]), st.booleans())
def test_no_bytes_crash_it(
    tmp_path_factory: Any, data: bytes, form: str | None, strict: bool
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "a"
    path.write_bytes(data)
    try:
        found = read(path, format=form, strict=strict)
    except InputError:
        return
    for one in found:
        assert isinstance(one, Item | Rejected)
        repr(one).encode()
        if isinstance(one, Rejected):
            assert len(one.text) <= 2_000
            f"{one.place}{one.cause}{one.text}".encode()


PLAIN_LINE = st.fixed_dictionaries({"answer": TEXT, "contexts": st.lists(TEXT)}).map(json.dumps)


@given(st.lists(PLAIN_LINE.map(str.encode) | BROKEN.map(lambda b: b.replace(b"\n", b""))))
def test_each_line_is_an_item_or_rejected(tmp_path_factory: Any, lines: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    path.write_bytes(b"\n".join(lines))
    if path.read_bytes()[:4] in (b"PAR1", b"\x28\xb5\x2f\xfd") or lines[:1] == [b"\xff\xfe"]:
        return
    blank = sum(not line.strip() for line in lines)
    try:
        found = read(path, format="jsonl")
    except InputError as error:
        assert "UTF-16" in str(error)
        return
    if path.read_bytes()[:2] != b"\x1f\x8b":
        assert len(found) == len(lines) - blank
