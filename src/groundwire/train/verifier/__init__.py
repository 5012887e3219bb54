"""Verifier training: recipe, batches, model, loop and averaging."""
