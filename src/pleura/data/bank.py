"""The bank: every image of a manifest decoded once into one array of bytes on disk."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from pleura.data.readers import Decoded, ReadError, read_image, split_address
from pleura.data.readers.decoded import in_bands
from pleura.errors import InputError, PleuraError
from pleura.files import digest_file, digest_of, naming, write_text

DECODER = 2  # part of every key: raised whenever the same file would come out as other pixels
BLOCK = 256  # images between two marks of progress on disk
WINDOW = (0.5, 99.5)  # percentiles shown as black and white, where a sample has more than 8 bits

Fit = Literal["crop", "pad"]
Square = NDArray[np.uint8]
Box = tuple[int, int, int, int]  # left, top, right, bottom, pixels


@dataclass(frozen=True)
class Bank:
    """Decoded images, (n, size, size) uint8 on disk, and what is known of each.

    `info` has one row an image: `image, width, height` (pixels, as stored), `bits`, `window_low,
    window_high` (sample values shown as black and white), `digest` (SHA-256 of the bank's pixels),
    `error` ("" where the image could be read; its pixels are zeros otherwise).
    """

    folder: Path
    key: str
    size: int
    fit: str
    info: pd.DataFrame

    def __len__(self) -> int:
        return len(self.info)

    def read(self, rows: NDArray[Any]) -> Square:
        """(len(rows), size, size) uint8, in the order asked.

        The file is mapped for this call only, so that resident memory does not grow with the bank.
        Raises PleuraError where the file is gone or shorter than it was.
        """
        shape = (len(self), self.size, self.size)
        path = self.folder / "pixels.u8"
        try:
            pixels = np.memmap(path, np.uint8, mode="r", shape=shape)
        except (OSError, ValueError) as error:
            raise PleuraError(
                f"{path}: the decoded images are gone or cut short ({error})\n"
                "  - the same command decodes them again and goes on"
            ) from error
        return np.asarray(pixels)[np.asarray(rows, dtype=np.int64)]


@dataclass(frozen=True)
class _Entry:
    width: int = 0
    height: int = 0
    bits: int = 0
    window_low: float = 0.0
    window_high: float = 0.0
    digest: str = ""
    error: str = ""


def build_bank(
    images: Sequence[str],
    folder: Path,
    *,
    size: int,
    fit: Fit = "crop",
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Bank:
    """Decode `images` (addresses, see `pleura.data.readers`) into `folder/<key[:16]>`.

    `crop` keeps the centred square, `pad` the whole image between black bars. `progress` gets the
    number of images done and of all. A build that was cut off goes on where it stopped. An image
    that cannot be read is recorded in `Bank.info`. Raises `InputError` if there are no images,
    OSError naming the file that cannot be written.
    """
    if not images:
        raise InputError("There are no images to put into a bank.")
    workers = workers or os.cpu_count() or 1
    contents = [
        [digest, split_address(image)[1]]
        for image, digest in zip(images, file_digests(images, folder, workers), strict=True)
    ]
    key = digest_of({"decoder": DECODER, "size": size, "fit": fit, "images": contents})
    home = folder / key[:16]
    entries = _finished(home, len(images) * size * size)
    if entries is None:
        entries = _build(images, home, size, fit, workers, progress)
        write_text(home / "bank.json", _dump(entries, key=key, size=size, fit=fit))
        shutil.rmtree(home / "blocks", ignore_errors=True)
    return Bank(home, key, size, fit, _info(entries, images))


def open_bank(folder: Path, images: Sequence[str]) -> Bank:
    """The finished bank in its `folder`; `images` are the names of its images, in order.

    Raises PleuraError where it is gone or damaged.
    """
    path = folder / "bank.json"
    entries = _load(path)
    if entries is None or len(entries) != len(images):
        raise PleuraError(f"{path}: gone or damaged; the same command makes it again")
    header = json.loads(path.read_text(encoding="utf-8"))
    return Bank(folder, header["key"], header["size"], header["fit"], _info(entries, images))


def _info(entries: Iterable[_Entry], images: Sequence[str]) -> pd.DataFrame:
    info = pd.DataFrame([asdict(entry) for entry in entries])
    info.insert(0, "image", list(images))
    return info


def to_square(pixels: NDArray[Any], size: int, fit: Fit) -> tuple[Square, float, float]:
    """(h, w) uint8, uint16 or float32 to (size, size) uint8, and the window (low, high).

    8-bit samples keep their values. Others are windowed to the percentiles 0.5 and 99.5 first, or
    to minimum and maximum where those coincide. Reduction is Lanczos after whole-number averaging.
    """
    low, high = 0.0, 255.0
    if pixels.dtype != np.uint8:
        low, high = _window(pixels)
        pixels = in_bands(partial(_stretch, low=low, high=high), pixels)
    height, width = pixels.shape
    image = Image.fromarray(np.ascontiguousarray(pixels))
    box, (left, top, right, bottom) = placing(width, height, size, fit)
    square = np.zeros((size, size), np.uint8)
    reduced = _reduce(image, (right - left, bottom - top), box)
    square[top:bottom, left:right] = np.asarray(reduced)
    return square, low, high


def placing(width: int, height: int, size: int, fit: Fit) -> tuple[Box, Box]:
    """Which part of an image goes into a bank, and which part of the bank's square it fills."""
    if fit == "crop":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        return (left, top, left + side, top + side), (0, 0, size, size)
    scale = size / max(width, height)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (size - inner[0]) // 2, (size - inner[1]) // 2
    return (0, 0, width, height), (left, top, left + inner[0], top + inner[1])


def _stretch(pixels: NDArray[Any], low: float, high: float) -> Square:
    scaled = (pixels.astype(np.float32) - np.float32(low)) * np.float32(255 / (high - low))
    rounded: NDArray[Any] = np.rint(np.clip(np.nan_to_num(scaled, nan=0.0), 0, 255))
    return rounded.astype(np.uint8)


def _reduce(image: Image.Image, size: tuple[int, int], box: Box) -> Image.Image:
    return image.resize(size, Image.Resampling.LANCZOS, box, reducing_gap=3.0)


def _window(pixels: NDArray[Any]) -> tuple[float, float]:
    finite = pixels if pixels.dtype.kind == "u" else pixels[np.isfinite(pixels)]
    if finite.size == 0:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(finite, WINDOW))
    if low == high:
        low, high = float(finite.min()), float(finite.max())
    return low, high if high > low else low + 1.0


def decode(image: str, size: int, fit: Fit) -> tuple[Decoded, Square, float, float]:
    """One image as training sees it: what was read, its square, and its window (low, high).

    Raises ReadError.
    """
    # Twice the size leaves the last reduction to Lanczos rather than to JPEG's own scaling.
    decoded = read_image(image, at_least=2 * size)
    return decoded, *to_square(decoded.pixels, size, fit)


def _decode(image: str, size: int, fit: Fit) -> tuple[_Entry, Square]:
    try:
        decoded, square, low, high = decode(image, size, fit)
    except ReadError as error:
        return _Entry(error=error.reason), np.zeros((size, size), np.uint8)
    digest = hashlib.sha256(square.tobytes()).hexdigest()
    return _Entry(decoded.width, decoded.height, decoded.bits, low, high, digest), square


def _build(
    images: Sequence[str],
    home: Path,
    size: int,
    fit: Fit,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> list[_Entry]:
    """Decode what no mark in `home/blocks` vouches for; a block is on disk before its mark is."""
    home.mkdir(parents=True, exist_ok=True)
    path, length = home / "pixels.u8", len(images) * size * size
    if not _has_length(path, length):
        shutil.rmtree(home / "blocks", ignore_errors=True)
    entries: list[_Entry] = []
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    with (
        naming(path),
        os.fdopen(descriptor, "rb+") as file,
        ThreadPoolExecutor(workers) as pool,
    ):
        file.truncate(length)
        for first in range(0, len(images), BLOCK):
            block = images[first : first + BLOCK]
            mark = home / "blocks" / f"{first}.json"
            done = _load(mark)
            if done and len(done) == len(block):
                entries += done
                continue
            squares = []
            for entry, square in pool.map(lambda image: _decode(image, size, fit), block):
                entries.append(entry)
                squares.append(square)
                if progress:
                    progress(len(entries), len(images))
            file.seek(first * size * size)
            file.write(np.stack(squares).tobytes())
            file.flush()
            os.fsync(file.fileno())
            write_text(mark, _dump(entries[first:]))
    return entries


def _finished(home: Path, length: int) -> list[_Entry] | None:
    return _load(home / "bank.json") if _has_length(home / "pixels.u8", length) else None


def _has_length(path: Path, length: int) -> bool:
    return path.is_file() and path.stat().st_size == length


def _dump(entries: Iterable[_Entry], **header: str | int) -> str:
    return json.dumps({**header, "images": [list(asdict(entry).values()) for entry in entries]})


def _load(path: Path) -> list[_Entry] | None:
    """The entries in the file `path`, or None where it is missing or damaged."""
    try:
        images = json.loads(path.read_text(encoding="utf-8"))["images"]
        return [_Entry(*values) for values in images]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def file_digests(images: Sequence[str], folder: Path, workers: int) -> list[str]:
    """SHA-256 of each image's file, "" where there is none; remembered by path, size and time."""
    memory = folder / "digests.json"
    known: dict[str, list[Any]] = {}
    with suppress(FileNotFoundError, ValueError):
        known = json.loads(memory.read_text(encoding="utf-8"))

    def digest(path: Path) -> list[Any]:
        try:
            status = path.stat()
            stamp = [status.st_size, status.st_mtime_ns]
            remembered = known.get(str(path))
            if remembered and remembered[:2] == stamp:
                return remembered
            return [*stamp, digest_file(path)]
        except OSError:
            return [0, 0, ""]

    paths = [split_address(image)[0] for image in images]
    unique = list(dict.fromkeys(paths))
    with ThreadPoolExecutor(workers) as pool:
        found = dict(zip(map(str, unique), pool.map(digest, unique), strict=True))
    if any(known.get(path) != stamped for path, stamped in found.items()):
        write_text(memory, json.dumps({**known, **found}))
    return [str(found[str(path)][2]) for path in paths]
