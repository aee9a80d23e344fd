"""Which images are looked at after each epoch: the same ones every time."""

import numpy as np
from numpy.typing import NDArray

from pleura.randomness import seed_of

Rows = NDArray[np.int64]
LossAndScore = tuple[float, float]
MOST_WATCHED = 512


def watched(
    rows: Rows, part: str, *, labels: NDArray[np.int64] | None = None, most: int = MOST_WATCHED
) -> Rows:
    """At most `most` of `rows` (n,), drawn once for each name of a `part`, in ascending order.

    With `labels` (n,), or (n, findings), one of each row, every label (or set of findings) is among
    them where `most` allows.
    """
    if len(rows) <= most:
        return rows
    order = np.random.default_rng(seed_of("watched", part)).permutation(len(rows))
    if labels is not None:
        _, first = np.unique(labels[order], axis=0, return_index=True)
        order = np.concatenate([order[first], np.delete(order, first)])
    return np.sort(rows[order[:most]])


def figures(validation: LossAndScore, training: LossAndScore) -> dict[str, float]:
    """What a validation tells: `loss` and `score` of the validation part, and `judged_loss` and
    `judged_score` of training images as they are judged."""
    named = zip(
        ("loss", "score", "judged_loss", "judged_score"), (*validation, *training), strict=True
    )
    return dict(named)
