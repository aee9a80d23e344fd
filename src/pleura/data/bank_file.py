"""The files of a bank: squares one after the other, and what `bank.json` tells of each image."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.depth import deep
from pleura.errors import PleuraError

DEPTHS = 1  # of images of more than 8 bits alone: raised whenever they come out as other pixels

Square = NDArray[np.uint8]
Squared = Callable[[str, Square], Square]  # makes a square of an image's gray levels (h, w)


@dataclass(frozen=True, slots=True)  # there is one for each image
class Entry:
    """A row of `Bank.info`, but for the image's name."""

    width: int = 0
    height: int = 0
    bits: int = 0
    window_low: float = 0.0
    window_high: float = 0.0
    digest: str = ""
    error: str = ""
    low: float = 0.0
    high: float = 0.0
    shown_by: str = ""
    sector: str = ""
    cut: bool = False


COLUMNS = tuple(field.name for field in fields(Entry))


def read_squares(path: Path, count: int, size: int, rows: NDArray[Any]) -> Square:
    """(len(rows), size, size) uint8, in the order asked, of the `count` squares in a file.

    The file is mapped for this call only, so that resident memory does not grow with it. Raises
    PleuraError where it is gone or shorter than it was.
    """
    try:
        squares = np.memmap(path, np.uint8, mode="r", shape=(count, size, size))
    except (OSError, ValueError) as error:
        raise PleuraError(
            f"{path}: the decoded images are gone or cut short ({error})\n"
            "  - the same command decodes them again and goes on"
        ) from error
    return np.asarray(squares)[np.asarray(rows, dtype=np.int64)]


def has_length(path: Path, length: int) -> bool:
    """Whether a file is there with that many bytes."""
    return path.is_file() and path.stat().st_size == length


def info_of(entries: Sequence[Entry], images: Sequence[str]) -> pd.DataFrame:
    """The table `Bank.info` of images with these names."""
    columns = {name: [getattr(entry, name) for entry in entries] for name in COLUMNS}
    return pd.DataFrame({"image": list(images), **columns})


def dump_entries(entries: Iterable[Entry], **header: Any) -> str:
    """The text of a file with the entries and a header."""
    images = [[getattr(entry, name) for name in COLUMNS] for entry in entries]
    return json.dumps({**header, "depths": DEPTHS, "images": images})


def load_entries(path: Path, *, whole: bool = False) -> list[Entry] | None:
    """The entries in the file `path`.

    None where it is missing or damaged, or where it holds deep images that were decoded by another
    rule; also where entries are to be `whole` and those of an earlier version told less.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries = [Entry(*values) for values in content["images"]]
        if whole and any(len(values) < len(COLUMNS) for values in content["images"]):
            return None
        if content.get("depths") != DEPTHS and deep(info_of(entries, [""] * len(entries))).any():
            return None
        return entries
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
