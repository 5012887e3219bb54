"""Verifiers that are kept as their difference from a backbone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from transformers import MPNetConfig, MPNetForSequenceClassification, MPNetModel
from transformers.models.mpnet import MPNetTokenizer

from groundwire.cli.commands import main
from groundwire.encoders.differences import add_difference, derive_difference
from groundwire.encoders.weights import hash_file
from groundwire.errors import InputError, ModelError
from groundwire.train.verifier.average import average_verifiers
from groundwire.train.verifier.difference import write_difference
from groundwire.train.verifier.model import VerifierModel
from groundwire.verify.backends.scorer import PairScorer
from groundwire.verify.cascade import CascadeVerifier
from groundwire.verify.nli import NLIVerifier
from groundwire.verify.presets import load_verifier

WORDS = ["the", "old", "mill", "is", "red", "door", "has", "a", "."]
PAIRS = [("the old mill is red.", "the mill is old."), ("a door.", "the door is red.")]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A random encoder, and a classifier of which one layer and a bias were trained."""
    backbone, model = tmp_path_factory.mktemp("encoder"), tmp_path_factory.mktemp("model")
    vocabulary = ["<s>", "<pad>", "</s>", "[UNK]", *WORDS, "<mask>"]
    tokenizer = MPNetTokenizer(vocab={word: number for number, word in enumerate(vocabulary)})
    torch.manual_seed(3)
    config = MPNetConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=66, pad_token_id=1, bos_token_id=0,
        eos_token_id=2,
        id2label={0: "entailment", 1: "neutral", 2: "contradiction"},
        label2id={"entailment": 0, "neutral": 1, "contradiction": 2},
    )  # fmt: skip
    MPNetModel(config).save_pretrained(backbone)
    tokenizer.save_pretrained(backbone)
    made = MPNetForSequenceClassification.from_pretrained(backbone, config=config)
    with torch.no_grad():
        for name, part in made.named_parameters():
            if "layer.1" in name and part.dim() == 2:
                change = torch.randn(part.shape[0], 2) @ torch.randn(2, part.shape[1])
                part.add_(0.1 * change)
            elif "layer.1" in name or "classifier" in name:
                part.add_(0.1 * torch.randn_like(part))
    half: Any = made.half
    half().save_pretrained(model)
    tokenizer.save_pretrained(model)
    facts = {"format": 1, "weights_sha256": hash_file(model / "model.safetensors")}
    (model / "groundwire.json").write_text(json.dumps(facts))
    return backbone, model


@pytest.fixture(scope="module")
def small(folders: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    backbone, model = folders
    output = tmp_path_factory.mktemp("small") / "out"
    arguments = ["train", "difference", str(model), "--backbone", str(backbone), "--rank", "4"]
    assert main([*arguments, "--output", str(output)]) == 0
    return output


def test_it_scores_as_the_whole_model(folders: tuple[Path, Path], small: Path) -> None:
    whole, sum_of_both = PairScorer(folders[1]), PairScorer(small)
    assert sum_of_both.score(PAIRS) == pytest.approx(whole.score(PAIRS), abs=2e-3)
    assert not (small / "model.safetensors").exists()
    kept = load_file(small / "difference.safetensors")
    assert not [name for name in kept if "layer.0" in name or "embeddings" in name]
    dense = "mpnet.encoder.layer.1.intermediate.dense"
    assert kept[f"{dense}.weight.down"].shape == (4, 32)
    assert f"{dense}.bias.whole" in kept


def test_eight_bits_take_half_the_room(folders: tuple[Path, Path], tmp_path: Path) -> None:
    backbone, model = folders
    output = tmp_path / "out"
    arguments = ["train", "difference", str(model), "--backbone", str(backbone), "--rank", "4"]
    assert main([*arguments, "--bits", "8", "--output", str(output)]) == 0
    kept = load_file(output / "difference.safetensors")
    dense = "mpnet.encoder.layer.1.intermediate.dense.weight"
    assert kept[f"{dense}.up"].dtype == kept[f"{dense}.down"].dtype == torch.int8
    assert kept[f"{dense}.scale"].shape == (4,)
    whole = PairScorer(model).score(PAIRS)
    assert PairScorer(output).score(PAIRS) == pytest.approx(whole, abs=2e-2)


def test_a_folder_may_carry_the_backbone(folders: tuple[Path, Path], tmp_path: Path) -> None:
    backbone = shutil.copytree(folders[0], tmp_path / "encoder")
    output = tmp_path / "out"
    arguments = ["train", "difference", str(folders[1]), "--backbone", str(backbone), "--carry"]
    assert main([*arguments, "--rank", "4", "--output", str(output)]) == 0
    shutil.rmtree(backbone)
    whole = PairScorer(folders[1]).score(PAIRS)
    assert load_verifier(output).verify([], []) == []
    assert PairScorer(output).score(PAIRS) == pytest.approx(whole, abs=2e-3)
    weights = load_file(output / "backbone.safetensors")
    name = sorted(weights)[0]
    save_file({**weights, name: weights[name] + 1}, output / "backbone.safetensors")
    with pytest.raises(ModelError, match=r"backbone\.safetensors: sha256 is .* install or train"):
        PairScorer(output)


def test_a_sum_has_an_average_with_a_whole_model(
    folders: tuple[Path, Path], small: Path, tmp_path: Path
) -> None:
    made = average_verifiers([small, folders[1]], tmp_path / "mean")
    whole = PairScorer(folders[1]).score(PAIRS)
    assert PairScorer(made).score(PAIRS) == pytest.approx(whole, abs=4e-3)


def test_it_is_a_verifier_and_a_backbone(small: Path) -> None:
    assert load_verifier(small).version.startswith(f"{small}@")
    cascade = load_verifier(f"cascade={small}")
    assert isinstance(cascade, CascadeVerifier) and isinstance(cascade.second, NLIVerifier)
    assert cascade.second.version.startswith(f"{small}@")
    model = VerifierModel(str(small), "cpu", dropout=0.3)
    assert model.encoder.config.hidden_dropout_prob == 0.3
    assert model.encoder.mpnet.encoder.layer[0].output.dropout.p == 0.3


@pytest.mark.parametrize("file", ["difference.safetensors", "backbone"])
def test_altered_weights_are_refused(
    file: str, folders: tuple[Path, Path], small: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(small, tmp_path / "copy")
    backbone = shutil.copytree(folders[0], tmp_path / "backbone")
    manifest = json.loads((copy / "groundwire.json").read_text())
    manifest["backbone"] = str(backbone)
    (copy / "groundwire.json").write_text(json.dumps(manifest))
    path = backbone / "model.safetensors" if file == "backbone" else copy / file
    weights = load_file(path)
    name = sorted(weights)[0]
    save_file({**weights, name: weights[name] + 1}, path)
    with pytest.raises(ModelError, match="sha256 is"):
        PairScorer(copy)


def test_a_backbone_that_is_missing_is_named(small: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(small, tmp_path / "copy")
    manifest = json.loads((copy / "groundwire.json").read_text())
    (copy / "groundwire.json").write_text(json.dumps({**manifest, "backbone": "no/such"}))
    with pytest.raises(InputError, match="no/such"):
        PairScorer(copy)


def test_what_cannot_be_taken_apart_is_refused(
    folders: tuple[Path, Path], small: Path, tmp_path: Path
) -> None:
    backbone, model = folders
    with pytest.raises(InputError, match="rank is 0"):
        write_difference(model, tmp_path / "a", str(backbone), 0)
    with pytest.raises(InputError, match="bits is 4"):
        write_difference(model, tmp_path / "a", str(backbone), 4, bits=4)
    with pytest.raises(InputError, match="holds a finished model"):
        write_difference(model, small, str(backbone), 4)
    other = tmp_path / "other"
    other.mkdir()
    save_file({"a": torch.zeros(1)}, other / "model.safetensors")
    with pytest.raises(InputError, match="name the backbone"):
        write_difference(model, tmp_path / "b", str(other), 4)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 6), st.integers(2, 12), st.integers(2, 12), st.sampled_from([16, 8]),
    st.integers(0, 10_000),
)  # fmt: skip
def test_a_change_of_low_rank_comes_back(
    rank: int, out: int, size: int, bits: int, seed: int
) -> None:
    draw = torch.Generator().manual_seed(seed)
    old = torch.randn(out, size, generator=draw)
    change = torch.randn(out, rank, generator=draw) @ torch.randn(rank, size, generator=draw)
    new = {"m": old + change, "bias": torch.randn(3, generator=draw), "same": torch.ones(2, 2)}
    backbone = {"m": old, "bias": torch.zeros(3), "same": torch.ones(2, 2)}
    kept = derive_difference(new, backbone, rank, bits)
    assert not [name for name in kept if name.startswith("same")]
    back = add_difference(backbone, kept)
    assert (back["m"] - new["m"]).norm() < (0.002 if bits == 16 else 0.02) * change.norm()
    for name in ("bias", "same"):
        torch.testing.assert_close(back[name], new[name], atol=1e-3, rtol=1e-3)


def test_a_difference_of_another_backbone_is_refused() -> None:
    kept = {"m.up": torch.zeros(3, 1), "m.down": torch.zeros(1, 4)}
    with pytest.raises(ModelError, match="does not fit"):
        add_difference({"m": torch.zeros(4, 3)}, kept)
