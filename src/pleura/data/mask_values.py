"""Reads what the values of a user's mask files mean: a structure, background, or to be ignored."""

from dataclasses import replace
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field, model_validator

from pleura.data.names import alike, word_key
from pleura.data.readers import read_numbers, split_address
from pleura.data.readers.decoded import Numbers
from pleura.data.readers.pillow import orientation_of
from pleura.data.readers.tiff import TiffReader, turn_of_tiff
from pleura.errors import PleuraError
from pleura.options import InTable, Options

IGNORED = 255
APART = 64  # values of a JPEG closer to each other cannot be told apart
EIGHT = 8  # bits
HALF = 128  # of 0 and 255: from there on a pixel belongs to a structure
NO_MASK = "no mask"
SPOKEN_FOR = ("background", "all")  # what tables call other things

Pixels = NDArray[np.uint8]
Value = Annotated[int, Field(ge=0, lt=2**16)]
Name = Annotated[str, Field(min_length=1, max_length=80)]


class MaskError(PleuraError):
    """A file that can be read, but that is no mask of its image."""


class Masks(Options):
    """Where masks are, and what they show: one file for an image (`structures`), or one file for
    each structure of an image (`columns`)."""

    column: InTable = Field("mask", description="the manifest's column of mask files")
    structures: dict[Name, Value | list[Value]] | None = Field(
        None, description="structure: its value or values, such as {lung: 255}; else background"
    )
    columns: dict[Name, InTable] | None = Field(
        None, description="instead, structure: a column of files; what is not 0 belongs to it"
    )
    ignore: Value | None = Field(None, description="a value neither trained on nor judged")
    spacing: InTable | None = Field(None, description="a column: mm a pixel of the stored image")

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


class Indices(NamedTuple):
    """The mask of one image.

    `mask`: (h, w) uint8; `others`: the number of pixels of each value that has no meaning;
    `inferred`: whether what the values mean had to be inferred from all of them, since they are of
    less than 8 bits or were changed by a codec.
    """

    mask: Pixels
    others: dict[int, int]
    inferred: bool = False


def read_indices(masks: Masks, addresses: list[str]) -> Indices:
    """The mask of one image.

    `addresses` are those in the columns `masks.files`. With one file for each structure, an empty
    address means that the structure is not in the image, if there is a file for another one; where
    two structures overlap, the later one wins. A JPEG keeps no value exactly, so each pixel gets
    the nearest of 0 and the values that are named; so it does where another codec has changed
    values. Gray of less than 8 bits is read as `_meant` says.

    Raises ReadError for a file that cannot be read, and for colours; MaskError for no address at
    all, files of unequal size, values that are no whole numbers, a JPEG whose named values are less
    than 64 apart, and values below 128 where a codec has changed them.
    """
    if not any(addresses):
        raise MaskError(NO_MASK)
    if masks.columns is None:
        return _by_value(masks, _read(addresses[0]))
    result: Pixels | None = None
    inferred = False
    for number, address in enumerate(addresses, start=1):
        if not address:
            continue
        numbers = _read(address)
        named = [] if masks.ignore is None else [masks.ignore]
        values = _meant(numbers, named) if named else numbers.values
        if result is None:
            result = np.zeros(values.shape, np.uint8)
        elif values.shape != result.shape:
            raise MaskError(f"its files are of unequal size: {address}")
        changed = _changed(numbers, named)
        result[_belongs(numbers, changed)] = number
        result[np.isin(values, named)] = IGNORED
        inferred |= changed or values is not numbers.values
    assert result is not None
    return Indices(result, {}, inferred)


def _changed(numbers: Numbers, named: list[int]) -> bool:
    """Whether a codec that may lose something has done so: there are values besides 0, those
    `named` and, where none belongs to a structure, a single other one."""
    if not numbers.perhaps_lossy:
        return False
    return np.setdiff1d(numbers.values, [0, *named]).size > 1


def _belongs(numbers: Numbers, changed: bool) -> NDArray[np.bool_]:
    """Which pixels (h, w) of a file for one structure belong to it."""
    values = numbers.values
    if not changed:
        return np.asarray(values >= HALF if numbers.lossy else values != 0)
    if (highest := int(values.max())) < HALF:
        raise MaskError(
            f"its codec may change values, and they reach {highest} only; save masks as PNG"
        )
    return np.asarray(values > highest / 2)


def _by_value(masks: Masks, numbers: Numbers) -> Indices:
    index_of = {value: number for number, value in masks.values}
    if masks.ignore is not None:
        index_of[masks.ignore] = IGNORED
    values = _meant(numbers, [*index_of])
    changed = numbers.perhaps_lossy and not np.isin(values, [0, *index_of]).all()
    inferred = changed or values is not numbers.values
    if numbers.lossy or changed:
        what = "a JPEG" if numbers.lossy else "a codec that changes values"
        values = _nearest_value(values, sorted({0, *index_of}), what)
    table = np.zeros(2**16, np.uint8)
    table[list(index_of)] = list(index_of.values())
    counts = np.bincount(values.ravel())
    others = [value for value in np.flatnonzero(counts).tolist() if value not in {0, *index_of}]
    return Indices(table[values], {value: int(counts[value]) for value in others}, inferred)


def _meant(numbers: Numbers, named: list[int]) -> NDArray[Any]:
    """The values (h, w) that are meant in a file of less than 8 bits, by those that are `named`.

    Programs that make files small store 0 and 255 as 0 and 1, others store 1 as it is. The values
    spread over 0 to 255 are meant where all of them are named; else those that are stored, where
    all of them are named or all that are named could be stored.
    """
    if numbers.bits >= EIGHT or np.isin(numbers.values, [0, *named]).all():
        return numbers.values
    stored = numbers.stored
    if max(named) < 2**numbers.bits or np.isin(stored, [0, *named]).all():
        return stored
    return numbers.values


def _nearest_value(values: NDArray[Any], allowed: list[int], what: str) -> NDArray[Any]:
    if min(np.diff(allowed)) < APART:
        raise MaskError(f"{what} cannot keep the values {allowed} apart; save masks as PNG")
    middles = (np.array(allowed[1:]) + np.array(allowed[:-1])) / 2
    return np.array(allowed)[np.searchsorted(middles, values)]


def _read(address: str) -> Numbers:
    """Whole numbers (h, w) from 0 to 65,535, whatever kind of number the file has for them."""
    numbers = read_numbers(address)
    values = numbers.values
    if values.dtype.kind not in "u" or values.dtype.itemsize > 2:
        with np.errstate(invalid="ignore"):  # of what is no number
            whole = values.astype(np.uint16)
        if not np.array_equal(whole, values):
            raise MaskError("its values are no whole numbers from 0 to 65535")
        values = whole
    return replace(numbers, values=values)


def is_turned(address: str) -> bool:
    """Whether a file says that its image or mask is to be shown turned or mirrored (EXIF)."""
    path, member = split_address(address)
    if member is not None:
        return False
    try:
        if path.suffix.lower() in TiffReader.suffixes:  # Pillow opens few kinds of TIFF
            return 2 <= turn_of_tiff(path) <= 8
        with Image.open(path) as image:
            return 2 <= orientation_of(image) <= 8
    except Exception:  # what cannot be read is told by those who read it
        return False
