"""A budget instead of guesses: what a study's file leaves open is chosen for the time that is given
(docs/concepts/budget.md)."""
