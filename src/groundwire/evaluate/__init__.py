"""How well a verifier judges labelled pairs."""
