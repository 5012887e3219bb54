from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.audit.field_map import FieldMap, find_value, has_path, parse_map, read_map
from groundwire.audit.items import Item
from groundwire.audit.reading import ReadOptions, read_items
from groundwire.errors import InputError
from groundwire.io.rows import Rejected

RECORD: dict[str, Any] = {
    "reply": "Yes.",
    "meta": {"ask": "Q?", "deep": {"topic": "cafes"}},
    "rag": {"docs": [{"text": "One."}, {"text": "Two."}]},
    "output": "not this",
}


def read(path: Path, fields: FieldMap, *records: Any) -> list[Item | Rejected]:
    path.write_text("\n".join(map(json.dumps, records)))
    return list(read_items([path], ReadOptions(fields=fields)))


def test_flags(tmp_path: Path) -> None:
    flags = ["answer=reply", "question = meta.ask", "contexts=rag.docs[].text"]
    fields = parse_map([*flags, "fields.topic=meta.deep.topic"])
    (item,) = read(tmp_path / "a.jsonl", fields, RECORD)
    assert isinstance(item, Item)
    assert (item.answer, item.question, item.evidence) == ("Yes.", "Q?", ("One.", "Two."))
    assert item.fields == {"meta.ask": "Q?", "topic": "cafes"}


def test_toml(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('[fields]\nanswer = "reply"\nfields.topic = "meta.deep.topic"\n')
    assert read_map(path).paths == {"answer": "reply", "fields.topic": "meta.deep.topic"}
    path.write_text('[fields]\nanswer = "reply"\n"fields.topic" = "meta.deep.topic"\n')
    assert read_map(path).paths == {"answer": "reply", "fields.topic": "meta.deep.topic"}


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("answer", "cannot be read as TOML"),
        ('answer = "reply"', r"one table: \[fields\]"),
        ("[fields]\nanswer = 5", "answer is 5; write a path in quotes"),
        ('[fields]\nreply = "answer"', "mapping key 'reply' is unknown"),
        ('[fields]\na = "b"\n[other]\n', "one table"),
    ],
)
def test_bad_toml(tmp_path: Path, text: str, cause: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=cause):
        read_map(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_map(tmp_path / "gone.toml")


@pytest.mark.parametrize(
    ("flags", "cause"),
    [
        (["answer"], "has no '='"),
        (["answer=a", "answer=b"], "mapped twice: 'a' and 'b'"),
        (["reply=answer"], "'reply' is unknown: use one of id, question, answer, contexts"),
        (["fields.answer=a"], "is unknown"),
        (["fields.=a"], "is unknown"),
        (["answer="], "is no path"),
        (["answer=a..b"], "is no path"),
        (["answer=a[b]"], "is no path"),
    ],
)
def test_bad_flags(flags: list[str], cause: str) -> None:
    with pytest.raises(InputError, match=cause):
        parse_map(flags)


def test_a_row_without_the_path_is_rejected(tmp_path: Path) -> None:
    fields = parse_map(["answer=reply", "contexts=rag.docs[].text"])
    lacking = {**RECORD, "rag": {"docs": [{"text": "One."}, {}]}}
    found = read(tmp_path / "a.jsonl", fields, {"x": 1}, RECORD, lacking)
    assert [type(one) for one in found] == [Rejected, Item, Rejected]
    causes = [one.cause for one in found if isinstance(one, Rejected)]
    assert causes[0] == "no reply here (mapped): the record has no reply"
    assert causes[1] == "no rag.docs[].text here (mapped): rag.docs[1] has no text"


def test_a_path_that_no_row_has_is_an_error(tmp_path: Path) -> None:
    fields = parse_map(["answer=replay"])
    with pytest.raises(InputError, match=r"no row has 'replay'.*first row are reply, meta"):
        read(tmp_path / "a.jsonl", fields, RECORD, RECORD)


def test_messages_can_be_mapped(tmp_path: Path) -> None:
    said = [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "Yes."}]
    fields = parse_map(["messages=body.log"])
    (item,) = read(tmp_path / "a.jsonl", fields, {"id": "x", "body": {"log": said}})
    assert isinstance(item, Item) and (item.id, item.question) == ("x#1", "Q?")


def test_rows_inside_of_a_list_are_mapped(tmp_path: Path) -> None:
    fields = parse_map(["answer=reply"])
    found = read(tmp_path / "a.jsonl", fields, {"data": [RECORD, RECORD]})
    assert [one.place[-5:] for one in found] == [":1[0]", ":1[1]"]
    assert all(isinstance(one, Item) for one in found)


def test_mapping_of_columns_that_hold_json(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a.b,out\nkey with a dot,"{""choices"": [{""text"": ""Yes.""}]}"\n')
    fields = parse_map(["answer=out.choices[0].text", "question=a.b"])
    (item,) = read_items([path], ReadOptions(fields=fields))
    assert isinstance(item, Item)
    assert (item.answer, item.question) == ("Yes.", "key with a dot")


NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@given(
    st.dictionaries(NAMES, VALUES, max_size=3),
    st.lists(NAMES.flatmap(lambda n: st.sampled_from([n, n + "[]", n + "[0]"])), min_size=1),
)
def test_a_path_is_there_or_named_as_missing(data: dict[str, Any], steps: list[str]) -> None:
    path = ".".join(steps)
    fields = parse_map([f"answer={path}"])
    if has_path(data, path):
        assert fields.apply(data)["answer"] == find_value(data, path)
        return
    with pytest.raises(InputError, match="here \\(mapped\\)"):
        fields.apply(data)
