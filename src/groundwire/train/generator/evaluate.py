"""Evaluation after each stage, on the same prompts: what a model says, and what it is worth."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwire.io.atomic import write_whole
from groundwire.train.generator.batches import Encoder
from groundwire.train.generator.config import Config, Perturb
from groundwire.train.generator.data import Row, group_prompts
from groundwire.train.generator.forward import generate_answers
from groundwire.train.generator.loop import Progress
from groundwire.train.generator.measures import (
    FaithfulnessJudge,
    Judged,
    Measure,
    is_refusal,
    load_measure,
    measure_coverage,
    measure_overlap,
    measure_perplexity,
)
from groundwire.train.generator.perturb import Perturber, replace_context

CHUNK = 128
"""Answers that are made, or judged, before they are kept on the disk."""

_WORSE = Perturb(typos=0.5, reorder=0.7, distractors=0.3)


@dataclass(frozen=True, slots=True)
class Prompts:
    """What every stage is asked.

    Attributes:
        rows: one a prompt.
        references: the right answers of each.
        all_rows: the rows that the references are of, for perplexity.
        bare: prompts without their evidence.
        worse: the first prompts, perturbed; aligned with ``rows``.
    """

    rows: list[Row]
    references: list[list[str]]
    all_rows: list[Row]
    bare: list[Row]
    worse: list[Row]


def make_prompts(rows: Sequence[Row], config: Config) -> Prompts:
    """Fixes the prompts of a run, by its seed."""
    o = config.evaluate
    assert o is not None
    groups = group_prompts(rows)[: o.prompts or None]
    firsts = [group[0] for group in groups]
    perturber = Perturber(firsts, _WORSE, config.data.refusal)
    worse = [
        perturber(row, random.Random(f"{config.seed}-worse-{i}"))
        for i, row in enumerate(firsts[: o.robustness])
    ]
    asked = [row for row in firsts if row.question][: o.unanswerable]
    # Without questions all prompts without their evidence are one and the same.
    alone = [row for row in firsts[:1] if o.unanswerable and not row.prompt]
    bare = [replace_context(row, "") for row in asked or alone]
    return Prompts(
        firsts, [[row.target for row in group] for group in groups],
        [row for group in groups for row in group], bare, worse,
    )  # fmt: skip


def measure_stage(
    name: str,
    model: Any,
    encoder: Encoder,
    prompts: Prompts,
    config: Config,
    judge: FaithfulnessJudge,
    folder: Path,
    progress: Progress | None = None,
) -> dict[str, float]:
    """Returns the figures of a model; what is done lies in ``folder`` and is not done again.

    Args:
        name: of the stage.
        model: on its device.
        encoder: makes its prompts.
        prompts: of the run.
        config: of the run.
        judge: says what is faithful.
        folder: of the stage's answers.
        progress: called after each chunk.
    """
    o = config.evaluate
    assert o is not None
    folder.mkdir(parents=True, exist_ok=True)
    measure = load_measure(o, prompts.rows)

    def ask(rows: Sequence[Row]) -> list[Any]:
        return [made[0] for made in generate_answers(
            model, encoder, rows, max_new_tokens=o.max_new_tokens, batch_size=o.batch_size,
            control=config.data.control, seed=config.seed,
        )]  # fmt: skip

    def answers(kind: str, rows: Sequence[Row]) -> list[str]:
        return keep_results(folder / f"{kind}.json", rows, ask, f"{name}: {kind}", progress)

    def judged(kind: str, rows: Sequence[Row], texts: Sequence[str]) -> list[Judged]:
        def check(pairs: Sequence[tuple[Row, str]]) -> list[Any]:
            found = judge.judge([row.evidence for row, _ in pairs], [text for _, text in pairs])
            return [[j.score, j.claims, j.supported, j.spans] for j in found]

        pairs = list(zip(rows, texts, strict=True))
        path = folder / f"{kind}-judged.json"
        made = keep_results(path, pairs, check, f"{name}: judging {kind}", progress)
        return [Judged(*item) for item in made]

    said = answers("answers", prompts.rows)
    found = judged("answers", prompts.rows, said)
    out = measure_answers(prompts, said, found, config.data.refusal, measure)
    out["perplexity"] = measure_perplexity(model, encoder, prompts.all_rows)
    if prompts.bare:
        bare = answers("bare", prompts.bare)
        out["abstention"] = _share([is_refusal(text, config.data.refusal) for text in bare])
    if prompts.worse:
        texts = answers("perturbed", prompts.worse)
        originals = prompts.rows[: len(prompts.worse)]
        out["robust_faithful"] = _share([j.faithful for j in judged("perturbed", originals, texts)])
        first = said[: len(texts)]
        same = texts == first  # of empty texts there is no chrF
        out["robust_same"] = (
            100.0 if same else measure_overlap(texts, [[t or " "] for t in first])["chrf"]
        )
    return {key: round(value, 4) for key, value in out.items()}


def measure_answers(
    prompts: Prompts,
    said: Sequence[str],
    found: Sequence[Judged],
    refusal: str,
    measure: Measure | None,
) -> dict[str, float]:
    """Returns the figures of answers: faithfulness, coverage, length, overlap, own measure.

    ``faithful`` is the share of all prompts whose answer claims something and is supported
    whole; ``claims_supported`` the share of all claims.
    """
    claims = sum(j.claims for j in found)
    rows = prompts.rows
    out = {
        "faithful": _share([j.faithful for j in found]),
        "claims_supported": sum(j.supported for j in found) / max(1, claims),
        "coverage": _mean(
            [measure_coverage(r.context, a) for r, a in zip(rows, said, strict=True)]
        ),
        "refused": _share([is_refusal(text, refusal) for text in said]),
        "words": _mean([len(text.split()) for text in said]),
        **measure_overlap(said, prompts.references),
    }
    return out | (measure(rows, said) if measure else {})


def keep_results(
    path: Path,
    items: Sequence[Any],
    make: Callable[[Sequence[Any]], list[Any]],
    name: str,
    progress: Progress | None,
) -> list[Any]:
    """Makes one result an item, in chunks, each of which is on the disk before the next."""
    made: list[Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    for start in range(len(made), len(items), CHUNK):
        made += make(items[start : start + CHUNK])
        write_whole(path, json.dumps(made, ensure_ascii=False).encode())
        if progress is not None:
            progress(name, len(made), len(items), "")
    return made


def _share(values: Sequence[bool]) -> float:
    return sum(values) / max(1, len(values))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))
