"""Model that is trained: a cross-encoder with a head for the pair and one for each token."""

from __future__ import annotations

import hashlib
import inspect
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import AttentionInterface, AutoModelForSequenceClassification
from transformers.masking_utils import AttentionMaskInterface, eager_mask

from groundwire.device import has_bf16
from groundwire.encoders.differences import HEAD
from groundwire.errors import InputError, ModelError
from groundwire.train.folders import explain_backbone
from groundwire.train.libraries import hide_bars
from groundwire.train.pairs.pairs import CLASSES
from groundwire.train.verifier import model as attention
from groundwire.train.verifier.batches import UNKNOWN, move_tensor
from groundwire.verify.backends.difference import is_difference, open_difference
from groundwire.verify.backends.spans import SPAN_HEAD

_DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob")


class VerifierModel(torch.nn.Module):
    """An encoder that reads (premise, claim), three classes for the pair, one logit a token."""

    def __init__(
        self,
        source: str,
        device: str,
        dropout: float = 0.0,
        layers: int | list[int] = 0,
        frozen: int = 0,
        rank: int = 0,
    ) -> None:
        """Loads a backbone, or a verifier that is to be trained further.

        Args:
            source: folder of the backbone.
            device: ``"cpu"`` or ``"cuda"``.
            dropout: of hidden units and attention.
            layers: those that are kept: how many of the first, or their numbers; 0 keeps all.
            frozen: how many of the first kept layers, with the embeddings, are not trained.
            rank: of the changes of the layers' matrices, which alone are then trained, beside the
                heads; 0 trains the matrices themselves.

        Raises:
            InputError: if it is no such folder, weights of its encoder are missing, its config
                knows no ``hidden_dropout_prob``, or it has fewer layers.
        """
        super().__init__()
        options: dict[str, Any] = dict.fromkeys(_DROPOUTS, dropout)
        if device == "cpu" and has_bf16() and not dropout:  # blocks of it drop nothing
            options["attn_implementation"] = attention.register_attention()
        with explain_backbone(Path(source)):
            self.encoder: Any = _encoder(source, options)
            self.spans = torch.nn.Linear(self.encoder.config.hidden_size, 1)
            torch.nn.init.normal_(self.spans.weight, std=0.02)
            torch.nn.init.zeros_(self.spans.bias)
            head = Path(source) / SPAN_HEAD
            if head.is_file():
                self.spans.load_state_dict({k: v.float() for k, v in load_file(head).items()})
        if layers:
            _keep_layers(self.encoder, layers, source)
        if frozen:
            _freeze_layers(self.encoder, frozen, source)
        # MPNet has no token types. What is not named would be swallowed, or refused.
        self._typed = "token_type_ids" in inspect.signature(self.encoder.forward).parameters
        if rank:
            self.encoder = _factor_changes(self.encoder, rank, source)
        self.to(device)

    def forward(self, **inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns logits of the classes [n, 3] and of a fault at each token [n, length]."""
        if not self._typed:
            inputs.pop("token_type_ids", None)
        read = self.encoder(**inputs, output_hidden_states=True)
        return read.logits, self.spans(read.hidden_states[-1]).squeeze(-1)


def _encoder(source: str, options: dict[str, Any]) -> Any:
    """An encoder with a head for the classes, which alone may be new."""
    if is_difference(Path(source)):
        return open_difference(AutoModelForSequenceClassification, Path(source), **options)
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
    lost = sorted(key for key in map(str, report["missing_keys"]) if not HEAD.search(key))
    if lost:
        raise ModelError(f"{len(lost)} of its weights are missing, such as {lost[0]}")
    return encoder


def _keep_layers(encoder: Any, layers: int | list[int], source: str) -> None:
    """Drops the other layers of an encoder, whatever its architecture calls them."""
    count = encoder.config.num_hidden_layers
    kept = list(range(layers)) if isinstance(layers, int) else layers
    if kept[-1] >= count:
        raise InputError(
            f"recipe: layers is {layers}, but {source} has {count}, numbered from 0: give "
            f"{count} at most, or a list of numbers below {count}"
        )
    owner, name, stack = _find_stack(encoder, f"recipe: layers is {layers}", source)
    setattr(owner, name, torch.nn.ModuleList(stack[number] for number in kept))
    encoder.config.num_hidden_layers = len(kept)


def _find_stack(encoder: Any, asked: str, source: str) -> tuple[torch.nn.Module, str, Any]:
    """The layers of an encoder: their owner, what it calls them, and themselves."""
    count = encoder.config.num_hidden_layers
    stacks = [
        (owner, name, child)
        for owner in encoder.modules()
        for name, child in owner.named_children()
        if isinstance(child, torch.nn.ModuleList) and len(child) == count
    ]
    if len(stacks) != 1:
        key = asked.removeprefix("recipe: ").partition(" ")[0]
        raise InputError(
            f"{asked}, but {source} ({encoder.config.model_type}) has no one stack of layers to "
            f"choose from: leave {key} out"
        )
    return stacks[0]


def _freeze_layers(encoder: Any, frozen: int, source: str) -> None:
    """Keeps all that stands before the layers that are trained as it is.

    What the layers share, such as MPNet's bias of positions, is kept, too: a gradient to it would
    pass through every layer.
    """
    _, _, stack = _find_stack(encoder, f"recipe: frozen is {frozen}", source)
    if frozen > len(stack):
        raise InputError(
            f"recipe: frozen is {frozen}, but {len(stack)} layers of {source} are kept: give "
            f"{len(stack)} at most"
        )
    trained = {id(part) for layer in stack[frozen:] for part in layer.parameters()}
    for name, part in encoder.named_parameters():
        part.requires_grad_(id(part) in trained or bool(HEAD.search(name)))


def _factor_changes(encoder: Any, rank: int, source: str) -> Any:
    """An encoder of which only a product of two thin matrices beside each weight is trained.

    E. Hu et al., "LoRA", ICLR 2022; the product counts twice, as in most uses of it.
    """
    from peft import LoraConfig, get_peft_model

    owner, name, _ = _find_stack(encoder, f"recipe: rank is {rank}", source)
    stack = next(path for path, module in encoder.named_modules() if module is owner)
    inside = f"{stack}.{name}." if stack else f"{name}."
    matrices = [
        path
        for path, module in encoder.named_modules()
        if path.startswith(inside) and isinstance(module, torch.nn.Linear)
    ]
    options = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=matrices)
    with hide_bars():
        wrapped = get_peft_model(encoder, options)
    for path, part in wrapped.named_parameters():
        if HEAD.search(path):
            part.requires_grad_(True)
    return wrapped


def compute_masked_loss(logits: torch.Tensor, allowed: torch.Tensor) -> torch.Tensor:
    """Negative log probability of the allowed classes together.

    Args:
        logits: [n, 3], any float type.
        allowed: [n, 3] bool, at least one True in a row.

    Returns:
        Mean over the rows, in nats.
    """
    return _label_loss(logits.float().log_softmax(-1), allowed).mean()


def _label_loss(log_p: torch.Tensor, allowed: torch.Tensor) -> torch.Tensor:
    return -log_p.masked_fill(~allowed, float("-inf")).logsumexp(-1)


def compute_distilled_loss(
    logits: torch.Tensor, allowed: torch.Tensor, soft: torch.Tensor, share: float
) -> torch.Tensor:
    """Mean of the cross-entropy to a teacher's probabilities and ``compute_masked_loss``.

    Args:
        logits: [n, 3], any float type.
        allowed: [n, 3] bool.
        soft: [n, 3] probabilities of a teacher; rows of zeros for pairs that it did not read, of
            which the labels alone count.
        share: of the teacher, from 0 to 1.
    """
    log_p = logits.float().log_softmax(-1)
    taught = share * (soft.sum(-1) > 0)
    loss = (1 - taught) * _label_loss(log_p, allowed) - taught * (soft * log_p).sum(-1)
    return loss.mean()


def compute_span_loss(logits: torch.Tensor, faults: torch.Tensor) -> torch.Tensor:
    """Mean binary cross-entropy over the tokens whose target is known; 0 if there is none.

    Args:
        logits: [n, length].
        faults: [n, length] on the CPU, 1, 0 or -1 for unknown: so a GPU that is still at work need
            not be waited for to learn how many are known.
    """
    known = faults != UNKNOWN
    if not known.any():
        return logits.sum() * 0.0
    places = move_tensor(known.flatten().nonzero().squeeze(1), logits.device)
    targets = move_tensor(faults[known].float(), logits.device)
    return torch.nn.functional.binary_cross_entropy_with_logits(
        logits.float().flatten()[places], targets
    )


def export_verifier(
    model: VerifierModel, tokenizer: Any, output: Path, facts: dict[str, Any]
) -> Path:
    """Writes the folder that ``NLIVerifier`` loads: fp16 weights, tokenizer, manifest.

    Args:
        model: trained; its weights become fp16.
        tokenizer: of the backbone; no truncation is saved with it.
        output: folder.
        facts: for the manifest.
    """
    if hasattr(model.encoder, "merge_and_unload"):
        with hide_bars():
            model.encoder = model.encoder.merge_and_unload()
    model.half().eval()
    model.encoder.config._attn_implementation = "sdpa"
    for name in _DROPOUTS:  # averages are of models of one config
        if hasattr(model.encoder.config, name):
            setattr(model.encoder.config, name, 0.0)
    with hide_bars():
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


NAME = "groundwire_blocks"
BLOCK = 4_000_000
"""Attention weights of one block, in numbers: 8 MB of bfloat16, about the size of a cache."""


class _BlockAttention(torch.autograd.Function):
    """Softmax attention over blocks of the batch; keeps the weights for the way back."""

    @staticmethod
    def forward(
        ctx: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Any, size: int
    ) -> torch.Tensor:
        out = torch.empty_like(query)
        kept = []
        for start in range(0, len(query), size):
            rows = slice(start, start + size)
            scores = torch.matmul(query[rows], key[rows].transpose(2, 3))
            if mask is not None:
                scores += mask[rows]
            weights = torch.softmax(scores, -1)
            torch.matmul(weights, value[rows], out=out[rows])
            kept.append(weights)
        ctx.save_for_backward(query, key, value, *kept)
        ctx.size = size
        return out

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        query, key, value, *kept = ctx.saved_tensors
        grad = grads[0].contiguous()
        outs = [torch.empty_like(t) for t in (query, key, value)]
        for index, weights in enumerate(kept):
            rows = slice(index * ctx.size, (index + 1) * ctx.size)
            torch.matmul(weights.transpose(2, 3), grad[rows], out=outs[2][rows])
            change = torch.matmul(grad[rows], value[rows].transpose(2, 3))
            change = torch._softmax_backward_data(change, weights, -1, weights.dtype)
            torch.matmul(change, key[rows], out=outs[0][rows])
            torch.matmul(change.transpose(2, 3), query[rows], out=outs[1][rows])
        return outs[0], outs[1], outs[2], None, None


def attend_blocks(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attention as transformers calls it; no dropout.

    Args:
        module: the layer; not used.
        query: [batch, heads, length, size], like ``key`` and ``value``.
        key: see ``query``.
        value: see ``query``.
        attention_mask: [batch, 1, length, length], added to the scores; None for none.
        scaling: factor of the scores; by default one over the root of ``size``.
        dropout: must be 0.
        options: ignored.

    Returns:
        [batch, length, heads, size] and None for the weights.
    """
    batch, heads, length, width = query.shape
    scale = width**-0.5 if scaling is None else scaling
    size = max(1, min(batch, BLOCK // (heads * length * length)))
    mask = None if attention_mask is None else attention_mask.to(query.dtype)
    with torch.autocast(query.device.type, enabled=False):
        out: torch.Tensor = _BlockAttention.apply(  # type: ignore[no-untyped-call]
            (query * scale).contiguous(), key.contiguous(), value.contiguous(), mask, size
        )
    return out.transpose(1, 2), None


def register_attention() -> str:
    """Makes the attention known to transformers and returns its name."""
    AttentionInterface.register(NAME, attend_blocks)
    AttentionMaskInterface.register(NAME, eager_mask)
    return NAME
