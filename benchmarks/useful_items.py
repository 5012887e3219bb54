"""Items of ``benchmarks.useful``: texts to check, and what is known of them.

Answers of real systems come from the files of ``SETS``, outside of the project; the other items
from ``planted.jsonl``, ``short_answers.jsonl`` and ``chat_turns.jsonl`` beside this module.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from groundwire.evaluate.corruptions import NAME, corrupt_sentence
from groundwire.io.jsonl import read_lines
from groundwire.text.blocks import find_sentences
from groundwire.types import Span

FOLDER = Path(__file__).parent
SETS = ("ares", "qa_feedback", "quintd", "ragtruth_train_answers", "lfqa", "expertqa")
PARTS = ("good", "faulty", "edits", "planted", "short", "chat")
SEED = 0
QUICK = 3
"""Items at each end of a committed file that are taken in quick mode."""
END = "</s>"
"""What one system of lfqa leaves at the end of its answers; no reader would be shown it."""
SENTENCES_ONLY = frozenset({"expertqa"})
"""Sets that label single claims, each with passages of its own; others have whole answers."""


@dataclass(frozen=True)
class Item:
    """A text to check, and what is known of it.

    Attributes:
        part: one of ``PARTS``, or ``twin``.
        group: its set, type or kind: a row of the table.
        id: stable from run to run.
        source: what it was made from; items of one source are drawn together.
        answer: the text.
        evidence: as ``Guard.check`` takes it.
        question: what was asked, if anything was.
        spans: characters at fault; for chat, the words that state a fact.
        right: what stands in the place of a planted error in the good answer.
        good: the answer without its planted error.
    """

    part: str
    group: str
    id: str
    source: str
    answer: str
    evidence: Any = None
    question: str | None = None
    spans: tuple[Span, ...] = ()
    right: str = ""
    good: str = ""


def read_answers(path: Path, whole: bool = True) -> list[tuple[Item, bool]]:
    """Reads a set: whole answers where it has them, and whether each is faithful.

    Args:
        path: the file, named after the set.
        whole: leave single sentences out, unless the set is one of ``SENTENCES_ONLY``; there are
            sets whose answers are sentences.
    """
    name = path.name.split(".")[0]
    rows = [row for _, row in read_lines(path)]
    if name == "lfqa":
        rows = join_sentences(rows)
    found = []
    for row in rows:
        if whole and row.get("unit") == "sentence" and name not in SENTENCES_ONLY:
            continue
        answer = row.get("response") or row["hypothesis"]
        good = row["label"] == "supported"
        spans = tuple(Span(start, end) for start, end in row.get("spans") or ())
        # The files of answers name no source; there it is what stands before the system's name.
        source = row.get("group") or row["id"].split("/")[0]
        evidence = row.get("source") or row["premise"]
        item = Item(
            "good" if good else "faulty", name, f"{name}/{row['id']}", source, answer, evidence,
            row.get("question") or None, spans,
        )  # fmt: skip
        found.append((item, good))
    return found


def join_sentences(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the answers that sentences come from, up to the first that has no label.

    Sentences without a majority among the annotators are not in the file. An answer is supported
    if all of its sentences are; otherwise those that are not are its spans.
    """
    answers: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for row in rows:
        name, _, place = row["id"].rpartition("-")
        answers[name][int(place)] = row
    out = []
    for name, sentences in answers.items():
        text, spans = "", []
        for place in range(len(sentences)):
            if place not in sentences:
                break
            sentence = sentences[place]["hypothesis"].removesuffix(END)
            text = f"{text} {sentence}" if text else sentence
            if sentences[place]["label"] != "supported":
                spans.append([len(text) - len(sentence), len(text)])
        if text:
            label = "unsupported" if spans else "supported"
            row = {**sentences[0], "id": name, "unit": "answer", "hypothesis": text}
            out.append({**row, "label": label, "spans": spans})
    return out


def draw_answers(data: Path, limit: int) -> list[Item]:
    """Returns up to ``limit`` good and as many faulty answers of each set, the same each time."""
    drawn = []
    for name in SETS:
        found = read_answers(next(data.glob(f"{name}.jsonl*")))
        for wanted in (True, False):
            items = [item for item, good in found if good is wanted]
            drawn += random.Random(SEED).sample(items, min(limit, len(items)))
    return drawn


def make_edits(items: Iterable[Item]) -> list[Item]:
    """Returns good answers with one sentence of each changed by a rule, where one applies."""
    out = []
    for item in items:
        rng = random.Random(f"{SEED}/{item.id}")
        evidence = str(item.evidence)
        names = sorted({match.group() for match in NAME.finditer(evidence)})
        sentences = list(find_sentences(item.answer))
        rng.shuffle(sentences)
        for start, end in sentences:
            made = corrupt_sentence(item.answer[start:end], names, (), rng, most=1)
            if not made:
                continue
            edit = made[0]
            # An edit that takes words out marks the words around the gap.
            first, last = (
                (edit.start, edit.end)
                if edit.start < edit.end
                else widen_gap(edit.text, edit.start)
            )
            answer = item.answer[:start] + edit.text + item.answer[end:]
            span = Span(start + first, start + last)
            right = item.answer[span.start : span.end + len(item.answer) - len(answer)]
            out.append(
                replace(
                    item, part="edits", group=edit.kind, id=f"edit/{item.id}", answer=answer,
                    spans=(span,), right=right, good=item.answer,
                )
            )  # fmt: skip
            break
    return out


def widen_gap(text: str, at: int) -> tuple[int, int]:
    """Returns the words on both sides of a place in a text."""
    before = text.rfind(" ", 0, max(0, at - 1)) + 1
    after = text.find(" ", at + 1)
    return before, len(text) if after < 0 else after


def read_planted(path: Path) -> list[Item]:
    """Reads the planted errors, and each good answer once."""
    out: dict[str, Item] = {}
    for _, row in read_lines(path):
        common = {"source": row["source"], "evidence": row["evidence"]}
        question, good = row.get("question"), row["good"]
        twin = Item("twin", "good twins", row["source"], answer=good, question=question, **common)
        out.setdefault(twin.id, twin)
        out[row["id"]] = Item(
            "planted", row["type"], row["id"], answer=row["planted"], question=question,
            spans=(Span(*row["span"]),), right=row["right"], good=good, **common,
        )  # fmt: skip
    return list(out.values())


def read_short(path: Path) -> list[Item]:
    """Reads the right and the wrong short answers."""
    return [
        Item("short", side, f"{row['id']}/{side}/{place}", row["id"], text, row["passage"],
             row["question"])
        for _, row in read_lines(path)
        for side in ("right", "wrong")
        for place, text in enumerate(row[side])
    ]  # fmt: skip


def read_chat(path: Path) -> list[Item]:
    """Reads the chat turns; where one holds a fact, its span is that of the words of the fact."""
    out = []
    for _, row in read_lines(path):
        spans: tuple[Span, ...] = ()
        if row["holds_fact"]:
            start = row["text"].index(row["fact"])
            spans = (Span(start, start + len(row["fact"])),)
        out.append(
            Item("chat", row["kind"], row["id"], row["id"], row["text"], row.get("evidence"),
                 row.get("question"), spans)
        )  # fmt: skip
    return out


def collect_items(
    parts: Sequence[str], data: Path | None, limit: int, quick: bool = False
) -> list[Item]:
    """Returns the items of the parts."""
    items: list[Item] = []
    if data is not None and not quick:
        drawn = draw_answers(data, limit)
        made = make_edits(item for item in drawn if item.part == "good")
        items = [item for item in [*drawn, *made] if item.part in parts]
    files: tuple[tuple[str, Callable[[Path], list[Item]], str], ...] = (
        ("planted", read_planted, "planted.jsonl"),
        ("short", read_short, "short_answers.jsonl"),
        ("chat", read_chat, "chat_turns.jsonl"),
    )
    for part, read, name in files:
        if part in parts:
            found = read(FOLDER / name)
            items += found[:QUICK] + found[-QUICK:] if quick else found
    return items
