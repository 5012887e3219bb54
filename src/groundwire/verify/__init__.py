"""Verification: whether a claim holds, by a model and by checks of values and names."""
