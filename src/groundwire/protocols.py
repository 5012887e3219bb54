"""Protocols of the five stages of a check; each holds configuration, never a request's state.

Objects are passed, never names: any class with the right method is a stage, and
``groundwire.testing`` has a contract check for each. What a stage may tell of itself beside its
method (``version``, ``name``, ``language``) is a protocol too, with a default where it is lacking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from groundwire.types import Claim, Decision, Edit, Evidence, Verdict


@runtime_checkable
class Splitter(Protocol):
    """Takes an answer apart into claims; it may tell its language (``HasLanguage``)."""

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
    """Checks claims against evidence; it may tell its version (``HasVersion``)."""

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        """Returns one verdict for each claim; ``evidence`` is aligned with ``claims``."""
        ...


@runtime_checkable
class Policy(Protocol):
    """Decides what may be shown; it may tell its name (``HasName``)."""

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


@runtime_checkable
class HasVersion(Protocol):
    """A verifier or a redactor that tells what it is, so that a report can name it."""

    @property
    def version(self) -> str:
        """Name and version, such as a model's name with the first digits of its hash."""
        ...


@runtime_checkable
class HasOrigin(Protocol):
    """A verifier that tells of the config that it was made by, so that a report can say it."""

    @property
    def origin(self) -> Mapping[str, str]:
        """Entries of ``Report.versions``: the config's name and hash, and what it promises."""
        ...


@runtime_checkable
class HasName(Protocol):
    """A policy that tells its name, so that a report can say what decided."""

    @property
    def name(self) -> str:
        """The name, such as ``"balanced"``."""
        ...


@runtime_checkable
class HasLanguage(Protocol):
    """A splitter that tells the language of the texts that it splits."""

    @property
    def language(self) -> str:
        """The ISO 639 code, such as ``"en"``."""
        ...


def read_version(stage: object) -> str:
    """Returns the version of a stage; the name of its class where it tells none."""
    return str(stage.version) if isinstance(stage, HasVersion) else type(stage).__name__


def read_origin(stage: object) -> dict[str, str]:
    """Returns what a stage tells of its config; nothing where it was made by none."""
    return dict(stage.origin) if isinstance(stage, HasOrigin) else {}


def read_name(policy: object) -> str:
    """Returns the name of a policy; the name of its class where it tells none."""
    return str(policy.name) if isinstance(policy, HasName) else type(policy).__name__


def read_language(splitter: object) -> str:
    """Returns the language of a splitter; English where it tells none."""
    return str(splitter.language) if isinstance(splitter, HasLanguage) else "en"
