"""A small, seeded part of the coverage grid of `docs/concepts/intervals.md`."""

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.coverage import CHOSEN, CLASSES, KEYS, Setting, run, simulate, truth

from pleura.evaluate.metrics import evaluate

TYPICAL = Setting(100, correlation=0.3, prevalence=0.5, auroc=0.9, seeds=1, shift=0.0, effect=0.0)
HARD = replace(TYPICAL, correlation=0.6, prevalence=0.2, auroc=0.98)


@pytest.mark.parametrize("setting", [TYPICAL, HARD, replace(TYPICAL, seeds=3, shift=0.1)])
def test_intervals_cover_and_equal_recipes_seldom_differ(setting: Setting) -> None:
    """Bounds are about five standard errors of 250 simulations from 95 and 5 %; 0 to 1, which
    always holds the truth, is too wide."""
    for row in run(setting, 250, resamples=0):
        assert 0.88 <= float(str(row["coverage"])) <= 0.996, row
        assert 0.004 <= float(str(row["significant"])) <= 0.12, row
        assert float(str(row["width"])) <= 0.45, row


def test_the_percentile_bootstrap_fails_where_ours_holds() -> None:
    """Few patients and an AUROC near 1."""
    row = run(replace(HARD, patients=30), 150, resamples=200)[0]
    assert row["metric"] == "auroc"
    assert float(str(row["percentile_coverage"])) < 0.9
    assert float(str(row["coverage"])) > float(str(row["percentile_coverage"])) + 0.05


def test_a_planted_difference_is_held_and_found() -> None:
    row = run(replace(TYPICAL, patients=300, effect=0.05), 100, resamples=0)[0]
    assert float(str(row["difference_coverage"])) >= 0.85
    assert float(str(row["significant"])) >= 0.9


def test_the_truth_is_what_an_endless_sample_shows() -> None:
    setting = replace(TYPICAL, patients=30_000, prevalence=0.3, auroc=0.85)
    cell = simulate(setting, np.random.default_rng(0))[0][0]
    found = evaluate(cell.labels, cell.probabilities, classes=CLASSES, metrics=CHOSEN)
    expected = truth(setting)
    for key in KEYS:
        assert float(found[key]) == pytest.approx(expected[key], abs=0.01), key
