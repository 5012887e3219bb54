from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.errors import InputError
from groundwire.serve.keys import hash_key, read_keys
from groundwire.serve.limits import Limit, Limits
from groundwire.serve.litellm import ROUTE
from groundwire.serve.problems import Problem
from groundwire.serve.settings import check_settings, load_settings
from server_cases import KEY, MANUAL, GateVerifier, open_client

OTHER = "another-key-of-length"
BODY = {"answer": "The warranty lasts 24 months.", "evidence": [MANUAL]}


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


@given(st.integers(1, 7), st.lists(st.floats(0, 40), max_size=40))
def test_a_minute_holds_what_it_may_and_the_wait_that_is_told_is_enough(
    rate: int, pauses: list[float]
) -> None:
    clock = [100.0]
    limits = Limits(Limit(rate), now=lambda: clock[0])
    passed: list[float] = []
    for pause in pauses:
        clock[0] += pause
        try:
            with limits.hold("a"):
                passed.append(clock[0])
        except Problem as problem:
            assert problem.status == 429
            clock[0] += int(problem.headers["Retry-After"])
            with limits.hold("a"):
                passed.append(clock[0])
        with limits.hold("somebody else"):
            clock[0] += 60.0 / rate
    for i, begun in enumerate(passed):
        # All of a minute at once, and what came back since.
        assert sum(t <= begun + 60 for t in passed[i:]) <= 2 * rate + 1


def test_a_whole_minute_may_come_at_once() -> None:
    clock = [0.0]
    refused: list[str] = []
    limits = Limits(Limit(3), refuse=refused.append, now=lambda: clock[0])
    for _ in range(3):
        with limits.hold("a"):
            pass
    with pytest.raises(Problem) as caught, limits.hold("a"):
        pass
    assert caught.value.headers["Retry-After"] == "20" and refused == ["rate"]
    clock[0] = 20.0
    with limits.hold("a"):
        pass


def test_a_place_is_free_again_when_a_request_ends_or_fails() -> None:
    limits = Limits(Limit(None, 1), {"b": Limit(None, 2)})
    for _ in range(2):
        with pytest.raises(RuntimeError), limits.hold("a"):
            with pytest.raises(Problem, match="1 at once"), limits.hold("a"):
                pass
            raise RuntimeError
    with limits.hold("b"), limits.hold("b"), pytest.raises(Problem), limits.hold("b"):
        pass


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.toml"
    path.write_text(
        f'[[keys]]\nname = "shop"\nkey = "{hash_key(KEY)}"\nrequests_per_minute = 1\n'
        f'[[keys]]\nkey = "{hash_key(OTHER)}"\nconcurrent_requests = 1\n'
    )
    return path


def test_a_file_names_keys_and_their_limits(keys_file: Path) -> None:
    own = read_keys(keys_file, Limit(60, 9))
    assert own == {hash_key(KEY): Limit(1, 9), hash_key(OTHER): Limit(60, 1)}
    third = "a-third-key-of-length"
    settings = load_settings({"keys_file": keys_file, "keys": third, "host": "0.0.0.0"})
    assert settings.keys == (hash_key(third), *own)
    holds, lines = check_settings({"keys_file": keys_file})
    assert holds and f"holds  keys = 2 hashed ({keys_file})" in lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no file of keys"),
        ("port = 1", "no file of keys"),
        ("[[keys]]\nname = 'a'", "key 1: has no key"),
        ("[[keys]]\nkey = 'short-secret'", "key 1: a key has 12"),
        (f"[[keys]]\nkey = '{KEY}'\nrpm = 1", "'rpm' is unknown"),
        (f"[[keys]]\nkey = '{KEY}'\nrequests_per_minute = 0", "requests_per_minute is 0"),
        (f"[[keys]]\nkey = '{KEY}'\nconcurrent_requests = true", "concurrent_requests is True"),
        (f"[[keys]]\nkey = '{KEY}'\n[[keys]]\nkey = '{KEY}'", "key 2: stands there twice"),
    ],
)
def test_a_file_that_is_wrong_is_told_without_its_keys(
    text: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        load_settings({"keys_file": path})
    assert str(path) in str(caught.value)
    assert KEY not in str(caught.value) and "short-secret" not in str(caught.value)


async def test_each_key_has_its_own_limit_and_the_route_its_envelope(keys_file: Path) -> None:
    async with open_client({"keys_file": keys_file}) as client:
        assert (await client.post("/v1/check", json=BODY, headers=bearer(KEY))).status_code == 200
        refused = await client.post("/v1/check", json=BODY, headers=bearer(KEY))
        chat = await client.post("/v1/chat/completions", json={}, headers=bearer(KEY))
        guardrail = await client.post(ROUTE, json={}, headers=bearer(KEY))
        others = await client.post("/v1/check", json=BODY, headers=bearer(OTHER))
        metrics = await client.get("/metrics", headers=bearer(KEY))
    assert refused.status_code == chat.status_code == guardrail.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == chat.json()["error"]["code"] == "rate_limit_exceeded"
    assert int(refused.headers["retry-after"]) in range(1, 61)
    assert "retry-after" in chat.headers
    assert others.status_code == 200
    assert 'groundwire_refused_total{reason="rate"} 3.0' in metrics.text
    assert KEY not in json.dumps([refused.text, chat.text, metrics.text])


async def test_at_once_counts_what_runs(keys_file: Path) -> None:
    verifier = GateVerifier()
    flags = {"keys_file": keys_file, "cache_claims": 0}
    async with open_client(flags, verifier=verifier) as client:
        first = asyncio.create_task(client.post("/v1/check", json=BODY, headers=bearer(OTHER)))
        await asyncio.to_thread(verifier.entered.wait, 60)
        while "queue_depth 1.0" not in (await client.get("/metrics", headers=bearer(KEY))).text:
            await asyncio.sleep(0)
        refused = await client.post("/v1/check", json=BODY, headers=bearer(OTHER))
        verifier.gate.set()
        assert refused.status_code == 429 and refused.headers["retry-after"] == "1"
        assert (await first).status_code == 200
        again = await client.post("/v1/check", json=BODY, headers=bearer(OTHER))
    assert again.status_code == 200


async def test_a_flood_of_one_key_does_not_keep_another_out() -> None:
    verifier = GateVerifier()
    flags = {"keys": f"{KEY},{OTHER}", "workers": 1, "queue": 2}
    async with open_client(flags, verifier=verifier) as client:
        flood = [
            asyncio.create_task(client.post("/v1/check", json=BODY, headers=bearer(KEY)))
            for _ in range(3)
        ]
        while "queue_depth 3.0" not in (await client.get("/metrics", headers=bearer(KEY))).text:
            await asyncio.sleep(0)
        other = asyncio.create_task(client.post("/v1/check", json=BODY, headers=bearer(OTHER)))
        refused = await flood[2]
        verifier.gate.set()
        assert refused.status_code == 503 and refused.headers["retry-after"] == "1"
        assert [(await task).status_code for task in (*flood[:2], other)] == [200] * 3
