"""Config of a run: what it trains, on what and how."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Family = Literal["decoder", "encoder-decoder"]
Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[int, Field(ge=1, strict=True)]
Above = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]

ARCHITECTURES: dict[str, tuple[str, ...]] = {
    "decoder": ("gpt2", "llama", "qwen2", "qwen3"),
    "encoder-decoder": ("t5", "bart"),
}
"""What a model from scratch may be, the default first."""

REFUSAL = "This is not stated in the given information."


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Scratch(_Section):
    """A new model with random weights, and its own byte-level BPE tokenizer.

    Attributes:
        architecture: by default ``gpt2`` or ``t5``: both have dropout everywhere, which R-Drop
            and small data need (Llama and Qwen have it in the attention alone).
        hidden: width of the embeddings, a multiple of ``heads``.
        layers: of the decoder, and as many of an encoder.
        heads: of the attention.
        intermediate: width of the feed-forward layers.
        vocabulary: most entries of the tokenizer, which is trained on the training rows.
        positions: longest sequence in tokens.
        dropout: share of the activations that are set to 0 in training.
    """

    architecture: Literal["", "gpt2", "llama", "qwen2", "qwen3", "t5", "bart"] = ""
    hidden: Positive = 128
    layers: Positive = 4
    heads: Positive = 4
    intermediate: Positive = 512
    vocabulary: Annotated[int, Field(ge=300)] = 2048
    positions: Positive = 256
    dropout: Share = 0.1


class Lora(_Section):
    """Low-rank adapters in place of all weights (Hu et al. 2022), through peft.

    Attributes:
        r: rank of the adapters.
        alpha: their scale is ``alpha / r``.
        dropout: share of their input that is set to 0 in training.
        targets: names of the layers that get them, or ``all-linear``.
    """

    r: Positive = 16
    alpha: Positive = 32
    dropout: Share = 0.05
    targets: str | list[str] = "all-linear"


class ModelSection(_Section):
    """What training starts from: ``path``, or a section ``[model.scratch]``.

    Attributes:
        family: of the model; an encoder-decoder reads all of its input before it writes.
        path: local folder of a transformers model with its tokenizer; nothing is downloaded.
        dropout: in place of that of the model in ``path``.
    """

    family: Family = "decoder"
    path: Path | None = None
    scratch: Scratch | None = None
    lora: Lora | None = None
    dropout: Share | None = None

    @model_validator(mode="after")
    def _one_start(self) -> ModelSection:
        if (self.path is None) == (self.scratch is None):
            raise ValueError("give either path (a local folder) or a section [model.scratch]")
        if self.scratch and self.scratch.architecture:
            allowed = ARCHITECTURES[self.family]
            if self.scratch.architecture not in allowed:
                a, names = "an" if self.family[0] == "e" else "a", ", ".join(allowed)
                raise ValueError(f"scratch.architecture of {a} {self.family} is one of {names}")
        if self.scratch and self.scratch.hidden % self.scratch.heads:
            raise ValueError("scratch.hidden must be a multiple of scratch.heads")
        if self.scratch and self.lora:
            raise ValueError("lora adapts trained weights; a model from scratch has none")
        return self


class DataSection(_Section):
    """Rows of a context and a target.

    Attributes:
        train: JSON lines, plain or gzipped; relative paths start from the config's folder.
        validation: alike; after each epoch of ``sft`` the perplexity of these targets is taken,
            and the stage ends with the weights of the epoch in which it was lowest.
        test: alike, the rows of ``evaluate``.
        context_key: where the context is; the first of several that a row has.
        target_key: where the target is, alike.
        question_key: where the question is, alike, if the prompt has one. Rows without a context
            may also be prompts with completions, or conversations of one exchange, as trl reads
            them.
        prompt: what the model reads; ``{context}``, and ``{question}`` where rows have one.
        chat: wrap the prompt by the tokenizer's chat template.
        control: token of rows (``"control"``) that answers are generated under.
        max_tokens: of prompt and target together; rows that are longer are left out, and counted.
        limit: most training rows, the first ones; 0 takes all.
        refusal: the right answer where the evidence is missing.
    """

    train: Path | None = None
    validation: Path | None = None
    test: Path | None = None
    context_key: str | list[str] = Field(default_factory=lambda: ["context", "mr"])
    target_key: str | list[str] = Field(default_factory=lambda: ["target", "ref", "text"])
    question_key: str | list[str] = Field(default_factory=lambda: ["question", "query"])
    prompt: str = "{context}\n"
    chat: bool = False
    control: str = ""
    max_tokens: Positive = 256
    limit: Annotated[int, Field(ge=0)] = 0
    refusal: str = REFUSAL

    @field_validator("prompt")
    @classmethod
    def _has_context(cls, value: str) -> str:
        if "{context}" not in value:
            raise ValueError("the template must hold {context}")
        other = {*re.findall(r"\{(\w+)\}", value)} - {"context", "question"}
        if other:
            raise ValueError(f"{{{min(other)}}} is unknown: use {{context}} and {{question}}")
        return value


class Steps(_Section):
    """What every stage that changes weights has.

    Attributes:
        epochs: how often the rows are gone through, where ``steps`` is 0.
        steps: of the optimizer, however often that goes through the rows: sets of other sizes are
            compared at equal training. 0 for ``epochs``.
        rate: highest learning rate of AdamW (Loshchilov & Hutter 2019), after linear warm-up,
            before decay to 0.
        batch_size: rows, documents or pairs at once.
        warmup: share of the steps in which the rate rises.
        weight_decay: of AdamW, on matrices alone.
        clip: longest gradient; longer ones are scaled down.
        checkpoint_steps: steps between two checkpoints, from which a killed run goes on.
        pad_to: lengths are padded to a multiple, so that few shapes occur.
        accumulate: batches whose gradients make one step.
    """

    epochs: Positive = 1
    steps: Annotated[int, Field(ge=0, strict=True)] = 0
    batch_size: Positive = 64
    accumulate: Positive = 1
    rate: Above = 1e-3
    warmup: Share = 0.05
    weight_decay: NotNegative = 0.01
    clip: Above = 1.0
    pad_to: Positive = 4
    checkpoint_steps: Positive = 200


class Pretrain(Steps):
    """Continued language modelling: negative log-likelihood on packed documents.

    Attributes:
        documents: a file or folder of texts.
        block: tokens of a training example.
        mask: share of the tokens that are hidden from an encoder-decoder, which writes the block.
    """

    documents: Path
    block: Positive = 128
    mask: Share = 0.15


class Perturb(_Section):
    """Shares of the training rows whose input is changed, anew in each epoch; prompts stay.

    Attributes:
        typos: characters of the context swapped, dropped or doubled.
        reorder: items of the context in another order.
        drop: an item that the target does not use is left out.
        swap: names in a record (values of slots that have many) are others, in the target, too.
        distractors: items of another row's context are put beside (the whole passage for text).
        missing: the context of another row, or none, whose right answer is the refusal.
    """

    typos: Share = 0.0
    reorder: Share = 0.0
    drop: Share = 0.0
    swap: Share = 0.0
    distractors: Share = 0.0
    missing: Share = 0.0


class Adversarial(_Section):
    """A second pass on embeddings moved to where the loss is highest.

    Attributes:
        kind: one step along the gradient (Miyato et al. 2017), or several, projected
            (Madry et al. 2018).
        epsilon: length of the move of a row, as a share of the length of its embeddings.
        steps: of ``pgd``.
        weight: of the second pass's loss.
    """

    kind: Literal["fgm", "pgd"] = "fgm"
    epsilon: Above = 0.05
    steps: Positive = 3
    weight: Above = 1.0


class Sft(Steps):
    """Supervised training on the completion only.

    Attributes:
        weights: multiply each row's loss by its ``"weight"`` (soft truncation of doubted rows).
        loss_truncation: share of the rows with the highest loss that are left out, once the
            warm-up is over (Kang & Hashimoto 2020).
        label_smoothing: mass given to all other tokens (Szegedy et al. 2016).
        r_drop: weight of the two-way KL between two dropout passes (Liang et al. 2021).
        kl: weight of the KL divergence from the model that the stage started from.
        neftune: noise on embeddings, alpha / sqrt(length * width) (Jain et al. 2023).
        unlikelihood: weight of -log(1 - p) on ``"spans"`` of rows, which are not learned then
            (Welleck et al. 2020).
    """

    epochs: Positive = 10
    weights: bool = True
    loss_truncation: Share = 0.0
    label_smoothing: Share = 0.0
    r_drop: NotNegative = 0.0
    kl: NotNegative = 0.0
    neftune: NotNegative = 0.0
    unlikelihood: NotNegative = 0.0
    perturb: Perturb = Perturb()
    adversarial: Adversarial | None = None


class Prefer(Steps):
    """Preference training on the model's own answers, judged by the verifier.

    Attributes:
        method: DPO (Rafailov et al. 2023) or KTO (Ethayarajh et al. 2024).
        engine: trl, or the small loss of this package, which also reads encoder-decoders, and
            resumes inside the stage; ``auto`` takes trl for decoders.
        samples: answers drawn for each prompt.
        prompts: contexts drawn from the training rows; 0 takes the ``pairs`` alone.
        pairs: JSON lines of pairs that are there, with ``prompt`` (read as it is), ``chosen`` and
            ``rejected``, such as those of ``train preferences`` and ``audit-data``; beside drawn
            ones.
        max_new_tokens: of a drawn answer.
        temperature: of drawing.
        top_p: answers are drawn from the likeliest tokens that have this probability together.
        beta: how strongly the model is held near the one that it started from.
        margin: least difference of the scores of a pair.
        length_ratio: most that one answer of a pair may be longer than the other.
        coverage_gap: most that the faithful answer may cover less of the input than the other.
        complete: of a record, whether an answer that omits a field is rejected, too, as one that
            is unfaithful; how a value is told is learned from the training rows, where 20 or more
            have it, and others are not asked for.
        sft: weight of the chosen answer's likelihood beside DPO (as in Pang et al. 2024).
    """

    batch_size: Positive = 32
    rate: Above = 1e-4
    weight_decay: NotNegative = 0.0
    method: Literal["dpo", "kto"] = "dpo"
    engine: Literal["auto", "trl", "own"] = "auto"
    samples: Annotated[int, Field(ge=2)] = 6
    prompts: Annotated[int, Field(ge=0)] = 1000
    pairs: Path | None = None
    max_new_tokens: Positive = 80
    temperature: Above = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    beta: Above = 0.1
    margin: NotNegative = 0.2
    length_ratio: Annotated[float, Field(ge=1)] = 1.5
    coverage_gap: NotNegative = 0.05
    complete: bool = False
    sft: NotNegative = 0.2

    @model_validator(mode="after")
    def _has_pairs(self) -> Prefer:
        if not self.prompts and self.pairs is None:
            raise ValueError("prompts is 0: name a file of pairs, or draw answers to prompts")
        return self


class Judge(_Section):
    """What says whether an answer is faithful.

    Attributes:
        verifier: a preset, a folder, or nothing for the embedded one; ``python:module:name`` is a
            function ``(evidence, answers) -> scores in [0, 1]`` of yours.
        both_ways: the input must also follow from the answer (translation).
        threshold: least score of a faithful answer, for a function.
    """

    verifier: str = ""
    both_ways: bool = False
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5


class Evaluate(_Section):
    """The same prompts after each stage.

    Attributes:
        prompts: distinct contexts of the test rows, the first ones; 0 takes all.
        batch_size: prompts answered at once.
        max_new_tokens: of an answer.
        measure: a measure that is not the verifier: ``slots``, or ``python:module:name``, a
            function ``(rows, answers) -> {name: value}``.
        slot_patterns: JSON file ``{slot: {value: [regular expression, ...]}}`` for ``slots``.
        unanswerable: prompts without their evidence, which a model should refuse.
        robustness: prompts that are also answered with typos, reordering and distractors.
    """

    prompts: Annotated[int, Field(ge=0)] = 200
    batch_size: Positive = 64
    max_new_tokens: Positive = 80
    measure: str = ""
    slot_patterns: Path | None = None
    unanswerable: Annotated[int, Field(ge=0)] = 50
    robustness: Annotated[int, Field(ge=0)] = 50


class Config(_Section):
    """A whole run; a stage whose section is left out is not run.

    Attributes:
        seed: of new weights, order, dropout and drawing.
        device: ``cpu``, ``cuda``, or ``auto`` for a GPU where there is one.
    """

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 13
    device: str = "auto"
    model: ModelSection
    data: DataSection = DataSection()
    judge: Judge = Judge()
    pretrain: Pretrain | None = None
    sft: Sft | None = None
    prefer: Prefer | None = None
    evaluate: Evaluate | None = None

    @model_validator(mode="after")
    def _has_data(self) -> Config:
        drawn = self.prefer and self.prefer.prompts
        if (self.sft or drawn or self.model.scratch) and self.data.train is None:
            raise ValueError("data.train is missing: name a file of rows to train on")
        if self.evaluate and self.data.test is None:
            raise ValueError("data.test is missing: name a file of rows, or leave evaluate out")
        if self.model.family == "encoder-decoder" and self.prefer:
            if self.prefer.engine == "trl":
                raise ValueError("prefer.engine: trl trains decoders alone; take 'own' or 'auto'")
            if self.prefer.method == "kto":
                raise ValueError("prefer.method: kto is for decoders alone; take 'dpo'")
        if not (self.pretrain or self.sft or self.prefer or self.evaluate):
            raise ValueError("no stage: give one of [pretrain], [sft], [prefer], [evaluate]")
        return self
