"""Numbers hold after a removal: counts of lead-ins, numbers of items, references to items."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.guard.guard import Guard
from groundwire.repair.edits import apply_edits
from groundwire.repair.extractive import ExtractiveRewriter
from groundwire.repair.numbering import RENUMBERED
from groundwire.repair.removal import REMOVED, remove_claims
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Quote, Verdict
from reports import holds

THREE = "- A is on.\n- B is off.\n- C is up."
STEPS = "1. Open it.\n2. Call Oslo.\n3. Close it."


def find(answer: str, *texts: str) -> list[Claim]:
    return [Claim(t, answer.index(t), answer.index(t) + len(t)) for t in texts]


def remove(answer: str, *texts: str) -> str:
    return apply_edits(answer, remove_claims(answer, find(answer, *texts)))


@pytest.mark.parametrize(
    ("lead", "gone", "left"),
    [
        ("There are three things:", ["B is off."], "There are two things:"),
        ("There are 3 things:", ["B is off."], "There are 2 things:"),
        ("There are three things:", ["B is off.", "C is up."], "There is one thing:"),
        ("Here are **3 tips**:", ["A is on."], "Here are **2 tips**:"),
        ("## Three ways to save", ["A is on."], "## Two ways to save"),
        ("**3 ways to save**", ["A is on."], "**2 ways to save**"),
        # what states a fact loses its numeral: a kit of three parts has no two of them
        ("The kit has three parts:", ["A is on."], "The kit has parts:"),
        ("Three parts of the kit are:", ["A is on."], "Parts of the kit are:"),
        # no whole list
        ("The kit has four parts:", ["A is on."], "The kit has parts:"),
        ("The kit has two parts:", ["A is on."], "The kit has two parts:"),
        # numbers that count something else
        ("The 3 pumps need these parts:", ["A is on."], "The 3 pumps need these parts:"),
        ("After 3 hours do this:", ["A is on."], "After 3 hours do this:"),
        ("In step 3 of it:", ["A is on."], "In step 3 of it:"),
        ("The X3 needs this:", ["A is on."], "The X3 needs this:"),
    ],
)  # fmt: skip
def test_a_count_holds_for_what_stays(lead: str, gone: list[str], left: str) -> None:
    made = remove(f"{lead}\n\n{THREE}\n\nEnd.", *gone)
    assert made.splitlines()[0] == left
    assert made.endswith("\n\nEnd.")


@pytest.mark.parametrize(
    ("answer", "gone", "left"),
    [
        (f"If it leaks, see step 3.\n\n{STEPS}", "Call Oslo.",
         "If it leaks, see step 2.\n\n1. Open it.\n2. Close it."),
        (f"If it leaks, see step 2. It is red.\n\n{STEPS}", "Call Oslo.",
         "It is red.\n\n1. Open it.\n2. Close it."),
        (f"It is red (see step 2).\n\n{STEPS}", "Call Oslo.",
         "It is red.\n\n1. Open it.\n2. Close it."),
        (f"{STEPS}\n4. Repeat steps 1-3.", "Call Oslo.",
         "1. Open it.\n2. Close it.\n3. Repeat steps 1-2."),
        (f"{STEPS}\n4. Repeat steps 2 and 3.", "Call Oslo.",
         "1. Open it.\n2. Close it.\n3. Repeat step 2."),
        (f"{STEPS}\n4. Go back to step 2.\n5. See step 4.", "Call Oslo.",
         "1. Open it.\n2. Close it."),
        ("Step 1: On.\nStep 2: Off.\nStep 3: Up.\n\nAfter step three, rest.", "Step 2: Off.",
         "Step 1: On.\nStep 2: Up.\n\nAfter step two, rest."),
        (f"{STEPS}\n\nSee step 3 of the manual.", "Call Oslo.",
         "1. Open it.\n2. Close it.\n\nSee step 3 of the manual."),
        (f"{STEPS}\n\nSee step 7.", "Call Oslo.", "1. Open it.\n2. Close it.\n\nSee step 7."),
        ("1. **Lid**\n\nIt is red.\n\n2. **Pump**\n\nIt is blue.\n\n3. **Base**\n\nSee step 3.",
         "**Pump**", "1. **Lid**\n\nIt is red.\n\nIt is blue.\n\n2. **Base**\n\nSee step 2."),
    ],
)  # fmt: skip
def test_a_reference_points_to_the_right_item(answer: str, gone: str, left: str) -> None:
    assert remove(answer, gone) == left


def test_edits_say_why() -> None:
    answer = f"There are three things:\n{THREE}"
    edits = remove_claims(answer, find(answer, "B is off."))
    assert [edit.reason for edit in edits] == [RENUMBERED, REMOVED]


def test_a_sentence_that_is_replaced_is_not_renumbered() -> None:
    answer = f"The pump runs on solar energy (step 3).\n\n{STEPS}"
    flagged = find(answer, "The pump runs on solar energy (step 3).", "Call Oslo.")
    quote = Quote("The pump runs on mains energy only.", "doc", 0, 35)
    verdicts = [Verdict(c, "unsupported", 0.1, (quote,)) for c in flagged]
    edits = ExtractiveRewriter().rewrite(answer, verdicts)
    assert apply_edits(answer, edits) == f"{quote.text}\n\n1. Open it.\n2. Close it."


FACTS = "The lid is red. The base is blue. The case is green. If it leaks, see step 3. See step 1."
RED, BLUE, GREEN, LIE = (
    "The lid is red.",
    "The base is blue.",
    "The case is green.",
    "The owner lives in Oslo.",
)


@pytest.mark.parametrize("size", [1, 7, 400])
@pytest.mark.parametrize(
    "answer",
    [
        f"{BLUE} There are three things:\n- {RED}\n- {LIE}\n- {GREEN}\n\n{BLUE}",
        f"{BLUE} If it leaks, see step 3.\n\n1. {RED}\n2. {LIE}\n3. {GREEN}\n\n{BLUE}",
        f"1. {RED}\n2. {LIE}\n3. {GREEN} See step 1.\n\n{BLUE} If it leaks, see step 3.",
    ],
)
def test_a_stream_shows_what_a_check_does(answer: str, size: int) -> None:
    guard = Guard(verifier=FakeVerifier())
    text = holds(guard.check(answer, FACTS)).text
    assert LIE not in text
    pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
    assert "".join(guard.stream(pieces, FACTS)) == text


@given(st.integers(2, 9), st.booleans(), st.booleans(), st.data())
@settings(max_examples=80, deadline=None)
def test_no_count_is_wrong_and_no_reference_is_stale(
    size: int, ordered: bool, loose: bool, data: st.DataObject
) -> None:
    items = [f"Item {'abcdefghi'[i]} is on." for i in range(size)]
    marks = [f"{i + 1}. " if ordered else "- " for i in range(size)]
    gap = "\n\n" if loose else "\n"
    target = data.draw(st.integers(1, size))
    point = f" If it leaks, see step {target}." if ordered else ""
    answer = f"It is red.{point} There are {size} things:\n\n"
    answer += gap.join(map(str.__add__, marks, items)) + "\n\nEnd."
    gone = data.draw(st.sets(st.sampled_from(items), min_size=1, max_size=size - 1))
    text = remove(answer, *gone)
    kept = [item for item in items if item not in gone]
    told = re.search(r"There (?:is|are) (\d+) things?:", text)
    assert told and int(told[1]) == len(kept)
    lines = [line for line in text.splitlines() if re.match(r"- |\d+\. ", line)]
    assert lines == [f"{i}. {k}" if ordered else f"- {k}" for i, k in enumerate(kept, 1)]
    wanted = items[target - 1]
    pointer = re.search(r"see step (\d+)", text)
    assert bool(pointer) == (ordered and wanted in kept)
    if pointer:
        assert kept[int(pointer[1]) - 1] == wanted


@pytest.mark.parametrize(
    "piece", ["See step 3.\n\n", "1. see step 1\n", "There are three things:\n- a\n", "x:\n2. b\n"]
)
def test_long_text_is_read_in_linear_time(piece: str) -> None:
    answer = piece * (50_000 // len(piece))
    remove_claims(answer, [Claim(answer[:9], 0, 9)])
