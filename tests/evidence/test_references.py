"""An identifier is read with the name of what it stands for."""

from __future__ import annotations

import pytest

from groundwire.evidence.records import write_record
from groundwire.evidence.references import join_references

BOOKS = [{"title": "Tides", "author_id": 3}, {"title": "Dunes", "author_id": 4}]
AUTHORS = [{"id": 3, "name": "Ida Lin"}, {"id": 4, "first_name": "Olu", "last_name": "Ray"}]
LINKED = {
    "data": [
        {
            "type": "boats",
            "id": "7",
            "attributes": {"title": "Tern"},
            "owner": {"data": {"id": "u-1"}},
        },
        {"type": "boats", "id": "8", "attributes": {"title": "Skua"}, "owner": {"id": "u-2"}},
    ],
    "included": [
        {"type": "people", "id": "u-1", "attributes": {"name": "Ida Lin"}},
        {"type": "people", "id": "u-2", "attributes": {"name": "Olu Ray"}},
    ],
    "next": {"type": "boats", "id": "8"},
}


def test_a_number_in_a_field_called_like_a_list_is_one_of_it() -> None:
    text = write_record({"books": BOOKS, "authors": AUTHORS, "pages": 3, "shelf_id": 3})
    assert "book 1: title: Tides; author id: 3 (Ida Lin)." in text
    assert "author id: 4 (Olu Ray)" in text
    assert "pages: 3.\nshelf id: 3." in text


def test_a_pointer_is_read_with_the_name_of_what_it_points_to() -> None:
    text = write_record(LINKED)
    assert "data 1: owner: Ida Lin (u-1)." in text
    assert "data 2: owner: Olu Ray (u-2)." in text
    assert "next: Skua (8)." in text
    assert "included 1: type: people; id: u-1." in text


def test_an_object_of_objects_has_their_identifiers_before_them() -> None:
    record = {"users": {"u1": {"name": "Ida Lin"}}, "tickets": [{"no": 1, "by": "u1"}]}
    assert "by: u1 (Ida Lin)" in write_record(record)


@pytest.mark.parametrize(
    "record",
    [
        {"a": [{"id": "x-1", "name": "Ida"}], "b": [{"id": "x-1", "name": "Olu"}], "by": "x-1"},
        {"a": [{"id": "open", "name": "Open tickets"}], "state": "open"},
        {"a": [{"id": 3, "name": "Ida"}], "count": 3, "ok": True},
        [],
        {"a": None, "id": {"id": []}},
    ],
)
def test_what_may_mean_something_else_stays(record: object) -> None:
    assert join_references(record) == record
