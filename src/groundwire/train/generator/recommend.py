"""Recommendation of a model, size and recipe for a task, data and hardware, with reasons."""

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

ROWS = 10_000
"""Rows that are assumed where their number is not given."""

SCRATCH_ROWS, SCRATCH_TOKENS = 10_000, 128
"""About how many short rows of one simple form a small model from scratch needs, and how short."""

FORM_MOST = {False: 140e6, True: 500e6}
"""Parameters that are enough for one simple form, without a GPU and with one."""

CPU_SPEED = 1e11
"""Operations of a CPU in a second, for the time that is told."""

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
            f"size {self.batch_size}: {_gb(self.memory_gb)}; recipe {self.recipe}"
        )
        return "\n".join([head, *(f"- {reason}" for reason in self.reasons)])


def estimate_memory(
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


def recommend_run(
    task: str, rows: int | None = None, tokens: int = 0, memory: float = 8.0, gpu: bool = False
) -> Recommendation:
    """Returns what to train for a task.

    Args:
        task: one of ``TASKS``.
        rows: of training; None assumes ``ROWS``.
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
    count, length = ROWS if rows is None else rows, tokens or usual
    article = "an" if family.startswith("e") else "a"
    reasons = [f"{task} is usually done by {article} {family}: see the comments of {recipe}"]
    scratch, most, why = _start(task, count, length, gpu)
    reasons += why
    if rows is None:
        reasons.insert(0, f"{count:,} training rows were assumed; give yours with --rows")
    for parameters, width, layers in reversed([s for s in SIZES if s[0] <= most]):
        if parameters < 50e6 and not scratch:
            break
        for lora in (False, True):
            if lora == (parameters < 300e6 or scratch):
                continue
            for batch in (64, 32, 16, 8, 4, 2, 1):
                need = round(estimate_memory(parameters, width, layers, batch, length, lora), 2)
                if need <= memory * 0.8:
                    ways = "all weights are few enough to train"
                    if lora:
                        ways = "adapters need gradients and moments for 1 % of the weights"
                    reasons.append(ways)
                    if not gpu:
                        reasons.append(_time(parameters, count * length, lora))
                    reasons.append(
                        f"training needs about {_gb(need)} of {memory:g} GB; at least a fifth of "
                        "the memory is kept free"
                    )
                    return Recommendation(
                        family, int(parameters), scratch, lora, batch, need, recipe, tuple(reasons),
                    )  # fmt: skip
    raise InputError(f"nothing for {task} fits {memory} GB: shorten rows, or give more memory")


def _start(task: str, rows: int, length: int, gpu: bool) -> tuple[bool, float, list[str]]:
    """Whether a model starts from scratch, its most parameters, and why."""
    simple = task == "data-to-text" and length <= SCRATCH_TOKENS
    near = f"about {SCRATCH_ROWS:,}, and near that number it is worth trying both"
    if simple and rows >= SCRATCH_ROWS:
        why = f"{rows:,} short rows of one form are enough for a small model from scratch"
        return True, 1e6, [f"{why} (it needs {near})"]
    few = f"{rows:,} rows cannot teach a language"
    if rows >= LANGUAGE_ROWS:
        few = "a trained model knows the language already"
    elif task == "data-to-text" and rows >= SCRATCH_ROWS:
        few = f"rows of {length} tokens are long for a small model from scratch"
    elif simple:
        few = f"{rows:,} rows are few for a small model from scratch (it needs {near})"
    reasons = [f"{few}: start from a trained model"]
    if simple:
        reasons.append("one simple form with short rows needs no large model")
        return False, FORM_MOST[gpu], reasons
    reasons.append("a GPU is there" if gpu else "without a GPU a larger model is out of reach")
    return False, 8e9 if gpu else 500e6, reasons


def _time(parameters: float, tokens: int, lora: bool) -> str:
    # 2 operations a weight and token forward, 2 for gradients of inputs, 2 for those of weights.
    hours = (4 if lora else 6) * parameters * tokens / CPU_SPEED / 3600
    if hours < 2:
        told = f"about {hours * 60:.0f} minutes" if hours > 0.1 else "a few minutes"
    else:
        told = f"about {hours:,.0f} hours; a GPU is faster, and so is a smaller model"
    return f"on a CPU of {CPU_SPEED / 1e9:g} GFLOP/s an epoch takes {told}"


def _gb(need: float) -> str:
    return f"{need:.1f} GB" if need >= 0.1 else f"{max(1, round(need * 1000))} MB"


def write_recipe(found: Recommendation, path: Path) -> None:
    """Writes the recipe of a recommendation, a config whose paths are to be filled in.

    Its start (from scratch or a folder, with adapters or without), the size of its batches and
    its rate are those of the recommendation; as many rows as in the recipe make a step. Its first
    comment is the recommendation.

    Raises:
        InputError: if there is something at the path, or it cannot be written.
    """
    text = (files("groundwire.train.generator") / "recipes" / found.recipe).read_text("utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_adapted(text, found))
    except FileExistsError as error:
        raise InputError(f"{path}: is there already; choose another --output") from error
    except FileNotFoundError as error:
        raise InputError(f"{path.parent}: no such folder; make it first") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error


def _adapted(text: str, found: Recommendation) -> str:
    why = "".join(f"# {line}\n" for line in found.text().splitlines())
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
    return f"# Recommended: {why[2:]}#\n{re.sub(section, batches, text)}"
