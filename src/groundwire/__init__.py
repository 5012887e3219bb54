"""groundwire checks what a language model says against the sources it was given.

    from groundwire import Guard

    report = Guard().check("The warranty lasts five years.", evidence="The warranty: two years.")
    print(report.text)

Importing the package loads no model and none of the heavy libraries.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from groundwire._version import __version__
from groundwire.claims.splitter import ClaimSplitter
from groundwire.errors import (
    BlockedError,
    DocumentError,
    FormatError,
    GroundwireError,
    InputError,
    ModelError,
    StoreError,
)
from groundwire.guard.guard import Guard
from groundwire.guard.stream_state import StreamEvent
from groundwire.policy import ThresholdPolicy
from groundwire.protocols import Policy, Retriever, Rewriter, Splitter, Verifier
from groundwire.repair.extractive import ExtractiveRewriter
from groundwire.reports.citations import Citation, CitedText, cite
from groundwire.reports.masking import mask
from groundwire.types import (
    Claim,
    Context,
    Decision,
    Edit,
    Evidence,
    Finding,
    Passage,
    Quote,
    Report,
    Span,
    Verdict,
)

if TYPE_CHECKING:
    from groundwire.evidence.documents import Document
    from groundwire.evidence.embedders import Embedder
    from groundwire.evidence.index import EvidenceIndex
    from groundwire.evidence.load import load_documents
    from groundwire.verify.consistency import ConsistencyVerifier
    from groundwire.verify.llm_judge import ChatModelVerifier
    from groundwire.verify.nli import NLIVerifier
    from groundwire.verify.presets import load_verifier
    from groundwire.verify.tokens import TokenVerifier

_LAZY = {
    "ChatModelVerifier": "groundwire.verify.llm_judge",
    "ConsistencyVerifier": "groundwire.verify.consistency",
    "Document": "groundwire.evidence.documents",
    "Embedder": "groundwire.evidence.embedders",
    "EvidenceIndex": "groundwire.evidence.index",
    "NLIVerifier": "groundwire.verify.nli",
    "TokenVerifier": "groundwire.verify.tokens",
    "load_documents": "groundwire.evidence.load",
    "load_verifier": "groundwire.verify.presets",
}

__all__ = [
    "BlockedError",
    "ChatModelVerifier",
    "Citation",
    "CitedText",
    "Claim",
    "ClaimSplitter",
    "ConsistencyVerifier",
    "Context",
    "Decision",
    "Document",
    "DocumentError",
    "Edit",
    "Embedder",
    "Evidence",
    "EvidenceIndex",
    "ExtractiveRewriter",
    "Finding",
    "FormatError",
    "GroundwireError",
    "Guard",
    "InputError",
    "ModelError",
    "NLIVerifier",
    "Passage",
    "Policy",
    "Quote",
    "Report",
    "Retriever",
    "Rewriter",
    "Span",
    "Splitter",
    "StoreError",
    "StreamEvent",
    "ThresholdPolicy",
    "TokenVerifier",
    "Verdict",
    "Verifier",
    "__version__",
    "cite",
    "load_documents",
    "load_verifier",
    "mask",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
