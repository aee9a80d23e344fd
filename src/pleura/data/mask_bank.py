"""The bank of masks: which structure each pixel of a bank of images belongs to."""

import json
import os
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.data.bank import Bank, Fit, file_digests, placing
from pleura.data.bank_file import has_length, read_squares
from pleura.data.manifest import Manifest
from pleura.data.mask_values import (
    IGNORED,
    NO_MASK,
    Indices,
    MaskError,
    Masks,
    Pixels,
    is_turned,
    read_indices,
)
from pleura.errors import InputError, PleuraError
from pleura.files import digest_of, read_mapping, write_atomically, write_text
from pleura.wording import first_few

__all__ = ["MaskBank", "Masks", "build_masks", "fit_mask"]

DECODER = 3  # part of every key: raised whenever the same file would come out as other structures
INFERENCE = 1  # the same, part of those keys alone where the meaning of values was inferred
AT_ONCE = 256  # masks held in memory
LISTED = 8
MASKS = "masks.u8"  # the file of a mask bank's masks


@dataclass(frozen=True)
class MaskBank:
    """The masks of all images of a bank, in its order, (n, size, size) uint8 on disk.

    A pixel is 0 for background, i + 1 for `structures[i]`, and 255 where it is to be ignored.
    `spacing`: (n,) float64, mm a pixel of the bank, nan where it is not known. `notes` are
    sentences for the report.
    """

    folder: Path
    key: str
    size: int
    structures: tuple[str, ...]
    spacing: NDArray[np.float64]
    notes: tuple[str, ...]

    def read(self, rows: NDArray[Any]) -> Pixels:
        """(len(rows), size, size) uint8, in the order asked; raises as `read_squares` does."""
        return read_squares(self.folder / MASKS, len(self.spacing), self.size, rows)


@dataclass(frozen=True)
class _Decoded:
    """What is kept beside decoded masks: notes, and whether the meaning of values was inferred in
    any of the files (`Indices.inferred`)."""

    notes: list[str]
    inferred: bool


def build_masks(
    manifest: Manifest,
    masks: Masks,
    bank: Bank,
    folder: Path,
) -> MaskBank:
    """Decode the masks of `manifest` into `folder/<key[:16]>`, so that they lie on the images of
    `bank`.

    The same part of the image is cut out as in the bank; each pixel of the bank takes the nearest
    pixel of the mask. A mask may be larger or smaller than its image, but must have the same
    aspect. It is taken to lie on the image as it is shown; where only the image is turned by its
    file (EXIF), a note says so. `manifest` needs the columns that `masks.files` and `masks.extras`
    name. The folder is whole or not there, whatever happens to the process.

    Raises one `InputError` with every problem: no mask, no such file, unreadable, colours, another
    aspect, a spacing that is no length, a structure that is in no mask.
    """
    addresses = [list(row) for row in zip(*(manifest.table[c] for c in masks.files), strict=True)]
    spacing, problems = _spacing(manifest, masks, bank)
    flat = [address for row in addresses for address in row]
    digests = iter(file_digests(flat, folder, os.cpu_count() or 1))
    files = [list(islice(digests, len(row))) for row in addresses]
    names = [[address.partition("::")[2] for address in row] for row in addresses]
    key = digest_of(
        {
            "decoder": DECODER,
            "masks": masks.model_dump(),
            "bank": bank.key,
            "files": files,
            "members": names,
            "spacing": [None if np.isnan(value) else value for value in spacing],
        }
    )
    home = folder / key[:16]
    decoded = _finished(home, len(bank) * bank.size**2)
    if decoded is None:
        decoded = _build(manifest, masks, bank, addresses, home, problems)
        write_text(home / "masks.json", json.dumps({"key": key, **asdict(decoded)}))
    if decoded.inferred:
        key = digest_of([key, INFERENCE])
    return MaskBank(home, key, bank.size, masks.names, spacing, tuple(decoded.notes))


def fit_mask(mask: Pixels, width: int, height: int, size: int, fit: Fit) -> Pixels:
    """The mask (h, w) of an image of `width` x `height` as it lies in a bank: (size, size).

    Raises MaskError where the aspects differ by more than the rounding of a pixel.
    """
    rows, columns = mask.shape
    if min(abs(columns - width * rows / height), abs(rows - height * columns / width)) > 1:
        raise MaskError(
            f"{columns} x {rows} pixels, but the image has {width} x {height}: another aspect"
        )
    box, (left, top, right, bottom) = placing(width, height, size, fit)
    across = _nearest(box[0], box[2], right - left, columns / width, columns)
    down = _nearest(box[1], box[3], bottom - top, rows / height, rows)
    square = np.zeros((size, size), np.uint8)
    square[top:bottom, left:right] = mask[np.ix_(down, across)]
    return square


def _nearest(low: int, high: int, n: int, scale: float, end: int) -> NDArray[np.int64]:
    """The pixels of a mask under the centres of `n` pixels that together cover `low` to `high` of
    an image.

    `scale` is the number of pixels of the mask for one of the image, `end` that of the whole mask.
    """
    centres = (low + (np.arange(n) + 0.5) * (high - low) / n) * scale
    return np.minimum(centres.astype(np.int64), end - 1)


def _build(
    manifest: Manifest,
    masks: Masks,
    bank: Bank,
    addresses: list[list[str]],
    home: Path,
    problems: list[str],
) -> _Decoded:
    """Write `masks.u8`, unless there are problems."""
    sizes = bank.info[["width", "height"]].to_numpy().tolist()

    def decode(index: int) -> tuple[Indices, str]:
        empty = np.zeros((bank.size, bank.size), np.uint8)
        try:
            indices = read_indices(masks, addresses[index])
            # An image that cannot be read has no size; the audit refuses it.
            if bank.info["error"][index]:
                return indices._replace(mask=empty), ""
            width, height = sizes[index]
            square = fit_mask(indices.mask, width, height, bank.size, bank.fit)
            return indices._replace(mask=square), ""
        except PleuraError as error:
            return Indices(empty, {}), str(error)

    seen: Counter[int] = Counter()  # pixels of each index, in all masks
    unnamed: Counter[int] = Counter()  # pixels of each value that no structure has
    inferred = False
    turned = [
        index
        for index, image in enumerate(manifest.table["image"])
        if is_turned(image) and not all(is_turned(mask) for mask in filter(None, addresses[index]))
    ]
    with write_atomically(home / MASKS) as path, path.open("wb") as file:
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for first in range(0, len(bank), AT_ONCE):
                block = range(first, min(first + AT_ONCE, len(bank)))
                for index, (indices, problem) in zip(block, pool.map(decode, block), strict=True):
                    counts = np.bincount(indices.mask.ravel(), minlength=256)
                    seen.update(dict(enumerate(counts.tolist())))
                    unnamed.update(indices.others)
                    inferred |= indices.inferred
                    if problem:
                        problems.append(f"{manifest.describe(index)}: {problem}")
                    file.write(indices.mask.tobytes())
        if not problems:
            problems += _never_seen(masks, seen, unnamed)
        if problems:
            heading = f"{manifest.origin}: the masks ({', '.join(masks.files)}) cannot be used."
            if any(problem.endswith(NO_MASK) for problem in problems):
                cure = f"where: {{{masks.files[0]}: '?*'}} under data:"
                heading += f" Rows without a mask are left out by {cure}"
            raise InputError(heading, problems)
    notes = list(_notes(masks, seen, unnamed))
    owner: dict[tuple[str, ...], int] = {}
    twice = [i for i, row in enumerate(addresses) if owner.setdefault(tuple(row), i) != i]
    if twice:
        notes.append(
            f"images whose mask file is that of another image: {len(twice)}, such as "
            f"{manifest.describe(twice[0])}"
        )
    if turned:
        notes.append(
            f"images that their files turn (EXIF), with masks that are taken as upright: "
            f"{len(turned)}, such as {manifest.describe(turned[0])}"
        )
    return _Decoded(notes, inferred)


def _never_seen(masks: Masks, seen: Mapping[int, int], unnamed: Mapping[int, int]) -> list[str]:
    others = f"; values that no structure has: {_listed(unnamed)}" if unnamed else ""
    return [
        f"structure {name!r} is in no mask{others}"
        for number, name in enumerate(masks.names, start=1)
        if not seen.get(number)
    ]


def _notes(masks: Masks, seen: Mapping[int, int], unnamed: Mapping[int, int]) -> list[str]:
    total = sum(seen.values())
    notes = []
    if unnamed:
        notes.append(f"values of the masks that count as background: {_listed(unnamed)}")
    if ignored := seen.get(IGNORED):
        notes.append(f"pixels ignored: {ignored / total:.1%}")
    return notes


def _listed(values: Mapping[int, int]) -> str:
    """The most frequent values, and how many more there are."""
    ranked = sorted(values, key=lambda value: -values[value])
    return first_few([*sorted(ranked[:LISTED]), *ranked[LISTED:]], LISTED)


def _spacing(manifest: Manifest, masks: Masks, bank: Bank) -> tuple[NDArray[np.float64], list[str]]:
    """The mm a pixel of the bank has in each row, nan where it is not known; and a problem for each
    cell that is no length."""
    spacing = np.full(len(bank), np.nan)
    if masks.spacing is None:
        return spacing, []
    problems = []
    for index, cell in enumerate(manifest.table[masks.spacing]):
        with suppress(ValueError):
            spacing[index] = float(cell or "nan")
        if cell and not 0 < spacing[index] < np.inf:
            problems.append(
                f"{manifest.describe(index)}: {masks.spacing} is {cell!r}, no mm a pixel"
            )
    sides = bank.info[["width", "height"]]
    shown = sides.min(axis=1) if bank.fit == "crop" else sides.max(axis=1)
    return spacing * shown.to_numpy(dtype=np.float64) / bank.size, problems


def _finished(home: Path, length: int) -> _Decoded | None:
    """What is recorded of masks that are decoded already; None where files are missing or damaged,
    or do not tell all of it."""
    recorded = read_mapping(home / "masks.json")
    notes, inferred = recorded.get("notes"), recorded.get("inferred")
    if not has_length(home / MASKS, length):
        return None
    if not isinstance(notes, list) or not isinstance(inferred, bool):
        return None
    return _Decoded(notes, inferred)
