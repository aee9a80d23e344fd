"""Checks a table of images: what would fool a study, as a page with pictures and a table."""
