"""Settings that all tests share: no network, and property tests without time limits."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

# `--hypothesis-profile=deep` searches further, and each time elsewhere.
settings.register_profile(
    "quick",
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "deep", settings.get_profile("quick"), max_examples=1000, derandomize=False
)
settings.load_profile("quick")


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Makes every connection that leaves the machine an error."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            refuse(address)
        connect(self, address)

    def refuse(address: Any) -> NoReturn:
        raise AssertionError(f"a test reached for the network: {address!r}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield
