"""What a reader hands over, and the few pixel operations every reader shares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pleura.errors import PleuraError

MAX_PIXELS = 100_000_000
MAX_BYTES = 256_000_000  # of decoded samples; with their copies an image stays under 1 GB
BAND = 100_000  # samples, which with what is made of them stay in a processor's cache
LUMA = (0.299, 0.587, 0.114)

Array = NDArray[Any]
Range = tuple[float, float]
FullRange = Range | Literal["bits"]
"""What a user says of black and white: values, or that all are used which an image's bits hold."""
BYTE: Range = (0.0, 255.0)


@dataclass(frozen=True)
class Shown:
    """An image as its own file wants it shown.

    `pixels`: (h, w) uint8, upright, white large. `how` says by what, such as a window.
    """

    pixels: Array
    how: str


@dataclass(frozen=True)
class Decoded:
    """One gray image.

    `pixels`: (h, w) uint8, uint16 or float32, upright. `width` and `height` are those of the
    upright image before any reduction, in pixels; `bits` is the number of bits of a sample in the
    file. `full_range`: the values of `pixels` that are black and white in this file format, None
    where the format does not say; of uint8 always 0 and 255. `negative_of`: where the file stores
    white as the smaller value, the number from which the stored samples were subtracted. `shown`:
    the image as its file wants it shown, which stands in the place of `pixels` unless somebody says
    which values are black and white; None where the file has no such wish. `unshown`: why the image
    cannot be shown so although its file wishes it, such as by a window 0 wide; else "". `cut`:
    whether samples had bits set beyond those that the file says are stored, which were taken away.
    """

    pixels: Array
    width: int
    height: int
    bits: int
    full_range: Range | None = BYTE
    negative_of: float | None = None
    shown: Shown | None = None
    unshown: str = ""
    cut: bool = False


@dataclass(frozen=True)
class Numbers:
    """What a mask file holds.

    `values`: (h, w), upright; of a palette the indices, of gray of less than 8 bits spread over 0
    to 255, without any opacity. `bits` of a sample: where they are less than 8, `stored` gives the
    values before spreading. `lossy`: whether the format changes values; `perhaps_lossy`: whether it
    can, but need not.
    """

    values: Array
    lossy: bool = False
    perhaps_lossy: bool = False
    bits: int = 8

    @property
    def stored(self) -> Array:
        """The values as they are stored (h, w), of gray of less than 8 bits from 0 to
        `2**bits - 1`."""
        if self.bits >= 8:
            return self.values
        scaled = self.values * np.float32((2**self.bits - 1) / 255)
        return np.asarray(np.rint(scaled).astype(self.values.dtype))


def refuse_huge(width: int, height: int, pixel_bytes: int = 1) -> None:
    """Raise `PleuraError` for more than `MAX_PIXELS`, or `MAX_BYTES` at `pixel_bytes` a pixel.

    Called before any pixel is decoded.
    """
    if width * height > MAX_PIXELS:
        raise PleuraError(
            f"{width} x {height} pixels are more than the {MAX_PIXELS // 10**6} million allowed; "
            "save it smaller"
        )
    if width * height * pixel_bytes > MAX_BYTES:
        raise PleuraError(
            f"{width} x {height} pixels of {pixel_bytes} bytes are more than the "
            f"{MAX_BYTES // 10**6} MB allowed; save it smaller or as 8-bit gray"
        )


def in_bands(change: Callable[[Array], Array], pixels: Array) -> Array:
    """`change` applied to bands of rows, so that a large image needs no large intermediate."""
    rows = max(1, BAND // max(1, pixels[0].size))
    return np.concatenate(
        [change(pixels[first : first + rows]) for first in range(0, len(pixels), rows)]
    )


def full_range_of(kind: str, bits: int) -> Range | None:
    """The values that are usually black and white in samples of a NumPy `kind` with so many bits,
    else None.

    Unsigned whole numbers use all of their bits, and fractions go from 0 to 1. Signed whole numbers
    are measurements whose scale only the user knows.
    """
    if kind in "bu":
        return BYTE if bits < 8 else (0.0, float(2**bits - 1))
    return (0.0, 1.0) if kind == "f" else None


def to_gray(samples: Array, *, alpha: bool = False, opaque: float = 255.0) -> Array:
    """(h, w) or (h, w, samples) of any numeric type to (h, w) uint8, uint16 or float32.

    Colour becomes luma (ITU-R BT.601). With `alpha` the last sample is opacity, `opaque` at most,
    and the image is laid on black; without it, samples beyond gray or red, green, blue are ignored.
    """
    dtype = samples.dtype if samples.dtype in (np.uint8, np.uint16) else np.dtype(np.float32)
    if samples.ndim == 2:
        return samples.astype(dtype, copy=False)
    return in_bands(lambda band: _luma(band, alpha, opaque).astype(dtype), samples)


def to_numbers(samples: Array) -> Array:
    """The values (h, w) of a mask's samples (h, w) or (h, w, samples), without opacity.

    Raises `PleuraError` for colours that are not gray.
    """
    if samples.ndim == 2:
        return samples
    colours = samples[..., :3] if samples.shape[2] >= 3 else samples[..., :1]
    if (colours != colours[..., :1]).any():
        raise PleuraError("colours; a mask needs numbers: save it as gray or palette PNG")
    return np.asarray(colours[..., 0])


def _luma(samples: Array, alpha: bool, opaque: float) -> Array:
    """The gray of samples (h, w, samples) as (h, w); whole numbers where the samples are whole
    numbers."""
    gray: Array
    if samples.shape[2] - alpha >= 3:
        gray = np.zeros(samples.shape[:2], np.float32)
        for channel, weight in enumerate(LUMA):
            gray += samples[..., channel] * np.float32(weight)
    else:
        gray = samples[..., 0].astype(np.float32)
    if alpha:
        gray *= samples[..., -1] / np.float32(opaque)
    return np.rint(gray) if samples.dtype in (np.uint8, np.uint16) else gray


def turn_upright(pixels: Array, orientation: int) -> Array:
    """Undo the EXIF (or TIFF) `orientation`, 1 to 8; any other value leaves the image as it is."""
    if not 1 <= orientation <= 8:
        return pixels
    # 5 to 8 are 1 to 4 of an image whose rows are stored as columns.
    across, down = ((1, 1), (-1, 1), (-1, -1), (1, -1))[(orientation - 1) % 4]
    return (pixels.T if orientation > 4 else pixels)[::down, ::across]
