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
from pleura.evaluate.metrics import evaluate
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
    """What probabilities (n, k) say of each image: one claim a class, and one of the likeliest.

    classes, scores: (k + 1, n) the class of each claim and its probability; binned: (k + 1, n,
    bins) which bin of the claim holds the image.
    """

    classes: Ints
    scores: Floats
    binned: Floats

    @classmethod
    def of(cls, probabilities: Floats) -> "_Claims":
        n, k = probabilities.shape
        classes = np.concatenate(
            [np.tile(np.arange(k)[:, None], n), [probabilities.argmax(axis=1)]]
        )
        scores = np.take_along_axis(probabilities.T, classes, axis=0)
        binned = np.stack([np.eye(BINS)[bins_of(of_claim)] for of_claim in scores])
        return cls(classes, scores, binned)

    def off(self, labels: Ints) -> Floats:
        """Whether each claim is true of labels (..., n), less its score: (..., k + 1, n)."""
        return np.asarray((labels[..., None, :] == self.classes) - self.scores)


def _measure(run: PredictedRun, kept: NDArray[np.bool_]) -> Mapping[str, Floats]:
    scores = evaluate(run.labels, run.probabilities, kept, metrics=(LOG_LOSS, BRIER))
    claims = _Claims.of(run.probabilities)
    off = claims.off(run.labels)[:, :, None] * claims.binned
    columns = off.transpose(1, 0, 2).reshape(len(run.labels), -1)
    sums = np.abs(sums_without(kept, columns)).reshape(len(kept), -1, BINS).sum(axis=2)
    errors = _calibration_errors(sums.T / kept.sum(axis=1))
    return {name: values for (name, _), values in scores.items()} | errors


def _calibration_errors(of_claims: Floats) -> dict[str, Floats]:
    """By measure, of those of each claim (k + 1, b)."""
    return {CLASSWISE: of_claims[:-1].mean(axis=0), TOP: of_claims[-1]}


def _by_chance(runs: Sequence[PredictedRun]) -> dict[str, Floats]:
    """Calibration errors (replicates,) of labels drawn from the probabilities, mean over runs.

    All images of a patient share a draw, since most patients have one label; all seeds do, since
    they are tested on the same.
    """
    patients = np.unique(np.concatenate([run.patients for run in runs]))
    draws = np.random.default_rng(0).random((REPLICATES, len(patients)))
    errors = []
    for run in runs:
        below = np.cumsum(run.probabilities, axis=1)[:, :-1]
        drawn = draws[:, np.searchsorted(patients, run.patients)]
        labels = (drawn[:, :, None] > below).sum(axis=2)
        claims = _Claims.of(run.probabilities)
        sums = np.einsum("bjn,jnm->jbm", claims.off(labels), claims.binned, optimize=True)
        errors.append(np.abs(sums).sum(axis=2) / len(run.labels))
    return _calibration_errors(np.mean(errors, axis=0))


def reliability_curve(
    runs: Sequence[PredictedRun], at: int, *, level: float = 0.95
) -> pd.DataFrame:
    """The reliability diagram of the class at index `at`, images of all seeds and folds together.

    A row a bin of images of like probability. Columns: predicted, their mean probability; observed,
    the share that is of the class, with its limits low and high; images, their number. Limits carry
    patients, not seeds; they are nan where a bin holds one patient only.
    """
    scores = np.concatenate([run.probabilities[:, at] for run in runs])
    truth = np.concatenate([run.labels for run in runs]) == at
    patients = np.concatenate([run.patients for run in runs])
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
