from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from groundwire.serve.batching import BatchingVerifier
from groundwire.testing import FakeVerifier, check_verifier
from groundwire.types import Claim, Evidence, Passage
from server_cases import MANUAL, FailingVerifier, GateVerifier

FOUND = [[Evidence(Passage(MANUAL, "manual", 0, len(MANUAL)), 1.0)]]


def claims(text: str) -> list[Claim]:
    return [Claim(text, 0, len(text))]


def test_a_batching_verifier_keeps_the_contract() -> None:
    batching = BatchingVerifier(FakeVerifier, 0.0)
    check_verifier(batching)
    assert batching.version == "fake@1"
    batching.close()


def test_claims_that_come_while_the_model_runs_are_one_batch() -> None:
    inner = GateVerifier()
    batching = BatchingVerifier(lambda: inner, 0.0)
    texts = [f"The kettle holds {i} litres." for i in range(5)]
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(batching.verify, claims("The kettle holds 1.7 litres."), FOUND)
        assert inner.entered.wait(60)
        others = [pool.submit(batching.verify, claims(text), FOUND) for text in texts]
        while batching._jobs.qsize() < len(others):
            time.sleep(0.001)
        inner.gate.set()
        assert first.result()[0].label == "supported"
        assert [other.result()[0].claim.text for other in others] == texts
    assert inner.sizes == [1, 5]
    batching.close()


def test_what_breaks_a_batch_breaks_its_own_request_alone() -> None:
    batching = BatchingVerifier(FailingVerifier, 0.0)
    jobs = [claims("The warranty lasts 24 months."), claims("It is broken.")]
    with ThreadPoolExecutor(2) as pool:
        good, bad = (pool.submit(batching.verify, job, FOUND) for job in jobs)
        assert good.result()[0].label == "supported"
        with pytest.raises(RuntimeError, match="no such word"):
            bad.result()
    batching.close()


def test_a_closed_one_refuses() -> None:
    batching = BatchingVerifier(FakeVerifier, 0.0)
    batching.verify(claims("The warranty lasts 24 months."), FOUND)
    batching.close()
    batching.close()
    with pytest.raises(RuntimeError, match="shutting down"):
        batching.verify(claims("x"), FOUND)
