"""``groundwire mcp`` and ``groundwire hook``: what coding assistants and agents call."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundwire.cli.audit import PolicyName
from groundwire.errors import InputError

if TYPE_CHECKING:
    from groundwire.guard.guard import Guard
    from groundwire.types import Verdict

CLEAN, FAULTY = 0, 2
"""Exit codes of a hook: with 2, an assistant reads what stands on stderr and goes on."""

Sources = Annotated[
    list[Path] | None,
    typer.Option(
        "--evidence", metavar="PATH", help="A file or folder of evidence; may be repeated."
    ),
]
Index = Annotated[
    Path | None, typer.Option(metavar="DIR", help="An index that `groundwire index` made.")
]
Policy = Annotated[PolicyName, typer.Option(help="What may pass.")]
Model = Annotated[
    str | None,
    typer.Option(metavar="MODEL", help="Another verifier: a preset, a folder or a cached hub id."),
]


def mcp(
    evidence: Sources = None,
    index: Index = None,
    policy: Policy = PolicyName.balanced,
    model: Model = None,
) -> None:
    """Check answers for agents, by the Model Context Protocol over stdin and stdout.

    Its tools are check_answer and find_evidence. Evidence comes with a call, or is that of
    --evidence and --index.
    """
    if importlib.util.find_spec("mcp") is None:
        raise InputError("mcp is not installed: pip install 'groundwire[mcp]'")
    from groundwire.serve.mcp import make_mcp_server

    make_mcp_server(_make_guard(evidence, index, policy, model)).run("stdio")


def hook(
    evidence: Sources = None,
    index: Index = None,
    policy: Policy = PolicyName.balanced,
    model: Model = None,
    contradicted: Annotated[
        bool,
        typer.Option("--contradicted", help="Tell only of what the evidence says otherwise."),
    ] = False,
) -> None:
    """Check the last message of a coding assistant that ends its turn (a Stop hook).

    Reads the hook's JSON on stdin. Exit code 2 with the faulty claims on stderr, so that the
    assistant corrects them; 0 if nothing is wrong, or it was told once already.
    """
    raise typer.Exit(
        run_hook(sys.stdin.buffer.read(), evidence, index, policy, model, contradicted)
    )


def run_hook(
    given: bytes,
    evidence: list[Path] | None,
    index: Path | None,
    policy: PolicyName,
    model: str | None,
    contradicted: bool,
) -> int:
    """Checks the message of a hook and tells what is wrong on stderr.

    Returns:
        The exit code.

    Raises:
        GroundwireError: if the hook's JSON, the evidence or the model cannot be used; that ends
            with 2 as well, since nothing was checked.
    """
    event = _read_object(given)
    if event.get("stop_hook_active") is True:
        return CLEAN
    message, question = _read_turn(event)
    if not message.strip():
        return CLEAN
    if not evidence and index is None:
        raise InputError("there is nothing to check against: give --evidence or --index")
    report = _make_guard(evidence, index, policy, model).check(message, question=question)
    faulty = [v for v in report.flagged if not contradicted or v.label == "contradicted"]
    if not faulty:
        return CLEAN
    lines = [f"{len(faulty)} of your claims do not hold against the evidence. Correct them:"]
    print("\n".join([*lines, *map(_tell, faulty)]), file=sys.stderr)
    return FAULTY


def _make_guard(
    evidence: list[Path] | None, index: Path | None, policy: PolicyName, model: str | None
) -> Guard:
    from groundwire.evidence.sources import open_sources
    from groundwire.guard.guard import Guard
    from groundwire.policy import POLICIES
    from groundwire.verify.presets import load_verifier

    return Guard(
        verifier=None if model is None else load_verifier(model),
        retriever=open_sources(evidence or (), index),
        policy=POLICIES[policy.value],
    )


def _tell(verdict: Verdict) -> str:
    from groundwire.reports.console import join_line
    from groundwire.verify.reasons import tell_ground

    ground = tell_ground(verdict)
    said = f"- {verdict.label}: {verdict.claim.text}"
    return join_line(f"{said} | {ground}" if ground else said)


def _read_turn(event: Mapping[str, Any]) -> tuple[str, str | None]:
    """The assistant's last message, and what the user asked before it."""
    message = event.get("last_assistant_message")
    path = event.get("transcript_path")
    said = _read_transcript(Path(path)) if isinstance(path, str) and path else []
    if not isinstance(message, str):
        if not said:
            raise InputError(
                "the hook's JSON has neither last_assistant_message nor a transcript_path that "
                "can be read: set the command up as a Stop hook"
            )
        message = next((text for role, text in reversed(said) if role == "assistant"), "")
    question = next((text for role, text in reversed(said) if role == "user"), None)
    return message, question


def _read_transcript(path: Path) -> list[tuple[str, str]]:
    """Who said what, of a transcript with one JSON object a line; other lines say nothing."""
    from groundwire.audit.formats.messages import is_chat, read_turns

    try:
        lines = path.expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    said = []
    for line in lines:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        inner = entry.get("message", entry) if isinstance(entry, dict) else None
        if is_chat([inner]):
            said += [(turn.role, turn.text) for turn in read_turns([inner]) if turn.text]
    return said


def _read_object(given: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(given)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"stdin is no JSON ({error!s:.80}): set the command up as a Stop hook"
        ) from error
    if not isinstance(event, dict):
        raise InputError("stdin is no JSON object: set the command up as a Stop hook")
    return event
