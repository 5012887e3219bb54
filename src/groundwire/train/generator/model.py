"""Model of a run: from a folder or from scratch, whole or with low-rank adapters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch

from groundwire.errors import InputError, ModelError
from groundwire.train.generator.config import ARCHITECTURES, Config, ModelSection, Scratch
from groundwire.train.libraries import hide_bars
from groundwire.verify.backends.checkpoint import explain_opening, open_tokenizer, read_config

PAD, BOS, EOS, MASK = "<pad>", "<s>", "</s>", "<mask>"


def make_tokenizer(texts: Iterable[str], size: int, controls: Sequence[str] = ()) -> Any:
    """Trains a byte-level BPE tokenizer (Sennrich et al. 2016), which can write any text.

    Args:
        texts: what it is trained on.
        size: most entries.
        controls: tokens that are never cut.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made: Any = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer: Any = trainers.BpeTrainer(
        vocab_size=size, special_tokens=[PAD, BOS, EOS, MASK, *controls], show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )  # fmt: skip
    made.train_from_iterator(texts, trainer)
    wrap: Any = PreTrainedTokenizerFast
    return wrap(
        tokenizer_object=made, pad_token=PAD, bos_token=BOS, eos_token=EOS, mask_token=MASK,
        extra_special_tokens=list(controls), clean_up_tokenization_spaces=False,
    )  # fmt: skip


def make_model(family: str, scratch: Scratch, tokenizer: Any) -> Any:
    """Builds a model with random weights from torch's own random state.

    GPT-2 gets its activation in one kernel, and no dropout of attention weights, which would take
    attention out of the fused kernel; on a CPU the two are a third of a step of a small model.
    """
    import transformers as t

    kind = scratch.architecture or ARCHITECTURES[family][0]
    ids: dict[str, Any] = {
        "vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id,
    }  # fmt: skip
    s = scratch
    if kind == "gpt2":
        return t.GPT2LMHeadModel(t.GPT2Config(
            **ids, n_embd=s.hidden, n_layer=s.layers, n_head=s.heads, n_inner=s.intermediate,
            n_positions=s.positions, resid_pdrop=s.dropout, embd_pdrop=s.dropout,
            attn_pdrop=0.0, activation_function="gelu_pytorch_tanh",
        ))  # fmt: skip
    if kind == "t5":
        ids["decoder_start_token_id"] = tokenizer.pad_token_id
        return t.T5ForConditionalGeneration(t.T5Config(
            **ids, d_model=s.hidden, d_kv=s.hidden // s.heads, d_ff=s.intermediate,
            num_layers=s.layers, num_heads=s.heads, dropout_rate=s.dropout,
        ))  # fmt: skip
    if kind == "bart":
        return t.BartForConditionalGeneration(t.BartConfig(
            **ids, d_model=s.hidden, encoder_layers=s.layers, decoder_layers=s.layers,
            encoder_attention_heads=s.heads, decoder_attention_heads=s.heads,
            encoder_ffn_dim=s.intermediate, decoder_ffn_dim=s.intermediate,
            max_position_embeddings=s.positions, dropout=s.dropout, attention_dropout=s.dropout,
            decoder_start_token_id=tokenizer.eos_token_id, forced_eos_token_id=None,
        ))  # fmt: skip
    sizes: dict[str, Any] = {
        **ids, "hidden_size": s.hidden, "num_hidden_layers": s.layers,
        "num_attention_heads": s.heads, "num_key_value_heads": s.heads,
        "intermediate_size": s.intermediate, "max_position_embeddings": s.positions,
        "tie_word_embeddings": True, "attention_dropout": s.dropout,
    }  # fmt: skip
    if kind == "qwen3":
        sizes["head_dim"] = s.hidden // s.heads
    name = {"llama": "Llama", "qwen2": "Qwen2", "qwen3": "Qwen3"}[kind]
    return getattr(t, f"{name}ForCausalLM")(getattr(t, f"{name}Config")(**sizes))


def start_model(config: Config, texts: Iterable[str], controls: Sequence[str]) -> tuple[Any, Any]:
    """Returns the model that a run starts from, and its tokenizer with the control tokens.

    Args:
        config: the run's.
        texts: what a new tokenizer is trained on.
        controls: tokens of the data.

    Raises:
        InputError: if the folder is missing or of the other family.
        ModelError: if it cannot be loaded.
    """
    section = config.model
    torch.manual_seed(config.seed)
    if section.scratch is not None:
        tokenizer = make_tokenizer(texts, section.scratch.vocabulary, controls)
        return make_model(section.family, section.scratch, tokenizer), tokenizer
    assert section.path is not None
    model, tokenizer = open_generator(section.path, section)
    missing = [c for c in controls if c not in tokenizer.get_vocab()]
    if missing:
        tokenizer.add_tokens(missing, special_tokens=True)
        if len(tokenizer) > model.get_input_embeddings().num_embeddings:
            model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    return model, tokenizer


def open_generator(folder: Path, section: ModelSection) -> tuple[Any, Any]:
    """Loads a model of a family, and its tokenizer, from a local folder.

    Raises:
        InputError: if there is no such folder, or its model is of the other family.
        ModelError: if weights (safetensors) or tokenizer are missing or broken.
    """
    import transformers as t

    if not folder.is_dir():
        raise InputError(f"model.path: {folder} is no folder; download a model and name its folder")
    config = read_config(folder)
    encodes = bool(config.get("is_encoder_decoder", config.get("model_type") == "t5"))
    if encodes != (section.family == "encoder-decoder"):
        other = "an encoder-decoder" if encodes else "a decoder"
        raise InputError(f"model.family is {section.family!r}, but {folder} is {other}; set it")
    if not any(folder.glob("*.safetensors")):
        raise ModelError(f"{folder}: has no safetensors weights; save the model as safetensors")
    loader: Any = t.AutoModelForSeq2SeqLM if encodes else t.AutoModelForCausalLM
    changes = {} if section.dropout is None else _dropouts(config, section.dropout)
    try:
        with explain_opening(folder):
            model = loader.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, use_safetensors=True,
                dtype=torch.float32, **changes,
            )  # fmt: skip
    except ModelError as error:
        why = str(error.__cause__ or error).splitlines()[0][:200]
        raise ModelError(f"{folder}: no generator can be loaded from it ({why})") from error
    tokenizer = open_tokenizer(folder)
    if tokenizer.eos_token_id is None:
        raise ModelError(f"{folder}: its tokenizer names no eos_token; set one, it ends an answer")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model, tokenizer


def _dropouts(config: dict[str, Any], share: float) -> dict[str, float]:
    names = ("resid_pdrop", "embd_pdrop", "attn_pdrop", "dropout_rate", "dropout",
             "attention_dropout")  # fmt: skip
    return {name: share for name in names if name in config}


def add_adapters(model: Any, section: ModelSection) -> Any:
    """Returns the model with low-rank adapters where the config asks for them."""
    if section.lora is None:
        return model
    from peft import LoraConfig, TaskType, get_peft_model

    lora = section.lora
    encodes = section.family == "encoder-decoder"
    options = LoraConfig(
        r=lora.r, lora_alpha=lora.alpha, lora_dropout=lora.dropout,
        target_modules=lora.targets if isinstance(lora.targets, str) else list(lora.targets),
        task_type=TaskType.SEQ_2_SEQ_LM if encodes else TaskType.CAUSAL_LM,
    )  # fmt: skip
    with hide_bars():
        return get_peft_model(model, options)


def save_generator(model: Any, tokenizer: Any, folder: Path) -> None:
    """Writes a folder that transformers loads; adapters are merged into the weights."""
    with hide_bars():
        whole = model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
        whole.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def select_trainable(model: Any) -> torch.nn.ParameterList:
    """Returns what is trained, tied weights once, as a module whose state can be saved alone."""
    return torch.nn.ParameterList([p for p in model.parameters() if p.requires_grad])
