"""The server against its own description: requests that schemathesis makes of it, good and bad."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from groundwire.serve.app import make_app
from groundwire.serve.settings import load_settings
from groundwire.testing import FakeVerifier
from upstream_cases import RIGHT, ScriptedUpstream, run_server

NOT_NOW = (502, 503, 504)
"""What the server says where the upstream, or the time that is left, is at fault."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server with an upstream that answers every request alike, in a thread of their own."""
    found: list[str] = []
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        upstream = ScriptedUpstream()
        upstream.say(RIGHT)
        async with run_server(upstream) as below:
            app = make_app(load_settings({"upstream": below}), verifier=FakeVerifier())
            async with run_server(app) as url:
                found.append(url)
                ready.set()
                await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(60)
    yield found[0]
    over.set()
    thread.join()


schema = schemathesis.openapi.from_dict(
    make_app(load_settings({}), verifier=FakeVerifier()).openapi()
)


@schema.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_described_is_what_happens(case: Any, address: str) -> None:
    response = case.call(base_url=address)
    if response.status_code not in NOT_NOW:
        case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])
    if response.status_code >= 400:
        told = json.loads(response.content)
        error = told.get("error")
        assert told.get("detail") or (isinstance(error, dict) and error.get("message"))
