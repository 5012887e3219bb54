"""Bert in torch alone: the scores of transformers' own class, and the same refusals."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification

from groundwire.encoders.weights import hash_file
from groundwire.errors import ModelError
from groundwire.train.verifier.difference import write_difference
from groundwire.verify.backends.bert import is_plain_bert, open_bert
from groundwire.verify.backends.checkpoint import find_default_verifier, open_model

SIZES: dict[str, Any] = {
    "vocab_size": 50,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 40,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small checkpoint as transformers writes it."""
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(3)
    config = BertConfig(**SIZES, id2label={0: "entailment", 1: "neutral", 2: "contradiction"})
    made = tmp_path_factory.mktemp("bert")
    BertForSequenceClassification(config).save_pretrained(made)
    return made


def batch(rows: int, width: int) -> dict[str, torch.Tensor]:
    """Rows of several lengths, the first without padding."""
    draw = torch.Generator().manual_seed(rows)
    mask = torch.ones((rows, width), dtype=torch.long)
    for row in range(1, rows):
        mask[row, width - 2 * row :] = 0
    types = torch.zeros_like(mask)
    types[:, width // 2 :] = 1
    ids = torch.randint(1, SIZES["vocab_size"], (rows, width), generator=draw) * mask
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


@pytest.mark.parametrize(("rows", "width"), [(1, 3), (4, 16), (7, 40)])
def test_logits_and_tokens_are_those_of_transformers(folder: Path, rows: int, width: int) -> None:
    own, theirs = open_bert(folder), open_model(AutoModelForSequenceClassification, folder).eval()
    features = batch(rows, width)
    with torch.inference_mode():
        a, b = own(**features), theirs(**features, output_hidden_states=True)
    assert np.allclose(a.logits, b.logits, atol=1e-5)
    read = features["attention_mask"].bool()  # what stands in padding is read by nobody
    assert np.allclose(a.hidden_states[-1][read], b.hidden_states[-1][read], atol=1e-5)
    assert own.config.id2label == theirs.config.id2label
    assert own.config.num_labels == theirs.config.num_labels


def test_the_embedded_verifier_is_one_and_needs_no_model_of_transformers() -> None:
    assert is_plain_bert(find_default_verifier())
    code = (
        "import sys; from groundwire.verify.backends.scorer import PairScorer\n"
        "PairScorer().score([('It is red.', 'It is red.')])\n"
        "assert 'transformers.modeling_utils' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_difference_is_added_to_the_weights_beside_it(folder: Path, tmp_path: Path) -> None:
    from transformers import BertForSequenceClassification

    trained = shutil.copytree(folder, tmp_path / "trained")
    model: Any = BertForSequenceClassification.from_pretrained(folder)
    draw = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for layer in model.bert.encoder.layer:
            dense = layer.intermediate.dense.weight
            dense += torch.randn(32, 2, generator=draw) @ torch.randn(2, 16, generator=draw)
        model.classifier.weight += 1
    model.half().save_pretrained(trained)
    facts = {"format": 1, "weights_sha256": hash_file(trained / "model.safetensors")}
    (trained / "groundwire.json").write_text(json.dumps(facts), encoding="utf-8")
    made = tmp_path / "made"
    write_difference(trained, made, str(folder), 2, carry=True)
    assert is_plain_bert(made) and not (made / "model.safetensors").exists()
    features = batch(4, 16)
    with torch.inference_mode():
        a, b = open_bert(made)(**features), open_bert(trained)(**features)
        before = open_bert(folder)(**features)
    assert np.allclose(a.logits, b.logits, atol=5e-3)
    assert not np.allclose(a.logits, before.logits, atol=0.1)


@pytest.mark.parametrize(
    "change",
    [
        {"architectures": ["RobertaForSequenceClassification"]},
        {"hidden_act": "relu"},
        {"position_embedding_type": "relative_key"},
        {"is_decoder": True},
        {"model_type": "other"},
        {"auto_map": {"AutoConfig": "own.Config"}},
        {"id2label": None},
        {"hidden_size": "many"},
    ],
)
def test_what_is_unusual_is_left_to_transformers(
    folder: Path, tmp_path: Path, change: dict[str, object]
) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert is_plain_bert(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({**config, **change}), encoding="utf-8")
    assert not is_plain_bert(tmp_path)


def test_weights_that_are_missing_or_damaged_are_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    weights = load_file(folder / "model.safetensors")
    del weights["classifier.bias"]
    weights["bert.pooler.dense.weight"] = weights["bert.pooler.dense.weight"][:3].clone()
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=r"2 weights are missing .* bert\.pooler\.dense\.weight"):
        open_bert(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"not these")
    with pytest.raises(ModelError, match="no NLI model with safetensors weights"):
        open_bert(tmp_path)
