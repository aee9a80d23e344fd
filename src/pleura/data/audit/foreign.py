"""Images that are far from all others: another body part, another view, no medical image at all."""

import numpy as np
from numpy.typing import NDArray

from pleura.data.audit.borders import without_borders
from pleura.data.audit.collection import Collection
from pleura.data.audit.finding import Finding
from pleura.data.audit.gradients import gradients_of

# Measured by benchmarks/planted_faults.py, see docs/concepts/audit.md.
FAR = 5.5  # median absolute deviations, scaled to a standard deviation, above the median distance
NEIGHBOURS = 20  # more than one, so that a few strangers of one kind do not hide each other
COMPARED = 4000  # images that each image is compared with, at most, so that time grows with n
TILE = 512  # images compared at a time
FEWEST = 100  # images without which there is no telling what is usual
SEED = 0


def find_foreign(collection: Collection) -> tuple[Finding, ...]:
    """One finding for each image that is far from the images of other patients that are nearest.

    Distance is one minus the cosine of `features` where they are given, else of gradients of the
    images without their borders.
    """
    rows = np.flatnonzero(collection.shown)
    if len(rows) < FEWEST:
        return ()
    distances = _distances(_features(collection, rows), collection.manifest.groups[rows])
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


def _features(collection: Collection, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """(len(rows), d) of unit length."""
    if collection.features is None:
        gradients = gradients_of(without_borders(collection.thumbnails[rows]))
        features = gradients.reshape(len(rows), -1)
    else:
        features = collection.features[rows]
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    unit: NDArray[np.float32] = features / np.maximum(norms, 1e-6)
    return unit


def _distances(features: NDArray[np.float32], groups: NDArray[np.str_]) -> NDArray[np.float64]:
    """(n,) the mean distance to the nearest `NEIGHBOURS` images of other groups."""
    compared = np.sort(np.random.default_rng(SEED).permutation(len(features))[:COMPARED])
    distances = np.empty(len(features))
    for start in range(0, len(features), TILE):
        stop = start + TILE
        alike = features[start:stop] @ features[compared].T
        alike[groups[start:stop, None] == groups[compared]] = -1
        nearest = np.partition(alike, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:]
        distances[start:stop] = 1 - nearest.mean(axis=1)
    return distances
