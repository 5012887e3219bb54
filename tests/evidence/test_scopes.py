"""Scopes: which lines of a text are one record, and which of them a claim speaks of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.cells import Line
from groundwire.evidence.documents import make_documents
from groundwire.evidence.scopes import find_lines
from groundwire.evidence.selection import select_lines


def read(evidence: object) -> list[Line]:
    (document,) = make_documents(evidence)
    return [line for line in find_lines(document.text)[0] if line.cells]


def left(evidence: object, claim: str, context: str = "") -> list[str]:
    kept = select_lines(claim, read(evidence), (context,))
    return [line.reading for line in kept if line is not None]


DRONES = [
    {"drone": "Tern 4", "range_km": 41, "maker": "Ostra", "sold": False},
    {"drone": "Skua", "range_km": 55, "maker": "Velm", "sold": True},
    {"drone": "Skua Max", "range_km": 90, "maker": "Velm", "sold": True},
]
TABLE = (
    "| Drone | Range (km) | Maker |\n|---|---:|---|\n| Tern 4 | 41 | Ostra |\n| Skua | 55 | Velm |"
)
CSV = "Drone;Range in km;Price, EUR\nTern 4;41;1.200,50\nSkua;55;980,00"


def test_rows_of_a_table_have_the_names_and_units_of_their_columns() -> None:
    assert [line.reading for line in read(TABLE)] == [
        "Drone: Tern 4; Range: 41 km; Maker: Ostra.",
        "Drone: Skua; Range: 55 km; Maker: Velm.",
    ]
    assert [line.reading for line in read(CSV)] == [
        "Drone: Tern 4; Range: 41 km; Price: 1.200,50 EUR.",
        "Drone: Skua; Range: 55 km; Price: 980,00 EUR.",
    ]


SERIES = "# country: Vell\n# title: Life expectancy\n# unit: years\ndate,value\n"


def test_two_columns_of_csv_are_a_table_that_its_comments_explain() -> None:
    rows = "1950,51.9\n1951,52.6\n1952,53.7\n"
    lines, head = find_lines(SERIES + rows)
    told = "country: Vell; date: {}; Life expectancy: {} years."
    readings = [line.reading for line in lines if line.cells and not line.reading.startswith("#")]
    assert readings == [told.format(*row.split(",")) for row in rows.split()]
    later, _ = find_lines("1953,54.8\n1954,55.8", head)
    assert [line.reading for line in later] == [told.format(1953, 54.8), told.format(1954, 55.8)]
    assert len({line.path for line in later}) == 2


@pytest.mark.parametrize(
    "prose",
    [
        "Oslo, 3\nLyon, 4\nBonn, 5\nUlm, 6",
        "date,value\n1950,51.9\n1951,a few\n1952,53.7",
        "date,value\n1950,51.9",
    ],
)
def test_a_comma_in_each_line_makes_no_table(prose: str) -> None:
    assert not [line for line in find_lines(prose)[0] if len(line.cells) == 2]


VEGA, SOL = "name: Vega; price: 120; food: in.", "name: Sol; price: 90; food: extra."


@pytest.mark.parametrize(
    "table",
    [
        "name | price | food\n-----+-------+------\nVega |   120 | in\nSol  |    90 | extra\n"
        "(2 rows)",
        "+------+-----+-----+\n| name | price | food |\n+------+-----+-----+\n"
        "| Vega | 120 | in |\n| Sol | 90 | extra |\n+------+-----+-----+",
        "   name  price   food\n0  Vega    120     in\n1   Sol     90  extra",
        "name  price   food\n----  -----  -----\nVega    120     in\nSol      90  extra",
        "Two are left:\n\nname    price   food\nVega    120     in\nSol     90      extra\n\nBye.",
    ],
)
def test_tables_as_terminals_print_them(table: str) -> None:
    assert [line.reading for line in read(table) if line.cells] == [VEGA, SOL]


def test_a_list_of_yaml_under_other_fields_is_divided() -> None:
    text = "shop: Mill\nrooms:\n  - name: Vega\n    price: 120\n  - name: Sol\n    price: 90"
    shop, *rooms = find_lines(text)[0]
    assert shop.path == ()
    paths = [line.path for line in rooms]
    assert paths[0] == paths[1] != paths[2] == paths[3]


def test_a_data_frame_keeps_the_names_of_its_rows() -> None:
    table = "      price  nights  stars\nVega    120       3      4\nSol      90       2      3"
    assert [line.reading for line in read(table)] == [
        "Vega: price: 120; nights: 3 nights; stars: 4.",
        "Sol: price: 90; nights: 2 nights; stars: 3.",
    ]


@pytest.mark.parametrize(
    "prose",
    [
        "I came.  I saw.  I won.\nYou went.  You slept.  You ate.\nHe ran.  He sat.  He lay.",
        "1  2  3\n4  5  6\n7  8  9",
        "name  price  food\nVega and more of it\nSol  90  extra",
    ],
)
def test_wide_spaces_make_no_table(prose: str) -> None:
    assert not [line for line in find_lines(prose)[0] if line.cells]


def test_a_column_that_is_called_by_its_unit_gives_it() -> None:
    (row,) = read("| Course | Days | Price |\n|---|---|---|\n| Keelboat | 3 | €420 |")
    assert row.reading == "Course: Keelboat; Days: 3 days; Price: €420."
    told = " ".join(line.reading for line in read({"course": "Keelboat", "days": 3, "years": 2019}))
    assert "days: 3 days" in told and "2019 years" not in told


def test_min_beside_max_is_the_least_and_no_minutes() -> None:
    towns = [{"town": t, "temp_min": 4, "temp_max": 9, "walk_min": 40} for t in ("Oslo", "Vell")]
    for evidence in (towns[0], {"towns": towns}, {"towns": {"all": towns}}):
        readings = " ".join(line.reading for line in read(evidence))
        assert "temp min: 4" in readings and "walk: 40 min" in readings
        assert "temp: 4 min" not in readings
    (row, *_) = read("Town;Temp min;Temp max;Walk min\nOslo;4;9;30\nVell;5;8;20")
    assert row.reading == "Town: Oslo; Temp min: 4; Temp max: 9; Walk: 30 min."


@pytest.mark.parametrize("evidence", [{"fleet": DRONES}, {"site": {"drones": DRONES}}])
def test_a_claim_keeps_the_record_that_it_names(evidence: object) -> None:
    (only,) = left(evidence, "The Tern 4 flies 55 km.")
    assert "drone: Tern 4" in only or "Tern 4" in only
    assert len(left(evidence, "The Skua Max flies 90 km.")) == 1
    (short,) = left(evidence, "The Skua flies 90 km.")
    assert "range: 55 km" in short
    assert len(left(evidence, "The Skua flies farther than the Tern 4.")) == 2


def test_a_record_without_its_key_is_named_by_another_text() -> None:
    (only,) = left({"fleet": DRONES}, "The drone of Ostra flies 41 km.")
    assert "Tern 4" in only
    assert len(left({"fleet": DRONES}, "Two drones come from Velm.")) == 2


def test_a_claim_that_names_no_record_speaks_of_all() -> None:
    assert len(left({"fleet": DRONES}, "There are three drones.")) == 3


def test_the_question_names_the_record_of_a_claim_that_does_not() -> None:
    (only,) = left(TABLE, "It flies 55 km.", "How far does the Tern 4 fly?")
    assert only.startswith("Drone: Tern 4")


def test_objects_of_objects_and_blocks_are_records() -> None:
    rain = {"Elmar": {"rain_mm": 12, "wind": 4}, "Torvik": {"rain_mm": 31, "wind": 9}}
    assert left(rain, "In Elmar 31 mm fell.") == ["Elmar: rain: 12 mm; wind: 4."]
    blocks = "Name: Ida\nRole: pilot\n\nName: Olav\nRole: cook\n\nName: Una\nRole: medic"
    assert left(blocks, "Olav is the pilot.") == ["Name: Olav.", "Role: cook."]


def test_a_caption_tells_what_numbers_are_counted_in() -> None:
    text = (
        "Accounts (in thousands of euros)\n\n| | 2021 | 2020 |\n|---|---|---|\n"
        "| Sales | 912 | 870 |\n| Staff per shop | 7 | 8 |"
    )
    sales, staff = (line.reading for line in read(text))
    assert sales == "Sales: 2021: 912 thousand euros; 2020: 870 thousand euros."
    assert staff == "Staff per shop: 2021: 7; 2020: 8."
    assert left(text, "Sales were 870 in 2021.") == ["Sales: 2021: 912 thousand euros."]


def test_a_caption_tells_the_unit_of_written_fields_below_it() -> None:
    text = "All amounts in thousands of EUR.\n\nRevenue: 8,420\nCosts: 6,015\nEmployees: 120"
    assert [line.reading for line in read(text)] == [
        "Revenue: 8,420 thousand EUR.", "Costs: 6,015 thousand EUR.", "Employees: 120.",
    ]  # fmt: skip
    prose = "It was, as the guide says at length, found in millions of years.\n\nAge: 12\nSize: 3"
    assert [line.reading for line in read(prose)] == ["Age: 12.", "Size: 3."]


def test_of_days_and_years_the_one_that_is_named_stays() -> None:
    hours = {"hours": {"Monday": "closed", "Tuesday": "9:00-17:00", "Sunday": "10:00-12:00"}}
    assert left(hours, "It is open on Tuesday.") == ["hours: Tuesday: 9:00-17:00."]
    assert len(left(hours, "It is open on Tuesday and Sunday.")[0].split(";")) == 3


def test_a_table_goes_on_in_the_next_passage() -> None:
    first, second = TABLE.rsplit("\n", 1)
    lines, head = find_lines(first)
    more, _ = find_lines(second, head, len(first) + 1)
    assert [line.reading for line in more] == ["Drone: Skua; Range: 55 km; Maker: Velm."]
    (row,) = (line for line in lines if line.cells)
    assert row.path[0][0] == more[0].path[0][0] and row.path != more[0].path


@pytest.mark.parametrize(
    "text",
    [
        "The pump is red: it was painted. It works; nobody knows why.",
        "Note: The pump is red. It was painted in May.",
        "We sell pumps, hoses, and valves.\nWe ship, always, on Monday.",
        "Dear Ida,\nthank you; it works.\nYours, Olav",
        "a | b",
        "12:30 lunch\n13:30 talk",
    ],
)
def test_prose_has_no_lines_of_records(text: str) -> None:
    assert [line for line in find_lines(text)[0] if line.path] == []


TEXTS = st.text(st.sampled_from("ab1 |;:-.\n\t#,ZM€(") | st.characters(), max_size=80)


@given(TEXTS, TEXTS)
def test_lines_are_disjoint_in_order_and_exact(text: str, claim: str) -> None:
    lines, _ = find_lines(text)
    ends = [0, *(line.end for line in lines)]
    assert all(end <= line.start for end, line in zip(ends, lines, strict=False))
    for line in lines:
        written = text[line.start : line.end]
        assert written == written.strip() and "\n" not in written
        assert line.reading or not line.cells
    kept = select_lines(claim, lines)
    assert len(kept) == len(lines)
    assert not lines or any(line is not None for line in kept)


def test_a_row_with_more_or_fewer_cells_than_the_head_loses_none() -> None:
    ragged = "| Name | Age |\n|---|---|\n| Ida | 41 | pilot |\n| Olav |\n| Una | 38 |"
    assert [line.reading for line in read(ragged)] == [
        "Name: Ida; Age: 41; pilot.",
        "Name: Olav.",
        "Name: Una; Age: 38.",
    ]


def test_rows_without_a_head_are_text() -> None:
    assert find_lines("| Skua | 55 | Velm |\n| Tern | 41 | Ostra |")[0] == ()


def test_a_long_text_takes_time_in_proportion() -> None:
    text = "\n".join(f"| N{i} | {i} |" for i in range(20_000))
    assert len(find_lines(f"| Name | Count |\n|---|---|\n{text}")[0]) == 20_002
    assert find_lines("a: " * 50_000 + "b; " * 50_000)[0] == ()


@pytest.mark.parametrize(
    "text",
    [
        "-rw-r--r--  1 ann  staff  120 May\n-rw-r--r--  1 bob  staff  96 May\n"
        "drwxr-xr-x  3 ann  staff  4 May",
        "2026-05-01,Vega,120 EUR\n2026-05-02,Sol,90 EUR\n2026-05-03,Luna,70 EUR",
    ],
)
def test_rows_that_are_all_alike_have_no_head(text: str) -> None:
    assert not [line for line in find_lines(text)[0] if line.cells]


def test_the_place_of_a_cell_tells_that_another_is_empty() -> None:
    rows = "name    price   food\nVega    120     in\nSol     90      extra\n"
    luna = "name: Luna; food: none."
    assert [line.reading for line in read(rows + "Luna            none")] == [VEGA, SOL, luna]
    assert [line.reading for line in read(rows + "Luna none")] == [VEGA, SOL]
    tabs = "name\tprice\tfood\nVega\t120\tin\nSol\t90\textra\n\t70\tnone"
    assert [line.reading for line in read(tabs)] == [VEGA, SOL]


def test_what_a_data_frame_leaves_out_is_no_row() -> None:
    frame = (
        "   name  price   food\n0  Vega    120     in\n..  ...    ...    ...\n9   Sol    NaN  extra"
    )
    assert [line.reading for line in read(frame)] == [VEGA, "name: Sol; food: extra."]


def test_cells_that_are_quoted_hold_the_mark() -> None:
    text = 'name,price,food\nVega,120,in\nSol,90,extra\n"Luna, big","1,200","a ""b"""'
    assert [line.reading for line in read(text)] == [
        VEGA,
        SOL,
        'name: Luna, big; price: 1,200; food: a "b".',
    ]


def test_records_that_a_database_prints_with_a_field_a_line() -> None:
    text = "-[ RECORD 1 ]--\nname  | Vega\nprice | 120\n-[ RECORD 2 ]-+-\nname  | Sol\nprice |"
    first, second, third = read(text)
    assert [line.reading for line in (first, second, third)] == [
        "name: Vega.", "price: 120.", "name: Sol.",
    ]  # fmt: skip
    assert first.path == second.path != third.path


def test_rows_without_names_of_columns_are_records() -> None:
    vega, sol = read("[('Vega', 120), ('Sol', 90)]")
    assert vega.reading == "row 1: column 1: Vega; column 2: 120."
    assert (vega.path, sol.path) == ((("row", 1),), (("row", 2),))


NEWS = [
    {"id": "n-1", "title": "Bridge", "text": "It opens soon. Shoes are sold there. Ask Ida."},
    {"id": "n-2", "title": "Park", "text": "It opens late. Shoes are lent there. Ask Olu."},
]


def test_each_sentence_of_a_field_is_of_its_record() -> None:
    lines = read([NEWS])
    assert [line.reading for line in lines[2:4]] == [
        "row 1: text: Ask Ida.",
        "row 2: id: n-2; title: Park; text: It opens late.",
    ]
    assert {line.path for line in lines} == {(("row", 1),), (("row", 2),)}
    assert "row 1: text: Ask Ida." not in left([NEWS], "The park opens late.")


def test_initials_end_no_sentence() -> None:
    pairs = [{"author": "E. Lind"}, {"author": "P. Rao"}]
    assert [line.reading for line in read([pairs])] == [
        "row 1: author: E. Lind.",
        "row 2: author: P. Rao.",
    ]


def test_a_name_behind_a_code_is_a_key_as_well() -> None:
    bills = [
        {"id": "in_1A", "kind": "bill", "customer_name": "Vega Ltd", "due": 12},
        {"id": "in_1B", "kind": "bill", "customer_name": "Sol Ltd", "due": 30},
    ]
    assert left([bills], "Sol owes 12.") == left([bills], "in_1B is due: 12.") != []
    assert all("Sol" in reading for reading in left([bills], "Sol owes 12."))


def test_what_stands_per_a_unit_is_not_counted_in_it() -> None:
    hubs = [{"hub": "East", "price_per_kwh": 0.5}, {"hub": "West", "price_per_kwh": 0.6}]
    assert "price per kwh: 0.5" in read([hubs])[0].reading


PLANS = (
    "| Feature | Basic | Basic Plus |\n|---|---|---|\n"
    "| Storage | 5 GB | 50 GB |\n| Support | mail | phone |\n| Price (EUR) | 4 | 9 |"
)
PHONES = ",Tern 4,Skua\nYear,2021,2023\nWeight (g),172,189\nScreen,glass,steel"


def test_columns_that_are_the_things_are_read_alone() -> None:
    assert left(PLANS, "Basic Plus has 50 GB and costs 9 EUR.") == [
        "Basic Plus: Storage: 50 GB.",
        "Basic Plus: Support: phone.",
        "Basic Plus: Price: 9 EUR.",
    ]
    assert left(PHONES, "The Skua weighs 172 g.")[1] == "Skua: Weight: 189 g."
    assert left(PHONES, "Both are light.")[0] == "Year: Tern 4: 2021; Skua: 2023."
    assert left(PHONES, "It weighs 189 g.", "What does the Skua weigh?")[1:2] == [
        "Skua: Weight: 189 g."
    ]


@pytest.mark.parametrize(
    "table",
    [
        "| Race | Runners | Laps |\n|---|---|---|\n| Race 5 km | 12 | 3 |\n| Race 9 km | 20 | 4 |",
        "| Shop | Mon | Tue |\n|---|---|---|\n| Vega | 8 h | 7 h |\n| Sol | closed | closed |",
        "Name;Size;Price\nVega;3 m;5 EUR\nSol;4 m;6 EUR",
        "| limit | of | told |\n|---|---|---|\n| max_seconds | time | 504, 408 |\n| k | a | b |",
    ],
)
def test_rows_that_are_the_things_stay_rows(table: str) -> None:
    assert all(line.path for line in read(table))


def test_the_unit_of_a_name_over_several_columns_is_that_of_each() -> None:
    table = "| Hut | Price (EUR) low | Price (EUR) high |\n|---|---|---|\n| Vell | 3 | 4 |"
    assert read(table)[0].reading == "Hut: Vell; Price low: 3 EUR; Price high: 4 EUR."
