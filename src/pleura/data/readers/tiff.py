"""TIFF, through tifffile and imagecodecs."""

import logging
import math
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from pleura.data.readers.decoded import (
    BYTE,
    Array,
    Decoded,
    Numbers,
    Range,
    full_range_of,
    in_bands,
    refuse_huge,
    to_gray,
    to_numbers,
    turn_upright,
)
from pleura.data.readers.reader import refuse_member
from pleura.errors import PleuraError

# Without a handler Python would print tifffile's remarks on odd tags to the terminal.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

ORIENTATION_TAG = 274
UNASSOCIATED_ALPHA = 2
LOSSY = {tifffile.COMPRESSION.OJPEG, tifffile.COMPRESSION.JPEG}
# Codecs of images, such as JPEG 2000, which lose nothing only where they are told so. tifffile
# lists them; LERC, which may round, is a codec of numbers there.
PERHAPS_LOSSY = {tifffile.COMPRESSION.LERC, *tifffile.TIFF.IMAGE_COMPRESSIONS} - {
    tifffile.COMPRESSION.PNG,
    *LOSSY,
}


class TiffReader:
    """Reads TIFF of one page: 1 to 64 bits, integer or float, gray (either polarity), colour,
    palette; any compression imagecodecs knows."""

    suffixes = (".tif", ".tiff")
    many_images = False

    def read(self, path: Path, member: str | None, at_least: int | None) -> Decoded:
        """See `Reader.read`; always at full size."""
        refuse_member(member)
        with tifffile.TiffFile(path) as file:
            page = page_of(file, path)
            samples = _samples(page)
            bits, negative_of = int(page.bitspersample), None
            full_range: Range | None = BYTE
            if page.photometric == tifffile.PHOTOMETRIC.PALETTE:
                colours = (page.colormap >> 8).astype(np.uint8)
                shades: Array = to_gray(colours.T[None])[0]
                gray, bits = np.asarray(shades[samples]), min(bits, 8)
            else:
                full_range = full_range_of(samples.dtype.kind, bits)
                alpha = UNASSOCIATED_ALPHA in page.extrasamples
                opaque = full_range[1] if full_range else 1.0
                gray = to_gray(_spread(samples, bits), alpha=alpha, opaque=opaque)
                if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
                    negative_of = full_range[1] if full_range else 0.0
                    gray = np.subtract(gray.dtype.type(negative_of), gray, dtype=gray.dtype)
            pixels = turn_upright(gray, _turn_of(page))
        height, width = pixels.shape
        return Decoded(pixels, width, height, bits, full_range, negative_of)

    def read_numbers(self, path: Path, member: str | None) -> Numbers:
        """See `Reader.read_numbers`; JPEG inside is lossy, other codecs of images may be."""
        refuse_member(member)
        with tifffile.TiffFile(path) as file:
            page = page_of(file, path)
            values, bits = to_numbers(_samples(page)), int(page.bitspersample)
            if page.photometric == tifffile.PHOTOMETRIC.PALETTE:
                bits = 8  # the indices are what it holds
            else:
                values = _spread(values, bits)
                if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE and values.dtype.kind == "u":
                    values = values.dtype.type(2 ** max(bits, 8) - 1) - values
            codec = page.compression
            return Numbers(
                turn_upright(values, _turn_of(page)), codec in LOSSY, codec in PERHAPS_LOSSY, bits
            )


def turn_of_tiff(path: Path) -> int:
    """How a TIFF is to be turned, 1 to 8; 1 where it does not say. Raises what tifffile does."""
    with tifffile.TiffFile(path) as file:
        return _turn_of(file.pages[0])


def page_of(file: tifffile.TiffFile, path: Path) -> Any:
    """The only page of a file, not yet decoded. Raises `PleuraError` where there is not one, or it
    is not whole."""
    pages: list[Any] = [page for page in file.pages if not getattr(page, "is_reduced", False)]
    if len(pages) != 1:
        raise PleuraError(f"{len(pages)} pages; save one image a file")
    page = pages[0]
    width, height = page.imagewidth, page.imagelength
    refuse_huge(width, height, -(-page.nbytes // max(1, width * height)))
    _refuse_cut_off(page, path.stat().st_size)
    return page


def _turn_of(page: Any) -> int:
    tag = page.tags.get(ORIENTATION_TAG)
    return int(tag.value) if tag else 1


def _refuse_cut_off(page: Any, file_size: int) -> None:
    ends = [at + n for at, n in zip(page.dataoffsets, page.databytecounts, strict=True)]
    # tifffile fills what has no place in the file with zeros.
    with np.errstate(divide="raise"):  # of a tile without length
        missing = len(ends) != math.prod(page.chunked) or min(page.databytecounts) == 0
    if missing or max(ends) > file_size:
        raise PleuraError("truncated or damaged: part of the pixels is not in the file")


def _samples(page: Any) -> Array:
    """Samples (h, w) or (h, w, samples) as they are stored.

    Raises `PleuraError` for what is no gray, RGB or palette image.
    """
    samples: Array = page.asarray(maxworkers=1)  # the bank brings its own threads
    if "S" in page.axes:
        samples = np.moveaxis(samples, page.axes.index("S"), -1)
    kind = tifffile.PHOTOMETRIC
    kinds = {kind.MINISBLACK, kind.MINISWHITE, kind.PALETTE, kind.RGB}
    if page.compression == tifffile.COMPRESSION.JPEG:  # tifffile turns its YCbCr into RGB
        kinds.add(kind.YCBCR)
    if samples.ndim > 3 or samples.dtype.kind not in "buif" or page.photometric not in kinds:
        raise PleuraError(
            f"axes {page.axes}, {samples.dtype}, photometric {page.photometric}: "
            "save it as a gray or RGB image"
        )
    return samples


def _spread(samples: Array, bits: int) -> Array:
    """Samples of 1 to 7 bits spread over 0 to 255; others as they are."""
    if bits >= 8:
        return samples
    step = np.float32(255 / (2**bits - 1))
    return in_bands(lambda band: np.rint(band * step).astype(np.uint8), samples)
