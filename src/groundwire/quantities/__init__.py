"""Quantities and identifiers that a text states, and how they compare: numbers, units, dates."""
