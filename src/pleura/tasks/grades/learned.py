"""How grades are learned: what a split balances, pixel baselines, columns of the predictions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import log_softmax

from pleura.data.balance import ByStratum
from pleura.evaluate.metrics import softmax
from pleura.models.pixel_nets import PixelNetwork
from pleura.tasks.grades.losses import LOSSES, cumulative_loss, guess, share_weight
from pleura.tasks.learned import Labels, LearnedLabels, Logits, logit_columns
from pleura.tasks.pixels import FOREST, PixelBaseline, Pixels, PixelTraining

VERSION = 1  # part of every key: raised whenever the loss or the score would be another
EXPECTED = "expected_grade"


def highest(groups: NDArray[np.str_], labels: Labels) -> ByStratum:
    """Strata by the highest grade of each patient; see `pleura.data.balance.Balanced`."""
    grades = pd.Series(labels).groupby(groups).max()
    return ByStratum({str(name): int(grade) for name, grade in grades.items()})


def train_line(training: PixelTraining, penalty: float) -> Any:
    """A line through the grades (ridge regression, grades counting alike), of scikit-learn."""
    from sklearn.linear_model import Ridge  # a second, which a plan saves

    counts = np.bincount(training.labels, minlength=training.n_classes).clip(1)
    weights = 1 / counts[training.labels]
    return Ridge(penalty * weights.sum()).fit(training.pixels, training.labels, weights)


def fit_line(training: PixelTraining, penalty: float, others: Pixels) -> Pixels:
    """A line through the grades; the nearer a grade, the likelier it is. See
    `pleura.tasks.pixels.Fit`."""
    model = train_line(training, penalty)
    apart = model.predict(others)[:, None] - np.arange(training.n_classes)
    return np.asarray(log_softmax(-(apart**2), axis=1), dtype=np.float32)


def line_of_grades(training: PixelTraining, penalty: float) -> PixelNetwork:
    """The line of `fit_line` as a network."""
    model = train_line(training, penalty)
    weight, bias = model.coef_.reshape(1, -1), np.reshape(model.intercept_, 1)
    return PixelNetwork.of_line("distances", training.n_classes, weight, bias)


def columns(logits: Logits, _labels: Labels, classes: Sequence[str]) -> pd.DataFrame:
    """Logits, and the mean of the grades by their probability, the least being 0."""
    expected = softmax(logits) @ np.arange(len(classes))
    return logit_columns(logits, classes).assign(**{EXPECTED: expected})


LINE = PixelBaseline(
    "pixels: line through grades",
    "L2 penalty",
    (0.1, 1.0, 0.01, 10.0, 0.001, 100.0),
    fit_line,
    line_of_grades,
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
