"""Learning curves with a known truth are carried on as they go, and others are not."""

import numpy as np
import pytest

from pleura.evaluate.extrapolation import (
    FALLING,
    SHORT,
    WIDE,
    Gain,
    gain_by_epochs,
    gain_by_labels,
)

PLANTED = 60  # studies, of three seeds each


def curve(
    rng: np.random.Generator, epochs: int, noise: float, exponent: float
) -> tuple[list[float], float]:
    """A training's scores by epoch, and what twice its epochs would bring it."""
    x = np.arange(1, epochs + 1)
    limit, b = rng.normal(0.93, 0.01), rng.uniform(0.1, 0.2)
    scores = limit - b * x**-exponent + rng.normal(0, noise, epochs)
    return scores.tolist(), float(b * (epochs**-exponent - (2 * epochs) ** -exponent))


def holds(gain: Gain, truth: float) -> bool:
    return gain.low <= truth <= gain.high


@pytest.mark.parametrize(
    ("epochs", "noise", "exponent"),
    [(8, 0.005, 0.5), (8, 0.005, 1.5), (16, 0.01, 1.0), (30, 0.01, 1.5), (30, 0.003, 0.3)],
)
def test_the_interval_holds_the_truth_as_often_as_it_says(
    epochs: int, noise: float, exponent: float
) -> None:
    rng = np.random.default_rng(epochs)
    held = told = 0
    for _ in range(PLANTED):
        curves, truths = zip(*(curve(rng, epochs, noise, exponent) for _ in range(3)), strict=True)
        gain = gain_by_epochs(curves)
        told += not gain.silent
        held += not gain.silent and holds(gain, float(np.mean(truths)))
    assert told > 0.9 * PLANTED
    assert held >= 0.93 * told


@pytest.mark.parametrize("exponent", [0.3, 0.5, 1.0])
def test_so_does_that_of_twice_the_labels(exponent: float) -> None:
    rng = np.random.default_rng(5)
    labels = np.repeat([100, 400, 2000], 3)
    held = told = 0
    for _ in range(PLANTED):
        b = rng.uniform(0.8, 1.2) * 0.3 * 5**exponent
        scores = rng.normal(0.95, 0.01) - b * labels**-exponent + rng.normal(0, 0.008, 9)
        gain = gain_by_labels(labels.tolist(), scores.tolist())
        told += not gain.silent
        held += not gain.silent and holds(gain, b * (2000**-exponent - 4000**-exponent))
    assert told > 0.9 * PLANTED
    assert held >= 0.93 * told


def test_a_curve_without_noise_is_carried_on_exactly() -> None:
    x = np.arange(1, 41)
    gain = gain_by_epochs([(0.9 - 0.2 * x**-0.5).tolist()])
    truth = 0.2 * (40**-0.5 - 80**-0.5)
    assert gain.median == pytest.approx(truth, rel=0.1)
    assert gain.high - gain.low < 0.004


def test_what_has_converged_gains_nothing_to_speak_of() -> None:
    rng = np.random.default_rng(0)
    gain = gain_by_epochs([(0.9 + rng.normal(0, 0.004, 24)).tolist() for _ in range(3)])
    assert gain.silent or (gain.low == 0 and gain.high < 0.01)


def test_a_curve_that_falls_or_leaves_its_law_tells_nothing() -> None:
    rng, x = np.random.default_rng(0), np.arange(1, 25)
    noise = rng.normal(0, 0.002, 24)
    overfitted = 0.9 - 0.2 / x - 0.012 * np.maximum(x - 14, 0) + noise
    jumps = np.where(x > 18, 0.9, 0.7) + noise
    assert gain_by_epochs([(0.9 - 0.01 * x + noise).tolist()]) == FALLING
    for scores in (overfitted, jumps):
        assert gain_by_epochs([scores.tolist()]).silent


def test_a_gain_never_passes_the_greatest_score() -> None:
    x = np.arange(1, 13)
    gain = gain_by_epochs([(0.70 + 0.024 * x).tolist()])  # a straight line, up to .988
    assert gain.silent or gain.high <= 0.02


def test_few_points_tell_nothing() -> None:
    assert gain_by_epochs([]) == SHORT
    assert gain_by_epochs([[0.6, 0.7, 0.8, 0.85, 0.86]]) == SHORT
    assert gain_by_epochs([[np.nan] * 20]) == SHORT
    assert gain_by_labels([0.1, 1.0] * 3, [0.8, 0.9] * 3) == SHORT
    assert gain_by_labels([0.1, 0.5, 1.0], [0.8, 0.85, 0.9]) == SHORT  # one seed: no noise is known
    assert gain_by_labels([0.5, 0.7, 1.0] * 3, [0.8, 0.85, 0.9] * 3) == SHORT  # too near each other


def test_noisy_scores_tell_nothing() -> None:
    rng = np.random.default_rng(3)
    labels = np.repeat([100, 200, 400], 2)
    gain = gain_by_labels(labels.tolist(), (0.7 + labels / 4000 + rng.normal(0, 0.2, 6)).tolist())
    assert gain in (WIDE, FALLING)
