"""NLI verifier: a model reads each claim against its premise; checks may overrule it."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from groundwire.claims.questions import find_asked_question, find_reply_question
from groundwire.claims.statements import Statement, make_statement
from groundwire.errors import InputError
from groundwire.quantities.restate import write_alike
from groundwire.text.overlap import WordRarity
from groundwire.types import Claim, Evidence, Finding, Verdict
from groundwire.verify.backends.scorer import PairScorer
from groundwire.verify.backends.spans import TokenFault, collapse_spaces, find_faults
from groundwire.verify.calibration import Calibration, Signals, measure_lacking
from groundwire.verify.checks import CHECKS, Check
from groundwire.verify.checks.answer_tables import check_answer_table
from groundwire.verify.checks.conclusions import check_conclusions
from groundwire.verify.checks.finding import find_kind
from groundwire.verify.checks.rows import check_rows
from groundwire.verify.premise import PIECES, Premise, build_premise
from groundwire.verify.readable import explain_unreadable
from groundwire.verify.reasons import explain_verdict
from groundwire.verify.short_answers import AnswerReader, judge_answer
from groundwire.verify.stated import add_left_out, judge_stated
from groundwire.verify.tables.columns import read_tables
from groundwire.verify.verdicts import clean_claim, judge_claim, judge_unscored, map_verdict

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


SINGLES = 2
"""Sentences that a claim is read against alone, beside its whole premise, where a calibration asks
for it. Balanced accuracy and AUC over 20 dev sets, cross-validated: 66.4 / 73.9 without, 68.0 /
74.9 with one, 68.6 / 75.0 with two, three or four."""

COLUMNS = 2
"""Columns of a table, beside its names, from which an answer is read as a sentence."""

_NOWHERE = -1
"""Place of a character that stands before the claim, in its question."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A claim that will be scored.

    Attributes:
        claim: what is read: the claim, or the sentence that it makes with its question.
        premise: what it is read against.
        hypotheses: the pieces of it that fit the model.
        places: for each piece, the offsets of its characters in the claim.
        stated: that sentence, where it is read instead of the claim.
    """

    claim: Claim
    premise: Premise
    hypotheses: tuple[str, ...]
    places: tuple[tuple[int, ...], ...]
    stated: Statement | None = None

    def pair_alone(self) -> list[tuple[str, str]]:
        """Returns each of the most telling sentences with each piece of the claim, in order."""
        premise = self.premise
        told = [premise.read_single(i) for i in premise.ranking[:SINGLES]]
        return [(text, h) for text in told for h in self.hypotheses]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the model reads in a claim: signals, and tokens with offsets into the claim."""

    signals: Signals
    faults: tuple[TokenFault, ...]


class NLIVerifier:
    """Checks claims with an NLI cross-encoder and deterministic checks.

    The label order is read from the model's config; pairs are sorted by length, equal pairs
    scored once. Where the model's ``groundwire.json`` has ``beside_sha256``, the embedded
    verifier, whose weights these are, reads every pair, too, and their log odds are averaged. A
    claim that is a sentence of the evidence, word for word, is supported unless the model reads a
    denial; one with a value that a check finds in conflict is contradicted, whatever the model
    says. A short answer must be what its question asks for, too (``verify.answers``; of models that
    state English as their language). Holds no request state: one verifier serves all threads.
    Weights load at the first use.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | CrossEncoder | None = None,
        *,
        premise_words: int = 150,
        checks: Sequence[Check] = CHECKS,
        calibration: Calibration | None = None,
    ) -> None:
        """Names the model.

        Args:
            model: a folder, the id of an NLI model in the local Hugging Face cache, a loaded
                ``CrossEncoder``, or None for the embedded verifier.
            premise_words: budget of evidence words that a claim is read against.
            checks: deterministic checks, each ``(claim, evidence sentences) -> findings``.
            calibration: from the probability of entailment to that of support; by default what
                the model's ``groundwire.json`` states, else none.

        Raises:
            InputError: if ``premise_words`` is not positive.
        """
        if premise_words < 1:
            raise InputError(f"premise_words is {premise_words}: give 1 or more, such as 150")
        self._model = model
        self._premise_words = premise_words
        self._checks = tuple(checks)
        self._calibration = calibration
        self._answers = AnswerReader()
        self._lock = threading.Lock()
        self._loaded: tuple[PairScorer, WordRarity, Calibration] | None = None

    def _load(self) -> tuple[PairScorer, WordRarity, Calibration]:
        with self._lock:
            if self._loaded is None:
                scorer = PairScorer(self._model)
                if "beside_sha256" in scorer.manifest:
                    scorer.join(load_default_verifier().scorer)
                stated: dict[str, Any] = scorer.manifest.get("calibration") or {}
                calibration = self._calibration or Calibration(**stated)
                self._loaded = scorer, WordRarity(scorer.tokenizer.get_vocab()), calibration
            return self._loaded

    @property
    def scorer(self) -> PairScorer:
        """The loaded model.

        Raises:
            ModelError: if it cannot be loaded.
        """
        return self._load()[0]

    @property
    def version(self) -> str:
        """Name of the model and the first digits of its weights' hash."""
        scorer = self.scorer
        return f"{scorer.name}@{str(scorer.manifest.get('weights_sha256', 'unknown'))[:12]}"

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
        written, claims = claims, [clean_claim(claim) for claim in claims]
        verdicts: list[Verdict | None] = [
            judge_unscored(claim, found) for claim, found in zip(claims, evidence, strict=True)
        ]
        jobs: dict[int, _Job] = {}
        for i, claim in enumerate(claims):
            if verdicts[i] is None:
                made = self._prepare(claim, evidence[i])
                if isinstance(made, str):
                    verdicts[i] = Verdict(claim, "unchecked", reason=made)
                else:
                    jobs[i] = made
        if jobs:
            self._score(claims, jobs, verdicts)
        found = [verdict for verdict in verdicts if verdict is not None]
        return [map_verdict(verdict, claim) for verdict, claim in zip(found, written, strict=True)]

    def _prepare(self, claim: Claim, evidence: Sequence[Evidence]) -> _Job | str:
        """Builds what is scored for a claim, or says why it cannot be."""
        scorer, rarity, _ = self._load()
        start = claim.start
        premise = build_premise(claim, evidence, rarity, self._premise_words)
        stated = self._state(claim, premise)
        if stated is not None:
            whole = Claim(stated.text, 0, len(stated.text))
            again = build_premise(whole, evidence, rarity, self._premise_words)
            # Beside prose, which may tell the answer, it is read so where the rows decide it.
            if premise.prose and not again.conclusions:
                stated = None
            else:
                claim, premise = whole, again
        asked = self._find_question(claim)
        hypotheses, places = self._cut_claim(claim.text, range(len(claim.text)), asked)
        room = self._room(hypotheses)
        for piece in PIECES:
            if piece != PIECES[0]:
                premise = build_premise(claim, evidence, rarity, self._premise_words, piece)
            if not premise.sentences:
                return "the evidence holds no sentence"
            premise = self._shorten(premise, room)
            if stated is not None and stated.listed and not start:  # no item of a list
                premise = add_left_out(premise, stated)
            if len(scorer.tokens([premise.text])[0]) <= room:
                break
        else:
            return "the evidence does not fit the verifier's window"
        read = {
            "claim": claim.text,
            "evidence": premise.text,
            "question": find_asked_question(claim) or "",
        }
        for name, said in read.items():
            if reason := explain_unreadable(name, said, scorer):
                return reason
        # An equal value in another form ("24 months", "2 years") costs a small model its verdict.
        alike, origin = write_alike(claim.text, [premise.read(q).text for q in premise.sentences])
        if alike != claim.text:
            written = self._cut_claim(alike, origin, asked)
            room = self._room(written[0])
            shorter = self._shorten(premise, room)
            if len(scorer.tokens([shorter.text])[0]) <= room:
                premise, (hypotheses, places) = shorter, written
        return _Job(claim, premise, hypotheses, places, stated)

    def _state(self, claim: Claim, premise: Premise) -> Statement | None:
        """The sentence that an answer makes with its question, where records may tell of it."""
        scorer, _, _ = self._load()
        if not claim.context.question or scorer.manifest.get("languages") != ["en"]:
            return None
        lines = [line for _, line in (*premise.kept, *premise.dropped)]
        # Of a list of pairs ("Runtime: 4 hours") the model reads no better which one is asked for.
        if not any(len(table.names) >= COLUMNS for table in read_tables(lines)):
            return None
        return make_statement(claim, (cell.value for line in lines for cell in line.cells))

    def _find_question(self, claim: Claim) -> str:
        """The question that a claim is read after, by models that were trained on such."""
        if not self._load()[0].manifest.get("reads_questions"):
            return ""
        return find_reply_question(claim) or ""

    def _cut_claim(
        self, text: str, origin: Sequence[int], question: str = ""
    ) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
        """Cuts a claim into what fits the model: pieces, and where their characters stand.

        A claim that fits stands after its question; the characters of that stand nowhere.
        """
        scorer = self._load()[0]
        spaced, at = collapse_spaces(text)
        limit = scorer.max_tokens // 2 - 8
        asked = f"{question} " if question else ""
        if asked and len(scorer.tokens([asked + spaced])[0]) <= limit:
            nowhere = (_NOWHERE,) * len(asked)
            return (asked + spaced,), ((*nowhere, *(origin[i] for i in at)),)
        spans = _cut(spaced, 0, len(spaced), limit, scorer)
        places = tuple(tuple(origin[i] for i in at[a:b]) for a, b in spans)
        return tuple(spaced[a:b] for a, b in spans), places

    def _room(self, hypotheses: Sequence[str]) -> int:
        """Tokens that a premise may have beside the longest piece of a claim."""
        scorer = self._load()[0]
        return scorer.max_tokens - max(map(len, scorer.tokens(hypotheses))) - 8

    def _shorten(self, premise: Premise, room: int) -> Premise:
        """Leaves out the least telling sentences until the rest has room, or is one sentence."""
        scorer = self._load()[0]
        while len(premise.sentences) > 1 and len(scorer.tokens([premise.text])[0]) > room:
            premise = premise.without_last()
        return premise

    def signals(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Signals | None]:
        """Returns what each claim's score is made of; None where nothing is scored.

        Args:
            claims: n claims.
            evidence: n lists of passages, aligned with the claims.

        Raises:
            ModelError: if the model cannot be loaded.
        """
        jobs = {}
        for i, (claim, found) in enumerate(zip(claims, evidence, strict=True)):
            made = self._prepare(claim, found) if judge_unscored(claim, found) is None else ""
            if isinstance(made, _Job):
                jobs[i] = made
        read = self._read(jobs, words=True, alone=True)
        return [read[i].signals if i in read else None for i in range(len(claims))]

    def _read(self, jobs: dict[int, _Job], words: bool, alone: bool) -> dict[int, _Reading]:
        """Scores the pairs of all jobs in shared batches."""
        scorer, rarity, _ = self._load()
        pairs = [(job.premise.text, h) for job in jobs.values() for h in job.hypotheses]
        whole = len(pairs)
        singles = [job.pair_alone() for job in jobs.values()] if alone else []
        pairs += [pair for own in singles for pair in own]
        scores, tokens = scorer.read(pairs)
        row, single = 0, whole
        out = {}
        for place, (i, job) in enumerate(jobs.items()):
            rows = range(row, row + len(job.hypotheses))
            row = rows.stop
            read = [job.premise.read(quote) for quote in job.premise.sentences]
            shares = measure_lacking(job.claim, read, rarity) if words else (0.0,) * 4
            faults = tuple(
                TokenFault(places[t.start], places[t.end - 1] + 1, t.fault)
                for r, places in zip(rows, job.places, strict=True)
                for t in tokens[r]
                if places[t.start] != _NOWHERE
            )
            signals = Signals(
                float(min(scores[r][0] for r in rows)), float(max(scores[r][2] for r in rows)),
                *shares, fault=max((t.fault for t in faults), default=0.0),
            )  # fmt: skip
            if alone:
                read_alone = scores[single : single + len(singles[place])]
                single += len(read_alone)
                # Each piece of a claim has its own best sentence; the worst piece counts.
                best = read_alone.reshape(-1, len(job.hypotheses), 3)
                signals = replace(
                    signals,
                    alone=float(best[:, :, 0].max(axis=0).min()),
                    alone_contradiction=float(best[:, :, 2].max()),
                )
            out[i] = _Reading(signals, faults)
        return out

    def _score(
        self, claims: Sequence[Claim], jobs: dict[int, _Job], verdicts: list[Verdict | None]
    ) -> None:
        scorer, rarity, calibration = self._load()
        english = scorer.manifest.get("languages") == ["en"]
        asked = {
            i: (claims[i], job.premise.sentences)
            for i, job in jobs.items()
            if english and job.stated is None
        }
        answers = self._answers.read(asked)
        words, alone = calibration.reads_words, calibration.reads_alone
        for i, reading in self._read(jobs, words, alone).items():
            claim, premise, signals = jobs[i].claim, jobs[i].premise, reading.signals
            findings = _findings(self._checks, claim, premise)
            support = calibration(signals)
            verdict = judge_claim(claim, premise, signals, support, findings, rarity)
            if i in answers:
                verdict = judge_answer(verdict, answers[i])
            if verdict.label != "supported":
                spans = find_faults(claim, verdict.label, findings, reading.faults)
                verdict = replace(verdict, spans=spans)
            if (stated := jobs[i].stated) is not None:
                verdict = judge_stated(claims[i], stated, verdict, premise)
            verdicts[i] = explain_verdict(verdict, premise, bool(stated and stated.denied))


@cache
def load_default_verifier() -> NLIVerifier:
    """Returns the embedded verifier, one for the process, so that guards share its weights."""
    return NLIVerifier()


def _findings(checks: Sequence[Check], claim: Claim, premise: Premise) -> tuple[Finding, ...]:
    """What the checks find, sorted; of findings on one place and kind a conflict alone.

    A conflict inside of another ("4" in "4 hours") tells less, and is left out.

    Raises:
        InputError: if a check finds something of a kind that ``KINDS`` does not tell of.
    """
    found: dict[tuple[int, int, str], Finding] = {}
    written = premise.read_apart()
    made = [finding for check in checks for finding in check(claim, list(written))]
    if checks and premise.kept:
        in_records = {quote for quote, _ in premise.kept}
        prose = [quote for quote in premise.candidates if quote not in in_records]
        made += check_rows(claim, premise.kept, premise.dropped, prose)
        made += check_answer_table(claim, [*premise.kept, *premise.dropped])
        placed = [quote for quote, _ in (*premise.kept, *premise.dropped)]
        made += check_conclusions(claim, premise.conclusions, placed)
    # Where the cells come to all that a claim says, what one of them has is no conflict.
    whole = claim.text.strip(" .").casefold()
    follows = any(c.holds and c.note.rstrip(".").casefold() == whole for c in premise.conclusions)
    lines = {quote for quote, _ in (*premise.kept, *premise.dropped)} if follows else set()
    for finding in made:
        if finding.quote is not None:
            finding = replace(finding, quote=written.get(finding.quote, finding.quote))
        if finding.status == "conflict" and finding.quote in lines:
            continue
        place = finding.start, finding.end, find_kind(finding.kind).name
        if place not in found or (finding.status == "conflict" != found[place].status):
            found[place] = finding
    question = (claim.context.question or "").casefold()
    valued = any(
        f.status == "conflict"
        and find_kind(f.kind).repair == "value"
        and f.kind not in ("name", "place")
        for f in found.values()
    )
    if question and valued:
        # "Delivery to France costs 4.90": France was asked for, so that the price is wrong.
        asked = {
            p
            for p, f in found.items()
            if f.kind in ("name", "place")
            and f.status == "conflict"
            and f.claimed.casefold() in question
        }
        found = {place: f for place, f in found.items() if place not in asked}
    conflicts = [f for f in found.values() if f.status == "conflict"]
    return tuple(found[place] for place in sorted(found) if not _inside(found[place], conflicts))


def _inside(finding: Finding, conflicts: Sequence[Finding]) -> bool:
    if finding.status == "missing":
        # A value in whose place the evidence has another one lacks nothing more, and a second
        # finding would keep the repair from putting that one there.
        place = finding.start, finding.end
        return any((o.start, o.end) == place and find_kind(o.kind).vetoes for o in conflicts)
    if finding.status != "conflict":
        return False
    size, vetoes = finding.end - finding.start, find_kind(finding.kind).vetoes
    return any(
        other.start <= finding.start and finding.end <= other.end
        for other in conflicts
        # What decides nothing by itself must not hide what does.
        if other.end - other.start > size and (find_kind(other.kind).vetoes or not vetoes)
    )


def _cut(text: str, start: int, end: int, limit: int, scorer: PairScorer) -> list[tuple[int, int]]:
    """Cuts a claim that is too long for the model at white space; offsets of the pieces."""
    while start < end and text[start] == " ":
        start += 1
    while end > start and text[end - 1] == " ":
        end -= 1
    if start == end:
        return []
    if end - start < 2 or len(scorer.tokens([text[start:end]])[0]) <= limit:
        return [(start, end)]
    middle = (start + end) // 2
    cut = text.rfind(" ", start + 1, middle + 1)
    cut = middle if cut <= start else cut
    return _cut(text, start, cut, limit, scorer) + _cut(text, cut, end, limit, scorer)
