"""Which model, size and recipe suit a task, its data and the hardware, and why."""

from __future__ import annotations

import re
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

MOST_GB = 10_000.0
"""Memory of a device, in GB, above which a number is no memory."""

LANGUAGE_ROWS = 10_000_000
"""Rows from which a model from scratch could learn a language, and not only a form."""

LORA_RATE, WHOLE_RATE = "2e-4", "1e-4"
"""Learning rate of adapters, and the highest of a trained model's own weights."""

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
    if not 0 < memory < MOST_GB:
        raise InputError(f"memory is {memory!r}: give the GB of one device, above 0 to {MOST_GB}")
    family, recipe, usual = TASKS[task]
    length = tokens or usual
    article = "an" if family.startswith("e") else "a"
    reasons = [f"{task} is usually done by {article} {family}: see the comments of {recipe}"]
    scratch = task == "data-to-text" and rows >= 10_000 and length <= 128
    most = 8e9 if gpu else 500e6
    if scratch:
        most = 1e6
        reasons.append(f"{rows} short rows of one form are enough for a small model from scratch")
    else:
        few = f"{rows} rows cannot teach a language"
        why = few if rows < LANGUAGE_ROWS else "a trained model knows the language already"
        reasons.append(f"{why}: start from a trained model")
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
                    fits = f"{round(need, 2):.1f} GB leave a fifth of {memory:g} GB free"
                    return Recommendation(
                        family, int(parameters), scratch, lora, batch, round(need, 2), recipe,
                        (*reasons, why, fits),
                    )  # fmt: skip
    raise InputError(f"nothing for {task} fits {memory} GB: shorten rows, or give more memory")


def write_recipe(found: Recommendation, path: Path) -> None:
    """Writes the recipe of a recommendation, a config whose paths are to be filled in.

    Its start (from scratch or a folder, with adapters or without), the size of its batches and
    its rate are those of the recommendation; as many rows as in the recipe make a step.

    Raises:
        InputError: if there is something at the path, or it cannot be written.
    """
    text = (files("groundwire.train.generator") / "recipes" / found.recipe).read_text("utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_adapted(text, found))
    except FileExistsError as error:
        raise InputError(f"{path}: is there already; choose another --output") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error


def _adapted(text: str, found: Recommendation) -> str:
    start = f'[model]\nfamily = "{found.family}"\n'
    start += "" if found.scratch else 'path = "model"\n'
    start += '[model.scratch]\narchitecture = "gpt2"\n' if found.scratch else ""
    start += "[model.lora]\nr = 16\n" if found.lora else ""
    text = re.sub(r"\[model\]\n.*?\n(?=\n\[data\])", lambda _: start, text, flags=re.DOTALL)

    def batches(match: re.Match[str]) -> str:
        whole = int(match[2]) * int(match[3] or 1)
        size = min(found.batch_size, whole)
        more = f"accumulate = {whole // size}\n" if whole > size else ""
        rate = match[4]
        if not found.scratch:
            rate = LORA_RATE if found.lora else min(rate, WHOLE_RATE, key=float)
        return f"{match[1]}batch_size = {size}\n{more}rate = {rate}\n"

    section = (
        r"(\[sft\]\n(?:\w+ = .*\n)*?)batch_size = (\d+)\n(?:accumulate = (\d+)\n)?rate = (.*)\n"
    )
    return re.sub(section, batches, text)
