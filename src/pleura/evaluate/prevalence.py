"""What predictions would mean where classes have other shares than in the test part.

What is carried over are the rates within each class: how often images of a class are called
another. So it is taken that a clinic's images of a class look as those of the test part do, and
that only their shares differ (label shift).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from pleura.evaluate.calibration import Calibrated, Calibrations
from pleura.evaluate.decision import TARGETS, thresholds
from pleura.evaluate.jackknife import LeaveOneOut, leave_out, patient_groups, t_limits
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.proportions import proportion_interval, sums_without
from pleura.evaluate.ranking import Floats, Ints

COLUMNS = ["recipe", "target", "class", "measure", "value", "low", "high", "undefined"]
CURVES = ["recipe", "class", "threshold", "value", "low", "high", "all"]
STEPS = 40  # thresholds of a curve
Limits = tuple[float, float, float]  # a value and the ends of its interval


@dataclass(frozen=True)
class Shares:
    """The share of each class, (classes,), where predictions are used; nan of findings of which
    nothing was said. `exclusive`: an image is of one class, so that they sum to 1."""

    of_class: Floats
    exclusive: bool

    @classmethod
    def of(cls, given: Mapping[str, float], classes: Sequence[str], labels: Ints) -> "Shares":
        """Those that are `given` by name; of classes the others share what is left as they do among
        the `labels` (n,). Of findings, whose labels are (n, findings), the others stay unknown."""
        of_class = np.array([given.get(name, np.nan) for name in classes])
        if labels.ndim == 2:
            return cls(of_class, exclusive=False)
        open_ = np.isnan(of_class)
        counts = np.bincount(labels, minlength=len(classes))[open_]
        of_class[open_] = (1 - np.nansum(of_class)) * counts / max(1, counts.sum())
        return cls(of_class, exclusive=True)

    @property
    def with_share(self) -> list[int]:
        """Indices of the classes whose share is known."""
        return [int(at) for at in np.flatnonzero(np.isfinite(self.of_class))]

    def strata(self, run: PredictedRun, of: int) -> tuple[Floats, Floats]:
        """Groups of images whose shares are known, as far as a class goes: which images are in
        each, (n, groups) 0 or 1, and the shares (groups,). The class itself is the first."""
        its = self.of_class[of]
        if not self.exclusive:
            groups = run.positive[:, of], run.is_known[:, of] & ~run.positive[:, of]
            return np.stack(groups, axis=1).astype(np.float64), np.array([its, 1 - its])
        order = [of, *(at for at in range(len(self.of_class)) if at != of)]
        return run.positive[:, order].astype(np.float64), self.of_class[order]


def at_prevalence(
    calibrations: Calibrations,
    given: Mapping[str, float],
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """Predictive values of each class of known share, at the thresholds of `at_sensitivity`.

    `given`: the share of each class, see `Shares.of`. `measure` is "share", "sensitivity",
    "specificity" (which changes where the other classes have other shares among themselves), "ppv"
    or "npv". Limits of the rates are those of `proportion_interval`; limits of predictive values
    follow from them (`ratio_limits`), so that a test part without a false alarm does not promise
    that there will be none. `undefined` counts the patients without whom a rate cannot be told; it
    then has no limits. Columns: recipe, target, class, measure, value, low, high, undefined.
    """
    rows: list[tuple[object, ...]] = []
    for recipe, trainings in calibrations.recipes.items():
        after = [training.after for training in trainings]
        groups = patient_groups(after)
        shares = Shares.of(given, calibrations.classes, _labels(after))
        for target in TARGETS:
            chosen = {(t.after.seed, t.after.fold): thresholds(t, target) for t in trainings}
            for of in shares.with_share:
                samples = leave_out(after, groups, partial(_called, chosen, shares, of))
                where = recipe, target, calibrations.classes[of]
                for name, estimate in _measures(samples, after, shares, of, level).items():
                    rows.append((*where, name, *estimate))
    return pd.DataFrame(rows, columns=COLUMNS)


def _called(
    chosen: Mapping[tuple[int, int], Floats],
    shares: Shares,
    of: int,
    run: PredictedRun,
    included: NDArray[np.bool_],
) -> dict[str, Floats]:
    called = run.probabilities[:, of] >= chosen[run.seed, run.fold][of]
    hits, alarms = _rates(run, included, called[:, None], shares, of)
    return {"sensitivity": hits[:, 0], "specificity": 1 - alarms[:, 0]}


def _rates(
    run: PredictedRun,
    included: NDArray[np.bool_],
    called: NDArray[np.bool_],
    shares: Shares,
    of: int,
) -> tuple[Floats, Floats]:
    """Of images of a class, and of all others in their shares, how many are called it: (b, t) each.

    included: (b, n) which images count; called: (n, t) by each of t rules.
    """
    strata, weights = shares.strata(run, of)
    every = sums_without(included, strata)
    both = (strata[:, :, None] * called[:, None, :]).reshape(len(strata), -1)
    hits = sums_without(included, both).reshape(len(included), strata.shape[1], -1)
    with np.errstate(invalid="ignore"):
        rates = hits / every[:, :, None]
    others = np.einsum("bgt,g->bt", rates[:, 1:], weights[1:] / weights[1:].sum())
    return rates[:, 0], others


def _measures(
    samples: Mapping[str, LeaveOneOut],
    runs: Sequence[PredictedRun],
    shares: Shares,
    of: int,
    level: float,
) -> dict[str, tuple[float, float, float, int]]:
    ill = {p for run in runs for p in run.patients[run.positive[:, of]]}
    well = {p for run in runs for p in run.patients[run.is_known[:, of] & ~run.positive[:, of]]}
    rates: dict[str, Limits] = {
        name: (sample.value, *proportion_interval(sample, level, len(patients)))
        for (name, sample), patients in zip(samples.items(), (ill, well), strict=True)
    }
    share, sensitivity = float(shares.of_class[of]), rates["sensitivity"]
    odds = share / (1 - share)
    alarms, missed = _rest(rates["specificity"]), _rest(sensitivity)
    ratio = ratio_limits(sensitivity, alarms)
    ppv = [1.0 if np.isinf(each) else odds * each / (odds * each + 1) for each in ratio]
    npv = [1 / (1 + odds * each) for each in ratio_limits(missed, rates["specificity"])]
    undefined = max(sample.undefined for sample in samples.values())
    every = {"share": (share,) * 3, **rates, "ppv": ppv, "npv": (npv[0], npv[2], npv[1])}
    return {
        name: (estimate[0], estimate[1], estimate[2], undefined) for name, estimate in every.items()
    }


def _rest(rate: Limits) -> Limits:
    value, low, high = rate
    return 1 - value, 1 - high, 1 - low


def ratio_limits(upper: Limits, lower: Limits) -> Limits:
    """The ratio of two rates with limits made of theirs (Donner & Zou 2012), which need not be
    symmetric, and hold where the lower rate is 0: the ratio is then infinite, its low limit not.
    nan where both rates are 0, and limits where those of a rate are not known."""
    (one, one_low, one_high), (two, two_low, two_high) = upper, lower
    value = one / two if two > 0 else np.inf if one > 0 else np.nan
    if not np.isfinite([*upper, *lower]).all() or np.isnan(value):
        return value, np.nan, np.nan

    product, below = one * two, two_high * (2 * two - two_high)
    above = one_low * (2 * one - one_low)
    low = above / (product + np.sqrt(max(0.0, product**2 - above * below))) if above > 0 else 0.0
    if two_low <= 0:
        return value, float(low), np.inf
    below, above = two_low * (2 * two - two_low), one_high * (2 * one - one_high)
    high = (product + np.sqrt(max(0.0, product**2 - above * below))) / below
    return value, float(low), float(high)


def shifted(training: Calibrated, shares: Shares) -> PredictedRun:
    """The calibrated test run of a training with probabilities as they are where classes have other
    shares (Saerens et al. 2002): odds times the new odds of the share over those of validation."""
    run, probabilities = training.after, training.after.probabilities
    if shares.exclusive:
        k = len(shares.of_class)
        before = (np.bincount(training.labels, minlength=k) + 1) / (len(training.labels) + k)
        weighted = probabilities * shares.of_class / before
        return replace(run, probabilities=weighted / weighted.sum(axis=1, keepdims=True))
    is_known = training.labels >= 0
    before = ((training.labels == 1).sum(axis=0) + 1) / (is_known.sum(axis=0) + 2)
    moved = logit(np.clip(probabilities, 1e-12, 1 - 1e-12)) + logit(shares.of_class) - logit(before)
    return replace(run, probabilities=expit(moved))


def curves_at_prevalence(
    calibrations: Calibrations, given: Mapping[str, float], *, level: float = 0.95
) -> pd.DataFrame:
    """Net benefit of acting on a probability where classes have the shares `given`, by threshold.

    Probabilities are `shifted` to these shares; a threshold goes up to five times the share, or 1.
    Limits carry patients and seeds. `all`: of acting on every image. Columns: recipe, class,
    threshold, value, low, high, all.
    """
    rows: list[tuple[object, ...]] = []
    for recipe, trainings in calibrations.recipes.items():
        labels = _labels([training.after for training in trainings])
        shares = Shares.of(given, calibrations.classes, labels)
        runs = [shifted(training, shares) for training in trainings]
        groups = patient_groups(runs)
        for of in shares.with_share:
            share = float(shares.of_class[of])
            at = np.arange(1, STEPS + 1) / (STEPS + 1) * min(1.0, 5 * share)
            odds = at / (1 - at)
            benefits = leave_out(runs, groups, partial(_benefit, at, shares, of))
            for number, sample in benefits.items():
                everyone = share - (1 - share) * odds[number]
                low, high, _ = t_limits(sample, level, -np.inf, share)
                name = calibrations.classes[of]
                rows.append((recipe, name, at[number], sample.value, low, high, everyone))
    return pd.DataFrame(rows, columns=CURVES)


def _benefit(
    at: Floats, shares: Shares, of: int, run: PredictedRun, included: NDArray[np.bool_]
) -> dict[int, Floats]:
    called = run.probabilities[:, of][:, None] >= at
    hits, alarms = _rates(run, included, called, shares, of)
    share = float(shares.of_class[of])
    value = share * hits - (1 - share) * alarms * at / (1 - at)
    return dict(enumerate(value.T))


def _labels(runs: Sequence[PredictedRun]) -> Ints:
    return np.concatenate([run.labels for run in runs])
