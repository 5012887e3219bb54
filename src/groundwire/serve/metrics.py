"""Metrics of the server, as Prometheus reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from groundwire.evidence.transcripts import Ignored
from groundwire.types import Report

if TYPE_CHECKING:
    from groundwire.audit.figures.drift import Watch

REASONS = 24
"""Reasons that are told apart; a reason that comes later is counted as ``other``."""

SECONDS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

_DETAIL = re.compile(r"\s*(?:[(:;,\"'“]|\S*\d).*", re.DOTALL)


class Metrics:
    """What was counted since the server began; no text of an answer is part of it."""

    def __init__(self, depth: Callable[[], int], watch: Watch | None = None) -> None:
        """Takes what tells how many checks wait or run, and what tells of drift."""
        self._registry = CollectorRegistry()
        self._claims = Counter(
            "groundwire_claims", "Claims, by verdict.", ["label"], registry=self._registry
        )
        self._answers = Counter(
            "groundwire_answers", "Answers, by action.", ["action"], registry=self._registry
        )
        self._unchecked = Counter(
            "groundwire_unchecked",
            "Claims that could not be checked.",
            ["reason"],
            registry=self._registry,
        )
        self._stages = Histogram(
            "groundwire_stage_seconds",
            "Seconds of a stage.",
            ["stage"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._holds = Histogram(
            "groundwire_hold_seconds",
            "Seconds from when a model said what streams to when it was shown.",
            buckets=SECONDS,
            registry=self._registry,
        )
        self._open = Counter(
            "groundwire_fail_open",
            "Answers shown although not all of them was checked, as the settings want it.",
            ["reason"],
            registry=self._registry,
        )
        self._no_evidence = Counter(
            "groundwire_no_evidence",
            "Chat answers without evidence.",
            ["outcome"],
            registry=self._registry,
        )
        self._ignored = Counter(
            "groundwire_ignored_evidence",
            "Parts of conversations that look like evidence and are none.",
            ["reason"],
            registry=self._registry,
        )
        self._excluded = Counter(
            "groundwire_excluded",
            "Answers that a rule of the settings excludes.",
            ["rule"],
            registry=self._registry,
        )
        self._refused = Counter(
            "groundwire_refused",
            "Requests that got no verdict.",
            ["reason"],
            registry=self._registry,
        )
        self._cached = Counter(
            "groundwire_cache",
            "Claims whose verdict was kept (hit) or had to be found (miss).",
            ["outcome"],
            registry=self._registry,
        )
        Gauge(
            "groundwire_queue_depth", "Checks that wait or run.", registry=self._registry
        ).set_function(depth)
        Gauge(
            "groundwire_drift_evidence",
            "Evidence that answers left what the audit before was like; 20 is an alarm.",
            registry=self._registry,
        ).set_function(lambda: 0.0 if watch is None else watch.evidence)
        self._reasons: set[str] = set()

    def add_reports(self, reports: Sequence[Report], action: str) -> None:
        """Counts one checked answer; of one in fields each has a report."""
        self._answers.labels(action).inc()
        for verdict in (verdict for report in reports for verdict in report.verdicts):
            self._claims.labels(verdict.label).inc()
            if verdict.label == "unchecked":
                self._unchecked.labels(self._reason(verdict.reason)).inc()
        for stage, seconds in (item for report in reports for item in report.timings.items()):
            self._stages.labels(stage).observe(seconds)
        shown = (verdict for report in reports for verdict in report.text_verdicts)
        if action != "block" and any(verdict.label == "unchecked" for verdict in shown):
            self.add_open("unchecked")

    def add_open(self, reason: str) -> None:
        """Counts an answer that was shown although not all of it was checked."""
        self._open.labels(reason).inc()

    def add_hold(self, seconds: float) -> None:
        """Counts how long a part of an answer that streams was held back."""
        self._holds.observe(seconds)

    def add_unevidenced(self, outcome: str) -> None:
        """Counts a chat answer that there was no evidence for."""
        self._no_evidence.labels(outcome).inc()

    def add_ignored(self, ignored: Iterable[Ignored]) -> None:
        """Counts what looks like evidence and is none; its reasons are a few sentences."""
        for item in ignored:
            self._ignored.labels(item.why).inc()

    def add_exclusion(self, rule: str) -> None:
        """Counts an answer that a rule excludes."""
        self._excluded.labels(rule).inc()

    def add_refusal(self, reason: str) -> None:
        """Counts a request that was turned away or took too long."""
        self._refused.labels(reason).inc()

    def add_cached(self, hits: int, misses: int) -> None:
        """Counts claims that were looked up in the cache; checks call it from their threads."""
        self._cached.labels("hit").inc(hits)
        self._cached.labels("miss").inc(misses)

    def write_text(self) -> bytes:
        """Returns the counts in Prometheus' text form."""
        return generate_latest(self._registry)

    def _reason(self, reason: str) -> str:
        """A reason without its details, so that there are few of them."""
        short = _DETAIL.sub("", reason).strip() or "other"
        if short not in self._reasons and len(self._reasons) >= REASONS:
            return "other"
        self._reasons.add(short)
        return short
