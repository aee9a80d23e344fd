"""Public collections of images with masks of salient objects; one a file."""
