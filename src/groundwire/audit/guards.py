"""Guards of an audit, built here or in a worker's process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groundwire.policy import POLICIES

if TYPE_CHECKING:
    from groundwire.guard.guard import Guard
    from groundwire.protocols import Retriever


@dataclass(frozen=True, slots=True)
class GuardOf:
    """Builds the guard of an audit, here or in another process.

    Attributes:
        evidence: files and folders that answers without evidence of their own are checked against.
        index: a saved index for the same.
        policy: name of a preset.
        model: a verifier; None is the embedded one.
        config: what ``groundwire calibrate`` wrote, in place of a policy and a model.
        group: the group of answers whose threshold is used.
    """

    evidence: Sequence[Path] = ()
    index: Path | None = None
    policy: str = "balanced"
    model: str | None = None
    config: Path | None = None
    group: str | None = None

    def __call__(self) -> Guard:
        """Returns a guard."""
        from groundwire.guard.guard import Guard
        from groundwire.verify.presets import load_verifier

        if self.config is not None:
            return Guard.from_config(self.config, group=self.group, retriever=self._retriever())
        verifier = None if self.model is None else load_verifier(self.model)
        return Guard(verifier=verifier, retriever=self._retriever(), policy=POLICIES[self.policy])

    def _retriever(self) -> Retriever | None:
        from groundwire.audit.hashing import read_evidence
        from groundwire.evidence.adhoc import RETRIEVED, SCANNED, make_retriever
        from groundwire.evidence.index import EvidenceIndex

        if self.index is not None:
            return EvidenceIndex.load(self.index)
        if not self.evidence:
            return None
        documents = list(read_evidence(self.evidence))
        if sum(len(document.text) for document in documents) <= SCANNED:
            return make_retriever(documents)
        # One check would scan so much; many answers are worth the time that embedding takes.
        index = EvidenceIndex(k=RETRIEVED)
        index.update(documents)
        return index
