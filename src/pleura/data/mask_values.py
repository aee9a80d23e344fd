"""What the values of a user's mask files mean: which structure, background, or to be ignored."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pleura.data.names import alike, word_key
from pleura.data.readers import read_image, split_address
from pleura.data.readers.decoded import turn_upright
from pleura.data.readers.pillow import JPEG, orientation_of
from pleura.errors import PleuraError

IGNORED = 255
APART = 64  # values of a JPEG closer to each other cannot be told apart
NO_MASK = "no mask"
SPOKEN_FOR = ("background", "all")  # what tables call other things

Pixels = NDArray[np.uint8]
Value = Annotated[int, Field(ge=0, lt=2**16)]
Name = Annotated[str, Field(min_length=1, max_length=80)]


class MaskError(PleuraError):
    """A file that can be read, but is no mask of its image."""


class Masks(BaseModel):
    """Where masks are, and what they show: one file an image (`structures`), or one file an image
    and structure (`columns`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str = Field("mask", description="the manifest's column of mask files")
    structures: dict[Name, Value | list[Value]] | None = Field(
        None, description="structure: its value or values, such as {lung: 255}; else background"
    )
    columns: dict[Name, str] | None = Field(
        None, description="instead, structure: a column of files; what is not 0 belongs to it"
    )
    ignore: Value | None = Field(None, description="a value neither trained on nor judged")
    spacing: str | None = Field(None, description="a column: mm a pixel of the stored image")

    @model_validator(mode="after")
    def _clear(self) -> "Masks":
        if bool(self.structures) == bool(self.columns):
            raise ValueError("give either structures or columns")
        if len(self.names) >= IGNORED:
            raise ValueError(
                f"{len(self.names)} structures are more than the {IGNORED - 1} allowed"
            )
        if taken := [name for name in self.names if name in SPOKEN_FOR]:
            raise ValueError(f"no structure can be called {taken[0]!r}")
        for one, other, *_ in alike(self.names, word_key):
            raise ValueError(f"structures {one!r} and {other!r} differ in spelling only")
        values = [value for _, value in self.values]
        if twice := [value for value in values if values.count(value) > 1 or value == self.ignore]:
            raise ValueError(f"value {twice[0]} stands there twice")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The structures, in the order of their indices from 1."""
        return tuple(self.structures or self.columns or ())

    @property
    def values(self) -> list[tuple[int, int]]:
        """(index of the structure, value in the file); empty with one file a structure."""
        return [
            (number, value)
            for number, given in enumerate((self.structures or {}).values(), start=1)
            for value in (given if isinstance(given, list) else [given])
        ]

    @property
    def files(self) -> tuple[str, ...]:
        """Columns of addresses that the manifest must keep."""
        return tuple(self.columns.values()) if self.columns else (self.column,)

    @property
    def extras(self) -> tuple[str, ...]:
        """Further columns that the manifest must keep."""
        return (self.spacing,) if self.spacing else ()


def read_indices(masks: Masks, addresses: list[str]) -> tuple[Pixels, dict[int, int]]:
    """The mask of one image, (h, w) uint8, and how many pixels have values that are nothing.

    `addresses` are those of the columns `masks.files`. With one file a structure, an empty address
    means that the structure is not in the image, as long as another has a file; where two overlap,
    the later one wins. In a JPEG, which keeps no value exactly, each pixel has the nearest of the
    values named and 0. Raises ReadError; MaskError for no address, colours, files of unequal size,
    a JPEG with values less than 64 apart.
    """
    if not any(addresses):
        raise MaskError(NO_MASK)
    if masks.columns is None:
        return _by_value(masks, _read(addresses[0]), _is_jpeg(addresses[0]))
    result: Pixels | None = None
    for number, address in enumerate(addresses, start=1):
        if not address:
            continue
        values = _read(address)
        if result is None:
            result = np.zeros(values.shape, np.uint8)
        elif values.shape != result.shape:
            raise MaskError(f"its files are of unequal size: {address}")
        belongs = values >= 128 if _is_jpeg(address) else values != 0
        result[belongs] = number
        if masks.ignore is not None:
            result[values == masks.ignore] = IGNORED
    assert result is not None
    return result, {}


def _by_value(masks: Masks, values: NDArray[Any], lossy: bool) -> tuple[Pixels, dict[int, int]]:
    named = {value: number for number, value in masks.values}
    if masks.ignore is not None:
        named[masks.ignore] = IGNORED
    if lossy:
        values = _nearest_value(values, sorted({0, *named}))
    table = np.zeros(2**16, np.uint8)
    for value, number in named.items():
        table[value] = number
    counts = np.bincount(values.ravel())
    others = {
        int(value): int(counts[value])
        for value in np.flatnonzero(counts)
        if value and int(value) not in named
    }
    return table[values], others


def _nearest_value(values: NDArray[Any], known: list[int]) -> NDArray[Any]:
    if min(np.diff(known)) < APART:
        raise MaskError(f"a JPEG cannot keep the values {known} apart; save masks as PNG")
    middles = (np.array(known[1:]) + np.array(known[:-1])) / 2
    return np.array(known)[np.searchsorted(middles, values)]


def _read(address: str) -> NDArray[Any]:
    """Whole numbers (h, w): of a palette the indices, of a 1-bit file 0 and 255."""
    pixels = read_image(address).pixels  # finds damage that Pillow passes over
    path, member = split_address(address)
    if member is None and path.suffix.lower() not in (".tif", ".tiff"):
        with Image.open(path) as image:
            if image.mode == "P":
                return turn_upright(np.asarray(image), orientation_of(image))
            _refuse_colours(image)
            if image.mode in ("LA", "RGBA"):
                # Opacity says nothing.
                return turn_upright(np.asarray(image.getchannel(0)), orientation_of(image))
    if pixels.dtype.kind != "u":
        raise MaskError("its values are no whole numbers")
    return pixels


def _refuse_colours(image: Image.Image) -> None:
    if image.mode in ("RGB", "RGBA") and image.format == "PNG":
        red, green, blue = (np.asarray(image.getchannel(band)) for band in "RGB")
        if not (np.array_equal(red, green) and np.array_equal(red, blue)):
            raise MaskError("colours; a mask needs numbers: save it as gray or palette PNG")


def _is_jpeg(address: str) -> bool:
    """By its first bytes, as images are read: whatever its name, it has lost its values."""
    path, _ = split_address(address)
    with path.open("rb") as file:
        return file.read(len(JPEG)) == JPEG


def is_turned(address: str) -> bool:
    """Whether a file says that its image or mask is to be shown turned or mirrored (EXIF)."""
    path, member = split_address(address)
    if member is not None:
        return False
    try:
        with Image.open(path) as image:
            return 2 <= orientation_of(image) <= 8
    except Exception:  # what cannot be read is told by those who read it
        return False
