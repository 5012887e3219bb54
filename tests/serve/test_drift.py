"""Drift of what the server checks, against an audit of earlier answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audit_page_cases import records, write_audit
from groundwire.audit.figures.drift import Watch, read_stream
from groundwire.errors import InputError
from groundwire.serve.drift import open_watch
from server_cases import MANUAL, open_client
from upstream_cases import OTHER, WRONG, open_upstream

NAME = "groundwire_drift_evidence"


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_audit(tmp_path_factory.mktemp("audit"), list(records(80)))


async def read_evidence(client: Any) -> float:
    lines = (await client.get("/metrics")).text.split("\n")
    return float(next(line.split()[1] for line in lines if line.startswith(f"{NAME} ")))


async def test_answers_unlike_those_before_raise_an_alarm(audit: Path) -> None:
    async with open_client({"drift_from": audit}) as client:
        assert await read_evidence(client) == 1.0
        item = {"answer": f"{OTHER} {WRONG}", "evidence": [MANUAL]}
        for _ in range(2):
            response = await client.post("/v1/check/batch", json={"items": [item] * 60})
            assert response.status_code == 200
        assert await read_evidence(client) > 20


async def test_choices_of_one_answer_and_fields_are_no_drift(audit: Path) -> None:
    async with open_upstream() as upstream:
        flags = {"drift_from": audit, "upstream": upstream.url}
        async with open_client(flags) as client:
            told = {"evidence": [MANUAL]}
            asked = {"model": "m", "messages": [{"role": "user", "content": "?"}], "n": 30}
            upstream.say(*[f"{OTHER} {WRONG}"] * 30)
            body = {**asked, "x-groundwire": told}
            assert (await client.post("/v1/chat/completions", json=body)).status_code == 200
            after_one = await read_evidence(client)
            upstream.say(*['{"warranty": "24 months"}'] * 30)
            body["response_format"] = {"type": "json_object"}
            assert (await client.post("/v1/chat/completions", json=body)).status_code == 200
            assert await read_evidence(client) == after_one < 2


async def test_each_answer_counts_whole_streamed_or_of_a_batch(audit: Path, tmp_path: Path) -> None:
    answer = f"{OTHER} {WRONG}"
    (tmp_path / "manual.txt").write_text(MANUAL)
    async with open_upstream() as upstream:
        upstream.stream(answer)
        flags = {"drift_from": audit, "upstream": upstream.url, "evidence": (tmp_path,)}
        async with open_client(flags) as client:
            asked = {"model": "m", "messages": [{"role": "user", "content": "?"}], "stream": True}
            for _ in range(60):
                await client.post("/v1/chat/completions", json=asked)
            streamed = await read_evidence(client)
        async with open_client(flags) as client:
            for _ in range(2):
                await client.post("/v1/check/batch", json={"items": [{"answer": answer}] * 60})
            checked = await read_evidence(client)
    assert streamed > 20 and checked > 20


async def test_without_an_audit_there_is_no_evidence() -> None:
    async with open_client() as client:
        await client.post("/v1/check", json={"answer": OTHER, "evidence": [MANUAL]})
        assert await read_evidence(client) == 0.0


def test_the_watch_is_the_one_of_the_audit(audit: Path) -> None:
    assert open_watch(audit).evidence == Watch(read_stream(audit)).evidence == 1.0


def test_what_is_no_audit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        open_watch(tmp_path)
    few = write_audit(tmp_path / "few", list(records(5)))
    with pytest.raises(InputError, match="too few"):
        open_watch(few)
