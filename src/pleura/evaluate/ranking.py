"""Areas under the ROC and precision-recall curves, under many sets of weights at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SMALLEST = np.finfo(np.float64).tiny  # keeps 0/0, a threshold that nothing reaches, at 0


@dataclass(frozen=True)
class Ranking:
    """Images sorted by the score of one class, highest first: done once for all weights.

    hits, misses: images of the class and of the others, in that order. For each hit: the last
    hit of the same score, and how many misses score higher, or no lower.
    """

    hits: Ints
    misses: Ints
    last_hit: Ints
    misses_above: Ints
    misses_to_here: Ints

    @classmethod
    def of(cls, positive: NDArray[np.bool_], scores: Floats) -> "Ranking":
        """positive: (n,) whether an image is of the class; scores: (n,)."""
        ranked = np.argsort(-scores, kind="stable")
        hits, misses = ranked[positive[ranked]], ranked[~positive[ranked]]
        of_hits, of_misses = -scores[hits], -scores[misses]
        return cls(
            hits,
            misses,
            np.searchsorted(of_hits, of_hits, side="right") - 1,
            np.searchsorted(of_misses, of_hits, side="left"),
            np.searchsorted(of_misses, of_hits, side="right"),
        )

    def areas(self, weights: Floats) -> tuple[Floats, Floats]:
        """AUROC and average precision (b,) under weights (b, n), as in scikit-learn.

        Equal scores count half in the AUROC (Mann-Whitney) and share a threshold in the average
        precision. Both are nan without weight on the hits, the AUROC also without on the misses.
        """
        hits = np.take(weights, self.hits, axis=1)
        true = np.cumsum(hits, axis=1)
        false = np.zeros((len(weights), len(self.misses) + 1))
        np.cumsum(np.take(weights, self.misses, axis=1), axis=1, out=false[:, 1:])
        positives, negatives = hits.sum(axis=1), false[:, -1]

        above = np.take(false, self.misses_above, axis=1)
        to_here = np.take(false, self.misses_to_here, axis=1)
        true = np.take(true, self.last_hit, axis=1)
        lost = np.einsum("bi,bi->b", hits, above + to_here) / 2
        precision = true / np.maximum(true + to_here, SMALLEST)
        with np.errstate(invalid="ignore"):
            auroc = 1 - lost / (positives * negatives)
            return auroc, np.einsum("bi,bi->b", hits, precision) / positives
