"""Preference training: the model's own answers, the faithful against the unfaithful."""

from __future__ import annotations

import copy
import json
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch.nn.functional import logsigmoid

from groundwire.errors import InputError
from groundwire.io.atomic import write_whole
from groundwire.train.alignment import Record, is_flat
from groundwire.train.generator.batches import Batch, Encoder, Example
from groundwire.train.generator.config import Config, Prefer
from groundwire.train.generator.data import Row, group_prompts, write_prompt
from groundwire.train.generator.evaluate import keep_results
from groundwire.train.generator.forward import compute_logits, generate_answers
from groundwire.train.generator.loop import Loop, Progress, explain_memory, run_loop
from groundwire.train.generator.losses import compute_token_losses
from groundwire.train.generator.measures import FaithfulnessJudge, Judged, measure_coverage
from groundwire.train.generator.perturb import learn_telling
from groundwire.train.generator.preference_data import Preference


@dataclass(frozen=True, slots=True)
class Candidate:
    """A drawn answer, its judgment, how much of the input it covers, and what it surely omits."""

    text: str
    judged: Judged
    covered: float
    omitted: int = 0


def choose_pair(row: Row, candidates: Sequence[Candidate], options: Prefer) -> Preference | None:
    """Returns the pair of most different scores whose lengths and coverage are alike.

    Without these limits to say less is the easiest way to be preferred, for what is not said
    cannot be wrong. Where answers have to be ``complete``, what they omit counts as much as what
    is wrong: the shares of the fields are added to the scores.
    """
    whole = options.complete
    best: tuple[float, float, Preference] | None = None
    for a in candidates:
        for b in candidates:
            if not _good(a, whole) or _good(b, whole) or b.judged.score is None:
                continue
            gap = (a.judged.score or 0.0) - b.judged.score
            omits = whole and b.omitted > a.omitted
            gap += a.covered - b.covered if whole else 0.0
            pair = Preference(row, a.text, b.text)
            if not (gap >= options.margin or (omits and b.judged.faithful)):
                continue
            if abs(pair.longer) > math.log(options.length_ratio):
                continue
            if b.covered - a.covered > options.coverage_gap:
                continue
            if best is None or (gap, a.covered) > best[:2]:
                best = gap, a.covered, pair
    return best[2] if best else None


def _good(candidate: Candidate, whole: bool) -> bool:
    return candidate.judged.faithful and not (whole and candidate.omitted)


class Covering:
    """How much of a row's input an answer covers: of a record its fields, else by words."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Learns how the fields of records are told."""
        self._telling = learn_telling(rows)

    def __call__(self, row: Row, answer: str) -> tuple[float, int]:
        """Returns a share from 0 to 1, and the fields that are omitted where that is known."""
        if not is_flat(row.evidence):
            return measure_coverage(row.context, answer), 0
        record = cast("Record", row.evidence)
        return self._telling.covered(record, answer), len(self._telling.omitted(record, answer))


def balance_pairs(pairs: Sequence[Preference], most: float = 0.02) -> list[Preference]:
    """Leaves out pairs of the most one-sided lengths until the mean is near 0, or half are left.

    Args:
        pairs: in any order, which is kept.
        most: least and highest mean of ``longer`` that is good enough.
    """
    order = sorted(range(len(pairs)), key=lambda i: pairs[i].longer)
    total = sum(pair.longer for pair in pairs)
    while len(order) > (len(pairs) + 1) // 2 and abs(total / len(order)) > most:
        total -= pairs[order.pop(0 if total < 0 else -1)].longer
    return [pairs[i] for i in sorted(order)]


def compute_dpo_loss(
    chosen: torch.Tensor,
    rejected: torch.Tensor,
    base_chosen: torch.Tensor,
    base_rejected: torch.Tensor,
    beta: float,
) -> torch.Tensor:
    """The DPO loss (Rafailov et al. 2023) from log-probabilities [n] of whole answers."""
    margin = (chosen - base_chosen) - (rejected - base_rejected)
    return -logsigmoid(beta * margin).mean()


def train_prefer(
    model: Any,
    tokenizer: Any,
    rows: Sequence[Row],
    config: Config,
    folder: Path,
    plan: str,
    judge: FaithfulnessJudge,
    progress: Progress | None = None,
    given: Sequence[Preference] = (),
) -> dict[str, Any]:
    """Draws answers, judges them, makes pairs and trains on these, and on those that are given.

    Drawn answers and judgments are kept in ``folder`` and are not made again. A run killed
    inside trl's trainer begins its training again, for trl's checkpoints are pickles.

    Raises:
        InputError: if no pairs can be made, or memory is short.
    """
    o = config.prefer
    assert o is not None
    encoder = Encoder(tokenizer, config.data, config.model.family, o.pad_to)
    pairs = [p for p in given if p.chosen != p.rejected and _fits(p, encoder, config)]
    made: dict[str, Any] = {"given": len(pairs), "left_out": len(given) - len(pairs)}
    if o.prompts:
        drawn, told = _drawn(model, encoder, rows, config, folder, judge, progress)
        pairs += drawn
        made = {**(made if o.pairs else {}), **told}
    if len(pairs) < 2:
        raise InputError(_too_few(len(pairs), made, o))
    lines = [json.dumps({"prompt": write_prompt(p.row, config.data, config.data.control),
             "chosen": p.chosen, "rejected": p.rejected}) + "\n" for p in pairs]  # fmt: skip
    write_whole(folder / "pairs.jsonl", "".join(lines).encode())
    made |= {"pairs": len(pairs), "longer": round(sum(p.longer for p in pairs) / len(pairs), 4)}
    own = o.engine == "own" or config.model.family == "encoder-decoder"
    if own and o.method == "dpo":
        return made | _own(model, encoder, pairs, config, folder / "checkpoint", plan, progress)
    from groundwire.train.generator.trl import train_with_trl

    with explain_memory(o.batch_size):
        return made | train_with_trl(model, encoder, pairs, config, folder / "trl")


def _too_few(pairs: int, made: dict[str, Any], o: Prefer) -> str:
    """Says why there are too few pairs, and what to change."""
    if not o.prompts:
        return (
            f"prefer: {made['given']} of the pairs fit data.max_tokens and differ, and "
            f"{made['left_out']} do not; raise it, or set prefer.prompts to draw more"
        )
    kind = "faithful and complete" if o.complete else "faithful"
    change = (
        f"too few answers are {kind}: train longer, or look at stages/prefer/judged.json"
        if made["good"] < made["answers"] / 10
        else f"nearly all answers are {kind}: raise prefer.temperature, samples or prompts"
        if made["good"] > made["answers"] * 9 / 10
        else "raise prefer.prompts or samples"
    )
    whole = ", or set complete = false" if o.complete else ""
    return (
        f"prefer: {pairs} pairs. Of {made['answers']} drawn answers {made['good']} are {kind}; "
        f"{made['mixed']} of {made['prompts']} prompts have answers of both kinds, of which "
        f"{made['alike']} have a pair that is apart in score (margin) and alike in length "
        f"(length_ratio) and coverage (coverage_gap). {change}{whole}, and run again: the stages "
        "before it are done, and their models lie in stages/"
    )


def _drawn(
    model: Any,
    encoder: Encoder,
    rows: Sequence[Row],
    config: Config,
    folder: Path,
    judge: FaithfulnessJudge,
    progress: Progress | None,
) -> tuple[list[Preference], dict[str, Any]]:
    """Pairs of drawn answers, and how many there were."""
    o = config.prefer
    assert o is not None
    firsts = [group[0] for group in group_prompts(rows) if group[0].target != config.data.refusal]
    random.Random(f"{config.seed}-prefer").shuffle(firsts)
    firsts = firsts[: o.prompts]

    def draw(part: Sequence[Row]) -> list[Any]:
        start = firsts.index(part[0])  # so that a chunk draws the same when it is drawn again
        return list(generate_answers(
            model, encoder, part, control=config.data.control, samples=o.samples,
            max_new_tokens=o.max_new_tokens,
            temperature=o.temperature, top_p=o.top_p, seed=config.seed + start,
        ))  # fmt: skip

    drawn = keep_results(folder / "samples.json", firsts, draw, "prefer: drawing", progress)
    flat = [(row, text) for row, texts in zip(firsts, drawn, strict=True) for text in texts]

    def check(part: Sequence[tuple[Row, str]]) -> list[Any]:
        found = judge.judge([row.evidence for row, _ in part], [text for _, text in part])
        return [[j.score, j.claims, j.supported, j.spans] for j in found]

    judged = keep_results(folder / "judged.json", flat, check, "prefer: judging", progress)
    pairs, covering = [], Covering(rows)
    told = {"prompts": len(firsts), "answers": 0, "good": 0, "mixed": 0}
    for i, row in enumerate(firsts):
        places = range(i * o.samples, (i + 1) * o.samples)
        candidates = [
            Candidate(flat[j][1], Judged(*judged[j]), *covering(row, flat[j][1]))
            for j in places if flat[j][1]
        ]  # fmt: skip
        good = sum(_good(candidate, o.complete) for candidate in candidates)
        told["answers"] += len(candidates)
        told["good"] += good
        told["mixed"] += 0 < good < len(candidates)
        if pair := choose_pair(row, candidates, o):
            pairs.append(pair)
    told["alike"] = len(pairs)
    return balance_pairs([pair for pair in pairs if _fits(pair, encoder, config)]), told


def _fits(pair: Preference, encoder: Encoder, config: Config) -> bool:
    """Whether both answers fit the window; what a model drew may be more tokens when read."""
    read = encoder.tokenizer([pair.chosen, pair.rejected], add_special_tokens=False)["input_ids"]
    (prompt,) = encoder.prompts([pair.row], config.data.control)
    return len(prompt) + max(map(len, read)) < config.data.max_tokens


def _own(
    model: Any,
    encoder: Encoder,
    pairs: Sequence[Preference],
    config: Config,
    checkpoint: Path,
    plan: str,
    progress: Progress | None,
) -> dict[str, Any]:
    """DPO of any family; chosen and rejected answers are the halves of one batch."""
    o = config.prefer
    assert o is not None
    base = None
    if not hasattr(model, "disable_adapter"):
        base = copy.deepcopy(model).eval().requires_grad_(False)
    ids = encoder.tokenizer
    prompts = encoder.prompts([p.row for p in pairs], config.data.control)

    def made(i: int, text: str) -> Example:
        read = ids(text, add_special_tokens=False)["input_ids"]
        return Example(prompts[i], [*read, ids.eos_token_id])

    def epoch(number: int) -> Iterator[Batch]:
        order = list(range(len(pairs)))
        random.Random(f"{config.seed}-prefer-{number}").shuffle(order)
        for start in range(0, len(order), o.batch_size):
            part = order[start : start + o.batch_size]
            both = [made(i, pairs[i].chosen) for i in part]
            both += [made(i, pairs[i].rejected) for i in part]
            yield encoder.batch(both, str(model.device))

    def backward(batch: Batch, settled: bool, scale: float) -> float:
        half = batch.target.shape[0] // 2
        sums = _log_probabilities(model, batch)
        with torch.no_grad():
            if base is not None:
                known = _log_probabilities(base, batch)
            else:
                with model.disable_adapter():
                    known = _log_probabilities(model, batch)
        loss = compute_dpo_loss(sums[:half], sums[half:], known[:half], known[half:], o.beta)
        likely = -sums[:half].sum() / batch.mask[:half].sum()
        ((loss + o.sft * likely) * scale).backward()  # type: ignore[no-untyped-call]
        return float(loss.item())

    loop = Loop("prefer", o, plan, checkpoint, config.seed, epoch,
                -(-len(pairs) // o.batch_size), backward)  # fmt: skip
    return run_loop(model, loop, progress)


def _log_probabilities(model: Any, batch: Batch) -> torch.Tensor:
    each = compute_token_losses(compute_logits(model, batch), batch.target)
    return -(each * batch.mask).sum(1)
