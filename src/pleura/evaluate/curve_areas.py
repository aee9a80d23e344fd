"""Areas under the ROC and precision-recall curves of one class against the rest."""

import numpy as np
from numpy.typing import NDArray

from pleura.evaluate.metric import ClassificationMetric, OfRanking
from pleura.evaluate.ranking import Floats, Ranking, WeightedRanking

SMALLEST = np.finfo(np.float64).tiny  # keeps 0/0, a threshold that nothing reaches, at 0


def auroc(of: WeightedRanking) -> Floats:
    """AUROC (b,) as in scikit-learn: equal scores count half (Mann-Whitney).

    nan without weight on the hits or on the misses.
    """
    lost = np.einsum("bi,bi->b", of.hits, of.misses_above + of.misses_to_here) / 2
    with np.errstate(invalid="ignore"):
        return np.asarray(1 - lost / (of.hits.sum(axis=1) * of.misses))


def average_precision(of: WeightedRanking) -> Floats:
    """Average precision (b,) as in scikit-learn: equal scores share a threshold.

    nan without weight on the hits.
    """
    true = np.take(np.cumsum(of.hits, axis=1), of.last_hit, axis=1)
    precision = true / np.maximum(true + of.misses_to_here, SMALLEST)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.einsum("bi,bi->b", of.hits, precision) / of.hits.sum(axis=1))


def auroc_within(
    strata: NDArray[np.object_], positive: NDArray[np.bool_], scores: Floats, weights: Floats
) -> Floats:
    """AUROC (b,) over the pairs of images of the same stratum, such as a hospital.

    strata, positive, scores: (n,); weights: (b, n). nan where no stratum has a pair.
    """
    won, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for stratum in np.unique(strata):
        at = np.flatnonzero(strata == stratum)
        ranking = Ranking.of(positive[at], scores[at]).under(weights[:, at])
        here = ranking.hits.sum(axis=1) * ranking.misses
        won += np.where(here > 0, auroc(ranking) * here, 0)
        pairs += here
    with np.errstate(invalid="ignore"):
        return won / pairs


AUROC = ClassificationMetric(
    "auroc", "AUROC", macro=True, borne_by="either", needs=OfRanking(auroc)
)
AUPRC = ClassificationMetric("auprc", "AUPRC", macro=True, needs=OfRanking(average_precision))
