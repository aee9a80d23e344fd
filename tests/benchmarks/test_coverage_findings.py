"""A small, seeded part of the coverage of rare and partly unknown findings."""

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.coverage_findings import FINDINGS, KEYS, FindingsSetting, run, simulate, truth

from pleura.evaluate.findings import METRICS
from pleura.evaluate.metrics import evaluate

TYPICAL = FindingsSetting(200, 0.3, 0.2, 0.85, seeds=1, shift=0.0, effect=0.0, unknown=0.3)


def test_intervals_cover_and_equal_recipes_seldom_differ() -> None:
    """Bounds are about five standard errors of 100 simulations from 95 and 5 %, and limits are
    narrower than what is possible."""
    rows = run(TYPICAL, 100)
    assert [(row["metric"], row["of"]) for row in rows] == KEYS
    for row in rows:
        assert float(str(row["coverage"])) >= 0.84, row
        assert float(str(row["significant"])) <= 0.16, row
        assert float(str(row["width"])) <= 0.45, row


def test_the_truth_is_what_an_endless_sample_shows_whatever_is_unknown() -> None:
    setting = replace(TYPICAL, patients=30_000, prevalence=0.1)
    (cell,), _ = simulate(setting, np.random.default_rng(0))
    assert (cell.labels < 0).mean() == pytest.approx(0.3, abs=0.02)
    called = cell.called
    found = evaluate(
        cell.labels, cell.probabilities, classes=FINDINGS, metrics=METRICS.values(), called=called
    )
    for key, expected in truth(setting).items():
        assert float(found[key]) == pytest.approx(expected, abs=0.02), key
