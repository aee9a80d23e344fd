"""The confusion matrix, and confusion matrices under many sets of weights at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pleura.evaluate.ranking import Floats, Ints


def confusion(labels: ArrayLike, predicted: ArrayLike, k: int) -> Ints:
    """Counts (k, k) of images: rows are the true class, columns the predicted one."""
    pairs = np.asarray(labels, dtype=np.int64) * k + np.asarray(predicted, dtype=np.int64)
    return np.bincount(pairs, minlength=k * k).reshape(k, k)


@dataclass(frozen=True)
class Counts:
    """Weight of images by class, each against the rest, under b sets of weights.

    right: of images of a class that are called so; actual: of the class; called: that are called
    so; each (k, b). total: of all images of which it is known, (b,) or (k, b).
    """

    right: Floats
    actual: Floats
    called: Floats
    total: Floats


@dataclass(frozen=True)
class Confusion:
    """Confusion matrices under b sets of weights.

    matrices: (b, k, k) weight of images by true and predicted class; present: (k,) whether there
    are images of a class, of whatever weight.
    """

    matrices: Floats
    present: NDArray[np.bool_]

    @property
    def right(self) -> Floats:
        """Weight of the images of each class that are called so, (k, b)."""
        return np.asarray(np.diagonal(self.matrices, axis1=1, axis2=2).T)

    @property
    def actual(self) -> Floats:
        """Weight of the images of each class, (k, b)."""
        return np.asarray(self.matrices.sum(axis=2).T)

    @property
    def called(self) -> Floats:
        """Weight of the images that are called each class, (k, b)."""
        return np.asarray(self.matrices.sum(axis=1).T)

    @property
    def total(self) -> Floats:
        """Weight of all images, (b,)."""
        return np.asarray(self.matrices.sum(axis=(1, 2)))

    @property
    def counts(self) -> Counts:
        """Each class against the rest."""
        return Counts(self.right, self.actual, self.called, self.total)
