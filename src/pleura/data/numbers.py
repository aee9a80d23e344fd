"""A number an image, such as an age: read from a column, and parted into ranges that stratify."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.balance import ByStratum
from pleura.data.manifest import UNLABELLED, Manifest
from pleura.data.names import is_missing
from pleura.data.number_cells import doubts, read_number_cells
from pleura.data.unknowns import LABEL, Unknowns
from pleura.errors import InputError, nearest
from pleura.wording import count

RANGES = 3  # that are counted by, and of which each part of a split needs an image
STRATA = 5  # that a split balances
FEWEST = 3  # patients of a stratum: one to train, to validate, to test
MOST = 1e15  # the greatest size of a number, far within single precision, squares too
CLOSEST = 1e-5  # standard deviation, by the greatest size: single precision tells a hundredth of it


def with_numbers(manifest: Manifest, column: str) -> Manifest:
    """The manifest with the numbers in a column as its `targets` (n,) float64.

    Rows without a number are left out, with a note, and kept as `unknowns`. Its classes, and the
    column `label`, are ranges of the numbers as `ranges_of` makes them. Cells that are no number,
    or one of more than 1e15, are added to the problems. Raises InputError for a column that is not
    there, where there are not two different numbers, and where all are so near each other or so
    near 0 that single precision, in which networks compute, does not tell them apart.
    """
    table = manifest.table
    if column not in table:
        raise InputError(
            f"{manifest.origin}: data.number: no column "
            f"{column!r}{nearest(column, map(str, table.columns))}"
        )
    cells = read_number_cells(manifest, column, _is_empty if column == LABEL else is_missing)
    numbers, finite = cells.numbers, np.isfinite(cells.numbers)
    valid = finite & (np.abs(numbers) <= MOST)
    problems = cells.problems(
        ~finite & ~cells.empty, "; it must say a number, such as 41 or 0.5, or nothing"
    )
    problems += cells.problems(
        finite & ~valid,
        f", more than {MOST:g}; give the numbers in a greater unit, or leave the cell empty",
    )
    if len(np.unique(numbers[valid])) < 2:
        raise InputError(
            f"{manifest.origin}: column {column} has not two different numbers to tell apart",
            problems,
        )
    greatest, spread = float(np.abs(numbers[valid]).max()), float(numbers[valid].std())
    if spread < max(CLOSEST * greatest, 1 / MOST):
        raise InputError(
            f"{manifest.origin}: column {column}: the standard deviation of its numbers, "
            f"{spread:.3g}, is too small beside their size, {greatest:.3g}, for networks, which "
            "compute in single precision; take a constant off all of them, or give a smaller unit",
            problems,
        )
    notes = (*manifest.notes, *doubts(cells))
    if cells.empty.any():
        notes += (f"{count(int(cells.empty.sum()), 'row')} left out, column {column} being empty",)
    names, of = ranges_of(numbers[valid])
    labelled = table.iloc[np.flatnonzero(valid)].reset_index(drop=True)
    return replace(
        manifest,
        table=labelled.assign(label=[names[each] for each in of]),
        classes=names,
        targets=numbers[valid],
        number=column,
        labelled=True,
        unknowns=Unknowns(table, (column,), cells.empty[:, None]) if cells.empty.any() else None,
        notes=notes,
        problems=(*manifest.problems, *problems),
    )


def _is_empty(label: str) -> bool:
    """Whether a label holds nothing, as the manifest has written it (see `UNLABELLED`)."""
    return label == UNLABELLED or is_missing(label)


def by_mean(groups: NDArray[np.str_], numbers: NDArray[Any]) -> ByStratum:
    """Strata by quantiles of the patients' means, fifths or fewer where patients are few; see
    `pleura.data.balance.Balanced`."""
    means = pd.Series(numbers).groupby(groups).mean()
    strata = max(1, min(STRATA, len(means) // FEWEST))
    # Ranks, so that equal means fall into strata of equal size all the same.
    rank = means.rank(method="first").to_numpy() - 1
    of = (rank * strata / len(means)).astype(np.int64)
    return ByStratum({str(name): int(at) for name, at in zip(means.index, of, strict=True)})


def ranges_of(numbers: NDArray[np.float64]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The names of three ranges of numbers (n,) with about as many of them each, fewer where
    numbers are few, and the range (n,) of each number."""
    shares = np.arange(1, RANGES) / RANGES
    ends = np.unique(np.quantile(numbers, shares, method="lower"))
    ends = ends[ends < numbers.max()]
    if not len(ends):  # most are the greatest
        ends = np.array([np.unique(numbers)[-2]])
    written = [f"{end:g}" for end in ends]
    between = [f"above {low} to {high}" for low, high in pairwise(written)]
    names = (f"up to {written[0]}", *between, f"above {written[-1]}")
    return names, np.searchsorted(ends, numbers, side="left")
