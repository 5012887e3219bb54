"""Cures at the source measured on E2E NLG: a small generator trained with and without each.

    python -m benchmarks.generator --data DIR --output OUT [--rows a,b,...] [--texts 20000]
                                   [--seeds 13] [--steps 3750] [--family encoder-decoder]
                                   [--split dev] [--quick]

DIR holds the files of E2E NLG (``e2e_train``, ``e2e_devset``, ``e2e_testset_w_refs``,
``e2e_cleaned_test-fixed``, ``.jsonl.gz``). Each row of the table is a run of ``groundwire train
generator``; what is done lies in OUT and is not done again, so a killed run goes on.

    a        the noisy texts
    b        the texts that ``train audit-data --trim`` keeps, by a verifier adapted with ``train
             verifier --rows`` to the same noisy texts (no labels, no patterns); fields that a text
             omits are taken out of its input
    b-keep   the same texts, with their inputs as they were
    b-drop   those of them that omit no field (``--drop omission``)
    c-reg    b with label smoothing and R-Drop; c-robust: with fields reordered and dropped;
             c-swap: with other names; c-adv: with FGM; c-all: all of these
    d        c-swap, then preferences of its own answers, judged by the adapted verifier; b-prefer:
             the same after b
    e-random as many noisy texts as b has, drawn; e-trunc: a with loss truncation; a-swap: a with
             other names

Measured by ``benchmarks.slots``, no verifier, on greedy and on drawn answers: slots added, wrong
and missing in percent of the slots of the distinct inputs of the original and of the cleaned set of
a split; BLEU and chrF against all references of an original input. 95% intervals are of a bootstrap
over inputs and seeds.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import shutil
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.generator_table import (
    FILES,
    WAYS,
    Answers,
    inputs,
    measured,
    print_reductions,
    print_table,
    read,
    reductions,
    write,
)
from benchmarks.slots import corpus_errors, slot_errors
from benchmarks.train_data import figures

from groundwire.cli.progress import log_line, make_bars

ORDER = (
    "name", "eatType", "food", "priceRange", "customer rating", "area", "familyFriendly", "near",
)  # fmt: skip
HELD = {short: name for files in FILES.values() for short, name in files.items()}
SOURCES = {
    "a": "noisy", "a-swap": "noisy", "e-trunc": "noisy", "e-random": "drawn", "b-keep": "kept",
    "b-drop": "whole",
}  # fmt: skip
"""Texts that rows are trained on; the others have ``trimmed``."""

REGULAR = {"label_smoothing": 0.1, "r_drop": 0.5}
REORDER, SWAP = {"reorder": 0.5, "drop": 0.2}, {"swap": 0.5}
ADVERSARIAL = {"adversarial": {"kind": "fgm", "epsilon": 0.05}}
SFT: dict[str, dict[str, Any]] = {
    "a": {}, "b": {}, "b-keep": {}, "b-drop": {}, "b-prefer": {}, "e-random": {},
    "e-trunc": {"loss_truncation": 0.4}, "c-reg": REGULAR, "c-adv": ADVERSARIAL,
    "c-robust": {"perturb": REORDER}, "c-swap": {"perturb": SWAP}, "d": {"perturb": SWAP},
    "a-swap": {"perturb": SWAP},
    "c-all": {**REGULAR, **ADVERSARIAL, "perturb": {**REORDER, **SWAP}},
}  # fmt: skip
PREFERRED = {"d": "c-swap", "b-prefer": "b"}
"""Rows with preferences, and those that they go on from."""

SCRATCH: dict[str, dict[str, Any]] = {
    "decoder": {"architecture": "gpt2"}, "encoder-decoder": {"architecture": "t5", "layers": 2},
}  # fmt: skip
PREFER = {
    "prompts": 1000, "samples": 6, "engine": "own", "rate": 1e-4, "epochs": 1, "complete": True,
}  # fmt: skip


def load(data: Path, name: str) -> list[dict[str, Any]]:
    """Reads one file of the data set."""
    with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def meaning(slots: dict[str, str]) -> str:
    """Writes slots in one order and spelling; the training file is tokenized."""
    named = {
        key.replace("customerrating", "customer rating"): value for key, value in slots.items()
    }
    values = {key: re.sub(r"(?<=£) | (?=-)|(?<=-) ", "", value) for key, value in named.items()}
    return ", ".join(f"{key}[{values[key]}]" for key in ORDER if key in values)


def plain(text: str) -> str:
    """Joins what the training file's tokenizer parted."""
    text = re.sub(r"(?<=£) | (?=[.,;:!?)])|(?<=\() ", "", text)
    text = re.sub(r"(?<=[0-9a-z]) - (?=[0-9a-z])", "-", text)
    return re.sub(r" (?=(?:'(?:s|re|ve|ll|d|m)|n't)\b)", "", text)


def prepare(data: Path, output: Path, texts: int) -> None:
    """Writes the noisy texts, without those of inputs that any other set has, and the test sets."""
    held = set()
    for name in HELD.values():
        held |= {meaning(first_values(row["mr"])) for row in load(data, name)}
    rows = [{"context": meaning(row["mr"]), "target": plain(row["text"])}
            for row in load(data, "e2e_train")]  # fmt: skip
    rows = [row for row in rows if row["context"] not in held]
    random.Random(0).shuffle(rows)
    write(output / "noisy.jsonl", rows[:texts])
    for short, name in HELD.items():
        write(output / f"{short}.jsonl", [
            {"context": meaning(first_values(row["mr"])), "target": row["ref"]}
            for row in load(data, name)
        ])  # fmt: skip


def first_values(mr: str) -> dict[str, str]:
    """Reads ``name[...], area[...]``; of a slot that is repeated, its first value."""
    found: dict[str, str] = {}
    for slot, value in re.findall(r"(\w[\w ]*?)\s*\[([^\]]*)\]", mr):
        found.setdefault(slot, value.strip())
    return found


def clean(output: Path, step: Callable[..., None]) -> dict[str, Any]:
    """Adapts the verifier, audits the noisy texts with it, and writes what is kept."""
    from groundwire.guard.guard import Guard
    from groundwire.train.data.options import DataOptions
    from groundwire.train.data.run import audit_data
    from groundwire.train.verifier.recipe import Recipe
    from groundwire.train.verifier.train import adapt_to_rows
    from groundwire.verify.presets import load_verifier

    model, found = output / "verifier", output / "audit" / "summary.json"
    if not (model / "groundwire.json").is_file():
        recipe = Recipe(peak_rate=5e-5, documents=12_000)

        def told(done: int, total: int, loss: float) -> None:
            step("verifier", done, total, f"loss {loss:.3f}")

        adapt_to_rows(output / "noisy.jsonl", model, recipe, progress=told)
    if not found.is_file():
        guard = Guard(verifier=load_verifier(str(model)))
        options = DataOptions(near=0, pairs=0, swaps=0, drop=frozenset({"empty"}), trim=True,
                              resume=True)  # fmt: skip
        audit_data([output / "noisy.jsonl"], output / "audit", guard, options)
    trimmed = read(output / "audit" / "clean.jsonl")
    lines, noisy = read(output / "audit" / "rows.jsonl"), read(output / "noisy.jsonl")
    texts = {
        "trimmed": trimmed, "kept": [noisy[row["row"]] for row in trimmed],
        "whole": [noisy[row["row"]] for row in trimmed if "omits" not in lines[row["row"]]],
        "drawn": random.Random(0).sample(noisy, len(trimmed)),
    }  # fmt: skip
    for name, rows in texts.items():
        write(output / f"{name}.jsonl", rows)
    slots = {name: told_slots(rows) for name, rows in {"noisy": noisy, **texts}.items()}
    sizes = {name: len(rows) for name, rows in texts.items()}
    return {"texts": sizes, "slots": slots, **flags(output, ["omits" in line for line in lines])}


def told_slots(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Returns the errors of texts in percent of the slots of their inputs."""
    found = corpus_errors((row["context"], row["target"]) for row in rows)
    kinds = {"added": found.added, "wrong": found.wrong, "missing": found.missing}
    return {kind: round(found.percent(count.total()), 2) for kind, count in kinds.items()}


def flags(output: Path, omits: Sequence[bool]) -> dict[str, Any]:
    """Precision and recall of the audit's flags by the slot patterns."""
    labels = [row["label"] == "unfaithful" for row in read(output / "audit" / "rows.jsonl")]
    found = [slot_errors(row["context"], row["target"]) for row in read(output / "noisy.jsonl")]
    wrong = [bool(errors.added or errors.wrong) for errors in found]
    missing = [bool(errors.missing) for errors in found]
    return {"unfaithful": figures(labels, wrong), "omission": figures(omits, missing)}


def config_of(name: str, seed: int, steps: int, family: str, output: Path) -> dict[str, Any]:
    """Returns the config of a row; an encoder-decoder has half the layers on either side."""
    source = SOURCES.get(name, "trimmed")
    values: dict[str, Any] = {
        "seed": seed, "model": {"family": family, "scratch": SCRATCH[family]},
        "data": {"train": str(output / f"{source}.jsonl"), "max_tokens": 160},
        "sft": {"steps": steps, "batch_size": 32, "rate": 1e-3, "checkpoint_steps": 500,
                **SFT[name]},
    }  # fmt: skip
    if name in PREFERRED:
        values |= {"prefer": PREFER, "judge": {"verifier": str(output / "verifier")}}
    return values


def answers(folder: Path, stage: str, config: Any, output: Path, split: str) -> Answers:
    """Returns the answers of a model to the distinct inputs of a split's sets, each way."""
    from groundwire.train.generator.batches import Encoder
    from groundwire.train.generator.data import Row
    from groundwire.train.generator.forward import generate_answers
    from groundwire.train.generator.model import open_generator

    held: dict[str, list[str]] = {}
    for way, samples in WAYS.items():
        path = folder / f"answers-{split}-{way}.json"
        if not path.is_file():
            model, tokenizer = open_generator(folder / "stages" / stage, config.model)
            encoder = Encoder(tokenizer, config.data, config.model.family)
            said = {}
            for short in FILES[split]:
                asked = [Row(text, "", text) for text in inputs(output, short)]
                made = generate_answers(model, encoder, asked, samples=samples, seed=config.seed)
                said[f"{way} {short}"] = [texts[0] for texts in made]
            path.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        held |= json.loads(path.read_text(encoding="utf-8"))
    return held


def run(
    name: str, seed: int, steps: int, family: str, split: str, output: Path,
    step: Callable[..., None],
) -> tuple[dict[str, Any], Answers]:  # fmt: skip
    """Trains one row, or what of it is not done, and returns its figures and answers."""
    from groundwire.train.generator.config_file import make_config
    from groundwire.train.generator.run import train_generator

    config = make_config(config_of(name, seed, steps, family, output))
    short = "" if family == "decoder" else f"{family}-"
    before = PREFERRED.get(name, name)
    folder, trained = (output / "runs" / f"{short}{n}-{seed}" for n in (name, before))
    if trained.is_dir() and not folder.is_dir():
        shutil.copytree(trained / "stages", folder / "stages")
    train_generator(config, folder, progress=step)
    stage = "prefer" if config.prefer else "sft"
    held = json.loads((folder / "stages" / "sft" / "stage.json").read_text(encoding="utf-8"))
    said = answers(folder, stage, config, output, split)
    facts = {"texts": held["figures"]["rows"], **held["figures"]}
    return {key: facts[key] for key in ("texts", "steps", "seconds")} | measured(
        output, [said]
    ), said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument(
        "--rows",
        default="a,b,c-swap,d,e-random,e-trunc,a-swap,b-keep,b-drop,b-prefer,c-reg,c-robust,c-adv,c-all",
    )
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--seeds", default="13")
    parser.add_argument("--steps", type=int, default=3_750)
    parser.add_argument("--family", choices=list(SCRATCH), default="decoder")
    parser.add_argument("--split", choices=list(FILES), default="test")
    parser.add_argument("--quick", action="store_true", help="300 texts, 10 steps, row a")
    options = parser.parse_args()
    if options.data is None or options.output is None:
        print("give --data DIR with the files of E2E NLG, and --output OUT")
        return
    names = ["a"] if options.quick else options.rows.split(",")
    output: Path = options.output
    output.mkdir(parents=True, exist_ok=True)
    if not all((output / f"{short}.jsonl").is_file() for short in HELD):
        prepare(options.data, output, 300 if options.quick else options.texts)
    table: dict[str, dict[str, Any]] = {}
    said: dict[str, list[Answers]] = {}
    with make_bars() as progress:
        task = progress.add_task("", total=None)

        def step(stage: str, done: int, total: int, text: str) -> None:
            progress.update(task, completed=done, total=total, description=f"{stage} {text}")
            log_line(progress, done, total, f"{stage} {text}")

        figures_of_audit = output / "audit.json"
        if any(SOURCES.get(n) != "noisy" for n in names) and not figures_of_audit.is_file():
            found = clean(output, step)
            figures_of_audit.write_text(json.dumps(found, indent=1), encoding="utf-8")
        seeds = [int(seed) for seed in options.seeds.split(",")]
        steps = 10 if options.quick else options.steps
        for seed, name in product(seeds, names):
            figures, answered = run(name, seed, steps, options.family, options.split, output, step)
            table[f"{name}, seed {seed}"] = figures
            said.setdefault(name, []).append(answered)
    if len(seeds) > 1:
        for name, each in said.items():
            texts = table[f"{name}, seed {seeds[0]}"]["texts"]
            table[f"{name}, {len(seeds)} seeds"] = {"texts": texts, **measured(output, each)}
    less = {
        name: reductions(output, said["a"], each)
        for name, each in said.items() if "a" in said and name != "a"
    }  # fmt: skip
    (output / f"table-{options.family}-{options.split}.json").write_text(
        json.dumps({"rows": table, "less_than_a": less}, indent=1), encoding="utf-8"
    )
    print_table(table)
    print_reductions(less)


if __name__ == "__main__":
    main()
