"""How grades are learned: what a split balances, pixel baselines, columns of the predictions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import log_softmax

from pleura.data.balance import ByStratum
from pleura.evaluate.metrics import softmax
from pleura.tasks.grades.losses import LOSSES, cumulative_loss, guess, share_weight
from pleura.tasks.learned import Labels, LearnedLabels, Logits, logit_columns
from pleura.tasks.pixels import FOREST, PixelBaseline, Pixels, PixelTraining

VERSION = 1  # part of every key: raised whenever the loss or the score would be another
EXPECTED = "expected_grade"


def highest(groups: NDArray[np.str_], labels: Labels) -> ByStratum:
    """Strata by the highest grade of each patient; see `pleura.data.balance.Balanced`."""
    grades = pd.Series(labels).groupby(groups).max()
    return ByStratum({str(name): int(grade) for name, grade in grades.items()})


def fit_line(training: PixelTraining, penalty: float, others: Pixels) -> Pixels:
    """A line through the grades (ridge regression, grades counting alike); the nearer a grade, the
    likelier it is. See `pleura.tasks.pixels.Fit`."""
    from sklearn.linear_model import Ridge  # a second, which a plan saves

    counts = np.bincount(training.labels, minlength=training.n_classes).clip(1)
    weights = 1 / counts[training.labels]
    model = Ridge(penalty * weights.sum()).fit(training.pixels, training.labels, weights)
    apart = model.predict(others)[:, None] - np.arange(training.n_classes)
    return np.asarray(log_softmax(-(apart**2), axis=1), dtype=np.float32)


def columns(logits: Logits, _labels: Labels, classes: Sequence[str]) -> pd.DataFrame:
    """Logits, and the mean of the grades by their probability, the least being 0."""
    expected = softmax(logits) @ np.arange(len(classes))
    return logit_columns(logits, classes).assign(**{EXPECTED: expected})


LINE = PixelBaseline(
    "pixels: line through grades", "L2 penalty", (0.1, 1.0, 0.01, 10.0, 0.001, 100.0), fit_line
)
LEARNED = LearnedLabels(
    version=VERSION,
    loss=cumulative_loss,
    losses=LOSSES,
    prepare=share_weight,
    guess=guess,
    balance=highest,
    baselines=(FOREST, LINE),
    columns=columns,
    derived=(EXPECTED,),
)
