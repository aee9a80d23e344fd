"""What is asked of a plan, and what numbers it may be."""

from dataclasses import dataclass

import numpy as np

from pleura.errors import InputError
from pleura.evaluate.metric import Metric
from pleura.evaluate.power import POWER, Question

DIFFERENCES = (0.02, 0.05)  # of a metric without an end to its range: of its value


@dataclass(frozen=True)
class Options:
    """What is asked for; None: what follows from the pilot. seeds, patients: of the studies that
    are planned. between_seeds: standard deviation of a paired difference between trainings."""

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


def question_of(options: Options, level: float, comparisons: int) -> Question:
    """The test that is planned. Raises InputError for a number that is none of its kind."""
    level = level if options.level is None else options.level
    comparisons = comparisons if options.comparisons is None else options.comparisons
    problems = [
        *["--power: from above .5 to below 1"] * (not 0.5 < options.power < 1),
        *["--level: from .5 to below 1"] * (not 0.5 <= level < 1),
        *["--comparisons: 1 or more"] * (comparisons < 1),
        *["--patients: 10 or more"] * any(each < 10 for each in options.patients),
        *["--seeds: 1 or more"] * any(each < 1 for each in options.seeds),
        *["--difference: above 0"] * any(not each > 0 for each in options.differences),
        *["--between-seeds: 0 or more"] * (not (options.between_seeds or 0) >= 0),
    ]
    if problems:
        raise InputError("power: a number is out of its range", problems)
    return Question(level, comparisons, options.power)
