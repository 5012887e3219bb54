"""Backends: published checkpoints on this machine, opened and read as verifiers."""
