"""Tables of public benchmarks: the authors' figures, with intervals that draw sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from groundwire.evaluate.formats import Benchmark
from groundwire.evaluate.formats.rows import Example
from groundwire.evaluate.metrics import (
    Counts,
    Estimate,
    Floats,
    Ints,
    collect_fault_spans,
    compute_span_rates,
    count_span_characters,
    estimate_figure,
    replace_nan,
    resample_sources,
)
from groundwire.evaluate.pairs import ScoredPair

Bools = npt.NDArray[np.bool_]
Scored = tuple[Example, ScoredPair]
MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What was found of n texts, as arrays.

    Attributes:
        wrong: truth, True where the text is not supported.
        flagged: True where it did not pass.
        scores: probability of support, 0 where unchecked.
        spans: characters found and marked, found, marked, shape ``[n, 3]``.
    """

    wrong: Bools
    flagged: Bools
    scores: Floats
    spans: Counts

    def take(self, rows: Ints) -> Outcomes:
        """Returns some of the texts, in which one may occur more than once."""
        return Outcomes(self.wrong[rows], self.flagged[rows], self.scores[rows], self.spans[rows])


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table; the row ``mean`` is the unweighted mean of the others.

    Attributes:
        name: the sub-set.
        rows: texts.
        sources: distinct evidence, which the bootstrap draws.
        unchecked: texts that the verifier did not judge; counted as flagged.
        figures: by the names of ``FIGURES``, as shares.
    """

    name: str
    rows: int
    sources: int
    unchecked: int
    figures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a benchmark.

    Attributes:
        format: name of the format.
        split: which part; None where there is one only.
        rows: texts that were scored.
        published: texts that there are.
        kinds: how many texts have each of the authors' finest labels.
        lines: one for each sub-set.
    """

    format: str
    split: str | None
    rows: int
    published: int
    kinds: Mapping[str, int]
    lines: tuple[Line, ...]

    def to_dict(self) -> dict[str, object]:
        """Returns the figures as JSON values, undefined ones as None."""
        return {key: replace_nan(value) for key, value in asdict(self).items()}


def make_table(
    benchmark: Benchmark, scored: Sequence[ScoredPair], draws: int = 500, seed: int = 0
) -> Table:
    """Computes the table of a benchmark.

    Args:
        benchmark: the examples.
        scored: their verdicts, in the same order.
        draws: bootstrap samples.
        seed: of the bootstrap.
    """
    groups: dict[str, list[Scored]] = {}
    for example, item in zip(benchmark.examples, scored, strict=True):
        for name in example.rows:
            groups.setdefault(name, []).append((example, item))
    names = benchmark.format.figures
    lines: list[Line] = []
    samples: list[Floats] = []
    for name, items in groups.items():
        line, sampled = _line(name, items, names, draws, seed)
        lines.append(line)
        samples.append(sampled)
    lines.sort(key=lambda line: line.name == "overall")
    if benchmark.format.mean and len(lines) > 1:
        lines.append(_mean(lines, np.mean(samples, axis=0), names))
    kinds = Counter(example.kind for example in benchmark.examples if example.kind)
    return Table(
        benchmark.format.name, benchmark.split, len(scored), benchmark.published,
        dict(sorted(kinds.items())), tuple(lines),
    )  # fmt: skip


def _line(
    name: str, items: Sequence[Scored], names: Sequence[str], draws: int, seed: int
) -> tuple[Line, Floats]:
    outcomes = _outcomes(name, items)
    sources = [item.pair.source for _, item in items]

    def figures(some: Outcomes) -> list[float]:
        return [FIGURES[key](some) for key in names]

    sampled = resample_sources(sources, lambda rows: figures(outcomes.take(rows)), draws, seed)
    estimates = {
        key: estimate_figure(value, sampled[:, i])
        for i, (key, value) in enumerate(zip(names, figures(outcomes), strict=True))
    }
    unchecked = sum(item.label == "unchecked" for _, item in items)
    return Line(name, len(items), len(set(sources)), unchecked, estimates), sampled


def _mean(lines: Sequence[Line], sampled: Floats, names: Sequence[str]) -> Line:
    figures = {
        key: estimate_figure(
            float(np.mean([line.figures[key].value for line in lines])), sampled[:, i]
        )
        for i, key in enumerate(names)
    }
    counts = [(line.rows, line.sources, line.unchecked) for line in lines]
    rows, sources, unchecked = (sum(column) for column in zip(*counts, strict=True))
    return Line(MEAN, rows, sources, unchecked, figures)


def _outcomes(name: str, items: Sequence[Scored]) -> Outcomes:
    spans = [
        count_span_characters(example.spans, collect_fault_spans(item.verdicts))
        if example.spans is not None
        else (0, 0, 0)
        for example, item in items
    ]
    return Outcomes(
        np.array([not example.rows[name] for example, _ in items], dtype=np.bool_),
        np.array([item.flagged for _, item in items], dtype=np.bool_),
        np.array([_score(item) for _, item in items], dtype=np.float64),
        np.array(spans, dtype=np.int64).reshape(-1, 3),
    )


def _score(item: ScoredPair) -> float:
    if item.score is not None:
        return item.score
    return 1.0 if item.label == "no_claim" else 0.0


def _share(hits: object, of: object) -> float:
    return int(hits) / int(of) if of else float("nan")  # type: ignore[call-overload]


def _f1(truth: Bools, said: Bools) -> float:
    return _share(2 * (truth & said).sum(), truth.sum() + said.sum())


def _precision(o: Outcomes) -> float:
    return _share((o.wrong & o.flagged).sum(), o.flagged.sum())


def _recall(o: Outcomes) -> float:
    return _share((o.wrong & o.flagged).sum(), o.wrong.sum())


def _balanced(o: Outcomes) -> float:
    return (_recall(o) + _share((~o.wrong & ~o.flagged).sum(), (~o.wrong).sum())) / 2


def _auc(o: Outcomes) -> float:
    if o.wrong.all() or not o.wrong.any():
        return float("nan")
    return float(roc_auc_score(~o.wrong, o.scores))


FIGURES: dict[str, Callable[[Outcomes], float]] = {
    "accuracy": lambda o: _share((o.wrong == o.flagged).sum(), len(o.wrong)),
    "balanced_accuracy": _balanced,
    "precision": _precision,
    "recall": _recall,
    "f1": lambda o: _f1(o.wrong, o.flagged),
    "f1_supported": lambda o: _f1(~o.wrong, ~o.flagged),
    "f1_macro": lambda o: (_f1(o.wrong, o.flagged) + _f1(~o.wrong, ~o.flagged)) / 2,
    "auc": _auc,
    "span_precision": lambda o: compute_span_rates(o.spans)[0],
    "span_recall": lambda o: compute_span_rates(o.spans)[1],
    "span_f1": lambda o: compute_span_rates(o.spans)[2],
}
"""Columns of the tables. Precision, recall and ``f1`` are those of the texts not supported."""
