"""Images inside NumPy archives, as MedMNIST publishes them (Yang et al. 2023, medmnist.com)."""

import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np

from pleura.data.readers.decoded import (
    Array,
    Decoded,
    Numbers,
    full_range_of,
    refuse_huge,
    to_gray,
    to_numbers,
)
from pleura.errors import PleuraError
from pleura.wording import count


class NpzReader:
    """Reads image `<array>::<index>` of an `.npz`: arrays (n, h, w) or (n, h, w, 3)."""

    suffixes = (".npz",)
    many_images = True

    def __init__(self) -> None:
        self._lock = Lock()

    def read(self, path: Path, member: str | None, at_least: int | None) -> Decoded:
        """See `Reader.read`; always at full size."""
        image = self._image(path, member)
        height, width = image.shape[:2]
        pixels = np.array(to_gray(image))
        if image.dtype == np.bool_:
            return Decoded(_black_and_white(pixels), width, height, 1)
        bits = 8 * image.dtype.itemsize
        return Decoded(pixels, width, height, bits, full_range_of(image.dtype.kind, bits))

    def read_numbers(self, path: Path, member: str | None) -> Numbers:
        """See `Reader.read_numbers`."""
        image = self._image(path, member)
        values = np.array(to_numbers(image))
        if image.dtype == np.bool_:
            return Numbers(_black_and_white(values), bits=1)
        return Numbers(values)

    def _image(self, path: Path, member: str | None) -> Array:
        """Image `member`, (h, w) or (h, w, 3), as it is stored."""
        name, _, index = (member or "").rpartition("::")
        if not name or not index.isdecimal():
            raise PleuraError("says not which image: write <file>.npz::<array>::<index>")
        with self._lock:
            array = _unpack(path, path.stat().st_mtime_ns, name)
        if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] != 3):
            raise PleuraError(f"{name} has shape {array.shape}, not (n, h, w) or (n, h, w, 3)")
        if array.dtype.kind not in "buif":
            raise PleuraError(f"{name} holds {array.dtype}, not numbers")
        if int(index) >= len(array):
            raise PleuraError(f"{name} has {count(len(array), 'image')}, so no number {index}")
        height, width = array.shape[1:3]
        refuse_huge(width, height, array[:1, :1, :1].nbytes)
        return np.asarray(array[int(index)])


def _black_and_white(values: Array) -> Array:
    return np.where(values, np.uint8(255), np.uint8(0))


@lru_cache(maxsize=4)
def _unpack(path: Path, mtime_ns: int, name: str) -> Array:
    """Array `name`, mapped from a file on disk that has no name any more.

    A compressed archive can only be read from its beginning, and larger ones than memory exist.
    """
    with (
        zipfile.ZipFile(path) as archive,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
    ):
        if f"{name}.npy" not in archive.namelist():
            raise PleuraError(f"no array {name!r} in the archive")
        try:
            array: Array = np.load(archive.extract(f"{name}.npy", folder), mmap_mode="r")
        except ValueError as error:
            raise PleuraError(f"{name} holds no numbers that can be read: {error}") from error
        return array
