"""What the tests of the server share: the application with a client, and verifiers that wait."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx

from groundwire.serve.app import make_app
from groundwire.serve.settings import load_settings
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Evidence, Verdict

MANUAL = "The kettle holds 1.7 litres. The warranty lasts 24 months."
KEY = "a-key-that-is-long-enough"


class GateVerifier(FakeVerifier):
    """A fake verifier whose calls wait until the gate is opened; it notes how many claims came."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.sizes: list[int] = []

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        self.sizes.append(len(claims))
        self.entered.set()
        assert self.gate.wait(60)
        return super().verify(claims, evidence)


class FailingVerifier(FakeVerifier):
    """A fake verifier that breaks on claims with a certain word."""

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        if any("broken" in claim.text for claim in claims):
            raise RuntimeError("no such word")
        return super().verify(claims, evidence)


@asynccontextmanager
async def open_client(
    flags: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """Gives a client of the application, which runs in this event loop; the verifier is a fake."""
    options.setdefault("verifier", FakeVerifier())
    app = make_app(load_settings(flags or {}), **options)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(cast(Any, app))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client
