"""Presets of public verifiers, and ``load_verifier``, which picks the class for any model.

A preset is data: what a model's hub id does not tell. Whatever is not among them is loaded by
what its ``config.json`` says, or by a ``Preset`` of your own. Nothing is downloaded: fetch a model
once, for example with ``hf download``, or name a folder.

Label orders, licenses, languages and sizes are those of each model's card and ``config.json`` on
huggingface.co; a field is empty where neither states it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from groundwire.errors import InputError, ModelError
from groundwire.verify.backends.checkpoint import Checkpoint, Kind, find_folder, read_config
from groundwire.verify.backends.difference import find_parts

if TYPE_CHECKING:
    from groundwire.verify.cascade import CascadeVerifier
    from groundwire.verify.nli import NLIVerifier
    from groundwire.verify.tokens import TokenVerifier

    LocalVerifier: TypeAlias = NLIVerifier | TokenVerifier | CascadeVerifier

CASCADE = "cascade="
"""Begins the name of a verifier that is asked where the embedded one is not sure."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A published verifier.

    Attributes:
        model: its id on huggingface.co.
        use: what it is for.
        kind: what it reads and gives.
        labels: names of its outputs, in their order.
        languages: codes; ``multilingual`` where its card says so.
        license: of the weights.
        parameters: in millions; None where no source was found.
        revision: the one with safetensors, where the main branch has only a pickle.
    """

    model: str
    use: str = ""
    kind: Kind = "nli"
    labels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    license: str = ""
    parameters: int | None = None
    revision: str = "main"

    def checkpoint(self, source: str | None = None) -> Checkpoint:
        """Returns the model on this machine, in ``source`` or in the Hugging Face cache."""
        revision = "main" if source else self.revision
        return Checkpoint(source or self.model, self.kind, self.labels, self.languages, revision)


_XNLI: tuple[str, ...] = (
    *("multilingual", "en", "ar", "bg", "de", "el", "es", "fr", "hi", "ru", "sw", "th", "tr"),
    *("ur", "vi", "zh"),
)
_27: tuple[str, ...] = (
    *("multilingual", "zh", "ja", "ar", "ko", "de", "fr", "es", "pt", "hi", "id", "it", "tr"),
    *("ru", "bn", "ur", "mr", "ta", "vi", "fa", "pl", "uk", "nl", "sv", "he", "sw", "ps"),
)
_ENC = ("entailment", "neutral", "contradiction")
_CEN = ("contradiction", "entailment", "neutral")
_TWO = ("entailment", "not_entailment")
_SUPPORT = ("unsupported", "supported")
_TOKENS = ("supported", "hallucinated")
_MINICHECK = "whether a document supports a sentence; its safetensors are the hub's conversion"

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "multilingual": Preset(
            "MoritzLaurer/mDeBERTa-v3-base-mnli-xnli", "NLI in many languages",
            labels=_ENC, languages=_XNLI, license="MIT",
        ),
        "multilingual-27": Preset(
            "MoritzLaurer/mDeBERTa-v3-base-xnli-multilingual-nli-2mil7",
            "NLI in many languages, trained on more of them than 'multilingual'",
            labels=_ENC, languages=_27, license="MIT",
        ),
        "multilingual-large": Preset(
            "joeddav/xlm-roberta-large-xnli", "NLI in the 15 languages of XNLI, a large model",
            labels=("contradiction", "neutral", "entailment"), languages=_XNLI, license="MIT",
        ),
        "multilingual-zeroshot": Preset(
            "MoritzLaurer/bge-m3-zeroshot-v2.0", "entailed or not, in many languages",
            labels=_TWO, languages=("multilingual",), license="MIT",
        ),
        "english-base": Preset(
            "MoritzLaurer/DeBERTa-v3-base-mnli-fever-anli", "NLI trained on facts (FEVER) and ANLI",
            labels=_ENC, languages=("en",), license="MIT",
        ),
        "english-large": Preset(
            "MoritzLaurer/DeBERTa-v3-large-mnli-fever-anli-ling-wanli",
            "the larger model that the author of 'english-base' recommends",
            labels=_ENC, languages=("en",), license="MIT",
        ),
        "cross-encoder-xsmall": Preset(
            "cross-encoder/nli-deberta-v3-xsmall", "NLI (SNLI, MultiNLI), small",
            labels=_CEN, languages=("en",),
        ),
        "cross-encoder-small": Preset(
            "cross-encoder/nli-deberta-v3-small", "NLI (SNLI, MultiNLI)",
            labels=_CEN, languages=("en",), license="Apache-2.0",
        ),
        "cross-encoder-base": Preset(
            "cross-encoder/nli-deberta-v3-base", "NLI (SNLI, MultiNLI)",
            labels=_CEN, languages=("en",), license="Apache-2.0",
        ),
        "cross-encoder-large": Preset(
            "cross-encoder/nli-deberta-v3-large", "NLI (SNLI, MultiNLI), large",
            labels=_CEN, languages=("en",), license="Apache-2.0",
        ),
        "minicheck-flan-t5": Preset(
            "lytang/MiniCheck-Flan-T5-Large", _MINICHECK, "minicheck-t5",
            _SUPPORT, ("en",), "MIT", 800, "refs/pr/1",
        ),
        "minicheck-deberta": Preset(
            "lytang/MiniCheck-DeBERTa-v3-Large", _MINICHECK, "minicheck",
            _SUPPORT, ("en",), "MIT", 400, "refs/pr/1",
        ),
        "minicheck-roberta": Preset(
            "lytang/MiniCheck-RoBERTa-Large", _MINICHECK, "minicheck",
            _SUPPORT, ("en",), "MIT", 400, "refs/pr/1",
        ),
        "hhem": Preset(
            "vectara/hallucination_evaluation_model",
            "consistency with a source; needs google/flan-t5-base for its tokenizer",
            "hhem", _SUPPORT, ("en",), "Apache-2.0", 110,
        ),
        "lettucedetect": Preset(
            "KRLabsOrg/lettucedect-base-modernbert-en-v1", "marks the words without support",
            "tokens", _TOKENS, ("en",), "MIT",
        ),
        "lettucedetect-large": Preset(
            "KRLabsOrg/lettucedect-large-modernbert-en-v1", "marks the words without support",
            "tokens", _TOKENS, ("en",), "MIT",
        ),
    }
)  # fmt: skip
"""By name. MiniCheck: arXiv:2404.10774; LettuceDetect: arXiv:2502.17125."""


def load_verifier(
    model: str | os.PathLike[str] | None = None,
    *,
    preset: Preset | None = None,
    labels: Sequence[str] = (),
) -> LocalVerifier:
    """Returns the verifier for a model on this machine; its weights load at the first use.

    Args:
        model: the name of a preset (``"multilingual"``; ``"./multilingual"`` is a folder); such
            a name and the folder that holds the model (``"multilingual=models/mdeberta"``); a
            folder; the id of a model in the local Hugging Face cache; a ``Checkpoint``;
            ``"cascade="`` and one of these, which is asked where the embedded verifier is not
            sure (``CascadeVerifier``); or None for the embedded verifier.
        preset: how ``model`` is read, instead of what its name or its config says; alone, the
            model itself.
        labels: names of the model's outputs, in their order, where its config has none.

    Returns:
        A ``TokenVerifier`` for token classifiers, a ``CascadeVerifier`` for a cascade, an
        ``NLIVerifier`` for all others.

    Raises:
        InputError: if ``model`` is no name or path, or the backbone of a difference is missing.
        ModelError: if the model is not on this machine, or its kind cannot be told.
    """
    from groundwire.verify.nli import NLIVerifier, load_default_verifier
    from groundwire.verify.tokens import TokenVerifier

    if isinstance(model, str) and model.startswith(CASCADE):
        return _load_cascade(model.removeprefix(CASCADE), preset, labels)
    if model is None and preset is None and not labels:
        return load_default_verifier()
    if model is not None and not isinstance(model, Checkpoint) and not _is_name(model):
        raise InputError(
            f"model is {model!r:.100}: give the name of a preset, a folder, a hub id, a "
            "Checkpoint, or None for the embedded verifier"
        )
    if isinstance(labels, str):
        raise InputError(f"labels is {labels!r:.100}: give a sequence of names, one an output")
    if isinstance(model, Checkpoint):
        point = model
    elif preset is not None:
        point = preset.checkpoint(None if model is None else os.fspath(model))
    elif model is None:
        raise ModelError("labels without a model: name the model that they belong to")
    else:
        point = _pointed(os.fspath(model))
    if labels:
        point = replace(point, labels=tuple(labels))
    find_parts(find_folder(point.source, point.revision))
    return TokenVerifier(point) if point.kind == "tokens" else NLIVerifier(point)


def _load_cascade(model: str, preset: Preset | None, labels: Sequence[str]) -> CascadeVerifier:
    from groundwire.verify.cascade import CascadeVerifier
    from groundwire.verify.nli import load_default_verifier

    if not model.strip():
        raise InputError(
            f"{CASCADE!r} names no second verifier: write cascade=english-base, for example"
        )
    return CascadeVerifier(
        load_default_verifier(), load_verifier(model, preset=preset, labels=labels)
    )


def _is_name(model: object) -> bool:
    name = os.fspath(model) if isinstance(model, os.PathLike) else model
    return isinstance(name, str) and bool(name.strip())


def _pointed(name: str) -> Checkpoint:
    """Finds out what a name means: a preset, a preset and a folder, or a model."""
    first, equals, folder = name.partition("=")
    if first in PRESETS and (not equals or folder):
        return PRESETS[first].checkpoint(folder or None)
    known = {preset.model.casefold(): preset for preset in PRESETS.values()}
    if (preset := known.get(name.casefold())) is not None and not os.path.exists(name):
        return preset.checkpoint()
    return Checkpoint(name, _kind(read_config(find_folder(name)), name))


def _kind(config: Mapping[str, object], name: str) -> Kind:
    """Tells the kind of a checkpoint from its architecture."""
    stated = config.get("architectures")
    architecture = str(stated[0]) if isinstance(stated, list) and stated else ""
    if architecture.startswith("HHEM") or str(config.get("model_type", "")).startswith("HHEM"):
        return "hhem"
    if architecture.endswith("ForTokenClassification"):
        return "tokens"
    if not architecture or architecture.endswith("ForSequenceClassification"):
        return "nli"
    raise ModelError(
        f"{name}: a {architecture} is no verifier that can be told from its config: give a "
        "classifier, or, where it is a MiniCheck-Flan-T5 model, minicheck-flan-t5=FOLDER"
    )
