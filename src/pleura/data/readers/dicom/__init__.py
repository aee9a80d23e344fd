"""DICOM files (NEMA PS3): their headers, frames, gray levels and sizes in mm; see
`docs/concepts/dicom.md`.

pydicom is imported where a file is read, so that commands that read none start without it.
"""
