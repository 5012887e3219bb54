"""``groundwire check``: one answer, checked."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundwire.claims.followups import read_history
from groundwire.errors import InputError
from groundwire.io.json_text import parse_strict
from groundwire.policy import POLICIES
from groundwire.protocols import Retriever, Verifier
from groundwire.types import Report

if TYPE_CHECKING:
    from rich.console import Console

    from groundwire.guard.guard import Guard

_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Request:
    """The options of ``groundwire check``."""

    answer: str | None
    answer_file: Path | None
    evidence: tuple[Path, ...] = ()
    index: Path | None = None
    question: str | None = None
    policy: str | None = None
    model: str | None = None
    config: Path | None = None
    group: str | None = None
    history: Path | None = None


def run_check(request: Request, cite: bool, as_json: bool) -> bool:
    """Checks an answer and prints its report.

    Returns:
        Whether something was flagged: changed, blocked, or let through unverified.

    Raises:
        GroundwireError: if the answer, the evidence, the index or the model cannot be used.
    """
    from rich.console import Console

    notes = Console(stderr=True, highlight=False, markup=False)
    answer = read_answer(request.answer, request.answer_file)
    question = None if request.question is None else _argument("--question", request.question)
    with notes.status("Checking the answer"):
        report = _check(request, answer, question, notes)
    if as_json:
        if cite:
            notes.print("note: --cite is for people; the JSON holds every quote", soft_wrap=True)
        print(report.to_json())
    else:
        from groundwire.reports.console import render_report, write_versions

        console = Console(highlight=False)
        console.print(
            render_report(report, cite_sources=cite), "", write_versions(report), sep="\n"
        )
    return is_flagged(report)


def is_flagged(report: Report) -> bool:
    """Whether anything in the answer is not known to be supported."""
    unverified = any(v.label not in ("supported", "no_claim") for v in report.verdicts)
    return unverified or report.decision.action != "pass"


def read_answer(text: str | None, file: Path | None) -> str:
    """Returns the answer: the text itself, standard input for ``-``, or a file.

    Raises:
        InputError: if both or none are given, it is empty, unreadable or not UTF-8.
    """
    if (text is None) == (file is None):
        raise InputError("give the answer either as --answer TEXT (- reads stdin) or --answer-file")
    if file is not None:
        answer, name = _decoded(_bytes(file), str(file)), str(file)
    elif text == "-":
        if sys.stdin.isatty():
            print("reading the answer from standard input; end it with Ctrl-D", file=sys.stderr)
        answer, name = _decoded(sys.stdin.buffer.read(), "the answer on stdin"), "stdin"
    else:
        answer, name = _argument("--answer", text or ""), "--answer"
    if not answer.strip():
        raise InputError(f"the answer is empty ({name}): give a text with something to check")
    return answer


def read_turns(file: Path | None) -> list[Any] | None:
    """Returns the conversation before a question: a JSON list of messages, or lines of them.

    An object with ``messages`` will do as well.

    Raises:
        InputError: if it cannot be read, or holds no list of messages.
    """
    if file is None:
        return None
    text = _decoded(_bytes(file), str(file))
    try:
        try:
            found = parse_strict(text)
        except InputError:
            found = [parse_strict(line) for line in text.splitlines() if line.strip()]
        if isinstance(found, dict):
            found = found.get("messages", [found])
        if isinstance(found, list) and found:
            read_history(found)
            return found
    except InputError as error:
        raise InputError(f"{file}: {error}") from error
    raise InputError(
        f"{file}: holds no conversation: write a JSON list of messages with role and content"
    )


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{file} cannot be read ({why}): give a file with the answer") from error


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not UTF-8 (byte 0x{data[error.start]:02x} at offset {error.start}): "
            "convert it, for example with `iconv -f latin1 -t utf-8`"
        ) from error


def _argument(name: str, value: str) -> str:
    """Refuses an argument whose bytes were no text; Python carries them as surrogates."""
    if found := _UNDECODED.search(value):
        byte = ord(found[0]) - 0xDC00
        raise InputError(f"{name} is not UTF-8 (byte 0x{byte:02x}): convert it, or use a file")
    return value


def _check(request: Request, answer: str, question: str | None, notes: Console) -> Report:
    from groundwire.evidence.load import load_documents

    for path in request.evidence:
        load_documents(path)  # a path that cannot be read is an error at once

    def note(text: str) -> None:
        notes.print(f"note: {text}", soft_wrap=True)

    retriever = open_retriever(request, note)
    if retriever is None:
        note("no evidence was given, so no claim can be checked: add --evidence or --index")
    return make_guard(request).check(answer, retriever, question, read_turns(request.history))


def make_guard(request: Request) -> Guard:
    """Returns the guard that the options ask for; it has no evidence.

    Raises:
        GroundwireError: if options do not go together, or the config or the model cannot be used.
    """
    from groundwire.guard.guard import Guard

    check_config(request.config, request.group, request.policy, request.model)
    if request.config is not None:
        return Guard.from_config(request.config, group=request.group)
    policy = POLICIES[request.policy or "balanced"]
    return Guard(verifier=_verifier(request.model), policy=policy)


def open_retriever(request: Request, note: Callable[[str], None] | None = None) -> Retriever | None:
    """Returns the evidence that the options name.

    Raises:
        GroundwireError: if it cannot be opened.
    """
    from groundwire.evidence.sources import open_sources

    return open_sources(request.evidence, request.index, note)


def check_config(
    config: Path | None, group: str | None, policy: str | None, model: str | None
) -> None:
    """Checks that options go with a config, which states policy and model itself.

    Raises:
        InputError: if they do not.
    """
    if config is None and group is not None:
        raise InputError("--group is for --config: its thresholds are those of a config")
    if config is not None and (policy is not None or model is not None):
        raise InputError(
            "the config states policy and model: leave --policy and --model out, or calibrate with "
            "them"
        )


def _verifier(model: str | None) -> Verifier | None:
    if model is None:
        return None
    from groundwire.verify.presets import load_verifier

    return load_verifier(model)
