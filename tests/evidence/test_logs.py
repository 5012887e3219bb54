"""Logs: each line is read under what it tells of, and told apart from others by it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.scopes import find_lines
from groundwire.evidence.selection import select_lines

JOBS = (
    "2025-01-09T04:00:01.120Z INFO  [runner] task=stock-sync started node=n-7\n"
    "2025-01-09T04:00:02.008Z INFO  [runner] task=mail-digest started node=n-2\n"
    "2025-01-09T04:01:10.500Z WARN  [stock-sync] 14 rows skipped\n"
    "2025-01-09T04:01:11.003Z INFO  [mail-digest] sent 903 messages\n"
    '2025-01-09T04:01:12.003Z ERROR [runner] task=stock-sync finished status="timed out"\n'
)
KERNEL = (
    "Jan  9 04:00:01 INFO (disk-a) mounted\nJan  9 04:00:02 INFO (disk-b) mounted\n"
    "Jan  9 04:00:09 WARN (disk-b) slow, retry of disk-a\n"
)


def left(text: str, claim: str) -> list[str]:
    lines = [line for line in find_lines(text)[0] if line.cells]
    return [line.reading for line in select_lines(claim, lines) if line is not None]


def test_lines_are_read_under_what_they_tell_of() -> None:
    assert left(JOBS, "The stock sync skipped 14 rows.") == [
        "stock-sync: started; node: n-7; runner; INFO; time: 2025-01-09 04:00:01.",
        "stock-sync: 14 rows skipped; WARN; time: 2025-01-09 04:01:10.",
        "stock-sync: finished; status: timed out; runner; ERROR; time: 2025-01-09 04:01:12.",
    ]
    assert len(left(JOBS, "The runner started two tasks.")) == 5


def test_a_line_that_speaks_of_two_is_read_with_both() -> None:
    told = "disk-b: slow, retry of disk-a; WARN; time: Jan  9 04:00:09."
    assert left(KERNEL, "disk-a is mounted.") == [
        "disk-a: mounted; INFO; time: Jan  9 04:00:01.",
        told,
    ]
    assert told in left(KERNEL, "disk-b is slow.")


@pytest.mark.parametrize(
    "text",
    [
        "10:00:01 Ida: Good morning.\n10:00:05 Tom: Hello.\n10:01:00 Ida: Shall we start?",
        "2025-01-09 10:00:00 The vote began.\n2025-01-09 11:00:00 It ended.",
        "The run took 04:00:01 in all.\nIt was 04:00:02 before.\nThe record is 03:59:59 now.",
    ],
)
def test_talk_and_prose_are_no_log(text: str) -> None:
    assert not [line for line in find_lines(text)[0] if line.path]


@given(st.lists(st.text('[]()= ab-.A1:"', max_size=30), max_size=6))
def test_any_message_is_read(said: list[str]) -> None:
    text = "\n".join(f"2025-01-09 04:00:01 {message}" for message in said)
    lines, _ = find_lines(text)
    assert all(text[line.start : line.end].strip() for line in lines)
