"""Training: the embedded verifier, its pairs, audits of training data, and generators."""
