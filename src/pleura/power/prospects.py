"""What planned studies are expected to show, estimated from a pilot."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from pleura.evaluate.intervals import limits_about
from pleura.evaluate.power import Components, Prospect, Question, range_of
from pleura.evaluate.student import quantile
from pleura.power.options import Options, training_of
from pleura.power.pilot import Pair, Pilot
from pleura.power.resampling import excess, tried

CAUTIOUS = 0.9  # confidence of the upper limit of what trainings add


def prospect_of(
    pilot: Pilot, chosen: Sequence[Pair], question: Question, options: Options
) -> Prospect:
    """The prospect whose variances are the means over the chosen comparisons."""
    axis = pilot.metric.transformation
    differences, alone = [], []
    for pair in chosen:
        difference = pair.one.transformed(axis) - pair.two.transformed(axis)
        differences.append(Components.of(difference, pair.patients))
        alone.append(Components.of(pair.two, pair.patients))
        alone.append(Components.of(pair.one, pair.patients))
    value = float(np.mean([(pair.one.value + pair.two.value) / 2 for pair in chosen]))
    above, own = excess(pilot, chosen), max(pair.patients for pair in chosen)
    law = above, own, tried(pilot)
    both = [Components.averaged(parts).with_excess(*law) for parts in (differences, alone)]
    if (varies := training_of(options, pilot.metric)) is not None:
        both = [
            replace(both[0], training=varies * axis.slope(value) ** 2),
            replace(both[1], training=varies / 2),
        ]
    return Prospect(pilot.metric, value, both[0], both[1], question)


def varied(prospect: Prospect, patients: int) -> Prospect:
    """The prospect at the upper limit of the variance between trainings that the pilot allows."""
    both = []
    for its in (prospect.difference, prospect.alone):
        freedom = its.seeds - 1
        times = freedom / float(stats.chi2.ppf(1 - CAUTIOUS, freedom))
        single = max(0.0, its.single) * its.share(patients)
        between = max(0.0, its.training + single)
        both.append(replace(its, training=max(its.training, times * between - single)))
    return replace(prospect, difference=both[0], alone=both[1])


def width_of_recipe(prospect: Prospect, patients: int, seeds: int) -> float:
    """The width of the interval of one recipe, from end to end; nan where it has none."""
    its = prospect.alone
    spread = sum(its.parts(patients, seeds))
    t = quantile(prospect.question.level, its.freedom(patients, seeds, difference=False))
    low, high = range_of(prospect.metric)
    if not low < prospect.value < high:
        return float("nan")
    ends = limits_about(prospect.metric, prospect.value, spread, t, patients)
    return float(ends[1] - ends[0])
