"""How many positions a heat map needs; apart from torch, so that the report can read it."""

LEAST = 7  # a side: below, a map tells no place in a lung, and is not shown
FINE = 14  # a side: what it takes to tell one region of a lung from the next
