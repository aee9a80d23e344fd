"""Metrics of numbers: by scikit-learn and by hand, with weights; intervals and comparisons."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from pleura.errors import InputError
from pleura.evaluate.agreement import agreement, calibration
from pleura.evaluate.number_metrics import METRICS, correlation, evaluate_numbers, measures, moments
from pleura.evaluate.number_runs import read_number_runs
from pleura.evaluate.numbers import compare_numbers, summarise_numbers
from pleura.evaluate.ranking import Floats


def drawn(seed: int = 0, n: int = 90, offset: float = 0.0) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    truth = offset + random.normal(50, 20, n)
    return truth, truth + random.normal(3, 8, n)


def table(errors: dict[str, float], patients: int = 40, seeds: int = 2) -> pd.DataFrame:
    """Two images a patient; each recipe is off by its standard deviation of errors."""
    random = np.random.default_rng(5)
    truth = np.repeat(random.normal(50, 20, patients), 2)
    rows = []
    for recipe, deviation in errors.items():
        for seed in range(seeds):
            predicted = truth + deviation * random.normal(size=len(truth))
            for at, (true, told) in enumerate(zip(truth, predicted, strict=True)):
                key = (recipe, 0, seed, 1.0, "test", f"{at:03d}", f"p{at // 2}")
                rows.append((*key, true, told))
    names = ("recipe", "fold", "seed", "fraction", "part", "image", "patient")
    return pd.DataFrame(rows, columns=[*names, "number", "predicted"])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_values_are_those_of_libraries(weighted: bool, offset: float) -> None:
    truth, predicted = drawn(offset=offset)
    weights = np.random.default_rng(1).random(90) if weighted else np.ones(90)
    found = {
        name: float(value[0])
        for name, value in evaluate_numbers(truth, predicted, weights[None]).items()
    }
    given = {"sample_weight": weights}
    mean, other = (np.average(each, weights=weights) for each in (truth, predicted))
    covariance = np.cov(truth, predicted, aweights=weights, bias=True)
    concordance = 2 * covariance[0, 1] / (covariance.trace() + (mean - other) ** 2)
    expected = {
        "mae": mean_absolute_error(truth, predicted, **given),
        "r2": r2_score(truth, predicted, **given),
        "concordance": concordance,
        "rmse": root_mean_squared_error(truth, predicted, **given),
    }
    assert list(found) == list(METRICS) == list(expected)
    assert found == pytest.approx(expected, abs=1e-9)


def test_values_by_hand() -> None:
    found = evaluate_numbers(np.array([0.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0]))
    assert found["mae"][0] == pytest.approx(2 / 3)
    assert found["r2"][0] == pytest.approx(1 - 2 / 8)
    # Covariance 4 / 3, variances 8 / 3 and 2 / 3, the same mean.
    assert found["concordance"][0] == pytest.approx(2 * (4 / 3) / (8 / 3 + 2 / 3))
    assert found["rmse"][0] == pytest.approx(np.sqrt(2 / 3))


def test_where_all_truths_are_the_same_r2_has_no_value() -> None:
    found = evaluate_numbers(np.full(4, 7.0), np.array([6.0, 7.0, 8.0, 7.0]))
    assert np.isnan(found["r2"][0])
    assert found["concordance"][0] == pytest.approx(0)


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_the_correlation_is_that_of_numpy(offset: float) -> None:
    truth, predicted = drawn(offset=offset)
    weights = np.random.default_rng(1).random((3, 90))
    found = correlation(moments(truth, predicted - 30, weights))
    for value, weight in zip(found, weights, strict=True):
        covariance = np.cov(truth, predicted, aweights=weight)
        expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
        assert value == pytest.approx(expected, abs=1e-9)


def test_equal_predictions_have_no_correlation_and_equal_truths_no_value() -> None:
    truth, predicted = drawn()
    weights = np.random.default_rng(1).random((5, 90))
    same = np.full(90, np.float64(np.float32(57.3)))
    assert correlation(moments(truth, same, weights)).tolist() == [0.0] * 5
    assert np.isnan(correlation(moments(same, predicted, np.ones((1, 90))))).all()


@pytest.mark.parametrize("n", [3, 5, 7])
def test_where_all_that_count_are_the_same_r2_has_no_value(n: int) -> None:
    """Whatever rounding makes of the mean of n equal numbers, far from that of all."""
    random = np.random.default_rng(n)
    left_out = np.array([[1.0] * n + [0.0] * 2])
    for low, high in random.uniform(0, 100, (200, 2)):
        truth = np.repeat([low, high], [n, 2])
        found = evaluate_numbers(truth, truth + random.normal(size=n + 2), left_out)
        assert np.isnan(found["r2"][0])


def test_units_stand_in_the_labels_of_errors_alone() -> None:
    labels = {name: metric.label for name, metric in measures("years").items()}
    assert labels["mae"] == "mean absolute error in years"
    assert labels["r2"] == "R²"
    assert measures("")["mae"].label == "mean absolute error"


def test_summary_holds_the_means_over_seeds_with_limits_about_them() -> None:
    predictions = table({"near": 5.0, "far": 15.0})
    summary = summarise_numbers(predictions)
    assert (summary["low"] < summary["value"]).all()
    assert (summary["value"] < summary["high"]).all()
    assert set(summary["patients"]) == {40}
    assert set(summary["images"]) == {80}
    mine = predictions[predictions["recipe"] == "far"]
    of_seeds = [
        mean_absolute_error(each["number"], each["predicted"]) for _, each in mine.groupby("seed")
    ]
    values = summary.set_index(["recipe", "metric"])["value"].astype(float)
    assert values["far", "mae"] == pytest.approx(np.mean(of_seeds), abs=1e-9)


@pytest.mark.parametrize("metric", list(METRICS))
def test_a_planted_difference_is_found_with_its_sign(metric: str) -> None:
    predictions = table({"far": 15.0, "near": 5.0, "same": 15.0}, seeds=1)
    found = compare_numbers(predictions, reference="far", metric=metric).set_index("recipe")
    summary = summarise_numbers(predictions).set_index(["recipe", "metric"])["value"].astype(float)
    near = found.loc["near"]
    assert near["verdict"] == "better"
    assert near["low"] < near["difference"] < near["high"]
    expected = summary["near", metric] - summary["far", metric]
    assert near["difference"] == pytest.approx(expected, abs=1e-9)
    assert found.loc["same", "verdict"] != "better"


def test_what_cannot_be_evaluated_is_named() -> None:
    predictions = table({"a": 5.0}, patients=3, seeds=1)
    predictions.loc[1, "predicted"] = np.nan
    predictions.loc[3, "image"] = "002"
    with pytest.raises(InputError) as refused:
        read_number_runs(predictions)
    assert "001 is not finite" in str(refused.value)
    assert "002 is listed twice" in str(refused.value)
    with pytest.raises(InputError, match="no metric 'auroc'"):
        compare_numbers(table({"a": 1.0, "b": 1.0}), reference="a", metric="auroc")


def test_limits_of_agreement_hold_what_was_planted() -> None:
    """Predictions 3 too high with a deviation of 8: differences lie within 3 and 1.96 times 8."""
    random = np.random.default_rng(2)
    truth = random.normal(50, 20, 4000)
    predictions = table({"a": 0.0}, patients=2000, seeds=1).assign(number=truth)
    predictions["predicted"] = truth + random.normal(3, 8, 4000)
    found = agreement(read_number_runs(predictions).runs).set_index("name")
    difference = predictions["predicted"] - truth
    assert found["value"]["bias"] == pytest.approx(difference.mean())
    ends = difference.mean() + np.array([-1, 1]) * 1.959964 * difference.std(ddof=1)
    assert found["value"][["lower", "upper"]].tolist() == pytest.approx(ends.tolist())
    for name, planted in (("bias", 3), ("lower", 3 - 1.96 * 8), ("upper", 3 + 1.96 * 8)):
        assert found["low"][name] - 0.5 < planted < found["high"][name] + 0.5
    slope = np.polyfit(predictions["predicted"], truth, 1)[0]
    assert found["value"]["slope"] == pytest.approx(slope)


def test_calibration_has_the_mean_truth_of_each_fifth() -> None:
    truth, predicted = drawn(n=80)
    predictions = table({"a": 0.0}, seeds=1).assign(number=truth, predicted=predicted)
    found = calibration(read_number_runs(predictions).runs)
    fifth = pd.qcut(predictions["predicted"], 5, labels=False)
    expected = predictions.groupby(fifth)[["number", "predicted"]].mean()
    np.testing.assert_allclose(found["value"], expected["number"])
    np.testing.assert_allclose(found["predicted"], expected["predicted"])
    assert (found["low"] < found["value"]).all()
