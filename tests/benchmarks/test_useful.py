from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from benchmarks import useful
from benchmarks.useful_items import (
    FOLDER,
    SETS,
    Item,
    collect_items,
    draw_answers,
    join_sentences,
    make_edits,
    read_chat,
    read_planted,
)
from hypothesis import given
from hypothesis import strategies as st

from groundwire import Report
from groundwire.repair.edits import apply_edits
from groundwire.types import Action, Claim, Decision, Edit, Label, Span, Verdict

EVIDENCE = "The barn holds 480 tonnes of salt. It was filled on 4 November. Two loaders work there."
GOOD = "It holds 480 tonnes. It was filled on 4 November."
PLANTED = "It holds 840 tonnes. It was filled on 4 November."
ERROR = Item(
    "planted", "number", "b-1", "b", PLANTED, EVIDENCE, "How large is the barn?",
    (Span(9, 12),), "480", GOOD,
)  # fmt: skip
TWIN = Item("twin", "twins", "b", "b", GOOD, EVIDENCE)
TYPES = {
    "number", "date", "unit", "name", "role", "place", "negation", "antonym", "quantifier",
    "yes/no", "modality",
}  # fmt: skip


def report(
    answer: str, *edits: Edit, action: Action = "rewrite", verdicts: Sequence[Verdict] = ()
) -> Report:
    text = "Blocked." if action == "block" else apply_edits(answer, list(edits))
    action = action if edits or action == "block" else "pass"
    return Report(None, answer, tuple(verdicts), Decision(action, "", (), edits), text)


def verdict(label: Label, score: float | None, text: str = PLANTED, start: int = 0) -> Verdict:
    return Verdict(Claim(text, start, start + len(text)), label, score)


def test_planted_errors_are_whole() -> None:
    items = read_planted(FOLDER / "planted.jsonl")
    planted = [item for item in items if item.part == "planted"]
    twins = {item.source: item for item in items if item.part == "twin"}
    assert (len(planted), len(twins)) == (200, 100)
    assert len({item.id for item in items}) == len(items)
    counts = Counter(item.group for item in planted)
    assert set(counts) == TYPES
    assert min(counts.values()) >= 15
    for item in planted:
        (span,) = item.spans
        assert item.answer[span.start : span.end] != item.right
        mended = item.answer[: span.start] + item.right + item.answer[span.end :]
        assert mended == item.good == twins[item.source].answer


def test_chat_turns_are_whole() -> None:
    items = read_chat(FOLDER / "chat_turns.jsonl")
    assert Counter(bool(item.spans) for item in items) == {False: 150, True: 60}
    assert len({item.answer for item in items}) == len({item.id for item in items}) == 210
    assert {bool(item.evidence) for item in items if not item.spans} == {False, True}


@pytest.mark.parametrize(
    ("edits", "outcome"),
    [
        ((), "passed"),
        ((Edit(9, 12, "480"),), "restored"),
        ((Edit(0, 20, "The barn holds 480 tonnes of salt."),), "restored"),
        ((Edit(0, 21, ""),), "removed"),
        ((Edit(0, 20, "Two loaders work there."),), "removed"),
        ((Edit(21, 49, ""),), "passed"),
        ((Edit(20, 20, "\n"),), "passed"),
        ((Edit(9, 12, "80"),), "worse"),  # half of a number is another number
        ((Edit(9, 12, "4"),), "worse"),  # a value of something else
        ((Edit(9, 12, "480"), Edit(38, 39, "3")), "worse"),  # a true one is lost
        ((Edit(0, 20, "It holds 840 tonnes!"),), "passed"),
    ],
)
def test_what_became_of_a_planted_error(edits: tuple[Edit, ...], outcome: str) -> None:
    assert useful.judge_item(ERROR, report(PLANTED, *edits)) == outcome


def test_a_word_is_no_part_of_another() -> None:
    answer = "It moved by 6 metres."
    item = replace(ERROR, answer=answer, spans=(Span(14, 20),), right="centimetres")
    item = replace(item, good="It moved by 6 centimetres.")
    assert useful.judge_item(item, report(answer, Edit(12, 20, "6 centimetres"))) == "restored"


def test_a_blocked_answer_shows_no_error() -> None:
    blocked = report(PLANTED, action="block")
    assert useful.judge_item(ERROR, blocked) == "blocked"
    assert useful.is_gone(ERROR.spans[0], blocked)


@pytest.mark.parametrize(
    ("edits", "outcome"),
    [
        ((), "unchanged"),
        ((Edit(0, 21, ""),), "changed"),
        ((Edit(0, 20, "The barn holds 480 tonnes of salt."),), "changed"),
        ((Edit(9, 12, "80"),), "worse"),
    ],
)
def test_what_became_of_a_good_answer(edits: tuple[Edit, ...], outcome: str) -> None:
    assert useful.judge_item(TWIN, report(GOOD, *edits)) == outcome


def test_items_counted_anew_are_not_worse() -> None:
    answer = "1. It holds 480 tonnes.\n2. It was filled on 4 November."
    item = replace(TWIN, answer=answer)
    assert useful.judge_item(item, report(answer, Edit(0, 24, ""), Edit(24, 27, "1. "))) == (
        "changed"
    )


@given(st.sampled_from(read_planted(FOLDER / "planted.jsonl")), st.data())
def test_an_error_is_shown_exactly_if_no_edit_touches_it(item: Item, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(item.answer) - 1))
    end = data.draw(st.integers(start + 1, len(item.answer)))
    found = report(item.answer, Edit(start, end, ""))
    outcome = useful.judge_item(item, found)
    if item.part == "planted":
        assert outcome == ("removed" if useful.is_gone(item.spans[0], found) else "passed")
    else:
        assert outcome == "changed"


def test_a_fact_is_noticed_where_its_words_are_checked() -> None:
    text = "Hi! It holds 480 tonnes."
    item = Item("chat", "friendly", "f-1", "f-1", text, spans=(Span(4, 23),))
    chat = verdict("no_claim", None, "Hi!")
    pairs: tuple[tuple[Label, str], ...] = (("unchecked", "noticed"), ("no_claim", "unnoticed"))
    for label, outcome in pairs:
        fact = verdict(label, None, "It holds 480 tonnes.", 4)
        assert useful.judge_item(item, report(text, verdicts=[chat, fact])) == outcome


@given(
    st.sampled_from(["supported", "contradicted", "unsupported", "unchecked", "no_claim"]),
    st.none() | st.floats(0, 1),
    st.sampled_from(useful.THRESHOLDS),
    st.sampled_from(useful.THRESHOLDS),
)
def test_a_lower_threshold_lets_more_pass(
    label: Label, score: float | None, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    found = verdict(label, score)
    assert useful.is_allowed(found, low) >= useful.is_allowed(found, high)
    assert useful.is_allowed(found, low) is (
        label == "no_claim" or (label != "unchecked" and score is not None and score >= low)
    )


def test_the_curve_asks_the_claim_that_holds_the_error() -> None:
    first, second = verdict("supported", 0.6, PLANTED[:20]), verdict("supported", 0.9, "It", 21)
    result = useful.Result(ERROR, report(PLANTED, verdicts=[first, second]), "passed")
    assert useful.is_error_kept(result, 0.6)
    assert not useful.is_error_kept(result, 0.65)
    assert useful.is_error_kept(replace(result, item=replace(ERROR, spans=(Span(21, 22),))), 0.65)
    assert not useful.is_kept(result, 0.65)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), min_size=1))
def test_a_share_lies_between_its_bounds(pairs: list[tuple[bool, str]]) -> None:
    hits, sources = [hit for hit, _ in pairs], [source for _, source in pairs]
    found = useful.estimate(hits, sources)
    assert found.value == pytest.approx(sum(hits) / len(hits))
    assert 0 <= found.low <= found.high <= 1
    if sum(hits) in (0, len(hits)):
        assert found.low < found.high


def test_equal_shares_of_one_source_are_one_observation() -> None:
    many, one = useful.estimate([True] * 9, ["a"] * 9), useful.estimate([True], ["a"])
    assert many == one


def write_sets(folder: Path) -> Path:
    for name in SETS:
        unit = "sentence" if name in ("lfqa", "expertqa") else "answer"
        rows: list[dict[str, Any]] = []
        for i in range(6):
            label = "supported" if i % 2 else "unsupported"
            text = f"The barn holds {400 + i} tonnes. It was not filled."
            row: dict[str, Any] = {"id": f"{name}-{i}-0", "unit": unit}
            row |= {"premise": EVIDENCE, "hypothesis": text}
            row |= {"label": label, "group": f"{name}-{i}", "question": "How large is it?"}
            if name == "ragtruth_train_answers":
                row = {"id": f"{i}/some-model", "source": EVIDENCE, "response": text}
                row |= {"question": "How large is it?", "label": label, "spans": [[15, 18]]}
            rows.append(row)
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    return folder


def test_answers_are_drawn_the_same_each_time(tmp_path: Path) -> None:
    drawn = draw_answers(write_sets(tmp_path), 2)
    assert drawn == draw_answers(tmp_path, 2)
    assert Counter((item.part, item.group) for item in drawn) == {
        (part, name): 2 for part in ("good", "faulty") for name in SETS
    }
    assert {item.source for item in drawn if item.group == "ragtruth_train_answers"} <= set(
        "012345"
    )
    assert all(item.evidence == EVIDENCE and item.question for item in drawn)
    parts = Counter(item.part for item in collect_items(["good", "edits"], tmp_path, 2))
    assert set(parts) == {"good", "edits"}
    assert collect_items(["good", "edits"], None, 2) == []


@given(st.integers(0, 200))
def test_an_edit_can_be_undone(number: int) -> None:
    answer = f"In 1931 the barn of Aske was not open. It holds {number} tonnes, all of it salt."
    item = replace(TWIN, part="good", id=str(number), answer=answer)
    (made,) = make_edits([item])
    (span,) = made.spans
    assert made.part == "edits"
    assert span.start < span.end <= len(made.answer)
    assert made.answer != answer
    mended = made.answer[: span.start] + made.right + made.answer[span.end :]
    assert mended == answer == made.good


def test_sentences_make_answers_up_to_a_gap() -> None:
    def row(name: str, label: str, text: str) -> dict[str, Any]:
        return {"id": name, "label": label, "hypothesis": text, "premise": EVIDENCE}

    rows = [
        row("lfqa-a-1-0", "supported", "One."),
        row("lfqa-a-1-1", "unsupported", "Two."),
        row("lfqa-a-1-3", "unsupported", "Four."),
        row("lfqa-b-1-0", "supported", "Sole.</s>"),
        row("lfqa-c-1-1", "supported", "Headless."),
    ]
    first, second = join_sentences(rows)
    assert (first["hypothesis"], first["label"], first["spans"]) == (
        "One. Two.", "unsupported", [[5, 9]]
    )  # fmt: skip
    assert (second["id"], second["label"], second["spans"]) == ("lfqa-b-1", "supported", [])
    assert second["hypothesis"] == "Sole."


def run_command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["useful", *arguments])
    useful.main()


def test_command_prints_tables_and_compares_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = tmp_path / "run.jsonl"
    options = ["--curve", "--json", str(lines), "--show", "passed"]
    run_command(monkeypatch, "--quick", "--part", "planted,chat", *options)
    printed = capsys.readouterr().out
    assert "| type | passed, % | restored | removed | blocked | worse |" in printed
    assert "| keep | good twins changed | planted errors shown |" in printed
    assert "Summary, %: planted errors shown" in printed
    rows = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    assert Counter(row["part"] for row in rows).keys() == {"planted", "twin", "chat"}
    rows[0]["outcome"] = "other"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows[:-1]), encoding="utf-8")
    options = ["--part", "planted,chat", "--compare", str(lines), "--policy", "observe"]
    run_command(monkeypatch, "--quick", *options)
    printed = capsys.readouterr().out
    assert f"{rows[0]['group']} {rows[0]['id']}: other -> " in printed
    assert "| chat | not in the other run | 1 |" in printed
    assert "policy observe" in printed


def test_command_runs_on_real_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = str(write_sets(tmp_path))
    run_command(monkeypatch, "--data", data, "--limit", "1", "--part", "good,faulty,edits")
    printed = capsys.readouterr().out
    assert "| set | changed or blocked | blocked | made worse | claims wrongly flagged |" in printed
    assert "| set | shown unchanged | blocked | faulty spans removed or changed |" in printed
    assert "Rule-made errors in good answers" in printed
    for name in SETS:
        assert printed.count(f"| {name} |") == 2


@pytest.mark.parametrize(
    "arguments", [("--part", "best"), ("--part", "good"), ("--policy", "lax"), ("--limit", "none")]
)
def test_command_refuses_what_it_cannot_do(
    arguments: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SystemExit):
        run_command(monkeypatch, *arguments)
    assert "usage:" in capsys.readouterr().err
