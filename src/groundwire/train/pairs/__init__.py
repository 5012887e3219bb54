"""Pairs to train on: where labelled ones come from, and how others are made."""
