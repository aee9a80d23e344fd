"""A column of a manifest whose cells shall hold numbers."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pleura.data.manifest import Manifest
from pleura.data.names import is_missing
from pleura.wording import count

# What tables of numbers hold for "not known": -1, -9, 99, -999, 9999, 888, 77.
_CODE = re.compile(r"-[1789]|-?(9{2,}|8{2,}|7{2,})")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}\.\d{3}")
_HUNDREDS = 100  # where numbers are so great, 1.234 among them may be 1234


@dataclass(frozen=True)
class NumberCells:
    """The cells of a column as text, as `numbers` (n,) float64, nan where one holds none, and which
    of them are `empty`, (n,) bool."""

    manifest: Manifest
    column: str
    text: "pd.Series[str]"
    numbers: NDArray[np.float64]
    empty: NDArray[np.bool_]

    def problems(self, wrong: NDArray[np.bool_], why: ArrayLike) -> list[str]:
        """A sentence for each cell that is `wrong` (n,), which ends with `why`: a text, or (n,)."""
        ends = np.broadcast_to(np.asarray(why, dtype=object), wrong.shape)
        return [
            f"{self.manifest.describe(row)}: column {self.column} says {self.text.iloc[row]!r}"
            f"{ends[row]}"
            for row in np.flatnonzero(wrong).tolist()
        ]


def read_number_cells(
    manifest: Manifest, column: str, is_empty: Callable[[str], bool] = is_missing
) -> NumberCells:
    """The cells of a column that the manifest has; `is_empty` tells which hold nothing."""
    text = manifest.table[column].astype(str).str.strip()
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
    return NumberCells(manifest, column, text, numbers, text.map(is_empty).to_numpy(dtype=np.bool_))


def doubts(cells: NumberCells) -> Iterator[str]:
    """A sentence on numbers that stand so far from all others that they may mean something else: a
    code for what is not known, or thousands with a point."""
    finite = np.isfinite(cells.numbers)
    pointed = finite & cells.text.map(_matches(_THOUSANDS)).to_numpy(dtype=np.bool_)
    rest = np.abs(cells.numbers[finite & ~pointed])
    whole = bool(len(rest)) and bool((rest % 1 == 0).all())
    if pointed.any() and whole and np.median(rest) >= _HUNDREDS:
        first = cells.text[pointed].iloc[0]
        yield (
            f"column {cells.column}: {count(int(pointed.sum()), 'cell')} such as {first!r} are "
            f"read as {float(first):g}, and all others are whole numbers; if a point stands "
            "between thousands, take it out"
        )
    is_code = finite & cells.text.map(_matches(_CODE)).to_numpy(dtype=np.bool_)
    for code in np.unique(cells.numbers[is_code]).tolist():
        others = cells.numbers[finite & ~is_code]
        if len(np.unique(others)) > 1 and _is_far(code, float(others.min()), float(others.max())):
            here = count(int((cells.numbers == code).sum()), "row")
            yield (
                f"column {cells.column} says {code:g} in {here}, far from all other numbers "
                f"({others.min():g} to {others.max():g}); if that means that it is not known, "
                "empty these cells"
            )


def _is_far(code: float, low: float, high: float) -> bool:
    """Whether a code lies beyond all other numbers by more than these span, or is negative where
    none of them is."""
    beyond = max(low - code, code - high)
    return beyond > high - low or (code < 0 <= low)


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: bool(pattern.fullmatch(text.removesuffix(".0")))
