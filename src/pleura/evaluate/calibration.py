"""Probabilities that mean what they say: a temperature and a bias a class, fitted on validation.

Training weights classes and stops early, so that softmax is too sure and has the wrong prior.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from pleura.errors import InputError
from pleura.evaluate.calibration_maps import SMALLEST, CalibrationMap, FindingsMap
from pleura.evaluate.predicted_runs import (
    PredictedRun,
    labels_of,
    logits_of,
    positives,
    read_runs,
    whose,
)
from pleura.evaluate.ranking import Floats, Ints
from pleura.tables import LOGIT

FLATTEST = 0.01  # least standard deviation of calibrated logits: a temperature is positive
# How firmly a map is held at "as trained", in patients; measured in docs/concepts/calibration.md.
HOLD = 3.0


def fit(logits: ArrayLike, labels: Ints, patients: NDArray[Any]) -> CalibrationMap | FindingsMap:
    """`fit_map` of classes, whose labels are (n,), or `fit_maps` of findings, (n, findings);
    patients: (n,) of the images."""
    if labels.ndim == 2:
        return fit_maps(logits, labels, patients)
    return fit_map(logits, labels, patients=len(set(patients)))


def fit_maps(logits: ArrayLike, labels: ArrayLike, patients: NDArray[Any]) -> FindingsMap:
    """`fit_map` for each finding by itself, as of two classes, on the images of which it is known.

    logits: (n, findings); labels: (n, findings), 1, 0 or -1; patients: (n,). A finding
    of which nothing is known stays as it is.
    """
    given, truths = np.asarray(logits, dtype=np.float64), np.asarray(labels, dtype=np.int64)
    temperatures, biases = [], []
    for of_finding, scores in zip(truths.T, given.T, strict=True):
        at = of_finding >= 0
        if not at.any():
            fitted = CalibrationMap(1.0, (0.0, 0.0))
        else:
            # Their softmax is the sigmoid of the score.
            both = np.stack([-scores[at] / 2, scores[at] / 2], axis=1)
            fitted = fit_map(both, of_finding[at], patients=len(set(patients[at])))
        temperatures.append(fitted.temperature)
        biases.append(fitted.biases[1] - fitted.biases[0])
    return FindingsMap(tuple(temperatures), tuple(biases))


def fit_map(logits: ArrayLike, labels: ArrayLike, *, patients: int | None = None) -> CalibrationMap:
    """The likeliest map on images that the model was not trained on.

    logits: (n, k), n at least 1; labels: (n,) index of the class. Temperature scaling (Guo et al.
    2017) with biases (Alexandari et al. 2020): convex in 1 / temperature and biases. So that few or
    perfectly separated images give a finite map, one image more is spread over all, its class drawn
    from the shares (n_c + 1) / (n + k): a target as Platt's (1999), that leaves the mean
    probability of each class at its share. Where logits tell nothing, or the wrong, the temperature
    ends where they hardly count.

    `patients` says of how many patients the images are. A few patients do not show how wrong the
    probabilities are, so the map is then held near the one that changes nothing: the squares of
    the logarithm of the temperature and of the distance of each bias from the mean bias, times
    `HOLD`, are taken off a log-likelihood in which every patient counts as one image. None: the map
    is not held.
    Raises InputError for logits that are not finite.
    """
    given, labels = np.asarray(logits, dtype=np.float64), np.asarray(labels, dtype=np.int64)
    if not np.isfinite(given).all():
        raise InputError("calibration: validation logits are not finite; train this run again")
    n, k = given.shape
    centred = given - given.mean(axis=1, keepdims=True)
    spread = float(np.sqrt((centred**2).mean())) or 1.0
    unit = centred / spread
    class_shares = (np.bincount(labels, minlength=k) + 1) / (n + k)
    targets = (np.eye(k)[labels] + class_shares / n) / (n + 1)
    hold = HOLD / patients if patients else 0.0

    def loss(point: Floats) -> tuple[float, Floats]:
        biases = np.append(point[1:], 0.0)
        scores = point[0] * unit + biases
        total = logsumexp(scores, axis=1, keepdims=True)
        excess = targets.sum(axis=1, keepdims=True) * np.exp(scores - total) - targets
        # Zero for the map that changes nothing: 1 / temperature is point[0] / spread.
        away = np.append(np.log(point[0] / spread), biases - biases.mean())
        gradient = np.append((excess * unit).sum(), excess.sum(axis=0)[:-1])
        gradient += 2 * hold * np.append(away[0] / point[0], away[1:-1])
        return float((targets * (total - scores)).sum() + hold * (away**2).sum()), gradient

    # Where the map is held, logits of a quite other scale give two minima: at either scale.
    minima = [
        minimize(
            loss,
            np.append(start, np.zeros(k - 1)),
            jac=True,
            method="L-BFGS-B",
            bounds=[(min(FLATTEST, spread), None), *[(None, None)] * (k - 1)],
            options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 1000},
        )
        for start in ((1.0, spread) if hold else (1.0,))
    ]
    slope, *biases = min(minima, key=lambda each: each.fun).x
    return CalibrationMap(spread / float(slope), (*map(float, biases), 0.0))


@dataclass(frozen=True)
class Calibrated:
    """One training on one fold: test as trained and calibrated, and the validation it went by.

    labels (see `PredictedRun`) and probabilities: (n, k), calibrated, of the validation part, whose
    images and patients are (n,) text.
    """

    before: PredictedRun
    after: PredictedRun
    map: CalibrationMap | FindingsMap
    labels: Ints
    probabilities: Floats
    images: NDArray[Any]
    patients: NDArray[Any]

    @property
    def positive(self) -> NDArray[np.bool_]:
        """Which validation images are of which class, (n, k)."""
        return positives(self.labels, self.probabilities.shape[1])


@dataclass(frozen=True)
class Calibrations:
    """Every recipe with a validation part by name, its trainings by seed and fold."""

    recipes: dict[str, list[Calibrated]]
    classes: tuple[str, ...]

    @property
    def runs(self) -> list[PredictedRun]:
        """All test runs."""
        return [one.before for trainings in self.recipes.values() for one in trainings]


def calibrate(predictions: pd.DataFrame, *, fraction: float) -> Calibrations:
    """Fit a map for each recipe, seed and fold on its validation part, and apply it to test.

    Test labels never touch a map. A recipe any of whose trainings lacks validation rows is left
    out. Raises InputError (see `read_runs`, `fit_map`) and for a validation label without column.
    """
    here = predictions[predictions["fraction"] == fraction]
    table = read_runs(here)
    validation = here[here["part"] == "validation"]
    columns = [f"{LOGIT}{name}" for name in table.names]
    labels = labels_of(validation, table.names)
    if labels.ndim == 1 and (labels < 0).any():
        unknown = validation["label"].to_numpy()[labels < 0][0]
        raise InputError(f"predictions: validation label {unknown!r} has no {LOGIT} column")
    logits = validation[columns].to_numpy(dtype=np.float64)
    patients, images = whose(validation), validation["image"].astype(str).to_numpy(dtype=object)
    rows = validation.groupby(["recipe", "seed", "fold"], sort=False).indices
    recipes = {}
    for name in table.recipes:
        runs = table.of(name, fraction)
        if all((name, run.seed, run.fold) in rows for run in runs):
            parts = [rows[name, run.seed, run.fold] for run in runs]
            recipes[name] = [
                _calibrated(run, logits[at], labels[at], images[at], patients[at])
                for run, at in zip(runs, parts, strict=True)
            ]
    return Calibrations(recipes, table.names)


def _calibrated(
    run: PredictedRun,
    logits: Floats,
    labels: Ints,
    images: NDArray[Any],
    patients: NDArray[Any],
) -> Calibrated:
    fitted = fit(logits, labels, patients)
    of_test = fitted.probabilities(logits_of(np.maximum(run.probabilities, SMALLEST), labels))
    after = replace(run, probabilities=of_test)
    return Calibrated(run, after, fitted, labels, fitted.probabilities(logits), images, patients)


def before_and_after(trainings: Sequence[Calibrated]) -> dict[str, list[PredictedRun]]:
    """Test runs of one recipe as trained ("before") and calibrated ("after")."""
    return {
        "before": [training.before for training in trainings],
        "after": [training.after for training in trainings],
    }
