"""Images inside NumPy archives, as MedMNIST publishes them (Yang et al. 2023, medmnist.com)."""

import math
import shutil
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np

from pleura.data.readers.decoded import Array, Decoded, refuse_huge, to_gray
from pleura.errors import PleuraError


class NpzReader:
    """Reads image `<array>::<index>` of an `.npz`: arrays (n, h, w) or (n, h, w, 3)."""

    suffixes = (".npz",)

    def __init__(self) -> None:
        self._lock = Lock()

    def read(self, path: Path, member: str | None, at_least: int | None) -> Decoded:
        """See `Reader.read`; always at full size."""
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
            raise PleuraError(f"{name} has {len(array)} images, so no number {index}")
        height, width = array.shape[1:3]
        refuse_huge(width, height, array[:1, :1, :1].nbytes)
        pixels = np.array(to_gray(array[int(index)]))
        if array.dtype == np.bool_:
            pixels = (pixels * 255).astype(np.uint8)
        return Decoded(pixels, width, height, 1 if array.dtype == bool else 8 * array.itemsize)


@lru_cache(maxsize=4)
def _unpack(path: Path, mtime_ns: int, name: str) -> Array:
    """Array `name`, mapped from an unnamed file on disk.

    A compressed archive can only be read from its beginning, and larger ones than memory exist.
    """
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryFile() as file:
        if f"{name}.npy" not in archive.namelist():
            raise PleuraError(f"no array {name!r} in the archive")
        with archive.open(f"{name}.npy") as packed:
            shutil.copyfileobj(packed, file, 1 << 20)
        file.seek(0)
        version = np.lib.format.read_magic(file)
        header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, fortran, dtype = header(file)
        if dtype.hasobject:
            raise PleuraError(f"{name} holds Python objects, not numbers")
        flat: Array = np.memmap(file, dtype, mode="r", offset=file.tell(), shape=math.prod(shape))
    return flat.reshape(shape, order="F" if fortran else "C")
