"""Scores (premise, hypothesis) pairs with an NLI cross-encoder of any kind."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from groundwire.device import autocast_for, pick_device
from groundwire.errors import ModelError
from groundwire.evidence.embed import file_sha256
from groundwire.evidence.encoder import encodable, pad

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

Probabilities: TypeAlias = npt.NDArray[np.float32]

MANIFEST = "groundwire.json"
PAD_TO = 16
_HEADS = ("classifier", "score", "classification_head", "cls.", "head", "qa_outputs")
BATCH_TOKENS = 4096


def default_verifier_path() -> Path:
    """Returns the folder of the embedded verifier."""
    return Path(__file__).parent.parent / "models" / "groundwire-nli"


def label_columns(id2label: Mapping[int, str]) -> tuple[tuple[int, ...], ...]:
    """Reads which outputs mean entailment, neutral and contradiction.

    A two-class model has one output for "neutral or contradiction"; its column stands for both.

    Args:
        id2label: the model's config, such as ``{0: "contradiction", 1: "entailment", ...}``.

    Returns:
        Three tuples of columns, for entailment, neutral and contradiction.

    Raises:
        ModelError: if the names do not tell.
    """
    kinds: dict[str, list[int]] = {"entailment": [], "neutral": [], "contradiction": []}
    for column, name in id2label.items():
        plain = str(name).casefold().replace("-", "_").replace(" ", "_")
        if plain.startswith(("not_entail", "non_entail", "unsupport", "not_support")):
            kinds["neutral"].append(int(column))
        elif plain.startswith(("entail", "support")):
            kinds["entailment"].append(int(column))
        elif plain.startswith(("contradict", "refute")):
            kinds["contradiction"].append(int(column))
        elif plain.startswith(("neutral", "not_enough")):
            kinds["neutral"].append(int(column))
    columns = tuple(tuple(kinds[kind]) for kind in ("entailment", "neutral", "contradiction"))
    if len(columns[0]) != 1 or not columns[1] + columns[2]:
        raise ModelError(
            f"the labels {dict(id2label)} do not say which output is entailment: "
            "set id2label in the model's config.json to entailment, neutral, contradiction "
            "(or entailment, not_entailment)"
        )
    return columns


class PairScorer:
    """A loaded cross-encoder; safe to call from several threads.

    A pair is padded to the next multiple of 16 tokens of its own length and shares a batch only
    with pairs of that padded length, so its scores do not depend on what else is scored.
    """

    def __init__(self, model: str | os.PathLike[str] | CrossEncoder | None = None) -> None:
        """Loads the model.

        Args:
            model: a folder, the id of a model in the local Hugging Face cache, a loaded
                ``CrossEncoder``, or None for the embedded verifier.

        Raises:
            ModelError: if the weights are missing or altered, or the model is no NLI classifier.
        """
        from sentence_transformers import CrossEncoder

        self.manifest: dict[str, Any] = {}
        if isinstance(model, CrossEncoder):
            self.name, encoder = type(model).__name__, model
        else:
            place: Any = model  # mypy does not narrow by this class
            source = Path(place) if place is not None else default_verifier_path()
            self.manifest = read_manifest(source)
            self.name = self.manifest.get("name") or str(model)
            encoder = _open(source if source.exists() or model is None else _cached(str(model)))
        if encoder.model is None or encoder.tokenizer is None:
            raise ModelError(f"{self.name}: not a transformers sequence classifier")
        self._model = encoder.model.eval()
        self.tokenizer: Any = encoder.tokenizer
        self.columns = label_columns(self._model.config.id2label or {})
        limit = int(encoder.max_seq_length or 512)
        self.max_tokens = min(limit, 512, int(self.manifest.get("max_tokens", 512)))
        self.device = str(self._model.device)
        self._lock = threading.Lock()

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Returns the token ids of texts, without special tokens."""
        return list(self._read(list(texts), None, add_special_tokens=False)["input_ids"])

    def unknown_letters(self, text: str) -> int:
        """Returns how many letters of a text lie in tokens that the tokenizer does not know."""
        unknown = self.tokenizer.unk_token_id
        if unknown not in self.tokens([text])[0]:
            return 0
        read = self._read([text], None, add_special_tokens=False, return_offsets_mapping=True)
        places = zip(read["input_ids"][0], read["offset_mapping"][0], strict=True)
        spans = [text[start:end] for token, (start, end) in places if token == unknown]
        return sum(char.isalpha() for span in spans for char in span)

    def _read(self, first: list[str], second: list[str] | None, **options: Any) -> Any:
        clean = [encodable(text) for text in first]
        pair = None if second is None else [encodable(text) for text in second]
        # Calls set the options of one shared Rust object, which two threads must not do at once.
        with self._lock:
            return self.tokenizer(clean, pair, truncation=False, verbose=False, **options)

    def score(self, pairs: Sequence[tuple[str, str]]) -> Probabilities:
        """Scores each distinct pair once, shortest first.

        Args:
            pairs: n (premise, hypothesis).

        Returns:
            float32 [n, 3]: probabilities of entailment, neutral and contradiction. A two-class
            model leaves the contradiction at 0.

        Raises:
            ModelError: if a pair is longer than the model's window; it is never cut.
        """
        if not pairs:
            return np.zeros((0, 3), dtype=np.float32)
        unique = list(dict.fromkeys(pairs))
        read = self._read([p for p, _ in unique], [h for _, h in unique])
        lengths = [len(row) for row in read["input_ids"]]
        if max(lengths) > self.max_tokens:
            raise ModelError(
                f"a pair of {max(lengths)} tokens does not fit the {self.max_tokens} "
                f"of {self.name}: give shorter evidence passages"
            )
        logits = np.zeros((len(unique), self._model.config.num_labels), dtype=np.float32)
        self._forward(read, lengths, logits)
        exp = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = exp / exp.sum(axis=1, keepdims=True)
        scores = np.stack([p[:, list(c)].sum(axis=1) for c in self.columns], axis=1)
        row = {pair: index for index, pair in enumerate(unique)}
        result: Probabilities = scores.astype(np.float32)[[row[pair] for pair in pairs]]
        return result

    def _forward(self, read: Any, lengths: list[int], logits: Probabilities) -> None:
        import torch

        fill = {
            "input_ids": self.tokenizer.pad_token_id or 0,
            "token_type_ids": self.tokenizer.pad_token_type_id,
            "attention_mask": 0,
        }
        widths = [min(-(-n // PAD_TO) * PAD_TO, self.max_tokens) for n in lengths]
        with torch.inference_mode(), autocast_for(self.device):
            for width in sorted(set(widths)):
                rows = [i for i, w in enumerate(widths) if w == width]
                size = max(1, BATCH_TOKENS // width)
                for start in range(0, len(rows), size):
                    part = rows[start : start + size]
                    features = {}
                    for name in fill.keys() & read.keys():
                        rows_read = [read[name][row] for row in part]
                        block = pad(rows_read, width, fill[name], self.tokenizer.padding_side)
                        features[name] = torch.from_numpy(block).to(self.device)
                    logits[part] = self._model(**features).logits.float().cpu().numpy()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Reads ``groundwire.json`` of a model folder and checks the weights against it.

    A folder without one is a plain Hugging Face checkpoint, and not checked.

    Raises:
        ModelError: if the manifest is broken or the weights are missing or altered.
    """
    path = folder / MANIFEST
    if folder == default_verifier_path() and not path.is_file():
        raise ModelError(f"{folder}: the embedded verifier is missing: reinstall groundwire")
    if not path.is_file():
        if folder.is_dir():
            _check_plain(folder)
        return {}
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        expected = manifest["weights_sha256"]
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ModelError(f"{path}: broken ({error!r}): install or train the model again") from error
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelError(f"{weights}: the weights are missing: install or train the model again")
    found = file_sha256(weights)
    if found != expected:
        raise ModelError(
            f"{weights}: sha256 is {found} and not {expected}: the weights were altered; "
            "install or train the model again"
        )
    return dict(manifest)


def _check_plain(folder: Path) -> None:
    """Refuses a checkpoint without safetensors, or one whose head would be made up at random."""
    from safetensors import SafetensorError, safe_open

    files = list(folder.glob("*.safetensors"))
    if not files:
        raise ModelError(
            f"{folder}: has no safetensors weights: give the folder of a trained model"
        )
    try:
        opened: list[Any] = [safe_open(file, "np") for file in files]
        keys = [str(key) for weights in opened for key in weights.keys()]  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{folder}: damaged weights ({error}): copy the model again") from error
    if not any(key.startswith(_HEADS) for key in keys):
        raise ModelError(
            f"{folder}: has no classification head: train it for NLI, or give another model"
        )


def _cached(name: str) -> Path:
    """Returns the folder of a hub model in the local cache; asks no network.

    Raises:
        ModelError: if it is not there.
    """
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(name, "config.json")
    except HFValidationError:
        found = None
    if not isinstance(found, str):
        raise ModelError(
            f"{name!r} is no NLI model on this machine: neither a folder, nor the id of a model "
            "in the local cache of Hugging Face; check the path, or download the model first"
        )
    folder = Path(found).parent
    _check_plain(folder)
    return folder


def _open(source: Path) -> CrossEncoder:
    from safetensors import SafetensorError
    from sentence_transformers import CrossEncoder
    from transformers.utils import logging

    bars: Any = logging
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        encoder: CrossEncoder = CrossEncoder(
            str(source),
            device=pick_device(),
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, "dtype": "float32"},
        )
        return encoder
    except (
        SafetensorError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        RuntimeError,
        ImportError,
    ) as error:
        raise ModelError(
            f"{str(source)!r} is no NLI model with safetensors weights on this machine "
            f"({error}): give the folder of a trained model"
        ) from error
    finally:
        if shown:
            bars.enable_progress_bar()
