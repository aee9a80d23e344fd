"""Images ranked by the score of a class, and the ranking under many sets of weights at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BLOCK = 1 << 16  # weights worked on at a time: they and their running sums stay in the cache


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

    def under(self, weights: Floats) -> "WeightedRanking":
        """The images with weights (b, n)."""
        false = np.zeros((len(weights), len(self.misses) + 1))
        np.cumsum(np.take(weights, self.misses, axis=1), axis=1, out=false[:, 1:])
        return WeightedRanking(
            np.take(weights, self.hits, axis=1),
            self.last_hit,
            np.take(false, self.misses_above, axis=1),
            np.take(false, self.misses_to_here, axis=1),
            false[:, -1],
        )


@dataclass(frozen=True)
class WeightedRanking:
    """A `Ranking` of h hits under b sets of weights.

    hits: (b, h) the weight of each hit; last_hit: (h,) as in `Ranking`; misses_above,
    misses_to_here: (b, h) the weight of the misses that score higher, or no lower; misses: (b,) the
    weight of them all.
    """

    hits: Floats
    last_hit: Ints
    misses_above: Floats
    misses_to_here: Floats
    misses: Floats


Areas = Sequence[Callable[[WeightedRanking], Floats]]


def under_weights(
    weights: NDArray[np.generic],
    images: Floats,
    rankings: Sequence[tuple[Ranking, Ints | slice, Areas]],
) -> tuple[Floats, list[Floats]]:
    """Sums (b, c) of `images` (n, c) under weights (b, n), and of each of the `rankings`, which
    stand with the images that they rank, its areas (areas, b)."""
    sums: list[Floats] = []
    ranked: list[list[list[Floats]]] = [[] for _ in rankings]
    for start in range(0, len(weights), rows := max(1, BLOCK // max(1, weights.shape[1]))):
        block = weights[start : start + rows].astype(np.float64)
        sums.append(block @ images)
        for areas_of_one, (ranking, at, areas) in zip(ranked, rankings, strict=True):
            under = ranking.under(block[:, at])
            areas_of_one.append([area(under) for area in areas])
    return np.concatenate(sums), [np.concatenate(areas_of_one, axis=-1) for areas_of_one in ranked]
