"""What is trained: a cross-encoder with a head for the pair and one for each token."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification

from groundwire.device import cpu_has_bf16
from groundwire.errors import ModelError
from groundwire.train import attention
from groundwire.train.batches import UNKNOWN
from groundwire.train.folders import starting_from
from groundwire.train.pairs import CLASSES
from groundwire.train.quiet import quiet
from groundwire.verify.spans import SPAN_HEAD

_DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob")
_NEW = re.compile(r"(?:^|\.)(?:classifier|classification_head|head|score|pooler)\.")
"""Names of weights that an encoder need not have: those of the head."""


class VerifierModel(torch.nn.Module):
    """An encoder that reads (premise, claim), three classes for the pair, one logit a token."""

    def __init__(self, source: str, device: str, dropout: float = 0.0) -> None:
        """Loads a backbone, or a verifier that is to be trained further.

        Args:
            source: folder of the backbone.
            device: ``"cpu"`` or ``"cuda"``.
            dropout: of hidden units and attention.

        Raises:
            InputError: if it is no such folder, weights of its encoder are missing, or its config
                knows no ``hidden_dropout_prob``.
        """
        super().__init__()
        options: dict[str, Any] = dict.fromkeys(_DROPOUTS, dropout)
        if device == "cpu" and cpu_has_bf16() and not dropout:  # blocks of it drop nothing
            options["attn_implementation"] = attention.register()
        with starting_from(Path(source)):
            self.encoder: Any = _encoder(source, options)
            self.spans = torch.nn.Linear(self.encoder.config.hidden_size, 1)
            torch.nn.init.normal_(self.spans.weight, std=0.02)
            torch.nn.init.zeros_(self.spans.bias)
            head = Path(source) / SPAN_HEAD
            if head.is_file():
                self.spans.load_state_dict({k: v.float() for k, v in load_file(head).items()})
        self.to(device)

    def forward(self, **inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns logits of the classes [n, 3] and of a fault at each token [n, length]."""
        read = self.encoder(**inputs, output_hidden_states=True)
        return read.logits, self.spans(read.hidden_states[-1]).squeeze(-1)


def _encoder(source: str, options: dict[str, Any]) -> Any:
    """An encoder with a head for the classes, which alone may be new."""
    encoder, report = AutoModelForSequenceClassification.from_pretrained(
        source,
        dtype=torch.float32,
        num_labels=len(CLASSES),
        id2label=dict(enumerate(CLASSES)),
        label2id={name: i for i, name in enumerate(CLASSES)},
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        output_loading_info=True,
        **options,
    )
    lost = sorted(key for key in map(str, report["missing_keys"]) if not _NEW.search(key))
    if lost:
        raise ModelError(f"{len(lost)} of its weights are missing, such as {lost[0]}")
    return encoder


def masked_loss(logits: torch.Tensor, allowed: torch.Tensor) -> torch.Tensor:
    """Negative log probability of the allowed classes together.

    Args:
        logits: [n, 3], any float type.
        allowed: [n, 3] bool, at least one True in a row.

    Returns:
        Mean over the rows, in nats.
    """
    log_p = logits.float().log_softmax(-1)
    return -log_p.masked_fill(~allowed, float("-inf")).logsumexp(-1).mean()


def span_loss(logits: torch.Tensor, faults: torch.Tensor) -> torch.Tensor:
    """Mean binary cross-entropy over the tokens whose target is known; 0 if there is none.

    Args:
        logits: [n, length].
        faults: [n, length], 1, 0 or -1 for unknown.
    """
    known = faults != UNKNOWN
    if not known.any():
        return logits.sum() * 0.0
    return torch.nn.functional.binary_cross_entropy_with_logits(
        logits.float()[known], faults[known].float()
    )


def export(model: VerifierModel, tokenizer: Any, output: Path, facts: dict[str, Any]) -> Path:
    """Writes the folder that ``NLIVerifier`` loads: fp16 weights, tokenizer, manifest.

    Args:
        model: trained; its weights become fp16.
        tokenizer: of the backbone; no truncation is saved with it.
        output: folder.
        facts: for the manifest.
    """
    model.half().eval()
    model.encoder.config._attn_implementation = "sdpa"
    for name in _DROPOUTS:  # averages are of models of one config
        if hasattr(model.encoder.config, name):
            setattr(model.encoder.config, name, 0.0)
    with quiet():
        model.encoder.save_pretrained(output)
    tokenizer.save_pretrained(output)
    manifest = {
        "format": 1,
        "weights_sha256": _sha256(output / "model.safetensors"),
    }
    if facts["recipe"]["span_weight"]:
        weights = {k: v.contiguous() for k, v in model.spans.state_dict().items()}
        save_file(weights, output / SPAN_HEAD)
        manifest["spans_sha256"] = _sha256(output / SPAN_HEAD)
    text = json.dumps({**manifest, **facts}, indent=1)
    (output / "groundwire.json").write_text(text + "\n", encoding="utf-8")
    return output


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
