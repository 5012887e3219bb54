"""Traces of the server, recorded by OpenTelemetry's own SDK."""

from __future__ import annotations

import time
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from groundwire.serve import tracing, voices
from server_cases import MANUAL, open_client
from upstream_cases import RIGHT, WRONG, open_upstream

TRACE = "0af7651916cd43dd8448eb211c80319c"
HEADERS = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
QUESTION = {"role": "user", "content": "How long is the warranty?"}


class Recorder:
    """What was recorded."""

    def __init__(self) -> None:
        exporter: Any = InMemoryLogRecordExporter
        self.spans, self.logs = InMemorySpanExporter(), exporter()
        self.tracers, self.loggers = TracerProvider(), LoggerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.spans))
        self.loggers.add_log_record_processor(SimpleLogRecordProcessor(self.logs))

    def find(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans.get_finished_spans() if span.name == name]

    def list_events(self) -> list[Any]:
        return [found.log_record for found in self.logs.get_finished_logs()]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    monkeypatch.setattr(trace, "get_tracer", made.tracers.get_tracer)
    monkeypatch.setattr(tracing, "get_logger", made.loggers.get_logger)
    return made


async def test_a_check_is_a_span_with_its_stages_and_claims(recorder: Recorder) -> None:
    async with open_client() as client:
        body = {"answer": f"{RIGHT} {WRONG}", "evidence": [MANUAL]}
        response = await client.post("/v1/check", json=body, headers=HEADERS)
    report = response.json()
    (span,) = recorder.find("groundwire.check")
    assert span.context is not None and f"{span.context.trace_id:032x}" == TRACE
    assert span.attributes == {"groundwire.action": "rewrite", "groundwire.claims": 2}
    assert span.start_time and span.end_time and span.start_time < span.end_time
    for name in report["timings"]:
        (stage,) = recorder.find(f"groundwire.{name}")
        assert stage.parent is not None and stage.parent.span_id == span.context.span_id
        assert stage.start_time and stage.end_time
        assert span.start_time <= stage.start_time <= stage.end_time
    events = recorder.list_events()
    assert [event.event_name for event in events] == [tracing.EVENT] * 2
    told = [event.attributes["gen_ai.evaluation.score.label"] for event in events]
    assert told == ["supported", "contradicted"]
    scores = [event.attributes["gen_ai.evaluation.score.value"] for event in events]
    assert scores == [verdict["score"] for verdict in report["verdicts"]]
    assert {event.span_id for event in events} == {span.context.span_id}
    recorded = str([s.to_json() for s in recorder.spans.get_finished_spans()]) + str(events)
    assert "kettle" not in recorded and "36" not in str(span.attributes)


async def test_an_answer_that_streams_is_traced_and_its_wait_is_counted(
    recorder: Recorder,
) -> None:
    async with open_upstream() as upstream, open_client({"upstream": upstream.url}) as client:
        upstream.stream(f"{RIGHT} ", WRONG)
        told = {"evidence": [MANUAL]}
        body = {"model": "m", "messages": [QUESTION], "stream": True, "x-groundwire": told}
        await client.post("/v1/chat/completions", json=body, headers=HEADERS)
        metrics = (await client.get("/metrics")).text
    (span,) = recorder.find("groundwire.check")
    assert span.context is not None and f"{span.context.trace_id:032x}" == TRACE
    counted = [line for line in metrics.split("\n") if line.startswith("groundwire_hold_seconds_")]
    (count,) = (line for line in counted if "_count" in line)
    assert float(count.split()[1]) >= 1
    assert "groundwire_fail_open_total{" not in metrics


async def test_an_answer_that_nobody_checked_is_counted_as_open(recorder: Recorder) -> None:
    async with open_upstream() as upstream, open_client({"upstream": upstream.url}) as client:
        for stream in (False, True):
            upstream.stream(WRONG) if stream else upstream.say(WRONG)
            body = {"model": "m", "messages": [QUESTION], "stream": stream}
            await client.post("/v1/chat/completions", json=body)
        metrics = (await client.get("/metrics")).text
    assert 'groundwire_fail_open_total{reason="no evidence"} 2.0' in metrics
    assert not recorder.find("groundwire.check")


async def test_a_stream_that_breaks_off_unchecked_is_counted_as_open() -> None:
    async with open_upstream() as upstream, open_client({"upstream": upstream.url}) as client:
        upstream.stream(WRONG, finish=None)
        body = {"model": "m", "messages": [QUESTION], "stream": True}
        assert WRONG in (await client.post("/v1/chat/completions", json=body)).text
        metrics = (await client.get("/metrics")).text
    assert 'groundwire_fail_open_total{reason="no evidence"} 1.0' in metrics


async def test_a_span_that_is_open_already_stays(recorder: Recorder) -> None:
    tracer = recorder.tracers.get_tracer("outer")
    async with open_client() as client:
        body = {"answer": RIGHT, "evidence": [MANUAL]}
        with tracer.start_as_current_span("request"):
            await client.post("/v1/check", json=body, headers=HEADERS)
    (outer,), (span,) = recorder.find("request"), recorder.find("groundwire.check")
    assert span.parent is not None and outer.context is not None
    assert span.parent.span_id == outer.context.span_id


def test_a_wait_is_that_of_the_oldest_character(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    wait = voices._Wait()
    wait.hear(0)  # "It is red. The warranty" at 0, " lasts." at 2
    wait.look(10)
    now = 0.5
    assert wait.release() == 0.5
    now = 2.0
    wait.hear(23)
    wait.look(20)
    assert wait.release() == 2.0
    wait.hear(30)
    wait.look(10)
    wait.drop()  # of this nothing is shown
    now = 5.0
    wait.hear(40)
    wait.look(10)
    now = 5.5
    assert wait.release() == 0.5
