"""Checkpoints on this machine: where they lie, what is refused, how they are opened.

Nothing is downloaded, no pickle is read and no code of a checkpoint is run.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from groundwire.encoders.weights import hash_file
from groundwire.errors import ModelError

MANIFEST = "groundwire.json"
WEIGHTS = "model.safetensors"
DIFFERENCE = "difference.safetensors"
"""What a verifier has in place of weights that is kept as a difference from its backbone."""
BACKBONE = "backbone.safetensors"
"""The weights of that, where they lie in its folder, too."""
LEAST_TOKENS = 8
LARGEST_WEIGHT = 1e6
"""Beyond it a weight of the calibration could give what is no number."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


def load_manifest(folder: Path) -> dict[str, Any] | None:
    """Returns the manifest of a folder; None where it has none.

    Raises:
        ModelError: if it cannot be read, or a field is missing or of another kind.
    """
    path = folder / MANIFEST
    if not os.path.lexists(path):
        return None
    if not path.is_file():
        raise ModelError(f"{path}: is no file: install or train the model again")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        raise ModelError(
            f"{path}: broken ({error!s:.200}): install or train the model again"
        ) from error
    if not isinstance(manifest, dict):
        raise ModelError(f"{path}: broken (no JSON object): install or train the model again")
    for name, (fits, need) in _FIELDS.items():
        missing = name == "weights_sha256" and name not in manifest
        if missing or (name in manifest and not fits(manifest[name])):
            found = "is missing" if missing else f"is {manifest[name]!r:.80}"
            raise ModelError(
                f"{path}: {name} {found}, and it must be {need}: "
                "correct it, or install or train the model again"
            )
    return manifest


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def _is_calibration(value: object) -> bool:
    from groundwire.verify.calibration import Calibration

    if not isinstance(value, Mapping):
        return False
    known = {item.name for item in fields(Calibration)}
    sound = all(
        name in known and type(weight) in (int, float) and abs(weight) <= LARGEST_WEIGHT
        for name, weight in value.items()
    )
    return sound and value.get("slope", 1.0) > 0


_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "format": (lambda value: type(value) is int and value == 1, "1, which this version reads"),
    "name": (lambda value: isinstance(value, str), "a string"),
    "weights_sha256": (_is_hash, "the 64 hex digits of a hash"),
    "spans_sha256": (_is_hash, "the 64 hex digits of a hash"),
    "backbone": (lambda value: isinstance(value, str), "a string"),
    "backbone_sha256": (_is_hash, "the 64 hex digits of a hash"),
    "beside_sha256": (_is_hash, "the 64 hex digits of a hash"),
    "max_tokens": (
        lambda value: type(value) is int and value >= LEAST_TOKENS,
        f"a whole number from {LEAST_TOKENS}",
    ),
    "languages": (_are_names, "a list of strings"),
    "scripts": (_are_names, "a list of strings"),
    "calibration": (
        _is_calibration,
        "an object of the weights of groundwire.verify.calibration.Calibration, each a finite "
        "number, with a slope above 0",
    ),
}


Kind: TypeAlias = Literal["nli", "minicheck", "minicheck-t5", "hhem", "tokens"]

# How the weights of a classification head are named in the architectures of transformers. Where a
# checkpoint has none of them, a head would be made up at random.
NLI_HEADS = ("classifier", "score", "classification_head", "cls.", "head", "qa_outputs")
VOCABULARIES = (
    *("tokenizer.json", "vocab.txt", "vocab.json", "spm.model", "spiece.model"),
    *("sentencepiece.bpe.model", "tokenizer.model"),
)
_NUMBERED = re.compile(r"(?:LABEL_)?\d+", re.I)
_ODD = (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, AttributeError)


@dataclass(frozen=True, slots=True)
class Checkpoint(os.PathLike[str]):
    """A model and how it is read; wherever a folder is asked for, this can be given.

    Attributes:
        source: a folder, or the id of a model in the local Hugging Face cache.
        kind: what the model reads and gives (see ``groundwire.verify.backends.shapes``).
        labels: names of the outputs, in their order, where the model's config has none.
        languages: codes of the languages it reads; empty where it does not say.
        revision: branch or commit of a hub model.
    """

    source: str
    kind: Kind = "nli"
    labels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    revision: str = "main"

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ModelError(f"kind {self.kind!r} is unknown: give one of {get_args(Kind)}")

    def __fspath__(self) -> str:
        return self.source


def find_default_verifier() -> Path:
    """Returns the folder of the embedded verifier."""
    return Path(__file__).parents[2] / "models" / "groundwire-nli"


def find_folder(source: str, revision: str = "main") -> Path:
    """Returns the folder of a model; asks no network.

    Args:
        source: a folder, or the id of a model in the local Hugging Face cache.
        revision: branch or commit of a hub model.

    Raises:
        ModelError: if it is not on this machine.
    """
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    folder = Path(source)
    try:
        if folder.exists() or folder == find_default_verifier():
            return folder
    except (OSError, ValueError):
        pass  # no name of a folder: too long, or with a null character
    fetch = f" (hf download {source}" + ("" if revision == "main" else f" --revision {revision}")
    try:
        found = try_to_load_from_cache(source, "config.json", revision=revision)
    except HFValidationError:
        found, fetch = None, ""
    if not isinstance(found, str):
        raise ModelError(
            f"{source!r:.200} is no NLI model on this machine: neither a folder, nor the id of a "
            "model in the local cache of Hugging Face; check the path, or download the model first"
            + (fetch and f"{fetch})")
        )
    return Path(found).parent


def read_config(folder: Path) -> dict[str, Any]:
    """Returns what ``config.json`` says; empty where there is none.

    Raises:
        ModelError: if it is no JSON object.
    """
    path = folder / "config.json"
    if not path.is_file():
        return {}
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        raise ModelError(f"{path}: broken ({error}): copy the model again") from error
    if not isinstance(config, dict):
        raise ModelError(f"{path}: not a JSON object: copy the model again")
    return config


def read_manifest(folder: Path, heads: Sequence[str] = NLI_HEADS) -> dict[str, Any]:
    """Reads ``groundwire.json`` of a model folder and checks the weights against it.

    A folder without one is a plain Hugging Face checkpoint; of it only the names of the weights
    are checked.

    Args:
        folder: the model.
        heads: how names of weights begin that a plain checkpoint of this kind must have.

    Raises:
        ModelError: if the manifest is broken or the weights are missing or altered.
    """
    manifest = load_manifest(folder)
    if manifest is None:
        if folder == find_default_verifier():
            raise ModelError(f"{folder}: the embedded verifier is missing: reinstall groundwire")
        if folder.is_dir():
            _check_plain(folder, tuple(heads))
        return {}
    expected = manifest["weights_sha256"]
    weights = folder / (DIFFERENCE if "backbone_sha256" in manifest else WEIGHTS)
    if not weights.is_file():
        raise ModelError(f"{weights}: the weights are missing: install or train the model again")
    found = hash_file(weights)
    if found != expected:
        raise ModelError(
            f"{weights}: sha256 is {found} and not {expected}: the weights were altered; "
            "install or train the model again"
        )
    return manifest


def _check_plain(folder: Path, heads: tuple[str, ...]) -> None:
    """Refuses a checkpoint without safetensors, or one whose head would be made up at random."""
    from safetensors import SafetensorError, safe_open

    files = list(folder.glob("*.safetensors"))
    if not files:
        raise ModelError(
            f"{folder}: has no safetensors weights (pickles such as pytorch_model.bin are never "
            "read): give the folder of a trained model, or a revision that has model.safetensors"
        )
    try:
        opened: list[Any] = [safe_open(file, "np") for file in files]
        keys = [str(key) for weights in opened for key in weights.keys()]  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{folder}: damaged weights ({error}): copy the model again") from error
    if not any(key.startswith(heads) for key in keys):
        raise ModelError(
            f"{folder}: has no classification head: train it for NLI, or give another model"
        )


@contextmanager
def explain_opening(folder: Path) -> Iterator[None]:
    """Turns whatever the libraries raise into a ``ModelError``, and hides their progress bars."""
    from safetensors import SafetensorError
    from transformers.utils import logging

    bars: Any = logging
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        yield
    except (SafetensorError, *_ODD) as error:
        raise ModelError(
            f"{str(folder)!r} is no NLI model with safetensors weights on this machine "
            f"({error}): give the folder of a trained model"
        ) from error
    finally:
        if shown:
            bars.enable_progress_bar()


def open_model(model_class: Any, folder: Path) -> Any:
    """Loads a transformers model, complete or not at all.

    Raises:
        ModelError: if weights that the model needs are missing; they would be made up at random.
    """
    with explain_opening(folder):
        model, report = model_class.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype="float32",
            output_loading_info=True,
        )
    refuse_lost(folder, report)
    return model


def refuse_lost(folder: Path, report: Mapping[str, Any]) -> None:
    """Refuses a model of which transformers reports that weights were made up.

    Raises:
        ModelError: if weights are missing or of another shape.
    """
    lost = [*report["missing_keys"], *report["mismatched_keys"]]
    if lost:
        raise ModelError(
            f"{folder}: {len(lost)} weights are missing or of another shape, such as "
            f"{sorted(map(str, lost))[0]}: copy the model again, or give one of this kind"
        )


def open_tokenizer(folder: Path) -> Any:
    """Loads a fast tokenizer.

    Raises:
        ModelError: if there is none; one without a vocabulary would be made up.
    """
    if not any((folder / name).is_file() for name in VOCABULARIES):
        raise ModelError(
            f"{folder}: has no tokenizer ({', '.join(VOCABULARIES[:2])}, ...): copy the files of "
            "the tokenizer beside the weights"
        )
    from transformers import AutoTokenizer

    load: Any = AutoTokenizer
    with explain_opening(folder):
        tokenizer = load.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    if not getattr(tokenizer, "is_fast", False):
        raise ModelError(f"{folder}: has no fast tokenizer: save it with a tokenizer.json")
    return tokenizer


def read_labels(
    config: Mapping[int, str] | None, given: Sequence[str], name: str
) -> dict[int, str]:
    """Returns the names of a model's outputs: those of its config, or else those given.

    Args:
        config: ``id2label``.
        given: names in the order of the outputs; empty for those of the config.
        name: the model, for errors.

    Raises:
        ModelError: if both say something, but not the same, or the numbers differ.
    """
    stated = {int(column): str(label) for column, label in (config or {}).items()}
    if not given:
        return stated
    if len(given) != len(stated):
        raise ModelError(
            f"{name}: labels {tuple(given)} name {len(given)} outputs, but it has {len(stated)}"
        )
    telling = [label for label in stated.values() if not _NUMBERED.fullmatch(label)]
    if telling and [stated[c].casefold() for c in sorted(stated)] != [v.casefold() for v in given]:
        raise ModelError(
            f"{name}: labels {tuple(given)} contradict its config, which says {stated}: "
            "leave labels out, or correct id2label in config.json"
        )
    return dict(enumerate(given))
