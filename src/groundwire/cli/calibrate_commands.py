"""``groundwire calibrate``: from labeled answers to a config with a promise."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from groundwire.audit.records import format_count
from groundwire.errors import InputError
from groundwire.reports.console import join_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from groundwire.audit.labeled_answers import Disagreement, LabeledAnswer
    from groundwire.evaluate.guarantee import LabeledScore
    from groundwire.guard.config import GuardConfig, Promise, Target
    from groundwire.types import Verdict

_NOUNS = {"claims": "claims", "answers": "answers", "good": "answers"}

_MOST_TOLD = 5
"""Labels that the checker disagrees with which are listed, at most."""


@dataclass(frozen=True, slots=True)
class Request:
    """The options of ``groundwire calibrate``."""

    labels: Path
    output: Path
    risk: float = 0.1
    confidence: float = 0.9
    target: str | None = None
    audit: Path | None = None
    evidence: tuple[Path, ...] = ()
    index: Path | None = None
    group: str | None = None
    cluster: str | None = None
    policy: str = "balanced"
    model: str | None = None
    seed: int = 0


def run_calibrate(request: Request, as_json: bool) -> bool:
    """Calibrates a guard on labels, writes its config and says what it promises.

    Returns:
        Whether anything can be promised.

    Raises:
        GroundwireError: if the labels, the evidence or the model cannot be used.
    """
    from groundwire.audit.labeled_answers import (
        find_disagreements,
        pair_scores,
        read_labeled,
        score_labeled,
    )
    from groundwire.evaluate.guarantee import check_terms, choose_by_group, choose_threshold
    from groundwire.guard.config import GuardConfig, write_config
    from groundwire.verify.recalibration import learn_scale

    check_terms(request.risk, request.confidence, request.target or "claims")
    if not request.output.parent.is_dir():
        raise InputError(f"{request.output.parent}: no such folder; make it first")
    answers = read_labeled(request.labels, request.audit, request.group, request.cluster)
    if len({answer.faithful for answer in answers}) < 2:
        said = "faithful" if answers[0].faithful else "hallucinated"
        raise InputError(
            f"{request.labels}: all {len(answers)} answers are labeled {said}: label answers of "
            "the other kind, too, as one kind alone tells nothing of a threshold"
        )
    verdicts, version = _check(request, answers)
    target, notes = _choose_target(request, answers, verdicts)
    scored = score_labeled(answers, verdicts, target)
    terms = (request.risk, request.confidence, target, request.seed)
    config = GuardConfig(
        version, choose_threshold(scored, *terms), learn_scale(*pair_scores(answers, verdicts)),
        request.policy, request.model, choose_by_group(scored, *terms),
    )  # fmt: skip
    write_config(config, request.output)
    kept = sum(item.score >= 0.5 for item in scored) / len(scored)
    disagreed = find_disagreements(answers, verdicts)
    if as_json:
        print(json.dumps(_to_dict(config, kept, request, notes, disagreed, len(answers))))
    else:
        _say(config, kept, request, notes, scored, disagreed, len(answers))
    return config.promise.promised


def _check(
    request: Request, answers: Sequence[LabeledAnswer]
) -> tuple[list[Sequence[Verdict]], str]:
    """The verdicts on the answers, and the version of the verifier that gave them."""
    from groundwire.audit.guards import GuardOf
    from groundwire.audit.labeled_answers import check_labeled
    from groundwire.cli.progress import show_progress
    from groundwire.protocols import read_version

    guard = GuardOf(request.evidence, request.index, "observe", request.model)()
    unread = [answer for answer in answers if answer.report is None]
    if guard.retriever is None:
        for answer in unread:
            if answer.evidence is None:
                raise InputError(
                    f"{answer.place}: it has no evidence: give it in the row, or for all rows with "
                    "--evidence or --index"
                )
    versions = {a.report.versions.get("verifier", "") for a in answers if a.report is not None}
    if unread:
        versions.add(read_version(guard.verifier))
    if len(versions) > 1:
        raise InputError(
            f"the labels belong to several verifiers ({', '.join(sorted(versions)):.200}): "
            "calibrate each on its own labels"
        )
    with show_progress(len(unread)) as progress:
        return check_labeled(answers, guard, progress), versions.pop()


def _choose_target(
    request: Request, answers: Sequence[LabeledAnswer], verdicts: Sequence[Sequence[Verdict]]
) -> tuple[Target, list[str]]:
    """What is promised: by default of claims, where the labels tell of each, or else of answers."""
    from groundwire.audit.labeled_answers import has_claim_labels
    from groundwire.guard.config import TARGETS

    exact = has_claim_labels(answers, verdicts)
    if request.target is None:
        said = "the labels are of whole answers, so the promise is of answers; --target claims "
        said += "counts each claim of a faulty answer as faulty"
        return ("claims", []) if exact else ("answers", [said])
    (target,) = (name for name in TARGETS if name == request.target)
    if target == "claims" and not exact:
        return target, ["where a label is of a whole answer, each of its claims counts as it"]
    return target, []


def _to_dict(
    config: GuardConfig,
    kept: float,
    request: Request,
    notes: Sequence[str],
    disagreed: Sequence[Disagreement],
    answers: int,
) -> dict[str, Any]:
    return {
        **_promise_dict(config.promise),
        "answers": answers,
        "kept_before": round(kept, 6),
        "verifier": config.verifier,
        "scale": asdict(config.scale),
        "groups": {name: _promise_dict(promise) for name, promise in config.groups.items()},
        "notes": list(notes),
        "disagreed": len(disagreed),
        "disagreements": [
            {
                "place": item.answer.place,
                "claim": item.verdict.claim.text,
                "faithful": item.supported,
                "verdict": item.verdict.label,
                "score": item.verdict.score,
                "reason": item.verdict.reason,
            }
            for item in disagreed[:_MOST_TOLD]
        ],
        "output": str(request.output),
    }


def _promise_dict(promise: Promise) -> dict[str, Any]:
    return {"promised": promise.promised, **asdict(promise)}


def _say(
    config: GuardConfig,
    kept: float,
    request: Request,
    notes: Sequence[str],
    scored: Sequence[LabeledScore],
    disagreed: Sequence[Disagreement],
    answers: int,
) -> None:
    promise = config.promise
    noun = _NOUNS[promise.target]
    given = f"{format_count(answers, 'answer')}, " if noun == "claims" else ""
    drawn = f", one of each of {promise.drawn:,} clusters" if promise.drawn < len(scored) else ""
    at_fault = f"{sum(s.fault for s in scored):,} at fault"
    print(f"{given}{len(scored):,} labeled {noun}{drawn}; {at_fault}")
    print(_line(promise))
    if promise.promised:
        print(f"{promise.kept:.1%} of the {noun} pass; {kept:.1%} do at 0.5")
    for name, own in config.groups.items():
        print(join_line(f"group {name}: {_line(own)}"))
    groups = [name for name, own in config.groups.items() if own.promised]
    if groups:
        print("each group's promise holds by itself; --group NAME of `groundwire check` uses it")
    for note in notes:
        print(f"note: {note}")
    for line in _list_disagreements(disagreed):
        print(join_line(line))
    output = join_line(str(request.output))
    if promise.promised:
        print(f"-> {output} (`groundwire check --config {output}`, Guard.from_config)")
    elif groups:
        print(
            f"-> {output} (`groundwire check --config {output} --group {join_line(groups[0])}`; "
            "without a group nothing is promised)"
        )
    else:
        look = "mend labels that are wrong, " if disagreed else ""
        more = "" if promise.needed is None else "label more answers or "
        print(
            f"-> {output} (nothing is promised, and with it a guard decides as without: {look}"
            f"{more}allow a higher --risk, and calibrate again)"
        )


def _list_disagreements(disagreed: Sequence[Disagreement]) -> Iterator[str]:
    """The labels that the checker disagrees with most, a line each."""
    if disagreed:
        answers = len({id(item.answer) for item in disagreed})
        count = format_count(answers, "answer")
        if len(disagreed) > answers:
            count = f"{format_count(len(disagreed), 'claim')} in {count}"
        most = "; the strongest" if len(disagreed) > _MOST_TOLD else ""
        wrong = "(the label or the checker is wrong)"
        yield f"the checker disagrees with the labels of {count} {wrong}{most}:"
    for item in disagreed[:_MOST_TOLD]:
        label = "faithful" if item.supported else "hallucinated"
        verdict = item.verdict
        yield (
            f"- {item.answer.place}: labeled {label}, but {verdict.label} with score "
            f"{verdict.score or 0.0:.2f}: {shorten(verdict.claim.text, 100, placeholder=' ...')}"
        )


def _line(promise: Promise) -> str:
    if promise.promised:
        counted = f"{promise.faults:,} of {promise.shown:,}"
        return (
            f"{promise}: from score {promise.threshold:g} on ({counted} labeled, so at most "
            f"{promise.bound or 0:.1%})"
        )
    if promise.needed is None:
        return f"{promise}; more labels would hardly change that: allow a higher --risk"
    return f"{promise}; about {promise.needed:,} would do, if they are alike"
