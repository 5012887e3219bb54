"""Summary of an audit, ``summary.json``: all figures of one run.

An answer is flagged when at least one of its claims is contradicted or unsupported, whatever the
policy. That is what the checker says, which errs: ``true_rate`` is the range in which the share of
answers that hold a fault lies, by its measured error or, once there are labels, by them. Claims
that are supported with a score below what the policy keeps are told apart as ``low_score``
(``claims``, and ``answers`` that nothing else is wrong with).
Rates are shares of the answers that have a checked claim, and of the checked claims; what could
not be checked is told apart.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from groundwire.audit.figures.checker_error import name_checker
from groundwire.audit.figures.columns import Columns
from groundwire.audit.figures.documents import Documents, NoEvidence, Omitted, tell_repeated_ids
from groundwire.audit.figures.intervals import (
    correct_rate,
    count_flagged,
    draw_rates,
    estimate_rate,
    find_clusters,
)
from groundwire.audit.figures.labels import read_labels
from groundwire.audit.figures.overview import Overview, estimate_truth
from groundwire.audit.figures.slices import choose_test, compute_trend, find_slices
from groundwire.audit.figures.tally import (
    LOW_SCORE,
    Answers,
    Claims,
    Floats,
    Keys,
    bin_scores,
    read_answers,
)
from groundwire.audit.figures.themes import FlaggedClaims, find_themes
from groundwire.audit.records import CAUSES, Record
from groundwire.errors import InputError
from groundwire.evaluate.metrics import Estimate
from groundwire.evidence.embedders import TextEmbedder
from groundwire.io.atomic import write_whole
from groundwire.types import LABELS

VERSION = 1
"""Version of the layout; raised when a key changes its meaning."""


@dataclass(slots=True)
class _Gathered:
    """What one pass over the records leaves."""

    columns: Columns
    documents: Documents = field(default_factory=Documents)
    no_evidence: NoEvidence = field(default_factory=NoEvidence)
    omitted: Omitted = field(default_factory=Omitted)
    overview: Overview = field(default_factory=Overview)
    actions: Counter[str] = field(default_factory=Counter)
    versions: dict[str, set[str]] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        self.columns.add(record["fields"])
        self.documents.add(record)
        self.no_evidence.add(record)
        self.omitted.add(record)
        self.overview.add(record)
        self.actions[record["report"]["decision"]["action"]] += 1
        for name, version in record["report"]["versions"].items():
            self.versions.setdefault(name, set()).add(version)

    def stated(self, name: str) -> str:
        return ", ".join(sorted(self.versions.get(name, ())))

    def checker(self) -> str:
        """The verifier, with its config, which moves the labels that it gives."""
        return name_checker(self.stated("verifier"), self.stated("config"))


def summarize(
    output: Path,
    *,
    labels: Path | None = None,
    time_field: str | None = None,
    slice_fields: Sequence[str] | None = None,
    cluster_field: str | None = None,
    seed: int = 0,
    embedder: TextEmbedder | None = None,
) -> dict[str, Any]:
    """Computes the figures of an audit and writes them to ``summary.json`` in its folder.

    Keys beyond the counts: ``overview`` (files, days, models, and why answers could not be
    checked), ``rate`` (what is flagged, with 95 % intervals), ``true_rate`` (``overview``),
    ``intervals`` (what counts as one
    cluster, and how many there are), ``corrected`` (``intervals``), ``trend`` and
    ``slices`` with ``slice_test`` (``slices``), ``clusters`` with ``clustered`` (``themes``: of
    ``claims`` flagged ones, ``sampled`` were read), ``documents`` and ``document_totals``,
    ``no_evidence``, ``scores`` and ``notes`` (what was left out or is not as it should be, for
    people). A bin of ``scores``
    has the ``count`` of claims and, with labels, ``labeled``: answers whose lowest score lies in
    it, and ``right``: the share of them that people call faithful.

    Args:
        output: the folder of the audit.
        labels: answers that people labeled, as ``read_labels`` reads them; drawn uniformly.
        time_field: field that holds the time of an answer; by default one of ``TIME_FIELDS``.
        slice_fields: fields to slice by; by default all.
        cluster_field: field whose equal values belong together; see ``cluster_keys``.
        seed: of everything that is drawn.
        embedder: for the clusters of claims; by default the embedded model.

    Raises:
        InputError: if the folder, a field or the labels cannot be used.
        FormatError: if the files of the folder do not belong together.
        ModelError: if the embedder cannot be loaded.
    """
    gathered, flagged = _Gathered(Columns(slice_fields, time_field)), FlaggedClaims(seed)
    answers, claims = read_answers(
        output, cluster_field=cluster_field, visitors=[gathered.add],
        batch_visitors=[flagged.add], texts=True,
    )  # fmt: skip
    _check_fields(gathered, answers, time_field, cluster_field)
    keys, by = find_clusters(answers, cluster_field)
    labeled = _with_labels(labels, answers, claims, keys)
    summary = {
        **_counts(output, answers, claims, gathered),
        "overview": gathered.overview.describe(output, gathered.columns.times()),
        "rate": _rates(answers, keys, seed),
        "true_rate": _true_rate(gathered, answers, keys, labeled["corrected"], seed),
        "intervals": {"clusters": len(np.unique(keys)), "by": by, "level": 0.95},
        **_where(gathered, answers, keys, seed),
        "clusters": find_themes(flagged, embedder),
        "clustered": {"claims": flagged.total, "sampled": len(flagged.drawn)},
        "documents": gathered.documents.rows(),
        "document_totals": gathered.documents.totals(),
        "no_evidence": gathered.no_evidence.to_dict(),
        **labeled,
        "notes": _notes(gathered, answers),
    }
    tidy: dict[str, Any] = _tidy(summary)
    text = json.dumps(tidy, sort_keys=True, indent=1, allow_nan=False)
    write_whole(output / "summary.json", f"{text}\n".encode())
    return tidy


def _check_fields(
    gathered: _Gathered, answers: Answers, time_field: str | None, cluster_field: str | None
) -> None:
    if not len(answers):
        raise InputError("reports.jsonl has no answer: there is nothing to summarize")
    missing = gathered.columns.missing()
    if missing:
        raise InputError(f"no answer has the field {missing[0]!r}: slice by one that they have")
    if cluster_field is not None and not answers.fields.any():
        raise InputError(f"no answer has the field {cluster_field!r}: cluster by another one")
    if time_field is not None and gathered.columns.times() is None:
        raise InputError(
            f"no answer has a time in the field {time_field!r}: "
            "use ISO 8601 dates or seconds since 1970"
        )


def _counts(output: Path, answers: Answers, claims: Claims, gathered: _Gathered) -> dict[str, Any]:
    unchecked, low = answers.unchecked > 0, (answers.low > 0) & (answers.wrong == 0)
    named = dict.fromkeys((*CAUSES, LOW_SCORE))
    return {
        "version": VERSION,
        "answers": len(answers),
        "claims": claims.total,
        "rejected": _lines(output / "rejected.jsonl"),
        "labels": {label: claims.labels[label] for label in LABELS},
        "actions": dict(gathered.actions),
        "causes": {cause: claims.causes[cause] for cause in named if claims.causes[cause]},
        "low_score": {"answers": int(low.sum()), "claims": int(answers.low.sum())},
        "unchecked": {
            "answers": int(unchecked.sum()),
            "claims": int(answers.unchecked.sum()),
            "wholly": int((unchecked & (answers.checked == 0)).sum()),
        },
        "versions": {name: gathered.stated(name) for name in gathered.versions},
        "policy": gathered.stated("policy"),
    }


def _lines(path: Path) -> int:
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())


def _rates(answers: Answers, keys: Keys, seed: int) -> dict[str, Any]:
    checked, wrong = count_flagged(answers)
    tries = {"answers": checked.astype(np.int64), "claims": answers.checked.astype(np.int64)}
    hits = {"answers": wrong.astype(np.int64), "claims": answers.wrong.astype(np.int64)}
    return {
        name: {
            **_interval(estimate_rate(hits[name], tries[name], keys, seed)),
            "n": int(tries[name].sum()),
        }
        for name in ("answers", "claims")
    }


def _true_rate(
    gathered: _Gathered,
    answers: Answers,
    keys: Keys,
    corrected: dict[str, Any] | None,
    seed: int,
) -> dict[str, Any]:
    checked, wrong = count_flagged(answers)
    drawn = None
    if checked.any():
        drawn = draw_rates(wrong.astype(np.int64), checked.astype(np.int64), keys, seed)
    return estimate_truth(drawn, gathered.checker(), int(checked.sum()), corrected, seed)


def _interval(found: Estimate) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}


def _where(gathered: _Gathered, answers: Answers, keys: Keys, seed: int) -> dict[str, Any]:
    """Trend and slices, over the answers that were checked."""
    checked, wrong = count_flagged(answers)
    rows, wrong, keys = answers.rows[checked], wrong[checked], keys[checked]
    times = gathered.columns.times()
    cuts = {
        name: (values, places[rows])
        for name, (values, places) in gathered.columns.slices().items()
        if times is None or name != times[0]
    }
    return {
        "trend": [] if times is None else compute_trend(times[1][rows], wrong, keys, seed),
        "time_field": None if times is None else times[0],
        "slices": find_slices(cuts, wrong, keys, seed),
        "slice_test": choose_test(keys),
    }


def predict_faults(answers: Answers) -> Floats:
    """Returns what the verifier says of each checked answer: one less its lowest score.

    An answer without a score is 1 or 0, as it counts. Shape: ``[checked answers]``.
    """
    checked, wrong = count_flagged(answers)
    risk = 1 - answers.lowest[checked].astype(np.float64)
    return np.where(np.isnan(risk), wrong[checked], np.clip(risk, 0, 1))


def _with_labels(
    labels: Path | None, answers: Answers, claims: Claims, keys: Keys
) -> dict[str, Any]:
    bins: list[dict[str, Any]] = [
        {"low": at / 10, "high": (at + 1) / 10, "count": int(count)}
        for at, count in enumerate(claims.bins)
    ]
    if labels is None:
        return {"corrected": None, "scores": {"bins": bins}}
    at, truth = read_labels(labels, answers)
    checked = answers.checked > 0
    used = checked[at]
    place = np.cumsum(checked) - 1
    found = correct_rate(
        truth[used].astype(np.float64), place[at[used]], predict_faults(answers), keys[checked]
    )
    scored = ~np.isnan(answers.lowest[at])
    where, faithful = bin_scores(answers.lowest[at][scored]), ~truth[scored]
    for number, row in enumerate(bins):
        inside = faithful[where == number]
        row.update(labeled=len(inside), right=float(inside.mean()) if len(inside) else None)
    corrected = {
        **_interval(found.estimate), "n_labelled": found.labeled, "method": found.method,
        "weight": found.weight, "ignored": int((~used).sum()),
        "classical": _interval(found.classical),
    }  # fmt: skip
    return {"corrected": corrected, "scores": {"bins": bins}}


def _notes(gathered: _Gathered, answers: Answers) -> list[str]:
    notes = [*tell_repeated_ids(answers.ids), *gathered.omitted.notes()]
    if gathered.columns.crowded:
        notes.append("The records have more than 100 fields: name those to slice by.")
    if gathered.documents.share < 1:
        share_of = f"{100 * gathered.documents.share:.3g} %"
        notes.append(f"Of the documents, {share_of} were drawn by their hash and counted.")
    mixed = [name for name, found in sorted(gathered.versions.items()) if len(found) > 1]
    notes += [f"The answers were checked with more than one {name}." for name in mixed]
    return notes


def _tidy(value: Any) -> Any:
    """Returns a value as it is written: six digits of every figure, None for what is undefined."""
    if isinstance(value, dict):
        return {key: _tidy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if isinstance(value, float):
        return None if np.isnan(value) else float(f"{value:.6g}")
    return value
