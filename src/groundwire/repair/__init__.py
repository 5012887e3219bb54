"""Repair of answers with what the evidence says, and removal of what cannot be repaired."""
