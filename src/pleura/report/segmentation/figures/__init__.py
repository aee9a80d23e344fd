"""The figures that only segmentations have."""
