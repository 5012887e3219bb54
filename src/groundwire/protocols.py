"""The five stages of a check. Each holds configuration, never the state of a request.

Objects are passed, never names: any class with the right method is a stage, and
``groundwire.testing`` has a contract check for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from groundwire.types import Claim, Decision, Edit, Evidence, Verdict


@runtime_checkable
class Splitter(Protocol):
    """Takes an answer apart into claims."""

    def split(self, text: str, question: str | None = None) -> list[Claim]:
        """Returns disjoint claims in order; what lies between them is white space or markup."""
        ...


@runtime_checkable
class Retriever(Protocol):
    """Finds evidence."""

    def retrieve(self, queries: Sequence[str]) -> list[list[Evidence]]:
        """Returns one list for each query, best first."""
        ...


@runtime_checkable
class Verifier(Protocol):
    """Checks claims against evidence."""

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        """Returns one verdict for each claim; ``evidence`` is aligned with ``claims``."""
        ...


@runtime_checkable
class Policy(Protocol):
    """Decides what may be shown."""

    def decide(self, verdicts: Sequence[Verdict]) -> Decision:
        """Returns the action and the indexes of the verdicts that may not pass."""
        ...


@runtime_checkable
class Rewriter(Protocol):
    """Repairs or removes claims."""

    def rewrite(self, answer: str, verdicts: Sequence[Verdict]) -> list[Edit]:
        """Returns disjoint edits of ``answer``, sorted, for the (flagged) verdicts given.

        Text outside the edits stays as it was, so what passed the check is not touched.
        """
        ...
