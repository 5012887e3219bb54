"""groundwire for LangChain and LangGraph.

    from groundwire_langchain import grounded

    safe = grounded(rag_chain)

Names are loaded when they are used; ``GroundingMiddleware`` needs the extra ``langchain``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundwire_langchain.callback import (
        AsyncGroundingCallbackHandler,
        GroundingCallbackHandler,
    )
    from groundwire_langchain.chain import GroundedChain, grounded
    from groundwire_langchain.chat_model import GroundedChatModel
    from groundwire_langchain.evaluator import grounding_evaluator
    from groundwire_langchain.graph import grounding_edge, grounding_node
    from groundwire_langchain.middleware import GroundingMiddleware
    from groundwire_langchain.retriever import EvidenceRetriever, as_retriever
    from groundwire_langchain.runnable import GroundedRunnable
    from groundwire_langchain.store import EvidenceStore

_NAMES = {
    "AsyncGroundingCallbackHandler": "callback",
    "EvidenceRetriever": "retriever",
    "EvidenceStore": "store",
    "GroundedChain": "chain",
    "GroundedChatModel": "chat_model",
    "GroundedRunnable": "runnable",
    "GroundingCallbackHandler": "callback",
    "GroundingMiddleware": "middleware",
    "as_retriever": "retriever",
    "grounded": "chain",
    "grounding_edge": "graph",
    "grounding_evaluator": "evaluator",
    "grounding_node": "graph",
}

__all__ = [
    "AsyncGroundingCallbackHandler",
    "EvidenceRetriever",
    "EvidenceStore",
    "GroundedChain",
    "GroundedChatModel",
    "GroundedRunnable",
    "GroundingCallbackHandler",
    "GroundingMiddleware",
    "as_retriever",
    "grounded",
    "grounding_edge",
    "grounding_evaluator",
    "grounding_node",
]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
