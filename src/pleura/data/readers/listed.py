"""All readers of image files. To add one, write its module and put it here."""

from pleura.data.readers.clips.reader import ClipReader
from pleura.data.readers.dicom.reader import DicomReader
from pleura.data.readers.npz import NpzReader
from pleura.data.readers.pillow import PillowReader
from pleura.data.readers.reader import Reader
from pleura.data.readers.tiff import TiffReader

READERS: tuple[Reader, ...] = (
    PillowReader(),
    TiffReader(),
    NpzReader(),
    DicomReader(),
    ClipReader(),
)
SUFFIXES = tuple(suffix for reader in READERS for suffix in reader.suffixes)
