"""Alignment: columns that white space parts are read by the places of their cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.chunking import chunk_document
from groundwire.evidence.documents import Document
from groundwire.evidence.scopes import find_lines

VOLUMES = (
    "Volume            Size  Used Free Full% Held by\n"
    "/dev/disk/alpha    80G   20G  60G   25% /var/log\n"
    "/dev/disk/beta    2.0T  2.0T    0  100% /srv/pictures\n"
    "/dev/disk/gamma   512M    1M 511M    1% /boot\n"
)
CREW = (
    "NAME          STATE                 LAST SEEN      NOTE\n"
    "gull-7f9c     Up 3 hours (ok)       2 minutes ago  on call\n"
    "tern-11ab     Up 12 days            3 days ago\n"
    "skua-90de     Down                                 in repair\n"
)
TASKS = (
    "OWNER      PID  %CPU    MEM STAT START COMMAND\n"
    "ida          7   0.1  20480 S    09:14 /usr/bin/indexd\n"
    "tom      10443  88.4 1048576 Rl  Feb05 python fit.py --rounds 9\n"
    "root        11   0.0      0 I    Feb05 [worker/0:1]\n"
)
FRAME = (
    "          lake country  area_km2  depth_m\n"
    "0       Vennes     NOR     12.50       81\n"
    "1  Great Tarno     FIN    310.75        9\n"
    "2         Orla     SWE      7.10      140\n"
)


def read(text: str) -> list[str]:
    return [line.reading for line in find_lines(text)[0] if line.cells]


def test_single_spaces_stand_in_names_and_cells() -> None:
    assert read(VOLUMES)[1] == (
        "Volume: /dev/disk/beta; Size: 2.0T; Used: 2.0T; Free: 0; Full%: 100%; "
        "Held by: /srv/pictures."
    )
    assert read(CREW)[0] == (
        "NAME: gull-7f9c; STATE: Up 3 hours (ok); LAST SEEN: 2 minutes ago; NOTE: on call."
    )


def test_an_empty_cell_moves_no_other() -> None:
    assert read(CREW)[1:] == [
        "NAME: tern-11ab; STATE: Up 12 days; LAST SEEN: 3 days ago.",
        "NAME: skua-90de; STATE: Down; NOTE: in repair.",
    ]


def test_where_cells_push_others_away_each_word_is_one() -> None:
    assert read(TASKS)[1] == (
        "OWNER: tom; PID: 10443; %CPU: 88.4; MEM: 1048576; STAT: Rl; START: Feb05; "
        "COMMAND: python fit.py --rounds 9."
    )


def test_a_head_that_lost_its_indent_is_found_over_its_rows() -> None:
    told = "lake: Great Tarno; country: FIN; area: 310.75 km2; depth: 9 m."
    assert read(FRAME)[1] == read(FRAME.lstrip())[1] == told


def test_what_is_too_long_for_a_cell_goes_on_in_the_next_line() -> None:
    text = (
        "Class      Fee    Conditions\n---------------------------\n"
        "Harbor     $12    paid in advance\n"
        "Island     $30    paid on board,\n"
        "                  in cash only\n"
    )
    lines = [line for line in find_lines(text)[0] if line.cells]
    assert lines[1].reading == "Class: Island; Fee: $30; Conditions: paid on board, in cash only."
    assert text[lines[1].start : lines[1].end].endswith("in cash only")


def test_totals_below_the_rows_are_no_row() -> None:
    text = (
        "No  Article        Pieces   Price EUR\n 1  Blue lamp           4        9,50\n"
        " 2  Long table          1      120,00\n                   Sum         129,50\n"
    )
    assert read(text)[-1] == "Sum: 129,50."


@pytest.mark.parametrize(
    "text",
    [
        "int    a = 1;\nfloat  b = 2;\nchar   c = 3;",
        "Dear Ms Vell.  Thank you.  We met.\nIt was good.  We agree.  Ask me.\nBye.  Yours.  Ed",
        "May 3–7: WC #3 in  La Orla\nMay 9–12: WC #4 in  Vell\nJune 1–2: WC #5 in  Ost\n",
        "The lake is deep.  It is\ncold, too.  Nobody knows\nhow cold.  We asked.",
    ],
)
def test_gaps_alone_make_no_table(text: str) -> None:
    assert not [line for line in find_lines(text)[0] if line.path or len(line.cells) > 1]


@pytest.mark.parametrize("table", [VOLUMES, CREW, TASKS])
def test_rows_of_a_table_are_not_torn_by_passages(table: str) -> None:
    head, _, rows = table.partition("\n")
    known, found = None, []
    for passage in chunk_document(Document(f"{head}\n{rows * 9}", "evidence")):
        lines, known = find_lines(passage.text, known, passage.start)
        found += [line.reading for line in lines if line.cells]
    assert found == read(table) * 9


@given(st.text("ab1.-= \n\t|…", max_size=160))
def test_any_text_is_read_and_lines_are_disjoint(text: str) -> None:
    lines, _ = find_lines(text)
    ends = [0, *(line.end for line in lines)]
    assert all(ends[i] <= line.start <= line.end <= len(text) for i, line in enumerate(lines))
