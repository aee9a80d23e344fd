"""Arrays that are kept in a file so that they need not be computed again."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.files import write_atomically


def keep_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    """Write arrays into a file by their names. Raises OSError where it cannot be written."""
    with write_atomically(path) as temporary:
        # NumPy's types take the names for its option `allow_pickle`.
        np.savez(temporary, **arrays)  # type: ignore[arg-type]


def kept_arrays(path: Path, **shapes: tuple[int, ...]) -> dict[str, NDArray[Any]] | None:
    """The arrays of these names and shapes in a file, or None where it is missing or damaged, and
    they have to be computed again."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in shapes}
    # An empty file raises EOFError, one that is no archive gives an array: TypeError.
    except (OSError, EOFError, ValueError, LookupError, TypeError, zipfile.BadZipFile, zlib.error):
        return None
    fitting = all(arrays[name].shape == shape for name, shape in shapes.items())
    return arrays if fitting else None
