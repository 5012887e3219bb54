"""Claims of an answer, and which of its sentences are none."""

from groundwire.claims.splitter import ClaimSplitter

__all__ = ["ClaimSplitter"]
