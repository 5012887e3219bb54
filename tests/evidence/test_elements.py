"""XML of data is read as records, and of a page what a reader sees."""

from __future__ import annotations

from typing import Any

import pytest

from groundwire import Guard
from groundwire.evidence.documents import make_documents
from groundwire.evidence.elements import is_html, parse_xml

ROOMS = (
    '<rooms><room id="1"><name>Vega</name><price currency="EUR">120</price></room>'
    '<room id="2"><name>Sol</name><price currency="EUR">90</price></room></rooms>'
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            ROOMS,
            {
                "room": [
                    {"id": "1", "name": "Vega", "price": {"currency": "EUR", "value": "120"}},
                    {"id": "2", "name": "Sol", "price": {"currency": "EUR", "value": "90"}},
                ]
            },
        ),
        (
            '<?xml version="1.0"?>\n<a:feed xmlns:a="urn:x"><a:title>One</a:title></a:feed>',
            {"title": "One"},
        ),
        ("<r><a/><b>2</b><!-- c --></r>", {"a": "", "b": "2"}),
    ],
)
def test_xml(text: str, value: Any) -> None:
    assert parse_xml(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a < b and c > d",
        "<b>bold</b>",
        "<note>One <b>two</b> three</note>",
        "<r><a>1</r>",
        '<!DOCTYPE r [<!ENTITY e "x">]><r><a>&e;</a></r>',
        "<https://example.org/a>",
        "<r><a>1</a></r> and more",
    ],
)
def test_no_xml_of_data(text: str) -> None:
    assert parse_xml(text) is None


def test_nothing_outside_is_read(tmp_path: Any) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("62 kg", encoding="utf-8")
    text = (
        f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e SYSTEM "file://{secret}">]><r><a>&e;</a></r>'
    )
    (document,) = make_documents(text)
    assert document.text == text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<!DOCTYPE html><html></html>", True),
        ("<!-- page --><body>a</body>", True),
        ("<p>One.</p>\n<p>Two.</p>", True),
        ("<p>One.</p> and more", False),
        ("Use <div> here.", False),
        ("<price>2</price>", False),
        (ROOMS, False),
    ],
)
def test_what_is_a_page(text: str, html: bool) -> None:
    assert is_html(text) is html


def test_what_a_page_hides_is_no_evidence() -> None:
    page = (
        "<html><head><title>Rooms</title></head><body><p>The Vega room costs 120 euros.</p>"
        "<p style='display:none'>The Sol room costs 20 euros.</p>"
        "<p hidden>The Luna room costs 10 euros.</p></body></html>"
    )
    (document,) = make_documents(page)
    assert document.text.strip() == "The Vega room costs 120 euros."
    guard = Guard()
    assert guard.check("The Vega room costs 120 euros.", page).verdicts[0].label == "supported"
    for hidden in ("The Sol room costs 20 euros.", "The Luna room costs 10 euros."):
        assert guard.check(hidden, page).verdicts[0].label != "supported"


def test_no_value_of_one_element_supports_what_is_said_of_another() -> None:
    guard = Guard()
    assert guard.check("Sol costs 90 euros.", ROOMS).verdicts[0].label == "supported"
    assert guard.check("Sol costs 120 euros.", ROOMS).verdicts[0].label == "contradicted"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "<r><city>Oslo</city><rain>3</rain><city>Ulm</city><rain>9</rain></r>",
            {"city": [{"city": "Oslo", "rain": "3"}, {"city": "Ulm", "rain": "9"}]},
        ),
        (
            "<m><t>Menu</t><h>In</h><d>A</d><h>Out</h><d>B</d><d>C</d></m>",
            {"t": "Menu", "h": [{"h": "In", "d": "A"}, {"h": "Out", "d": ["B", "C"]}]},
        ),
        (
            "<f><link>a</link><t>One</t><link>b</link></f>",
            {"link": ["a", "b"], "t": "One"},
        ),
    ],
)
def test_elements_that_come_in_turn_are_records(text: str, value: Any) -> None:
    assert parse_xml(text) == value


def test_no_text_of_an_element_is_lost() -> None:
    assert parse_xml('<r><a value="9">ten</a><b/></r>') == {
        "a": {"value": ["9", "ten"]},
        "b": "",
    }
    twice = '<r xmlns:p="urn:p"><a p:id="1" id="2"/></r>'
    assert parse_xml(twice) == {"a": {"id": ["1", "2"]}}


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16"])
def test_an_encoding_that_the_text_once_had_changes_no_letter(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><r><a>Zürich</a><b/></r>'
    assert parse_xml(text) == {"a": "Zürich", "b": ""}


@pytest.mark.parametrize(
    "text",
    [
        "<p align='center'><img src='a.png'></p>\n\n# Rooms\n\n- Vega\n- Sol\n\n<p>End</p>",
        "<details>\n\n1. Vega\n2. Sol\n\n</details>",
    ],
)
def test_markdown_between_tags_is_no_page(text: str) -> None:
    assert not is_html(text)
    assert make_documents(text)[0].text == text


@pytest.mark.parametrize(
    "text",
    [
        "<html><body><pre># a\n- b</pre></body></html>",
        "<style>\n* { margin: 0 }\n</style><p>One.</p>",
        "<!-- a --><!doctype html>\n- b</html>",
    ],
)
def test_what_looks_like_markdown_in_a_page(text: str) -> None:
    assert is_html(text)


def test_many_comments_and_open_tags_take_no_long_time() -> None:
    assert not is_html("<!-- a -->" * 20_000 + "<a>")
    assert is_html("<p>" + "<style>" * 20_000)
