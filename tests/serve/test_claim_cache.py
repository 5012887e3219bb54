from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.errors import InputError
from groundwire.serve.claim_cache import CachingVerifier
from groundwire.testing import FakeVerifier, check_verifier
from groundwire.types import Claim, Context, Evidence, Passage, Verdict
from server_cases import MANUAL, FailingVerifier, open_client

TEXTS = (
    "The kettle holds 1.7 litres.",
    "The warranty lasts 36 months.",
    "It is broken.",
    "Odd \ud800.",
)


class CountingVerifier(FakeVerifier):
    """A fake verifier that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.origin: dict[str, str] = {}

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        self.asked += [claim.text for claim in claims]
        return super().verify(claims, evidence)


def claim(text: str, start: int = 0, **options: Any) -> Claim:
    return replace(Claim(text, start, start + len(text)), **options)


def found(*texts: str, source: str = "manual") -> list[Evidence]:
    return [Evidence(Passage(text, source, 0, len(text)), 1.0) for text in texts]


claims = st.builds(
    claim,
    st.sampled_from(TEXTS),
    st.integers(0, 50),
    context=st.builds(Context, st.sampled_from([None, "How long?"])),
    kind=st.sampled_from(["claim", "question"]),
)
scopes = st.sampled_from([[], found(MANUAL), found(MANUAL, source="b"), found("It is broken.")])
calls = st.lists(st.lists(st.tuples(claims, scopes), max_size=6), max_size=6)


@given(calls, st.integers(1, 5))
def test_verdicts_are_those_without_a_cache(
    asked: list[list[tuple[Claim, list[Evidence]]]], most: int
) -> None:
    inner = FakeVerifier()
    cache = CachingVerifier(inner, most)
    for call in asked:
        told = [c for c, _ in call], [e for _, e in call]
        assert cache.verify(*told) == inner.verify(*told)
        assert len(cache) <= most


def test_it_keeps_the_contract_and_refuses_to_keep_nothing() -> None:
    check_verifier(CachingVerifier(FakeVerifier(), 3))
    with pytest.raises(InputError, match="0"):
        CachingVerifier(FakeVerifier(), 0)
    with pytest.raises(InputError, match="1 claims but 0"):
        CachingVerifier(FakeVerifier(), 1).verify([claim("x")], [])


def test_only_what_differs_is_asked_again() -> None:
    inner = CountingVerifier()
    counts: list[tuple[int, int]] = []
    cache = CachingVerifier(inner, 9, lambda *told: counts.append(told))
    text = TEXTS[1]
    first = cache.verify([claim(text), claim(text, 7)], [found(MANUAL)] * 2)
    assert first[1].spans[0].start == first[0].spans[0].start + 7
    assert first[1].findings[0].start == first[0].findings[0].start + 7
    cache.verify([claim(text, 3)], [found(MANUAL)])
    assert inner.asked == [text] and counts == [(1, 1), (1, 0)]
    cache.verify([claim(text, context=Context("How long?"))], [found(MANUAL)])
    cache.verify([claim(text)], [found(MANUAL, source="other")])
    cache.verify([claim(text)], [found(MANUAL, "More.")])
    inner.origin = {"config": "guard.toml@1"}
    cache.verify([claim(text)], [found(MANUAL)])
    assert len(inner.asked) == 5


def test_what_could_not_be_checked_is_tried_again() -> None:
    inner = CountingVerifier()
    cache = CachingVerifier(inner, 9)
    for _ in range(2):
        assert cache.verify([claim(TEXTS[0])], [[]])[0].label == "unchecked"
    assert len(inner.asked) == 2 and len(cache) == 0


def test_what_was_asked_for_last_stays() -> None:
    inner = CountingVerifier()
    cache = CachingVerifier(inner, 2)
    for i in (0, 1, 0, 3, 0, 1):
        cache.verify([claim(TEXTS[i])], [found(MANUAL)])
    assert inner.asked == [TEXTS[i] for i in (0, 1, 3, 1)]


def test_what_fails_is_not_kept() -> None:
    cache = CachingVerifier(FailingVerifier(), 9)
    with pytest.raises(RuntimeError):
        cache.verify([claim(TEXTS[0]), claim(TEXTS[2])], [found(MANUAL)] * 2)
    assert len(cache) == 0


def test_threads_share_one() -> None:
    inner = FakeVerifier()
    cache = CachingVerifier(inner, 2)
    jobs = [claim(TEXTS[i % 4], i) for i in range(200)]
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(lambda c: cache.verify([c], [found(MANUAL)])[0], jobs))
    assert verdicts == inner.verify(jobs, [found(MANUAL)] * len(jobs))
    assert len(cache) <= 2


@pytest.mark.parametrize(("most", "asked"), [(4096, 1), (0, 2)])
async def test_a_server_asks_once(most: int, asked: int) -> None:
    verifier = CountingVerifier()
    async with open_client({"cache_claims": most}, verifier=verifier) as client:
        bodies = [
            {"answer": f"{text}The kettle holds 1.7 litres.", "evidence": [MANUAL]}
            for text in ("", "\n\n")
        ]
        for body in bodies:
            report = (await client.post("/v1/check", json=body)).json()
            assert report["text"] == body["answer"]
            assert report["verdicts"][-1]["claim"]["start"] == len(body["answer"]) - len(TEXTS[0])
        metrics = (await client.get("/metrics")).text
    assert verifier.asked.count(TEXTS[0]) == asked
    assert ('groundwire_cache_total{outcome="hit"}' in metrics) == bool(most)
