"""Training of the embedded verifier: a cross-encoder for entailment, neutral and contradiction."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import torch

from groundwire.device import has_bf16
from groundwire.errors import InputError
from groundwire.evaluate.metrics import Summary, summarize_set
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
from groundwire.train.verifier.batches import (
    TokenizedPairs,
    make_targets,
    make_tensors,
    plan_batches,
    tokenize_pairs,
)
from groundwire.train.verifier.card import save_card
from groundwire.train.verifier.model import (
    VerifierModel,
    compute_distilled_loss,
    compute_masked_loss,
    compute_span_loss,
    export_verifier,
)
from groundwire.train.verifier.prepared import (
    PARTIAL,
    add_teacher,
    check_prepared,
    check_teacher,
    read_prepared,
    write_prepared,
)
from groundwire.train.verifier.recipe import Recipe
from groundwire.verify.backends.backbones import find_backbone
from groundwire.verify.backends.checkpoint import (
    LEAST_TOKENS,
    MANIFEST,
    find_default_verifier,
)
from groundwire.verify.backends.scorer import PairScorer
from groundwire.verify.backends.shapes import read_window
from groundwire.verify.readable import detect_foreign

QUESTIONS = ("synthetic: situations", "written passages")
"""Names of the pairs of which a quarter or more are replies after their question."""

SAMPLED = 200
"""Pairs, about, whose language is looked at."""

FOREIGN = 0.05
"""Share of them in another language from which a model is no longer one for English."""

Made: TypeAlias = tuple[list[Pair], list[Pair], Counts]
"""Pairs for training, pairs held out, and how many came from each source."""

Progress = Callable[[int, int, float], None]
"""Called with (steps done, steps in all, running loss)."""

Backbone: TypeAlias = str | os.PathLike[str]
"""A folder or a name, as ``find_backbone`` takes it."""

READ_STEPS = 20
"""Steps on a GPU after which its running loss is read; reading it waits for the GPU."""


ADAPT = Recipe(peak_rate=2e-5, documents=12_000)
"""How the embedded verifier is adapted to documents where no recipe is given."""


def train_verifier(
    data: Path,
    output: Path,
    recipe: Recipe | None = None,
    backbone: Backbone | None = None,
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
    source = find_backbone(backbone)
    tokenizer = _prepare(source, output, recipe)
    pairs, used = _collect(data, tokenizer, recipe, source)
    tokenized = tokenize_pairs(pairs, tokenizer, recipe.max_tokens)
    _train(tokenized, len(pairs), used, tokenizer, source, output, recipe, progress)
    save_card(output, source)
    return output


def prepare_data(
    data: Path, output: Path, recipe: Recipe | None = None, backbone: Backbone | None = None
) -> Path:
    """Makes and tokenizes the pairs of a training, which ``train_prepared`` then does elsewhere.

    Args:
        data: the training sets.
        output: folder of the prepared pairs.
        recipe: which pairs, and how many.
        backbone: whose tokens they are in, and what hard pairs are chosen by.

    Returns:
        ``output``.

    Raises:
        InputError: if the data or the output folder cannot be used.
    """
    recipe = recipe or Recipe()
    source = find_backbone(backbone)
    check_output(output, PARTIAL)
    tokenizer = open_backbone(source)
    pairs, used = _collect(data, tokenizer, recipe, source)
    tokenized = tokenize_pairs(pairs, tokenizer, recipe.max_tokens)
    return write_prepared(output, pairs, tokenized, tokenizer, recipe, used)


def train_prepared(
    prepared: Path,
    output: Path,
    recipe: Recipe | None = None,
    backbone: Backbone | None = None,
    progress: Progress | None = None,
    teacher: Backbone | None = None,
) -> Path:
    """Trains as ``train_verifier`` does, to the same weights, from pairs that were prepared.

    Args:
        prepared: folder of the pairs.
        output: folder of the model.
        recipe: by default the one of the pairs; another may change the training, not the pairs.
        backbone: of the tokenizer that the pairs were prepared for.
        progress: called after each step.
        teacher: a verifier whose probabilities are stored beside the pairs first; by default
            those that are there are used, if the recipe's ``distill`` asks for them.

    Returns:
        ``output``.

    Raises:
        InputError: if the pairs are damaged, or of another recipe or tokenizer.
    """
    source = find_backbone(backbone)
    check_output(output)
    tokenizer = open_backbone(source)
    found = read_prepared(prepared)
    recipe = recipe or found.recipe
    check_prepared(found, recipe, tokenizer)
    if teacher is not None:
        found = add_teacher(found, teacher, recipe)
    check_teacher(found, recipe)
    _train(found.pairs, found.made, found.sets, tokenizer, source, output, recipe, progress)
    save_card(output, source)
    return output


def adapt_verifier(
    documents: Path,
    output: Path,
    recipe: Recipe | None = None,
    backbone: Backbone | None = None,
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
    source = find_default_verifier() if backbone is None else find_backbone(backbone)

    def make(rarity: WordRarity) -> Made:
        return make_document_pairs(documents, rarity, recipe)

    return _adapt(make, source, output, recipe, progress)


def adapt_to_rows(
    rows: Path,
    output: Path,
    recipe: Recipe | None = None,
    backbone: Backbone | None = None,
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
    source = find_default_verifier() if backbone is None else find_backbone(backbone)

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
    tokenizer = _prepare(source, output, recipe)
    pairs, test, used = make(WordRarity(tokenizer.get_vocab()))
    before = _measured(source, test)
    tokenized = tokenize_pairs(pairs, tokenizer, recipe.max_tokens)
    _train(tokenized, len(pairs), used, tokenizer, source, output, recipe, progress)
    after = _measured(output, test)
    save_card(output, source, (before, after))
    return output, before, after


def _measured(model: Path, pairs: Sequence[Pair]) -> Summary:
    scorer = PairScorer(model)
    fits = [pair for pair in pairs if is_within_window(scorer, pair)]
    scores = scorer.score([(p.premise, p.hypothesis) for p in fits])[:, 0].tolist()
    labels = [pair.label == "supported" for pair in fits]
    return summarize_set(labels, scores, [pair.premise for pair in fits], draws=200)


def _prepare(source: Path, output: Path, recipe: Recipe) -> Any:
    """Checks what a run needs, before any work; returns the tokenizer."""
    check_output(output)
    if recipe.distill:
        raise InputError(
            f"recipe: distill is {recipe.distill}, but these pairs have no teacher: prepare them "
            "(--data DIR --prepare), and train with --prepared FOLDER --teacher MODEL"
        )
    return open_backbone(source)


def _collect(data: Path, tokenizer: Any, recipe: Recipe, source: Path) -> tuple[list[Pair], Counts]:
    def current() -> PairScorer:
        if not (source / "groundwire.json").is_file():
            raise InputError(
                f"recipe: hard is {recipe.hard}, but {source} is no verifier that could say what "
                "is hard: train one first and name it with --backbone"
            )
        return PairScorer(source)

    return collect_pairs(data, WordRarity(tokenizer.get_vocab()), recipe, current)


def _train(
    pairs: TokenizedPairs,
    made: int,
    used: Counts,
    tokenizer: Any,
    source: Path,
    output: Path,
    recipe: Recipe,
    progress: Progress | None,
) -> Path:
    torch.manual_seed(recipe.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    batches, plan = plan_batches(pairs, recipe)
    model = VerifierModel(
        str(source), device, recipe.dropout, recipe.layers, recipe.frozen, recipe.rank
    )
    longest = max(pairs.lengths, default=0)
    window = read_window(model.encoder, tokenizer, max(longest, LEAST_TOKENS))
    if longest > window:
        raise InputError(
            f"recipe: max_tokens is {recipe.max_tokens}, but {source} reads {window} tokens at "
            f"once: give {window} or less"
        )
    trained = [part for part in model.parameters() if part.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=recipe.peak_rate, weight_decay=0.01, fused=True)
    checkpoint = output / "checkpoint"
    state = load_checkpoint(checkpoint, model, optimizer, plan) or {
        "plan": plan, "step": 0, "seconds": 0.0, "loss": 1.1,
    }  # fmt: skip
    pad = tokenizer.pad_token_id
    _run(model, optimizer, pairs, batches, pad, recipe, state, checkpoint, progress)
    known = _read_facts(source)
    facts = {
        "pairs": made, "left_out": made - len(pairs), "sets": used, "recipe": asdict(recipe),
        "steps": len(batches), "seconds": round(state["seconds"]), "device": device,
        "final_loss": round(state["loss"], 4), "torch": torch.__version__,
        "reads_questions": bool(known.get("reads_questions")) or any(map(used.get, QUESTIONS)),
        **keep_languages(known, _sample_texts(pairs, tokenizer)), **keep_window(known, longest),
    }  # fmt: skip
    return export_verifier(model, tokenizer, output, facts)


def keep_languages(facts: Mapping[str, Any], texts: Sequence[str]) -> dict[str, Any]:
    """Returns what a verifier states of the languages and scripts that it reads, if that holds.

    Without it the trained model would be asked about any language, and short answers would not be
    read with their question, which is done for English alone.

    Args:
        facts: the manifest of what a model was trained from; a plain backbone has none.
        texts: some of what it was trained on; where one in twenty is of another language, nothing
            is kept, so that the model is asked about what it has learned.
    """
    if facts.get("languages") == ["en"]:
        foreign = sum(detect_foreign(text) is not None for text in texts)
        if foreign > FOREIGN * len(texts):
            return {}
    return {key: facts[key] for key in ("languages", "scripts") if key in facts}


def keep_window(facts: Mapping[str, Any], longest: int) -> dict[str, Any]:
    """Returns how many tokens a verifier states that it reads at once, if it states that.

    Without it the trained model would be given longer pairs than it has seen.

    Args:
        facts: the manifest of what a model was trained from; a plain backbone has none.
        longest: tokens of the longest pair that it was trained on; of so many it reads pairs, too.
    """
    return {"max_tokens": max(facts["max_tokens"], longest)} if "max_tokens" in facts else {}


def _read_facts(source: Path) -> dict[str, Any]:
    path = source / MANIFEST
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _sample_texts(pairs: TokenizedPairs, tokenizer: Any) -> list[str]:
    step = max(1, len(pairs) // SAMPLED)
    return [
        tokenizer.decode(pairs.ids[pairs.offsets[i] : pairs.offsets[i + 1]].tolist(), True)
        for i in range(0, len(pairs), step)
    ]


def _run(
    model: VerifierModel,
    optimizer: torch.optim.Optimizer,
    pairs: TokenizedPairs,
    batches: list[list[int]],
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
    running = torch.tensor(state["loss"], dtype=torch.float64, device=device)
    model.train()
    for step in range(state["step"], total):
        rate = min((step + 1) / warm, (total - step) / max(1, total - warm))
        for group in optimizer.param_groups:
            group["lr"] = recipe.peak_rate * rate
        inputs = make_tensors(pairs, batches[step], pad, recipe.pad_to, device)
        width = inputs["input_ids"].shape[1]
        allowed, faults, soft = make_targets(pairs, batches[step], width, device)
        with torch.autocast(device, torch.bfloat16, enabled=half):
            logits, tokens = model(**inputs)
        if recipe.distill and soft is not None:
            loss = compute_distilled_loss(logits, allowed, soft, recipe.distill)
        else:
            loss = compute_masked_loss(logits, allowed)
        whole = loss + recipe.span_weight * compute_span_loss(tokens, faults)
        optimizer.zero_grad(set_to_none=True)
        whole.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        running = 0.99 * running + 0.01 * loss.detach().double()
        save = (step + 1) % recipe.checkpoint_steps == 0 or step + 1 == total
        if save or device == "cpu" or (step + 1) % READ_STEPS == 0:
            state["loss"] = running.item()
        state["step"], state["seconds"] = step + 1, time.monotonic() - begun
        if save:
            save_checkpoint(checkpoint, model, optimizer, state)
        if progress is not None:
            progress(step + 1, total, state["loss"])
