"""A table of images out of a folder as it lies: what is there, how large it is, of whom and of what
it is, and what is left out."""
