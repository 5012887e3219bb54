"""Token verifier: reads an answer token by token and marks the words that nothing supports.

It runs token classifiers with two labels, such as LettuceDetect (Á. Kovács, G. Recski, 2025,
arXiv:2502.17125): the model reads a prompt that holds the evidence, and beside it the text, and
gives each token of the text a probability that it is hallucinated. The prompts are those that
such models are trained with, which are the ones of RAGTruth (C. Niu et al., ACL 2024); their
wording is that of ``lettucedetect/models/inference.py`` at github.com/KRLabsOrg/LettuceDetect.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from groundwire.claims.questions import is_looking_back
from groundwire.device import pick_device
from groundwire.errors import InputError, ModelError
from groundwire.text.overlap import WordRarity, stem_words
from groundwire.types import Claim, Evidence, Label, Span, Verdict
from groundwire.verify.backends.checkpoint import (
    Checkpoint,
    find_folder,
    open_model,
    open_tokenizer,
    read_labels,
    read_manifest,
)
from groundwire.verify.backends.scorer import read_label_columns
from groundwire.verify.backends.shapes import (
    Array,
    Reader,
    compute_softmax,
    list_heads,
    read_window,
)
from groundwire.verify.backends.spans import TokenFault
from groundwire.verify.premise import PIECES, Premise, build_premise
from groundwire.verify.readable import explain_unreadable
from groundwire.verify.verdicts import UNQUOTED, judge_unscored

MAX_TOKENS = 4096
FAULT = 0.5
"""Probability of hallucination above which a token is at fault."""

_QUESTION = (
    "\nBriefly answer the following question:\n{question}\n"
    "Bear in mind that your response should be strictly based on the following {number} passages:\n"
    "{passages}\n"
    "In case the passages do not contain the necessary information to answer the question, please "
    'reply with: "Unable to answer based on given passages."\noutput:\n'
)
_SUMMARY = "\nSummarize the following text:\n{passages}\noutput:\n"


@dataclass(frozen=True, slots=True)
class _Job:
    """What is read for a claim; ``start`` is where the claim begins in ``answer``."""

    premise: Premise
    prompt: str
    answer: str
    start: int


class TokenReader(Reader):
    """A loaded token classifier with two labels; safe to call from several threads."""

    def __init__(self, model: str | os.PathLike[str]) -> None:
        """Loads the model.

        Args:
            model: a folder, the id of a model in the local Hugging Face cache, or a
                ``Checkpoint``.

        Raises:
            ModelError: if it is no token classifier of supported and hallucinated, or has no
                safetensors weights.
        """
        from transformers import AutoModelForTokenClassification

        point = model if isinstance(model, Checkpoint) else Checkpoint(os.fspath(model), "tokens")
        folder = find_folder(point.source, point.revision)
        manifest = read_manifest(folder, list_heads("tokens"))
        if point.languages:
            manifest.setdefault("languages", list(point.languages))
        loaded = open_model(AutoModelForTokenClassification, folder).to(pick_device())
        tokenizer = open_tokenizer(folder)
        tokenizer.padding_side = "right"
        name = str(manifest.get("name") or point.source)
        window = read_window(loaded, tokenizer, MAX_TOKENS)
        super().__init__(name, loaded, tokenizer, window, manifest)
        labels = read_labels(loaded.config.id2label, point.labels, name)
        _, self.faulty, refuted = read_label_columns(labels)
        if len(labels) != 2 or refuted:
            raise ModelError(
                f"{name}: its labels {labels} are not two, supported and hallucinated: "
                "give a token classifier of the kind of LettuceDetect"
            )

    def size(self, prompt: str, answer: str) -> int:
        """Returns how many tokens a prompt and an answer are together."""
        return len(self._read([prompt], [answer])["input_ids"][0])

    def faults(self, pairs: Sequence[tuple[str, str]]) -> list[list[TokenFault]]:
        """Returns, for each (prompt, answer), the tokens of the answer."""
        prompts, answers = [prompt for prompt, _ in pairs], [answer for _, answer in pairs]
        read = self._read(prompts, answers, return_offsets_mapping=True)
        out: list[list[TokenFault]] = [[] for _ in pairs]
        for row, logits in self._outputs(read, lambda batch: self._model(**batch).logits):
            wrong = compute_softmax(logits)[:, list(self.faulty)].sum(axis=1)
            out[row] = list(_tokens(read, row, wrong))
        return out


class TokenVerifier:
    """Checks claims with a token classifier such as LettuceDetect.

    The score is one minus the highest probability of hallucination among the claim's tokens: a
    claim is as good as its worst word, and one wrong number in a long sentence is found, which a
    mean would hide. A claim of which no token is at fault scores 0.5 or more and is ``supported``,
    if a sentence can be quoted for it; else it is ``unsupported``, and ``spans`` are the runs of
    tokens at fault. Such models do not tell contradiction from what the evidence does not say.
    A claim that begins with a pronoun is read after the sentence before it. No deterministic
    checks are made. Holds no request state: one verifier serves all threads. Weights load at the
    first use.
    """

    def __init__(self, model: str | os.PathLike[str], *, premise_words: int = 400) -> None:
        """Names the model.

        Args:
            model: a folder, the id of a model in the local Hugging Face cache, or a
                ``Checkpoint`` (which states the labels where the model's config does not).
            premise_words: budget of evidence words that a claim is read against.

        Raises:
            InputError: if ``premise_words`` is not positive.
        """
        if premise_words < 1:
            raise InputError(f"premise_words is {premise_words}: give 1 or more, such as 400")
        self._model = model
        self._premise_words = premise_words
        self._lock = threading.Lock()
        self._loaded: tuple[TokenReader, WordRarity] | None = None

    def _load(self) -> tuple[TokenReader, WordRarity]:
        with self._lock:
            if self._loaded is None:
                reader = TokenReader(self._model)
                self._loaded = reader, WordRarity(reader.tokenizer.get_vocab())
            return self._loaded

    @property
    def reader(self) -> TokenReader:
        """The loaded model.

        Raises:
            ModelError: if it cannot be loaded.
        """
        return self._load()[0]

    @property
    def version(self) -> str:
        """Name of the model and the first digits of its weights' hash, where it states one."""
        reader = self.reader
        return f"{reader.name}@{str(reader.manifest.get('weights_sha256', 'unknown'))[:12]}"

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        """Checks each claim against its own evidence, all of them in shared batches.

        Args:
            claims: n claims.
            evidence: n lists of passages, aligned with the claims, in any order.

        Returns:
            n verdicts.

        Raises:
            InputError: if the two are not aligned.
            ModelError: if the model cannot be loaded.
        """
        if len(claims) != len(evidence):
            raise InputError(f"{len(claims)} claims but {len(evidence)} lists of evidence")
        prepared = [self._prepare(c, found) for c, found in zip(claims, evidence, strict=True)]
        jobs = {i: job for i, job in enumerate(prepared) if isinstance(job, _Job)}
        read: list[list[TokenFault]] = []
        if jobs:
            read = self.reader.faults([(job.prompt, job.answer) for job in jobs.values()])
        tokens = dict(zip(jobs, read, strict=True))
        return [
            _judge(claims[i], job, tokens[i]) if isinstance(job, _Job) else job
            for i, job in enumerate(prepared)
        ]

    def _prepare(self, claim: Claim, evidence: Sequence[Evidence]) -> _Job | Verdict:
        """Builds what is read for a claim, or the verdict of one that is not read."""
        if (verdict := judge_unscored(claim, evidence)) is not None:
            return verdict
        job = self._fitting(claim, evidence)
        if job is None:
            reason = "the claim and its evidence are too long for the verifier"
            return Verdict(claim, "unchecked", reason=reason)
        for name, text in (("claim", claim.text), ("evidence", job.premise.text)):
            if why := explain_unreadable(name, text, self.reader):
                return Verdict(claim, "unchecked", reason=why)
        return job

    def _fitting(self, claim: Claim, evidence: Sequence[Evidence]) -> _Job | None:
        """The claim with as much of its premise as fits; None where nothing does."""
        reader, rarity = self._load()
        before = claim.context.preceding[-1] + " " if is_looking_back(claim) else ""
        question = claim.context.question
        words = min(self._premise_words, reader.window)
        for piece in PIECES:
            premise = build_premise(claim, evidence, rarity, words, piece)
            while premise.sentences:
                prompt = _prompt(premise, question)
                if reader.size(prompt, before + claim.text) <= reader.window:
                    return _Job(premise, prompt, before + claim.text, len(before))
                premise = premise.without_last()
        return None


def _prompt(premise: Premise, question: str | None) -> str:
    read = zip(premise.sentences, premise.parts, strict=True)
    passages = [
        " ".join(part for _, part in group)
        for _, group in groupby(read, key=lambda pair: pair[0].source)
    ]
    listed = "\n".join(f"passage {i}: {text}" for i, text in enumerate(passages, 1))
    if question is None:
        return _SUMMARY.format(passages=listed)
    return _QUESTION.format(question=question, number=len(passages), passages=listed)


def _tokens(read: Any, row: int, wrong: Array) -> list[TokenFault]:
    """The tokens of the second text of a pair."""
    places = read["offset_mapping"][row]
    parts = read.sequence_ids(row)
    return [
        TokenFault(start, end, float(wrong[i]))
        for i, (start, end) in enumerate(places)
        if parts[i] == 1 and end > start
    ]


def _judge(claim: Claim, job: _Job, tokens: Sequence[TokenFault]) -> Verdict:
    length = len(claim.text)
    own = [
        TokenFault(max(0, t.start - job.start), min(length, t.end - job.start), t.fault)
        for t in tokens
        if t.end > job.start
    ]
    if not own:
        return Verdict(claim, "unchecked", reason="the verifier finds nothing to read in it")
    worst = max(token.fault for token in own)
    spans: list[Span] = []
    for at_fault, run in groupby(own, key=lambda token: token.fault > FAULT):
        group = list(run)
        text = claim.text[group[0].start : group[-1].end]
        start = claim.start + group[0].start + len(text) - len(text.lstrip())
        if at_fault and text.strip():
            spans.append(Span(start, start + len(text.strip())))
    label: Label = "unsupported" if worst > FAULT else "supported"
    best = job.premise.sentences[job.premise.ranking[0]]
    quotes = (best,) if stem_words(best.text) & stem_words(claim.text) else ()
    score, reason = 1 - worst, ""
    if label == "supported" and not quotes:
        label, score = "unsupported", min(score, UNQUOTED)
        reason = "no sentence of the evidence shares its words"
    return Verdict(claim, label, round(score, 6), quotes, (), tuple(spans), reason)
