"""Selection: which rows a claim speaks of, by key, by pronoun and by another cell."""

from __future__ import annotations

import pytest

from groundwire.evidence.cells import Line
from groundwire.evidence.documents import make_documents
from groundwire.evidence.scopes import find_lines
from groundwire.evidence.selection import find_keys, select_lines

STAFF = (
    "name,team,lead\nIda Brekke,Sales,Una Vik\nOlav Moe,Design,Per Dahl\nKari Lund,Legal,Una Vik"
)
PARTS = [
    "staff_id,name,team\n11,Ida Brekke,Sales\n12,Olav Moe,Design",
    "staff_id,name,team\n13,Kari Lund,Legal\n14,Per Dahl,Design",
]


def read(evidence: object) -> list[Line]:
    lines = []
    for number, document in enumerate(make_documents(evidence)):
        found = [line for line in find_lines(document.text)[0] if line.cells]
        # As the premise does: lists of two sources differ.
        lines += [
            Line(n.start, n.end, ((f"s{number}", 0), *n.path), n.cells, n.lead) for n in found
        ]
    return lines


def names(evidence: object, claim: str, *context: str) -> list[str]:
    kept = select_lines(claim, read(evidence), context)
    return [cell.value for line in kept if line for cell in line.cells if cell.key == "name"]


@pytest.mark.parametrize(
    ("claim", "named"),
    [
        ("Ida Brekke is in Legal.", ["Ida Brekke"]),
        ("Kari is in Design.", ["Kari Lund"]),
        ("Number 13 is in Sales.", ["Kari Lund"]),
        ("Olav Moe and Per Dahl are in Design.", ["Olav Moe", "Per Dahl"]),
        ("The one in Legal is new.", ["Kari Lund"]),
        ("There are four people.", ["Ida Brekke", "Olav Moe", "Kari Lund", "Per Dahl"]),
    ],
)
def test_rows_in_two_chunks_are_one_table(claim: str, named: list[str]) -> None:
    assert names(PARTS, claim) == named


@pytest.mark.parametrize(
    ("claim", "context", "named"),
    [
        ("Her lead is Per Dahl.", ["Ida Brekke is in Sales.", ""], ["Ida Brekke"]),
        ("She works for Per Dahl.", ["Here it is:", "Who leads Ida Brekke?"], ["Ida Brekke"]),
        ("Per Dahl", ["Who leads Kari Lund?"], ["Kari Lund"]),
        ("The lead is Per Dahl.", ["Who leads Kari Lund?"], ["Kari Lund"]),
        ("The person in Design works for Per Dahl.", ["What of Kari Lund?"], ["Olav Moe"]),
        ("The person in Design works for Per Dahl.", [], ["Olav Moe"]),
        ("Olav Moe is her deputy.", ["Ida Brekke is in Sales."], ["Olav Moe"]),
    ],
)
def test_a_pronoun_goes_to_the_row_before(claim: str, context: list[str], named: list[str]) -> None:
    assert names(STAFF, claim, *context) == named


def test_the_same_row_in_two_tables_stays_in_both() -> None:
    tables = ["Plan;Fee\nMini;4\nMaxi;9", "Plan;Fee\nMini;5\nMaxi;8"]
    kept = select_lines("The Mini costs 9.", read(tables))
    assert [line.reading for line in kept if line] == ["Plan: Mini; Fee: 4.", "Plan: Mini; Fee: 5."]


def test_two_periods_stay_where_a_claim_compares_them() -> None:
    table = "Item;2021;2022\nSales;5;7\nCosts;3;2"
    (fell,) = (line for line in select_lines("Sales fell in 2022.", read(table)) if line)
    assert "2021: 5" in fell.reading
    (was,) = (line for line in select_lines("Sales were 7 in 2022.", read(table)) if line)
    assert "2021" not in was.reading


def test_keys_name_rows_and_need_a_path() -> None:
    assert sorted(cell.value for cell in find_keys(read(STAFF)).values()) == [
        "Ida Brekke", "Kari Lund", "Olav Moe",
    ]  # fmt: skip
    assert find_keys([line for line in find_lines("fee: 4.\nname: Ida.")[0]]) == {}


def cells(evidence: object, claim: str) -> list[list[str]]:
    kept = select_lines(claim, read(evidence))
    return [[cell.value for cell in line.cells] for line in kept if line]


TABLE = "unit,owner,state\npump-7f3a,Ida,down\nvalve-90ce,Tom,running\nfan-11,Una,idle"


def test_a_word_in_a_code_names_its_record() -> None:
    assert cells(TABLE, "The valve is running.") == [["valve-90ce", "Tom", "running"]]
    assert cells(TABLE, "pump-7f3a is running.") == [["pump-7f3a", "Ida", "down"]]
    assert cells(TABLE, "The unit of Una is idle.") == [["fan-11", "Una", "idle"]]


WEEK = "place;Mon;Tue-Thu;Fri;Sat\nMuseum;closed;10-18;10-21;11-16\nMill;9-12;closed;9-12;closed"
TRAINS = (
    "Stop   4101   4103   4105\nVell   05:42  07:12  09:42\nTarno  06:20  07:52  10:12\n"
    "Orla   06:50  08:20  10:44\n"
)


def test_of_columns_that_are_days_or_numbers_those_stay_that_a_claim_names() -> None:
    assert cells(WEEK, "The museum is open until nine on Fridays.") == [["Museum", "10-21"]]
    assert cells(WEEK, "The mill is closed on Wednesday.") == [["Mill", "closed"]]
    assert cells(TRAINS, "Train 4103 leaves Tarno at 7:52.") == [["Tarno", "07:52"]]
    assert len(cells(WEEK, "The mill is open on Monday and Friday.")[0]) == 5


def test_a_code_is_named_by_how_it_begins_and_a_change_by_its_version() -> None:
    head = "NAME                READY   NODE"
    pods = f"{head}\nmail-api-6f4c2-xk   1/1     n-1\nmail-job-77d1b-zz   0/1     n-2"
    kept = [line for line in select_lines("The mail-job pod runs on n-1.", read(pods)) if line]
    assert [line.cells[0].value for line in kept] == ["mail-job-77d1b-zz"]
    log = (
        "# Changes\n\n## 2.4.1\n- Faster search\n\n## 2.4.0\n- Dark theme\n\n## 2.3.9\n- New icons"
    )
    claim = "The dark theme came in version 2.4.1."
    kept = [line for line in select_lines(claim, read(log)) if line]
    assert [line.cells[0].value for line in kept] == ["2.4.1", "Faster search"]
