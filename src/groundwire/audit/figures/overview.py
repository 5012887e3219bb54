"""Overview of an audit: what was audited, how much of it could be checked, and why not the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from groundwire.audit.figures.checker_error import (
    count_labels,
    estimate_true_rate,
    find_error,
)
from groundwire.audit.figures.headline import describe_unevidenced
from groundwire.audit.figures.tally import CHECKED, Floats
from groundwire.audit.manifest import MANIFEST, read_manifest
from groundwire.audit.records import Record

MODEL_FIELDS = frozenset(
    ("model", "model_name", "model_id", "llm", "llm_model", "deployment", "engine")
)
"""Last parts of the names of fields that tell which model gave an answer."""
SHOWN = 5
"""Models that are named."""
KEPT = 100
"""Distinct models that are counted."""
WORST = 3
"""Flagged claims that the terminal names, so that a reader sees at once what was found."""
WHY = {
    "no evidence": "no evidence for what is claimed",
    "unreadable": "not readable for the checker",
    "": "nothing is claimed",
}
"""Why answers have no checked claim, for people."""

Json = Mapping[str, Any]


class Overview:
    """Counts models and reasons and keeps the worst claims, one record at a time."""

    def __init__(self) -> None:
        """Begins with nothing."""
        self._models: Counter[str] = Counter()
        self._why: Counter[str] = Counter()
        self._worst: list[tuple[float, int, Json]] = []

    def add(self, record: Record) -> None:
        """Counts a record."""
        for name, value in record["fields"].items():
            model = str(value)
            if name.rpartition(".")[2].lower() not in MODEL_FIELDS or isinstance(value, bool):
                continue
            if model in self._models or len(self._models) < KEPT:
                self._models[model] += 1
            break
        labels = [verdict["label"] for verdict in record["report"]["verdicts"]]
        if not set(labels).intersection(CHECKED):
            causes = zip(labels, record["causes"], strict=True)
            self._why[next((c for label, c in causes if label == "unchecked"), "")] += 1
        self._keep_worst(record)

    def _keep_worst(self, record: Record) -> None:
        """Keeps the claim of an answer that is surest at fault, if it is among the worst."""
        found = [
            (verdict["score"] or 0.0, verdict["claim"]["text"], verdict["label"])
            for verdict in record["report"]["verdicts"]
            if verdict["label"] in ("contradicted", "unsupported")
        ]
        if not found:
            return
        score, text, label = min(found, key=lambda one: one[0])
        if text:  # empty where texts are not written
            told = {"answer_id": record["answer_id"], "place": record["place"], "label": label}
            self._worst.append((score, record["index"], {**told, "text": text}))
            self._worst = sorted(self._worst, key=lambda one: one[:2])[:WORST]

    def describe(self, output: Path, times: tuple[str, Floats] | None) -> dict[str, Any]:
        """Returns the JSON form.

        Its keys: ``files`` (``name`` and ``bytes``, of the manifest), ``first``, ``last`` and
        ``time_field`` (days, or None), ``models`` (``name`` and ``answers``, the most frequent),
        ``not_checked`` (``why`` and ``answers``), ``worst`` (``answer_id``, ``place``, ``label``,
        ``text``: claims with the lowest scores, one of an answer; none without texts),
        ``repeated``: answers that came again in later records of a conversation and were counted
        once, and ``unevidenced``: a sentence on answers without any evidence, or nothing.

        Args:
            output: the folder of the audit.
            times: the field of times and the seconds since 1970 of each record.
        """
        manifest = read_manifest(output) if (output / MANIFEST).is_file() else {}
        days = () if times is None else times[1][np.isfinite(times[1])]
        first, last = (_day(edge(days)) if len(days) else None for edge in (min, max))
        return {
            "files": [
                {"name": entry["name"], "bytes": entry.get("bytes")}
                for entry in manifest.get("inputs", ())
            ],
            "first": first, "last": last,
            "time_field": None if times is None else times[0],
            "models": [
                {"name": name, "answers": count}
                for name, count in sorted(self._models.items(), key=lambda m: (-m[1], m[0]))[:SHOWN]
            ],
            "not_checked": [
                {"why": WHY.get(cause, cause), "answers": count}
                for cause, count in sorted(self._why.items(), key=lambda w: (-w[1], w[0]))
            ],
            "worst": [told for _, _, told in self._worst],
            "repeated": manifest.get("counts", {}).get("repeated", 0),
            "unevidenced": describe_unevidenced(manifest),
        }  # fmt: skip


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def estimate_truth(
    flagged: Floats | None, verifier: str, checked: int, corrected: Json | None, seed: int = 0
) -> dict[str, Any]:
    """Returns the range in which the true rate lies, and what it rests on.

    Args:
        flagged: draws of the flagged share; None if nothing could be checked.
        verifier: its version.
        checked: answers that could be checked.
        corrected: the rate that labels correct, as the summary has it.
        seed: of the draws.

    Returns:
        ``low`` and ``high`` (None where there is no range), ``basis`` (``"labels"``,
        ``"development sets"`` or ``"none"``), ``why`` (where there is none), ``labels_to_halve``
        (how many more labels make the range half as wide, at most), and of development sets
        ``sets``, ``answers``, ``measured``, ``flagged_of_faithful`` and ``flagged_of_faulty``
        (of all, and of the sets with the least and the greatest share).
    """
    empty = {"low": None, "high": None, "basis": "none", "labels_to_halve": None, "why": ""}
    if corrected is not None:
        given = corrected["n_labelled"]
        return {
            **empty, "low": corrected["low"], "high": corrected["high"], "basis": "labels",
            "labels_to_halve": min(3 * given, max(0, checked - given)),
        }  # fmt: skip
    if flagged is None:
        return {**empty, "why": "no answer could be checked"}
    error = find_error(verifier)
    if error is None:
        why = f"how often the checker {verifier:.100} errs has not been measured"
        return {**empty, "why": why, "labels_to_halve": None}
    low, high = estimate_true_rate(flagged, error, seed)
    return {
        **empty, "low": low, "high": high, "basis": "development sets",
        "labels_to_halve": count_labels(low, high, checked),
        "sets": len(error.sets), "answers": error.answers, "measured": error.measured,
        **{
            name: dict(zip(("value", "low", "high"), error.share_flagged(faulty), strict=True))
            for name, faulty in (("flagged_of_faithful", False), ("flagged_of_faulty", True))
        },
    }  # fmt: skip
