"""The words at fault inside a flagged claim."""

from __future__ import annotations

SPAN_HEAD = "spans.safetensors"
"""File of a verifier's folder that holds the head which scores each token of a claim."""
