from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document as LangChainDocument

from groundwire.errors import InputError
from groundwire.evidence.documents import Document, make_documents
from groundwire.types import Passage

ANY_TEXT = st.text(st.characters(exclude_categories=()))


def test_nothing_is_no_document() -> None:
    assert make_documents(None) == []
    assert make_documents([]) == []
    assert make_documents(["", " \n\t", None, {}, {"a": None}]) == []


def test_one_string_is_the_first_item() -> None:
    assert make_documents("The sky is blue.") == [Document("The sky is blue.", "evidence[0]")]


def test_names_are_positions_among_the_items_given() -> None:
    sources = [document.source for document in make_documents(["a", "", "b"])]
    assert sources == ["evidence[0]", "evidence[2]"]


@settings(deadline=None, max_examples=200)
@given(ANY_TEXT)
def test_text_survives_exactly(text: str) -> None:
    if text.strip()[:1] in ("{", "["):
        text = "x" + text
    expected = [Document(text, "evidence[0]")] if text.strip() else []
    assert make_documents([text]) == expected


def test_a_passage_keeps_its_place() -> None:
    passage = Passage("two", "book.txt", 40, 43, {"page": 2})
    assert make_documents(passage) == [Document("two", "book.txt", {"page": 2}, 40)]


def test_a_document_is_taken_as_it_is() -> None:
    document = Document('{"kept": "verbatim"}', "notes", {}, 7)
    assert make_documents((document,))[0] is document


def test_langchain_documents() -> None:
    named = LangChainDocument("one", metadata={"source": "a.pdf", "start_index": 12})
    found = make_documents([named, LangChainDocument("two", id="id-2"), LangChainDocument("three")])
    assert [(d.text, d.source, d.offset) for d in found] == [
        ("one", "a.pdf", 12),
        ("two", "id-2", 0),
        ("three", "evidence[2]", 0),
    ]
    assert found[0].metadata == {"source": "a.pdf", "start_index": 12}


def test_a_langchain_document_of_json_has_no_offset_into_the_json() -> None:
    page = LangChainDocument('{"city": "Lyon"}', metadata={"source": "x", "start_index": 12})
    assert make_documents(page) == [Document("city: Lyon.", "x", page.metadata, 0)]


def test_a_record_and_its_json_text_are_the_same() -> None:
    record: dict[str, Any] = {"city": "Lyon", "open": True, "rating": 4.5}
    expected = [Document("city: Lyon.\nopen: yes.\nrating: 4.5.", "evidence[0]")]
    assert make_documents(record) == expected
    assert make_documents(json.dumps(record)) == expected
    assert make_documents(str(record)) == expected


def test_a_list_of_mappings_is_one_record_each() -> None:
    found = make_documents([{"a": 1}, {"a": 2}])
    assert [document.text for document in found] == ["a: 1.", "a: 2."]


def test_a_list_of_rows_is_one_table() -> None:
    found = make_documents([["city", "year"], ["Lyon", 1998], ["Paris", 2001]])
    assert found == [
        Document("row 1: city: Lyon; year: 1998.\nrow 2: city: Paris; year: 2001.", "evidence[0]")
    ]


def test_tables_beside_other_evidence() -> None:
    found = make_documents(["text", [["city"], ["Lyon"]], [{"city": "Paris"}, {"city": "Nice"}]])
    assert [document.text for document in found] == [
        "text",
        "row 1: city: Lyon.",
        "row 1: city: Paris.\nrow 2: city: Nice.",
    ]


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(InputError, match=r"evidence\[0\]: the table has a header and no rows"):
        make_documents([["city", "year"]])


@pytest.mark.parametrize(
    "text",
    ["[1]", "[12, 13] say so", '["a", "b"]', "{not json}", "{'unclosed': ", "[ ]", "{'a': b'x'}"],
)
def test_what_only_looks_like_json_stays_text(text: str) -> None:
    assert make_documents(text) == [Document(text, "evidence[0]")]


@pytest.mark.parametrize(
    ("item", "advice"),
    [
        (3, "int"),
        (b"text", "decode"),
        (Path("a.txt"), "load_documents"),
        ({"a", "b"}, "list"),
        (["text", ["a", "b"]], r"evidence\[1\]: a list inside a list"),
        ([object()], "object is no evidence: give text"),
    ],
)
def test_other_types_are_refused_with_the_next_step(item: object, advice: str) -> None:
    with pytest.raises(InputError, match=advice):
        make_documents(item)


@pytest.mark.parametrize("depth", [100, 100_000])
@pytest.mark.parametrize("brackets", ["[]", '{"a":}'])
def test_deeply_nested_json_is_refused(depth: int, brackets: str) -> None:
    opening, closing = brackets[:-1], brackets[-1]
    text = '{"a":' + opening * depth + "1" + closing * depth + "}"
    with pytest.raises(InputError, match="deeper than 64 levels"):
        make_documents(text)
