"""What twice the epochs, or twice the labels, would bring: learning curves carried on.

A score is taken to follow a power law, y(x) = a - b x^(-c) with b at least 0, as errors of learned
models do over labels and over training (Hestness et al. 2017, arXiv 1712.00409; Domhan et al. 2015
for epochs). Its three numbers are not estimated as one value: for each exponent c of a grid the
line in x^(-c) has its usual t distribution, exponents weigh by how well they fit (the marginal
likelihood with flat priors of a, of the whole rise and of log sigma), and draws with a above the
greatest score are left out. What is told is the distribution of y(2x) - y(x) over these draws, 0 at
least.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.randomness import seed_of

Floats = NDArray[np.float64]

EXPONENTS = np.geomspace(0.1, 4.0, 25)
DRAWS = 4000
FEWEST = 6  # points of a curve by epoch
FEWEST_SIZES = 3  # different numbers of labels
REACH = 4.0  # times the fewest labels that the most must be
LEFT_OUT = 0.1  # share of the epochs at the beginning, in which the learning rate rises
WIDEST = 0.1  # of an interval, beyond which a curve tells nothing
KEPT = 0.02  # share of the draws that must rise, and stay below the greatest score
SMOOTHEST = 5e-4  # noise of a score that is taken for granted
LOOSE = 2.5  # standard errors by which the second half may lie above or below a curve


@dataclass(frozen=True)
class Gain:
    """What is to be expected: the median and the limits of an interval, in units of the score;
    `silent` says why nothing can be told, "" where it can."""

    median: float = np.nan
    low: float = np.nan
    high: float = np.nan
    silent: str = ""


SHORT = Gain(silent="too few points")
FALLING = Gain(silent="the curve does not rise as a power law does")
WIDE = Gain(silent="the curve is too uncertain")


def gain_by_epochs(
    curves: Sequence[Sequence[float]], *, most: float = 1.0, times: float = 2.0, level: float = 0.95
) -> Gain:
    """What `times` as many epochs would bring, on average over trainings that differ in seed or
    fold; `curves` are their scores by epoch, the higher the better, at most `most`.

    The trainings share b and c; each has its own a, in which lies what all its epochs share, such
    as who validates. Of epochs in which nothing could be computed (nan) a curve knows nothing.
    """
    x, y, of = [], [], []
    for number, curve in enumerate(curves):
        scores = np.asarray(curve, float)
        epochs = np.arange(1, len(scores) + 1, dtype=float)
        told = np.isfinite(scores) & (epochs > np.ceil(LEFT_OUT * len(scores)))
        if told.sum() < FEWEST:
            return SHORT
        x.append(epochs[told])
        y.append(scores[told])
        of.append(np.full(int(told.sum()), number))
    if not x:
        return SHORT
    end = float(np.mean([each.max() for each in x]))
    return _carried_on(
        np.concatenate(x), np.concatenate(y), np.concatenate(of), end, most, times, level
    )


def gain_by_labels(
    labels: Sequence[float],
    scores: Sequence[float],
    *,
    most: float = 1.0,
    times: float = 2.0,
    level: float = 0.95,
) -> Gain:
    """What `times` as many labels as the most would bring; `scores` are those of trainings on so
    many `labels` (images, or a share of all), several for each number where there are seeds."""
    x, y = np.asarray(labels, float), np.asarray(scores, float)
    told = np.isfinite(x) & np.isfinite(y)
    x, y = x[told], y[told]
    if len(np.unique(x)) < FEWEST_SIZES or len(x) <= FEWEST_SIZES:
        return SHORT
    if x.max() < REACH * x.min():
        return SHORT
    return _carried_on(x, y, np.zeros(len(x), int), float(x.max()), most, times, level)


def _carried_on(
    x: Floats, y: Floats, of: NDArray[np.int64], end: float, most: float, times: float, level: float
) -> Gain:
    """What curves, which `of` numbers, gain from `end` to `times` that."""
    powers = (x[None] / end) ** -EXPONENTS[:, None]  # (exponents, n), 1 at the end
    curves = of.max() + 1
    centred, rise = powers.copy(), y.copy()
    for number in range(curves):
        here = of == number
        centred[:, here] -= powers[:, here].mean(axis=1, keepdims=True)
        rise[here] -= y[here].mean()
    free = len(x) - curves - 1
    spread = (centred**2).sum(axis=1)
    slope = centred @ rise / spread  # of y over the power: -b
    rest = rise[None] - slope[:, None] * centred
    squares = np.maximum((rest**2).sum(axis=1), 1e-12)
    whole = powers.max(axis=1) - powers.min(axis=1)
    weight = np.log(whole) - 0.5 * np.log(spread) - 0.5 * free * np.log(squares)
    weight = np.exp(weight - weight.max())
    rng = np.random.default_rng(seed_of("curve", len(x)))
    which = rng.choice(len(EXPONENTS), size=DRAWS, p=weight / weight.sum())
    scale = np.sqrt(squares[which] / rng.chisquare(free, size=DRAWS))
    b = -slope[which] + scale / np.sqrt(spread[which]) * rng.standard_normal(DRAWS)
    now = y.mean() - b * (1 - powers.mean(axis=1)[which])  # at the end
    left = most - now + 2 * scale  # to the greatest score, and noise
    fits = b <= left
    if (b >= 0).mean() < KEPT or _bends(x, of, rest[squares.argmin()]):
        return FALLING
    if fits.mean() < KEPT:
        return WIDE
    gains = (b * (1 - times ** -EXPONENTS[which]))[fits]
    low, median, high = np.quantile(gains, [(1 - level) / 2, 0.5, (1 + level) / 2])
    if high - low > WIDEST:
        return WIDE
    return Gain(max(float(median), 0.0), max(float(low), 0.0), max(float(high), 0.0))


def _bends(x: Floats, of: NDArray[np.int64], rest: Floats) -> bool:
    """Whether the points leave the curve at its end, as where a network is overfitted after all."""
    late, steps = [], []
    for number in range(of.max() + 1):
        here = of == number
        mine = rest[here][np.argsort(x[here], kind="stable")]
        if len(mine) < FEWEST:
            return False
        late += mine[-max(2, len(mine) // 4) :].tolist()
        steps += np.abs(np.diff(mine)).tolist()
    # The median of differences of independent errors is .954 of their standard deviation.
    noise = max(float(np.median(steps)) / 0.954, SMOOTHEST)
    return bool(abs(float(np.mean(late))) > LOOSE * noise / np.sqrt(len(late)))
