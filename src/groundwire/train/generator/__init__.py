"""Trains a generator that keeps to what it was given: stages, measures, recipes."""
