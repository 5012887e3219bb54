"""Turn of a conversation under guard: what its answer is checked against, and what came of it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from groundwire.guard.fields import (
    find_contradiction,
    has_false_value,
    parse_json,
    replace_texts,
    yield_leaf_texts,
    yield_sentences,
)
from groundwire.protocols import Retriever
from groundwire.serve.conversation import Conversation, find_evidence
from groundwire.serve.engine import Engine
from groundwire.serve.extension import (
    ACTION,
    CHECKED,
    EXCLUDED,
    FIELD,
    describe_ignored,
    describe_origins,
    describe_report,
    describe_unchecked,
)
from groundwire.serve.settings import Settings
from groundwire.types import Action, Report

Mode: TypeAlias = Literal["check", "fields", "pass", "label", "block", "exclude"]
"""How an answer is treated: its text or its fields are checked, there is no evidence for it (and
what is done then), or a rule of the settings excludes it."""

ACTIONS: tuple[Action, ...] = ("pass", "rewrite", "block")
BROKEN_FIELDS = "A value in a field does not hold."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one text of an answer.

    Attributes:
        action: what was done with it.
        text: what may be shown.
        told: what a client is told of it; None where it is told nothing.
    """

    action: Action
    text: str
    told: dict[str, Any] | None


@dataclass(slots=True)
class Turn:
    """One request under guard.

    Attributes:
        engine: what checks.
        conversation: the question, what was said before, and the evidence in it.
        fields: whether the answer is JSON, as the request asked for it.
        excluded: the rule of the settings that excludes the answer from the guard.
        evidence: where claims are looked up.
        found: what the upstream itself looked up for the answer.
        watched: whether an answer of it has told of drift.
    """

    engine: Engine
    conversation: Conversation
    fields: bool
    excluded: str | None
    evidence: Retriever | None = None
    found: Sequence[tuple[str, Any]] = ()
    watched: bool = False

    async def open_evidence(self) -> None:
        """Opens the evidence.

        Raises:
            InputError: if some of it cannot be read.
        """
        own, said = self.engine.guard.retriever, self.conversation
        said = replace(said, evidence=(*said.evidence, *self.found))
        self.evidence = await asyncio.to_thread(said.open_evidence, own)

    async def hear_results(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Takes what the upstream itself looked up: results of its tools count as all others do.

        Args:
            messages: all that it told of its tools for this answer so far.
        """
        found = await asyncio.to_thread(find_evidence, messages, self.engine.settings)
        if len(found) != len(self.found):
            self.found = found
            await self.open_evidence()

    @property
    def mode(self) -> Mode:
        """How the answer is treated."""
        if self.excluded is not None:
            return "exclude"
        if self.evidence is None:
            return self.engine.settings.on_no_evidence
        return "fields" if self.fields else "check"

    @property
    def holds(self) -> bool:
        """Whether the text of the answer waits here, and does not go on as it comes."""
        return self.mode in ("check", "fields", "block")

    @property
    def headers(self) -> dict[str, str]:
        """What is known of the check before the answer."""
        if self.mode == "pass":
            return {}
        if self.excluded is not None:
            return {CHECKED: "false", EXCLUDED: self.excluded}
        told = {CHECKED: "true" if self.mode in ("check", "fields") else "false"}
        origins = self.conversation.list_origins(self.engine.guard.retriever)
        more = ("tools",) if self.found and "tools" not in origins else ()
        return told | describe_origins((*origins, *more) if self.evidence is not None else ())

    def describe(self, name: str, told: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Returns the field that tells a client of the check, where it is told.

        Args:
            name: of the list in it.
            told: an entry for each text.
        """
        if not told or self.engine.settings.verdicts == "none":
            return {}
        return {FIELD: {name: list(told), **describe_ignored(self.conversation.ignored)}}

    async def judge(self, texts: Sequence[str]) -> list[Outcome]:
        """Returns what comes of the texts of a whole answer.

        Raises:
            Problem: as ``Engine.check``.
            GroundwireError: as ``Engine.check``.
        """
        if self.mode == "check":
            reports = await self._check(texts)
            return [
                Outcome(report.decision.action, report.text, describe_report(report))
                for report in reports
            ]
        if self.mode == "fields":
            return [await self._judge_fields(text) for text in texts]
        return [self.judge_unseen(text) for text in texts]

    def judge_unseen(self, text: str) -> Outcome:
        """Returns what comes of a text that is not checked."""
        metrics, mode = self.engine.metrics, self.mode
        if mode == "exclude":
            metrics.add_exclusion(str(self.excluded))
        else:
            metrics.add_unevidenced(mode)
        if mode != "block":
            metrics.add_open("excluded" if mode == "exclude" else "no evidence")
        told = describe_unchecked(mode, self.excluded) if mode != "pass" else None
        if mode == "block":
            return Outcome("block", self._say_blocked(text), told)
        return Outcome("pass", text, told)

    async def _check(self, texts: Sequence[str], counts: bool = True) -> list[Report]:
        many = len(texts)
        return await self.engine.check(
            texts, [self.evidence] * many, [self.conversation.question] * many,
            [self.conversation.history] * many, counts, choices=True,
        )  # fmt: skip

    async def _judge_fields(self, text: str) -> Outcome:
        """Checks the fields of a JSON answer: sentences are repaired, a false value blocks all."""
        data = parse_json(text)
        sentences = list(dict.fromkeys(yield_sentences(data)))
        leaves = [] if data is None else list(dict.fromkeys(yield_leaf_texts(data)))
        # What is no JSON, though it was asked for, is read as any other text.
        texts = [text] if data is None else [*sentences, *leaves]
        reports = await self._check(texts, counts=False) if texts else []
        if data is None:
            action, shown = reports[0].decision.action, reports[0].text
            reason = reports[0].decision.reason
        else:
            action, reason = _judge_reports(data, reports, len(sentences))
            put = {r.answer: r.text for r in reports[: len(sentences)]}
            shown = text if action == "pass" else json.dumps(replace_texts(data, put))
        self.engine.count(reports, action)
        labels = Counter(verdict.label for report in reports for verdict in report.verdicts)
        told = {
            "checked": True, "action": action, "reason": reason,
            "labels": dict(sorted(labels.items())),
        }  # fmt: skip
        return Outcome(action, shown if action != "block" else self._say_blocked(text), told)

    def _say_blocked(self, text: str) -> str:
        return self.engine.guard.choose_blocked_message(self.conversation.question, text)


def _judge_reports(data: Any, reports: Sequence[Report], sentences: int) -> tuple[Action, str]:
    """What is done with fields: no value is named, for what is told holds no false word."""
    bad = [report for report in reports if report.decision.action != "pass"]
    false = any(r in bad and has_false_value(r) for r in reports[sentences:])
    blocked = any(r.decision.action == "block" for r in reports[:sentences])
    if false or blocked or find_contradiction(data, [r for r in reports[:sentences] if r in bad]):
        return "block", BROKEN_FIELDS
    if any(r in bad for r in reports[:sentences]):
        return "rewrite", "A sentence in a field was repaired."
    return "pass", "Every field that states something may pass."


def describe_answer(outcomes: Sequence[Outcome], turn: Turn) -> dict[str, str]:
    """Returns the headers of a whole answer."""
    headers = turn.headers
    if outcomes and headers:
        headers[ACTION] = max((outcome.action for outcome in outcomes), key=ACTIONS.index)
    return headers if outcomes else {}


def find_exclusion(
    settings: Settings,
    headers: Mapping[str, str],
    body: Mapping[str, Any],
    question: str | None,
    fields: bool,
) -> str | None:
    """Returns the rule of the settings that excludes an answer from the guard, if one does.

    Chat interfaces ask the same model for titles, tags and suggestions. Nothing in these requests
    says so, so that only a rule that was set tells them from a reader's question.
    """
    if any(name in headers for name in settings.exclude_headers):
        return "header"
    if body.get("model") in settings.exclude_models:
        return "model"
    opening = " ".join((question or "").split())
    if any(opening.startswith(" ".join(m.split())) for m in settings.exclude_markers):
        return "marker"
    if fields and settings.json_answers == "exclude":
        return "json"
    return None
