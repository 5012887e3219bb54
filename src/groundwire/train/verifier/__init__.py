"""How the embedded verifier is trained."""
