"""Bert classifier in torch alone: the architecture of the models that are shipped.

transformers loads what all of its architectures share (compilers, distributed tensors, kernels,
losses) before the first weight is read, which is a third of the time of a first check. A sequence
classifier of this one architecture needs none of it; its scores are those of the class of
transformers.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from groundwire.errors import ModelError


def fill_bert(model: BertClassifier, found: dict[str, Any], folder: Path) -> BertClassifier:
    """Puts weights in their places, all of them or none.

    Args:
        model: without weights.
        found: the weights by name; those that are taken are removed from it.
        folder: of the model, for people.

    Raises:
        ModelError: if weights are missing or of another shape.
    """
    needed = model.state_dict()
    lost = [k for k, v in needed.items() if k not in found or found[k].shape != v.shape]
    if lost:
        raise ModelError(
            f"{folder}: {len(lost)} weights are missing or of another shape, such as "
            f"{sorted(lost)[0]}: copy the model again, or give one of this kind"
        )
    model.load_state_dict({name: found.pop(name).float() for name in needed}, assign=True)
    return model.eval()


class _Linear(nn.Linear):
    """A layer whose weights are not drawn: drawing them without a device loads a compiler (1 s)."""

    def reset_parameters(self) -> None:
        """Leaves the weights as they are; those of a file are put in their place."""


class _Embedding(nn.Embedding):
    """A table whose weights are not drawn, likewise."""

    def reset_parameters(self) -> None:
        """Leaves the weights as they are; those of a file are put in their place."""


class BertClassifier(nn.Module):
    """An encoder, its pooler and a head; weights have the names that transformers gives them.

    Attributes:
        config: what ``config.json`` says, its labels by number.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        labels = {int(number): str(label) for number, label in config["id2label"].items()}
        self.config = SimpleNamespace(**{**config, "id2label": labels, "num_labels": len(labels)})
        size, eps = int(config["hidden_size"]), float(config["layer_norm_eps"])
        self._heads = int(config["num_attention_heads"])
        # Without weights: those of the file are put in their place, so none are drawn or copied.
        with torch.device("meta"):
            self.bert = nn.ModuleDict(
                {
                    "embeddings": nn.ModuleDict(
                        {
                            "word_embeddings": _Embedding(int(config["vocab_size"]), size),
                            "position_embeddings": _Embedding(
                                int(config["max_position_embeddings"]), size
                            ),
                            "token_type_embeddings": _Embedding(
                                int(config["type_vocab_size"]), size
                            ),
                            "LayerNorm": nn.LayerNorm(size, eps),
                        }
                    ),
                    "encoder": nn.ModuleDict(
                        {
                            "layer": nn.ModuleList(
                                _make_layer(size, int(config["intermediate_size"]), eps)
                                for _ in range(int(config["num_hidden_layers"]))
                            )
                        }
                    ),
                    "pooler": nn.ModuleDict({"dense": _Linear(size, size)}),
                }
            )
            self.classifier = _Linear(size, len(labels))

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        return self.classifier.weight.device

    def forward(
        self,
        input_ids: Any,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        output_hidden_states: bool = False,
    ) -> Any:
        """Returns ``logits`` [n, labels] and ``hidden_states``, of which only the last is kept."""
        parts: Any = self.bert["embeddings"]
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        if token_type_ids is None:
            token_type_ids = torch.zeros_like(input_ids)
        hidden = parts["word_embeddings"](input_ids) + parts["token_type_embeddings"](
            token_type_ids
        )
        hidden = parts["LayerNorm"](hidden + parts["position_embeddings"](places))
        mask = None
        if attention_mask is not None:
            width = input_ids.shape[1]
            mask = attention_mask.bool()[:, None, None, :].expand(-1, 1, width, -1)
        encoder: Any = self.bert["encoder"]
        for layer in encoder["layer"]:
            hidden = self._run(layer, hidden, mask)
        pooler: Any = self.bert["pooler"]
        logits = self.classifier(torch.tanh(pooler["dense"](hidden[:, 0])))
        return SimpleNamespace(logits=logits, hidden_states=(hidden,))

    def _run(self, layer: Any, hidden: Any, mask: Any) -> Any:
        heads = (*hidden.shape[:-1], self._heads, -1)
        attention = layer["attention"]
        query, key, value = (
            attention["self"][name](hidden).view(heads).transpose(1, 2)
            for name in ("query", "key", "value")
        )
        seen = scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = seen.transpose(1, 2).reshape(hidden.shape)
        out = attention["output"]
        hidden = out["LayerNorm"](out["dense"](seen) + hidden)
        wide = gelu(layer["intermediate"]["dense"](hidden))
        out = layer["output"]
        return out["LayerNorm"](out["dense"](wide) + hidden)


def _make_layer(size: int, wide: int, eps: float) -> nn.ModuleDict:
    return nn.ModuleDict(
        {
            "attention": nn.ModuleDict(
                {
                    "self": nn.ModuleDict(
                        {name: _Linear(size, size) for name in ("query", "key", "value")}
                    ),
                    "output": nn.ModuleDict(
                        {"dense": _Linear(size, size), "LayerNorm": nn.LayerNorm(size, eps)}
                    ),
                }
            ),
            "intermediate": nn.ModuleDict({"dense": _Linear(size, wide)}),
            "output": nn.ModuleDict(
                {"dense": _Linear(wide, size), "LayerNorm": nn.LayerNorm(size, eps)}
            ),
        }
    )
