"""Traces of the server: a span for each check and its stages, an event for each claim.

They go where the process sends its telemetry (``opentelemetry-instrument groundwire serve``, or an
SDK that the application set up); without one nothing is recorded. No text is part of them: neither
of an answer, nor of a question or of evidence.

The events are ``gen_ai.evaluation.result`` of OpenTelemetry's conventions for generative AI, which
has no convention for guardrails yet, so the names of the spans are our own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry._logs import get_logger
from opentelemetry.propagate import extract

from groundwire._version import __version__
from groundwire.types import Report

NAME = "groundwire"
EVENT = "gen_ai.evaluation.result"
METRIC = "groundedness"
_SECOND = 1_000_000_000


@contextmanager
def join_trace(headers: Mapping[str, str]) -> Iterator[None]:
    """Makes what a request does part of the trace that its headers name (W3C trace context).

    Where a span is open already, as an instrumentation of the server's framework opens one for each
    request, that span stays.
    """
    if trace.get_current_span().get_span_context().is_valid:
        yield
        return
    token = context.attach(extract(headers, context.get_current()))
    try:
        yield
    finally:
        context.detach(token)


def publish_reports(reports: Sequence[Report], action: str) -> None:
    """Records one checked answer that ended now; of one in fields each has a report.

    Args:
        reports: what was found out.
        action: what was done with the answer.
    """
    tracer, end = trace.get_tracer(NAME, __version__), time.time_ns()
    stages = [(name, spent) for report in reports for name, spent in report.timings.items()]
    begun = end - round(sum(spent for _, spent in stages) * _SECOND)
    claims = [verdict for report in reports for verdict in report.verdicts]
    span = tracer.start_span(
        "groundwire.check",
        start_time=begun,
        attributes={"groundwire.action": action, "groundwire.claims": len(claims)},
    )
    with trace.use_span(span, end_on_exit=False):
        for name, spent in stages:
            stage = tracer.start_span(f"groundwire.{name}", start_time=begun)
            begun += round(spent * _SECOND)
            stage.end(begun)
        if span.is_recording():
            logger = get_logger(NAME, __version__)
            for verdict in claims:
                told: dict[str, str | float] = {
                    "gen_ai.evaluation.name": METRIC,
                    "gen_ai.evaluation.score.label": verdict.label,
                }
                if verdict.score is not None:
                    told["gen_ai.evaluation.score.value"] = verdict.score
                logger.emit(timestamp=end, event_name=EVENT, attributes=told)
    span.end(end)
