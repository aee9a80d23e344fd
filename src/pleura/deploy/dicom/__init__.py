"""DICOM out: what a model says of a DICOM file as a report, and where it looks as an image."""
