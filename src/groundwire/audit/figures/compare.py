"""Comparison of two audits of the same questions: by how much one is better, and where.

Answers are paired by question (or id). The difference of the two flagged shares over the pairs has
a bootstrap interval that draws questions; in which range the difference of the true rates lies
follows from the checker's measured error, which is the same on both sides; whether it is more than
chance is told by McNemar's exact test on the pairs that changed (Q. McNemar, 1947), which takes
pairs as independent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from scipy.stats import binomtest  # type: ignore[import-untyped]

from groundwire.audit.figures.checker_error import (
    estimate_true_difference,
    find_error,
    name_checker,
)
from groundwire.audit.figures.intervals import (
    count_flagged,
    estimate_rate,
    find_clusters,
    resample_clusters,
    sum_clusters,
)
from groundwire.audit.figures.tally import (
    Answers,
    Floats,
    Ints,
    Keys,
    read_answers,
    read_records,
)
from groundwire.audit.manifest import MANIFEST, read_manifest
from groundwire.audit.records import Record, format_count
from groundwire.errors import InputError
from groundwire.evaluate.metrics import Estimate, estimate_figure, replace_nan

_MEANS = {
    "policy": ("policy", "rates are by labels and do not depend on it, actions do"),
    "verifier": ("verifier", "the difference may be of the verifiers, not of the answers"),
    "groundwire": ("release", "the difference may be of the releases, not of the answers"),
}
_OPTIONS = ("limit", "sample", "seed", "redact", "text")
_SHOWN = 3
_Json = Mapping[str, Any]


class Made:
    """What the answers of an audit were checked with, gathered one record at a time.

    Attributes:
        own: whether every answer was checked against evidence of its own record.
    """

    def __init__(self) -> None:
        self.own = True
        self._found: dict[str, set[str]] = {name: set() for name in (*_MEANS, "config")}

    def add(self, record: Record) -> None:
        """Takes a record."""
        self.own = self.own and bool(record.get("own_evidence"))
        for name, found in self._found.items():
            none = "" if name == "config" else "unknown"
            found.add(str(record["report"]["versions"].get(name, none)))

    def stated(self, name: str) -> str:
        """Returns the versions of one thing."""
        return ", ".join(sorted(filter(None, self._found[name])))


def list_differences(folders: tuple[Path, Path], made: tuple[Made, Made]) -> Iterator[str]:
    """Yields a sentence for each thing in which two audits differ beside their answers.

    Raises:
        InputError: if a manifest is damaged.
    """
    a, b = made
    for key, (name, what) in _MEANS.items():
        if a.stated(key) != b.stated(key):
            yield f"The audits differ in their {name} ({a.stated(key)}; {b.stated(key)}): {what}."
    lacking = [
        name
        for name, folder in zip("ab", folders, strict=True)
        if not (folder / MANIFEST).is_file()
    ]
    if lacking:
        names = " and ".join(lacking)
        yield f"No {MANIFEST} in {names}: whether thresholds and evidence differ is not known."
    else:
        yield from _settings(*map(read_manifest, folders))


def _settings(a: _Json, b: _Json) -> Iterator[str]:
    policies = [{k: v for k, v in m["policy"].items() if k != "name"} for m in (a, b)]
    if differ := _describe_difference(*policies):
        yield (
            f"The policies differ in {differ}: labels and rates do not depend on them, what is "
            "flagged does."
        )
    before, after = (_hashes(manifest.get("evidence")) for manifest in (a, b))
    names = [*sorted(set(before) - set(after)), *sorted(set(after) - set(before))]
    if names:
        listed = [(before.get(key) or after.get(key) or "")[:80] for key in names[:_SHOWN]]
        rest = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
        yield (
            f"The audits were given other evidence ({', '.join(listed)}{rest}): the difference may "
            "be of the evidence, not of the answers."
        )
    options = [{k: m.get("options", {}).get(k) for k in _OPTIONS} for m in (a, b)]
    if differ := _describe_difference(*options):
        yield f"The options of the audits differ in {differ}."


def _describe_difference(a: _Json, b: _Json) -> str:
    """The values that differ, as ``keep 0.5; 0.9``."""
    names = [name for name in sorted({*a, *b}) if a.get(name) != b.get(name)]
    return ", ".join(f"{n} ({a.get(n)!s:.40}; {b.get(n)!s:.40})" for n in names)


def _hashes(entries: Any) -> dict[str, str]:
    """Names by what the files hold, so that the same file at another place is the same."""
    found = entries if isinstance(entries, list) else []
    return {str(entry.get("sha256")): str(entry.get("name")) for entry in found}


def tell_other_documents(
    one: Answers, other: Answers, pairs: tuple[Ints, Ints], made: tuple[Made, Made]
) -> Iterator[str]:
    """Yields a sentence if paired answers had other documents in their own records.

    Args:
        one: answers of the first audit.
        other: of the second.
        pairs: positions of the pairs in both: shapes ``[P]``.
        made: of both.
    """
    if not (made[0].own and made[1].own):
        return
    apart = int(np.count_nonzero(one.evidence[pairs[0]] != other.evidence[pairs[1]]))
    if apart:
        paired = format_count(len(pairs[0]), "pair")
        yield (
            f"{apart:,} of {paired} were given other documents in b than "
            "in a: the difference may be of what was retrieved."
        )


By: TypeAlias = Literal["question", "answer_id"]
VERSION = 1
SHOWN = 100
"""Changed answers that are listed."""


def compare_audits(a: Path, b: Path, *, by: By | None = None, seed: int = 0) -> dict[str, Any]:
    """Compares two audits.

    The answers to a question that occurs k times are paired in the order of their index; those
    of one audit that have no counterpart are counted as unpaired, and pairs of which one answer
    has no checked claim as not checked. ``difference`` is the rate of ``b`` less that of ``a``.

    Args:
        a: folder of the audit before.
        b: folder of the audit after.
        by: what pairs answers; by default the question if both audits have questions in common.
        seed: of the bootstrap.

    Returns:
        JSON values: ``a`` and ``b`` (each alone: ``answers``, ``rate``), ``paired_by``,
        ``pairs``, ``not_checked``, ``unpaired``, ``rates`` and ``difference`` over the pairs (of
        what is flagged), ``true_difference`` (``low`` and ``high``, or ``why`` there are none),
        ``notes`` (in what the audits differ beside their answers: policies and their thresholds,
        verifiers, releases, evidence, options),
        ``mcnemar`` (``better`` and ``worse``: pairs that changed so, ``p``) and ``changed``, at
        most ``SHOWN`` pairs.

    Raises:
        InputError: if a folder cannot be read, or no answers can be paired.
    """
    made = Made(), Made()
    one, other = (
        read_answers(folder, visitors=[found.add])[0]
        for folder, found in zip((a, b), made, strict=True)
    )
    name, left, right = _paired(one, other, by)
    used = (one.checked[left] > 0) & (other.checked[right] > 0)
    unpaired = {"a": len(one) - len(left), "b": len(other) - len(right)}
    skipped = int((~used).sum())
    left, right = left[used], right[used]
    if not len(left):
        raise InputError(f"{a} and {b}: no pair of answers has checked claims on both sides")
    before, after = (
        (one.wrong[left] > 0).astype(np.int64),
        (other.wrong[right] > 0).astype(np.int64),
    )
    keys = (one.questions if name == "question" else one.ids)[left]
    difference, drawn = _difference(before, after, keys, seed)
    return {
        "version": VERSION,
        "a": _alone(one, seed), "b": _alone(other, seed),
        "paired_by": name, "pairs": len(left), "not_checked": skipped, "unpaired": unpaired,
        "rates": {"a": float(before.mean()), "b": float(after.mean())},
        "difference": _values(difference),
        "true_difference": _true_difference(drawn, made, seed),
        "mcnemar": _mcnemar(before, after),
        "notes": [
            *list_differences((a, b), made), *tell_other_documents(one, other, (left, right), made)
        ],
        "changed": _changed((a, b), (one.index[left], other.index[right]), before, after),
    }  # fmt: skip


def _paired(one: Answers, other: Answers, by: By | None) -> tuple[By, Ints, Ints]:
    """Positions of the pairs on both sides, and what they were paired by."""
    for name in (by,) if by is not None else ("question", "answer_id"):
        sides = [_occurrences(x.questions if name == "question" else x.ids) for x in (one, other)]
        _, left, right = np.intersect1d(sides[0], sides[1], assume_unique=True, return_indices=True)
        used = sides[0][left]["key"] > 0
        if used.any():
            return name, left[used].astype(np.int64), right[used].astype(np.int64)
    what = "question or id" if by is None else by.replace("_", " ")
    raise InputError(f"no answer of the two audits has the same {what}: compare audits of one set")


def _occurrences(keys: Keys) -> Any:
    """Each key with the number of times that it occurred before: distinct records."""
    order = np.argsort(keys, kind="stable")
    first = np.concatenate(([True], np.diff(keys[order]) != 0)) if len(keys) else np.zeros(0, bool)
    places = np.arange(len(keys))
    out = np.zeros(len(keys), dtype=[("key", np.uint64), ("time", np.int64)])
    out["key"] = keys
    out["time"][order] = places - np.maximum.accumulate(np.where(first, places, 0))
    return out


def _alone(answers: Answers, seed: int) -> dict[str, Any]:
    checked, wrong = count_flagged(answers)
    keys, _ = find_clusters(answers)
    rate = estimate_rate(wrong.astype(np.int64), checked.astype(np.int64), keys, seed)
    return {"answers": len(answers), "checked": int(checked.sum()), "rate": _values(rate)}


def _difference(before: Ints, after: Ints, keys: Keys, seed: int) -> tuple[Estimate, Floats | None]:
    """The difference with its interval, and its draws; None where there is nothing to draw."""
    sums = sum_clusters([before, after, np.ones_like(before)], keys)
    value = float(after.mean() - before.mean())
    if len(sums) == 1:
        return Estimate(value, float("nan"), float("nan")), None
    drawn = resample_clusters(sums, lambda s: (s[:, 1] - s[:, 0]) / s[:, 2], seed=seed)
    return estimate_figure(value, drawn), drawn


def _true_difference(drawn: Floats | None, made: tuple[Made, Made], seed: int) -> dict[str, Any]:
    empty = {"low": None, "high": None}
    a, b = (name_checker(side.stated("verifier"), side.stated("config")) for side in made)
    if a != b:
        return {**empty, "why": "the answers were checked with different checkers"}
    error = find_error(a)
    if error is None:
        return {**empty, "why": f"how often the checker {a:.100} errs has not been measured"}
    if drawn is None:
        return {**empty, "why": "all pairs belong together"}
    low, high = estimate_true_difference(drawn, error, seed)
    return {"low": low, "high": high, "why": ""}


def _mcnemar(before: Ints, after: Ints) -> dict[str, Any]:
    better, worse = int((before > after).sum()), int((before < after).sum())
    p = float(binomtest(worse, better + worse).pvalue) if better + worse else 1.0
    return {"better": better, "worse": worse, "p": p}


def _changed(
    folders: tuple[Path, Path], indexes: tuple[Ints, Ints], before: Ints, after: Ints
) -> list[dict[str, Any]]:
    """Pairs that changed, those that became worse first, then in the order of the first audit."""
    at = np.flatnonzero(before != after)
    at = at[np.lexsort((indexes[0][at], before[at]))][:SHOWN]
    a, b = (side[at].tolist() for side in indexes)
    texts = [_texts(folder, set(side)) for folder, side in zip(folders, (a, b), strict=True)]
    names = ("not flagged", "flagged")
    return [
        {
            "change": "worse" if after[place] else "better",
            "question": texts[0][x]["question"],
            "a": {**texts[0][x], "verdict": names[before[place]]},
            "b": {**texts[1][y], "verdict": names[after[place]]},
        }
        for place, x, y in zip(at.tolist(), a, b, strict=True)
    ]


def _texts(folder: Path, wanted: set[int]) -> dict[int, dict[str, Any]]:
    return {
        record["index"]: {
            "index": record["index"],
            "answer_id": record["answer_id"],
            "question": record["report"]["question"],
            "answer": record["report"]["answer"],
        }
        for record in read_records(folder)
        if record["index"] in wanted
    }


def _values(found: Estimate) -> Any:
    return replace_nan({"value": found.value, "low": found.low, "high": found.high})
