"""Deterministic checks: what a claim says against evidence sentences, without a model."""
