"""TIFF, through tifffile and imagecodecs."""

import logging
import math
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from pleura.data.readers.decoded import (
    Array,
    Decoded,
    in_bands,
    refuse_huge,
    to_gray,
    turn_upright,
)
from pleura.errors import PleuraError

# Without a handler Python would print tifffile's remarks on odd tags to the terminal.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

ORIENTATION_TAG = 274
UNASSOCIATED_ALPHA = 2


class TiffReader:
    """Reads TIFF of one page: 1 to 64 bits, integer or float, gray (either polarity), colour,
    palette; any compression imagecodecs knows."""

    suffixes = (".tif", ".tiff")

    def read(self, path: Path, member: str | None, at_least: int | None) -> Decoded:
        """See `Reader.read`; always at full size."""
        with tifffile.TiffFile(path) as file:
            pages: list[Any] = [
                page for page in file.pages if not getattr(page, "is_reduced", False)
            ]
            if len(pages) != 1:
                raise PleuraError(f"{len(pages)} pages; save one image a file")
            page = pages[0]
            width, height, bits = page.imagewidth, page.imagelength, int(page.bitspersample)
            refuse_huge(width, height, -(-page.nbytes // max(1, width * height)))
            _refuse_cut_off(page, path.stat().st_size)
            tag = page.tags.get(ORIENTATION_TAG)
            pixels = turn_upright(_gray(page), int(tag.value) if tag else 1)
        # Always read at full size.
        return Decoded(pixels, pixels.shape[1], pixels.shape[0], bits)


def _refuse_cut_off(page: Any, file_size: int) -> None:
    ends = [at + n for at, n in zip(page.dataoffsets, page.databytecounts, strict=True)]
    # tifffile fills what has no place in the file with zeros.
    with np.errstate(divide="raise"):  # of a tile without length
        missing = len(ends) != math.prod(page.chunked) or min(page.databytecounts) == 0
    if missing or max(ends) > file_size:
        raise PleuraError("truncated or damaged: part of the pixels is not in the file")


def _gray(page: Any) -> Array:
    samples: Array = page.asarray(maxworkers=1)  # the bank brings its own threads
    if "S" in page.axes:
        samples = np.moveaxis(samples, page.axes.index("S"), -1)
    kind = tifffile.PHOTOMETRIC
    known = page.photometric in (kind.MINISBLACK, kind.MINISWHITE, kind.PALETTE, kind.RGB)
    if page.compression == tifffile.COMPRESSION.JPEG:  # tifffile turns its YCbCr into RGB
        known = known or page.photometric == kind.YCBCR
    if samples.ndim > 3 or samples.dtype.kind not in "buif" or not known:
        raise PleuraError(
            f"axes {page.axes}, {samples.dtype}, photometric {page.photometric}: "
            "save it as a gray or RGB image"
        )
    if page.photometric == kind.PALETTE:
        colours = (page.colormap >> 8).astype(np.uint8)
        shades: Array = to_gray(colours.T[None])[0]
        return np.asarray(shades[samples])
    alpha = UNASSOCIATED_ALPHA in page.extrasamples
    gray = to_gray(_full_range(samples, page.bitspersample), alpha=alpha)
    if page.photometric != kind.MINISWHITE:
        return gray
    top = np.iinfo(gray.dtype).max if gray.dtype.kind == "u" else 0
    return np.subtract(top, gray, dtype=gray.dtype)


def _full_range(samples: Array, bits: int) -> Array:
    """Samples of 1 to 7 bits spread over 0 to 255; others as they are."""
    if bits >= 8:
        return samples
    step = np.float32(255 / (2**bits - 1))
    return in_bands(lambda band: np.rint(band * step).astype(np.uint8), samples)
