"""Bright marks near the edges of images, such as side markers and letters, and what they tell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import fisher_exact

from pleura.data.audit.bright import bright_things
from pleura.data.audit.collection import Collection
from pleura.data.audit.finding import Finding
from pleura.data.scaling import areas
from pleura.wording import count

SIDE, READ = 128, 256  # pixels of an image that is searched, at most; images held at a time
# In shares of a side: the widest stroke, the sides of a mark, and how near an edge it lies.
STROKE, LOWEST, NARROWEST, LARGEST, EDGE = 0.11, 0.02, 0.008, 0.10, 0.3
CONTRAST = 45  # gray levels that a mark is brighter than what is wider than a stroke
CLEAR = 0.35  # of its contrast: how much the surroundings of a mark may vary
ROWS, COLUMNS = ("upper", "middle", "lower"), ("left", "centre", "right")
PLACES = tuple(f"{row} {column}" for row in ROWS for column in COLUMNS)
TELLING, CHANCE = 0.2, 0.001  # difference of shares of patients, and its probability by chance
NEXT = np.ones((3, 3), np.uint8)  # a pixel and those beside it

Square = NDArray[np.uint8]


@dataclass(frozen=True)
class Mark:
    """A bright mark, pixels of its image."""

    left: int
    top: int
    right: int
    bottom: int

    def place(self, side: int) -> int:
        """The index in `PLACES` of where it lies in a square of so many pixels."""
        row = (self.top + self.bottom) * 3 // (2 * side)
        return row * 3 + (self.left + self.right) * 3 // (2 * side)


def find_marks(collection: Collection) -> tuple[Finding, ...]:
    """One finding for all images with marks, that says where they lie, and one for each place where
    patients of one class have them more often than the others."""
    seen = places_of_marks(collection)
    shares = seen.mean(axis=0)
    rows = np.flatnonzero(seen.any(axis=1))
    if not len(rows):
        return ()
    most = [at for at in np.argsort(-shares) if shares[at] > 0][:3]
    where = ", ".join(f"{PLACES[at]} in {shares[at]:.0%}" for at in most)
    text = (
        f"bright marks, such as letters, stand near the edges of {len(rows)} of "
        f"{count(len(seen), 'image')} ({where}); look whether names are among them"
    )
    first = Finding("burned-in marks", tuple(rows.tolist()), len(rows) / len(seen), text)
    clues = sorted(_clues(collection, seen), key=lambda finding: -finding.score)
    return (first, *clues)


def places_of_marks(collection: Collection) -> NDArray[np.bool_]:
    """(n, PLACES) whether an image has a mark there."""
    seen = np.zeros((len(collection), len(PLACES)), bool)
    side = min(SIDE, collection.bank.size)
    area = areas(collection.bank.size, side)
    for start in range(0, len(collection), READ):
        rows = np.arange(start, min(start + READ, len(collection)))
        squares = area @ collection.bank.read(rows).astype(np.float32) @ area.T
        for row, square in zip(rows, np.rint(squares).astype(np.uint8), strict=True):
            for mark in marks_in(square):
                seen[row, mark.place(side)] = True
    return seen


def marks_in(square: Square) -> list[Mark]:
    """Small bright things near the edges of an image that stand out clearly from surroundings that
    are even: letters, plates with letters, and metal."""
    side = len(square)
    things = bright_things(square, round(STROKE * side) | 1, CONTRAST)
    height, width = things.sides
    left, top, right, bottom = things.boxes.T
    middles = np.stack((left + right, top + bottom)) / (2 * side)
    like_marks = (
        (LOWEST * side <= height)
        & (height <= LARGEST * side)
        & (NARROWEST * side <= width)
        & (width <= LARGEST * side)
        & (np.minimum(middles, 1 - middles).min(axis=0) <= EDGE)
    )
    return [
        mark
        for at in map(int, np.flatnonzero(like_marks))
        if _is_clear(square, things.numbers, at + 1, mark := Mark(*things.boxes[at].tolist()))
    ]


def _is_clear(square: Square, numbers: NDArray[np.int32], number: int, mark: Mark) -> bool:
    """Whether the mark stands out from an even ring of two pixels around it."""
    import cv2

    around = (
        slice(max(mark.top - 2, 0), mark.bottom + 2),
        slice(max(mark.left - 2, 0), mark.right + 2),
    )
    inside = numbers[around] == number
    beside = cv2.dilate(inside.view(np.uint8), NEXT) == 0
    bright, ring = square[around][inside], square[around][beside]
    if ring.size < 4:
        return False
    half, most = len(bright) // 2, int(0.9 * (ring.size - 1))
    # The median is this bright at most, and the quantile below at least: most go here, at once.
    if int(np.partition(bright, half)[half]) - int(np.partition(ring, most)[most]) < CONTRAST / 2:
        return False
    stands_out = np.median(bright) - np.quantile(ring, 0.9) >= CONTRAST / 2
    return bool(stands_out and ring.std() <= CLEAR * (bright.mean() - ring.mean()))


def _clues(collection: Collection, seen: NDArray[np.bool_]) -> list[Finding]:
    """For each place, the class whose patients have marks there most otherwise than the rest."""
    manifest = collection.by_label
    if not manifest.labelled:
        return []
    findings = []
    tests = len(PLACES) * len(manifest.members)
    for at, place in enumerate(PLACES):
        best: Finding | None = None
        for name, of in manifest.members.items():
            ours, others = (
                _by_patient(manifest.groups[part], seen[part, at]) for part in (of, ~of)
            )
            if not len(ours) or not len(others):
                continue
            apart = abs(ours.mean() - others.mean())
            counts = [[(group >= 0.5).sum(), (group < 0.5).sum()] for group in (ours, others)]
            if apart < TELLING or fisher_exact(counts).pvalue * tests > CHANCE:
                continue
            if best is None or apart > best.score:
                text = (
                    f"bright marks, such as letters, stand at the {place} in {ours.mean():.0%} of "
                    f"the images of {name} but in {others.mean():.0%} of the rest: they may tell "
                    "the label"
                )
                rows = tuple(np.flatnonzero(of & seen[:, at]).tolist())
                best = Finding("marks by class", rows, float(apart), text)
        if best:
            findings.append(best)
    return findings


def _by_patient(groups: NDArray[np.str_], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The share of each patient's images with a mark."""
    numbers = np.unique(groups, return_inverse=True)[1]
    if not len(numbers):
        return np.zeros(0)
    return np.bincount(numbers, seen) / np.bincount(numbers)
