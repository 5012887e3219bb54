"""Recipe of a verifier's training: one frozen object, or one TOML file."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from pathlib import Path

from groundwire.errors import InputError
from groundwire.io.toml_file import read_toml
from groundwire.train.pairs.pairs import SETS

TRAINING = frozenset(
    {"epochs", "dropout", "batch_size", "peak_rate", "warmup", "pad_to", "checkpoint_steps"}
    | {"span_weight", "layers", "frozen", "rank", "distill"}
)
"""Fields of a recipe that change the training alone, and not the pairs."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a verifier is trained; every figure that changes the weights is here.

    Attributes:
        seed: of the drawing, the order and the new head.
        epochs: times that every pair is seen.
        dropout: of hidden units and attention, from 0 to below 1.
        batch_size: pairs in a step.
        peak_rate: highest learning rate of AdamW, after linear warm-up, before decay to 0.
        warmup: share of the steps that warm up.
        max_tokens: of a pair; one that is longer is left out, and counted.
        pad_to: lengths are padded to a multiple, so that few shapes occur.
        premise_words: budget of the evidence selection, as in the guard.
        share: of the pairs of every source that are drawn; below 1 for one piece of a long run,
            whose next piece takes the model as its backbone and another seed.
        documents: most pairs made from raw documents.
        records: most pairs made from records.
        references: most pairs of two sentences about records.
        business: pairs of made-up business records.
        tables: pairs of made-up tables.
        situations: pairs of made-up situations (``SITUATIONS``).
        written: most pairs of passages written for this project (``passages``).
        edits: most pairs with an edited claim of a labelled pair (``derived``).
        joins: most pairs with two claims of labelled pairs in one.
        hard: made pairs that the backbone, then a verifier, judges worst (``mining``).
        include_unstated: also use sets whose authors state no licence.
        span_weight: weight of the loss of the span head (the words at fault); 0 trains none.
        layers: of the backbone that are kept, for a model that is faster: a number for the first
            ones, or a list such as ``[0, 2, 4]``; 0 keeps all.
        frozen: of these layers, how many of the first stay as they are, with the embeddings; 0
            trains all. No gradient passes through them: half of the layers of MPNet frozen trained
            1.5 times as many pairs a second.
        rank: of what is added to each matrix of the layers (LoRA), which alone is then trained
            beside the heads: the finished model is a small difference from its backbone, without
            loss (``write_difference``), and half of the work on the way back is saved; 0 trains
            the matrices themselves.
        distill: share of the loss that is taken against a teacher's probabilities instead of
            the labels, from 0 to 1, where the prepared pairs have them.
        rows: of single sets, where it shall not be the number of ``SETS``; 0 leaves a set out,
            more than a set has takes some rows again (among other distractors).
    """

    seed: int = 13
    epochs: int = 1
    dropout: float = 0.0
    batch_size: int = 32
    peak_rate: float = 1e-4
    warmup: float = 0.05
    max_tokens: int = 256
    pad_to: int = 32
    premise_words: int = 150
    share: float = 1.0
    documents: int = 24_000
    records: int = 4_000
    references: int = 3_000
    business: int = 12_000
    tables: int = 4_000
    situations: int = 8_000
    written: int = 16_000
    edits: int = 8_000
    joins: int = 3_000
    hard: int = 0
    include_unstated: bool = False
    checkpoint_steps: int = 200
    span_weight: float = 0.3
    layers: int | list[int] = 0
    frozen: int = 0
    rank: int = 0
    distill: float = 0.0
    rows: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Checks the figures.

        Raises:
            InputError: if one is of another type or out of its range; the message names it.
        """
        for item in fields(self):
            if item.name == "layers":
                _check_layers(self.layers)
                continue
            default = {} if item.name == "rows" else item.default
            value, wanted = getattr(self, item.name), type(default)
            if type(value) is int and wanted is float and abs(value) < 2**53:
                value = float(value)
                object.__setattr__(self, item.name, value)
            if type(value) is not wanted or (type(value) is float and not math.isfinite(value)):
                raise InputError(f"recipe: {item.name} is {value!r}: give a value like {default!r}")
        for name, count in self.rows.items():
            if name not in SETS or type(count) is not int or count < 0:
                raise InputError(
                    f"recipe: rows of {name!r} is {count!r}: give 0 or more for one of "
                    + ", ".join(n for n in SETS if not n.startswith("synthetic"))
                )
        for name in ("epochs", "batch_size", "peak_rate", "max_tokens", "pad_to", "premise_words",
                     "checkpoint_steps"):  # fmt: skip
            if getattr(self, name) <= 0:
                raise InputError(f"recipe: {name} is {getattr(self, name)!r}: give more than 0")
        for name in ("documents", "records", "references", "business", "tables", "situations",
                     "written", "edits", "joins", "hard", "frozen", "rank",
                     "span_weight"):  # fmt: skip
            if getattr(self, name) < 0:
                raise InputError(f"recipe: {name} is {getattr(self, name)!r}: give 0 or more")
        if not 0 <= self.seed < 2**63:
            raise InputError(f"recipe: seed is {self.seed!r}: give one from 0 to {2**63 - 1}")
        shares = {"share": self.share, "warmup": self.warmup, "dropout": self.dropout}
        if not 0 < self.share <= 1 or not 0 <= self.warmup < 1 or not 0 <= self.dropout < 1:
            raise InputError(
                "recipe: "
                + ", ".join(f"{name} is {value!r}" for name, value in shares.items())
                + ": give shares from 0 to 1, such as 0.5, 0.05 and 0.1"
            )
        if self.rank and self.frozen:
            raise InputError(
                f"recipe: rank is {self.rank} and frozen is {self.frozen}: give one of them; with "
                "a rank no matrix of the backbone is trained itself"
            )
        if not 0 <= self.distill <= 1:
            raise InputError(f"recipe: distill is {self.distill!r}: give one from 0 to 1")


def _check_layers(layers: object) -> None:
    numbers = layers if isinstance(layers, list) else [layers]
    known = all(type(number) is int and number >= 0 for number in numbers)
    if not known or not numbers or sorted(set(numbers)) != numbers:
        raise InputError(
            f"recipe: layers is {layers!r}: give how many of the first layers are kept (0 for "
            "all), or a list of their numbers in order, such as [0, 2, 4]"
        )


def read_recipe(path: Path) -> Recipe:
    """Reads a recipe from TOML: the fields of ``Recipe`` as keys; those left out keep theirs.

    Raises:
        InputError: if the file is missing, no TOML, or has a key that no recipe has.
    """
    values = read_toml(path)
    known = [item.name for item in fields(Recipe)]
    for key in values:
        if key not in known:
            raise InputError(f"{path}: unknown key {key!r}; a recipe has {', '.join(known)}")
    return Recipe(**values)
