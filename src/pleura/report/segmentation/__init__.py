"""The report on a study of segmentations."""
