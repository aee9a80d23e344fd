"""What files tell of how their images were stored: the format, and how far a JPEG was squeezed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL.JpegImagePlugin import JpegImageFile

from pleura.data.readers import split_address
from pleura.data.readers.pillow import is_jpeg

# The sum of the quantisation table of luma at quality 50 (ITU-T T.81, annex K), by which libjpeg
# scales the table to any other quality.
STANDARD = 3688.0
JPEG = "jpeg"


def file_formats(images: Sequence[str]) -> NDArray[np.object_]:
    """The format (n,) of each image's file: `jpeg` by its first bytes, any other by the ending of
    its name, such as `png`."""
    paths = [split_address(image)[0] for image in images]
    endings = [path.suffix.lower().removeprefix(".") for path in paths]
    formats = [
        JPEG if is_jpeg(path) else ending for path, ending in zip(paths, endings, strict=True)
    ]
    return np.array(formats, dtype=object)


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
