"""What `predict` takes: image files and gray arrays, on their way to what a network sees."""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pleura.data.addresses import on_disk, why_missing
from pleura.data.bank_file import Square
from pleura.data.lung_crop import Region
from pleura.data.names import is_missing
from pleura.data.readers import NO_SUCH_FILE, ReadError, split_address
from pleura.data.readers.decoded import Decoded, Range, full_range_of, to_gray
from pleura.deploy.decoding import decode_for, square_for
from pleura.errors import InputError

Image = str | Path | NDArray[Any]
Images = Image | Iterable[Image]

TAKES = (
    "predict takes an image file ('a.png' or a Path), a gray array (h, w) or (n, h, w), or a list "
    "of these"
)
DEPTHS = (
    "an array is read as a file of its depth: uint8 as it is; uint16, int16, uint32, int32 and "
    "floats like an image of more than 8 bits"
)
KNOWN_DEPTHS = ("u1", "u2", "i2", "u4", "i4", "f2", "f4", "f8")
COLOURS = 4  # samples of a pixel, at most
_WEB = re.compile(r"(?:^|/)[a-z][a-z\d]+:/", re.IGNORECASE)  # one letter is a disk of Windows


def list_images(images: Images) -> list[Image]:
    """A list with one item for each image: the address of its file, or an array (h, w).

    Raises InputError for what is neither.
    """
    if isinstance(images, str | Path):
        return [images]
    if isinstance(images, np.ndarray) and images.dtype.kind not in "UO":
        return _of_array(images)
    if isinstance(images, Mapping | Set | bytes) or not isinstance(images, Iterable):
        raise InputError(f"{TAKES}; not {_called(images)}")
    if hasattr(images, "columns"):
        raise InputError(f"{TAKES}; not a table: give the column that holds its files")
    if hasattr(images, "read"):
        raise InputError(f"{TAKES}; not an open file: give its path")
    if not type(images).__module__.startswith(("builtins", "numpy", "pandas")):
        # Tensors and pictures can be iterated over, but not image by image.
        raise InputError(f"{TAKES}; not {_called(images)}: give np.asarray of it")
    listed = list(images)
    for number, image in enumerate(listed):
        if isinstance(image, np.ndarray) and image.ndim == 2:
            _check_array(image)
        elif not isinstance(image, str | Path):
            shape = f" of shape {image.shape}" if isinstance(image, np.ndarray) else ""
            raise InputError(f"{TAKES}; item {number} of the list is {_called(image)}{shape}")
    return listed


def names_of(images: list[Image]) -> list[str]:
    """What messages call each image: its address, or `image 3` by its place from 0."""
    return [
        f"image {number}" if isinstance(image, np.ndarray) else str(image)
        for number, image in enumerate(images)
    ]


def refuse_no_file(address: str) -> None:
    """Raise ReadError for an address that cannot be that of an image, and say why."""
    path, _ = split_address(on_disk(address)) if address else (Path(), None)
    if address and os.path.exists(path):  # noqa: PTH110 (Path fails on a long name)
        if path.is_dir():
            raise ReadError(address, "is a folder, not an image; name its files")
        return
    if is_missing(Path(address).name):
        raise ReadError(address, "names no image")
    if _WEB.search(address):
        raise ReadError(address, "an address of the web; save the image as a file first")
    gone = os.path.islink(path)  # noqa: PTH114 (as above)
    why = " (a link to a file that is gone)" if gone else why_missing(address)
    raise ReadError(address, f"{NO_SUCH_FILE}{why}")


class Seen(NamedTuple):
    """What a network sees of an image: the `square` (size, size) uint8; the `width` and `height` of
    the upright image, in pixels; whether it was `cut` (see `Decoded`); and whether usable lungs
    were `found` in it, None for a model that sees whole images."""

    square: Square
    width: int
    height: int
    cut: bool
    found: bool | None = None


Finds = Callable[[Image, int, Range | None], Region]
"""Finds what is seen of an image in a square of some pixels, by its lungs."""


def see(
    image: Image,
    card: Mapping[str, Any],
    full_range: Range | None = None,
    finds: Finds | None = None,
) -> Seen:
    """What the network of a `card` sees of one item of `list_images`.

    `full_range` gives the values that are black and white in images of more than 8 bits; `finds`
    is what finds the lungs for a model that sees images cropped to them. Raises ReadError for what
    is no file or cannot be read, and for values that do not fit.
    """
    if isinstance(image, np.ndarray):
        read, region = _as_read(image), finds(image, card["size"], full_range) if finds else None
        square = square_for(card, read, "the array", full_range, region=region)
        return _seen(read, square, region)
    refuse_no_file(str(image))
    region = finds(image, card["size"], full_range) if finds else None
    return _seen(*decode_for(card, image, full_range, region), region)


def _seen(decoded: Decoded, square: Square, region: Region | None) -> Seen:
    found = None if region is None else region.found
    return Seen(square, decoded.width, decoded.height, decoded.cut, found)


def _as_read(array: NDArray[Any]) -> Decoded:
    """What a reader would give for a file that holds the array (h, w)."""
    bits = 8 * array.dtype.itemsize
    height, width = array.shape
    ends = full_range_of(array.dtype.kind, bits)
    return Decoded(to_gray(array), width, height, bits, full_range=ends)


def _of_array(images: NDArray[Any]) -> list[Image]:
    shape = images.shape
    if images.ndim == 3 and shape[2] <= COLOURS and min(shape[:2]) > COLOURS:
        raise InputError(f"{TAKES}; shape {shape} looks like one colour image: give its gray")
    if images.ndim not in (2, 3):
        raise InputError(f"{TAKES}; this array has shape {shape}")
    stack = images[None] if images.ndim == 2 else images
    for image in stack:
        _check_array(image)
    return list(stack)


def _check_array(image: NDArray[Any]) -> None:
    if image.dtype.newbyteorder("=").str[1:] not in KNOWN_DEPTHS:
        raise InputError(
            f"{TAKES}; what {image.dtype} values mean is not known: {DEPTHS}. Say which with "
            ".astype(np.uint8) or another"
        )
    if image.size == 0:
        raise InputError(f"{TAKES}; an array of shape {image.shape} has no pixels")
    if image.dtype.kind == "f" and not np.isfinite(image).any():
        raise InputError(f"{TAKES}; an array without any finite value shows nothing")


def _called(value: object) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
