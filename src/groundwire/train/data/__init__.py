"""Data audits: what targets of training data claim, checked against their context."""
