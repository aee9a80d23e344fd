"""Whether a heat map shows what was learned: rank correlation with maps of redrawn weights.

Adebayo et al. 2018 (arXiv 1810.03292): a map that stays as it was when the weights are drawn anew
shows the image alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import spearmanr

from pleura.evaluate.heatmap_sizes import LEAST

ALIKE = 0.5  # mean rank correlation from which on a map fails the check
COLUMNS = ("cut", "grid", "correlation_with_random")
METHODS: Mapping[str, str] = {"last_": "Grad-CAM", "": "HiRes-CAM"}
"""What maps are called, by what stands before their `COLUMNS` in a table of heat maps."""


@dataclass(frozen=True)
class MapCheck:
    """The check of one kind of map of one recipe: its `method`, at a `cut` with `grid` positions a
    side; of `images` whose maps are not constant the mean rank correlation with maps of weights
    drawn anew, the lowest and the highest, nan without any. `passes`: whether maps change with the
    weights; None where they are too coarse to be judged, or empty."""

    method: str
    cut: str
    grid: int
    images: int
    correlation: float
    lowest: float
    highest: float
    passes: bool | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON: null for what is not known."""
        every = asdict(self)
        return {name: None if value != value else value for name, value in every.items()}


def checks_of(table: pd.DataFrame, recipe: str) -> list[MapCheck]:
    """The checks of a recipe, by a table such as `panels/heatmaps.csv`, one row an image; none
    where it has no heat maps there."""
    rows = table[table["recipe"] == recipe]
    return [_check(rows, *each) for each in METHODS.items()] if len(rows) else []


def _check(rows: pd.DataFrame, before: str, method: str) -> MapCheck:
    cut, grid, column = (f"{before}{name}" for name in COLUMNS)
    known = rows[column].astype(float).dropna()
    ends = (float(known.mean()), float(known.min()), float(known.max()))
    size = int(float(rows[grid].iloc[0]))
    passes = depends_on_weights(known) if size >= LEAST else None
    return MapCheck(method, str(rows[cut].iloc[0]), size, len(known), *ends, passes)


def correlation_with_random(
    maps: NDArray[np.float32], redrawn: Sequence[NDArray[np.float32]]
) -> NDArray[np.float64]:
    """Spearman's correlation of each map (n, y, x) with those of `redrawn`: their mean, (n,).

    `redrawn` are maps of the same images and classes by the same network, each with its weights
    drawn anew. Constant maps do not count; nan where none is left.
    """
    each = [[_spearman(a, b) for a, b in zip(maps, r, strict=True)] for r in redrawn]
    return np.asarray(np.ma.masked_invalid(each).mean(axis=0).filled(np.nan))


def _spearman(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    constant = np.ptp(a) == 0 or np.ptp(b) == 0
    return float("nan") if constant else float(spearmanr(a.ravel(), b.ravel()).statistic)


def depends_on_weights(correlations: ArrayLike) -> bool | None:
    """Whether maps pass: the mean over images is below .5; None where none is known."""
    values = np.asarray(correlations, dtype=float)
    finite = values[np.isfinite(values)]
    return bool(finite.mean() < ALIKE) if len(finite) else None
