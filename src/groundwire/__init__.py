"""groundwire checks what a language model says against the sources it was given.

    from groundwire import Guard

    report = Guard().check("The warranty lasts five years.", evidence="The warranty: two years.")
    print(report.text)

Importing the package loads no model and none of the heavy libraries; each name loads its own
module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from groundwire._version import __version__

if TYPE_CHECKING:
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
    from groundwire.evidence.documents import Document
    from groundwire.evidence.embedders import Embedder
    from groundwire.evidence.index import EvidenceIndex
    from groundwire.evidence.load import load_documents
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
    from groundwire.verify.consistency import ConsistencyVerifier
    from groundwire.verify.llm_judge import ChatModelVerifier
    from groundwire.verify.nli import NLIVerifier
    from groundwire.verify.presets import load_verifier
    from groundwire.verify.tokens import TokenVerifier

_PLACES = {
    "claims.splitter": ("ClaimSplitter",),
    "errors": (
        "BlockedError", "DocumentError", "FormatError", "GroundwireError", "InputError",
        "ModelError", "StoreError",
    ),
    "evidence.documents": ("Document",),
    "evidence.embedders": ("Embedder",),
    "evidence.index": ("EvidenceIndex",),
    "evidence.load": ("load_documents",),
    "guard.guard": ("Guard",),
    "guard.stream_state": ("StreamEvent",),
    "policy": ("ThresholdPolicy",),
    "protocols": ("Policy", "Retriever", "Rewriter", "Splitter", "Verifier"),
    "repair.extractive": ("ExtractiveRewriter",),
    "reports.citations": ("Citation", "CitedText", "cite"),
    "reports.masking": ("mask",),
    "types": (
        "Claim", "Context", "Decision", "Edit", "Evidence", "Finding", "Passage", "Quote",
        "Report", "Span", "Verdict",
    ),
    "verify.consistency": ("ConsistencyVerifier",),
    "verify.llm_judge": ("ChatModelVerifier",),
    "verify.nli": ("NLIVerifier",),
    "verify.presets": ("load_verifier",),
    "verify.tokens": ("TokenVerifier",),
}  # fmt: skip
# Each name loads its module when it is first asked for: the patterns of the splitter and of the
# repairs take most of a second to compile, which ``groundwire --help`` need not wait for.
_LAZY = {name: f"groundwire.{module}" for module, names in _PLACES.items() for name in names}

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
        value = globals()[name] = getattr(import_module(_LAZY[name]), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
