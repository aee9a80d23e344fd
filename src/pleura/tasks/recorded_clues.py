"""What files and tables record beside an image: numbers from which a forest may tell its class."""

import re
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.bank import Bank
from pleura.data.columns import recorded
from pleura.data.file_traces import file_formats, jpeg_qualities, transfer_syntaxes
from pleura.data.manifest import Manifest
from pleura.data.names import is_nothing, word_key
from pleura.evaluate.clue_strength import BITS, EMPTY, FORMAT, QUALITY, SYNTAX, WINDOW

UNKNOWN = -1.0  # stands for a number that is not known; trees part it from all others
DAY = 86_400  # seconds
MOST = 50  # different words of a column; the rest, which are rare, count as one
OURS = ("view", "site")  # columns of every manifest; others go by their names
_WINDOW = re.compile(r"window (\S+)/(\S+)")
NUMBERS = 0.9  # share of the filled cells that hold numbers, for a column of numbers

Floats = NDArray[np.float32]


def recorded_clues(manifest: Manifest, bank: Bank) -> dict[str, Floats]:
    """What is recorded of the n images of a bank, by clue: (n, numbers).

    Columns of the manifest that tell how an image came about (`view`, `site`, and those that
    `columns.recorded` knows) under their own names, which cells of these are empty, the format of
    the file, the transfer syntax of DICOM, the quality of a JPEG, the bits of a pixel, and the
    window by which an image's own file shows it. What is the same for all images is left out:
    nothing can be told by it.
    """
    images = manifest.table["image"].tolist()
    columns = [name for name in map(str, manifest.table) if name in OURS or recorded(name)]
    cells = {name: manifest.table[name].astype(str) for name in columns}
    clues = {
        **{name: of_cells(column) for name, column in cells.items()},
        EMPTY: _beside([column.map(is_nothing) for column in cells.values()], len(images)),
        FORMAT: one_hot(file_formats(images)),
        SYNTAX: one_hot(transfer_syntaxes(images)),
        QUALITY: _beside([np.nan_to_num(jpeg_qualities(images), nan=UNKNOWN)], len(images)),
        BITS: _beside([bank.info["bits"]], len(images)),
        WINDOW: of_windows(bank.info["shown_by"]),
    }
    varying = {name: of[:, (of != of[:1]).any(axis=0)] for name, of in clues.items()}
    return {name: of for name, of in varying.items() if of.shape[1]}


def of_cells(cells: "pd.Series[str]") -> Floats:
    """A column of cells (n,) as finite numbers (n, k): itself where it holds numbers or dates, one
    column a word otherwise. An empty cell is a word and a number of its own."""
    empty = cells.map(is_nothing).to_numpy(dtype=bool)
    for parsed in _as_numbers(cells):
        with np.errstate(over="ignore"):  # a forest takes no number that float32 does not hold
            numbers = parsed.astype(np.float32)
        known = np.isfinite(numbers)
        if known[~empty].sum() >= max(1, NUMBERS * (~empty).sum()):
            return np.where(known, numbers, np.float32(UNKNOWN))[:, None]
    return one_hot(np.where(empty, "", cells.map(word_key)))


def of_windows(shown_by: "pd.Series[str]") -> Floats:
    """What `Bank.info` says of how files show their images (n,), as numbers (n, k): the centre and
    the width of a window, and one column for each kind, such as a VOI LUT."""
    ends = shown_by.str.extract(_WINDOW).apply(pd.to_numeric, errors="coerce").fillna(UNKNOWN)
    kinds = shown_by.str.replace(_WINDOW, "", regex=True).to_numpy(dtype=object)
    return np.concatenate([ends.to_numpy(dtype=np.float32), one_hot(kinds)], axis=1)


def one_hot(words: NDArray[np.object_]) -> Floats:
    """(n, words) float32, 1 where an image has the word; beyond the 50 commonest, one for all."""
    counted = pd.Series(words).value_counts()
    kept: Mapping[object, int] = {word: at for at, word in enumerate(counted.index[:MOST])}
    places = np.array([kept.get(word, len(kept)) for word in words])
    return np.asarray(np.eye(len(kept) + 1)[places], dtype=np.float32)


def _as_numbers(cells: "pd.Series[str]") -> Iterator[NDArray[np.float64]]:
    """The cells (n,) read as numbers, which may stand before a `Y` as ages of DICOM do, then as
    days; nan for what is none."""
    yield pd.to_numeric(cells.str.rstrip("Yy "), errors="coerce").to_numpy(dtype=np.float64)
    dates = pd.to_datetime(cells, errors="coerce", format="ISO8601", utc=True)
    # In seconds, which hold dates such as 9999-12-31; nanoseconds end with the year 2262.
    seconds = dates.to_numpy(dtype="datetime64[s]")
    days = seconds.astype(np.int64) / DAY
    yield np.where(np.isnat(seconds), np.nan, days)


def _beside(columns: Iterable[object], images: int) -> Floats:
    """Columns (n,) side by side: (n, columns)."""
    every = [np.asarray(column, dtype=np.float32) for column in columns]
    return np.stack(every, axis=1) if every else np.empty((images, 0), np.float32)
