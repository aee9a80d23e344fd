"""What files tell of how their images were stored: the format, how DICOM files hold their pixels,
and how far a JPEG was squeezed."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL.JpegImagePlugin import JpegImageFile

from pleura.data.readers import split_address
from pleura.data.readers.dicom.header import is_dicom
from pleura.data.readers.pillow import is_jpeg

# The sum of the quantisation table of luma at quality 50 (ITU-T T.81, annex K), by which libjpeg
# scales the table to any other quality.
STANDARD = 3688.0
JPEG, DICOM = "jpeg", "dicom"


def file_formats(images: Sequence[str]) -> NDArray[np.object_]:
    """The format (n,) of each image's file: `jpeg` and `dicom` by its first bytes, any other by the
    ending of its name, such as `png`."""
    return np.array([_format(split_address(image)[0]) for image in images], dtype=object)


def _format(path: Path) -> str:
    if is_jpeg(path):
        return JPEG
    return DICOM if is_dicom(path) else path.suffix.lower().removeprefix(".")


def transfer_syntaxes(images: Sequence[str]) -> NDArray[np.object_]:
    """The transfer syntax (n,) of each DICOM file, a UID that says how its pixels are stored; ""
    for other files and where it is missing. Of a file of many frames it is read once."""
    paths = [split_address(image)[0] for image in images]
    of = {path: _syntax(path) for path in dict.fromkeys(paths)}
    return np.array([of[path] for path in paths], dtype=object)


def _syntax(path: Path) -> str:
    if not is_dicom(path):
        return ""
    from pydicom.errors import InvalidDicomError
    from pydicom.filereader import read_file_meta_info

    try:
        return str(read_file_meta_info(path).get("TransferSyntaxUID", ""))
    except (OSError, EOFError, ValueError, InvalidDicomError):  # damaged: it has no picture either
        return ""


def jpeg_qualities(images: Sequence[str]) -> NDArray[np.float64]:
    """The quality (n,) of each JPEG, about 1 to 100 as libjpeg counts it, by the quantisation table
    of its luma; nan for other files and for those that cannot be read."""
    return np.array([_quality(image) for image in images], dtype=np.float64)


def _quality(image: str) -> float:
    try:
        with split_address(image)[0].open("rb") as file, JpegImageFile(file) as opened:
            tables = opened.quantization
    except (OSError, SyntaxError, ValueError, KeyError):  # no JPEG, or a damaged one
        return np.nan
    if not tables:
        return np.nan
    scale = 100 * float(sum(tables[min(tables)])) / STANDARD
    return float(np.clip(5000 / scale if scale > 100 else (200 - scale) / 2, 1, 100))
