"""How the variance of a metric falls with the number of patients, where no formula is known."""

from collections.abc import Sequence

import numpy as np

from pleura.evaluate.case_metrics import CASE_METRICS
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.metric import ClassificationMetric, MeanOfImages, Metric
from pleura.evaluate.number_metrics import MAE
from pleura.evaluate.ranking import Floats
from pleura.evaluate.rates import ACCURACY
from pleura.power.pilot import Pair, Pilot

DRAWS, FEWEST = 400, 10
TIMES = (0.5, 1, 2, 4)  # as many patients as the pilot has
MOST = 6  # comparisons that are drawn, which is enough for a mean


def has_formula(metric: Metric) -> bool:
    """Whether the variance falls as 1 / m with m patients: of means over images, and of the AUROC,
    but for a part that is small beside it (Hanley and McNeil 1982)."""
    if metric.name in {AUROC.name, ACCURACY.name, MAE.name, *CASE_METRICS}:
        return True
    return isinstance(metric, ClassificationMetric) and isinstance(metric.needs, MeanOfImages)


def tried(pilot: Pilot) -> tuple[float, float]:
    """The fewest and the most patients that are drawn, for which `excess` holds."""
    sizes = _sizes(pilot)
    return min(sizes), max(sizes)


def _sizes(pilot: Pilot) -> list[int]:
    known = len(set(pilot.groups.values()))
    return [max(FEWEST, round(times * known)) for times in TIMES]


def excess(pilot: Pilot, pairs: Sequence[Pair], seed: int = 0) -> float:
    """By how much the variance of a paired difference by patients lies above what 1 / m makes of
    it, times m (see `power.Components`).

    Patients of the pilot are drawn with replacement, fewer and more than it has, and the metric is
    computed of each draw. Draws without a patient of some class are left out. 0 where the metric
    `has_formula`.
    """
    if has_formula(pilot.metric):
        return 0.0
    rng = np.random.default_rng(seed)
    known = len(set(pilot.groups.values()))
    sizes = _sizes(pilot)
    times_patients = []
    for size in sizes:
        drawn = rng.multinomial(size, np.full(known, 1 / known), size=DRAWS)
        variances = [_variance(pilot, pair, drawn) for pair in pairs[:MOST]]
        times_patients.append(size * float(np.mean(variances)))
    slope, level = np.polyfit(1 / np.array(sizes), times_patients, 1)
    # A quarter of the pilot's patients: at half as many, half of the variance or half more. Fewer
    # are not `tried`; the variance would come to 0 there, and below.
    return float(np.clip(slope / level, -known / 4, known / 4)) if level > 0 else 0.0


def _variance(pilot: Pilot, pair: Pair, drawn: np.ndarray) -> float:
    """The variance of the paired difference over draws of patients, (b, patients)."""
    axis = pilot.metric.transformation
    values = []
    for recipe in (pair.recipe, pilot.reference):
        runs = [run for run in pilot.runs.of(recipe, pair.fraction) if run.seed in pair.seeds]
        total: Floats = np.zeros(len(drawn))
        for run in runs:
            members = np.array([pilot.groups[patient] for patient in run.patients])
            with np.errstate(invalid="ignore", divide="ignore"):
                total = total + pilot.measure(run, drawn[:, members])
        values.append(axis.forward(total / len(runs)))
    difference = values[0] - values[1]
    return float(difference[np.isfinite(difference)].var(ddof=1))
