"""The bank: every image of a manifest decoded once into one array of bytes on disk."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from pleura.data.bank_file import (
    DEPTHS,
    Entry,
    Square,
    Squared,
    dump_entries,
    has_length,
    info_of,
    load_entries,
    read_squares,
)
from pleura.data.clips.sector import VERSION as SECTORS
from pleura.data.clips.sectors import look_ahead, only_sector
from pleura.data.depth import EIGHT_BITS, RangeError, deep, to_8_bits
from pleura.data.readers import ReadError, split_address
from pleura.data.readers.decoded import Decoded, FullRange
from pleura.data.readers.dicom.reader import version_for
from pleura.data.readers.in_order import in_threads, read_in_turn
from pleura.data.readers.pillow import is_jpeg, jpeg_side
from pleura.errors import InputError, PleuraError
from pleura.files import digest_file, digest_of, naming, read_mapping, write_text

DECODER = 2  # part of every key: raised whenever the same file would come out as other pixels
BLOCK = 256  # images between two marks of progress on disk

PIXELS = "pixels.u8"  # the file of a bank's images

Fit = Literal["crop", "pad"]
Progress = Callable[[int, int], None]  # what is done, and of how much
Box = tuple[int, int, int, int]  # left, top, right, bottom, pixels


@dataclass(frozen=True)
class Bank:
    """Decoded images, (n, size, size) uint8 on disk, and what is known of each.

    `info` has one row an image: `image, width, height` (pixels, as stored), `bits`, `window_low,
    window_high` (sample values shown as black and white), `digest` (SHA-256 of the bank's pixels),
    `error` ("" where the image could be read; its pixels are zeros otherwise), `low, high` (where
    all but the outermost samples of an image of more than 8 bits lie), `shown_by` (the window or
    the like by which an image's own file shows it, "" for all others), `sector` (of what probe the
    sector is of which alone the bank has the pixels, "" where the bank has whole images), `cut`
    (whether samples had more bits than their file says).
    `full_range`: what was said of those images, see `pleura.data.depth`. `reduced`: whether large
    JPEGs were decoded at a reduced scale, as `read_for` does.
    """

    folder: Path
    key: str
    size: int
    fit: Fit
    info: pd.DataFrame
    full_range: FullRange | None = None
    reduced: bool = True

    def __len__(self) -> int:
        return len(self.info)

    def read(self, rows: NDArray[Any]) -> Square:
        """(len(rows), size, size) uint8, in the order asked; raises as `read_squares` does."""
        return read_squares(self.folder / PIXELS, len(self), self.size, rows)


def build_bank(
    images: Sequence[str],
    folder: Path,
    *,
    size: int,
    fit: Fit = "crop",
    full_range: FullRange | None = None,
    sector: bool = False,
    workers: int | None = None,
    progress: Progress = lambda done, of: None,
) -> Bank:
    """Decode `images` (addresses, see `pleura.data.readers`) into a folder below `folder`.

    `crop` keeps the centred square, `pad` the whole image between black bars. `full_range`: the
    stored values that are black and white in images of more than 8 bits, or "bits", as in
    `to_8_bits`. `sector`: of each image the ultrasound's sector alone is kept, where one is found,
    see `pleura.data.clips.sectors`. Large JPEGs are decoded at a reduced scale where all images are
    JPEGs; beside other images they are decoded whole, since else their pixels tell how they are
    stored. `progress` gets the number of images done and of all. A build that was cut off goes on
    where it stopped. An image that cannot be read is recorded in `Bank.info`, and tried again the
    next time. Raises InputError without images, OSError naming the file that cannot be written.
    """
    if not images:
        raise InputError("There are no images to put into a bank.")
    workers = workers or os.cpu_count() or 1
    contents = [
        [digest, split_address(image)[1]]
        for image, digest in zip(images, file_digests(images, folder, workers), strict=True)
    ]
    content: dict[str, Any] = {"decoder": DECODER, "size": size, "fit": fit, "images": contents}
    if full_range:
        content["full_range"] = full_range
    if sector:
        content["sector"] = SECTORS
    paths = list(dict.fromkeys(split_address(image)[0] for image in images))
    content |= version_for(paths)
    if not (reduced := _of_one_kind(paths, workers)) and _has_large_jpeg(paths, size):
        content["reduced"] = False
    key = digest_of(content)
    home = folder / key[:16]
    decoder = partial(decode, size=size, full_range=full_range, reduced=reduced, sector=sector)
    decoder = partial(decoder, squared=lambda _, pixels: to_square(pixels, size, fit))
    whole = has_length(home / PIXELS, len(images) * size * size)
    told = "dicom" in content  # what an earlier version did not tell of its images
    remembered = load_entries(home / "bank.json", whole=told) if whole else None
    # A refusal is not believed: readers, and whether a disk can be reached, change.
    if remembered is None or any(entry.error for entry in remembered):
        entries = decode_all(images, home, size, decoder, workers, progress, remembered)
        # Which images are deep and which are refused is known once they are read.
        if deep(info_of(entries, images)).any():
            key = digest_of([key, DEPTHS])
        if refused := [row for row, entry in enumerate(entries) if entry.error]:
            key = digest_of([key, refused])
        header = {"key": key, "size": size, "fit": fit, "full_range": full_range}
        write_text(home / "bank.json", dump_entries(entries, **header))
        shutil.rmtree(home / "blocks", ignore_errors=True)
    return replace(open_bank(home, images), reduced=reduced)


def open_bank(folder: Path, images: Sequence[str]) -> Bank:
    """The finished bank in its `folder`; `images` are the names of its images, in order.

    Raises PleuraError where it is gone or damaged.
    """
    path = folder / "bank.json"
    entries = load_entries(path)
    if entries is None or len(entries) != len(images):
        raise PleuraError(f"{path}: gone or damaged; the same command makes it again")
    header = json.loads(path.read_text(encoding="utf-8"))
    given = header.get("full_range")
    full_range = (given[0], given[1]) if isinstance(given, list) else given
    info = info_of(entries, images)
    return Bank(folder, header["key"], header["size"], header["fit"], info, full_range)


def to_square(pixels: Square, size: int, fit: Fit) -> Square:
    """Gray levels (h, w) to (size, size). Reduction is Lanczos after whole-number averaging."""
    height, width = pixels.shape
    image = Image.fromarray(np.ascontiguousarray(pixels))
    box, (left, top, right, bottom) = placing(width, height, size, fit)
    square = np.zeros((size, size), np.uint8)
    sides = right - left, bottom - top
    reduced = image.resize(sides, Image.Resampling.LANCZOS, box, reducing_gap=3.0)
    square[top:bottom, left:right] = np.asarray(reduced)
    return square


def placing(width: int, height: int, size: int, fit: Fit) -> tuple[Box, Box]:
    """The part of an image that goes into a bank, and the part of the square that it fills."""
    if fit == "crop":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        return (left, top, left + side, top + side), (0, 0, size, size)
    scale = size / max(width, height)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (size - inner[0]) // 2, (size - inner[1]) // 2
    return (0, 0, width, height), (left, top, left + inner[0], top + inner[1])


def read_for(image: str, size: int, reduced: bool = True) -> Decoded:
    """Read an image file, where it may be `reduced` in at least the resolution that a square of
    `size` pixels needs. Raises ReadError."""
    # Twice the size leaves the last reduction to Lanczos rather than to JPEG's own scaling.
    return read_in_turn(image, at_least=2 * size if reduced else None)


def _of_one_kind(paths: Sequence[Path], workers: int) -> bool:
    """Whether no JPEG stands beside other images; files that cannot be read do not count."""
    with ThreadPoolExecutor(workers) as pool:
        return not {True, False} <= set(pool.map(is_jpeg, paths))


def _has_large_jpeg(paths: Sequence[Path], size: int) -> bool:
    """Whether there is a JPEG of which `read_for` gives fewer pixels than it has."""
    return any(jpeg_side(path) >= 4 * size for path in paths)


def decode(
    image: str,
    *,
    size: int,
    squared: Squared,
    full_range: FullRange | None,
    reduced: bool,
    sector: bool = False,
) -> tuple[Entry, Square]:
    """What is known of an image, and its square: black where the image cannot be read."""
    square, digest, problem, kept = np.zeros((size, size), np.uint8), "", "", ""
    try:
        if sector:
            look_ahead(image, full_range)
        decoded = read_for(image, size, reduced)
        pixels, levels = to_8_bits(decoded, full_range)
        if sector:
            pixels, kept = only_sector(image, pixels, full_range)
        square = squared(image, pixels)
        digest = hashlib.sha256(square.tobytes()).hexdigest()
    except ReadError as error:
        return Entry(error=error.reason), square
    except RangeError as error:
        levels, problem = error.levels, str(error)
    as_bytes = levels is EIGHT_BITS or levels.shown_by
    ends = (0.0, 0.0) if as_bytes else (levels.low, levels.high)
    sides, window = (decoded.width, decoded.height), (levels.black, levels.white)
    told = levels.shown_by, kept
    return Entry(*sides, decoded.bits, *window, digest, problem, *ends, *told, decoded.cut), square


def decode_all(
    images: Sequence[str],
    home: Path,
    size: int,
    decoder: Callable[[str], tuple[Entry, Square]],
    workers: int,
    progress: Progress,
    remembered: list[Entry] | None,
) -> list[Entry]:
    """Decode the images that are not decoded yet, and those that could not be read before.

    What is decoded is told by a finished bank (`remembered`), or by a mark in `home/blocks` for
    each block of images. A block is on disk before its mark is.
    """
    home.mkdir(parents=True, exist_ok=True)
    path, length = home / PIXELS, len(images) * size * size
    if not has_length(path, length):
        shutil.rmtree(home / "blocks", ignore_errors=True)
    entries: list[Entry] = []
    path.touch()
    with (
        naming(path),
        path.open("rb+") as file,
        ThreadPoolExecutor(workers) as pool,
    ):
        file.truncate(length)
        for first in range(0, len(images), BLOCK):
            rows = range(first, min(first + BLOCK, len(images)))
            mark = home / "blocks" / f"{first}.json"
            done = remembered[first : rows.stop] if remembered else load_entries(mark, whole=True)
            if done is None or len(done) != len(rows):
                done = [Entry(error="not read")] * len(rows)
            entries += done
            missing = [row for row in rows if entries[row].error]
            squares = in_threads(pool, decoder, [images[row] for row in missing])
            for row, (entries[row], square) in zip(missing, squares, strict=True):
                file.seek(row * size * size)
                file.write(square.tobytes())
                progress(row + 1, len(images))
            if entries[first:] != done:
                file.flush()
                os.fsync(file.fileno())
                write_text(mark, dump_entries(entries[first:]))
    return entries


def file_digests(images: Sequence[str], folder: Path, workers: int) -> list[str]:
    """SHA-256 of each image's file, "" where there is none; remembered by path, size and times.

    The time of the last change of its record counts, too: another file of the same size can have
    been given the same time of writing, as copies and archives are.
    """
    memory = folder / "digests.json"
    remembered: dict[str, list[Any]] = read_mapping(memory)  # by path: size, times and digest

    def stamped(path: str) -> list[Any]:
        try:
            status = Path(path).stat()
            stamp = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
            before = remembered.get(path) or []
            return before if before[:3] == stamp else [*stamp, digest_file(Path(path))]
        except OSError:
            return [0, 0, 0, ""]

    paths = [str(split_address(image)[0]) for image in images]
    unique = list(dict.fromkeys(paths))
    with ThreadPoolExecutor(workers) as pool:
        now = dict(zip(unique, pool.map(stamped, unique), strict=True))
    if any(remembered.get(path) != stamp for path, stamp in now.items()):
        write_text(memory, json.dumps({**remembered, **now}))
    return [str(now[path][-1]) for path in paths]
