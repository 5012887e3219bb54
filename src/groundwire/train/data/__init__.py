"""Training data audited: what its targets claim, checked against the context they were given."""
