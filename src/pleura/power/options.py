"""The options of a plan, and their allowed ranges."""

from dataclasses import dataclass

import numpy as np

from pleura.errors import InputError
from pleura.evaluate.metric import Metric
from pleura.evaluate.power import MOST_PATIENTS, MOST_SEEDS, POWER, Question, range_of
from pleura.wording import count

DIFFERENCES = (0.02, 0.05)  # of a metric without an end to its range: of its value
MOST_COMPARISONS = 1_000_000
LEAST_ALPHA = 1e-12  # below it a t distribution has no such quantile that can be computed
LARGEST = 1e100  # whose square is a number


@dataclass(frozen=True)
class Options:
    """The options of a plan; None means that the value follows from the pilot.

    differences: in units of the metric. seeds, patients: numbers in the planned studies.
    between_seeds: standard deviation of a paired difference between trainings.
    """

    differences: tuple[float, ...] = ()
    patients: tuple[int, ...] = ()
    seeds: tuple[int, ...] = ()
    power: float = POWER
    level: float | None = None
    comparisons: int | None = None
    between_seeds: float | None = None
    fraction: float | None = None
    recipe: str | None = None


def differences_of(options: Options, metric: Metric, value: float) -> tuple[float, ...]:
    """The differences that are asked for, or the usual ones of a metric that is about `value`."""
    if options.differences:
        return options.differences
    times = 1.0 if np.isfinite(metric.transformation.width) else abs(value)
    return tuple(times * each for each in DIFFERENCES)


def training_of(options: Options, metric: Metric) -> float | None:
    """The variance of a difference between trainings that is given, on the metric's own axis; None
    where none is. Raises InputError for one that differences in the metric cannot have."""
    between = options.between_seeds
    if between is None:
        return None
    low, high = range_of(metric)
    most = min(high - low, LARGEST)
    if not between < most:
        raise InputError(
            f"--between-seeds {between:g}: differences in {metric.label} do not vary as much; give "
            f"their standard deviation from training to training, below {most:g}"
        )
    return between**2


def question_of(options: Options, level: float, comparisons: int) -> Question:
    """The test that is planned. Raises InputError for a number out of its range."""
    level = level if options.level is None else options.level
    comparisons = comparisons if options.comparisons is None else options.comparisons
    between = options.between_seeds or 0.0
    problems = [
        *["--power: from above .5 to below 1"] * (not 0.5 < options.power < 1),
        *["--level: from .5 to below 1"] * (not 0.5 <= level < 1),
        *[f"--comparisons: 1 to {MOST_COMPARISONS:,}"] * (not 1 <= comparisons <= MOST_COMPARISONS),
        *[f"--patients: 10 or more, up to {MOST_PATIENTS:,}"]
        * any(not 10 <= each <= MOST_PATIENTS for each in options.patients),
        *[f"--seeds: 1 or more, up to {MOST_SEEDS:,}"]
        * any(not 1 <= each <= MOST_SEEDS for each in options.seeds),
        *["--difference: above 0 and finite"]
        * any(not 0 < each < np.inf for each in options.differences),
        *["--between-seeds: 0 or more, and finite"] * (not 0 <= between < np.inf),
    ]
    if problems:
        raise InputError("power: a number is out of its range", problems)
    question = Question(level, comparisons, options.power)
    if question.alpha < LEAST_ALPHA:
        raise InputError(
            f"--level {level:.15g} for {count(comparisons, 'comparison')}: a difference would have "
            f"to have a p below {question.alpha:.1g}, which cannot be planned; give a lower level"
        )
    return question
