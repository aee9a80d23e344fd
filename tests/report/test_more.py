"""What more epochs, or labels, would bring is told of curves that tell it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pleura.report.more import in_words, twice_the_epochs, twice_the_labels
from pleura.report.numbers import METRICS

AUROC = METRICS["auroc"]


def history(scores: "np.ndarray[Any, Any]", phase: str = "all") -> list[dict[str, Any]]:
    return [
        {"phase": phase, "epoch": epoch, "validation_auroc": float(score)}
        for epoch, score in enumerate(scores)
    ]


def runs_of(histories: list[list[dict[str, Any]]]) -> pd.DataFrame:
    return pd.DataFrame({"history": histories, "n_train": 100, "trials": [[]] * len(histories)})


def test_nothing_is_told_of_trainings_in_which_images_grew() -> None:
    runs = runs_of([history(0.9 - 0.2 * np.arange(1, 13) ** -0.5)])
    assert not twice_the_epochs(runs, AUROC).silent
    assert "grew" in twice_the_epochs(runs, AUROC, grown=True).silent


def test_a_curve_that_rises_says_by_how_much() -> None:
    rng, x = np.random.default_rng(0), np.arange(1, 17)
    curves = [0.92 - 0.2 * x**-0.7 + rng.normal(0, 0.002, 16) for _ in range(3)]
    gain = twice_the_epochs(runs_of([history(curve) for curve in curves]), AUROC)
    truth = 0.2 * (16**-0.7 - 32**-0.7)
    assert gain.low <= truth <= gain.high
    number, limits = in_words(gain, AUROC).split(" ", 1)
    assert float(number) == pytest.approx(truth, abs=0.003)
    assert limits.startswith("(.0")


def test_the_last_phase_alone_is_looked_at() -> None:
    """What came before it trained other parts at another rate."""
    x = np.arange(1, 13)
    rises = 0.9 - 0.2 * x**-1.0
    whole = [*history(np.linspace(0.5, 0.8, 12), "head"), *history(rises)]
    assert twice_the_epochs(runs_of([whole]), AUROC) == twice_the_epochs(
        runs_of([history(rises)]), AUROC
    )


def test_what_has_no_history_tells_nothing() -> None:
    for runs in (runs_of([]), runs_of([[]]), runs_of([history(np.array([0.7, 0.8]))])):
        gain = twice_the_epochs(runs, AUROC)
        assert gain.silent and in_words(gain, AUROC) == ""


def test_twice_the_labels_is_read_off_the_best_trials() -> None:
    rng = np.random.default_rng(1)
    labels = np.repeat([100, 500, 2500], 3)
    best = 0.95 - 1.5 * labels**-0.5 + rng.normal(0, 0.004, 9)
    trials = [
        [{"rate": 1e-3, "validation_auroc": score}, {"rate": 1e-2, "validation_auroc": score - 0.1}]
        for score in best
    ]
    columns = {"n_train": labels, "fraction": labels / 2500, "trials": trials}
    runs = pd.DataFrame({**columns, "history": [[]] * 9})
    gain = twice_the_labels(runs, AUROC)
    assert gain.low <= 1.5 * (2500**-0.5 - 5000**-0.5) <= gain.high
    few = runs[runs["n_train"] > 100]
    assert twice_the_labels(few, AUROC).silent
    of_folds = few.assign(n_train=few["n_train"] + np.arange(len(few)))
    assert twice_the_labels(of_folds, AUROC).silent == "too few points"
