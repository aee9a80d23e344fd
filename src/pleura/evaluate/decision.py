"""What happens when probabilities are acted on: at a chosen sensitivity, and by net benefit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pleura.evaluate.calibration import Calibrated, Calibrations
from pleura.evaluate.jackknife import leave_out, patient_groups
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.proportions import proportion_interval, sums_without
from pleura.evaluate.ranking import Floats

Flags = NDArray[np.bool_]
Thresholds = Mapping[tuple[int, int], Floats]  # (classes,) by seed and fold

TARGETS = (0.90, 0.95)
COLUMNS = ["recipe", "target", "class", "measure", "value", "low", "high"]


def at_sensitivity(
    calibrations: Calibrations, *, targets: Sequence[float] = TARGETS, level: float = 0.95
) -> pd.DataFrame:
    """How each class does on test at the threshold that gave a sensitivity on validation.

    Each class stands against the rest: an image is called positive where its calibrated probability
    reaches the threshold, chosen for each training on its own calibrated validation part. Columns:
    recipe, target, class, measure, value, low, high. `measure` is "sensitivity", "specificity",
    "ppv" or "npv" with the limits of `proportion_interval`; or, with the least and the greatest of
    all trainings, "threshold" and "positives", the validation images of the class that it rests on.
    A predictive value is nan where a training calls no image positive (or negative).
    """
    groups = patient_groups(calibrations.runs) if calibrations.recipes else {}
    rows: list[tuple[object, ...]] = []
    for recipe, trainings in calibrations.recipes.items():
        after = [training.after for training in trainings]
        positives = np.array([training.positive.sum(axis=0) for training in trainings])
        for target in targets:
            chosen = np.array([thresholds(training, target) for training in trainings])
            for (measure, at), rates in rates_at(after, chosen, groups, level=level).items():
                rows.append((recipe, target, calibrations.classes[at], measure, *rates))
            for measure, values in (("threshold", chosen), ("positives", positives)):
                of_class = zip(calibrations.classes, values.T, strict=True)
                rows += [
                    (recipe, target, name, measure, v.mean(), v.min(), v.max())
                    for name, v in of_class
                ]
    return pd.DataFrame(rows, columns=COLUMNS)


def rates_at(
    runs: Sequence[PredictedRun], chosen: Floats, groups: Mapping[str, int], *, level: float
) -> dict[tuple[str, int], tuple[float, float, float]]:
    """Sensitivity, specificity, ppv and npv of each class with their limits, by (measure, index of
    the class), where an image is called positive from the threshold on that is `chosen` for its
    run and class, (runs, classes). `groups` numbers the patients."""
    of = {(run.seed, run.fold): row for run, row in zip(runs, chosen, strict=True)}
    bearing = _bearing(runs, of)
    return {
        key: (sample.value, *proportion_interval(sample, level, bearing[key]))
        for key, sample in leave_out(runs, groups, partial(_measure, of=of)).items()
    }


def thresholds(training: Calibrated, sensitivity: float) -> Floats:
    """For each class the greatest threshold at which that share of its calibrated validation
    images scores no lower: (classes,). Nan, so that nothing is called, without any."""
    chosen = []
    for at, scores in enumerate(training.probabilities.T):
        ranked = np.sort(scores[training.positive[:, at]])[::-1]
        needed = int(np.ceil(sensitivity * len(ranked) - 1e-9))
        chosen.append(float(ranked[needed - 1]) if needed else np.nan)
    return np.array(chosen)


def _outcomes(run: PredictedRun, of: Thresholds) -> dict[str, tuple[Flags, Flags]]:
    """By measure which images count, and which of them to its credit: (n, classes) each."""
    called = (run.probabilities >= of[run.seed, run.fold]) & run.is_known
    uncalled = ~called & run.is_known
    ill, well = run.positive, run.is_known & ~run.positive
    return {
        "sensitivity": (ill, ill & called),
        "specificity": (well, well & uncalled),
        "ppv": (called, ill & called),
        "npv": (uncalled, well & uncalled),
    }


def _measure(run: PredictedRun, included: Flags, of: Thresholds) -> dict[tuple[str, int], Floats]:
    outcomes = _outcomes(run, of)
    columns = np.concatenate([flags for pair in outcomes.values() for flags in pair], axis=1)
    sums = sums_without(included, columns.astype(np.float64)).reshape(
        len(included), len(outcomes), 2, -1
    )
    with np.errstate(invalid="ignore"):
        rates = sums[:, :, 1] / sums[:, :, 0]
    return {
        (measure, at): rates[:, row, at]
        for row, measure in enumerate(outcomes)
        for at in range(rates.shape[2])
    }


def _bearing(runs: Sequence[PredictedRun], of: Thresholds) -> dict[tuple[str, int], int]:
    """By measure and class the patients that count, in the seed that has the fewest."""
    by_seed: dict[tuple[str, int], Counter[int]] = {}
    for run in runs:
        for measure, (counted, _) in _outcomes(run, of).items():
            for at, images in enumerate(counted.T):
                number = len(set(run.patients[images]))
                by_seed.setdefault((measure, at), Counter())[run.seed] += number
    return {key: min(numbers.values()) for key, numbers in by_seed.items()}


def net_benefit(positive: Flags, probabilities: ArrayLike, at: ArrayLike) -> Floats:
    """Net benefit (t,) of treating where the probability reaches each threshold `at` (t,).

    True positives an image less false positives, these weighted by the odds of the threshold: at
    10 %, nine false alarms weigh as much as one finding (Vickers & Elkin 2006). positive: (n,);
    probabilities: (n,). Treating none has a net benefit of 0.
    """
    at = np.asarray(at, dtype=np.float64)
    called = np.asarray(probabilities)[:, None] >= at
    hits, false = called[positive].sum(axis=0), called[~positive].sum(axis=0)
    return np.asarray((hits - false * at / (1 - at)) / len(positive))


def decision_curve(runs: Sequence[PredictedRun], of: int, at: ArrayLike) -> Floats:
    """Net benefit (t,) for the class at index `of`, mean over seeds and folds."""
    return _mean_benefit(runs, [run.probabilities[:, of] for run in runs], of, at)


def treat_all(runs: Sequence[PredictedRun], of: int, at: ArrayLike) -> Floats:
    """Net benefit (t,) of treating every image, likewise."""
    return _mean_benefit(runs, [np.ones(len(run.images)) for run in runs], of, at)


def _mean_benefit(
    runs: Sequence[PredictedRun], probabilities: Sequence[Floats], of: int, at: ArrayLike
) -> Floats:
    is_known = [run.is_known[:, of] for run in runs]
    curves = [
        net_benefit(run.positive[rows, of], its[rows], at)
        for run, its, rows in zip(runs, probabilities, is_known, strict=True)
    ]
    return np.asarray(np.mean(curves, axis=0))
