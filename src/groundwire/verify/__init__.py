"""Whether a claim holds: the verifiers and their checks of values and names."""
