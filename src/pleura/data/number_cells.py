"""A column of a manifest whose cells shall hold numbers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pleura.data.manifest import Manifest
from pleura.data.names import is_missing


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
