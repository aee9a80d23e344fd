"""Fits of simple models whose images are judged by models that did not learn from their patient."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
LEARNED = 4000  # images that one model learns from, at most, so that time grows with their number
SEED = 0

Rows = NDArray[np.int64]


def by_fold(rows: Rows, groups: NDArray[Any]) -> Iterator[tuple[Rows, Rows]]:
    """Pairs of rows to learn from and of rows to judge, whose `groups` differ; each of `rows` is
    judged once. Yields nothing where there are fewer than `FOLDS` groups."""
    from sklearn.model_selection import GroupKFold  # slow to import

    if len(set(groups[rows])) < FOLDS:
        return
    rng = np.random.default_rng(SEED)
    folds = GroupKFold(FOLDS, shuffle=True, random_state=SEED)
    for learned, judged in folds.split(rows, groups=groups[rows]):
        chosen = rng.permutation(learned)[:LEARNED]
        yield rows[np.sort(chosen)], rows[judged]
