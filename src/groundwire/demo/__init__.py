"""Demo stories: three documents, each with a question and a model's answer.

They are data, in ``stories.toml`` beside this file; nothing in them says how a check ends.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundwire.errors import FormatError, InputError
from groundwire.types import Report

if TYPE_CHECKING:
    from groundwire.evidence.documents import Document
    from groundwire.guard.guard import Guard

FOLDER = Path(__file__).parent
"""Where the stories and their documents lie."""


@dataclass(frozen=True, slots=True)
class Story:
    """A question, a document that answers it, and what a model answered.

    Attributes:
        title: what the story shows, in a few words.
        about: one sentence for the reader.
        evidence: name of the document, a file beside the stories.
        question: what was asked.
        answer: what the model said.
    """

    title: str
    about: str
    evidence: str
    question: str
    answer: str

    def documents(self) -> list[Document]:
        """Reads the document; its source is its bare name.

        Raises:
            DocumentError: if it cannot be read.
        """
        from groundwire.evidence.load import load_documents

        found = load_documents(FOLDER / self.evidence)
        return [replace(document, source=self.evidence) for document in found]

    def check(self, guard: Guard) -> Report:
        """Runs the guard on the answer."""
        return guard.check(self.answer, self.documents(), self.question)


def read_stories(text: str) -> list[Story]:
    """Reads stories from TOML: one ``[[story]]`` table each, with the fields of ``Story``.

    Raises:
        FormatError: if it is no TOML, holds no story, or a story lacks a field or has another.
    """
    try:
        rows = tomllib.loads(text).get("story")
    except tomllib.TOMLDecodeError as error:
        raise FormatError(f"the stories are no TOML: {error}") from error
    if not isinstance(rows, list) or not rows:
        raise FormatError("there is no [[story]]: write at least one")
    return [_story(row, number) for number, row in enumerate(rows, start=1)]


def _story(row: Any, number: int) -> Story:
    names = [field.name for field in fields(Story)]
    whole = isinstance(row, Mapping) and sorted(row) == sorted(names)
    if not whole or not all(isinstance(value, str) and value.strip() for value in row.values()):
        raise FormatError(f"story {number} needs exactly these texts: {', '.join(names)}")
    if Path(row["evidence"]).name != row["evidence"]:
        raise FormatError(f"story {number}: evidence is {row['evidence']!r}: give a bare file name")
    return Story(**row)


def load_stories() -> list[Story]:
    """Returns the stories that ship with groundwire, in order."""
    return read_stories((FOLDER / "stories.toml").read_text(encoding="utf-8"))


def pick_stories(number: int | None) -> list[tuple[int, Story]]:
    """Returns all stories with their numbers, or one of them.

    Args:
        number: from 1, or None for all.

    Raises:
        InputError: if there is no such story.
    """
    numbered = list(enumerate(load_stories(), start=1))
    if number is None:
        return numbered
    if not 1 <= number <= len(numbered):
        raise InputError(f"there is no story {number}: choose one from 1 to {len(numbered)}")
    return [numbered[number - 1]]
