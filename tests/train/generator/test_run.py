"""Whole runs on tiny models: stages, resuming after a kill, errors, recipes, recommendations."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import groundwire.train.generator as package
from generator_cases import config, rows, tiny, write_rows
from groundwire.cli.commands import main
from groundwire.errors import InputError, ModelError
from groundwire.io.atomic import lock_folder
from groundwire.train.generator.batches import Encoder
from groundwire.train.generator.config_file import make_config, read_config
from groundwire.train.generator.data import read_rows
from groundwire.train.generator.loop import explain_memory
from groundwire.train.generator.measures import measure_perplexity
from groundwire.train.generator.model import open_generator
from groundwire.train.generator.recommend import estimate_memory, recommend_run
from groundwire.train.generator.run import train_generator

HELPERS = Path(__file__).parents[2] / "helpers"
RECIPES = Path(package.__file__).parent / "recipes"
SFT: dict[str, Any] = {"epochs": 2, "batch_size": 8, "checkpoint_steps": 2}
PREFER: dict[str, Any] = {
    "prompts": 6, "samples": 4, "max_new_tokens": 8, "margin": 0.0, "length_ratio": 9.0,
    "coverage_gap": 1.0, "batch_size": 2, "engine": "own",
}  # fmt: skip
EVALUATE: dict[str, Any] = {"prompts": 4, "max_new_tokens": 6, "measure": "slots",
                            "robustness": 2}  # fmt: skip


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HELPERS))


def test_all_stages_and_nothing_twice(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("The Mill is an old pub by the river. " * 40)
    checked = config(
        tmp_path, pretrain={"documents": tmp_path / "page.txt", "block": 32, "batch_size": 4},
        sft={**SFT, "loss_truncation": 0.2,
             "perturb": {"missing": 0.3, "reorder": 0.5, "swap": 0.5}},
        prefer=PREFER, evaluate=EVALUATE,
    )  # fmt: skip
    steps: list[str] = []
    out = tmp_path / "out"
    model = train_generator(checked, out, None, lambda name, *_: steps.append(name))
    assert {"pretrain", "sft", "prefer"} <= set(steps)
    table = json.loads((out / "table.json").read_text())["figures"]
    assert list(table) == ["pretrain", "sft", "prefer"]
    assert {"faithful", "coverage", "perplexity", "abstention", "slots_added"} <= set(table["sft"])
    assert (out / "plots" / "faithfulness.svg").read_text().startswith("<?xml")
    card = (out / "README.md").read_text()
    assert "## Limits" in card and "perturb.swap changed nothing" in card
    assert not list(out.glob("stages/*/checkpoint*"))
    steps.clear()
    before = (out / "table.json").read_bytes()
    assert train_generator(checked, out, None, lambda name, *_: steps.append(name)) == model
    assert not steps and (out / "table.json").read_bytes() == before
    with pytest.raises(InputError, match="another config"):
        train_generator(checked.model_copy(update={"seed": 14}), out)


WORKER = """
import sys
from pathlib import Path
from groundwire.train.generator.config_file import read_config
from groundwire.train.generator.run import train_generator
stop, count = sys.argv[3], int(sys.argv[4])
def step(name, done, total, text):
    if name == stop and done >= count:
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
train_generator(read_config(Path(sys.argv[1])), Path(sys.argv[2]), None, step)
"""


def test_killed_in_each_stage_gives_the_same_table(tmp_path: Path) -> None:
    write_rows(tmp_path / "train.jsonl", rows())
    (tmp_path / "page.txt").write_text("The Mill is an old pub by the river. " * 40)
    (tmp_path / "c.toml").write_text(
        '[model.scratch]\nhidden=16\nlayers=1\nheads=2\nintermediate=32\nvocabulary=320\n'
        '[data]\ntrain="train.jsonl"\ntest="train.jsonl"\nvalidation="train.jsonl"\n'
        '[judge]\nverifier="python:generator_cases:score"\n'
        '[pretrain]\ndocuments="page.txt"\nblock=16\nbatch_size=4\ncheckpoint_steps=2\n'
        '[sft]\nepochs=2\nbatch_size=8\ncheckpoint_steps=2\nr_drop=0.5\nloss_truncation=0.2\n'
        "[sft.perturb]\nreorder=0.5\n"
        '[prefer]\nprompts=6\nsamples=4\nmax_new_tokens=8\nmargin=0\nlength_ratio=9\ncoverage_gap=1\n'
        'engine="own"\nbatch_size=2\ncheckpoint_steps=1\n'
        "[evaluate]\nprompts=4\nmax_new_tokens=6\nrobustness=2\n"
    )  # fmt: skip
    kills = [
        ("pretrain", 3),
        ("sft", 3),
        ("sft: answers", 1),
        ("prefer: judging", 1),
        ("prefer", 2),
        ("prefer: judging answers", 1),
    ]

    def run(out: str, stop: str, count: int) -> int:
        environment = os.environ | {"PYTHONPATH": str(HELPERS)}
        command = [sys.executable, "-c", WORKER, str(tmp_path / "c.toml"), str(tmp_path / out)]
        done = subprocess.run([*command, stop, str(count)], env=environment, capture_output=True)
        assert done.returncode != 1, done.stderr.decode()[-2000:]
        return done.returncode

    assert run("whole", "", 0) == 0
    for stop, count in kills:
        assert run("killed", stop, count) == -signal.SIGKILL, stop
    assert run("killed", "", 0) == 0
    for name in ("table.json", "stages/prefer/model.safetensors", "plots/robustness.svg"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "killed" / name).read_bytes()


def test_the_epoch_that_is_best_on_validation_rows_is_kept(tmp_path: Path) -> None:
    """What the rows teach first is that targets are words; then, what these targets are not."""
    other = [{**row, "target": row["target"].upper()} for row in rows()]
    checked = config(tmp_path, sft={"epochs": 12, "batch_size": 8, "rate": 0.02})
    path = write_rows(tmp_path / "held.jsonl", other)
    data = checked.data.model_copy(update={"validation": path})
    held = checked.model_copy(update={"data": data})
    last = train_generator(checked, tmp_path / "last")
    best = train_generator(held, tmp_path / "best")
    found = json.loads((best / "stage.json").read_text(encoding="utf-8"))["figures"]
    assert 1 <= found["best_epoch"] < 12

    def measured(folder: Path) -> float:
        model, tokenizer = open_generator(folder, held.model)
        encoder = Encoder(tokenizer, held.data, "decoder")
        return measure_perplexity(model, encoder, read_rows(path, held.data))

    assert measured(best) == pytest.approx(found["validation_perplexity"], rel=1e-3)
    assert measured(best) < measured(last)
    assert not list(best.glob("checkpoint*"))
    write_rows(path, other[:5])
    with pytest.raises(InputError, match="other data"):
        train_generator(held, tmp_path / "best")


def test_steps_take_the_place_of_epochs(tmp_path: Path) -> None:
    """Each batch is made once, also where the last epoch is cut short."""
    checked = config(tmp_path, sft={"steps": 7, "batch_size": 8})  # 24 rows: 3 batches an epoch
    path = write_rows(tmp_path / "held.jsonl", rows())
    data = checked.data.model_copy(update={"validation": path})
    made: list[int] = []
    plain = Encoder.batch

    def counted(self: Encoder, examples: Any, device: str = "cpu") -> Any:
        made.append(len(examples))
        return plain(self, examples, device)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Encoder, "batch", counted)
        model = train_generator(checked, tmp_path / "out")
    assert made == [8] * 7
    figures = json.loads((model / "stage.json").read_text(encoding="utf-8"))["figures"]
    assert figures["steps"] == 7
    held = train_generator(checked.model_copy(update={"data": data}), tmp_path / "held")
    figures = json.loads((held / "stage.json").read_text(encoding="utf-8"))["figures"]
    assert figures["steps"] == 7 and 1 <= figures["best_epoch"] <= 3


def test_one_process_works_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out" / "stages").mkdir(parents=True)
    with lock_folder(tmp_path / "out"), pytest.raises(InputError, match="out"):
        train_generator(config(tmp_path, sft=SFT), tmp_path / "out")
    assert train_generator(config(tmp_path, sft=SFT), tmp_path / "out").is_dir()


def test_packages_that_are_missing_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("groundwire.cli.train.EXTRA", ("pydantic", "no_such_package"))
    assert main(["train", "generator", str(tmp_path / "c.toml")]) == 2
    said = capsys.readouterr().err
    assert "training needs no_such_package: pip install 'groundwire[train]'" in said


def test_test_rows_that_do_not_fit_are_left_out_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = {"context": "name[" + "Zizzi " * 400 + "]", "target": "Zizzi."}
    path = write_rows(tmp_path / "test.jsonl", [*rows()[:6], long, rows()[0]])
    checked = config(tmp_path, sft=SFT, evaluate=EVALUATE)
    data = checked.data.model_copy(update={"test": path})
    train_generator(checked.model_copy(update={"data": data}), tmp_path / "out")
    found = json.loads((tmp_path / "out" / "table.json").read_text(encoding="utf-8"))
    assert found["stages"]["evaluate"] == {"rows": 7, "left_out": 1, "prompts": 4}
    assert "1 test rows do not fit data.max_tokens = 128 and were left out" in found["notes"]
    assert "the figures stand on 4 prompts of 7 test rows" in found["notes"]
    assert any(note.startswith("sft: faithful is between") for note in found["notes"])
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert all(note in card for note in found["notes"])
    assert "share of the answers without an error in any slot" in card
    write_rows(path, [long])
    with pytest.raises(InputError, match=r"evaluate: 0 of .* fit data.max_tokens = 128"):
        train_generator(checked.model_copy(update={"data": data}), tmp_path / "other")
    assert not (tmp_path / "other" / "stages" / "sft").exists()


def test_a_stage_that_cannot_begin_loses_no_figures(tmp_path: Path) -> None:
    prefer = {**PREFER, "margin": 1.0}
    checked = config(tmp_path, sft=SFT, prefer=prefer, evaluate=EVALUATE)
    with pytest.raises(InputError, match="their models lie in stages/"):
        train_generator(checked, tmp_path / "out")
    table = json.loads((tmp_path / "out" / "table.json").read_text(encoding="utf-8"))["figures"]
    assert list(table) == ["sft"]
    assert "the test rows are the training rows" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"context": "a \ud83d b", "target": "It is."}, "row 1: the context holds half of a char"),
        ({"context": "a[b]", "target": "It \udc00 is."}, "row 1: the target holds half of a char"),
        ({"context": "a[b]", "target": "It is.", "weight": 0}, "every row has weight 0"),
    ],
)
def test_rows_that_cannot_be_learned_are_refused(
    tmp_path: Path, row: dict[str, Any], told: str
) -> None:
    checked = config(tmp_path, sft=SFT)
    write_rows(tmp_path / "train.jsonl.gz", [row] * 3)
    with pytest.raises(InputError, match=told):
        train_generator(checked, tmp_path / "out")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits of resources")
def test_a_disk_that_is_full_is_told_and_the_run_goes_on(tmp_path: Path) -> None:
    write_rows(tmp_path / "train.jsonl", rows())
    (tmp_path / "c.toml").write_text(
        "[model.scratch]\nhidden=16\nlayers=1\nheads=2\nintermediate=32\nvocabulary=320\n"
        '[data]\ntrain="train.jsonl"\n[sft]\nepochs=1\nbatch_size=8\n'
    )
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
    call = "import sys; from groundwire.cli.commands import main; sys.exit(main(sys.argv[1:]))"
    command = ["train", "generator", str(tmp_path / "c.toml"), "-o", str(tmp_path / "out")]

    def run(before: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", before + call, *command], capture_output=True, text=True
        )

    full = run(limit)
    assert full.returncode == 2
    assert full.stderr.count("cannot be written") == 1 and "Traceback" not in full.stderr
    assert "free some space, then run again" in full.stderr
    assert run("").returncode == 0


@pytest.mark.parametrize("method", ["dpo", "kto"])
def test_preferences_through_trl(
    tmp_path: Path, method: str, capfd: pytest.CaptureFixture[str]
) -> None:
    checked = config(tmp_path, sft=SFT, prefer=PREFER | {"engine": "trl", "method": method})
    model = train_generator(checked, tmp_path / "out")
    before = load_file(tmp_path / "out/stages/sft/model.safetensors")
    after = load_file(model / "model.safetensors")
    assert any(not torch.equal(before[name], after[name]) for name in before)
    said = capfd.readouterr()
    assert "train_runtime" not in said.out and "examples/s" not in said.err


@pytest.mark.parametrize(
    ("architecture", "family"),
    [("gpt2", "decoder"), ("llama", "decoder"), ("qwen2", "decoder"), ("qwen3", "decoder"),
     ("t5", "encoder-decoder"), ("bart", "encoder-decoder")],
)  # fmt: skip
def test_loading_and_training_of_each_architecture(
    tmp_path: Path, architecture: str, family: str
) -> None:
    folder = tmp_path / "model"
    tiny(architecture, family, folder)
    items = [row | {"control": "new"} for row in rows()]
    train = write_rows(tmp_path / "train.jsonl", items)
    checked = make_config({
        "model": {"family": family, "path": folder, "lora": {"r": 2, "alpha": 4}},
        "data": {"train": train, "control": "new", "max_tokens": 128},
        "sft": {"epochs": 1, "batch_size": 24, "kl": 0.1, "adversarial": {"kind": "fgm"}},
        "prefer": PREFER | {"prompts": 4},
        "judge": {"verifier": "python:generator_cases:score"},
    })  # fmt: skip
    model, tokenizer = open_generator(train_generator(checked, tmp_path / "out"), checked.model)
    assert "<|new|>" in tokenizer.get_vocab()
    assert model.get_input_embeddings().num_embeddings >= len(tokenizer)


@pytest.mark.parametrize("name", ["rag", "summarization", "data_to_text", "translation"])
def test_recipes_load(name: str) -> None:
    checked = read_config(RECIPES / f"{name}.toml")
    assert checked.sft is not None and checked.prefer is not None and checked.evaluate is not None
    assert (RECIPES / f"{name}.toml").read_text().startswith("# ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[model]\npath='x'\n[data]\ntrain='x'\n[sft]\nepoch=1", "unknown key 'sft.epoch'"),
        ("[model]\npath='x'\n[data]\ntrain='x'\n[sft]\nrate=-1", "sft.rate is -1"),
        ("[model]\n[data]\ntrain='x'\n[sft]", "either path"),
        ("[model]\npath='x'\n[sft]", "data.train is missing"),
        ("[model]\npath='x'\n", "no stage"),
        ("[model]\npath='x'\n[data]\ntrain='x'\ntest='x'\n[evaluate]\nmeasure=1",
         "evaluate.measure is 1"),
        ("[model", "not TOML"),
        ("[model]\npath='nowhere'\n[data]\ntrain='t.jsonl'\n[sft]", "is no folder"),
        ("[model.scratch]\n[data]\ntrain='empty.jsonl'\n[sft]", "holds no rows"),
        ("[model.scratch]\n[data]\ntrain='bad.jsonl'\n[sft]", "row 1: has none of the keys"),
        ("[model.scratch]\n[data]\ntrain='t.jsonl'\nchat=true\n[sft]", "no chat template"),
        ("[model.scratch]\n[data]\ntrain='t.jsonl'\nmax_tokens=2\n[sft]", "data.max_tokens = 2"),
        ("[model.scratch]\n[data]\ntrain='t.jsonl'\n[sft]\nunlikelihood=1", "no row has spans"),
        ("[model.scratch]\n[data]\ntrain='t.jsonl'\nmax_tokens=999\n[sft]", "max_tokens is 999"),
        ("device='cuda:9'\n[model.scratch]\n[data]\ntrain='t.jsonl'\n[sft]", "'cuda:9'"),
    ],
)  # fmt: skip
def test_errors_name_the_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    write_rows(tmp_path / "t.jsonl", rows())
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "bad.jsonl").write_text('{"a": 1}\n')
    (tmp_path / "c.toml").write_text(text)
    assert main(["train", "generator", str(tmp_path / "c.toml")]) == 2
    assert told in capsys.readouterr().err


def test_command_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(tmp_path / "t.jsonl", rows())
    (tmp_path / "c.toml").write_text(
        "[model.scratch]\nhidden=16\nlayers=1\nheads=2\nintermediate=32\nvocabulary=320\n"
        "[data]\ntrain='t.jsonl'\n[sft]\nepochs=1"
    )
    assert main(["train", "generator", str(tmp_path / "c.toml"), "--seed", "3"]) == 0
    assert "the model is in" in capsys.readouterr().out
    assert (tmp_path / "c-run" / "table.md").is_file()


def test_families_and_memory(tmp_path: Path) -> None:
    tiny("t5", "encoder-decoder", tmp_path / "model")
    section = make_config({"model": {"path": "x"}, "data": {"train": "x"}, "sft": {}}).model
    with pytest.raises(InputError, match="is an encoder-decoder"):
        open_generator(tmp_path / "model", section)
    (tmp_path / "model" / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="no safetensors"):
        open_generator(tmp_path / "model", section.model_copy(update={"family": "encoder-decoder"}))
    with pytest.raises(InputError, match="lower it"), explain_memory(4):
        raise torch.OutOfMemoryError("CUDA out of memory")


def test_rows_in_other_forms(tmp_path: Path) -> None:
    checked = config(tmp_path, sft={})
    path = write_rows(tmp_path / "x.jsonl", [
        {"mr": {"name": "Zizzi", "food": ""}, "text": "Zizzi."},
        {"context": ["a", "b"], "target": "c", "control": "<|faithful|>", "spans": [[0, 1]]},
    ])  # fmt: skip
    one, two = read_rows(path, checked.data)
    assert (one.context, one.evidence) == ("name[Zizzi]", {"name": "Zizzi"})
    assert (two.context, two.control, two.spans) == ("a\nb", "faithful", ((0, 1),))


def test_recommendations(capsys: pytest.CaptureFixture[str]) -> None:
    assert estimate_memory(1e9, 1, 1, 0, 0, lora=False) == pytest.approx(16)
    assert estimate_memory(1e9, 1, 1, 0, 0, lora=True) == pytest.approx(4.12)
    small = recommend_run("data-to-text", 40_000, memory=4)
    assert small.scratch and not small.lora
    large = recommend_run("rag", 5_000, memory=80, gpu=True)
    assert large.lora and large.parameters >= 3e9 and large.memory_gb < 80
    assert main(["train", "recommend", "translation", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["family"] == "encoder-decoder"
    assert main(["train", "recommend", "poems"]) == 2
    capsys.readouterr()
    assert main(["train", "recommend", "rag", "--memory", "inf"]) == 2
    assert "memory is inf" in capsys.readouterr().err
    assert "cannot teach" not in recommend_run("rag", 10**12).text()


@pytest.mark.parametrize("name", ["data_to_text", "rag", "summarization", "translation"])
def test_recipes_are_written_and_their_pages_give_commands_that_exist(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.toml"
    task = name.replace("_", "-")
    command = ["train", "recommend", task, "-o", str(path), "--rows", "20000", "--memory", "16"]
    assert main(command) == 0
    assert f"groundwire train generator {path}" in capsys.readouterr().out
    found, recipe = recommend_run(task, 20_000, memory=16), read_config(RECIPES / f"{name}.toml")
    written = read_config(path)
    assert written.sft is not None and recipe.sft is not None
    assert (written.model.lora is not None) == found.lora
    assert (written.model.scratch is not None) == found.scratch
    assert written.sft.batch_size == min(found.batch_size, 64 if name == "data_to_text" else 32)
    rows = recipe.sft.batch_size * recipe.sft.accumulate
    assert written.sft.batch_size * written.sft.accumulate == rows
    rate = 2e-4 if found.lora else recipe.sft.rate if found.scratch else 1e-4
    assert written.sft.rate == min(rate, 2e-4 if found.lora else recipe.sft.rate)
    same = {"batch_size": 1, "accumulate": 1, "rate": 1.0}
    assert written.model_copy(
        update={"model": recipe.model, "sft": written.sft.model_copy(update=same)}
    ).model_dump(exclude={"data"}) == recipe.model_copy(
        update={"sft": recipe.sft.model_copy(update=same)}
    ).model_dump(exclude={"data"})
    assert main(command) == 2
    assert "is there already; choose another --output" in capsys.readouterr().err
    page = (RECIPES / f"{name}.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\$ groundwire (.+)$", page, re.MULTILINE)
    assert len(lines) >= 3
    for line in lines:
        words = shlex.split(line)
        assert main([*words[:2], "--help"]) == 0
        shown = capsys.readouterr().out
        assert [w for w in words if w.startswith("--") and w not in shown] == [], line
    keys = set(re.findall(r"`(?:[a-z]+\.)*([a-z_]+)(?: = [^`]+)?`", page))
    assert keys & {"perturb", "loss_truncation", "reorder", "r_drop", "both_ways"}
