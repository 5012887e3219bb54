"""Scorer of (premise, hypothesis) pairs with a local model of any kind that reads pairs."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from groundwire.errors import ModelError
from groundwire.verify.backends.checkpoint import (
    Checkpoint,
    find_default_verifier,
    find_folder,
    read_labels,
    read_manifest,
)
from groundwire.verify.backends.shapes import (
    Array,
    Reader,
    compute_softmax,
    list_heads,
    open_shape,
    read_classifier,
)
from groundwire.verify.backends.spans import TokenFault, load_span_head

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

Probabilities: TypeAlias = Array

_NOT = ("not_entail", "non_entail", "unsupport", "not_support", "inconsistent", "hallucinat")


def read_label_columns(id2label: Mapping[int, str]) -> tuple[tuple[int, ...], ...]:
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
        if plain.startswith(_NOT):
            kinds["neutral"].append(int(column))
        elif plain.startswith(("entail", "support", "consistent")):
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
            "(or entailment, not_entailment), in the order that its model card states; or give "
            "load_verifier these names as labels=, or the preset of the model"
        )
    return columns


class PairScorer(Reader):
    """A loaded model that scores pairs; safe to call from several threads.

    Attributes:
        columns: which outputs mean entailment, neutral and contradiction.
        max_tokens: tokens of premise and hypothesis together that fit, with a few to spare.
    """

    def __init__(self, model: str | os.PathLike[str] | CrossEncoder | None = None) -> None:
        """Loads the model.

        Args:
            model: a folder, the id of a model in the local Hugging Face cache, a ``Checkpoint``,
                a loaded ``CrossEncoder``, or None for the embedded verifier.

        Raises:
            ModelError: if the weights are missing or altered, or the model is no NLI classifier.
        """
        point = Checkpoint(str(find_default_verifier()))
        if isinstance(model, Checkpoint):
            point = model
        elif isinstance(model, str | os.PathLike):
            point = Checkpoint(os.fspath(model))
        manifest = {}
        head = None
        if model is None or isinstance(model, str | os.PathLike):
            folder = find_folder(point.source, point.revision)
            manifest = read_manifest(folder, list_heads(point.kind))
            if point.languages:
                manifest.setdefault("languages", list(point.languages))
            name = str(manifest.get("name") or point.source)
            shape = open_shape(folder, point.kind)
            head = load_span_head(folder, manifest, _hidden(shape.model))
        else:
            name, shape = type(model).__name__, read_classifier(model)
        window = min(shape.window, int(manifest.get("max_tokens", shape.window)))
        super().__init__(name, shape.model, shape.tokenizer, window, manifest)
        self._head = head
        self._beside: PairScorer | None = None
        self._logits, self._join = shape.logits, shape.join
        self.columns = read_label_columns(read_labels(shape.labels, point.labels, name))
        prompt = len(self._read([""], [""], self._join)["input_ids"][0])
        # An empty pair has four special tokens at most. What is above that is a prompt.
        self.max_tokens = window - max(0, prompt - 4)

    def join(self, beside: PairScorer) -> None:
        """Lets another model read every pair, too: the means of their log odds are what is read.

        Two readers of different size and training err in different places; of 16 development sets
        the mean AUC of claims was 79.5 and 77.7 alone and 80.5 together.

        Args:
            beside: a loaded model, that stays as it is.

        Raises:
            ModelError: if its weights are not those that the manifest states, or one of the two
                does not tell all three classes.
        """
        expected = self.manifest.get("beside_sha256")
        found = beside.manifest.get("weights_sha256")
        if expected is not None and found != expected:
            raise ModelError(
                f"{self.name} was calibrated beside weights {expected!s:.12} of {beside.name}, and "
                f"these are {found!s:.12}: install both of one version of groundwire"
            )
        for scorer in (self, beside):
            if not all(scorer.columns):
                raise ModelError(
                    f"{scorer.name} has no output for each of entailment, neutral and "
                    "contradiction: it cannot be read together with another model"
                )
        self._beside = beside
        self.window = min(self.window, beside.window)
        self.max_tokens = min(self.max_tokens, beside.max_tokens)

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
        return self.read(pairs)[0]

    def read(
        self, pairs: Sequence[tuple[str, str]]
    ) -> tuple[Probabilities, list[tuple[TokenFault, ...]]]:
        """Scores pairs, and the tokens of their hypotheses where the model has a span head.

        Args:
            pairs: n (premise, hypothesis).

        Returns:
            What ``score`` returns, and for each pair the tokens of the hypothesis, with offsets
            into it; none where the model has no span head.

        Raises:
            ModelError: if a pair is longer than the model's window; it is never cut.
        """
        if not pairs:
            return np.zeros((0, 3), dtype=np.float32), []
        unique = list(dict.fromkeys(pairs))
        scores, faults = self._read_own(unique)
        if self._beside is not None:
            others, marks = self._beside.read(unique)
            scores = _average_odds(scores, others)
            faults = [_join_faults(a, b) for a, b in zip(faults, marks, strict=True)]
        row = {pair: index for index, pair in enumerate(unique)}
        order = [row[pair] for pair in pairs]
        return scores[order], [faults[i] for i in order]

    def _read_own(
        self, unique: Sequence[tuple[str, str]]
    ) -> tuple[Probabilities, list[tuple[TokenFault, ...]]]:
        """What this model alone reads in pairs that differ."""
        first, second = [p for p, _ in unique], [h for _, h in unique]
        places = self._head is not None
        read = self._read(first, second, self._join, return_offsets_mapping=places)
        found = dict(self._outputs(read, self._with_tokens if places else self._logits))
        classes = self._model.config.num_labels if places else None
        p = compute_softmax(np.stack([found[row][:classes] for row in range(len(unique))]))
        scores = np.stack([p[:, list(c)].sum(axis=1) for c in self.columns], axis=1)
        faults = [
            _faults(read, row, found[row][classes:]) if places else () for row in range(len(unique))
        ]
        result: Probabilities = scores.astype(np.float32)
        return result, faults

    def _with_tokens(self, features: dict[str, Any]) -> Any:
        """The logits of the classes and, behind them, one for each token."""
        import torch

        assert self._head is not None
        weight, bias = (part.to(self.device) for part in self._head)
        out = self._model(**features, output_hidden_states=True)
        tokens = out.hidden_states[-1].float() @ weight + bias
        return torch.cat([out.logits.float(), tokens], dim=1)


def _hidden(model: Any) -> int:
    return int(getattr(model.config, "hidden_size", 0) or 0)


def _average_odds(first: Probabilities, second: Probabilities) -> Probabilities:
    """The probabilities whose logs are the means of those of two models: float32 [n, 3]."""
    least = 1e-6
    logs = np.log(np.maximum(first, least)) + np.log(np.maximum(second, least))
    return compute_softmax((logs / 2).astype(np.float32))


def _join_faults(
    first: Sequence[TokenFault], second: Sequence[TokenFault]
) -> tuple[TokenFault, ...]:
    """The tokens of both readings; where both read the same one, with the mean of its faults."""
    read: dict[tuple[int, int], list[float]] = {}
    for token in (*first, *second):
        read.setdefault((token.start, token.end), []).append(token.fault)
    return tuple(TokenFault(*place, sum(f) / len(f)) for place, f in sorted(read.items()))


def _faults(read: Any, row: int, logits: Array) -> tuple[TokenFault, ...]:
    parts = read.sequence_ids(row)
    return tuple(
        TokenFault(start, end, 1 / (1 + math.exp(-max(-40.0, min(40.0, float(logits[i]))))))
        for i, (start, end) in enumerate(read["offset_mapping"][row])
        if parts[i] == 1 and end > start
    )
