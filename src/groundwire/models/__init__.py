"""Weights and cards of the embedded models."""
