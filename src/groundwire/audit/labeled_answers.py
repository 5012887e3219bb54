"""Labeled answers: rows that say what was answered and whether people found it faithful."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwire.audit.formats.plain import read_answers
from groundwire.errors import InputError
from groundwire.evaluate.guarantee import LabeledScore
from groundwire.evidence.adhoc import EvidenceLike
from groundwire.guard.config import Target
from groundwire.guard.guard import Guard
from groundwire.io.files import read_rows
from groundwire.io.jsonl import read_lines
from groundwire.io.rows import Rejected, Row
from groundwire.types import Report, Span, Verdict
from groundwire.verify.recalibration import measure_support

_MEANING = {
    "hallucinated": True, "true": True, "1": True, "yes": True,
    "faithful": False, "false": False, "0": False, "no": False,
}  # fmt: skip
_TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
SKIPPED = ("", "skip", "unsure", "none")
"""Labels that say nothing, in any case; such rows are left out."""

BATCH = 32
"""Answers whose claims are scored together."""
_LONGEST = 64 * 2**20
_PAGE = ("index", "answer_id")


@dataclass(frozen=True, slots=True)
class LabeledAnswer:
    """An answer and what people say of it.

    Attributes:
        place: where it was read.
        faithful: whether it holds no fault.
        answer: its text.
        evidence: what it is checked against; None asks the guard's own retriever.
        question: what the reader asked, if it is known.
        spans: the characters at fault, where the label tells them.
        cluster: what it belongs to (a conversation); its place where it stands alone.
        group: what it is about.
        report: of an audit that has checked it.
    """

    place: str
    faithful: bool
    answer: str
    evidence: EvidenceLike
    question: str | None
    spans: tuple[Span, ...]
    cluster: str
    group: str | None
    report: Report | None = None


def parse_label(place: str, value: object) -> bool | None:
    """Returns whether a label says that an answer is hallucinated; None if it says nothing.

    Raises:
        InputError: if it is no label.
    """
    text = str(value).strip().casefold()
    if text in SKIPPED:
        return None
    if text not in _MEANING:
        raise InputError(
            f"{place}: label is {value!r:.40}; use hallucinated or faithful, or leave it empty"
        )
    return _MEANING[text]


def read_labeled(
    path: Path,
    audit: Path | None = None,
    group: str | None = None,
    cluster: str | None = None,
) -> list[LabeledAnswer]:
    """Reads labeled answers.

    A row has an answer, its evidence and perhaps the question, by their usual names, and
    ``faithful`` (true or false) or ``label`` (``faithful``, ``hallucinated``, or ``skip``, which
    leaves it out); ``spans`` may tell the characters at fault. A row of the label page names its
    answer by ``index`` or ``answer_id``, and the audit that the page was made from has the rest.

    Args:
        path: JSON lines, JSON, CSV, TSV or Parquet, packed or plain.
        audit: the folder of the audit, for the label page's rows.
        group: field with what an answer is about; by default ``group``, if rows have it.
        cluster: field with what belongs together; by default ``conversation``, if rows have it.

    Raises:
        InputError: if a row cannot be read or has no label, two labels of one answer differ, no
            row has a field that is named, or nothing is labeled.
    """
    fields = _Fields(group or "group", cluster or "conversation")
    known = _Reports(audit) if audit is not None else None
    found: dict[str, LabeledAnswer] = {}
    answers: list[LabeledAnswer] = []
    for row in _rows(path):
        faithful = _find_label(row)
        if faithful is None:
            continue
        made, key, once = _make(row, faithful, fields, known)
        other = found.setdefault(key, made)
        if other.faithful != faithful:
            raise InputError(
                f"{row.place}: the same answer has another label in {other.place}: decide for one "
                "and delete the other row"
            )
        if other is made or not once:
            answers.append(made)
    if not answers:
        raise InputError(
            f"{path}: it has no labels: expected rows with 'answer', 'evidence' and 'faithful' "
            "(true or false), or the file that the label page saved"
        )
    for name, given in ((group, fields.groups), (cluster, fields.clusters)):
        if name is not None and not given:
            raise InputError(f"{path}: no row has a field {name!r:.60}: name one that rows have")
    return answers


def check_labeled(
    answers: Sequence[LabeledAnswer], guard: Guard, progress: Callable[[int], object] | None = None
) -> list[Sequence[Verdict]]:
    """Returns the verdicts on each answer, those of its audit where it has been checked there.

    Args:
        answers: labeled answers.
        guard: checks the others; it should change nothing.
        progress: called with how many more are done.
    """
    verdicts: list[Sequence[Verdict]] = [a.report.verdicts if a.report else () for a in answers]
    todo = [place for place, answer in enumerate(answers) if answer.report is None]
    for start in range(0, len(todo), BATCH):
        part = todo[start : start + BATCH]
        reports = guard.check_many(
            [answers[i].answer for i in part],
            [answers[i].evidence for i in part],
            [answers[i].question for i in part],
        )
        for place, report in zip(part, reports, strict=True):
            verdicts[place] = report.verdicts
        if progress is not None:
            progress(len(part))
    return verdicts


def has_claim_labels(
    answers: Sequence[LabeledAnswer], verdicts: Sequence[Sequence[Verdict]]
) -> bool:
    """Whether each claim's own label is known: it is the only one, or the spans tell it."""
    return all(
        answer.faithful or answer.spans or len(_checked(found)) <= 1
        for answer, found in zip(answers, verdicts, strict=True)
    )


def score_labeled(
    answers: Sequence[LabeledAnswer], verdicts: Sequence[Sequence[Verdict]], target: Target
) -> list[LabeledScore]:
    """Returns what a promise is made of.

    An answer passes up to its worst claim's score, and one that claims nothing always. The claims
    of an answer are one cluster, if it belongs to no other; where a label tells of the whole
    answer only, each of its claims counts as it.

    Args:
        answers: labeled answers.
        verdicts: of each.
        target: ``"claims"`` for claims, else answers.
    """
    made = []
    for answer, found in zip(answers, verdicts, strict=True):
        checked = _checked(found)
        if target != "claims":
            score = min((measure_support(verdict) for verdict in checked), default=1.0)
            made.append(LabeledScore(score, not answer.faithful, answer.cluster, answer.group))
            continue
        for verdict in checked:
            fault = not answer.faithful and (not answer.spans or _is_touched(verdict, answer.spans))
            score = measure_support(verdict)
            made.append(LabeledScore(score, fault, answer.cluster, answer.group))
    return made


def pair_scores(
    answers: Sequence[LabeledAnswer], verdicts: Sequence[Sequence[Verdict]]
) -> tuple[list[float], list[bool]]:
    """Returns scores of claims and whether they are supported, as far as labels tell.

    Of an answer that is labeled as a whole it is the worst claim, with which it stands or falls.
    """
    told = list(_pair_verdicts(answers, verdicts))
    return [verdict.score or 0.0 for _, verdict, _ in told], [label for _, _, label in told]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A label that the checker does not agree with.

    Attributes:
        answer: what is labeled.
        verdict: of its worst claim, or of the claim that the label's spans tell of.
        supported: what the label says of it.
    """

    answer: LabeledAnswer
    verdict: Verdict
    supported: bool

    @property
    def strength(self) -> float:
        """How far the score is from what the label says, from 0 to 1."""
        score = self.verdict.score or 0.0
        return 1 - score if self.supported else score


def find_disagreements(
    answers: Sequence[LabeledAnswer], verdicts: Sequence[Sequence[Verdict]]
) -> list[Disagreement]:
    """Returns the labels that the checker does not agree with, the strongest first.

    Either the label is wrong or the checker is; what has no score is left out.

    Args:
        answers: labeled answers.
        verdicts: of each.
    """
    found = [
        Disagreement(answer, verdict, supported)
        for answer, verdict, supported in _pair_verdicts(answers, verdicts)
        if (verdict.label == "supported") != supported
    ]
    return sorted(found, key=lambda item: -item.strength)


def _pair_verdicts(
    answers: Sequence[LabeledAnswer], verdicts: Sequence[Sequence[Verdict]]
) -> Iterator[tuple[LabeledAnswer, Verdict, bool]]:
    """Claims with a score, and whether they are supported, as far as labels tell."""
    for answer, found in zip(answers, verdicts, strict=True):
        scored = [verdict for verdict in _checked(found) if verdict.score is not None]
        if answer.spans:
            for verdict in scored:
                yield answer, verdict, not _is_touched(verdict, answer.spans)
        elif scored:
            yield answer, min(scored, key=lambda verdict: verdict.score or 0.0), answer.faithful


class _Fields:
    """The fields that tell group and cluster, and how many rows have them."""

    def __init__(self, group: str, cluster: str) -> None:
        self._group, self._cluster = group, cluster
        self.groups = self.clusters = 0

    def read(self, data: Mapping[str, Any], place: str) -> tuple[str, str | None]:
        """Returns the cluster and the group of a row."""
        group, cluster = (_name(data.get(key)) for key in (self._group, self._cluster))
        self.groups += group is not None
        self.clusters += cluster is not None
        return (f"row {place}" if cluster is None else f"cluster {cluster}"), group


def _name(value: object) -> str | None:
    return None if value is None or not str(value).strip() else str(value).strip()


def _checked(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.label != "no_claim"]


def _is_touched(verdict: Verdict, spans: Sequence[Span]) -> bool:
    claim = verdict.claim
    return any(span.start < claim.end and claim.start < span.end for span in spans)


def _rows(path: Path) -> Iterator[Row]:
    for row in read_rows(str(path), None, _LONGEST):
        if isinstance(row, Rejected):
            raise InputError(f"{row.place}: {row.cause}")
        yield row


def _find_label(row: Row) -> bool | None:
    """Whether a row says that its answer is faithful; None where people left it out."""
    stated, label = row.data.get("faithful"), row.data.get("label")
    if _name(stated) is None and _name(label) is None:
        raise InputError(
            f"{row.place}: it has no label: give 'faithful' (true or false), or label \"skip\" to "
            "leave the row out"
        )
    wrong = None if _name(label) is None else parse_label(row.place, label)
    if _name(stated) is None:
        return None if wrong is None else not wrong
    text = str(stated).strip().casefold()
    if text not in _TRUTHS:
        raise InputError(f"{row.place}: faithful is {stated!r:.40}: use true or false")
    if wrong is _TRUTHS[text]:
        raise InputError(
            f"{row.place}: faithful is {stated!r:.40}, but label is {label!r:.40}: keep one of them"
        )
    return _TRUTHS[text]


def _make(
    row: Row, faithful: bool, fields: _Fields, known: _Reports | None
) -> tuple[LabeledAnswer, str, bool]:
    """The answer of a row, what it is known by, and whether it can be there only once."""
    if any(key in row.data for key in _PAGE) and not _has_answer(row.data):
        if known is None:
            raise InputError(
                f"{row.place}: it names an answer of an audit: add --audit with the audit's folder"
            )
        record = known.find(row)
        cluster, group = fields.read({**record.get("fields", {}), **row.data}, row.place)
        report = _decode(row, record)
        made = LabeledAnswer(
            row.place, faithful, report.answer, None, report.question,
            _spans(row, report.answer, faithful), cluster, group, report,
        )  # fmt: skip
        return made, f"index {record['index']}", True
    try:
        (item,) = read_answers([row])
    except InputError as error:
        raise InputError(f"{row.place}: {error}") from error
    cluster, group = fields.read(row.data, row.place)
    evidence = None if item.evidence is None else list(item.evidence)
    made = LabeledAnswer(
        row.place, faithful, item.answer, evidence, item.question,
        _spans(row, item.answer, faithful), cluster, group,
    )  # fmt: skip
    key = json.dumps([item.question, item.answer, evidence], default=str, sort_keys=True)
    return made, key, False


def _has_answer(data: Mapping[str, Any]) -> bool:
    return any(data.get(key) is not None for key in ("answer", "response", "output"))


def _spans(row: Row, answer: str, faithful: bool) -> tuple[Span, ...]:
    """The characters at fault that a row tells: objects with start and end, or pairs."""
    given = row.data.get("spans") or []
    found = []
    for item in given if isinstance(given, list) else [given]:
        ends: Any = [item.get("start"), item.get("end")] if isinstance(item, Mapping) else item
        whole = isinstance(ends, list) and len(ends) >= 2 and all(type(n) is int for n in ends[:2])
        if not whole or not 0 <= ends[0] < ends[1] <= max(len(answer), 1):
            raise InputError(
                f"{row.place}: {item!r:.60} is no span of the answer: give its start and end in "
                f"characters, such as [0, {len(answer)}]"
            )
        found.append(Span(ends[0], ends[1]))
    if found and faithful:
        raise InputError(f"{row.place}: it is faithful, but has spans at fault: keep one of them")
    return tuple(found)


class _Reports:
    """Records of an audit by index, and by their ids."""

    def __init__(self, audit: Path) -> None:
        self._records: dict[int, dict[str, Any]] = {}
        self._ids: dict[str, list[int]] = {}
        path = audit / "reports.jsonl"
        if not path.is_file():
            raise InputError(
                f"{path}: no such file; give the folder that `groundwire audit -o` wrote"
            )
        for number, record in read_lines(path):
            index = record.get("index")
            if type(index) is not int:
                raise InputError(f"{path}, row {number}: no record of an audit")
            self._records[index] = record
            self._ids.setdefault(str(record.get("answer_id")), []).append(index)

    def find(self, row: Row) -> dict[str, Any]:
        index, name = row.data.get("index"), row.data.get("answer_id")
        if index is None:
            named = self._ids.get(str(name), [])
            if len(named) != 1:
                many = "no answer is" if not named else f"{len(named)} answers are"
                raise InputError(
                    f"{row.place}: {many} called {name!r:.80} in the audit: give its index"
                )
            return self._records[named[0]]
        found = self._records.get(int(index)) if str(index).strip().isdecimal() else None
        if found is None or (name is not None and str(name) != str(found.get("answer_id"))):
            raise InputError(
                f"{row.place}: the audit has no answer {index!r:.40} called {name!r:.80}: give the "
                "labels made for it"
            )
        return found


def _decode(row: Row, record: Mapping[str, Any]) -> Report:
    try:
        report = Report.from_dict(record["report"])
    except (KeyError, ValueError) as error:
        raise InputError(f"{row.place}: its record cannot be read ({error!s:.100})") from error
    if "config" in report.versions:
        raise InputError(
            f"{row.place}: the audit was made with a config, whose scores are on another scale: "
            "label an audit without --config"
        )
    return report
