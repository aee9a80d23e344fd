"""What every listed metric keeps to, of classifications and of segmentations."""

from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.case_metrics import CASE_METRICS
from pleura.evaluate.case_metrics import LISTED as OF_CASES
from pleura.evaluate.cases import compare_cases, summarise_cases
from pleura.evaluate.compare import compare
from pleura.evaluate.grades import METRICS as OF_GRADES
from pleura.evaluate.intervals import summarise
from pleura.evaluate.metric import ClassificationMetric, MeanOfImages, Metric
from pleura.evaluate.metrics import LISTED, METRICS, evaluate, softmax
from pleura.evaluate.number_metrics import METRICS as OF_NUMBERS
from pleura.evaluate.ranking import Floats, Ints
from pleura.evaluate.segmentation import measure_cases
from pleura.study.schema import StudyFile
from pleura.study.segmentation_schema import SegmentationStudy
from pleura.tasks.listed import TASKS
from tests.evaluate.tables import predictions

CLOSE = 1e-9
every = pytest.mark.parametrize("metric", LISTED, ids=lambda metric: metric.name)
every_case = pytest.mark.parametrize("metric", OF_CASES, ids=lambda metric: metric.name)


def drawn(strength: float, k: int = 3, n: int = 90, seed: int = 0) -> tuple[Ints, Floats]:
    """Labels (n,) and probabilities (n, k) that tell them the better the greater `strength`."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % k
    return labels, softmax(strength * np.eye(k)[labels] + rng.normal(size=(n, k)))


@pytest.mark.parametrize("task", TASKS)
def test_a_metric_without_an_upper_limit_has_no_margin_unless_a_study_names_one(task: str) -> None:
    """A loss of .01 says something of an AUROC, and nothing of years or millimetres."""
    file = TASKS[task].study_file
    choices = get_args(file.model_fields["metric"].annotation)
    known = {**METRICS, **OF_GRADES, **OF_NUMBERS, **CASE_METRICS}
    endless = {name for name in choices if np.isinf(known[name].transformation.high)}
    assert choices
    assert endless == set(file.in_a_unit)


def values(metric: ClassificationMetric, labels: Ints, probabilities: Floats) -> list[float]:
    """Those of all classes and of all images, by name."""
    found = evaluate(labels, probabilities, metrics=[metric])
    return [float(value) for value in found.values()]


def test_names_are_unique_and_tables_hold_them_in_the_order_of_the_list() -> None:
    assert list(METRICS) == [metric.name for metric in LISTED]
    assert list(CASE_METRICS) == [metric.name for metric in OF_CASES]
    summary = summarise(predictions({"a": 1.0}, patients=12, seeds=1))
    assert list(dict.fromkeys(summary["metric"])) == list(METRICS)


@every
def test_values_lie_in_the_range(metric: ClassificationMetric) -> None:
    axis = metric.transformation
    for strength in (-50, -3, -1, 0, 1, 3, 50):
        for k in (2, 3, 5):
            found = values(metric, *drawn(strength, k))
            assert len(found) == (k + 1 if metric.macro else 1)
            assert axis.low - CLOSE <= min(found) <= max(found) <= axis.high + CLOSE


@every
def test_better_predictions_have_better_values(metric: ClassificationMetric) -> None:
    means = [metric.sign * values(metric, *drawn(s, n=600))[-1] for s in (-2, -0.5, 0.5, 2, 100)]
    assert means == sorted(means)
    assert np.diff(means).min() > 0.01
    best = metric.transformation.high if metric.higher_is_better else metric.transformation.low
    assert means[-1] == pytest.approx(metric.sign * best, abs=CLOSE)


@every
def test_the_order_of_images_and_of_classes_does_not_matter(metric: ClassificationMetric) -> None:
    labels, probabilities = drawn(1.0)
    order, classes = np.random.default_rng(1).permutation(len(labels)), np.array([2, 0, 1])
    found = values(metric, labels, probabilities)
    np.testing.assert_allclose(values(metric, labels[order], probabilities[order]), found)
    swapped = values(metric, np.argsort(classes)[labels], probabilities[:, classes])
    assert swapped[-1] == pytest.approx(found[-1])
    if metric.macro:
        np.testing.assert_allclose(swapped[:-1], np.array(found[:-1])[classes])


@every
def test_where_one_class_alone_has_weight_only_what_all_images_bear_is_known(
    metric: ClassificationMetric,
) -> None:
    labels, probabilities = drawn(1.0, k=2)
    found = evaluate(labels, probabilities, labels == 0, metrics=[metric])
    assert np.isfinite(found[metric.name, "macro" if metric.macro else "all"]) == (
        metric.borne_by == "all"
    )
    nothing = evaluate(labels, probabilities, 0 * labels, metrics=[metric])
    assert np.isnan(list(nothing.values())).all()


@every
def test_one_class_called_for_all_is_no_better_than_chance(metric: ClassificationMetric) -> None:
    labels, probabilities = drawn(0.0, n=900)
    chance = values(metric, labels, probabilities)[-1]
    same = values(metric, labels, np.tile([0.6, 0.2, 0.2], (900, 1)))[-1]
    assert np.isfinite(same)
    if not isinstance(metric.needs, MeanOfImages):  # they reward knowing how little is known
        assert metric.sign * same <= metric.sign * chance + 0.05


@every
@pytest.mark.parametrize("strength", [-500.0, -1.0, 0.0, 1.0, 500.0])
def test_limits_hold_the_value_within_the_range(
    metric: ClassificationMetric, strength: float
) -> None:
    axis = metric.transformation
    for patients in (12, 90):
        table = predictions({"a": strength}, patients=patients, seeds=1)
        rows = summarise(table).query(f"metric == {metric.name!r}")
        assert (rows["class"] == ("macro" if metric.macro else "all")).sum() == 1
        low, value, high = (rows[name].to_numpy() for name in ("low", "value", "high"))
        if np.isnan(low).any():  # of an unbounded metric that does not vary at all
            assert np.isinf(axis.width)
            assert abs(strength) == 500
            continue
        assert (low >= axis.low - CLOSE).all()
        assert (low <= value).all()
        assert (value <= high).all()
        assert (high <= min(axis.high, metric.greatest) + CLOSE).all()
        assert (low < high).all()
        if np.isfinite(axis.width) and patients == 90:
            assert ((high - low) < 0.4 * axis.width).all()


def test_no_limit_of_the_log_loss_is_above_that_of_an_impossible_truth() -> None:
    """One of three patients is told the wrong class as if for certain."""
    table = predictions({"a": 1000.0}, patients=3, seeds=1)
    logits = [name for name in map(str, table) if name.startswith("logit_")]
    wrong = (table["patient"] == "p0").to_numpy()
    table.loc[wrong, logits] = np.roll(table.loc[wrong, logits].to_numpy(), 1, axis=1)
    row = summarise(table).query("metric == 'log_loss'").iloc[0]
    assert 3 < row["value"] < row["high"] == pytest.approx(-np.log(2.0**-52))


@every
def test_differences_have_limits_that_hold_them_and_turn_with_the_reference(
    metric: ClassificationMetric,
) -> None:
    table = predictions({"a": 0.2, "b": 2.5}, patients=90)
    there, back = (
        compare(table, reference=name, metric=metric.name, margin=0.05).iloc[0] for name in "ab"
    )
    assert there["low"] <= there["difference"] <= there["high"]
    assert np.sign(there["difference"]) == metric.sign
    assert (there["verdict"], back["verdict"]) == ("better", "worse")
    assert there["low"] == pytest.approx(-back["high"])
    assert there["p"] == pytest.approx(back["p"])
    if np.isfinite(metric.transformation.width):
        assert abs(there["high"]) <= metric.transformation.width
    same = compare(predictions({"a": 9.0, "b": 9.0}, seeds=1), reference="a", metric=metric.name)
    assert same["low"].item() < 0 < same["high"].item()


@every
def test_limits_of_a_difference_from_few_patients_reach_no_farther_than_the_range(
    metric: ClassificationMetric,
) -> None:
    width = metric.width
    for seed in range(6):
        table = predictions({"a": 0.0, "b": 3.0, "c": 9.0}, patients=6, seeds=1, seed=seed)
        for row in compare(table, reference="a", metric=metric.name).to_dict("records"):
            assert -width <= row["low"] <= row["difference"] <= row["high"] <= width


def test_a_study_file_may_choose_every_primary_metric() -> None:
    for schema, listed in ((StudyFile, LISTED), (SegmentationStudy, OF_CASES)):
        choices = get_args(schema.model_fields["metric"].annotation)
        assert choices == tuple(metric.name for metric in listed if metric.primary)


@every
def test_the_documentation_names_the_metric(metric: ClassificationMetric) -> None:
    docs = Path(__file__).parents[2] / "docs"
    intervals = (docs / "concepts" / "intervals.md").read_text(encoding="utf-8")
    assert f"`{metric.name}`" in intervals, "docs/concepts/intervals.md needs a row of it"
    study_file = (docs / "reference" / "study-file.md").read_text(encoding="utf-8")
    assert (f"`{metric.name}`" in study_file) == metric.primary, (
        "docs/reference/study-file.md names under `metric` those that are primary, no others"
    )


def segmented(flaw: int, n: int = 24) -> pd.DataFrame:
    """Cases of two recipes: squares found again after moving them and adding specks to each, of
    which the second recipe has more; every third image has no structure."""
    tables = []
    for recipe, amount in (("a", flaw), ("b", flaw + 4)):
        truth, predicted = (np.zeros((n, 48, 48), np.uint8) for _ in range(2))
        for case in range(n):
            if case % 3:
                truth[case, 10:26, 10 : 20 + case % 7] = 1
                predicted[case] = np.roll(truth[case], amount // 2, axis=0)
            for speck in range(amount // 2 + case % 2 * (amount > 0)):
                predicted[case, 40, 4 * speck + 1] = 1
        found = measure_cases(predicted, truth, ["square"], np.full(n, np.nan))
        names = [f"{case}" for case in range(n)]
        found = found.assign(recipe=recipe, fold=0, seed=0, fraction=1.0, part="test")
        tables.append(found.assign(image=names, patient=names))
    return pd.concat(tables, ignore_index=True)


@every_case
def test_values_and_limits_of_cases_lie_in_the_range(metric: Metric) -> None:
    axis = metric.transformation
    for flaw in (0, 2, 8):
        table = segmented(flaw)
        found = table[metric.name].dropna()
        assert axis.low <= found.min() <= found.max() <= axis.high
        rows = summarise_cases(table).query(f"metric == {metric.name!r}")
        assert set(rows["structure"]) == {"all", "square"}
        known = rows.dropna()
        assert (known["low"] >= axis.low).all()
        assert (known["low"] <= known["value"]).all()
        assert (known["value"] <= known["high"]).all()
        assert (known["high"] <= axis.high).all()
        # Distances and numbers that are all the same have no limits.
        assert len(known) == len(rows) or np.isinf(axis.width)


@every_case
def test_better_masks_have_better_values(metric: Metric) -> None:
    rows = summarise_cases(segmented(2)).query(
        f"metric == {metric.name!r} and structure == 'square'"
    )
    better, worse = rows["value"]
    assert metric.sign * (better - worse) > 0
    perfect = summarise_cases(segmented(0)).query(
        f"metric == {metric.name!r} and structure == 'square' and recipe == 'a'"
    )
    best = metric.transformation.high if metric.higher_is_better else metric.transformation.low
    assert perfect["value"].item() == best


@every_case
def test_limits_of_a_difference_from_few_cases_reach_no_farther_than_the_range(
    metric: Metric,
) -> None:
    width, table = metric.transformation.width, segmented(2, n=6)
    for seed in range(6):
        drawn = np.random.default_rng(seed).integers(0, 2, len(table)).astype(float)
        found = compare_cases(
            table.assign(**{metric.name: drawn}), reference="a", metric=metric.name
        ).dropna(subset=["low", "high"])
        assert len(found) > 0
        assert (found["low"] >= -width).all()
        assert (found["low"] <= found["difference"]).all()
        assert (found["difference"] <= found["high"]).all()
        assert (found["high"] <= width).all()


@every_case
def test_a_structure_that_is_absent_is_known_only_by_what_was_called_there(metric: Metric) -> None:
    absent = segmented(2).query("reference_area == 0")
    assert len(absent) == 16
    assert absent[metric.name].notna().all() == (
        metric.name in ("false_positive_area", "components")
    )


@every_case
def test_the_order_of_cases_does_not_matter(metric: Metric) -> None:
    table = segmented(2)
    there, again = (
        summarise_cases(rows).query(f"metric == {metric.name!r}")
        for rows in (table, table.sample(frac=1, random_state=0).sort_values("recipe"))
    )
    pd.testing.assert_frame_equal(there, again)
