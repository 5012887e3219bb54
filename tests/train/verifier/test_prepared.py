"""Backbones of other kinds and fewer layers, prepared pairs, and learning from a teacher."""

from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel
from transformers.models.bert import BertTokenizer
from transformers.models.mpnet import MPNetTokenizer

from groundwire.cli.commands import main
from groundwire.errors import InputError
from groundwire.text.words import split_table
from groundwire.train.verifier import model as models
from groundwire.train.verifier.batches import tokenize_pairs
from groundwire.train.verifier.difference import write_difference
from groundwire.train.verifier.model import (
    VerifierModel,
    compute_distilled_loss,
    compute_masked_loss,
)
from groundwire.train.verifier.prepared import PREPARED, read_prepared
from groundwire.train.verifier.recipe import Recipe
from groundwire.train.verifier.train import prepare_data, train_prepared, train_verifier
from groundwire.types import Claim, Evidence, Passage
from groundwire.verify.backends.scorer import PairScorer
from groundwire.verify.nli import NLIVerifier

WORDS = [*split_table("the old mill in harvel was built of stone and has a red door"), ".", ","]
POSITIONS = 64
SMALL = Recipe(
    batch_size=4, checkpoint_steps=2, max_tokens=POSITIONS, peak_rate=1e-3, pad_to=16, business=0,
    tables=0, situations=0, written=0, edits=0, joins=0,
)  # fmt: skip
SIZES: dict[str, Any] = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32}
KINDS = ("bert", "mpnet")


@pytest.fixture(scope="module")
def backbones(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Random encoders of four layers."""
    folders = {kind: tmp_path_factory.mktemp(kind) for kind in KINDS}
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folders["bert"] / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizer(str(folders["bert"] / "vocab.txt")).save_pretrained(folders["bert"])
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), num_hidden_layers=4, max_position_embeddings=POSITIONS, **SIZES
    )
    BertModel(config).save_pretrained(folders["bert"])
    vocabulary = ["<s>", "<pad>", "</s>", "[UNK]", *WORDS, "<mask>"]
    ids = {word: number for number, word in enumerate(vocabulary)}
    MPNetTokenizer(vocab=ids).save_pretrained(folders["mpnet"])
    mpnet = MPNetConfig(  # its positions begin after that of the padding
        vocab_size=len(vocabulary), num_hidden_layers=4, max_position_embeddings=POSITIONS + 2,
        pad_token_id=1, bos_token_id=0, eos_token_id=2, **SIZES,
    )  # fmt: skip
    MPNetModel(mpnet).save_pretrained(folders["mpnet"])
    return folders


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    labels = ("supported", "contradicted", "not_enough", "unsupported")
    rows = [
        {
            "premise": f"The mill in Harvel has {a} {b} door.",
            "hypothesis": f"The {a} mill was built of {b}.",
            "label": labels[(i + k) % 4],
        }
        for i, a in enumerate(WORDS[:6])
        for k, b in enumerate(WORDS[7:11])
    ]
    rows.append({"premise": "red " * 100, "hypothesis": "old door.", "label": "supported"})
    (folder / "snli.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_trained_and_read_alike(
    kind: str, backbones: dict[str, Path], data: Path, tmp_path: Path
) -> None:
    folder = train_verifier(data, tmp_path / "out", SMALL, backbones[kind])
    scorer = PairScorer(folder)
    assert scorer.window == POSITIONS
    premise = "old " * (POSITIONS - (8 if kind == "bert" else 9)) + "."
    whole = scorer.score([(premise, "the old mill.")])  # as long as what it can read
    assert whole.sum() == pytest.approx(1.0, abs=1e-3)
    again = VerifierModel(str(folder), "cpu").eval()
    read = scorer.tokenizer("the mill.", "red door.", return_tensors="pt")
    types = torch.zeros_like(read["input_ids"])
    with torch.no_grad():
        logits, tokens = again(**{"token_type_ids": types, **read})
    found = scorer.score([("the mill.", "red door.")])[0]
    assert logits.softmax(-1)[0].numpy() == pytest.approx(found, abs=2e-2)
    assert tokens.shape == read["input_ids"].shape
    claim = Claim("The mill has a red door.", 0, 24)
    text = "The old mill has a red door."
    evidence = Evidence(Passage(text, "a", 0, len(text)), 1.0)
    (verdict,) = NLIVerifier(folder).verify([claim], [[evidence]])
    assert verdict.label != "unchecked"


@pytest.mark.parametrize("kind", KINDS)
def test_attention_in_blocks_suits_every_kind(
    kind: str, backbones: dict[str, Path], data: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(models, "has_bf16", lambda: True)  # as on a CPU that multiplies it
    folder = train_verifier(data, tmp_path / "out", SMALL, backbones[kind])
    assert PairScorer(folder).score([("the mill.", "red door.")]).shape == (1, 3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("layers", "kept"), [(2, [0, 1]), ([0, 3], [0, 3]), ([1], [1])])
def test_some_layers_are_kept(
    kind: str, layers: int | list[int], kept: list[int], backbones: dict[str, Path], data: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    recipe = replace(SMALL, layers=layers, peak_rate=1e-12, span_weight=0.0)
    folder = train_verifier(data, tmp_path / "out", recipe, backbones[kind])
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["num_hidden_layers"] == len(kept)
    made, source = (load_file(f / "model.safetensors") for f in (folder, backbones[kind]))
    name = f"{kind}.encoder.layer.{{}}.output.dense.weight"
    for place, number in enumerate(kept):
        old = source[name.format(number).removeprefix(f"{kind}.")]
        torch.testing.assert_close(made[name.format(place)].float(), old, atol=1e-3, rtol=1e-2)
    assert name.format(len(kept)) not in made
    assert PairScorer(folder).score([("the mill.", "red door.")]).shape == (1, 3)


def test_layers_that_a_backbone_lacks_are_named(
    backbones: dict[str, Path], data: Path, tmp_path: Path
) -> None:
    for layers in (5, [0, 4]):
        with pytest.raises(InputError, match="has 4, numbered from 0"):
            train_verifier(data, tmp_path / "o", replace(SMALL, layers=layers), backbones["bert"])
    wrong: list[object] = [-1, [], [2, 0], [1, 1], True, [True], "2", 1.5]
    for value in wrong:
        with pytest.raises(InputError, match="layers is"):
            Recipe(layers=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_frozen_layers_stay_as_they_are(
    kind: str, backbones: dict[str, Path], data: Path, tmp_path: Path
) -> None:
    folder = train_verifier(data, tmp_path / "out", replace(SMALL, frozen=2), backbones[kind])
    made, source = (load_file(f / "model.safetensors") for f in (folder, backbones[kind]))
    changed = {
        name
        for name, old in source.items()
        if (key := f"{kind}.{name}") in made and not torch.equal(made[key], old.half())
    }
    assert {name.split(".")[2] for name in changed if "layer." in name} == {"2", "3"}
    assert not [name for name in changed if "embeddings" in name or "attention_bias" in name]


@pytest.mark.parametrize("kind", KINDS)
def test_a_trained_rank_is_a_difference_without_loss(
    kind: str, backbones: dict[str, Path], data: Path, tmp_path: Path
) -> None:
    recipe = replace(SMALL, rank=2, checkpoint_steps=1, peak_rate=1e-2)
    folder = train_verifier(data, tmp_path / "out", recipe, backbones[kind])
    made, source = (load_file(f / "model.safetensors") for f in (folder, backbones[kind]))
    changed = {
        name
        for name, old in source.items()
        if (key := f"{kind}.{name}") in made and not torch.equal(made[key], old.half())
    }
    matrices = {name for name in changed if "layer." in name}
    assert matrices and all(name.endswith(".weight") for name in matrices)
    assert all("pooler" in name for name in changed - matrices)  # of BERT's head
    for name in matrices:
        values = torch.linalg.svdvals(made[f"{kind}.{name}"].float() - source[name].float())
        assert values[2] < 0.02 * values[0], name
    small = write_difference(folder, tmp_path / "small", str(backbones[kind]), 2)
    pairs = [("the old mill is red", "the mill is old"), ("a door", "the door is red")]
    whole, kept = PairScorer(folder).score(pairs), PairScorer(small).score(pairs)
    assert kept == pytest.approx(whole, abs=0.01)
    again = train_verifier(data, tmp_path / "again", recipe, folder)
    assert set(load_file(again / "model.safetensors")) == set(made)


def test_a_rank_leaves_nothing_to_freeze() -> None:
    with pytest.raises(InputError, match="rank is 4 and frozen is 2"):
        Recipe(rank=4, frozen=2)


def test_more_frozen_layers_than_are_kept_are_refused(
    backbones: dict[str, Path], data: Path, tmp_path: Path
) -> None:
    recipe = replace(SMALL, layers=2, frozen=3)
    with pytest.raises(InputError, match="frozen is 3, but 2 layers"):
        train_verifier(data, tmp_path / "o", recipe, backbones["bert"])
    with pytest.raises(InputError, match="frozen is -1"):
        Recipe(frozen=-1)


def test_more_tokens_than_a_backbone_reads_are_refused(
    backbones: dict[str, Path], data: Path, tmp_path: Path
) -> None:
    for kind in KINDS:
        with pytest.raises(InputError, match=f"reads {POSITIONS} tokens at once"):
            train_verifier(data, tmp_path / kind, replace(SMALL, max_tokens=256), backbones[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_prepared_pairs_give_the_same_weights(
    kind: str, backbones: dict[str, Path], data: Path, tmp_path: Path
) -> None:
    recipe = replace(SMALL, epochs=2, dropout=0.1)
    prepared = prepare_data(data, tmp_path / "pairs", recipe, backbones[kind])
    direct = train_verifier(data, tmp_path / "direct", recipe, backbones[kind])
    made = train_prepared(prepared, tmp_path / "made", None, backbones[kind])
    for name in ("model.safetensors", "spans.safetensors"):
        assert (made / name).read_bytes() == (direct / name).read_bytes()
    facts = [json.loads((f / "groundwire.json").read_text("utf-8")) for f in (direct, made)]
    for fact in facts:
        fact.pop("seconds")
    assert facts[0] == facts[1] and facts[0]["left_out"] > 0
    other = replace(recipe, epochs=1, dropout=0.0, layers=[0, 2], batch_size=8)
    train_prepared(prepared, tmp_path / "other", other, backbones[kind])


def test_a_run_from_prepared_pairs_continues(
    backbones: dict[str, Path], data: Path, tmp_path: Path
) -> None:
    class Killed(Exception):
        pass

    steps: list[int] = []

    def kill(done: int, total: int, loss: float) -> None:
        if done == 3:
            raise Killed

    prepared = prepare_data(data, tmp_path / "pairs", SMALL, backbones["bert"])
    whole = train_prepared(prepared, tmp_path / "whole", None, backbones["bert"])
    with pytest.raises(Killed):
        train_prepared(prepared, tmp_path / "cut", None, backbones["bert"], kill)
    train_verifier(  # with the pairs made again
        data, tmp_path / "cut", SMALL, backbones["bert"], lambda done, *_: steps.append(done)
    )
    assert steps[0] == 3  # the last checkpoint was at step 2
    name = "model.safetensors"
    assert (tmp_path / "cut" / name).read_bytes() == (whole / name).read_bytes()


def test_prepared_pairs_of_something_else_are_refused(
    backbones: dict[str, Path], data: Path, tmp_path: Path
) -> None:
    prepared = prepare_data(data, tmp_path / "pairs", SMALL, backbones["bert"])
    assert read_prepared(prepared).recipe == SMALL
    out = tmp_path / "out"
    with pytest.raises(InputError, match="made with seed 13, and the recipe says 14"):
        train_prepared(prepared, out, replace(SMALL, seed=14), backbones["bert"])
    with pytest.raises(InputError, match="tokens of another backbone"):
        train_prepared(prepared, out, None, backbones["mpnet"])
    with pytest.raises(InputError, match="holds no probabilities of a teacher"):
        train_prepared(prepared, out, replace(SMALL, distill=0.5), backbones["bert"])
    with pytest.raises(InputError, match="holds no prepared pairs"):
        train_prepared(data, out, None, backbones["bert"])
    with pytest.raises(InputError, match=r"holds 'prepared\.json'"):
        prepare_data(data, prepared, SMALL, backbones["bert"])
    arrays = prepared / "pairs.npz"
    with np.load(arrays) as packed:
        found = {name: packed[name] for name in packed.files}
    assert found["ids"].dtype == np.uint16
    found["ids"][3] ^= 1
    np.savez(arrays, **found)
    with pytest.raises(InputError, match="not those that were written"):
        train_prepared(prepared, out, None, backbones["bert"])
    for broken in (b"", b"PK", arrays.read_bytes()[:-40]):
        arrays.write_bytes(broken)
        with pytest.raises(InputError, match="are damaged"):
            train_prepared(prepared, out, None, backbones["bert"])
    assert not out.exists()
    (prepared / PREPARED).unlink()  # as a run that was killed leaves it
    prepare_data(data, prepared, SMALL, backbones["bert"])
    train_prepared(prepared, out, None, backbones["bert"])


def test_a_student_learns_what_its_teacher_says(
    backbones: dict[str, Path], data: Path, tmp_path: Path
) -> None:
    teacher = train_verifier(
        data, tmp_path / "teacher", replace(SMALL, epochs=20), backbones["mpnet"]
    )
    prepared = prepare_data(data, tmp_path / "pairs", SMALL, backbones["bert"])
    recipe = replace(SMALL, epochs=30, peak_rate=3e-3, distill=1.0, layers=2, span_weight=0.0)
    with pytest.raises(InputError, match="distill is 0, so a teacher would change nothing"):
        train_prepared(prepared, tmp_path / "x", None, backbones["bert"], teacher=teacher)
    student = train_prepared(
        prepared, tmp_path / "student", recipe, backbones["bert"], teacher=teacher
    )
    with gzip.open(prepared / "texts.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    texts = [(row["premise"], row["hypothesis"]) for row in rows]
    soft = PairScorer(teacher).score(texts)
    stored = read_prepared(prepared).pairs.soft
    assert stored is not None
    np.testing.assert_allclose(stored, soft, atol=1e-6)
    assert np.abs(PairScorer(student).score(texts) - soft).mean() < 0.1
    kept = (prepared / "teacher.npz").stat().st_mtime_ns
    shutil.rmtree(tmp_path / "student")
    (prepared / "texts.jsonl.gz").unlink()  # is not read again
    train_prepared(prepared, tmp_path / "student", recipe, backbones["bert"], teacher=teacher)
    assert (prepared / "teacher.npz").stat().st_mtime_ns == kept
    with pytest.raises(InputError, match="have no teacher"):
        train_verifier(data, tmp_path / "x", recipe, backbones["bert"])
    (prepared / "teacher.npz").unlink()
    with pytest.raises(InputError, match="texts that a teacher reads are missing"):
        train_prepared(prepared, tmp_path / "x", recipe, backbones["bert"], teacher=teacher)


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3), st.floats(0, 1), st.integers(0, 2))
def test_a_sure_teacher_is_a_label(logits: list[float], share: float, label: int) -> None:
    rows = torch.tensor([logits])
    allowed = torch.tensor([[c == label for c in range(3)]])
    hard = compute_masked_loss(rows, allowed)
    for soft in (allowed.float(), torch.zeros(1, 3)):
        loss = compute_distilled_loss(rows, allowed, soft, share)
        assert float(loss) == pytest.approx(float(hard), abs=1e-4)


def test_no_pairs_are_arrays_too(backbones: dict[str, Path]) -> None:
    from groundwire.train.folders import open_backbone

    made = tokenize_pairs([], open_backbone(backbones["bert"]), 10)
    assert len(made) == 0 and made.lengths == [] and made.allowed.shape == (0, 3)


def test_the_command_prepares_and_trains(
    backbones: dict[str, Path], data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "r.toml"
    recipe.write_text(
        f"max_tokens = {POSITIONS}\nbusiness = 0\ntables = 0\nsituations = 0\nedits = 0\n"
        "joins = 0\nwritten = 0\nlayers = [0, 2]\n",
        encoding="utf-8",
    )

    def run(*args: object) -> tuple[int, str, str]:
        code = main(["train", "verifier", *map(str, args)])
        return code, *capsys.readouterr()

    pairs, backbone = tmp_path / "pairs", ("--backbone", backbones["bert"])
    code, out, _ = run("--data", data, "--prepare", "-o", pairs, "--recipe", recipe, *backbone)
    found = read_prepared(pairs)
    count = len(found.pairs)
    assert code == 0 and out.startswith(f"{count:,} pairs with ") and f"--prepared {pairs}" in out
    assert 0 < count < found.made and f"{found.made - count} pairs do not fit" in out
    code, out, _ = run("--prepared", pairs, "-o", tmp_path / "model", *backbone)
    assert code == 0 and "the model is in" in out
    for args, message in (
        (("--documents", data, "--prepare"), "--prepare goes with --data"),
        (("--prepared", pairs, "--data", data), "give one of"),
        (("--data", data, "--teacher", "x"), "--teacher goes with --prepared"),
        (("--data", data, "--prepare", "--teacher", "x"), "--teacher goes with --prepared"),
        (("--prepared", pairs, "--teacher", "x"), "distill is 0"),
        (("--prepared", pairs, "--seed", "3"), "made with seed 13, and the recipe says 3"),
    ):
        code, out, err = run(*args, "-o", tmp_path / "other", *backbone)
        assert code == 2 and message in err and err.count("\n") == 1
