"""Quantities that a text states: numbers, money, dates and times, and how they compare."""
