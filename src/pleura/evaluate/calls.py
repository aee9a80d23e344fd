"""What is called positive of each finding: at a threshold that validation chooses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from pleura.evaluate.ranking import Floats, Ints
from pleura.tables import CALLED, KEYS, LABEL, LOGIT


def thresholds(labels: Ints, probabilities: Floats) -> Floats:
    """For each finding the probability from which on it is called positive, (f,): where
    sensitivity plus specificity is greatest (Youden 1950), halfway between two images.

    labels: (n, f), 1, 0 or -1; probabilities: (n, f). A half where an image with, or one without
    the finding is missing.
    """
    chosen = []
    for of_finding, scores in zip(labels.T, probabilities.T, strict=True):
        positive, values = of_finding[of_finding >= 0] == 1, scores[of_finding >= 0]
        if not positive.any() or positive.all():  # the latter also where none is known
            chosen.append(0.5)
            continue
        edges = np.unique(values)
        with_it, without = (np.sort(values[positive == side]) for side in (True, False))
        sensitivity = 1 - np.searchsorted(with_it, edges) / len(with_it)
        specificity = np.searchsorted(without, edges) / len(without)
        best = int(np.argmax(sensitivity + specificity))
        chosen.append((edges[max(0, best - 1)] + edges[best]) / 2 if best else edges[0])
    return np.array(chosen)


@dataclass(frozen=True)
class Chosen:
    """The thresholds (f,) of a run, whose rows of a table of predictions are `rows`, chosen by so
    many validation `images`; without any they are a half."""

    rows: NDArray[np.int64]
    thresholds: Floats
    images: int


def chosen_in(predictions: pd.DataFrame, names: Sequence[str]) -> Iterator[Chosen]:
    """The thresholds of each run of a table of the findings `names`, in the order of their first
    rows (see `thresholds`)."""
    probabilities = _probabilities(predictions, names)
    labels = predictions[[LABEL + name for name in names]].apply(pd.to_numeric, errors="coerce")
    targets = labels.fillna(-1).to_numpy(np.int64)
    validates = (predictions["part"] == "validation").to_numpy()
    for of_run in predictions.groupby([*KEYS], sort=False).indices.values():
        rows = np.asarray(of_run, dtype=np.int64)
        by = rows[validates[rows]]
        yield Chosen(rows, thresholds(targets[by], probabilities[by]), len(by))


def with_calls(predictions: pd.DataFrame) -> pd.DataFrame:
    """A table of findings with the columns `called_<finding>`: 1 where a finding's probability
    reaches the threshold that its run's validation rows choose (see `thresholds`).

    A table of classes, which has no columns `label_<class>`, comes back as it is.
    """
    names = [name.removeprefix(LABEL) for name in map(str, predictions) if name.startswith(LABEL)]
    if not names:
        return predictions
    probabilities = _probabilities(predictions, names)
    called = np.zeros(probabilities.shape, dtype=np.int64)
    for chosen in chosen_in(predictions, names):
        called[chosen.rows] = probabilities[chosen.rows] >= chosen.thresholds
    return predictions.assign(**{CALLED + name: called[:, at] for at, name in enumerate(names)})


def _probabilities(predictions: pd.DataFrame, names: Sequence[str]) -> Floats:
    return np.asarray(expit(predictions[[LOGIT + name for name in names]].to_numpy(np.float64)))
