"""Fits the talk encoder: which sentences of answers state nothing (``groundwire/models``).

    python -m benchmarks.talk --facts DIR --output DIR [--epochs N] [--rank N] [--seed N]

all-MiniLM-L6-v2 with a difference of low rank (LoRA) is trained on the sentences of
``checkworthy.jsonl``, on sentences of training sets and short answers to questions (``--facts``,
JSON lines; they count as facts where no rule says otherwise), and on talk with a fact behind it,
which is a fact. What it learned is written in eight bits. ``checkworthy_held.jsonl`` is never
trained on; at the end a line says what of it passes at which threshold.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.checkworthy import JOINTS, Sentence, read_facts, read_sentences

from groundwire.claims.checkworthy import classify_by_rules, make_plain
from groundwire.encoders.differences import derive_difference, name_as_model
from groundwire.encoders.weights import DEFAULT_NAME, find_default_model, hash_file

LABELS = ("claim", "talk")
ANSWERS = ("squad2", "multirc")
"""Files whose ``answer`` is a short answer to a question."""
RATE = 1.5e-3
BATCH = 32
TOKENS = 96
SMOOTH = 0.01
FACT_WEIGHT = 0.3
"""Weight of a sentence that nobody labelled beside one of ``checkworthy.jsonl``."""


def read_answers(folder: Path, count: int) -> list[str]:
    """Returns short answers of the files that have some, the same at each call."""
    found = list[str]()
    for name in ANSWERS:
        for path in sorted(folder.glob(f"{name}.jsonl*")):
            with (gzip.open if path.suffix == ".gz" else open)(
                path, "rt", encoding="utf-8"
            ) as file:
                rows = [json.loads(line).get("answer") for line in file]
            found += [a for a in rows if isinstance(a, str) and 1 < len(a.split()) < 12]
    random.Random(1).shuffle(found)
    return found[:count]


def join_with_facts(sentences: Sequence[Sentence], count: int) -> Iterator[str]:
    """Yields talk with a fact behind or before it, drawn from the labelled sentences."""
    draw = random.Random(2)
    talk = [s.text for s in sentences if s.talk and s.text[-1] not in "?:"]
    facts = [s.text for s in sentences if not s.talk and len(s.text.split()) > 3]
    for number in range(count):
        said, fact = draw.choice(talk).rstrip(".!… "), draw.choice(facts)
        if number % 3:
            yield said + draw.choice(JOINTS) + fact[0].lower() + fact[1:]
        else:
            yield fact.rstrip(".!… ") + ", " + said[0].lower() + said[1:] + "."


def collect_rows(facts: Path, seed: int) -> list[tuple[str, int, float]]:
    """Returns the texts to train on, each with its label and its weight."""
    sentences = read_sentences()
    rows = [(s.text, int(s.talk), 1.0) for s in sentences]
    loose = [t for t in read_facts(facts) if classify_by_rules(t) == "claim"]
    loose += read_answers(facts, 1500)
    rows += [(text, 0, FACT_WEIGHT) for text in loose]
    rows += [(text, 0, FACT_WEIGHT) for text in join_with_facts(sentences, 1500)]
    random.Random(seed).shuffle(rows)
    return [(make_plain(text), label, weight) for text, label, weight in rows]


def open_model(rank: int) -> tuple[Any, Any]:
    """Returns a classifier of which a change of low rank is trained, and its tokenizer."""
    from peft import LoraConfig, TaskType, get_peft_model
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = find_default_model()
    names = dict(enumerate(LABELS))
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=len(LABELS), id2label=names, local_files_only=True, dtype="float32",
        label2id={label: number for number, label in names.items()},
    )  # fmt: skip
    matrices = ["query", "key", "value", "attention.output.dense", "intermediate.dense"]
    options = LoraConfig(
        r=rank, lora_alpha=2 * rank, target_modules=[*matrices, "output.dense"],
        modules_to_save=["classifier", "pooler"], task_type=TaskType.SEQ_CLS,
    )  # fmt: skip
    return get_peft_model(model, options), AutoTokenizer.from_pretrained(folder)


def plan_batches(lengths: Sequence[int], epochs: int, seed: int) -> list[list[int]]:
    """Returns places in batches of like lengths, in a mixed order."""
    draw, made = random.Random(seed), list[list[int]]()
    for _ in range(epochs):
        places, own = list(range(len(lengths))), list[list[int]]()
        draw.shuffle(places)
        for start in range(0, len(places), BATCH * 40):
            part = sorted(places[start : start + BATCH * 40], key=lambda i: lengths[i])
            own += [part[at : at + BATCH] for at in range(0, len(part), BATCH)]
        draw.shuffle(own)
        made += own
    return made


def run_batch(model: Any, tokens: Sequence[Sequence[int]]) -> Any:
    """Returns the logits of token lists: [n, 2]."""
    import torch

    width = max(map(len, tokens))
    ids = torch.zeros(len(tokens), width, dtype=torch.long)
    mask = torch.zeros(len(tokens), width, dtype=torch.long)
    for row, own in enumerate(tokens):
        ids[row, : len(own)] = torch.tensor(own)
        mask[row, : len(own)] = 1
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(input_ids=ids, attention_mask=mask).logits
    return logits.float()


def train_model(
    rows: Sequence[tuple[str, int, float]], rank: int, epochs: int, seed: int
) -> tuple[Any, Any]:
    """Returns the trained model, its changes added to its weights, and its tokenizer."""
    import torch
    from torch.nn.functional import cross_entropy

    torch.manual_seed(seed)
    model, tokenizer = open_model(rank)
    tokens = [tokenizer(text, truncation=True, max_length=TOKENS)["input_ids"] for text, *_ in rows]
    trained = [part for part in model.parameters() if part.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
    batches = plan_batches([len(own) for own in tokens], epochs, seed)
    begun, loss_now = time.perf_counter(), 0.7
    model.train()
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / 40) * (1 - step / len(batches))
        labels = torch.tensor([rows[i][1] for i in batch])
        weights = torch.tensor([rows[i][2] for i in batch])
        each = cross_entropy(
            run_batch(model, [tokens[i] for i in batch]), labels,
            reduction="none", label_smoothing=SMOOTH,
        )  # fmt: skip
        loss = (each * weights).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        loss_now += 0.03 * (float(loss.detach()) - loss_now)
        if step % 100 == 0:
            spent = time.perf_counter() - begun
            print(f"{step}/{len(batches)} loss {loss_now:.3f}, {spent:.0f} s", flush=True)
    return model.merge_and_unload().eval(), tokenizer


def measure_talk(model: Any, tokenizer: Any, texts: Sequence[str]) -> Any:
    """Returns the probability that each text is talk: float64 [n]."""
    import torch

    tokens = [
        tokenizer(make_plain(text), truncation=True, max_length=TOKENS)["input_ids"]
        for text in texts
    ]
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
    found = np.zeros(len(tokens))
    with torch.no_grad():
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            found[part] = run_batch(model, [tokens[i] for i in part]).softmax(1)[:, 1].numpy()
    return found


def write_encoder(model: Any, output: Path, rank: int, facts: dict[str, Any]) -> None:
    """Writes what was learned as a difference in eight bits, with what is needed to open it."""
    from safetensors.torch import load_file, save_file

    source = find_default_model()
    old = name_as_model(load_file(source / "model.safetensors"), "bert")
    new = {name: part for name, part in model.state_dict().items() if "position_ids" not in name}
    output.mkdir(parents=True, exist_ok=True)
    made = derive_difference(new, old, rank, bits=8)
    save_file(made, output / "difference.safetensors", metadata={"format": "pt"})
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    config |= {"id2label": dict(enumerate(LABELS)), "num_labels": len(LABELS)}
    (output / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    manifest = {
        "name": "groundwire-talk", "format": 1, "backbone": DEFAULT_NAME,
        "weights_sha256": hash_file(output / "difference.safetensors"),
        "backbone_sha256": hash_file(source / "model.safetensors"), **facts,
    }  # fmt: skip
    (output / "groundwire.json").write_text(json.dumps(manifest, indent=1) + "\n")
    size = (output / "difference.safetensors").stat().st_size
    print(f"{output}: {size:,} bytes")


def print_held(model: Any, tokenizer: Any) -> None:
    """Prints what of the sentences never fitted on passes the encoder alone."""
    kept = read_sentences("checkworthy_held.jsonl")
    talk = np.array([s.talk for s in kept])
    found = measure_talk(model, tokenizer, [s.text for s in kept])
    for least in (0.5, 0.7, 0.8, 0.9, 0.95):
        flagged, through = (found[talk] < least).mean(), (found[~talk] >= least).mean()
        print(
            f"{least}: talk flagged {100 * flagged:.1f} %, facts let through {100 * through:.1f} %"
        )


def main() -> None:
    """Trains, measures and writes the encoder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--facts", type=Path, help="folder of JSON lines whose texts are facts")
    parser.add_argument("--output", type=Path, help="where the encoder is written")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="nothing: fitting takes minutes")
    args = parser.parse_args()
    if args.facts is None or args.output is None or args.quick:
        print("nothing to do: give --facts DIR with training sets and --output DIR")
        return
    rows = collect_rows(args.facts, args.seed)
    print(f"{len(rows):,} texts, {sum(label for _, label, _ in rows):,} of them talk", flush=True)
    begun = time.perf_counter()
    model, tokenizer = train_model(rows, args.rank, args.epochs, args.seed)
    seconds = math.ceil(time.perf_counter() - begun)
    print_held(model, tokenizer)
    facts = {"texts": len(rows), "epochs": args.epochs, "rank": args.rank, "seed": args.seed}
    write_encoder(model, args.output, args.rank, {**facts, "seconds": seconds})


if __name__ == "__main__":
    main()
