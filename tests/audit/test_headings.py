"""Headings of tables that people made: which are understood, and which are asked for."""

from __future__ import annotations

import pytest

from groundwire.audit.formats.headings import match_heading, match_headings, split_heading
from groundwire.audit.formats.plain import is_plain, read_answers
from groundwire.errors import InputError
from groundwire.io.rows import Row


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("User message", "question"),
        ("Customer question", "question"),
        ("user_query", "question"),
        ("Prompt text", "question"),
        ("Bot reply", "answer"),
        ("assistantMessage", "answer"),
        ("AI Output", "answer"),
        ("Final answer", "answer"),
        ("LLM-Response", "answer"),
        ("Retrieved context", "contexts"),
        ("Source documents", "contexts"),
        ("RAG chunks", "contexts"),
        ("Answer rating", None),
        ("Expected answer", None),
        ("Response time", None),
        ("Question ID", None),
        ("Model", None),
        ("User", None),
        ("Message", None),
        ("User reply to bot", None),
        ("Question and answer", None),
        ("", None),
        ("!?", None),
    ],
)
def test_headings_are_matched_by_meaning(heading: str, part: str | None) -> None:
    assert match_heading(heading) == part


def test_words_of_a_heading() -> None:
    assert split_heading("userMessage") == split_heading("User message") == ["user", "message"]
    found = match_headings(["Bot reply", "User message", "Retrieved context", "Other docs"])
    assert found["answer"] == ["Bot reply"] and found["contexts"] == ["Retrieved context"]


def test_a_row_under_such_headings() -> None:
    data = {
        "Date": "2026-01-02", "User message": "How heavy?", "Bot reply": "64 kg.",
        "Retrieved context": "The pump weighs 64 kg.", "Answer rating": 4,
    }  # fmt: skip
    assert is_plain(data)
    (item,) = read_answers([Row("a.csv:2", data)])
    assert (item.question, item.answer) == ("How heavy?", "64 kg.")
    assert item.evidence == ("The pump weighs 64 kg.",)
    assert dict(item.fields) == {"Date": "2026-01-02", "Answer rating": 4}


def test_usual_names_come_first() -> None:
    (item,) = read_answers([Row("a:1", {"answer": "One.", "Bot reply": "Two."})])
    assert item.answer == "One."


def test_what_may_be_either_is_asked_for() -> None:
    with pytest.raises(InputError, match="'Bot reply' and 'AI output' may each be the answer"):
        read_answers([Row("a:1", {"Bot reply": "One.", "AI output": "Two."})])
    with pytest.raises(InputError, match="--map answer=FIELD"):
        read_answers([Row("a:1", {"Q": "One?", "Text": "Two."})])
