"""What twice the epochs, or twice the labels, would bring: learning curves carried on.

A score is taken to follow a power law, y(x) = a - b x^(-c) with b at least 0, as errors of learned
models do over labels and over training (Hestness et al. 2017, arXiv 1712.00409; Domhan et al. 2015
for epochs). Its three numbers are not estimated as one value: for each exponent c of a grid the
line in x^(-c) has its usual t distribution, exponents weigh by how well they fit (the marginal
likelihood with flat priors of a, of the whole rise and of log sigma), and draws with a above the
greatest score are left out. What is told is the distribution of y(2x) - y(x) over these draws, 0 at
least.

Errors are not taken to be independent: those of an epoch and the next may be alike, and so may
those of trainings on equally many labels. How much, is weighed as exponents are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.randomness import seed_of

Floats = NDArray[np.float64]

EXPONENTS = np.geomspace(0.1, 4.0, 25)
DRAWS = 4000
FEWEST = 6  # points of a curve by epoch
FEWEST_SIZES = 3  # different shares of the labels
REACH = 4.0  # times the fewest labels that the most must be
LEFT_OUT = 0.1  # share of the epochs at the beginning, in which the learning rate rises
WIDEST = 0.1  # of an interval, beyond which a curve tells nothing
KEPT = 0.02  # share of the draws that must stay below the greatest score
RISING = 0.5  # share of the draws that must rise
ALIKE = (
    0.0,
    0.15,
    0.3,
    0.45,
    0.6,
    0.75,
    0.9,
)  # correlations of the errors of an epoch and the next
SHARED = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Errors that trainings on equally many labels share, as standard deviations of what each has of
its own."""
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
    number_of = np.concatenate(of)
    errors = [_of_epochs(alike, number_of) for alike in ALIKE]
    return _carried_on(
        np.concatenate(x), np.concatenate(y), number_of, end, errors, most, times, level
    )


def gain_by_labels(
    labels: Sequence[float],
    scores: Sequence[float],
    shares: Sequence[float],
    *,
    most: float = 1.0,
    times: float = 2.0,
    level: float = 0.95,
) -> Gain:
    """What `times` as many labels as the most would bring; `scores` are those of trainings on so
    many `labels` (images), which differ a little among seeds and folds at one of the `shares` of
    all labels."""
    x, y, share = (np.asarray(each, float) for each in (labels, scores, shares))
    told = np.isfinite(x) & np.isfinite(y)
    x, y, share = x[told], y[told], share[told]
    level_of = np.unique(share, return_inverse=True)[1]
    if len(set(level_of)) < FEWEST_SIZES or len(x) <= FEWEST_SIZES:
        return SHORT
    if x.max() < REACH * x.min():
        return SHORT
    whitened = [_of_levels(ratio, level_of) for ratio in SHARED]
    one = np.zeros(len(x), int)
    return _carried_on(x, y, one, float(x.max()), whitened, most, times, level)


@dataclass(frozen=True)
class _Errors:
    """How errors hang together: `freed` turns arrays (..., n) of points into ones whose errors are
    independent; `volume` is the logarithm of its determinant."""

    freed: Callable[[Floats], Floats]
    volume: float


def _of_epochs(alike: float, of: NDArray[np.int64]) -> _Errors:
    """Errors of which an epoch and the next have a correlation; curves, which `of` numbers, are
    independent."""
    follows = np.flatnonzero(np.diff(of) == 0) + 1
    new = np.sqrt(1 - alike**2)

    def freed(points: Floats) -> Floats:
        result = points.copy()
        result[..., follows] -= alike * points[..., follows - 1]
        result[..., follows] /= new
        return result

    return _Errors(freed, -len(follows) * float(np.log(new)))


def _of_levels(ratio: float, of: NDArray[np.int64]) -> _Errors:
    """Errors of which points of one level, which `of` numbers, share a part, `ratio` times as large
    as their own."""
    member = (of[None] == np.arange(of.max() + 1)[:, None]).astype(float)
    many = member.sum(axis=1)
    less = 1 / np.sqrt(1 + many * ratio**2)
    taken = member * ((1 - less) / many)[:, None]

    def freed(points: Floats) -> Floats:
        changed: Floats = points - (points @ member.T) @ taken
        return changed

    return _Errors(freed, float(np.log(less).sum()))


def _carried_on(
    x: Floats,
    y: Floats,
    of: NDArray[np.int64],
    end: float,
    errors: Sequence[_Errors],
    most: float,
    times: float,
    level: float,
) -> Gain:
    """What curves, which `of` numbers, gain from `end` to `times` that; `errors` as they may hang
    together, independent ones first."""
    powers = (x[None] / end) ** -EXPONENTS[:, None]  # (exponents, n), 1 at the end
    free = len(x) - of.max() - 2
    fits = [_fitted(powers, y, of, each) for each in errors]
    slope, spread, squares, height, mean, volume = (
        np.stack(each) for each in zip(*fits, strict=True)
    )
    whole = powers.max(axis=1) - powers.min(axis=1)
    weight = volume + np.log(whole) - 0.5 * np.log(spread) - 0.5 * free * np.log(squares)
    weight = np.exp(weight - weight.max()).ravel()
    rng = np.random.default_rng(seed_of("curve", len(x)))
    drawn = rng.choice(weight.size, size=DRAWS, p=weight / weight.sum())
    which = drawn % len(EXPONENTS)
    scale = np.sqrt(squares.ravel()[drawn] / rng.chisquare(free, size=DRAWS))
    b = -slope.ravel()[drawn] + scale / np.sqrt(spread.ravel()[drawn]) * rng.standard_normal(DRAWS)
    now = height.ravel()[drawn] - b * (1 - mean.ravel()[drawn])  # at the end
    left = most - now + 2 * scale  # to the greatest score, and noise
    below = b <= left
    best = squares[0].argmin()
    rest = y - slope[0, best] * powers[best]
    rest = rest - (np.bincount(of, rest) / np.bincount(of))[of]
    if (b >= 0).mean() < RISING or _bends(x, of, rest):
        return FALLING
    if below.mean() < KEPT:
        return WIDE
    gains = (b * (1 - times ** -EXPONENTS[which]))[below]
    low, median, high = np.quantile(gains, [(1 - level) / 2, 0.5, (1 + level) / 2])
    if high - low > WIDEST:
        return WIDE
    return Gain(max(float(median), 0.0), max(float(low), 0.0), max(float(high), 0.0))


def _fitted(
    powers: Floats, y: Floats, of: NDArray[np.int64], errors: _Errors
) -> tuple[Floats, ...]:
    """The lines in `powers` (exponents, n), by exponent: slope, which is -b; spread of the powers
    about their mean; squares of the rest; means of the scores and of the powers over curves; and
    what the marginal likelihood has besides, as its logarithm."""
    member = (of[None] == np.arange(of.max() + 1)[:, None]).astype(float)  # (curves, n)
    own = errors.freed(member)
    size = (own**2).sum(axis=1)
    wide, high = errors.freed(powers), errors.freed(y)
    means, heights = wide @ own.T / size, high @ own.T / size  # by curve
    centred, rise = wide - means @ own, high - heights @ own
    spread = (centred**2).sum(axis=1)
    slope = centred @ rise / spread
    squares = ((rise[None] - slope[:, None] * centred) ** 2).sum(axis=1)
    volume = errors.volume - 0.5 * float(np.log(size).sum())
    return (
        slope,
        spread,
        np.maximum(squares, 1e-12),
        np.full(len(powers), heights.mean()),
        means.mean(axis=1),
        np.full(len(powers), volume),
    )


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
