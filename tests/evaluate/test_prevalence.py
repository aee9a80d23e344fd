"""Predictive values and net benefit where classes have other shares."""

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.calibration import Calibrations, calibrate
from pleura.evaluate.decision import at_sensitivity, decision_curve
from pleura.evaluate.prevalence import (
    Shares,
    at_prevalence,
    curves_at_prevalence,
    ratio_limits,
    shifted,
)
from pleura.evaluate.ranking import Floats

CLASSES = ("ill", "sick", "well")


def table(
    seed: int, counts: tuple[int, ...], classes: tuple[str, ...] = CLASSES, skill: float = 2.0
) -> pd.DataFrame:
    """Validation and test, each with one image of so many patients of each class."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(classes)), counts)
    parts = []
    for part in ("validation", "test"):
        logits = skill * np.eye(len(classes))[labels] + rng.normal(size=(len(labels), len(classes)))
        known = {
            "recipe": "model",
            "fold": 0,
            "seed": 0,
            "fraction": 1.0,
            "part": part,
            "image": [f"{part}{number:04d}" for number in range(len(labels))],
            "patient": [f"{part}{number:04d}" for number in range(len(labels))],
            "label": np.array(classes, dtype=object)[labels],
        }
        of = {f"logit_{name}": logits[:, at] for at, name in enumerate(classes)}
        parts.append(pd.DataFrame({**known, **of}))
    return pd.concat(parts)


def calibrated(*args: object, **more: object) -> Calibrations:
    return calibrate(table(*args, **more), fraction=1.0)  # type: ignore[arg-type]


def rows_of(found: pd.DataFrame) -> dict[tuple[object, ...], tuple[float, float, float]]:
    keys = ["target", "class", "measure"]
    rows = found[[*keys, "value", "low", "high"]].itertuples(index=False, name=None)
    return {row[:3]: row[3:] for row in rows}


def test_at_the_shares_of_test_predictive_values_are_those_of_test() -> None:
    calibrations = calibrated(0, (40, 30, 80))
    given = {"ill": 40 / 150, "sick": 30 / 150, "well": 80 / 150}
    here, there = rows_of(at_sensitivity(calibrations)), rows_of(at_prevalence(calibrations, given))
    for key in here:
        if key[2] in ("sensitivity", "specificity", "ppv", "npv"):
            assert there[key][0] == pytest.approx(here[key][0], abs=1e-9)


def test_predictive_values_are_those_of_bayes() -> None:
    found = rows_of(at_prevalence(calibrated(1, (60, 200), ("ill", "well")), {"ill": 0.02}))
    sensitivity, specificity, ppv, npv = (
        found[0.9, "ill", name][0] for name in ("sensitivity", "specificity", "ppv", "npv")
    )
    right, alarms = 0.02 * sensitivity, 0.98 * (1 - specificity)
    assert ppv == pytest.approx(right / (right + alarms), abs=1e-9)
    missed = 0.02 * (1 - sensitivity)
    assert npv == pytest.approx(0.98 * specificity / (0.98 * specificity + missed), abs=1e-9)


def test_several_classes_are_weighted_as_scikit_learn_weights_images() -> None:
    from sklearn.metrics import precision_score

    calibrations = calibrated(2, (40, 30, 80))
    found = rows_of(at_prevalence(calibrations, {"ill": 0.1}))
    (training,) = calibrations.recipes["model"]
    run = training.after
    counts = np.array([40, 30, 80])
    shares = np.array([0.1, 0.9 * 30 / 110, 0.9 * 80 / 110])
    weights = (shares / counts)[run.labels]
    threshold = np.sort(training.probabilities[training.positive[:, 0], 0])[::-1][35]  # 36 of 40
    called = run.probabilities[:, 0] >= threshold
    expected = precision_score(run.labels == 0, called, sample_weight=weights)
    assert found[0.9, "ill", "ppv"][0] == pytest.approx(expected, abs=1e-9)
    assert found[0.9, "sick", "share"][0] == pytest.approx(shares[1], abs=1e-9)


def test_findings_have_shares_of_their_own() -> None:
    made = table(3, (60, 140), ("ill", "well")).drop(columns="logit_well")
    made["label_ill"] = (made["label"] == "ill").astype(float)
    made["label_other"] = (np.arange(len(made)) % 3 == 0).astype(float)
    made["logit_other"] = made["label_other"]
    made.loc[made.index[:5], "label_ill"] = np.nan
    found = at_prevalence(calibrate(made.assign(label=""), fraction=1.0), {"ill": 0.05})
    assert set(found["class"]) == {"ill"}
    rows = rows_of(found)
    right, alarms = (
        0.05 * rows[0.9, "ill", "sensitivity"][0],
        0.95 * (1 - rows[0.9, "ill", "specificity"][0]),
    )
    assert rows[0.9, "ill", "ppv"][0] == pytest.approx(right / (right + alarms), abs=1e-9)


def test_limits_of_predictive_values_cover_at_a_low_prevalence() -> None:
    """Rates of 85 of 100 and 5 of 100 on average; 240 draws, 3 standard errors below 95 %."""
    rng = np.random.default_rng(0)
    share, sensitivity, alarms, n, m = 0.02, 0.85, 0.03, 80, 150
    truth = share * sensitivity / (share * sensitivity + (1 - share) * alarms)
    held = 0
    for _ in range(400):
        hits, false = rng.binomial(n, sensitivity), rng.binomial(m, alarms)
        low, high = (
            share * ratio / (share * ratio + 1 - share) if np.isfinite(ratio) else 1.0
            for ratio in ratio_limits(_wilson(hits, n), _wilson(false, m))[1:]
        )
        held += low <= truth <= high
    assert held / 400 > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 400)


def _wilson(hits: int, n: int) -> tuple[float, float, float]:
    share, z = hits / n, 1.96
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return share, max(0.0, centre - half), min(1.0, centre + half)


def test_no_false_alarm_on_test_promises_none() -> None:
    """Of two classes that are told apart without a mistake, the PPV at 1 % is uncertain."""
    found = rows_of(
        at_prevalence(calibrated(4, (30, 60), ("ill", "well"), skill=20), {"ill": 0.01})
    )
    value, low, high = found[0.9, "ill", "ppv"]
    assert value == high == 1
    assert low < 0.25


def test_ratio_limits_by_hand() -> None:
    """With equal rates and symmetric limits the ratio is 1, and its limits are inverse."""
    value, low, high = ratio_limits((0.5, 0.4, 0.6), (0.5, 0.4, 0.6))
    assert value == 1
    assert low * high == pytest.approx(1)
    assert low == pytest.approx((0.25 - np.sqrt(0.25**2 - 0.24**2)) / 0.24)
    assert np.isnan(ratio_limits((0.0, 0.0, 0.1), (0.0, 0.0, 0.1))[0])
    assert ratio_limits((0.5, 0.4, 0.6), (0.0, 0.0, 0.1))[0] == np.inf


def test_a_class_that_hangs_on_one_patient_has_no_limits_and_is_counted() -> None:
    made = table(5, (30, 60), ("ill", "well"))
    alone = (made["part"] == "test") & (made["label"] == "ill")
    made.loc[alone, "patient"] = "one"
    found = at_prevalence(calibrate(made, fraction=1.0), {"ill": 0.1})
    row = found[(found["class"] == "ill") & (found["measure"] == "ppv")].iloc[0]
    assert row["undefined"] == 1
    assert np.isfinite(row["value"])
    assert np.isnan(row["low"])


def test_probabilities_move_by_the_odds_of_the_share() -> None:
    calibrations = calibrated(6, (98, 298), ("ill", "well"))
    (training,) = calibrations.recipes["model"]
    shares = Shares(np.array([0.05, 0.95]), exclusive=True)
    before, after = training.after.probabilities, shifted(training, shares).probabilities
    factor = (0.05 / 0.95) / (99 / 299)
    odds: Floats = before[:, 0] / before[:, 1] * factor
    assert after[:, 0] / after[:, 1] == pytest.approx(odds)
    assert after.sum(axis=1) == pytest.approx(1.0)


def test_curves_at_the_shares_of_test_are_those_of_test() -> None:
    calibrations = calibrated(7, (50, 150), ("ill", "well"))
    (training,) = calibrations.recipes["model"]
    share = 51 / 202  # that of validation, to which probabilities were calibrated
    found = curves_at_prevalence(calibrations, {"ill": share})
    ill = found[found["class"] == "ill"]
    at = ill["threshold"].to_numpy(np.float64)
    expected = decision_curve([training.after], 0, at)
    assert ill["value"].to_numpy() == pytest.approx(expected, abs=0.01)
    assert (ill["low"] <= ill["value"]).all()
    assert (ill["value"] <= ill["high"]).all()
    assert ill["all"].to_numpy() == pytest.approx(share - (1 - share) * at / (1 - at), abs=1e-9)
