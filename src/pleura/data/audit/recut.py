"""Images that show the same, cut differently."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pleura.data.alike import MIRRORED, Twins
from pleura.data.audit.align import likeness
from pleura.data.audit.collection import Collection
from pleura.data.audit.gradients import Gradients, gradients_of, mirrored, unit

# Measured by benchmarks/planted_faults.py, see docs/concepts/audit.md.
ALIKE = 0.96  # correlation once one image lies on the other
CANDIDATE = 0.4  # correlation of descriptions; pairs below it are not looked at
CUT = 0.1  # of a side, at most, that is cut from an image to learn what cutting changes
LEARNED, DIRECTIONS, SPREAD = 2000, 256, 0.1  # images, length of a description, floor of variance
TILE, BATCH = 512, 512  # images compared at a time, pairs laid onto each other at a time
SEED = 0

Floats = NDArray[np.float32]


def find_recut(collection: Collection, *groupings: NDArray[Any]) -> list[Twins]:
    """Pairs of images of two different groups that show the same once one is stretched and shifted
    onto the other, mirrored left to right or not; the most alike first.

    For each image and each of the `groupings` (n,), the one image of another group is looked at
    whose description is most like its own: another image of the same patient, which is like it by
    nature, hides none of another patient where both clips and patients are groupings. The
    time grows with the square of the number of images for descriptions, of which 1 M pairs take
    about 20 ms, and with the number itself for laying images onto each other.
    """
    rows = np.flatnonzero(collection.shown)
    if len(rows) < 2:
        return []
    thumbnails, gradients = collection.thumbnails[rows], collection.gradients[rows]
    describe = _Description(thumbnails, gradients)
    described = describe(gradients)
    names = [np.unique(groups[rows], return_inverse=True)[1] for groups in groupings]
    best: dict[tuple[int, int], Twins] = {}
    for way, seen, pixels in (
        (MIRRORED[0], described, thumbnails),
        (MIRRORED[1], describe(mirrored(gradients)), thumbnails[:, :, ::-1]),
    ):
        found = {pair for of in names for pair in _candidates(seen, described, of)}
        pairs = np.array(sorted(found), np.int64).reshape(-1, 2)
        for start in range(0, len(pairs), BATCH):
            one, other = pairs[start : start + BATCH].T
            alike = likeness(pixels[one].astype(np.float32), thumbnails[other].astype(np.float32))
            for at in np.flatnonzero(alike > ALIKE):
                low, high = sorted((int(rows[one[at]]), int(rows[other[at]])))
                twins = Twins(low, high, float(alike[at]), way)
                if (low, high) not in best or best[low, high].likeness < twins.likeness:
                    best[low, high] = twins
    return sorted(best.values(), key=lambda pair: (-pair.likeness, pair.one, pair.other))


class _Description:
    """Turns gradients into short descriptions that change little where an image is cut.

    How gradients change is learned from images of the collection that are cut at random: directions
    in which they change much count little.
    """

    def __init__(self, thumbnails: NDArray[np.uint8], gradients: Gradients) -> None:
        rng = np.random.default_rng(SEED)
        rows = np.sort(rng.permutation(len(thumbnails))[:LEARNED])
        cut = [_cut(thumbnails[row], *rng.uniform(0, CUT, 4)) for row in rows]
        whole = unit(gradients[rows])
        change = unit(gradients_of(np.stack(cut))) - whole
        variances, axes = np.linalg.eigh(change.T @ change / len(rows))
        axes = axes / np.sqrt(variances + SPREAD * variances.mean())
        self._middle = whole.mean(axis=0)
        telling = ((whole - self._middle) @ axes).var(axis=0)
        self._axes = axes[:, np.argsort(-telling)[:DIRECTIONS]].astype(np.float32)

    def __call__(self, gradients: Gradients) -> Floats:
        """(n, DIRECTIONS) descriptions of unit length."""
        return unit((unit(gradients) - self._middle) @ self._axes)


def _candidates(
    seen: Floats, described: Floats, groups: NDArray[np.int64]
) -> Iterator[tuple[int, int]]:
    """For each image, as `seen`, the image of another group `described` most like it, if it is like
    it at all. Of a pair that comes in both orders only one is given."""
    given: set[tuple[int, int]] = set()
    for start in range(0, len(seen), TILE):
        alike = seen[start : start + TILE] @ described.T
        alike[groups[start : start + TILE, None] == groups] = 0
        others = alike.argmax(axis=1)
        for at in np.flatnonzero(alike.max(axis=1) > CANDIDATE):
            pair = int(start + at), int(others[at])
            if pair[::-1] not in given:
                given.add(pair)
                yield pair


def _cut(image: NDArray[np.uint8], *edges: float) -> NDArray[np.uint8]:
    """The image without shares of its left, upper, right and lower edges, as large as before."""
    side = len(image)
    left, top, right, bottom = (edge * side for edge in edges)
    box = (left, top, side - right, side - bottom)
    resized = Image.fromarray(image).resize((side, side), Image.Resampling.LANCZOS, box)
    return np.asarray(resized)
