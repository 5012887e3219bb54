"""Run of a generator's training: its stages in order, each done once, and the table at the end."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from groundwire.device import pick_device
from groundwire.errors import InputError
from groundwire.io.atomic import describe_file, lock_folder, write_whole
from groundwire.train.generator.batches import Encoder, select_fitting
from groundwire.train.generator.config import Config
from groundwire.train.generator.data import Row, make_control_token, read_rows
from groundwire.train.generator.evaluate import Prompts, make_prompts, measure_stage
from groundwire.train.generator.loop import Progress, explain_storage
from groundwire.train.generator.measures import FaithfulnessJudge, load_measure
from groundwire.train.generator.model import (
    add_adapters,
    open_generator,
    save_generator,
    start_model,
)
from groundwire.train.generator.preference import train_prefer
from groundwire.train.generator.preference_data import Preference, read_pairs
from groundwire.train.generator.pretrain import read_documents, train_pretrain
from groundwire.train.generator.report import write_report
from groundwire.train.generator.sft import train_sft
from groundwire.verify.backends.checkpoint import open_tokenizer

STAGES = ("base", "pretrain", "sft", "prefer")


@dataclass(slots=True)
class Run:
    """What the stages of a run share.

    Attributes:
        config: of the run.
        output: its folder.
        rows: of training; empty where the config names none.
        judge: made at the first use.
        progress: called after each step.
        pairs: that are preferred beside drawn ones.
        plan: hash of all that the stages so far depend on.
        figures: of each stage.
    """

    config: Config
    output: Path
    rows: list[Row]
    judge: FaithfulnessJudge | None
    progress: Progress | None
    pairs: Sequence[Preference] = ()
    plan: str = ""
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def device(self) -> str:
        """Where models run."""
        return pick_device() if self.config.device == "auto" else self.config.device

    def judging(self) -> FaithfulnessJudge:
        """Returns what says whether answers are faithful."""
        if self.judge is None:
            self.judge = FaithfulnessJudge(self.config.judge)
        return self.judge


def train_generator(
    config: Config,
    output: Path,
    judge: FaithfulnessJudge | None = None,
    progress: Progress | None = None,
) -> Path:
    """Runs the stages of a config; a run that was killed goes on where it was.

    The same config, data, machine and library versions give the same table.

    Args:
        config: of the run.
        output: its folder.
        judge: what says whether answers are faithful, in place of the config's.
        progress: called after each step.

    Returns:
        The folder of the last model. Beside it lie ``table.md``, ``table.json``, ``plots/`` and
        ``README.md``, the model card.

    Raises:
        InputError: if data, config or the output folder cannot be used, another process works in
            it, or memory is short.
        ModelError: if a model cannot be loaded.
    """
    _check_output(output)
    with lock_folder(output):
        return _run(config, output, judge, progress)


def _run(
    config: Config, output: Path, judge: FaithfulnessJudge | None, progress: Progress | None
) -> Path:
    data = config.data
    rows = read_rows(data.train, data, data.limit) if data.train else []
    run = Run(config, output, rows, judge, progress)
    test = read_rows(data.test, data) if config.evaluate and data.test else []
    if config.prefer or config.evaluate:
        run.judging()
    if config.prefer and config.prefer.pairs:
        run.pairs = read_pairs(config.prefer.pairs, data)
    if config.evaluate:
        load_measure(config.evaluate, test)
    _device_works(run.device)
    done = [name for name in STAGES if name == "base" or getattr(config, name, None) is not None]
    folder, table, prompts = output, {}, None
    for name in done:
        with explain_storage(output):
            folder = _stage(run, name, folder)
            _check_window(folder, config)
        if name == "base" and test:
            prompts = _prompts(run, folder, test)
        # A model with random weights says nothing that could be compared.
        if prompts and (name != "base" or config.model.scratch is None):
            with explain_storage(output):
                table[name] = _evaluated(run, name, prompts)
                _report(run, table)
    if not table:
        with explain_storage(output):
            _report(run, table)
    return folder


def _report(run: Run, table: dict[str, dict[str, float]]) -> None:
    judge = run.judge.name if run.judge else ""
    write_report(run.config, run.output, table, run.figures, judge)


def _prompts(run: Run, base: Path, test: list[Row]) -> Prompts:
    """The prompts of a run, of the test rows that fit the window; the others are counted.

    Raises:
        InputError: if none fits.
    """
    encoder = Encoder(open_tokenizer(base), run.config.data, run.config.model.family)
    kept, _ = select_fitting(test, encoder, run.config.data.max_tokens, "evaluate")
    prompts = make_prompts(kept, run.config)
    run.figures["evaluate"] = {
        "rows": len(kept), "left_out": len(test) - len(kept), "prompts": len(prompts.rows)
    }  # fmt: skip
    return prompts


def _check_output(output: Path) -> None:
    if output.exists() and not output.is_dir():
        raise InputError(f"{output}: is no folder; choose another output folder")
    if output.is_dir() and any(output.iterdir()) and not (output / "stages").is_dir():
        raise InputError(f"{output}: holds other files; choose a new or an empty output folder")
    (output / "stages").mkdir(parents=True, exist_ok=True)


def _device_works(device: str) -> None:
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(
            f"device is {device!r}, which this machine has not "
            f"({str(error).splitlines()[0]:.80}); set it to 'auto' or 'cpu'"
        ) from error


def _stage(run: Run, name: str, before: Path) -> Path:
    """Does a stage, or finds it done; returns the folder of its model."""
    folder = run.output / "stages" / name
    run.plan = _plan(run, name)
    done = folder / "stage.json"
    if done.is_file():
        held = json.loads(done.read_text(encoding="utf-8"))
        if held["plan"] != run.plan:
            raise InputError(
                f"{folder}: was made with another config or other data; choose another output "
                "folder, or remove this stage and those after it"
            )
        run.figures[name] = held["figures"]
        return folder
    figures = _work(run, name, before, folder)
    run.figures[name] = figures
    write_whole(done, json.dumps({"plan": run.plan, "figures": figures}, indent=1).encode())
    for checkpoint in folder.glob("checkpoint*"):
        shutil.rmtree(checkpoint)
    return folder


def _work(run: Run, name: str, before: Path, folder: Path) -> dict[str, Any]:
    config, section = run.config, run.config.model
    _claim(folder, run.plan)
    checkpoint = folder / "checkpoint"
    if name == "base":
        texts = [text for row in run.rows for text in (row.context, row.target)]
        if config.pretrain:
            texts += read_documents(config.pretrain.documents)
        names = sorted({row.control for row in run.rows} | {config.data.control})
        model, tokenizer = start_model(config, texts, [make_control_token(n) for n in names if n])
        save_generator(model, tokenizer, folder)
        return {"parameters": sum(p.numel() for p in model.parameters()),
                "vocabulary": len(tokenizer)}  # fmt: skip
    model, tokenizer = open_generator(before, section)
    torch.manual_seed(config.seed)  # of the adapters
    model = add_adapters(model.to(run.device), section)
    if name == "pretrain":
        figures = train_pretrain(model, tokenizer, config, checkpoint, run.plan, run.progress)
    elif name == "sft":
        path = config.data.validation
        held = read_rows(path, config.data) if path else []
        figures = train_sft(
            model, tokenizer, run.rows, config, checkpoint, run.plan, run.progress, held
        )
    else:
        figures = train_prefer(
            model, tokenizer, run.rows, config, folder, run.plan, run.judging(), run.progress,
            run.pairs,
        )  # fmt: skip
    save_generator(model, tokenizer, folder)
    return figures


def _claim(folder: Path, plan: str) -> None:
    """Makes a folder for a plan; unfinished work of another plan in it is removed."""
    mark = folder / "plan.txt"
    if folder.is_dir() and not (mark.is_file() and mark.read_text(encoding="utf-8") == plan):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(mark, plan.encode())


def _check_window(folder: Path, config: Config) -> None:
    held = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    window = held.get("max_position_embeddings", held.get("n_positions"))
    block = config.pretrain.block if config.pretrain else 0
    for name, length in (("data.max_tokens", config.data.max_tokens), ("pretrain.block", block)):
        if isinstance(window, int) and length > window:
            raise InputError(f"{name} is {length}, but the model reads {window} tokens; lower it")


def _plan(run: Run, name: str) -> str:
    config = run.config
    section = config.model if name == "base" else getattr(config, name)
    parts: list[Any] = [run.plan, name, section.model_dump(mode="json"), config.seed]
    if name == "base":
        parts.append(config.data.model_dump(mode="json", exclude={"train", "test", "validation"}))
        parts[2].pop("path")
        files = [config.data.train] if config.data.train else []
        if config.model.path:
            files += sorted([*config.model.path.glob("*.safetensors"),
                             *config.model.path.glob("*.json")])  # fmt: skip
        parts += [describe_file(file) for file in files]
    if name == "sft" and config.data.validation:
        parts.append(describe_file(config.data.validation))
    if name == "prefer":
        parts.append(config.judge.model_dump(mode="json"))
        parts[2].pop("pairs")
        if config.prefer and config.prefer.pairs:
            parts.append(describe_file(config.prefer.pairs))
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def _evaluated(run: Run, name: str, prompts: Prompts) -> dict[str, float]:
    """The figures of a stage, measured now or before."""
    config = run.config
    folder = run.output / "evaluate" / name
    path = folder / "figures.json"
    plan = _evaluation_plan(run, name)
    if path.is_file():
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["plan"] == plan:
            figures: dict[str, float] = held["figures"]
            return figures
    _claim(folder, plan)
    model, tokenizer = open_generator(run.output / "stages" / name, config.model)
    encoder = Encoder(tokenizer, config.data, config.model.family)
    figures = measure_stage(
        name, model.to(run.device), encoder, prompts, config, run.judging(), folder, run.progress
    )
    write_whole(path, json.dumps({"plan": plan, "figures": figures}, indent=1).encode())
    return figures


def _evaluation_plan(run: Run, name: str) -> str:
    config = run.config
    stage = json.loads((run.output / "stages" / name / "stage.json").read_text(encoding="utf-8"))
    assert config.evaluate and config.data.test
    parts = [stage["plan"], config.evaluate.model_dump(mode="json"), config.seed,
             config.judge.model_dump(mode="json"), describe_file(config.data.test)]  # fmt: skip
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()
