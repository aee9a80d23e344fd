"""Images cropped to their lungs, and lungs alone: what lies outside is no clue, in no part.

An image is cropped to the box around its lungs with a margin, and the box is laid whole into a
square, between black bars where it is no square. Of *lungs alone* everything outside of the lungs
is one gray. Where no usable lungs are found the centre is shown instead: left out, such images
would take away the diseased, whose lungs are found least; shown whole, their frame would tell that
they are such images.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pleura.data.bank import Box, to_square
from pleura.data.bank_file import Square, Squared
from pleura.data.hidden import FRAME
from pleura.data.lung_notes import write_notes
from pleura.data.lung_regions import Lungs
from pleura.data.mask_bank import fit_mask
from pleura.data.shortcut_settings import LungCrop
from pleura.errors import InputError
from pleura.files import digest_of
from pleura.wording import count

VERSION = 1  # part of every key: raised whenever the same lungs would give other pixels
LEAST = 0.4  # of the width and of the height of an image: the box around usable lungs
SPECK = 0.05  # of the largest piece: what is smaller is no lung
GRAY = 128  # in the place of what is hidden: near the mean, and the same in every image

Places = NDArray[np.bool_]


@dataclass(frozen=True)
class Region:
    """What is seen of one image.

    `box`: left, top, right, bottom as shares of its width and height. `lungs`: (size, size) bool,
    where they are in the square that is made of the box. `found`: whether usable lungs are; if not,
    `lungs` is false everywhere and the box holds the centre.
    """

    box: tuple[float, float, float, float]
    lungs: Places
    found: bool


def region_of(lungs: Places, crop: LungCrop, size: int) -> Region:
    """What is seen of an image whose `lungs` (height, width) are found, in a square of `size`."""
    height, width = lungs.shape
    lungs = _without_specks(lungs)
    inside = _box_of(lungs, crop.margin)
    if inside is None:
        rest = 1 - FRAME
        return Region((FRAME, FRAME, rest, rest), np.zeros((size, size), np.bool_), found=False)
    left, top, right, bottom = inside
    part = lungs[top:bottom, left:right].astype(np.uint8)
    placed = fit_mask(part, right - left, bottom - top, size, "pad") > 0
    return Region((left / width, top / height, right / width, bottom / height), placed, found=True)


def _without_specks(lungs: Places) -> Places:
    """Lungs (height, width) without pieces that are much smaller than the largest one: one such
    piece at an edge would make the box that of the whole image."""
    pieces, number = ndimage.label(lungs, np.ones((3, 3)))
    if number < 2:
        return lungs
    areas = np.bincount(pieces.ravel())
    areas[0] = 0
    return np.asarray((areas >= SPECK * areas.max())[pieces] & lungs, dtype=np.bool_)


def _box_of(lungs: Places, margin: float) -> Box | None:
    """The box around lungs (height, width) with a margin, in pixels; None where the box of the
    lungs is too small to hold both."""
    height, width = lungs.shape
    columns, rows = (np.flatnonzero(lungs.any(axis=axis)) for axis in (0, 1))
    if not len(rows):
        return None
    left, right, top, bottom = columns[0], columns[-1] + 1, rows[0], rows[-1] + 1
    wide, high = right - left, bottom - top
    if wide < LEAST * width or high < LEAST * height:
        return None
    across, down = round(margin * wide), round(margin * high)
    return (
        max(0, int(left) - across),
        max(0, int(top) - down),
        min(width, int(right) + across),
        min(height, int(bottom) + down),
    )


def seen_square(pixels: Square, region: Region, crop: LungCrop) -> Square:
    """The square that is seen of an image, whose gray levels (h, w) may be reduced in scale."""
    height, width = pixels.shape
    sides = (width, height, width, height)
    left, top, right, bottom = (
        round(share * side) for share, side in zip(region.box, sides, strict=True)
    )
    part = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    square = to_square(part, len(region.lungs), "pad")
    if crop.alone and region.found:
        square[~region.lungs] = GRAY
    return square


@dataclass(frozen=True)
class LungRegions:
    """What is seen of each image of a bank: `doubtful` (n,) bool, where the quality flag of the
    masker says so; `origin` is the masker's name."""

    crop: LungCrop
    regions: Sequence[Region]
    doubtful: NDArray[np.bool_]
    origin: str

    @cached_property
    def found(self) -> NDArray[np.bool_]:
        """(n,) whether usable lungs are found."""
        return np.array([region.found for region in self.regions], dtype=np.bool_)

    def refuse_none_found(self) -> None:
        """Raise InputError where no image has usable lungs, so that none could be cropped."""
        if not self.found.any():
            raise InputError(
                f"data.lungs.crop: the lung masker {self.origin} finds usable lungs in none of "
                f"{count(len(self.found), 'image')}, so that there is nothing to crop to; look at "
                "its masks (`pleura masks`), take a masker that fits these images, or leave crop "
                "out"
            )

    @cached_property
    def masks(self) -> Places:
        """(n, size, size) the lungs in what is seen."""
        return np.stack([region.lungs for region in self.regions])

    @cached_property
    def key(self) -> str:
        """A digest of what is seen of each image."""
        seen = [VERSION, self.crop.margin, self.crop.alone]
        boxes = [region.box for region in self.regions]
        alone = self.regions if self.crop.alone else ()  # else masks have no part in what is seen
        masks = [np.packbits(region.lungs).tobytes().hex() for region in alone]
        return digest_of([seen, boxes, self.found.tolist(), masks])

    def lungs(self, rows: NDArray[np.int64]) -> Lungs:
        """Where the lungs are in what is seen of those of `rows` in which usable ones are found."""
        at = np.sort(rows[self.found[rows]])
        return Lungs(at, self.masks[at], self.doubtful[at], self.origin)

    def notes(self, members: Mapping[str, NDArray[np.bool_]]) -> tuple[str, ...]:
        """Sentences for the report: what was done, and of how many images of each class no usable
        lungs were found; `members` says of each class which images (n,) are of it."""
        return write_notes(self.crop, self.origin, self.found, members)

    def squared(self, images: Sequence[str]) -> Squared:
        """What makes of the gray levels of one of the `images` of the bank what is seen of it."""
        of = dict(zip(images, self.regions, strict=True))
        return lambda image, pixels: seen_square(pixels, of[image], self.crop)
