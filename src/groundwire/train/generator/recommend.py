"""Which model, size and recipe suit a task, its data and the hardware, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from groundwire.errors import InputError

TASKS: dict[str, tuple[str, str, int]] = {
    "rag": ("decoder", "rag.toml", 1500),
    "summarization": ("encoder-decoder", "summarization.toml", 1000),
    "data-to-text": ("decoder", "data_to_text.toml", 64),
    "translation": ("encoder-decoder", "translation.toml", 128),
}
"""Of each task the family, the recipe, and the usual tokens of a row."""

SIZES = ((1e6, 192, 4), (60e6, 512, 12), (140e6, 768, 12), (500e6, 896, 24), (1.5e9, 1536, 28),
         (3e9, 2560, 32), (8e9, 4096, 32))  # fmt: skip
"""Parameters, width and layers of models that are usual: from scratch, T5, BART, Qwen, Llama."""

_WEIGHT, _GRADIENT, _ADAM = 4, 4, 8  # bytes a parameter: float32, and two moments
_LORA_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to train.

    Attributes:
        family: ``decoder`` or ``encoder-decoder``.
        parameters: of the model.
        scratch: whether it starts from random weights.
        lora: whether adapters are trained in place of all weights.
        batch_size: rows at once.
        memory_gb: what training needs.
        recipe: name of the recipe.
        reasons: why.
    """

    family: str
    parameters: int
    scratch: bool
    lora: bool
    batch_size: int
    memory_gb: float
    recipe: str
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Returns the JSON form."""
        return {**asdict(self), "reasons": list(self.reasons)}

    def text(self) -> str:
        """Returns it for people."""
        way = "from scratch" if self.scratch else "LoRA" if self.lora else "all weights"
        head = (
            f"{self.family}, about {self.parameters / 1e6:g} million parameters, {way}, batch "
            f"size {self.batch_size}: {self.memory_gb:.1f} GB; recipe {self.recipe}"
        )
        return "\n".join([head, *(f"- {reason}" for reason in self.reasons)])


def memory_needed(
    parameters: float, width: int, layers: int, batch: int, tokens: int, lora: bool
) -> float:
    """Returns the GB that training needs.

    Weights (4 bytes), gradients (4) and AdamW's moments (8) for each trained parameter; with LoRA
    the last two for about 1 % of them; activations of ``batch * tokens * width * layers`` numbers,
    34 bytes each (Korthikanti et al. 2022, without the attention map, which fused attention does
    not keep).
    """
    trained = parameters * (_LORA_SHARE if lora else 1.0)
    fixed = parameters * _WEIGHT + trained * (_GRADIENT + _ADAM)
    return (fixed + 34.0 * batch * tokens * width * layers) / 1e9


def recommended(
    task: str, rows: int, tokens: int = 0, memory: float = 8.0, gpu: bool = False
) -> Recommendation:
    """Returns what to train for a task.

    Args:
        task: one of ``TASKS``.
        rows: of training.
        tokens: of a row, both sides; 0 takes what is usual.
        memory: of the device, in GB.
        gpu: whether there is one.

    Raises:
        InputError: if the task is unknown, or nothing fits.
    """
    if task not in TASKS:
        raise InputError(f"no task {task!r}; give one of {', '.join(TASKS)}")
    family, recipe, usual = TASKS[task]
    length = tokens or usual
    reasons = [f"{task} is usually done by a {family}: see the comments of {recipe}"]
    scratch = task == "data-to-text" and rows >= 10_000 and length <= 128
    most = 8e9 if gpu else 500e6
    if scratch:
        most = 1e6
        reasons.append(f"{rows} short rows of one form are enough for a small model from scratch")
    else:
        reasons.append(f"{rows} rows cannot teach a language: start from a trained model")
        reasons.append("a GPU is there" if gpu else "without a GPU larger models take days")
    for parameters, width, layers in reversed([s for s in SIZES if s[0] <= most]):
        if parameters < 50e6 and not scratch:
            break
        for lora in (False, True):
            if lora == (parameters < 300e6 or scratch):
                continue
            for batch in (64, 32, 16, 8, 4, 2, 1):
                need = memory_needed(parameters, width, layers, batch, length, lora)
                if need <= memory * 0.8:
                    why = "all weights are few enough to train"
                    if lora:
                        why = "adapters need gradients and moments for 1 % of the weights"
                    fits = f"{need:.1f} GB leave a fifth of {memory:g} GB free"
                    return Recommendation(
                        family, int(parameters), scratch, lora, batch, round(need, 2), recipe,
                        (*reasons, why, fits),
                    )  # fmt: skip
    raise InputError(f"nothing for {task} fits {memory} GB: shorten rows, or give more memory")


def write_recipe(found: Recommendation, path: Path) -> None:
    """Writes the recipe of a recommendation, a config whose paths are to be filled in.

    Raises:
        InputError: if there is something at the path, or it cannot be written.
    """
    text = (files("groundwire.train.generator") / "recipes" / found.recipe).read_text("utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InputError(f"{path}: is there already; choose another --output") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error
