"""Which shares classes have where a model is taken, told from its probabilities alone.

That is right where the images of each class look as they did at home and only the shares differ
(label shift). Where labels are known, too, the estimate beside the true shares shows whether more
than the shares has changed.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate.jackknife import leave_out, patient_groups
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.proportions import proportion_interval, sums_without
from pleura.evaluate.ranking import Floats

COLUMNS = ["class", "measure", "value", "low", "high"]
AT_HOME, ESTIMATED, TRUE = "at home", "estimated", "true"
STEPS = 500  # of the maximisation, at most
CLOSE = 1e-7  # change of any share at which it has arrived
SMALLEST = 1e-12
Shares = Mapping[str, float | None]


def estimate_shares(probabilities: Floats, home: Floats, weights: Floats) -> Floats:
    """The shares of k classes, (b, k), among images of weights (b, n).

    probabilities: (n, k), calibrated; home: (k,) the shares for which they hold. Expectation
    maximisation (Saerens, Latinne & Decaestecker 2002), from the shares at home, which gives the
    likeliest shares.
    """
    ratios = probabilities / np.maximum(home, SMALLEST)
    first = _likeliest(ratios, home[None], weights[:1])
    return _likeliest(ratios, np.tile(first, (len(weights), 1)), weights)


def _likeliest(ratios: Floats, shares: Floats, weights: Floats) -> Floats:
    """Shares (b, k) that start as given; ratios: (n, k) of probabilities to shares at home."""
    every = weights.sum(axis=1, keepdims=True)
    for _ in range(STEPS):
        # An image's posterior is its ratio times the share, over their sum: (b, n).
        totals = np.maximum(shares @ ratios.T, SMALLEST)
        now = shares * ((weights / totals) @ ratios) / every
        now /= now.sum(axis=1, keepdims=True)
        arrived = np.abs(now - shares).max() < CLOSE
        shares = now
        if arrived:
            break
    return shares


def label_shift(
    run: PredictedRun, classes: Sequence[str], home: Shares, *, level: float = 0.95
) -> pd.DataFrame:
    """The share of each class at `home`, for which the probabilities of the `run` hold, the one
    estimated from these, and the true one among its images of which it is known.

    Findings are estimated each by itself. A class without a share at home is left out; all are of
    classes that exclude each other. Limits are over patients. Columns: class, measure ("at home",
    "estimated" or "true"), value, low, high.
    """
    groups = patient_groups([run])
    several = run.labels.ndim == 2
    known = [at for at, name in enumerate(classes) if home.get(name) is not None]
    if not known or (not several and len(known) < len(classes)):
        return pd.DataFrame(columns=COLUMNS)
    shares = np.array([home.get(name) or 0.0 for name in classes])
    samples = leave_out([run], groups, partial(_measure, home=shares, known=known))
    patients = len(set(run.patients))
    rows: list[tuple[object, ...]] = []
    for at in known:
        rows.append((classes[at], AT_HOME, shares[at], np.nan, np.nan))
        for measure in (ESTIMATED, TRUE):
            sample = samples[at, measure]
            rows.append(
                (classes[at], measure, sample.value, *proportion_interval(sample, level, patients))
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def _measure(
    run: PredictedRun, included: NDArray[np.bool_], home: Floats, known: Sequence[int]
) -> dict[tuple[int, str], Floats]:
    every = np.asarray(included, dtype=np.float64)
    counted = run.is_known.astype(np.float64)
    sums = sums_without(included, np.concatenate([counted, counted * run.positive], axis=1))
    of, there = np.hsplit(sums, 2)
    with np.errstate(invalid="ignore"):
        true = there / of
    if run.labels.ndim == 1:
        estimated = estimate_shares(run.probabilities, home, every)
    else:
        estimated = np.stack(
            [_of_finding(run.probabilities[:, at], home[at], every) for at in range(len(home))],
            axis=1,
        )
    return {
        (at, measure): values[:, at]
        for at in known
        for measure, values in ((ESTIMATED, estimated), (TRUE, true))
    }


def _of_finding(there: Floats, home: float, weights: Floats) -> Floats:
    """The share (b,) of images with a finding, by its probabilities (n,)."""
    both = np.stack([1 - there, there], axis=1)
    return estimate_shares(both, np.array([1 - home, home]), weights)[:, 1]


def shares_at_home(calibration: Mapping[str, Any]) -> Shares:
    """The shares for which a model's probabilities hold, as its card tells them; none of a card
    without."""
    given = calibration.get("prevalence") or {}
    return {str(name): share for name, share in given.items()}
