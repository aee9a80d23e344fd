"""How far predicted masks overlap with their references: Dice and IoU of every case."""

import numpy as np
from numpy.typing import NDArray

from pleura.evaluate.confusion import confusion
from pleura.evaluate.ranking import Floats, Ints

Masks = NDArray[np.uint8]
IGNORED = 255


def counts(predicted: Masks, reference: Masks, structures: int) -> Ints:
    """Pixels of each case by (reference, predicted): (n, structures + 1, structures + 1).

    Masks: (n, h, w) uint8, 0 background, 1 to `structures`; where the reference is 255 nothing is
    counted.
    """
    k = structures + 1
    pixels = np.zeros((len(reference), k, k), np.int64)
    for case, (mine, truth) in enumerate(zip(predicted, reference, strict=True)):
        judged = truth != IGNORED
        pixels[case] = confusion(truth[judged], mine[judged], k)
    return pixels


def dice(pixels: Ints) -> Floats:
    """Dice of each case and structure, (n, structures), from `counts`.

    nan where the reference lacks the structure, 0 where only the prediction does.
    """
    both, predicted, reference = areas(pixels)
    return _share(2 * both, predicted + reference, reference)


def iou(pixels: Ints) -> Floats:
    """Intersection over union of each case and structure, (n, structures); nan as in `dice`."""
    both, predicted, reference = areas(pixels)
    return _share(both, predicted + reference - both, reference)


def areas(pixels: Ints) -> tuple[Ints, Ints, Ints]:
    """Pixels of each structure in both, in the prediction, in the reference: (n, structures)."""
    both = np.diagonal(pixels, axis1=1, axis2=2)[:, 1:]
    return both, pixels.sum(axis=1)[:, 1:], pixels.sum(axis=2)[:, 1:]


def mean_of_cases(values: Floats) -> float:
    """The mean over cases of each case's mean over the structures that its reference has.

    values: (n, structures), nan where a structure is absent; nan if it is absent everywhere.
    """
    of_case = np.ma.masked_invalid(values).mean(axis=1).compressed()
    return float(of_case.mean()) if len(of_case) else np.nan


def _share(part: Ints, whole: Ints, reference: Ints) -> Floats:
    return np.where(reference > 0, part / np.maximum(whole, 1), np.nan)
