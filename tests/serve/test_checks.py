from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from groundwire.errors import ModelError
from groundwire.guard.guard import Guard
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Evidence, Report, Verdict
from reports import VALIDATOR, same
from server_cases import KEY, MANUAL, GateVerifier, open_client

ANSWER = "The kettle holds 1.7 litres. The warranty lasts 36 months."


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status and body["detail"]
    return body


async def test_a_check_gives_the_report_of_the_guard() -> None:
    async with open_client() as client:
        response = await client.post("/v1/check", json={"answer": ANSWER, "evidence": [MANUAL]})
    assert response.status_code == 200
    VALIDATOR.validate(response.json())
    report = Report.from_dict(response.json())
    assert same(report) == same(Guard(verifier=FakeVerifier()).check(ANSWER, [MANUAL]))


async def test_a_client_that_sends_a_path_warns_nobody(recwarn: pytest.WarningsRecorder) -> None:
    async with open_client() as client:
        given = {"answer": ANSWER, "evidence": ["docs/manual.md"]}
        response = await client.post("/v1/check", json=given)
    assert response.json()["decision"]["action"] == "block"
    assert not [warning for warning in recwarn if "load_documents" in str(warning.message)]


async def test_the_embedded_verifier_checks() -> None:
    async with open_client(verifier=None) as client:
        response = await client.post("/v1/check", json={"answer": ANSWER, "evidence": [MANUAL]})
        for _ in range(600):
            ready = await client.get("/readyz")
            if ready.status_code == 200:
                break
            await asyncio.sleep(0.1)
    assert ready.json() == {"status": "ready", "evidence": "none"}
    report = Report.from_dict(response.json())
    assert [verdict.label for verdict in report.verdicts] == ["supported", "contradicted"]
    assert report.text == MANUAL


async def test_a_batch_gives_a_report_for_each() -> None:
    items = [
        {"answer": ANSWER, "evidence": [MANUAL]},
        {"answer": "Hello!", "question": None},
        {"answer": "The warranty lasts 24 months.", "evidence": []},
    ]
    async with open_client() as client:
        response = await client.post("/v1/check/batch", json={"items": items})
        many = await client.post("/v1/check/batch", json={"items": items * 30})
    reports = [Report.from_dict(item) for item in response.json()["reports"]]
    assert [report.decision.action for report in reports] == ["rewrite", "pass", "block"]
    assert "90 items" in problem(many, 422)["detail"]


class NotingVerifier(FakeVerifier):
    def __init__(self) -> None:
        self.asked: list[str | None] = []

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        self.asked += [claim.context.question for claim in claims]
        return super().verify(claims, evidence)


async def test_the_conversation_before_completes_the_question() -> None:
    body = {
        "answer": "At ten.",
        "question": "And on Sundays?",
        "history": [
            {"role": "user", "content": "When do you open on Mondays?"},
            {"role": "assistant", "content": "At nine."},
        ],
        "evidence": [MANUAL],
    }
    verifier = NotingVerifier()
    async with open_client(verifier=verifier) as client:
        response = await client.post("/v1/check", json=body)
        wrong = await client.post("/v1/check", json={**body, "history": [{"role": "judge"}]})
    assert Report.from_dict(response.json()).question == "And on Sundays?"
    assert "When do you open on Sundays?" in verifier.asked
    assert "history" in problem(wrong, 422)["detail"]


async def test_files_and_folders_are_evidence(tmp_path: Path) -> None:
    (tmp_path / "manual.md").write_text(MANUAL)
    (tmp_path / "cafe.json").write_text(json.dumps({"name": "Lagoon Cafe"}))
    async with open_client({"evidence": (tmp_path,)}) as client:
        response = await client.post("/v1/check", json={"answer": "The warranty lasts 24 months."})
    report = Report.from_dict(response.json())
    assert report.decision.action == "pass"
    assert report.verdicts[0].quotes[0].source == str(tmp_path / "manual.md")


async def test_the_examples_of_the_description_run() -> None:
    async with open_client() as client:
        described = (await client.get("/openapi.json")).json()
        schemas = described["components"]["schemas"]
        for path in ("/v1/check", "/v1/check/batch"):
            content = described["paths"][path]["post"]["requestBody"]["content"]
            name = content["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
            assert schemas[name]["examples"]
            for example in schemas[name]["examples"]:
                response = await client.post(path, json=example)
                assert response.status_code == 200
                body = response.json()
                for report in body.get("reports", [body]):
                    VALIDATOR.validate(report)
    references = set(json.dumps(described).split('"$ref": "')[1:])
    for reference in references:
        assert reference.split('"')[0].rsplit("/", 1)[1] in schemas


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "JSON"),
        (b"[" * 50_000, 400, "body"),
        (b"{}", 422, "answer"),
        (b'{"answer": "x", "evidense": []}', 422, "evidense"),
        (b'{"answer": " "}', 422, "not empty"),
        (b'{"answer": "x", "evidence": [1]}', 422, "evidence"),
        (b'{"answer": "' + b"Tea is hot. " * 20 + b'", "evidence": ["x"]}', 422, "20 claims"),
        (b'{"answer": "' + b"x" * 2000 + b'"}', 413, "1000 bytes"),
    ],
)
async def test_what_cannot_be_used_is_a_problem(body: bytes, status: int, said: str) -> None:
    flags = {"max_claims": 10, "max_body_bytes": 1000 if status == 413 else 1_000_000}
    async with open_client(flags) as client:
        headers = {"content-type": "application/json"}
        response = await client.post("/v1/check", content=body, headers=headers)
    assert said in problem(response, status)["detail"]


async def test_odd_text_comes_back_as_it_was() -> None:
    body = '{"answer": "A lone \\ud800 surrogate \\u0000.", "evidence": ["\\ud800"]}'
    async with open_client() as client:
        headers = {"content-type": "application/json"}
        response = await client.post("/v1/check", content=body, headers=headers)
    assert response.json()["answer"] == "A lone \ud800 surrogate \0."


async def test_keys() -> None:
    async with open_client({"keys": KEY, "host": "0.0.0.0"}) as client:
        for headers in ({}, {"authorization": f"Bearer {KEY}x"}, {"x-api-key": "x" * 20}):
            refused = await client.get("/metrics", headers=headers)
            assert problem(refused, 401)["code"] == "invalid_api_key"
            assert refused.headers["www-authenticate"] == "Bearer"
        for headers in ({"authorization": f"bearer {KEY}"}, {"x-api-key": KEY}):
            assert (await client.get("/metrics", headers=headers)).status_code == 200
        assert (await client.get("/healthz")).json() == {"status": "ok"}


async def test_other_names_of_this_machine_are_refused_without_keys() -> None:
    async with open_client() as client:
        for host in ("localhost:80", "127.0.0.1", "[::1]:8080"):
            assert (await client.get("/healthz", headers={"host": host})).status_code == 200
        problem(await client.get("/healthz", headers={"host": "rebound.example"}), 421)


async def test_a_request_has_an_id() -> None:
    async with open_client() as client:
        kept = await client.get("/healthz", headers={"x-request-id": "abc-1"})
        made = await client.get("/healthz", headers={"x-request-id": "a b"})
    assert kept.headers["x-request-id"] == "abc-1"
    assert len(made.headers["x-request-id"]) == 32


async def test_unknown_routes_are_told() -> None:
    async with open_client() as client:
        other = await client.post("/v1/embeddings", json={})
        assert other.status_code == 404 and "/v1/check" in other.json()["error"]["message"]
        assert "/v1/check" in problem(await client.get("/nowhere"), 404)["detail"]
        problem(await client.get("/v1/check"), 405)


async def test_overload_is_refused_at_once_and_is_no_pass() -> None:
    verifier = GateVerifier()
    body = {"answer": ANSWER, "evidence": [MANUAL]}
    async with open_client({"workers": 1, "queue": 0}, verifier=verifier) as client:
        first = asyncio.create_task(client.post("/v1/check", json=body))
        await asyncio.to_thread(verifier.entered.wait, 60)
        while "queue_depth 1.0" not in (await client.get("/metrics")).text:
            await asyncio.sleep(0)
        refused = await client.post("/v1/check", json=body)
        assert problem(refused, 503)["code"] == "overloaded"
        assert refused.headers["retry-after"] == "1"
        verifier.gate.set()
        assert (await first).status_code == 200
        assert 'groundwire_refused_total{reason="queue"} 1.0' in (await client.get("/metrics")).text


async def test_a_check_that_takes_too_long_keeps_its_room() -> None:
    verifier = GateVerifier()
    body = {"answer": ANSWER, "evidence": [MANUAL]}
    flags = {"workers": 1, "queue": 0, "check_seconds": 0.01}
    async with open_client(flags, verifier=verifier) as client:
        late = await client.post("/v1/check", json=body)
        assert problem(late, 504)["code"] == "timeout"
        problem(await client.post("/v1/check", json=body), 503)
        verifier.gate.set()
        while "queue_depth 0.0" not in (await client.get("/metrics")).text:
            await asyncio.sleep(0.01)


async def test_a_model_that_fails_is_seen_and_tried_again() -> None:
    class Missing(FakeVerifier):
        there = False

        def verify(self, *args: Any) -> Any:
            if not self.there:
                raise ModelError("the model is gone: fetch it")
            return super().verify(*args)

    verifier = Missing()
    body = {"answer": ANSWER, "evidence": [MANUAL]}
    async with open_client(verifier=verifier) as client:
        assert "gone" in problem(await client.post("/v1/check", json=body), 503)["detail"]
        while "gone" not in (await client.get("/readyz")).text:
            await asyncio.sleep(0.01)
        verifier.there = True
        while (await client.get("/readyz")).status_code == 503:
            await asyncio.sleep(0.01)
        assert (await client.post("/v1/check", json=body)).status_code == 200


async def test_metrics_count_claims_answers_and_reasons() -> None:
    async with open_client() as client:
        await client.post("/v1/check", json={"answer": ANSWER, "evidence": [MANUAL]})
        await client.post("/v1/check", json={"answer": ANSWER})
        text = (await client.get("/metrics")).text
    for line in (
        'groundwire_claims_total{label="supported"} 1.0',
        'groundwire_claims_total{label="contradicted"} 1.0',
        'groundwire_claims_total{label="unchecked"} 2.0',
        'groundwire_answers_total{action="rewrite"} 1.0',
        'groundwire_answers_total{action="block"} 1.0',
        'groundwire_unchecked_total{reason="no evidence was found for it"} 2.0',
        'groundwire_stage_seconds_count{stage="verify"} 2.0',
    ):
        assert line in text
