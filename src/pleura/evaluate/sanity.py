"""Whether a heat map shows what was learned: rank correlation with maps of redrawn weights.

Adebayo et al. 2018 (arXiv 1810.03292): a map that stays as it was when the weights are drawn anew
shows the image alone.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import spearmanr

ALIKE = 0.5  # mean rank correlation from which on a map fails the check


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
