"""Whether probabilities can be taken at their word, and what acting on them would mean."""
