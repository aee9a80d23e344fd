"""Decodes images as the model that is handed over has to see them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from pleura.data.addresses import on_disk
from pleura.data.bank import read_for, to_square
from pleura.data.bank_file import Square
from pleura.data.clips.sectors import look_ahead, only_sector
from pleura.data.depth import KEY, RangeError, likely_range, to_8_bits
from pleura.data.lung_crop import Region, seen_square
from pleura.data.readers import ReadError
from pleura.data.readers.decoded import Decoded, FullRange, Range
from pleura.data.readers.in_order import in_threads, made_once
from pleura.data.shortcut_settings import CROP, LungCrop

THREADS = 4  # that read files while a network waits
T = TypeVar("T")
Result = TypeVar("Result")


def decode_for(
    card: Mapping[str, Any],
    image: str | Path,
    full_range: Range | None = None,
    region: Region | None = None,
) -> tuple[Decoded, Square]:
    """Decode one image file as those were from which the model of `card` has learned.

    `full_range` gives the stored values that are black and white in an image of more than 8 bits,
    where they are not those of the training images; `region` what is seen of an image, where the
    model sees images that are cropped to their lungs. Raises ReadError where the image cannot be
    read, or its values do not fit.
    """
    address = on_disk(str(image))
    if _has_sector(card):
        look_ahead(address, _ends(card, full_range))
    decoded = read_for(address, card["size"], card.get("reduced", True))
    return decoded, square_for(card, decoded, str(image), full_range, address, region)


def square_for(
    card: Mapping[str, Any],
    decoded: Decoded,
    name: str,
    full_range: Range | None = None,
    address: str = "",
    region: Region | None = None,
) -> Square:
    """The square (size, size) uint8 of an image that has been read, made as by `decode_for`.

    A ReadError calls the image `name`. `address`: where it was read, "" for an array.
    """
    if KEY not in card and decoded.bits > 8:
        raise ReadError(
            name,
            f"{decoded.bits} bits, but the model was handed over when each such image had a window "
            "of its own; train it again, or save the image in 8 bits",
        )
    if decoded.pixels.dtype.kind == "f" and not np.isfinite(decoded.pixels).any():
        raise ReadError(name, "has no finite value and shows nothing")
    try:
        ends, believed = full_range or card.get(KEY), full_range is not None
        pixels, _ = made_once(
            decoded, (str(ends), believed), partial(to_8_bits, decoded, ends, believed=believed)
        )
        if _has_sector(card):
            pixels, _ = only_sector(address, pixels, _ends(card, full_range))
    except RangeError as error:
        black, white = likely_range(error.levels.low, error.levels.high)
        cure = (
            f"say which values are black and white, such as {KEY}=({black:.6g}, {white:.6g}) in "
            f"Python, --full-range {black:.6g} {white:.6g} of a command"
        )
        raise ReadError(name, f"{error}; {cure}") from error
    crop = crop_of(card)
    if crop is None:
        return to_square(pixels, card["size"], card["fit"])
    if region is None:
        raise ValueError("what this model sees of an image only its lung masker can tell")
    return seen_square(pixels, region, crop)


def crop_of(card: Mapping[str, Any]) -> LungCrop | None:
    """How images are cropped to their lungs for a model; None where it sees them whole."""
    its = card.get(CROP)
    return LungCrop(its["margin"], its["alone"]) if its else None


def _has_sector(card: Mapping[str, Any]) -> bool:
    """Whether the model has seen the ultrasound's sector alone."""
    return bool((card.get("frames") or {}).get("sector"))


def _ends(card: Mapping[str, Any], full_range: Range | None) -> FullRange | None:
    """The stored values that are black and white: those given, or those of the model."""
    ends = full_range or card.get(KEY)
    return (ends[0], ends[1]) if isinstance(ends, list) else ends


def read_in_batches(
    images: Sequence[T], read: Callable[[T], Result], batch: int
) -> Iterator[list[Result | ReadError]]:
    """What `read` gives of each image, or the ReadError that it raises: `batch` images at a time,
    in order, by several threads."""

    def give(image: T) -> Result | ReadError:
        try:
            return read(image)
        except ReadError as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(images), batch):
            yield list(in_threads(pool, give, images[start : start + batch]))
