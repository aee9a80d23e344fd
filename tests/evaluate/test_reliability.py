"""Log-loss, Brier score, calibration error and reliability diagrams."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from pleura.evaluate.calibration import calibrate
from pleura.evaluate.intervals import summarise
from pleura.evaluate.predicted_runs import PredictedRun, read_runs
from pleura.evaluate.reliability import BINS, by_reliability, reliability_curve
from tests.evaluate.tables import CLASSES, predictions
from tests.evaluate.test_calibration import draw, with_validation

COLUMNS = [f"logit_{name}" for name in CLASSES]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return with_validation(predictions({"a": 2.0, "b": 0.5}, patients=150))


@pytest.fixture(scope="module")
def found(table: pd.DataFrame) -> dict[tuple[str, str, str], tuple[float, float, float]]:
    rows = by_reliability(calibrate(table, fraction=1.0)).itertuples(index=False, name=None)
    return {(r, m, s): (value, low, high) for r, m, s, value, low, high in rows}


def calibration_error(positive: np.ndarray, scores: np.ndarray) -> float:
    """From scikit-learn's bins, weighted by their images."""
    shares, means = calibration_curve(positive, scores, n_bins=BINS, strategy="quantile")
    edges = np.quantile(scores, np.linspace(0, 1, BINS + 1))
    images = np.bincount(np.searchsorted(edges[1:-1], scores), minlength=BINS)
    return float((images[images > 0] * np.abs(shares - means)).sum() / len(scores))


@pytest.mark.parametrize("shown", ["before", "after"])
def test_values_are_scikit_learns_averaged_over_seeds(
    table: pd.DataFrame, found: dict[tuple[str, str, str], tuple[float, ...]], shown: str
) -> None:
    expected = []
    for one in calibrate(table, fraction=1.0).recipes["a"]:
        run = one.before if shown == "before" else one.after
        scores, truth = run.probabilities, np.eye(3)[run.labels]
        top = scores.argmax(axis=1)
        expected.append(
            [
                log_loss(run.labels, scores),
                sum(brier_score_loss(truth[:, c], scores[:, c]) for c in range(3)),
                np.mean([calibration_error(truth[:, c], scores[:, c]) for c in range(3)]),
                calibration_error(top == run.labels, scores.max(axis=1)),
            ]
        )
    values = [found["a", m, shown][0] for m in ("log_loss", "brier", "ece", "ece_top")]
    np.testing.assert_allclose(values, np.mean(expected, axis=0), rtol=1e-9)


def test_before_is_the_summary_and_change_the_difference(
    table: pd.DataFrame, found: dict[tuple[str, str, str], tuple[float, ...]]
) -> None:
    summary = summarise(table).set_index(["recipe", "metric", "class"])
    for measure in ("log_loss", "brier"):
        row = summary.loc[("b", measure, "all"), ["value", "low", "high"]]
        np.testing.assert_allclose(found["b", measure, "before"], row.to_numpy(float))
    for measure in ("log_loss", "ece"):
        change, low, high = found["b", measure, "after - before"]
        after, before = (found["b", measure, shown][0] for shown in ("after", "before"))
        assert change == pytest.approx(after - before)
        assert low < change < high
    # Validation is like a recipe of strength 2: what suits "a" spoils "b", which knows less.
    assert found["b", "log_loss", "after - before"][1] > 0


def calibrated_cell(patients: int, sharpness: float, seed: int) -> PredictedRun:
    """Labels drawn from probabilities, one draw a patient; then these are sharpened."""
    rng = np.random.default_rng(seed)
    member = np.repeat(np.arange(patients), rng.integers(1, 4, patients))
    logits = 2 * rng.normal(size=(patients, 3))[member]
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = draw(scores[np.unique(member, return_index=True)[1]], rng)[member]
    sharp = scores**sharpness / (scores**sharpness).sum(axis=1, keepdims=True)
    names = np.array([f"p{i}" for i in member], dtype=object)
    images = np.array([f"{i:05d}" for i in range(len(member))], dtype=object)
    return PredictedRun("a", 1.0, 0, 0, images, names, labels, sharp)


def test_chance_is_what_right_probabilities_show() -> None:
    """Over simulated studies the error of right probabilities is the chance, not zero; that of
    probabilities that are too sure is above it."""
    template = calibrate(with_validation(predictions({"a": 2.0}, seeds=1)), fraction=1.0)
    (one,) = template.recipes["a"]
    means = {}
    for sharpness in (1.0, 2.5):
        found = []
        for seed in range(15):
            run = calibrated_cell(150, sharpness, seed)
            there = replace(template, recipes={"a": [replace(one, before=run, after=run)]})
            rows = by_reliability(there).query("measure == 'ece'").set_index("shown")
            found.append(rows.loc[["after", "chance"], ["value", "low", "high"]].to_numpy(float))
        means[sharpness] = np.array(found)
    right, sure = means[1.0], means[2.5]
    assert right[:, 0, 0].mean() == pytest.approx(right[:, 1, 0].mean(), rel=0.1)
    assert right[:, 0, 0].mean() > 0.03
    assert (right[:, 0, 0] > right[:, 1, 2]).sum() <= 2
    assert (sure[:, 0, 0] > sure[:, 1, 2]).all()
    # The limits of the error itself hold its mean over such test parts.
    for of in (right, sure):
        mean = of[:, 0, 0].mean()
        assert ((of[:, 0, 1] < mean) & (mean < of[:, 0, 2])).sum() >= 13


def test_equal_probabilities_share_a_bin_whatever_their_order() -> None:
    """Images stand in order of name, which may tell their class."""
    labels = np.repeat([0, 1], 50)
    scores = np.full((100, 2), 0.5)
    names = np.array([f"{i:03d}" for i in range(100)], dtype=object)
    run = PredictedRun("a", 1.0, 0, 0, names, names, labels, scores)
    curve = reliability_curve([run], 0)
    assert curve[["predicted", "observed", "images"]].to_numpy().tolist() == [[0.5, 0.5, 100]]


def test_the_diagram_is_scikit_learns_with_intervals_over_patients(table: pd.DataFrame) -> None:
    runs = read_runs(table).of("a", 1.0)
    curve = reliability_curve(runs, 1)
    scores = np.concatenate([run.probabilities[:, 1] for run in runs])
    truth = np.concatenate([run.labels for run in runs]) == 1
    shares, means = calibration_curve(truth, scores, n_bins=BINS, strategy="quantile")
    np.testing.assert_allclose(curve["observed"], shares)
    np.testing.assert_allclose(curve["predicted"], means)
    assert (curve["low"] <= curve["observed"]).all()
    assert (curve["observed"] <= curve["high"]).all()
    # Three seeds of the same patients are no more patients than one.
    widths = [
        (each["high"] - each["low"])[each["observed"].between(0.2, 0.8)].mean()
        for each in (curve, reliability_curve(runs[:1], 1))
    ]
    assert widths[0] > 0.7 * widths[1]


def test_a_bin_of_one_patient_has_no_interval() -> None:
    names = np.array(["a", "b", "c"], dtype=object)
    run = PredictedRun(
        "a",
        1.0,
        0,
        0,
        names,
        np.array(["p"] * 3, dtype=object),
        np.array([0, 1, 0]),
        np.full((3, 2), 0.5),
    )
    assert np.isnan(reliability_curve([run], 0)["low"][0])
