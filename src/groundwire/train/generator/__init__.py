"""Generators that keep to what they were given: stages, measures, recipes."""
