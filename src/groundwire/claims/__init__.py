"""Answers into claims, and which of their sentences are none."""

from groundwire.claims.splitter import ClaimSplitter

__all__ = ["ClaimSplitter"]
