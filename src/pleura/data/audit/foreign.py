"""Images that are far from all others: another body part, another view, no medical image at all."""

import numpy as np
from numpy.typing import NDArray

from pleura.data.audit.borders import without_borders
from pleura.data.audit.collection import Collection
from pleura.data.audit.finding import Finding
from pleura.data.audit.gradients import gradients_of, unit

# Measured by benchmarks/planted_faults.py, see docs/concepts/audit.md.
FAR = 5.5  # median absolute deviations, scaled to a standard deviation, above the median distance
NEIGHBOURS = 20  # more than one, so that a few strangers of one kind do not hide each other
COMPARED = 4000  # images that each image is compared with, at most, so that time grows with n
TILE = 512  # images compared at a time
FEWEST = 100  # images without which there is no telling what is usual
SEED = 0


def find_foreign(collection: Collection) -> tuple[Finding, ...]:
    """One finding for each image that is far from the images of other patients that are nearest.

    Distance is one minus the cosine of gradients of the images without their borders.
    """
    rows = np.flatnonzero(collection.shown)
    if len(rows) < FEWEST:
        return ()
    gradients = unit(gradients_of(without_borders(collection.thumbnails[rows])))
    distances = _distances(gradients, collection.manifest.groups[rows])
    middle = np.median(distances)
    spread = 1.4826 * np.median(np.abs(distances - middle))
    scores = (distances - middle) / max(spread, 1e-6)
    findings = []
    for at in np.argsort(-scores, kind="stable")[: (scores > FAR).sum()]:
        row = int(rows[at])
        text = (
            f"{collection.manifest.describe(row)} looks like none of the others: another view, "
            "another body part, or cut otherwise"
        )
        findings.append(Finding("unlike the rest", (row,), float(scores[at]), text))
    return tuple(findings)


def _distances(gradients: NDArray[np.float32], groups: NDArray[np.str_]) -> NDArray[np.float64]:
    """(n,) the mean distance to the nearest `NEIGHBOURS` images of other groups."""
    compared = np.sort(np.random.default_rng(SEED).permutation(len(gradients))[:COMPARED])
    distances = np.empty(len(gradients))
    for start in range(0, len(gradients), TILE):
        stop = start + TILE
        alike = gradients[start:stop] @ gradients[compared].T
        alike[groups[start:stop, None] == groups[compared]] = -1
        nearest = np.partition(alike, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:]
        distances[start:stop] = 1 - nearest.mean(axis=1)
    return distances
