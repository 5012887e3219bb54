"""Chats whose records hold the conversation so far: each answer counts once."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.audit.items import Item
from groundwire.audit.reading import REPEATED, ReadOptions, Told, read_files
from groundwire.errors import InputError

TURNS = [("user", "Hi?"), ("assistant", "Hello!"), ("user", "How heavy?"),
         ("assistant", "64 kg."), ("user", "How tall?"), ("assistant", "2 m.")]  # fmt: skip


def chat(count: int, **more: Any) -> dict[str, Any]:
    """The first messages of the conversation as a record."""
    messages = [{"role": role, "content": text} for role, text in TURNS[:count]]
    return {"messages": messages, **more}


def read(path: Path, *records: dict[str, Any], **options: Any) -> tuple[list[str], int]:
    """The answers that are read, and how many came again."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    counts: Counter[str] = Counter()
    found = list(read_files([str(path)], ReadOptions(**options), counts=counts))
    return [one.answer for one in found if isinstance(one, Item)], counts[REPEATED]


@given(order=st.permutations([2, 4, 6]))
def test_histories_are_the_same_answers_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    path = tmp_path_factory.mktemp("chat") / "chat.jsonl"
    answers, repeated = read(path, *(chat(count) for count in order))
    assert sorted(answers) == ["2 m.", "64 kg.", "Hello!"]
    assert repeated == 3


def test_two_conversations_that_end_alike_are_two(tmp_path: Path) -> None:
    assert read(tmp_path / "a.jsonl", chat(2), chat(2)) == (["Hello!", "Hello!"], 0)


def test_conversations_with_other_names_are_apart(tmp_path: Path) -> None:
    rows = [chat(4, conversation_id="x"), chat(4, conversation_id="y"), chat(6, chat_id="x")]
    answers, repeated = read(tmp_path / "a.jsonl", *rows)
    assert Counter(answers) == {"Hello!": 2, "64 kg.": 2, "2 m.": 1} and repeated == 2


def test_the_last_answer_alone(tmp_path: Path) -> None:
    answers, repeated = read(tmp_path / "a.jsonl", chat(2), chat(4), chat(6), turns="last")
    assert (answers, repeated) == (["Hello!", "64 kg.", "2 m."], 0)
    with pytest.raises(InputError, match="turns is 'first'"):
        ReadOptions(turns="first")  # type: ignore[arg-type]


def test_answers_of_no_conversation_are_never_repeats() -> None:
    told = Told()
    assert not told.has_counted(Item("a", "Yes.")) and not told.has_counted(Item("a", "Yes."))
