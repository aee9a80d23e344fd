"""`pleura compare`: two finished studies side by side, by their tables alone."""
