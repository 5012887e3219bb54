"""Routes of the proxy: those that are guarded, and what is said of all others."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from groundwire.serve.app import make_app
from groundwire.serve.settings import load_settings
from groundwire.testing import FakeVerifier
from server_cases import KEY, open_client
from upstream_cases import open_upstream, run_server


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/completions", 404),
        ("POST", "/v1/embeddings", 404),
        ("GET", "/v1/responses/resp_1", 404),
        ("POST", "/v1/responses/resp_1/cancel", 404),
        ("GET", "/v1/responses", 405),
        ("GET", "/v1/chat/completions", 405),
    ],
)
async def test_what_is_not_guarded_is_not_handed_on(method: str, path: str, status: int) -> None:
    async with open_client({"upstream": "http://127.0.0.1:1"}) as client:
        response = await client.request(method, path)
    assert response.status_code == status
    error = response.json()["error"]
    assert error["code"] == "unknown_route" and error["type"] == "invalid_request_error"
    assert f"{method} {path} is not guarded" in error["message"]
    assert "POST /v1/responses" in error["message"]


async def test_routes_of_anthropic_err_in_its_envelope() -> None:
    async with open_client({"upstream": "http://127.0.0.1:1"}) as client:
        response = await client.post("/v1/messages/batches", json={})
    assert response.status_code == 404
    assert response.json()["type"] == "error"
    assert response.json()["error"]["type"] == "not_found_error"


async def test_health_needs_no_key() -> None:
    async with open_client({"keys": KEY}) as client:
        for path in ("/health", "/healthz"):
            assert (await client.get(path)).json() == {"status": "ok"}
        assert (await client.get("/healthy")).status_code == 401


@pytest.mark.parametrize("asked", ["", "?limit=2&after_id=m%2F1"])
async def test_the_list_of_models_is_asked_for_as_it_was(asked: str) -> None:
    async with open_upstream() as upstream:
        queries: list[bytes] = []

        async def listen(scope: Any, receive: Any, send: Any) -> None:
            queries.append(scope["query_string"])
            await upstream(scope, receive, send)

        upstream.tell({"data": []})
        async with run_server(listen) as url, open_client({"upstream": url}) as heard:
            assert (await heard.get(f"/v1/models{asked}")).json() == {"data": []}
        assert queries == [asked[1:].encode()]


async def test_every_guarded_route_is_described() -> None:
    async with open_client() as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    for name in ("chat/completions", "responses", "messages"):
        content = paths[f"/v1/{name}"]["post"]["requestBody"]["content"]
        (example,) = content["application/json"]["schema"]["examples"]
        assert example["x-groundwire"]["evidence"]


@pytest.mark.parametrize("tells", [True, False])
async def test_websockets_are_refused(tells: bool) -> None:
    app = make_app(load_settings({}), verifier=FakeVerifier())
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    extensions: dict[str, Any] = {"websocket.http.response": {}} if tells else {}
    scope = {"type": "websocket", "path": "/v1/responses", "headers": [], "extensions": extensions}
    await app(scope, receive, send)
    if tells:
        assert sent[0]["type"] == "websocket.http.response.start" and sent[0]["status"] == 404
        assert b"websockets are not guarded" in sent[1]["body"]
    else:
        assert sent[0]["type"] == "websocket.close" and "not guarded" in sent[0]["reason"]


@pytest.mark.parametrize(
    "name", ["../responses/resp_1", "x/../../../admin", "..%2f..%2fadmin", "%2e%2e/files", "..%5cx"]
)
async def test_no_name_of_a_model_leads_to_another_route(name: str) -> None:
    app = make_app(load_settings({"upstream": "http://127.0.0.1:1"}), verifier=FakeVerifier())
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    # A client of HTTP would tidy the path before it is sent; a socket sends it as it is.
    path = f"/v1/models/{unquote(name)}"
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "headers": [],
        "query_string": b"", "root_path": "", "scheme": "http", "server": ("localhost", 80),
        "http_version": "1.1",
    }  # fmt: skip
    await app(scope, receive, send)
    assert sent[0]["status"] == 404 and b"no name of a model" in sent[1]["body"]


async def test_a_name_of_a_model_is_handed_on_as_it_is() -> None:
    async with open_upstream() as upstream:
        upstream.tell({"id": "m"})
        async with open_client({"upstream": f"{upstream.url}/v1"}) as client:
            for name in ("org/model:free", "odd%3Fname"):
                assert (await client.get(f"/v1/models/{name}")).json() == {"id": "m"}
    assert [request["path"] for request in upstream.requests] == [
        "/v1/models/org/model:free", "/v1/models/odd?name",
    ]  # fmt: skip
