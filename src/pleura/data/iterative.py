"""Iterative stratification: examples with several labels each, divided among parts."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray


def divide(has: NDArray[np.bool_], shares: Sequence[float], rng: Generator) -> NDArray[np.int64]:
    """The part (n,) of each example, from 0, so that parts have their `shares` of every label.

    has: (n, labels), which labels an example has; shares: of the parts, whose sum is 1.

    After Sechidis, Tsoumakas and Vlahavas (2011): the label that the fewest of the examples left
    have is dealt out first, each of its examples to the part that lacks most of that label, and
    among equals to the part that lacks most examples, then by chance; a part that has its number of
    examples gets no more. So that a label of few
    examples is in every part as long as it can be, no part is owed less than one example of a
    label that has as many examples as there are parts.
    """
    n, parts = len(has), len(shares)
    share = np.asarray(shares, dtype=np.float64)
    totals = has.sum(axis=0)
    owed = totals[:, None] * share
    owed = np.where((totals >= parts)[:, None], np.maximum(owed, 1.0), owed)
    owed_examples = n * share
    part = np.full(n, -1, dtype=np.int64)
    order = rng.permutation(n)
    while (left := order[part[order] < 0]).size:
        counts = has[left].sum(axis=0)
        label = int(np.where(counts > 0, counts, n + 1).argmin()) if counts.any() else None
        for example in left if label is None else left[has[left, label]]:
            wants = owed_examples if label is None else owed[label]
            room = owed_examples >= min(0.5, owed_examples.max())
            best = np.flatnonzero(room & (wants == wants[room].max()))
            best = best[owed_examples[best] == owed_examples[best].max()]
            chosen = int(best[0] if len(best) == 1 else rng.choice(best))
            part[example] = chosen
            owed[has[example], chosen] -= 1
            owed_examples[chosen] -= 1
    return part
