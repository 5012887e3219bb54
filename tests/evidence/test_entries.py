"""Fields under a name belong to it, and to no other name of the list."""

from __future__ import annotations

import pytest

from groundwire import Guard
from groundwire.evidence.scopes import find_lines
from groundwire.evidence.selection import select_lines

NUMBERED = (
    "Hotels:\n\n1. Vega\n   Price: 120 EUR\n   Stars: 4\n2. **Sol**\n   Price: 90 EUR\n   Stars: 3"
)
BULLETS = "- Vega\n  - Price: 120 EUR\n  - Stars: 4\n- Sol\n  - Price: 90 EUR\n  - Stars: 3\n"
HEADINGS = (
    "### Vega\n- **Price**: 120 EUR\n- **Stars**: 4\n\n### Sol\n\n- **Price**: 90 EUR\n- Stars: 3"
)
MARKED = HEADINGS.replace("**:", ":**")
SETTINGS = "[vega]\nPrice = 120 EUR\nStars = 4\n\n[sol]\nPrice = 90 EUR\nStars = 3"
NAMED = "1. Name: Vega\n   Price: 120 EUR\n   Stars: 4\n2. Name: Sol\n   Price: 90 EUR\n   Stars: 3"
RESULTS = (
    "[1] Vega\nPrice: 120 EUR\nStars: 4\n\n[2] Sol\nPrice: 90 EUR\nStars: 3\n\n[3] Luna\nStars: 5"
)
ARRAY = "[[vega]]\n# old\nPrice=120 EUR\nStars=4\n[[sol]]\n; new\nPrice=90 EUR\nStars=3"
YAML = "Vega:\n  Price: 120 EUR\n  Stars: 4\nSol:\n  Price: 90 EUR\n  Stars: 3"
TITLES = "Vega\nPrice: 120 EUR\nStars: 4\n\nSol\nPrice: 90 EUR\nStars: 3\n"
COLONS = "Vega\n  :Price: 120 EUR\n  :Stars: 4\n\nSol\n  :Price: 90 EUR\n  :Stars: 3"
BOLD = "**Vega**\nPrice: 120 EUR\nStars: 4\n\n**Sol**\nPrice: 90 EUR\nStars: 3"


def read(text: str) -> list[str]:
    return [line.reading for line in find_lines(text)[0] if line.cells]


def left(text: str, claim: str) -> list[str]:
    lines = [line for line in find_lines(text)[0] if line.cells]
    return [line.reading for line in select_lines(claim, lines) if line is not None]


def read_records(text: str) -> list[list[str]]:
    """Readings of the lines of each record, in order."""
    records: dict[object, list[str]] = {}
    for line in find_lines(text)[0]:
        if line.path:
            records.setdefault(line.path, []).append(line.reading)
    return [*records.values()]


@pytest.mark.parametrize("text", [NUMBERED, BULLETS, TITLES, COLONS])
def test_fields_of_items_are_read_with_their_names(text: str) -> None:
    assert read_records(text) == [
        ["Vega.", "Vega: Price: 120 EUR.", "Vega: Stars: 4."],
        ["Sol.", "Sol: Price: 90 EUR.", "Sol: Stars: 3."],
    ]


@pytest.mark.parametrize("text", [HEADINGS, MARKED, SETTINGS, YAML, BOLD])
def test_each_name_has_a_record(text: str) -> None:
    first, second = read_records(text)
    assert (first[0].casefold(), second[0].casefold()) == ("vega.", "sol.")
    assert [line.rpartition("Price: ")[2] for line in (first[1], second[1])] == [
        "120 EUR.",
        "90 EUR.",
    ]
    assert len(first) == len(second) == 3


def test_labels_of_prose_are_no_fields() -> None:
    text = "# Vega\n\n**Note:** It is closed.\n\n# Sol\n\n**Hours:** See the door. It varies."
    assert not find_lines(text)[0]
    text = "# Vega\n**Note:** It is closed. Ring.\n\n# Sol\n**Note:** It is open. Come in."
    assert not find_lines(text)[0]


def test_an_item_may_begin_with_its_first_field() -> None:
    assert read_records(NAMED) == [
        ["Name: Vega.", "Price: 120 EUR.", "Stars: 4."],
        ["Name: Sol.", "Price: 90 EUR.", "Stars: 3."],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "1. Vega\n   Price: 120 EUR\n2. Sol\n   Owner: Ann",  # no field that both have
        "1. Vega\n   Price: 120 EUR",
        "1. Vega opens.\n   Price: 120 EUR\n2. Sol opens.\n   Price: 90 EUR",
        "Price = 120 EUR\nStars = 4",
        "1. Vega\n2. Sol\nPrice: 90 EUR\nPrice: 80 EUR or less",
    ],
)
def test_what_names_no_records(text: str) -> None:
    assert not any(
        place[0] in ("item", "section") for record in find_lines(text)[0] for place in record.path
    )


@pytest.mark.parametrize("text", [NUMBERED, BULLETS, HEADINGS, MARKED, SETTINGS, NAMED, YAML, BOLD])
def test_no_field_of_one_supports_what_is_said_of_another(text: str) -> None:
    guard = Guard()
    for claim, label in (
        ("Vega costs 120 EUR.", "supported"),
        ("Sol costs 90 EUR.", "supported"),
        ("Sol costs 120 EUR.", "contradicted"),
        ("Vega has 3 stars.", "contradicted"),
    ):
        assert guard.check(claim, text).verdicts[0].label == label, claim


def test_results_with_numbers_in_brackets_and_settings_with_comments() -> None:
    assert read_records(RESULTS) == [
        ["Vega.", "Vega: Price: 120 EUR.", "Vega: Stars: 4."],
        ["Sol.", "Sol: Price: 90 EUR.", "Sol: Stars: 3."],
        ["Luna.", "Luna: Stars: 5."],
    ]
    assert read_records(ARRAY) == [
        ["vega.", "vega: Price: 120 EUR.", "vega: Stars: 4."],
        ["sol.", "sol: Price: 90 EUR.", "sol: Stars: 3."],
    ]


def test_what_stands_under_a_list_is_none_of_its_last_item() -> None:
    orders = "1. Pear\n2. Fig\nTotal: 9\nVat: 1\n\n1. Nut\n2. Plum\nTotal: 7\nVat: 1"
    readings = [line.reading for line in find_lines(orders)[0]]
    assert "Total: 9." in readings and not any("Fig" in reading for reading in readings)


def test_many_entries_take_no_long_time() -> None:
    for entry in ("1. x\n   a{}: b\n", "a:\n  b{}: c\n\n", "- a\n", "# a{}: b\n", "a{},b\n"):
        text = "".join(entry.format(i) for i in range(8_000))
        find_lines(text)


def test_a_line_over_one_field_is_no_title() -> None:
    code = "def add(\nfirst: int,\n\ndef take(\nfirst: int,"
    assert not read_records(code)
    letter = "Dear Ida\nDate: 4 May\n\nThe order came late, and we are sorry.\n\nYours\nName: Olu"
    assert not read_records(letter)


def test_sections_of_one_kind_have_names_in_words() -> None:
    zones = "[zone.east]\nlight_hours = 9\npump = { start = '06:30', minutes = 4 }\n\n"
    text = zones + "[zone.west]\nlight_hours = 7"
    assert read_records(text)[0] == [
        "zone east.",
        "zone east: light: 9 hours.",
        "zone east: pump: start: 06:30; pump: minutes: 4 minutes.",
    ]


def test_values_behind_dots_are_fields_of_the_title_above_them() -> None:
    text = (
        "Heron 2\n  Max. load ......... 4 kg\n  Range ............. 12 km\n\n"
        "Heron 5 Pro\n  Max. load ......... 9 kg\n  Range ............. 30 km\n"
    )
    assert read(text)[-1] == "Heron 5 Pro: Range: 30 km."
    assert left(text, "The Heron 5 Pro has a range of 30 km.")[0] == "Heron 5 Pro."
    assert left(text, "The Heron 2 has a range of 12 km.")[-1] == "Heron 2: Range: 12 km."
    dishes = "Lentil soup (v) ....... 7\nGrilled perch ........ 19\nPlum tart ............ 6"
    assert left(dishes, "The perch costs 19.") == ["Grilled perch: 19."]
    assert not read("He said ... nothing.\nShe left... at 9.\nThen … 4 of us.")[:1]


def test_a_name_at_the_top_of_nested_items_stands_with_all_below_it() -> None:
    text = "".join(
        f"- {name}\n  - Berths:\n    - Small: {small}\n    - Large: {large}\n  - Fuel: {fuel}\n"
        for name, small, large, fuel in [("Port Ost", 40, 8, "diesel"), ("Vell Bay", 12, 2, "none")]
    )
    assert left(text, "Vell Bay has 2 large berths.") == [
        "Vell Bay.",
        "Vell Bay: Berths: Small: 12.",
        "Vell Bay: Berths: Large: 2.",
        "Vell Bay: Fuel: none.",
    ]


@pytest.mark.parametrize("mark", ["[{}] ", ""])
def test_a_text_of_several_sentences_is_a_field_of_a_search_result(mark: str) -> None:
    found = [("Kestrel Lite", "It is light. It weighs 9 kg."), ("Roc", "A giant. It weighs 31 kg.")]
    text = "\n\n".join(
        f"{mark.format(n)}Title: {name}\nLink: x.example/{n}\nSnippet: {told}"
        for n, (name, told) in enumerate(found, 1)
    )
    assert left(text, "The Roc weighs 31 kg.") == [
        "Title: Roc.",
        "Link: x.example/2.",
        "Snippet: A giant. It weighs 31 kg.",
    ]


def test_what_people_say_is_no_field() -> None:
    talk = "Ida: We start. It is nine.\nTom: Good. I agree.\n\nIda: We end. Bye.\nTom: Bye. Thanks."
    assert not [line for line in read(talk) if line.startswith("Tom")]


def test_words_below_the_fields_of_an_entry_belong_to_it() -> None:
    text = (
        "1. Tarn\n   Price: 80\n   Quiet, above the lake.\n"
        "2. Gull\n   Price: 140\n   By the port.\n"
        "Both take guests all year.\n"
    )
    lines = [line for line in find_lines(text)[0] if line.cells]
    assert [line.reading for line in lines if line.path == lines[0].path] == [
        "Tarn.",
        "Tarn: Price: 80.",
        "Tarn: Quiet, above the lake.",
    ]
    assert lines[-1].reading == "Gull: By the port."


def test_a_line_of_a_plain_list_is_no_title_of_the_next() -> None:
    works = "Ozuna (2012)\nVell: the film (2013)\nTarno (2014)\nVell: the film (2015)"
    assert not [line for line in find_lines(works)[0] if line.path and line.path[0][0] == "title"]
