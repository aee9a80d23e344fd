"""What is called positive of each finding: at a threshold that validation chooses."""

import numpy as np
import pandas as pd
from scipy.special import expit

from pleura.evaluate.ranking import Floats, Ints
from pleura.tables import CALLED, KEYS, LABEL, LOGIT


def thresholds(labels: Ints, probabilities: Floats) -> Floats:
    """For each finding the probability from which on it is called positive, (f,): where
    sensitivity plus specificity is greatest (Youden 1950), halfway between two images.

    labels: (n, f), 1, 0 or -1; probabilities: (n, f). A half where an image with, or one without
    the finding is missing.
    """
    found = []
    for of_finding, scores in zip(labels.T, probabilities.T, strict=True):
        positive, values = of_finding[of_finding >= 0] == 1, scores[of_finding >= 0]
        if not positive.any() or positive.all():  # the latter also where none is known
            found.append(0.5)
            continue
        edges = np.unique(values)
        with_it, without = (np.sort(values[positive == side]) for side in (True, False))
        sensitivity = 1 - np.searchsorted(with_it, edges) / len(with_it)
        specificity = np.searchsorted(without, edges) / len(without)
        best = int(np.argmax(sensitivity + specificity))
        found.append((edges[max(0, best - 1)] + edges[best]) / 2 if best else edges[0])
    return np.array(found)


def with_calls(predictions: pd.DataFrame) -> pd.DataFrame:
    """A table of findings with the columns `called_<finding>`: 1 where a finding's probability
    reaches the threshold that its run's validation rows choose (see `thresholds`).

    A table of classes, which has no columns `label_<class>`, comes back as it is.
    """
    names = [name.removeprefix(LABEL) for name in map(str, predictions) if name.startswith(LABEL)]
    if not names:
        return predictions
    probabilities = expit(predictions[[LOGIT + name for name in names]].to_numpy(np.float64))
    labels = predictions[[LABEL + name for name in names]].apply(pd.to_numeric, errors="coerce")
    known = labels.fillna(-1).to_numpy(np.int64)
    called = np.zeros(known.shape, dtype=np.int64)
    validates = (predictions["part"] == "validation").to_numpy()
    runs = predictions.groupby([*KEYS], sort=False).indices
    for rows in runs.values():
        chosen = rows[validates[rows]]
        called[rows] = probabilities[rows] >= thresholds(known[chosen], probabilities[chosen])
    return predictions.assign(**{CALLED + name: called[:, at] for at, name in enumerate(names)})
