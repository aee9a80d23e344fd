"""A study file out of a table of images: what can be learned of them, and how much of it within an
hour."""
