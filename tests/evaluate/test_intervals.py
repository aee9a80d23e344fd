"""The summary table and the limits at and away from the edges."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.intervals import bearing, interval, patients_by_class, summarise, wilson
from pleura.evaluate.jackknife import LeaveOneOut
from pleura.evaluate.metrics import METRICS
from pleura.evaluate.predicted_runs import read_runs
from tests.evaluate.tables import CLASSES, by_metric, means, predictions


def test_summary_holds_every_metric_of_every_recipe() -> None:
    table = predictions({"a": 1.0, "b": 2.0}, seeds=2, folds=2, fractions=(0.1, 1.0))
    summary = summarise(table)
    assert list(summary.columns) == [
        *("recipe", "fraction", "metric", "class", "value", "low", "high"),
        *("patients", "images", "seeds"),
    ]
    of_each = [len(CLASSES) + 1 if metric.macro else 1 for metric in METRICS.values()]
    assert len(summary) == 2 * 2 * sum(of_each)
    assert set(summary["metric"]) == set(METRICS)
    assert set(summary["class"]) == {*CLASSES, "macro", "all"}
    assert (summary["patients"] == 60).all()
    assert (summary["images"] == table["image"].nunique()).all()
    assert (summary["seeds"] == 2).all()
    assert (summary["low"] < summary["value"]).all()
    assert (summary["value"] < summary["high"]).all()
    assert summary.loc[~summary["metric"].isin(["brier", "log_loss"]), "high"].max() <= 1


def test_order_of_rows_and_kind_of_file_do_not_matter() -> None:
    table = predictions({"a": 1.0})
    shuffled = table.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(summarise(table), summarise(shuffled), rtol=1e-9)


def test_perfect_predictions_keep_a_width() -> None:
    rows = by_metric(summarise(predictions({"a": 500.0}, patients=30)))
    for (metric, _), row in rows.items():
        if metric not in ("log_loss", "brier"):
            assert row["value"] == row["high"] == 1
            assert row["low"] < 0.9
    t = stats.t.ppf(0.975, 29)
    assert rows["accuracy", "all"]["low"] == pytest.approx(1 / (1 + t**2 / 30))
    assert rows["auroc", "covid"]["low"] == pytest.approx(1 / (1 + t**2 / 10))
    assert rows["brier", "all"]["low"] == 0
    assert rows["brier", "all"]["high"] > 0.1


def test_a_share_of_zero_keeps_a_width() -> None:
    low, high = interval(
        METRICS["sensitivity"], LeaveOneOut(np.zeros(1), np.zeros((1, 20))), 0.95, 20
    )
    assert low == 0
    assert high > 0.1


def test_wilson_by_hand() -> None:
    """Wilson 1927 at 8 of 10: .490 to .943."""
    assert wilson(0.8, 10, 1.959964) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_limits_are_symmetric_on_the_logit_scale_and_widen_with_level() -> None:
    rng = np.random.default_rng(0)
    values = rng.binomial(1, 0.9, size=(1, 60)).astype(float)
    sample = means(values)
    low, high = interval(METRICS["accuracy"], sample, 0.95, 60)
    logit = np.log(np.array([low, sample.value, high]) / (1 - np.array([low, sample.value, high])))
    assert logit[2] - logit[1] == pytest.approx(logit[1] - logit[0])
    wider = interval(METRICS["accuracy"], sample, 0.99, 60)
    assert wider[0] < low < high < wider[1]


def test_one_patient_of_a_class_gives_no_limits() -> None:
    table = predictions({"a": 1.0})
    table = table[(table["label"] != "covid") | (table["patient"] == "p0")]
    rows = by_metric(summarise(table))
    assert np.isnan(rows["auroc", "covid"]["low"])
    assert np.isnan(rows["auroc", "macro"]["high"])
    assert np.isfinite(rows["accuracy", "all"]["low"])


def test_bearing_counts_the_patients_behind_a_metric() -> None:
    table = predictions({"a": 1.0}, patients=30, seeds=1)
    table = table[(table["label"] != "covid") | table["patient"].isin(["p0", "p3", "p6"])]
    shown = patients_by_class(read_runs(table).runs, 3)
    counts = {
        ("auroc", 0): 3,
        ("sensitivity", 0): 3,
        ("specificity", 0): 20,
        ("auroc", 1): 10,
        ("auroc", None): 3,
        ("accuracy", None): 23,
    }
    for (metric, at), expected in counts.items():
        assert bearing(shown, METRICS[metric], at) == expected, (metric, at)


def width(table: pd.DataFrame, metric: str, name: str) -> float:
    row = by_metric(summarise(table))[metric, name]
    return float(row["high"] - row["low"])


def test_more_seeds_narrow_the_interval_and_spread_between_seeds_widens_it() -> None:
    few, many = (predictions({"a": 1.0}, seeds=seeds) for seeds in (2, 8))
    assert width(many, "auroc", "macro") < width(few, "auroc", "macro")
    plain = predictions({"a": 1.0}, seeds=3)
    share = plain["seed"].map({0: 1.0, 1: 0.3, 2: 0.0})
    apart = plain.assign(logit_covid=plain["logit_covid"] * share)
    assert width(apart, "auroc", "covid") > 2 * width(plain, "auroc", "covid")


def test_coverage_is_near_nominal() -> None:
    """A sample mean of clustered labels: 95 % limits hold the truth 92 to 98 times in 100."""
    rng = np.random.default_rng(0)
    hits = []
    for _ in range(500):
        share = rng.beta(4.5, 0.5, size=100)
        size = rng.integers(1, 6, 100)
        right = rng.binomial(size, share)
        value = np.array([right.sum() / size.sum()])
        without = (right.sum() - right) / (size.sum() - size)
        low, high = interval(METRICS["accuracy"], LeaveOneOut(value, without[None]), 0.95, 100)
        hits.append(low <= 0.9 <= high)
    assert 0.92 <= np.mean(hits) <= 0.98


def test_limits_of_a_biased_metric_are_made_about_its_value_less_the_bias() -> None:
    """As those of a sample that lies lower by the bias; and they hold the value all the same."""
    without = np.array([[0.30, 0.34, 0.31, 0.36, 0.33, 0.29, 0.35, 0.325]])
    sample = LeaveOneOut(np.array([0.32]), without)
    lower = LeaveOneOut(sample.seeds - sample.bias, without - sample.bias)
    biased = replace(AUROC, biased=True)
    assert sample.bias == pytest.approx(7 * (without.mean() - 0.32))
    found = interval(biased, sample, 0.95, 8)
    assert found == pytest.approx(interval(AUROC, lower, 0.95, 8), abs=1e-12)
    surely = LeaveOneOut(np.array([0.3]), 0.31 + 1e-4 * np.array([[1.0, -1, 1, -1, 1, -1, 1, -1]]))
    low, high = interval(biased, surely, 0.95, 8)
    assert low < high == 0.3
