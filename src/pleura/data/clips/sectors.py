"""The sector of any image of a study that takes sectors: that of its clip, or its own."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from pleura.data.clips.chosen import spread
from pleura.data.clips.sector import NONE, Extremes, Sector, find_sector
from pleura.data.clips.times import frame_times, may_move
from pleura.data.depth import to_8_bits
from pleura.data.readers import errors_of, read_image, split_address
from pleura.data.readers.clips.footage import Gray
from pleura.data.readers.decoded import FullRange

LOOKED_AT = 64  # frames of a clip, spread evenly
REMEMBERED = 8  # clips


def only_sector(image: str, pixels: Gray, full_range: FullRange | None) -> tuple[Gray, str]:
    """The sector of the image at an address, whose gray levels are `pixels` (h, w), and of what
    probe it is; the whole image where no sector is found. Raises as `sector_of` does."""
    sector = sector_of(image, pixels, full_range)
    return (pixels, NONE) if sector is None else (sector.applied(pixels), str(sector))


def sector_of(image: str, pixels: Gray, full_range: FullRange | None) -> Sector | None:
    """The sector of the image at an address whose gray levels are `pixels` (h, w); None where none
    is found.

    All frames of a clip have one sector. A still, and a clip of less than three frames, has no
    motion to go by. Raises ReadError for a clip that is cut off.
    """
    path, member = split_address(image)
    if member is not None and may_move(path):
        with errors_of(image):
            status = path.stat()
            sector, shape = _of_clip(path, status.st_mtime_ns, status.st_size, full_range)
        if shape == pixels.shape:
            return sector
    return find_sector(Extremes(pixels, pixels, 1))


@lru_cache(REMEMBERED)
def _of_clip(
    path: Path, changed: int, length: int, full_range: FullRange | None
) -> tuple[Sector | None, tuple[int, ...]]:
    """The sector of a clip, and the height and width of its frames."""
    numbers = spread(len(frame_times(path)), LOOKED_AT)
    darkest = brightest = np.zeros((0, 0), np.uint8)
    for number in numbers:
        frame, _ = to_8_bits(read_image(f"{path}::{number}"), full_range)
        if not darkest.size:
            darkest = brightest = frame
        darkest, brightest = np.minimum(darkest, frame), np.maximum(brightest, frame)
    return find_sector(Extremes(darkest, brightest, len(numbers))), darkest.shape
