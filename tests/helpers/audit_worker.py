"""Runs an audit in a process of its own, to be killed: OUT COUNT [pause of each batch]."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from audit_cases import entries, guard
from groundwire import Guard
from groundwire.audit import check as checking
from groundwire.audit.options import AuditOptions
from groundwire.audit.run import audit
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Evidence, Verdict


class Slow(FakeVerifier):
    """A verifier that takes a moment."""

    def __init__(self, pause: float) -> None:
        self.pause = pause

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        time.sleep(self.pause)
        return super().verify(claims, evidence)


def main(output: str, count: int, pause: float = 0.0) -> None:
    checking.BATCH = 4
    slow = Guard(verifier=Slow(pause), retriever=guard().retriever)
    audit(entries(count), output, slow, AuditOptions(shard_size=10, resume=True))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
