"""Bert classifiers from folders: checkpoints of the one architecture that needs torch alone.

Every other checkpoint is opened by transformers.
"""

from __future__ import annotations

import json
from pathlib import Path

from groundwire.encoders.bert import BertClassifier, fill_bert
from groundwire.errors import ModelError
from groundwire.verify.backends.checkpoint import WEIGHTS
from groundwire.verify.backends.difference import is_difference, load_sum

_STATED = {"hidden_act": "gelu", "position_embedding_type": "absolute"}
_SIZES = (
    *("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers"),
    *("num_attention_heads", "max_position_embeddings", "type_vocab_size", "layer_norm_eps"),
)


def is_plain_bert(folder: Path) -> bool:
    """Whether a folder holds a classifier of this architecture, with nothing unusual about it."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return (
        isinstance(config, dict)
        and ((folder / WEIGHTS).is_file() or is_difference(folder))
        and config.get("model_type") == "bert"
        and config.get("architectures") == ["BertForSequenceClassification"]
        and all(config.get(name, value) == value for name, value in _STATED.items())
        and all(type(config.get(name)) in (int, float) for name in _SIZES)
        and isinstance(config.get("id2label"), dict)
        and not any(config.get(name) for name in ("is_decoder", "add_cross_attention"))
        and not {"auto_map", "quantization_config"} & config.keys()
    )


def open_bert(folder: Path) -> BertClassifier:
    """Loads a classifier, complete or not at all.

    Raises:
        ModelError: if weights are missing, damaged, altered or of another shape.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    try:
        model = BertClassifier(config)
        found = load_sum(folder, "bert") if is_difference(folder) else load_file(folder / WEIGHTS)
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"{str(folder)!r} is no NLI model with safetensors weights on this machine "
            f"({error}): give the folder of a trained model"
        ) from error
    return fill_bert(model, found, folder)
