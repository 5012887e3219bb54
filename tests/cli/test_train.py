"""What the commands of ``groundwire train`` tell: recommendations, cards, errors, interrupts."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

import groundwire.cli.progress as cli_progress
from generator_cases import config, rows, write_rows
from groundwire import Guard, __version__
from groundwire.cli.commands import main
from groundwire.errors import InputError
from groundwire.evaluate.metrics import Estimate, Summary
from groundwire.testing import FakeVerifier
from groundwire.train.generator.config_file import (
    PAGE,
    find_section,
    list_sections,
    read_meanings,
    write_page,
)
from groundwire.train.generator.recommend import recommend_run, write_recipe
from groundwire.train.generator.report import write_card as generator_card
from groundwire.train.pairs.records import read_told
from groundwire.train.verifier.card import write_card as verifier_card

TINY = "[model.scratch]\nhidden=16\nlayers=1\nheads=2\nintermediate=32\nvocabulary=320\n"
FACT = "The pump weighs 64 kg. The tank holds 3 liters."
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("groundwire.verify.nli.load_default_verifier", FakeVerifier)
    monkeypatch.chdir(tmp_path)


def run(*args: object) -> int:
    return main(["train", *map(str, args)])


def refused(capsys: Captured, *args: object) -> str:
    """Runs a command that must fail with one line, which is returned."""
    capsys.readouterr()
    assert run(*args) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and err.count("\n") == 1, err
    return err


def write(name: str, *items: Any) -> str:
    Path(name).write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    return name


def test_a_recommendation_says_what_is_needed_and_what_there_is() -> None:
    for found in (recommend_run("data-to-text", 20_000), recommend_run("rag", 5_000)):
        text = found.text()
        need = f"{found.memory_gb:.1f} GB"
        assert f"{need}; recipe" in text
        assert f"about {need} of 8 GB; at least a fifth of the memory is kept free" in text


def test_a_recommendation_changes_by_degrees_where_rows_are_few() -> None:
    few, enough = (recommend_run("data-to-text", count) for count in (9_999, 10_000))
    assert (few.scratch, enough.scratch) == (False, True)
    assert few.parameters == 140_000_000 and not few.lora
    for found in (few, enough):
        assert "about 10,000, and near that number it is worth trying both" in found.text()
    assert recommend_run("data-to-text", 100, memory=80, gpu=True).parameters == 500_000_000
    long = recommend_run("data-to-text", 20_000, tokens=400).text()
    assert "rows of 400 tokens are long for a small model" in long


def test_a_recommendation_says_how_slow_a_cpu_is() -> None:
    slow = recommend_run("rag", 5_000, memory=16).text()
    assert "an epoch takes about 42 hours; a GPU is faster" in slow
    assert "an epoch takes a few minutes" in recommend_run("data-to-text", 20_000).text()
    assert "epoch" not in recommend_run("rag", 5_000, gpu=True).text()


def test_rows_that_were_not_given_are_said_to_be_assumed(capsys: Captured) -> None:
    assert run("recommend", "rag") == 0
    assert "10,000 training rows were assumed; give yours with --rows" in capsys.readouterr().out
    assert run("recommend", "rag", "--rows", 10_000) == 0
    assert "assumed" not in capsys.readouterr().out


def test_comments_of_a_written_recipe_suit_the_recommendation(capsys: Captured) -> None:
    found = {name: recommend_run("data-to-text", n) for name, n in (("few", 500), ("many", 20_000))}
    found["whole"] = recommend_run("rag", 100, tokens=50, memory=2.0)
    found["lora"] = recommend_run("rag", 5_000, memory=16)
    for name, each in found.items():
        write_recipe(each, Path(f"{name}.toml"))
        text = Path(f"{name}.toml").read_text(encoding="utf-8")
        comment, _, rest = text.partition("seed = ")
        tomllib.loads(text)
        assert comment.startswith(f"# Recommended: {each.text().splitlines()[0]}\n")
        assert all(f"# {line}\n" in comment for line in each.text().splitlines()[1:])
        assert "scratch is enough" not in text and "#" not in rest
        assert ("Adapters are enough" in text, "[model.lora]" in text) == (False, each.lora)
    assert not found["whole"].lora and found["lora"].lora
    assert "nodir: no such folder" in refused(capsys, "recommend", "rag", "-o", "nodir/c.toml")


def summary(auc: float) -> Summary:
    some = Estimate(0.5, 0.4, 0.6)
    return Summary(80, 80, 0, some, some, Estimate(auc, auc - 0.01, auc + 0.01), some, 0.5)


@pytest.mark.parametrize(("after", "worse"), [(0.944, True), (0.97, False), (float("nan"), False)])
def test_a_verifier_that_is_not_better_is_told(
    after: float, worse: bool, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def adapt(rows: Path, output: Path, recipe: Any, backbone: Any, step: Any) -> Any:
        step(203, 360, 0.5)
        step(204, 360, 0.5)
        output.mkdir()
        (output / "groundwire.json").write_text(json.dumps({"sets": {}, "left_out": 0}))
        return output, summary(0.953), summary(after)

    monkeypatch.setattr("groundwire.train.verifier.train.adapt_to_rows", adapt)
    assert run("verifier", "--rows", "rows.jsonl", "-o", "out") == 0
    out, err = capsys.readouterr()
    assert ("the new model is not better" in out) == worse
    assert ("more rows or a lower peak_rate" in out) == worse
    following = "next: groundwire train audit-data rows.jsonl --model out --output AUDIT"
    assert (following in out) != worse
    assert err.count("training goes on at step 203 of 360") == 1 and "204 of" not in err


def test_the_card_of_a_verifier(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    facts = {"pairs": 1200, "left_out": 3, "steps": 38, "sets": {"synthetic: own rows": 1000},
             "recipe": {"seed": 7, "peak_rate": 2e-5, "epochs": 1}}  # fmt: skip
    text = verifier_card(facts, base, None)
    assert "Trained from `base`, whose license is not stated in its folder; seed 7." in text
    assert "Nothing was measured" in text
    (base / "README.md").write_text("---\nlanguage: en\nlicense: mit\n---\nlicense: x\n")
    text = verifier_card(facts, base, (summary(0.9), summary(0.95)))
    assert text.startswith("---\nlicense: mit\n---\n") and str(tmp_path) not in text
    for told in (f"groundwire {__version__}", "Adapted from `base`, whose license is mit; seed 7",
                 "1,200 pairs, of which 3 did not fit", "38 steps", "seed 7, peak_rate 2e-05;",
                 "- synthetic: own rows: 1,000", "AUC on 80 held-out claims",
                 "90.0 (89.0-91.0) before, 95.0 (94.0-96.0) after"):  # fmt: skip
        assert told in text, told


def test_the_card_of_a_generator_names_settings_and_files(tmp_path: Path) -> None:
    checked = config(
        tmp_path, sft={"rate": 0.01, "batch_size": 8, "accumulate": 2, "epochs": 3},
        prefer={"steps": 9}, evaluate={},
    )  # fmt: skip
    figures: Any = {"base": {"parameters": 9}, "sft": {"rows": 24}, "prefer": {}, "evaluate": {}}
    text = generator_card(checked, "", {}, figures, "", ())
    assert "- `sft`: rate 0.01, batch size 8 x 2, 3 epochs, of `train.jsonl.gz`, rows 24\n" in text
    assert "- `prefer`: rate 0.0001, batch size 32, 9 steps, of `train.jsonl.gz`\n" in text
    assert "- `evaluate`: of `train.jsonl.gz`\n" in text and str(tmp_path) not in text


def interrupt(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("target", "args", "told"),
    [
        ("train.verifier.train.adapt_to_rows", ["verifier", "--rows", "x"], "verifier was "
         "interrupted; run the same command again to go on"),
        ("train.generator.run.train_generator", ["generator", "c.toml"], "generator was "
         "interrupted; run the same command again to go on"),
        ("train.data.run.audit_data", ["audit-data", "x"], "audit-data was interrupted; run the "
         "same command with --resume to go on"),
    ],
)  # fmt: skip
def test_an_interrupt_is_told(
    target: str, args: list[str], told: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("c.toml").write_text(f"{TINY}[data]\ntrain='t.jsonl'\n[sft]\n")
    monkeypatch.setattr(f"groundwire.{target}", interrupt)
    assert run(*args, "-o", "out") == 130
    assert capsys.readouterr().err == f"train {told}\n"


@pytest.mark.parametrize("when", ["scan_data", "_check", "_write"])
def test_an_audit_that_was_interrupted_goes_on(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = write("t.jsonl", {"context": FACT, "target": "The tank holds 3 liters."})
    with monkeypatch.context() as patch:
        patch.setattr(f"groundwire.train.data.run.{when}", interrupt)
        assert run("audit-data", data, "-o", "out") == 130
    assert run("audit-data", data, "-o", "out", "--resume") == 0


def test_a_generator_that_goes_on_says_where(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_rows(Path("t.jsonl"), rows())
    Path("c.toml").write_text(
        f"{TINY}[data]\ntrain='t.jsonl'\n[sft]\nepochs=2\nbatch_size=8\ncheckpoint_steps=2\n"
    )
    log = cli_progress.say_resumed

    def stop(progress: Any, name: str, done: int, total: int, seen: set[str]) -> None:
        log(progress, name, done, total, seen)
        if done == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cli_progress, "say_resumed", stop)
        assert run("generator", "c.toml", "-o", "out") == 130
    assert "goes on at step" not in capsys.readouterr().err
    assert run("generator", "c.toml", "-o", "out") == 0
    assert "sft goes on at step 3 of 6\n" in capsys.readouterr().err
    assert "of `t.jsonl`, rows 24" in Path("out/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"row": 0, "place": "t:1", "form": "context", "label": "faithful", "weight": 1.0,
          "claims": [], "flags": []}, "this is rows.jsonl of `train audit-data`"),
        ({"prompt": "a", "chosen": "b", "rejected": "c"}, "this has pairs already"),
        ({"context": "a", "target": "b"}, "that no guard has checked"),
        ({"x": 1}, "this is none"),
        ({"version": 99}, "report version 99"),
    ],
)  # fmt: skip
def test_lines_that_are_no_reports_are_named(
    row: dict[str, Any], told: str, capsys: Captured
) -> None:
    err = refused(capsys, "preferences", write("x.jsonl", row), "-o", "pairs.jsonl")
    assert told in err and "x.jsonl:1" in err
    assert ("reports.jsonl of `groundwire audit`" in err) == ("version" not in row)
    assert not Path("pairs.jsonl").exists()


def test_an_audit_is_named_by_its_folder(capsys: Captured) -> None:
    answer = "The tank holds 3 liters. The lamp shines in Rome."
    write("chats.jsonl", {"question": "What?", "answer": answer, "contexts": [FACT]})
    assert main(["audit", "chats.jsonl", "-o", "a", "--from-records", "--no-report"]) == 1
    assert run("preferences", "a", "-o", "pairs.jsonl") == 0
    assert len(Path("pairs.jsonl").read_text().splitlines()) == 1
    before = Path("pairs.jsonl").read_bytes()
    err = refused(capsys, "preferences", "a", "-o", "pairs.jsonl")
    assert "pairs.jsonl: is there already; choose another --output" in err
    assert Path("pairs.jsonl").read_bytes() == before
    err = refused(capsys, "preferences", "a", "-o", "nodir/pairs.jsonl")
    assert "nodir: no such folder; make it first" in err


def test_rows_that_have_no_records_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"empty\.jsonl: is empty"):
        read_told(Path(write("empty.jsonl")))
    with pytest.raises(InputError, match=r"a record is a JSON object of plain values, or text"):
        read_told(Path(write("odd.jsonl", {"x": 1})))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[sft.perturb]\nswap = true", "sft.perturb.swap is true: give a number from 0 to below 1"),
        ("[sft]\nrate = 0", "sft.rate is 0: give a number above 0"),
        ("[sft]\nepochs = 1.5", "sft.epochs is 1.5: give a whole number, 1 or more"),
        ("[sft.adversarial]\nkind = 'x'", "sft.adversarial.kind is 'x': give \"fgm\" or \"pgd\""),
        ("[sft]\nperturb = 3", "sft.perturb is 3: give a section [sft.perturb]"),
        ("[evaluate.slot_patterns]\narea = 1",
         "evaluate.slot_patterns is a section: give a path (JSON file {slot:"),
    ],
)  # fmt: skip
def test_wrong_values_are_told_what_is_wanted(text: str, told: str, capsys: Captured) -> None:
    Path("c.toml").write_text(f"[model]\npath='m'\n[data]\ntrain='t'\ntest='t'\n{text}\n")
    err = refused(capsys, "generator", "c.toml")
    assert f"c.toml: {told}" in err and ";" not in err


def test_a_key_of_several_types_is_told_once(capsys: Captured) -> None:
    Path("c.toml").write_text("[model]\npath='m'\n[data]\ntrain='t'\ncontext_key=5\n[sft]\n")
    err = refused(capsys, "generator", "c.toml")
    assert err.endswith("c.toml: data.context_key is 5: give a text or a list of texts\n")


def test_errors_of_a_whole_config_begin_with_its_name(capsys: Captured) -> None:
    Path("c.toml").write_text(f"{TINY}[data]\ntrain='t'\n[evaluate]\n")
    assert "error: c.toml: data.test is missing" in refused(capsys, "generator", "c.toml")
    Path("c.toml").write_text("[model]\nfamily='encoder-decoder'\n[model.scratch]\n"
                              "architecture='gpt2'\n[data]\ntrain='t'\n[sft]\n")  # fmt: skip
    err = refused(capsys, "generator", "c.toml")
    assert "scratch.architecture of an encoder-decoder is one of t5, bart" in err


def test_what_is_no_config_is_told_where_one_comes_from(capsys: Captured) -> None:
    err = refused(capsys, "generator", "data_to_text")
    assert "`groundwire train recommend data-to-text --output CONFIG.toml` writes a config" in err
    assert "recommend TASK --output" in refused(capsys, "generator", "nothing.toml")
    assert "cannot be read" in refused(capsys, "generator", ".")


def test_paths_of_all_sections_start_from_the_config(tmp_path: Path) -> None:
    from groundwire.train.generator.config_file import read_config

    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.toml").write_text(
        "[model]\npath='m'\n[data]\ntrain='t'\ntest='/x/t'\n[pretrain]\ndocuments='d'\n"
        "[evaluate]\nslot_patterns='p'\n"
    )
    read = read_config(Path("sub/c.toml"))
    assert (read.model.path, read.data.train) == (Path("sub/m"), Path("sub/t"))
    assert read.pretrain and read.pretrain.documents == Path("sub/d")
    assert read.evaluate and read.evaluate.slot_patterns == Path("sub/p")
    assert read.data.test == Path("/x/t")


def test_the_page_of_all_keys_is_as_the_config_is(capsys: Captured) -> None:
    assert PAGE.read_text(encoding="utf-8") == write_page(), (
        "make it again: python -m groundwire.train.generator.config_file"
    )
    for path, model in list_sections():
        keys = {key for key, field in model.model_fields.items() if find_section(field) is None}
        assert not keys - {*read_meanings(model)}, f"{path} has keys that no docstring explains"
    assert run("generator", "--keys") == 0
    assert capsys.readouterr().out == write_page()
    assert "| `swap` | a number from 0 to below 1 | `0.0` |" in write_page()
    assert "| `documents` | a path | required |" in write_page()


def test_reports_with_a_version_are_read_as_before(capsys: Captured) -> None:
    report = Guard(verifier=FakeVerifier()).check("The tank holds 3 liters.", FACT, "What?")
    assert run("preferences", write("r.jsonl", report.to_dict()), "-o", "pairs.jsonl") == 0
    assert "no pair of: 1 passed" in capsys.readouterr().out
