"""What becomes of a model elsewhere: differences to the test part at home, and whether thresholds
and the flag of unlike images keep their promises."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate import numbers
from pleura.evaluate.between_groups import GroupMetric, difference_between
from pleura.evaluate.calibration import Calibrated
from pleura.evaluate.calibration_maps import unfitted
from pleura.evaluate.compare import holm
from pleura.evaluate.decision import TARGETS, rates_at, thresholds
from pleura.evaluate.intervals import bearing, patients_by_class
from pleura.evaluate.jackknife import LeaveOneOut, leave_one_out, leave_out, patient_groups
from pleura.evaluate.metric import Metric
from pleura.evaluate.metrics import Metrics
from pleura.evaluate.number_metrics import METRICS as OF_NUMBERS
from pleura.evaluate.number_runs import NumberRun
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.proportions import proportion_interval, sums_without
from pleura.evaluate.ranking import Floats
from pleura.evaluate.runs import AnyRun, Run

HOME, HERE = "home", "here"
DIFFERENCES = ["metric", "class", "difference", "low", "high", "p", "p_holm"]
THRESHOLDS = ["target", "class", "chosen", "measure", "where", "value", "low", "high"]
AT_HOME, ANEW = "at home", "anew"  # where a threshold was chosen
FLAGGED = ["class", "images", "patients", "value", "low", "high"]
ALL = "all"
Key = tuple[str, str]
Limits = tuple[float, float, float]  # a value with its interval


def differences_of_predictions(
    here: PredictedRun, home: PredictedRun, classes: Sequence[str], metrics: Metrics, level: float
) -> pd.DataFrame:
    """Every metric here less the same at home, with its limits (see `_differences`)."""

    def measure(run: PredictedRun) -> dict[Key, tuple[LeaveOneOut, int]]:
        shown = patients_by_class([run], len(classes))
        found = leave_one_out([run], patient_groups([run]), classes, [*metrics.values()])
        return {
            key: (sample, bearing(shown, metrics[key[0]], _index(classes, key[1])))
            for key, sample in found.items()
        }

    return _differences(here, home, metrics, measure, level)


def differences_of_numbers(here: NumberRun, home: NumberRun, level: float) -> pd.DataFrame:
    """The same of numbers."""

    def measure(run: NumberRun) -> dict[Key, tuple[LeaveOneOut, int]]:
        found = numbers.leave_one_out([run], patient_groups([run]))
        patients = len(set(run.patients))
        return {(name, ALL): (sample, patients) for name, sample in found.items()}

    return _differences(here, home, OF_NUMBERS, measure, level)


def _differences(
    here: AnyRun,
    home: AnyRun,
    metrics: Mapping[str, Metric],
    measure: Callable[[AnyRun], dict[Key, tuple[LeaveOneOut, int]]],
    level: float,
) -> pd.DataFrame:
    """Each metric here less the same at home.

    Patients of the two are others, and a patient who is in both is paired with himself; limits and
    `p` are those of `difference_between`, `p_holm` is adjusted for all rows (Holm 1979). nan where
    a metric cannot be told on one side. Columns: metric, class, difference, low, high, p, p_holm.
    """
    place = {name: at for at, name in enumerate(sorted({*here.patients, *home.patients}))}
    ours, theirs, rows = measure(here), measure(home), []
    for key in (key for key in ours if key in theirs):
        record = metrics[key[0]]
        one, two = (
            GroupMetric(sample, _numbers(run, place), of)
            for run, (sample, of) in ((here, ours[key]), (home, theirs[key]))
        )
        if record.turned:  # both samples are of 1 less the metric
            one, two = two, one
        difference = one.sample.value - two.sample.value
        ends = (np.nan, np.nan, np.nan)
        if np.isfinite(difference) and one.bearing and two.bearing:
            ends = difference_between(record, one, two, level)
        rows.append((*key, difference, *ends, np.nan))
    table = pd.DataFrame(rows, columns=DIFFERENCES)
    return table.assign(p_holm=holm(table["p"].to_numpy(dtype=np.float64)))


def _numbers(run: Run, place: Mapping[str, int]) -> NDArray[np.int64]:
    groups = patient_groups([run])
    by_number = {number: place[name] for name, number in groups.items()}
    return np.array([by_number[number] for number in sorted(by_number)], dtype=np.int64)


def _index(classes: Sequence[str], name: str) -> int | None:
    return classes.index(name) if name in classes else None


def thresholds_here(
    home: Calibrated, here: PredictedRun, classes: Sequence[str], *, level: float = 0.95
) -> pd.DataFrame:
    """Rates at the thresholds that validation at home chose for a sensitivity: on the test part at
    home, and here.

    `home`: the calibrated validation part, and the test part at home as `after`. Columns: target,
    class, chosen ("at home"), measure ("threshold", "sensitivity", ...), where ("home", "here"),
    value, low, high.
    """
    rows: list[tuple[object, ...]] = []
    for target in TARGETS:
        chosen = thresholds(home, target)
        rows += _chosen(target, classes, AT_HOME, chosen)
        for where, run in ((HOME, home.after), (HERE, here)):
            rows += _rates(target, classes, AT_HOME, where, run, chosen, level)
    return pd.DataFrame(rows, columns=THRESHOLDS)


def thresholds_anew(
    fitted: Calibrated, classes: Sequence[str], *, level: float = 0.95
) -> pd.DataFrame:
    """The same of thresholds that the recalibrated probabilities of some new patients choose, on
    the others."""
    rows: list[tuple[object, ...]] = []
    for target in TARGETS:
        chosen = thresholds(fitted, target)
        rows += _chosen(target, classes, ANEW, chosen)
        rows += _rates(target, classes, ANEW, HERE, fitted.after, chosen, level)
    return pd.DataFrame(rows, columns=THRESHOLDS)


def thresholds_of(validation: PredictedRun, target: float) -> Floats:
    """The thresholds (classes,) that a validation part chooses for a sensitivity."""
    nobody = np.zeros(0, dtype=object)
    its = unfitted(validation.labels, validation.probabilities.shape[1])
    chosen = Calibrated(
        validation,
        validation,
        its,
        validation.labels,
        validation.probabilities,
        nobody,
        nobody,
    )
    return thresholds(chosen, target)


def _chosen(
    target: float, classes: Sequence[str], how: str, chosen: Floats
) -> list[tuple[object, ...]]:
    pairs = zip(classes, chosen, strict=True)
    return [(target, name, how, "threshold", "", value, value, value) for name, value in pairs]


def _rates(
    target: float,
    classes: Sequence[str],
    how: str,
    where: str,
    run: PredictedRun,
    chosen: Floats,
    level: float,
) -> list[tuple[object, ...]]:
    rates = rates_at([run], chosen[None], patient_groups([run]), level=level)
    return [
        (target, classes[at], how, measure, where, *limits)
        for (measure, at), limits in rates.items()
    ]


def flagged_shares(
    run: Run, flagged: NDArray[np.bool_], members: Mapping[str, NDArray[np.bool_]], level: float
) -> pd.DataFrame:
    """The share of images that are `flagged` (n,), of all and of each of the `members` (n,), with
    limits over patients. Columns: class, images, patients, value, low, high."""
    groups = patient_groups([run])
    of = {ALL: np.ones(len(run.images), np.bool_), **members}
    rows: list[tuple[object, ...]] = []
    for name, belongs in of.items():
        patients = len(set(run.patients[belongs]))
        ends: Limits = (np.nan, np.nan, np.nan)
        if patients:
            sample = leave_out([run], groups, partial(_flagged, flagged=flagged, of=belongs))[ALL]
            ends = (sample.value, *proportion_interval(sample, level, patients))
        rows.append((name, int(belongs.sum()), patients, *ends))
    return pd.DataFrame(rows, columns=FLAGGED)


def _flagged(
    run: Run,
    included: NDArray[np.bool_],
    flagged: NDArray[np.bool_],
    of: NDArray[np.bool_],
) -> dict[str, Floats]:
    columns = np.stack([of, of & flagged], axis=1).astype(np.float64)
    every, some = sums_without(included, columns).T
    with np.errstate(invalid="ignore"):
        return {ALL: some / every}


def independent_difference(one: Limits, two: Limits) -> Limits:
    """One value less another of other patients, with limits made of those of each, which need not
    be symmetric (Zou & Donner 2008)."""
    (a, a_low, a_high), (b, b_low, b_high) = one, two
    low = a - b - np.hypot(a - a_low, b_high - b)
    high = a - b + np.hypot(a_high - a, b - b_low)
    return a - b, float(low), float(high)
