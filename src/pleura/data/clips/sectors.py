"""The sector of any image of a study that takes sectors: that of its clip, or its own."""

import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np

from pleura.data.clips.chosen import spread
from pleura.data.clips.sector import NONE, Extremes, Sector, find_sector
from pleura.data.clips.times import frame_count, may_move
from pleura.data.depth import to_8_bits
from pleura.data.readers import ReadError, errors_of, split_address
from pleura.data.readers.clips.footage import Gray
from pleura.data.readers.decoded import FullRange
from pleura.data.readers.in_order import look_through
from pleura.files import state_of

LOOKED_AT = 64  # frames of a clip, spread evenly
REMEMBERED = 8 + 2 * (os.cpu_count() or 1)  # clips, of which each thread reads one


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
    found = _in_clip(image, full_range)
    if found is not None and found[1] == pixels.shape:
        return found[0]
    return find_sector(Extremes(pixels, pixels, 1))


def look_ahead(image: str, full_range: FullRange | None) -> None:
    """Find the sector of a clip before the frame at an address is read, so that the clip is decoded
    once for both. What is wrong with it is told when the frame is read, or its sector asked for."""
    with suppress(ReadError):
        _in_clip(image, full_range)


def forget_sectors() -> None:
    """Forget the sectors that are remembered of clips."""
    _of_clip.cache_clear()


def _in_clip(
    image: str, full_range: FullRange | None
) -> tuple[Sector | None, tuple[int, ...]] | None:
    """The sector of the clip whose frame is at an address, and the height and width of its frames;
    None for a still."""
    path, member = split_address(image)
    if member is None or not may_move(path):
        return None
    with errors_of(image):
        return _of_clip(*state_of(path), full_range)


@lru_cache(REMEMBERED)
def _of_clip(
    path: Path, changed: int, length: int, full_range: FullRange | None
) -> tuple[Sector | None, tuple[int, ...]]:
    """The sector of a clip, and the height and width of its frames."""
    numbers = spread(frame_count(path), LOOKED_AT).tolist()
    darkest = brightest = np.zeros((0, 0), np.uint8)
    for decoded in look_through(path, numbers):
        frame, _ = to_8_bits(decoded, full_range)
        if not darkest.size:
            darkest = brightest = frame
        darkest, brightest = np.minimum(darkest, frame), np.maximum(brightest, frame)
    return find_sector(Extremes(darkest, brightest, len(numbers))), darkest.shape
