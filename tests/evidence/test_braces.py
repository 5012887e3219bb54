"""Fields between an opening line and a closing one are of one record."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.scopes import find_lines

LAKES = (
    "The lakes:\n{{Infobox lake\n| name = Vell\n| depth_m = 31\n"
    "| inflow = [[Ostra (river)|Ostra]]\n}}\n"
    "{{Infobox lake\n| name = Torn\n| depth_m = 9\n| inflow =\n}}\nBoth freeze."
)
BOOKS = (
    '@book{lin20,\n  title = {Tides}, year = {2020},\n  author = "Ida Lin"\n}\n\n'
    "@misc{ray21,\n  title = {Dunes},\n  year = {2021}\n}"
)
SERVERS = 'server "web" {\n  port = 80\n  kind = "small"\n}\nserver "db" {\n  port = 81\n}'
EVENTS = (
    "BEGIN:CAL\nV:1\nBEGIN:EVENT\nSUMMARY:Review\nSTART;TZ=UTC:20240611T093000Z\n"
    "HOST;CN=Ida Lin:mailto:i@x.org\nEND:EVENT\nBEGIN:EVENT\nSUMMARY:Lunch\nEND:EVENT\nEND:CAL"
)


def read(text: str) -> list[list[str]]:
    records: dict[object, list[str]] = {}
    for line in find_lines(text)[0]:
        if line.path:
            records.setdefault(line.path, []).append(line.reading)
    return [*records.values()]


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        (
            LAKES,
            [["name: Vell.", "depth: 31 m.", "inflow: Ostra."], ["name: Torn.", "depth: 9 m."]],
        ),
        (
            BOOKS,
            [
                ["lin20.", "lin20: title: Tides; year: 2020.", "lin20: author: Ida Lin."],
                ["ray21.", "ray21: title: Dunes.", "ray21: year: 2021."],
            ],
        ),
        (SERVERS, [["web.", "web: port: 80.", "web: kind: small."], ["db.", "db: port: 81."]]),
        (
            EVENTS,
            [
                [
                    "summary: Review.",
                    "start: 2024-06-11 09:30.",
                    "host: Ida Lin, mailto:i@x.org.",
                ],
                ["summary: Lunch."],
            ],
        ),
    ],
)
def test_fields_between_two_lines_are_a_record(text: str, readings: list[list[str]]) -> None:
    assert read(text) == readings


@pytest.mark.parametrize(
    "text",
    [
        "if ready {\n  x = 1;\n}\nif done {\n  x = 2;\n}",
        "loop {\n  x = f(1)\n}\nloop {\n  x = f(2)\n}",
        "{{Note}}\nSome words = others.\n{{Note}}",
        "{{Infobox lake\n| name = Vell\n}}",
        "BEGIN:A\nX:1\nBEGIN:B\nY:1\n",
    ],
)
def test_code_and_single_records_stay(text: str) -> None:
    assert not read(text)


ROWS = st.sampled_from(
    ["{{A", "}}", "a {", "}", "BEGIN:A", "END:A", "| x = 1", "x = {2},", "X:1", "", "Words.", "k:"]
)


@given(st.lists(ROWS, max_size=20))
def test_lines_are_disjoint(rows: list[str]) -> None:
    found = find_lines("\n".join(rows))[0]
    assert all(a.end <= b.start for a, b in pairwise(found))
