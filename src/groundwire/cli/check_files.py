"""``groundwire check FILE...``: the answers in files of a repository, told by file and line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwire.audit.reading import ReadOptions, read_items
from groundwire.cli.check import (
    Request,
    is_flagged,
    make_guard,
    open_retriever,
    read_answer,
    read_turns,
)
from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire.io.rows import Rejected
from groundwire.protocols import Retriever
from groundwire.reports.console import join_line
from groundwire.types import Report, Verdict
from groundwire.verify.reasons import tell_ground

RECORDS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
"""Endings of files with a record for each answer; any other file is one answer."""

BATCH = 32


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer in a file.

    Attributes:
        file: the file.
        line: of its first character, or of its record; 1 where the format has no lines.
        whole: whether the file is the answer, so that its claims have lines of their own.
        history: the conversation before its question.
    """

    file: str
    line: int
    text: str
    question: str | None = None
    evidence: Any = None
    whole: bool = False
    history: Sequence[Any] | None = None

    def find_line(self, verdict: Verdict) -> int:
        """Returns the line of a claim."""
        return self.line + (self.text.count("\n", 0, verdict.claim.start) if self.whole else 0)


def run_check_files(files: Sequence[Path], request: Request, as_json: bool, annotate: bool) -> bool:
    """Checks the answers in files, and prints a line for each claim that is not supported.

    Args:
        files: texts, of which each is one answer, and files of records.
        request: the other options of ``groundwire check``.
        as_json: print a line of JSON for each answer instead.
        annotate: print the lines as commands of GitHub's workflows.

    Returns:
        Whether something was flagged; a record that holds no answer is.

    Raises:
        GroundwireError: if a file, the evidence, the index or the model cannot be used.
    """
    if request.answer is not None or request.answer_file is not None:
        raise InputError("give either files with answers, or --answer or --answer-file")
    for file in files:
        if not file.is_file():
            raise InputError(f"{file} is no file: give files with answers")
    retriever = open_retriever(request)
    guard = make_guard(request)
    count = flagged = 0
    for found in _read(files, request):
        if isinstance(found, Rejected):
            count, flagged = count + 1, flagged + 1
            _say(*_split_place(found.place), f"rejected: {found.cause}", annotate, as_json)
            continue
        for answer, report in _check(guard, retriever, found):
            count, flagged = count + 1, flagged + is_flagged(report)
            _tell(answer, report, annotate, as_json)
    if not as_json:
        print(f"{count} {'answer' if count == 1 else 'answers'}, {flagged} flagged")
    return flagged > 0


def _read(files: Sequence[Path], request: Request) -> Iterator[Rejected | tuple[_Answer, ...]]:
    """The answers in batches, and what is none."""
    waiting: list[_Answer] = []
    for item in _iterate(files, request):
        if isinstance(item, Rejected):
            yield item
            continue
        waiting.append(item)
        if len(waiting) == BATCH:
            yield tuple(waiting)
            waiting = []
    if waiting:
        yield tuple(waiting)


def _iterate(files: Iterable[Path], request: Request) -> Iterator[Rejected | _Answer]:
    for file in files:
        if file.suffix.lower() not in RECORDS:
            text = read_answer(None, file)
            told = read_turns(request.history)
            yield _Answer(str(file), 1, text, request.question, whole=True, history=told)
            continue
        for item in read_items([file], ReadOptions()):
            if isinstance(item, Rejected):
                yield item
            else:
                place = _split_place(item.place)
                asked = item.question or request.question
                yield _Answer(*place, item.answer, asked, item.evidence, history=item.history)


def _check(
    guard: Guard, retriever: Retriever | None, answers: Sequence[_Answer]
) -> Iterator[tuple[_Answer, Report]]:
    reports = guard.check_many(
        [answer.text for answer in answers],
        [answer.evidence or retriever for answer in answers],
        [answer.question for answer in answers],
        [answer.history for answer in answers],
    )
    return zip(answers, reports, strict=True)


def _tell(answer: _Answer, report: Report, annotate: bool, as_json: bool) -> None:
    if as_json:
        place = {"file": answer.file, "line": answer.line}
        print(json.dumps({**place, "report": report.to_dict()}))
        return
    flagged = {id(verdict) for verdict in report.flagged}
    for verdict in report.verdicts:
        if id(verdict) in flagged or verdict.label not in ("supported", "no_claim"):
            _say(answer.file, answer.find_line(verdict), _describe(verdict), annotate, False)


def _describe(verdict: Verdict) -> str:
    ground = tell_ground(verdict)
    said = f"{verdict.label}: {verdict.claim.text}"
    return f"{said} | {ground}" if ground else said


def _say(file: str, line: int, text: str, annotate: bool, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"file": file, "line": line, "error": text}))
    elif annotate:
        name = _escape(file).replace(":", "%3A").replace(",", "%2C")
        print(f"::error file={name},line={line},title=groundwire::{_escape(join_line(text))}")
    else:
        print(f"{join_line(file)}:{line}: {join_line(text)}")


def _escape(text: str) -> str:
    """Text in a command of a workflow, which a line break would end."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _split_place(place: str) -> tuple[str, int]:
    name, _, line = place.rpartition(":")
    return (name, int(line)) if name and line.isdigit() else (place, 1)
