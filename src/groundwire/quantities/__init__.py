"""Numbers, money, dates and times that a text states, and how they compare."""
