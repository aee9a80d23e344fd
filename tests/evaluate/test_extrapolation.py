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
        gain = gain_by_labels(labels.tolist(), scores.tolist(), labels.tolist())
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


def test_numbers_that_differ_among_folds_are_one_share_of_the_labels() -> None:
    scores = [0.80, 0.81, 0.80, 0.90, 0.91, 0.90]
    labels = [100, 101, 102, 800, 806, 811]
    assert gain_by_labels(labels, scores, [0.1] * 3 + [1.0] * 3) == SHORT


@pytest.mark.parametrize(("shared", "least"), [(0.008, 0.93), (0.015, 0.85)])
def test_errors_that_trainings_on_equally_many_labels_share_widen_the_interval(
    shared: float, least: float
) -> None:
    """As where the same images train at all labels: taken as independent, .88 and .79."""
    rng = np.random.default_rng(7)
    labels = np.repeat([50, 100, 400, 1000], 3)
    held = told = 0
    for _ in range(2 * PLANTED):
        b = rng.uniform(0.4, 0.6)
        common = np.repeat(rng.normal(0, shared, 4), 3)
        scores = 0.95 - b * labels**-0.3 + common + rng.normal(0, 0.008, 12)
        gain = gain_by_labels(labels.tolist(), scores.tolist(), labels.tolist())
        told += not gain.silent
        held += not gain.silent and holds(gain, b * (1000**-0.3 - 2000**-0.3))
    assert told > 0.8 * 2 * PLANTED
    assert held >= least * told


def test_errors_of_an_epoch_and_the_next_that_are_alike_widen_the_interval() -> None:
    """Taken as independent, it holds the truth in .8 of the studies."""
    rng, x = np.random.default_rng(4), np.arange(1, 17)
    held = told = 0
    for _ in range(2 * PLANTED):
        errors = rng.normal(0, 0.01, 16)
        for epoch in range(1, 16):
            errors[epoch] = 0.8 * errors[epoch - 1] + 0.6 * errors[epoch]
        b = rng.uniform(0.1, 0.2)
        gain = gain_by_epochs([(0.93 - b * x**-0.5 + errors).tolist()])
        told += not gain.silent
        held += not gain.silent and holds(gain, b * (16**-0.5 - 32**-0.5))
    assert told > 0.7 * 2 * PLANTED
    assert held >= 0.92 * told


@pytest.mark.parametrize(("step", "most"), [(0.001, 0.2), (0.002, 0.05)])
def test_little_is_told_of_curves_that_fall_slowly(step: float, most: float) -> None:
    rng = np.random.default_rng(1)
    falling = (0.9 - step * np.arange(16) + rng.normal(0, 0.01, 16) for _ in range(100))
    assert np.mean([not gain_by_epochs([curve.tolist()]).silent for curve in falling]) <= most


def test_few_points_tell_nothing() -> None:
    assert gain_by_epochs([]) == SHORT
    assert gain_by_epochs([[0.6, 0.7, 0.8, 0.85, 0.86]]) == SHORT
    assert gain_by_epochs([[np.nan] * 20]) == SHORT
    for labels, scores in (
        ([0.1, 1.0] * 3, [0.8, 0.9] * 3),
        ([0.1, 0.5, 1.0], [0.8, 0.85, 0.9]),  # one seed: no noise is known
        ([0.5, 0.7, 1.0] * 3, [0.8, 0.85, 0.9] * 3),  # too near each other
    ):
        assert gain_by_labels(labels, scores, labels) == SHORT


def test_noisy_scores_tell_nothing() -> None:
    rng = np.random.default_rng(3)
    labels = np.repeat([100, 200, 400], 2)
    scores = 0.7 + labels / 4000 + rng.normal(0, 0.2, 6)
    gain = gain_by_labels(labels.tolist(), scores.tolist(), labels.tolist())
    assert gain in (WIDE, FALLING)
