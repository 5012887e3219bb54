"""Runs an audit of training data in a process of its own, to be killed: DATA OUT pause [trim]."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from groundwire import Guard
from groundwire.audit import check as checking
from groundwire.testing import FakeVerifier
from groundwire.train.data.options import DataOptions
from groundwire.train.data.run import audit_data
from groundwire.types import Claim, Evidence, Verdict
from record_cases import Supporting


class Slow(FakeVerifier):
    """A verifier that takes a moment."""

    def __init__(self, pause: float, inner: FakeVerifier) -> None:
        self.pause, self.inner = pause, inner

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        time.sleep(self.pause)
        return self.inner.verify(claims, evidence)


if __name__ == "__main__":
    checking.BATCH = 2
    trim = sys.argv[4:] == ["trim"]
    inner = Supporting() if trim else FakeVerifier()
    slow = Guard(verifier=Slow(float(sys.argv[3]), inner))
    options = DataOptions(shard_size=4, resume=True, trim=trim)
    audit_data([sys.argv[1]], sys.argv[2], slow, options)
