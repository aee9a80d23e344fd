"""What a reader hands over, and the few pixel operations every reader shares."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.errors import PleuraError

MAX_PIXELS = 100_000_000
LUMA = (0.299, 0.587, 0.114)

Array = NDArray[Any]


@dataclass(frozen=True)
class Decoded:
    """One gray image.

    `pixels`: (h, w) uint8, uint16 or float32, upright; `width` and `height` in pixels and `bits` a
    sample as the file stores them, before any turning or reduction.
    """

    pixels: Array
    width: int
    height: int
    bits: int


def refuse_huge(width: int, height: int) -> None:
    """Raise `PleuraError` for more than `MAX_PIXELS`; called before any pixel is decoded."""
    if width * height > MAX_PIXELS:
        raise PleuraError(
            f"{width} x {height} pixels are more than the {MAX_PIXELS // 10**6} million allowed; "
            "save it smaller"
        )


def to_gray(samples: Array, *, alpha: bool = False) -> Array:
    """(h, w) or (h, w, samples) of any numeric type to (h, w) uint8, uint16 or float32.

    Colour becomes luma (ITU-R BT.601). With `alpha` the last sample is opacity, and the image is
    laid on black; without it, samples beyond gray or red, green, blue are ignored.
    """
    kept = samples.dtype if samples.dtype in (np.uint8, np.uint16) else np.dtype(np.float32)
    if samples.ndim == 2:
        return samples.astype(kept, copy=False)
    opacity = samples[..., -1] if alpha else None
    colours = samples.shape[2] - alpha
    gray: Array
    if colours >= 3:
        gray = np.zeros(samples.shape[:2], np.float32)
        for channel, weight in enumerate(LUMA):
            gray += samples[..., channel] * np.float32(weight)
    else:
        gray = samples[..., 0].astype(np.float32)
    if opacity is not None:
        full = np.iinfo(samples.dtype).max if samples.dtype.kind == "u" else 1
        gray *= opacity / np.float32(full)
    return np.rint(gray).astype(kept) if kept.kind == "u" else gray


def turn_upright(pixels: Array, orientation: int) -> Array:
    """Undo the EXIF (or TIFF) `orientation`, 1 to 8; any other value leaves the image as it is."""
    match orientation:
        case 2:
            return pixels[:, ::-1]
        case 3:
            return pixels[::-1, ::-1]
        case 4:
            return pixels[::-1]
        case 5:
            return pixels.T
        case 6:
            return np.rot90(pixels, -1)
        case 7:
            return pixels[::-1, ::-1].T
        case 8:
            return np.rot90(pixels)
        case _:
            return pixels
