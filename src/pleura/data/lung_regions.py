"""Where the lungs are in the images of a bank, and a place for the same shape elsewhere."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pleura.data.bank import Bank
from pleura.data.manifest import Manifest
from pleura.data.mask_bank import Masks, build_masks
from pleura.errors import InputError
from pleura.files import digest_of

GIVEN = "given"
COLUMN = "lung_mask"
MASKS = Masks(columns={"lung": COLUMN})

Rows = NDArray[np.int64]
Places = NDArray[np.bool_]


@dataclass(frozen=True)
class Lungs:
    """The lungs of those images of a bank in which there are any.

    `rows`: (k,) rows of the bank, sorted; `masks`: (k, size, size) bool, none of them empty;
    `doubtful`: (k,) bool, where the masker's quality flag says so; `origin`: "given", or the
    masker's name. `notes` are sentences for the report.
    """

    rows: Rows
    masks: Places
    doubtful: NDArray[np.bool_]
    origin: str
    notes: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """A digest of the rows, the masks, the same shapes elsewhere and the doubts, whatever their
        origin."""
        packed = [
            hashlib.sha256(np.packbits(places).tobytes()).hexdigest()
            for places in (self.masks, self.elsewhere)
        ]
        return digest_of([self.rows.tolist(), packed, self.doubtful.tolist()])

    @cached_property
    def elsewhere(self) -> Places:
        """The same shapes elsewhere, (k, size, size); see `elsewhere`."""
        moved = [elsewhere(mask) for mask in self.masks]
        return np.array(moved, dtype=np.bool_).reshape(self.masks.shape)

    def key_of(self, rows: Rows) -> str:
        """A digest of the masks of some rows of the bank; those without lungs are passed over."""
        known = np.intersect1d(self.rows, rows)
        packed = np.packbits(self.masks[self.at(known)]).tobytes()
        return digest_of([known.tolist(), hashlib.sha256(packed).hexdigest()])

    def at(self, rows: Rows) -> Rows:
        """The positions in `masks` of some rows of the bank, all of which must be among `rows`."""
        return np.searchsorted(self.rows, rows)


def given_lungs(
    manifest: Manifest, bank: Bank, rows: Rows, folder: Path, *, of: str = "tests"
) -> Lungs:
    """The lungs of those of `rows` whose cell in the column `lung_mask` names a mask file.

    What is not 0 in the file is lung. The mask is laid on the image by `mask_bank.build_masks`,
    which keeps it below `folder`. Images whose mask is empty are left out. `of` is what images at
    `rows` do, for the message. Raises one InputError with every mask that cannot be used, or where
    there is no mask at all.
    """
    asked = manifest.table[COLUMN].to_numpy(dtype=object)[rows] != ""
    rows = np.asarray(rows[asked], dtype=np.int64)
    if not len(rows):
        raise InputError(
            f"{manifest.origin}: lungs are given, but the column {COLUMN} is empty for every image "
            f"that {of}; name the column of mask files (columns: {{{COLUMN}: ...}}) or a masker"
        )
    some = replace(manifest, table=manifest.table.iloc[rows].reset_index(drop=True))
    # Its pixels are not read; what `build_masks` wants are the sizes of the images.
    key = digest_of([bank.key, rows.tolist()])
    part = replace(bank, key=key, info=bank.info.iloc[rows].reset_index(drop=True))
    mask_bank = build_masks(some, MASKS, part, folder)
    masks = mask_bank.read(np.arange(len(rows))) == 1
    return seen(Lungs(rows, masks, np.zeros(len(rows), dtype=np.bool_), GIVEN, mask_bank.notes))


def seen(lungs: Lungs) -> Lungs:
    """`lungs` without the images whose mask is empty, since nothing can be hidden in them; sorted
    by row. A note tells how many images were left out."""
    shown = lungs.masks.any(axis=(1, 2))
    order = np.flatnonzero(shown)[np.argsort(lungs.rows[shown], kind="stable")]
    empty = f"images without any lung in their mask, which are left out: {int((~shown).sum())}"
    return replace(
        lungs,
        rows=lungs.rows[order],
        masks=lungs.masks[order],
        doubtful=lungs.doubtful[order],
        notes=lungs.notes if shown.all() else (*lungs.notes, empty),
    )


def elsewhere(mask: Places) -> Places:
    """The shape of `mask` (h, w) at the place where it overlaps `mask` least, rolled around the
    edges of the image.

    Among equally good places the nearest is taken. Lungs that cover more than half of an image
    cannot be avoided; `overlap` tells how much of the shape still lies on them.
    """
    height, width = mask.shape
    spectrum = np.fft.rfft2(mask.astype(np.float64))
    # Circular autocorrelation: the overlap after each shift; whole numbers, but for rounding.
    shared = np.rint(np.fft.irfft2(np.abs(spectrum) ** 2, s=(height, width)))
    down, across = (np.minimum(np.arange(n), n - np.arange(n)) for n in (height, width))
    far = np.hypot(down[:, None], across)
    best = np.flatnonzero(shared == shared.min())
    dy, dx = np.unravel_index(best[np.argmin(far.ravel()[best])], mask.shape)
    return np.roll(mask, (int(dy), int(dx)), axis=(0, 1))


def overlap(masks: Places, others: Places) -> NDArray[np.float64]:
    """The share of each of `masks` (k, h, w) that also lies in `others`: (k,). No mask may be
    empty."""
    both = (masks & others).sum(axis=(1, 2))
    return np.asarray(both / masks.sum(axis=(1, 2)), dtype=np.float64)
