"""Paired comparisons: pairing, p values, verdicts and refusals."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import softmax
from sklearn.metrics import roc_auc_score

from pleura.errors import InputError
from pleura.evaluate.compare import (
    PairedTest,
    compare,
    holm,
    limits,
    smallest_shown,
    verdict,
)
from pleura.evaluate.compare import tested as paired_test
from pleura.evaluate.intervals import summarise
from pleura.evaluate.metrics import METRICS
from pleura.evaluate.power import Question
from tests.evaluate.tables import means, predictions


def test_every_recipe_against_the_reference_at_its_own_fraction() -> None:
    table = predictions({"a": 1.0, "b": 2.0, "c": 1.0}, fractions=(0.1, 1.0))
    result = compare(table, reference="a")
    assert list(result.columns) == [
        *("recipe", "reference", "fraction", "metric", "difference", "low", "high"),
        *("p", "p_holm", "verdict", "detectable", "patients", "images", "seeds"),
    ]
    assert list(zip(result["recipe"], result["fraction"], strict=True)) == [
        ("b", 0.1),
        ("b", 1.0),
        ("c", 0.1),
        ("c", 1.0),
    ]
    values = summarise(table).query("metric == 'auroc' and `class` == 'macro'")
    value = {(row["recipe"], row["fraction"]): row["value"] for row in values.to_dict("records")}
    for row in result.to_dict("records"):
        difference = value[row["recipe"], row["fraction"]] - value["a", row["fraction"]]
        assert row["difference"] == pytest.approx(difference)
        assert (row["verdict"] == "better") == (row["recipe"] == "b")


def test_pairing_narrows_the_interval() -> None:
    """The recipes share most of their noise; intervals of each alone are wider."""
    table = predictions({"a": 1.5, "b": 1.5}, patients=150, seeds=8)
    row = compare(table, reference="a").iloc[0]
    alone = summarise(table).query("metric == 'auroc' and `class` == 'macro'")
    apart = np.sqrt(((alone["high"] - alone["low"]) ** 2).sum())
    assert row["high"] - row["low"] < 0.8 * apart


def test_swapping_the_reference_turns_the_sign() -> None:
    table = predictions({"a": 1.0, "b": 1.3})
    there, back = (compare(table, reference=name).iloc[0] for name in "ab")
    assert there["difference"] == pytest.approx(-back["difference"])
    assert there["low"] == pytest.approx(-back["high"])
    assert there["p"] == pytest.approx(back["p"])


def test_less_is_better_for_log_loss_and_brier() -> None:
    table = predictions({"a": 1.0, "b": 2.5})
    for metric in ("log_loss", "brier"):
        row = compare(table, reference="a", metric=metric).iloc[0]
        assert row["difference"] < 0
        assert row["verdict"] == "better"


def test_identical_predictions_claim_nothing_from_few_patients() -> None:
    row = compare(predictions({"a": 500.0, "b": 500.0}, patients=30), reference="a").iloc[0]
    assert row["difference"] == 0
    assert row["p"] == 1
    assert row["low"] < -0.1 < 0.1 < row["high"]
    assert row["verdict"] == "no difference shown"


def test_p_is_near_that_of_the_paired_t_test_and_fits_the_limits() -> None:
    """In the middle of the range the scale is all but straight."""
    x, y = np.random.default_rng(0).normal([[0.52], [0.5]], 0.05, size=(2, 400))
    ours, theirs = means(x[None]), means(y[None])
    expected = stats.ttest_rel(x, y)
    low, high, p = limits(METRICS["accuracy"], ours, theirs, 0.9, 400)
    assert p == pytest.approx(expected.pvalue, rel=0.05)
    assert (low, high) == pytest.approx(expected.confidence_interval(0.9), rel=0.02)
    for level in np.linspace(0.5, 0.999, 40):
        low, high, p = limits(METRICS["accuracy"], ours, theirs, level, 400)
        assert (low > 0 or high < 0) == (p < 1 - level)


@pytest.mark.parametrize(("name", "most"), [("accuracy", 1.0), ("mcc", 2.0)])
def test_limits_end_where_the_range_of_the_metric_does(name: str, most: float) -> None:
    ours, theirs = [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]
    t_test = stats.ttest_rel(ours, theirs).confidence_interval(0.95)
    assert t_test.low < -2 < 2 < t_test.high  # what three patients would say of any number
    metric = METRICS[name]
    one, two = means(np.array([ours])), means(np.array([theirs]))
    assert limits(metric, one, two, 0.95, 3)[:2] == (-most, most)
    # Nor where no patient changes the difference: 1 - 0, from one patient more each way.
    low, high, _ = limits(metric, means(np.ones((1, 3))), means(np.zeros((1, 3))), 0.95, 3)
    assert high == most
    half = stats.t.ppf(0.975, 2) * most * np.sqrt(2) / 5
    assert low == pytest.approx(max(1 - half, -most))


def test_holm_by_hand() -> None:
    found = holm(np.array([0.01, 0.04, np.nan, 0.03, 0.005]))
    np.testing.assert_allclose(found, [0.03, 0.06, np.nan, 0.06, 0.02])
    np.testing.assert_allclose(holm(np.array([0.6, 0.9])), [1, 1])


@pytest.mark.parametrize(
    ("difference", "low", "high", "p", "sign", "expected"),
    [
        (0.05, 0.02, 0.08, 0.001, 1, "better"),
        (-0.05, -0.08, -0.02, 0.001, 1, "worse"),
        (0.05, 0.02, 0.08, 0.06, 1, "as good"),
        (-0.003, -0.008, 0.002, 0.3, 1, "as good"),
        (0.0, -0.02, 0.02, 1.0, 1, "no difference shown"),
        (-0.005, -0.01, 0.0, 0.07, 1, "no difference shown"),
        (-0.05, -0.08, -0.02, 0.001, -1, "better"),
        (0.05, 0.02, 0.08, 0.001, -1, "worse"),
        (0.003, -0.002, 0.008, 0.3, -1, "as good"),
        (0.0, -0.02, 0.02, 1.0, -1, "no difference shown"),
        (0.0, np.nan, np.nan, np.nan, 1, "no difference shown"),
    ],
)
def test_verdicts(
    difference: float, low: float, high: float, p: float, sign: int, expected: str
) -> None:
    found = verdict(difference, low, high, p, margin=0.01, level=0.95, sign=sign)
    assert found == expected


def test_seeds_in_common_are_used() -> None:
    table = predictions({"a": 1.0, "b": 1.2}, seeds=4)
    part = table[(table["recipe"] != "b") | table["seed"].isin([1, 2])]
    part = part[(part["recipe"] != "a") | (part["seed"] != 0)]
    row = compare(part, reference="a").iloc[0]
    both = table[table["seed"].isin([1, 2])]
    assert row["seeds"] == 2
    assert row["difference"] == pytest.approx(compare(both, reference="a")["difference"].iloc[0])


def test_a_fraction_without_the_reference_is_left_out() -> None:
    table = predictions({"a": 1.0, "b": 1.2}, fractions=(0.1, 1.0))
    part = table[(table["recipe"] != "a") | (table["fraction"] == 1)]
    assert list(compare(part, reference="a")["fraction"]) == [1.0]


def test_the_reference_alone_gives_an_empty_table() -> None:
    assert compare(predictions({"a": 1.0}), reference="a").empty


def test_refusals() -> None:
    table = predictions({"a": 1.0, "b": 1.2}, folds=2)
    is_b = table["recipe"] == "b"
    refused: dict[str, pd.DataFrame] = {
        "no seed in common": table.assign(seed=table["seed"] + 10 * is_b),
        "two labels": table.assign(
            label=table["label"].where(
                ~is_b, table["label"].replace({"covid": "other", "other": "covid"})
            )
        ),
        "1 image is in one of them only": table.drop(
            index=table.index[is_b & (table["image"] == "0.png")][:1]
        ),
        "different folds": table[~is_b | (table["fold"] == 0)],
    }
    for message, broken in refused.items():
        with pytest.raises(InputError, match=message):
            compare(broken, reference="a")
    with pytest.raises(InputError, match=r"no recipe 'x'; choose the reference among a, b"):
        compare(table, reference="x")
    with pytest.raises(InputError, match="no metric 'auc'"):
        compare(table, reference="a", metric="auc")


@pytest.mark.parametrize(("seeds", "shift"), [(1, 0.0), (3, 0.0), (5, 0.3)])
def test_type_one_error_is_near_nominal(seeds: int, shift: float) -> None:
    """No difference but by patients, noise of training and shifts between seeds."""
    rng = np.random.default_rng([seeds, int(10 * shift)])
    rejected = []
    for _ in range(1500):
        tables = rng.normal(size=(2, 1, 40)) + rng.normal(size=(2, seeds, 40))
        tables += shift * rng.normal(size=(2, seeds, 1))
        ours, theirs = (means(0.7 + 0.02 * table) for table in tables)
        rejected.append(limits(METRICS["accuracy"], ours, theirs, 0.95, 40)[2] < 0.05)
    assert 0.035 <= np.mean(rejected) <= 0.065


def macro_auroc(table: pd.DataFrame) -> float:
    """By scikit-learn, of the probabilities of each class against all others."""
    logits = table.filter(like="logit_")
    labels = [str(name).removeprefix("logit_") for name in logits]
    probabilities = softmax(logits.to_numpy(float), axis=1)
    return float(roc_auc_score(table["label"], probabilities, multi_class="ovr", labels=labels))


def test_a_planted_difference_is_found_with_its_size() -> None:
    """Two AUROC apart by a known amount, on the same patients: called better, and held."""
    strengths = {"a": 1.0, "b": 1.6}
    endless = predictions(strengths, patients=20_000, seeds=1)
    value = {name: macro_auroc(table) for name, table in endless.groupby("recipe")}
    planted = value["b"] - value["a"]
    assert planted > 0.05
    held, found = [], []
    for seed in range(60):
        row = compare(predictions(strengths, patients=150, seed=seed + 1), reference="a").iloc[0]
        held.append(row["low"] <= planted <= row["high"])
        found.append(row["verdict"] == "better")
    assert np.mean(held) >= 0.89
    assert np.mean(found) >= 0.95


def test_the_detectable_difference_follows_from_the_error_alone() -> None:
    """In the middle of the range, where a difference on the arcsine axis is as large as itself."""
    far, none = (PairedTest(value, 0.02, 300.0, 0.5, (0.02, 300.0)) for value in (0.3, 0.0))
    found = smallest_shown(METRICS["accuracy"], far, Question(0.95, 1))
    assert found == smallest_shown(METRICS["accuracy"], none, Question(0.95, 1))
    errors = stats.t.ppf(0.975, 300) + stats.t.ppf(0.8, 300)
    assert found == pytest.approx(0.02 * errors, rel=0.01)


def test_seeds_that_happen_to_agree_do_not_make_smaller_differences_detectable() -> None:
    """The seeds' own noise by patients, which the jackknife knows, stays in what is expected."""
    rng = np.random.default_rng(0)
    noise = 0.1 * rng.normal(size=(3, 100))
    agree = noise - noise.mean(axis=1, keepdims=True)
    apart = agree + np.array([[0.01], [0.0], [-0.01]])  # as far as such patients let them
    reference = means(0.5 + np.zeros((3, 100)))
    tests = [
        paired_test(METRICS["accuracy"], means(0.5 + each), reference, 100)
        for each in (apart, agree)
    ]
    assert tests[1].error < 0.5 * tests[0].error
    shown = [smallest_shown(METRICS["accuracy"], each, Question()) for each in tests]
    assert shown[1] == pytest.approx(shown[0], rel=0.5)


def test_more_comparisons_leave_larger_differences_detectable() -> None:
    table = predictions({"a": 1.0, "b": 1.1, "c": 1.2, "d": 1.3})
    few = compare(table[table["recipe"].isin(["a", "b"])], reference="a")
    several = compare(table, reference="a")
    alone, among = few["detectable"].iloc[0], several["detectable"].iloc[0]
    assert 1.1 * alone < among < 3 * alone


def test_recipes_that_are_the_same_in_every_patient_could_show_one_of_a_few() -> None:
    row = compare(predictions({"a": 500.0, "b": 500.0}, patients=30), reference="a").iloc[0]
    assert 0.1 < row["detectable"] < 0.5
