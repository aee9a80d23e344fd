"""Synthetic scenes with salient objects: to learn to segment from, where no photographs are."""
