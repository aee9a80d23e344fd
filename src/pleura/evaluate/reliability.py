"""How far probabilities can be taken at their word: log-loss, Brier score, calibration error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate.calibration import Calibrations, before_and_after
from pleura.evaluate.compare import limits
from pleura.evaluate.intervals import interval
from pleura.evaluate.jackknife import LeaveOneOut, leave_out, patient_groups
from pleura.evaluate.metric import Metric
from pleura.evaluate.metrics import evaluate, metrics_of
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.proper_scores import BRIER, LOG_LOSS
from pleura.evaluate.proportions import proportion_interval, sums_without
from pleura.evaluate.ranking import Floats, Ints

BINS = 10
REPLICATES = 200  # draws of labels for the calibration error by chance
CLASSWISE, TOP = "ece", "ece_top"
MEASURES = (
    *(LOG_LOSS, BRIER),
    Metric(CLASSWISE, "calibration error", higher_is_better=False),
    Metric(TOP, "calibration error of the likeliest class", higher_is_better=False),
)
BEFORE, AFTER, CHANGE, CHANCE = "before", "after", "after - before", "chance"
COLUMNS = ["recipe", "measure", "shown", "value", "low", "high"]


def by_reliability(calibrations: Calibrations, *, level: float = 0.95) -> pd.DataFrame:
    """Log-loss, Brier score and calibration error on test, as trained and calibrated.

    Columns: recipe, measure, shown, value, low, high. `measure` is "log_loss", "brier", "ece"
    (expected calibration error, Naeini et al. 2015, in 10 bins of as many images, each class
    against the rest, mean over classes) or "ece_top" (of the likeliest class, Guo et al. 2017).
    `shown` is "before", "after" or "after - before", with the limits of `summarise` and `compare`;
    for calibration errors also "chance", what calibrated probabilities would show if they were
    right: mean and quantiles over 200 draws of labels from them (Vaicenavicius et al. 2019).

    A calibration error cannot be negative, so it lies above that of endless images, the more so the
    fewer there are. Its limits are for what test parts of this size show, with bins that stay.
    """
    runs = calibrations.runs
    groups = patient_groups(runs) if runs else {}
    rows: list[tuple[object, ...]] = []
    for recipe, trainings in calibrations.recipes.items():
        shown = before_and_after(trainings)
        samples = {when: leave_out(runs, groups, _measure) for when, runs in shown.items()}
        patients = len({patient for run in shown[BEFORE] for patient in run.patients})
        for metric in MEASURES:
            if metric.name not in samples[BEFORE]:
                continue  # findings have no likeliest class
            for when, of_measure in samples.items():
                sample = of_measure[metric.name]
                ends = interval(metric, sample, level, patients)
                rows.append((recipe, metric.name, when, sample.value, *ends))
            before, after = samples[BEFORE][metric.name], samples[AFTER][metric.name]
            low, high, _ = limits(metric, after, before, level, patients)
            rows.append((recipe, metric.name, CHANGE, after.value - before.value, low, high))
        for measure, drawn in _by_chance(shown[AFTER]).items():
            least, most = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
            rows.append((recipe, measure, CHANCE, drawn.mean(), least, most))
    return pd.DataFrame(rows, columns=COLUMNS)


@dataclass(frozen=True)
class _Claims:
    """What the probabilities (n, k) of a run say of each image: a claim a class, or a finding; of
    classes also one of the likeliest, the last.

    classes, scores: (claims, n) the class of each claim and its probability; counted: (claims, n)
    whether it is known to be true or not; binned: (claims, n, bins) which bin of the claim holds
    the image, nowhere 1 where it does not count.
    """

    classes: Ints
    scores: Floats
    counted: NDArray[np.bool_]
    binned: Floats

    @classmethod
    def of(cls, run: PredictedRun) -> "_Claims":
        n, k = run.probabilities.shape
        classes, counted = np.tile(np.arange(k)[:, None], n), run.is_known.T
        if run.labels.ndim == 1:
            classes = np.concatenate([classes, [run.probabilities.argmax(axis=1)]])
            counted = np.ones(classes.shape, dtype=np.bool_)
        scores = np.take_along_axis(run.probabilities.T, classes, axis=0)
        binned = np.zeros((*classes.shape, BINS))
        for of_claim, at, bins in zip(scores, counted, binned, strict=True):
            bins[at] = np.eye(BINS)[bins_of(of_claim[at])]
        return cls(classes, scores, counted, binned)

    def off(self, positive: NDArray[np.bool_]) -> Floats:
        """Whether each claim is true of images that are `positive` (..., n, k), less its score:
        (..., claims, n)."""
        images = np.arange(positive.shape[-2])
        return np.asarray(positive[..., images, self.classes] - self.scores)


def _measure(run: PredictedRun, included: NDArray[np.bool_]) -> Mapping[str, Floats]:
    by_name = metrics_of(run.labels)
    metrics = [by_name[metric.name] for metric in (LOG_LOSS, BRIER)]
    scores = evaluate(run.labels, run.probabilities, included, metrics=metrics)
    claims = _Claims.of(run)
    off = claims.off(run.positive)[:, :, None] * claims.binned
    columns = off.transpose(1, 0, 2).reshape(len(run.labels), -1)
    sums = np.abs(sums_without(included, columns)).reshape(len(included), -1, BINS).sum(axis=2)
    counted = included.astype(np.float64) @ claims.counted.T
    errors = _calibration_errors(sums.T / counted.T, run)
    return {metric.name: scores[metric.overall] for metric in metrics} | errors


def _calibration_errors(of_claims: Floats, run: PredictedRun) -> dict[str, Floats]:
    """By measure, of those of each claim on a run (claims, b)."""
    k = run.probabilities.shape[1]
    errors = {CLASSWISE: of_claims[:k].mean(axis=0)}
    return errors if len(of_claims) == k else {**errors, TOP: of_claims[k]}


def _by_chance(runs: Sequence[PredictedRun]) -> dict[str, Floats]:
    """Calibration errors (replicates,) of labels drawn from the probabilities, mean over runs.

    All images of a patient share a draw, since most patients have one label; all seeds do, since
    they are tested on the same. Findings are drawn each by itself.
    """
    patients = np.unique(np.concatenate([run.patients for run in runs]))
    k = runs[0].probabilities.shape[1]
    shape = (REPLICATES, len(patients), *([k] if runs[0].labels.ndim == 2 else []))
    draws = np.random.default_rng(0).random(shape)
    errors = []
    for run in runs:
        drawn = draws[:, np.searchsorted(patients, run.patients)]
        if run.labels.ndim == 2:
            positive = drawn < run.probabilities
        else:
            below = np.cumsum(run.probabilities, axis=1)[:, :-1]
            labels = (drawn[:, :, None] > below).sum(axis=2)
            positive = labels[:, :, None] == np.arange(k)
        claims = _Claims.of(run)
        sums = np.einsum("bjn,jnm->jbm", claims.off(positive), claims.binned, optimize=True)
        errors.append(np.abs(sums).sum(axis=2) / claims.counted.sum(axis=1)[:, None])
    return _calibration_errors(np.mean(errors, axis=0), runs[0])


def reliability_curve(
    runs: Sequence[PredictedRun], at: int, *, level: float = 0.95
) -> pd.DataFrame:
    """The reliability diagram of the class at index `at`, images of all seeds and folds together.

    A row a bin of images of like probability. Columns: predicted, their mean probability; observed,
    the share that is of the class, with its limits low and high; images, their number. Limits carry
    patients, not seeds; they are nan where a bin holds one patient only.
    """
    counted = np.concatenate([run.is_known[:, at] for run in runs])
    scores = np.concatenate([run.probabilities[:, at] for run in runs])[counted]
    truth = np.concatenate([run.positive[:, at] for run in runs])[counted]
    patients = np.concatenate([run.patients for run in runs])[counted]
    where = bins_of(scores)
    rows = []
    for number in np.unique(where):
        here = where == number
        names, member = np.unique(patients[here], return_inverse=True)
        images = np.bincount(member)
        true = np.bincount(member, weights=truth[here])
        with np.errstate(invalid="ignore"):
            without = (true.sum() - true) / (images.sum() - images)
        observed = true.sum() / images.sum()
        sample = LeaveOneOut(np.array([observed]), without[None])
        several = len(names) > 1
        ends = proportion_interval(sample, level, len(names)) if several else (np.nan, np.nan)
        rows.append((scores[here].mean(), observed, *ends, here.sum()))
    return pd.DataFrame(rows, columns=["predicted", "observed", "low", "high", "images"])


def bins_of(probabilities: Floats) -> Ints:
    """The bin (n,) of each probability (n,): as many images in each, equal ones share a bin."""
    edges = np.quantile(probabilities, np.linspace(0, 1, BINS + 1)[1:-1])
    return np.searchsorted(edges, probabilities)
