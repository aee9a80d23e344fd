"""What threshold each subgroup would need for one sensitivity, and what specificity then is."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pleura.evaluate.calibration import Calibrated, Calibrations
from pleura.evaluate.decision import rates_at, thresholds
from pleura.evaluate.jackknife import patient_groups
from pleura.evaluate.ranking import Floats
from pleura.evaluate.subgroups import FEWEST, Grouping, cut

COMMON, OWN = "one for all", "its own"
COLUMNS = ["recipe", "column", "group", "class", "threshold", "measure", "value", "low", "high"]


def equalised(
    calibrations: Calibrations,
    groupings: Sequence[Grouping],
    *,
    target: float = 0.90,
    level: float = 0.95,
) -> pd.DataFrame:
    """How each class does on test in each subgroup at the threshold that gave a sensitivity of
    `target` on validation, of all images and of the subgroup's own.

    Each class stands against the rest, with calibrated probabilities; no threshold is chosen on
    test. `threshold` is "one for all" or "its own"; `measure` is "sensitivity" or "specificity"
    with the limits of `proportion_interval`, or, with the least and the greatest of all trainings,
    "threshold" and "patients", those of the class among validation that the subgroup's own rests
    on. Where a training has fewer than `FEWEST` of them, the subgroup has no threshold of its own.
    Columns: recipe, column, group, class, threshold, measure, value, low, high.
    """
    rows: list[tuple[object, ...]] = []
    for recipe, trainings in calibrations.recipes.items():
        common = np.array([thresholds(training, target) for training in trainings])
        for grouping in groupings:
            for group in grouping.names:
                parts = [_within(training, grouping, group) for training in trainings]
                if not all(len(part.after.images) for part in parts):
                    continue
                patients = np.array([_patients(part) for part in parts])
                own = np.array([thresholds(part, target) for part in parts])
                own[:, (patients < FEWEST).any(axis=0)] = np.nan
                for which, chosen in ((COMMON, common), (OWN, own)):
                    for of, measure, values in _rates(parts, chosen, patients, level):
                        where = recipe, grouping.column, group, calibrations.classes[of]
                        rows.append((*where, which, measure, *values))
    return pd.DataFrame(rows, columns=COLUMNS)


def _rates(
    parts: Sequence[Calibrated], chosen: Floats, patients: Floats, level: float
) -> list[tuple[int, str, tuple[float, float, float]]]:
    after = [part.after for part in parts]
    rates = rates_at(after, chosen, patient_groups(after), level=level)
    rows = []
    for of in range(chosen.shape[1]):
        has_threshold = bool(np.isfinite(chosen[:, of]).all())
        for measure in ("sensitivity", "specificity"):
            rows.append((of, measure, rates[measure, of] if has_threshold else (np.nan,) * 3))
        for measure, values in (("threshold", chosen[:, of]), ("patients", patients[:, of])):
            rows.append((of, measure, (values.mean(), values.min(), values.max())))
    return rows


def _within(training: Calibrated, grouping: Grouping, group: str) -> Calibrated:
    """A training with no other images than those of a subgroup, of test and of validation."""
    before, after = (
        cut(run, grouping.holds(run.images, [group])) for run in (training.before, training.after)
    )
    here = cut(training, grouping.holds(training.images, [group]))
    return replace(here, before=before, after=after)


def _patients(training: Calibrated) -> Floats:
    """Validation patients of each class, (classes,)."""
    return np.array([len(set(training.patients[of])) for of in training.positive.T], np.float64)
