"""Repairs answers with what the evidence says, and removes what cannot be repaired."""
