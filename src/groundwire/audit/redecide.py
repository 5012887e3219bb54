"""Another policy on stored verdicts: no model, seconds.

Labels and scores are what they were; which claims are flagged, the action and its reason are
decided anew. What could be shown follows only as far as no model is needed:

- ``pass``: ``text`` is the answer, with its own verdicts.
- ``block``: ``text`` is the guard's message.
- ``rewrite``: the stored rewriting stands if it repaired the same claims and each of its own
  verdicts passes. Else a repair would have to be written and verified, so ``text`` is empty, there
  are no edits, and the reason says so (``NOT_REWRITTEN``). Such an answer might in the end be
  blocked, where nothing that could be checked would be left of it.

With the policy that the audit was made with, every record stays what it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from groundwire._version import __version__
from groundwire.audit.hash_chain import Chain, hash_record, start_chain
from groundwire.audit.manifest import (
    REJECTED,
    REPORTS,
    VERDICTS,
    check_folder,
    describe_policy,
    read_manifest,
    select_identity,
)
from groundwire.audit.records import Record
from groundwire.audit.shards import Paths, open_parts, write_end
from groundwire.errors import InputError
from groundwire.guard import stages as closed
from groundwire.guard.messages import choose_message
from groundwire.io.atomic import explain_full_disk, lock_folder
from groundwire.protocols import Policy, read_name
from groundwire.types import Decision, Report

NOT_REWRITTEN = "Its text was not rewritten anew: that needs the model."


def redecide_audit(output: Path, policy: Policy, destination: Path) -> dict[str, Any]:
    """Writes an audit as it would be with another policy, complete, with a chain of its own.

    Args:
        output: folder of a finished audit.
        policy: what may pass.
        destination: a new or empty folder.

    Returns:
        The manifest; ``redecided`` in it names the head of the audit that it was made from.

    Raises:
        InputError: if a folder cannot be used, or the chain of the audit is broken.
        GroundwireError: if there is no space left.
    """
    manifest = read_manifest(output)
    check_folder(destination, resume=False)
    plan = _plan(manifest, policy)
    same = describe_policy(policy) == manifest["policy"]
    with explain_full_disk(destination):
        destination.mkdir(parents=True, exist_ok=True)
    names = (REPORTS, VERDICTS, REJECTED)
    with lock_folder(destination):
        chain = Chain(start_chain(plan))
        with open_parts(Paths(*(destination / name for name in names))) as files:
            for record in _linked(output, manifest):
                files.add(chain.link(record if same else redecide_record(record, policy)))
            with (output / REJECTED).open("rb") as lines:
                for line in lines:
                    files.reject(json.loads(line))
        files.counts.repeated = manifest["counts"].get("repeated", 0)
        return write_end(destination, plan, chain, files.counts)


def _plan(manifest: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    settings = describe_policy(policy)
    source = {"head": manifest["chain"]["head"], "groundwire": manifest["versions"]["groundwire"]}
    return {
        **select_identity(manifest),
        "versions": {
            **manifest["versions"], "policy": settings["name"], "groundwire": __version__,
        },
        "policy": settings,
        "redecided": {**source, "policy": manifest["policy"]},
    }  # fmt: skip


def _linked(output: Path, manifest: Mapping[str, Any]) -> Iterator[Record]:
    """Reads the records of an audit, its chain checked."""
    previous, count = manifest["chain"]["first"], 0
    with (output / REPORTS).open("rb") as file:
        for count, line in enumerate(file, 1):
            try:
                record = json.loads(line)
                good = record["previous"] == previous and hash_record(record) == record["hash"]
            except (ValueError, KeyError, TypeError, RecursionError):
                good = False
            if not good:
                _broken(output, count)
            previous = record["hash"]
            yield record
    if previous != manifest["chain"]["head"] or count != manifest["chain"]["count"]:
        _broken(output, count)


def _broken(output: Path, line: int) -> None:
    raise InputError(
        f"{output / REPORTS}:{line} is not as it was written; `groundwire audit verify {output}` "
        "says more"
    )


def redecide_record(record: Record, policy: Policy) -> Record:
    """Returns a record as a policy decides it; its chain is left as it was.

    Raises:
        FormatError: if its report cannot be read.
    """
    report = Report.from_dict(record["report"])
    decision = closed.decide_action(policy, report.verdicts)
    name = read_name(policy)
    made = replace(
        report,
        versions={**report.versions, "policy": name},
        **_shown(report, decision, policy),
    )
    return {**record, "report": made.to_dict()}


def _shown(report: Report, decision: Decision, policy: Policy) -> dict[str, Any]:
    """The decision, and what may be shown after it."""
    if decision.action == "pass":
        return {"decision": decision, "text": report.answer, "text_verdicts": report.verdicts}
    if decision.action == "block":
        blocked = report.decision.action == "block"
        said = report.text if blocked else choose_message(report.question, report.answer)
        text = said if report.answer else ""  # an audit without text stays one
        return {"decision": decision, "text": text, "text_verdicts": ()}
    stands = (
        report.decision.action == "rewrite"
        and bool(report.text_verdicts)
        and report.decision.flagged == decision.flagged
        and closed.decide_action(policy, report.text_verdicts).action == "pass"
    )
    if stands:
        edits = report.decision.edits
        return {"decision": replace(decision, edits=edits)}
    return {
        "decision": replace(decision, reason=f"{decision.reason} {NOT_REWRITTEN}"),
        "text": "",
        "text_verdicts": (),
    }
