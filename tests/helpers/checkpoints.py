"""Tiny random checkpoints of the architectures that verifiers are published in."""

from __future__ import annotations

import json
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CHARS = [*string.ascii_lowercase, *string.ascii_uppercase, *string.digits, *string.punctuation]
CHARS += [*"éèüßñçàö²µ", *"насоветки水泵重六十公斤が多い"]
WORDS = ["the", "pump", "weighs", "kg", "red", "it", "was", "made", "in", "lyon", "water", "is"]
LIMIT = 10**30

SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "initializer_range": 0.3,
}


def _wrap(made: Any, folder: Path, marks: dict[str, str], names: list[str], window: int) -> int:
    from transformers import PreTrainedTokenizerFast

    wrap: Any = PreTrainedTokenizerFast
    fast = wrap(tokenizer_object=made, model_max_length=window, model_input_names=names, **marks)
    fast.save_pretrained(folder)
    return int(made.get_vocab_size())


def wordpiece(folder: Path, window: int = LIMIT) -> int:
    """As BERT has it."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, *CHARS, *(f"##{c}" for c in CHARS)]
    vocab = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    made = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=10**6))
    made.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    marks = dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]")
    names = ["input_ids", "token_type_ids", "attention_mask"]
    return _wrap(made, folder, marks, names, window)


def bytelevel(folder: Path, *, roberta: bool, window: int = LIMIT) -> int:
    """As RoBERTa and ModernBERT have it; the latter with the special tokens of BERT."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    first, last = ("<s>", "</s>") if roberta else ("[CLS]", "[SEP]")
    pad, unknown = ("<pad>", "<unk>") if roberta else ("[PAD]", "[UNK]")
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("Ġ", "p"), ("u", "m"), ("Ġp", "um"), ("Ġpum", "p")]
    pieces = [first, pad, last, unknown, *letters, *(a + b for a, b in merges)]
    vocab = {piece: number for number, piece in enumerate(pieces)}
    made = Tokenizer(models.BPE(vocab, merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    if roberta:
        made.post_processor = processors.RobertaProcessing((last, 2), (first, 0))
    else:
        made.post_processor = processors.TemplateProcessing(
            single=f"{first} $A {last}",
            pair=f"{first} $A {last} $B {last}",
            special_tokens=[(first, 0), (last, 2)],
        )
    marks = dict(pad_token=pad, unk_token=unknown, cls_token=first, sep_token=last)
    marks |= dict(bos_token=first, eos_token=last) if roberta else {}
    return _wrap(made, folder, marks, ["input_ids", "attention_mask"], window)


def unigram(folder: Path, kind: str, window: int = LIMIT) -> int:
    """As XLM-RoBERTa, DeBERTa-v3 and T5 have it."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    marks = {
        "xlm": ["<s>", "<pad>", "</s>", "<unk>"],
        "deberta": ["[PAD]", "[CLS]", "[SEP]", "[UNK]"],
        "t5": ["<pad>", "</s>", "<unk>"],
    }[kind]
    pieces = ["▁", "▁1", "▁0", *(f"▁{word}" for word in WORDS), *CHARS, *(f"▁{c}" for c in "aitp")]
    vocab = [(piece, 0.0) for piece in marks]
    vocab += [(piece, -2.0 - i / 100) for i, piece in enumerate(dict.fromkeys(pieces))]
    unknown = next(mark for mark in marks if "unk" in mark.casefold())
    made = Tokenizer(models.Unigram(vocab, marks.index(unknown)))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    names: dict[str, str] = {"unk_token": unknown}
    if kind == "t5":
        single, pair = "$A </s>", "$A </s> $B </s>"
        names |= dict(pad_token="<pad>", eos_token="</s>")
    elif kind == "xlm":
        single, pair = "<s> $A </s>", "<s> $A </s> </s> $B </s>"
        names |= dict(pad_token="<pad>", cls_token="<s>", sep_token="</s>", eos_token="</s>")
    else:
        single, pair = "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"
        names |= dict(pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", eos_token="[SEP]")
    special = [(mark, number) for number, mark in enumerate(marks)]
    made.post_processor = processors.TemplateProcessing(
        single=single, pair=pair, special_tokens=special
    )
    inputs = ["input_ids", "attention_mask"] + (["token_type_ids"] if kind == "deberta" else [])
    return _wrap(made, folder, names, inputs, window)


def build(folder: Path, architecture: str, labels: Sequence[str], window: int = 256) -> Any:
    """Writes a tokenizer into a folder and returns a random model that goes with it."""
    import torch
    import transformers as hf

    stated = {"id2label": dict(enumerate(labels)), "label2id": {n: i for i, n in enumerate(labels)}}
    torch.manual_seed(5)
    more = dict(SIZES, **stated, max_position_embeddings=window)
    if architecture == "bert":
        config: Any = hf.BertConfig(vocab_size=wordpiece(folder), pad_token_id=0, **more)
        return hf.BertForSequenceClassification(config)
    if architecture in ("roberta", "xlm-roberta"):
        more |= dict(max_position_embeddings=window + 2, type_vocab_size=1, pad_token_id=1)
        if architecture == "roberta":
            config = hf.RobertaConfig(vocab_size=bytelevel(folder, roberta=True), **more)
            return hf.RobertaForSequenceClassification(config)
        config = hf.XLMRobertaConfig(vocab_size=unigram(folder, "xlm"), **more)
        return hf.XLMRobertaForSequenceClassification(config)
    if architecture == "deberta-v2":
        deberta: Any = hf.DebertaV2Config
        config = deberta(
            vocab_size=unigram(folder, "deberta"), pad_token_id=0, type_vocab_size=0,
            relative_attention=True, position_buckets=16, norm_rel_ebd="layer_norm",
            share_att_key=True, pos_att_type=["p2c", "c2p"], position_biased_input=False, **more,
        )  # fmt: skip
        return hf.DebertaV2ForSequenceClassification(config)
    if architecture.startswith("modernbert"):
        config = hf.ModernBertConfig(
            vocab_size=bytelevel(folder, roberta=False), pad_token_id=1, bos_token_id=0,
            eos_token_id=2, cls_token_id=0, sep_token_id=2, initializer_cutoff_factor=3.0, **more,
        )  # fmt: skip
        tokens = architecture.endswith("tokens")
        classes = hf.ModernBertForTokenClassification, hf.ModernBertForSequenceClassification
        return classes[0](config) if tokens else classes[1](config)
    raise AssertionError(architecture)


def t5_config(folder: Path) -> Any:
    """Writes a T5 tokenizer into a folder and returns a small configuration."""
    import transformers as hf

    make: Any = hf.T5Config
    config = make(
        vocab_size=unigram(folder, "t5"), d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4,
        feed_forward_proj="gated-gelu", tie_word_embeddings=False, pad_token_id=0, eos_token_id=1,
        decoder_start_token_id=0,
    )  # fmt: skip
    return config


def lean(model: Any, column: int, by: float = 40.0) -> None:
    """Makes a model prefer one of its outputs, whatever it reads."""
    import torch

    head = model.classifier
    bias = getattr(head, "out_proj", head).bias
    with torch.no_grad():
        bias.zero_()
        bias[column] = by


def write_hhem(folder: Path, base: Path, config: Any) -> Any:
    """Writes what HHEM-2.1-Open publishes, and the T5 model beside it that it was made of."""
    import torch
    import transformers as hf
    from safetensors.torch import save_file

    torch.manual_seed(6)
    config.num_labels = 2
    model = hf.T5ForTokenClassification(config)
    state = {f"t5.{name}": value.contiguous() for name, value in model.state_dict().items()}
    state.pop("t5.transformer.encoder.embed_tokens.weight", None)
    folder.mkdir(exist_ok=True)
    save_file(state, folder / "model.safetensors")
    config.save_pretrained(base)
    stated: dict[str, Any] = {
        "architectures": ["HHEMv2ForSequenceClassification"],
        "model_type": "HHEMv2",
    }
    stated |= {"foundation": str(base), "auto_map": {"AutoConfig": "evil.Config"}}
    (folder / "config.json").write_text(json.dumps(stated), encoding="utf-8")
    (folder / "evil.py").write_text("raise SystemExit('remote code ran')", encoding="utf-8")
    return model
