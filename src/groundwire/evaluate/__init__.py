"""Evaluation of verifiers on labelled pairs: metrics, attacks, public benchmarks."""
