"""Metrics of grades: equal to scikit-learn's, with weights, and found in summary and comparison."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score, mean_absolute_error, roc_auc_score

from pleura.evaluate.compare import compare
from pleura.evaluate.grades import METRICS, QUADRATIC_KAPPA, at_least
from pleura.evaluate.intervals import summarise
from pleura.evaluate.metrics import evaluate, softmax
from pleura.evaluate.ranking import Floats, Ints
from tests.evaluate.tables import predictions

K = 4


def drawn(seed: int = 0, n: int = 120) -> tuple[Ints, Floats]:
    """Grades (n,), and probabilities (n, 4) that are the higher the nearer a grade."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, K, n)
    apart = np.abs(labels[:, None] - np.arange(K))
    return labels, softmax(-apart + random.normal(size=(n, K)))


@pytest.mark.parametrize("weighted", [False, True])
def test_values_are_those_of_scikit_learn(weighted: bool) -> None:
    labels, probabilities = drawn()
    weights = np.random.default_rng(1).random(len(labels)) if weighted else np.ones(len(labels))
    called = probabilities.argmax(axis=1)
    found = evaluate(labels, probabilities, weights, metrics=METRICS.values())
    kappa = cohen_kappa_score(labels, called, weights="quadratic", sample_weight=weights)
    assert found["quadratic_kappa", "all"] == pytest.approx(kappa, abs=1e-9)
    error = mean_absolute_error(labels, called, sample_weight=weights)
    assert found["mean_absolute_error", "all"] == pytest.approx(error, abs=1e-9)
    areas = [
        roc_auc_score(labels >= k, probabilities[:, k:].sum(axis=1), sample_weight=weights)
        for k in range(1, K)
    ]
    ours = [float(found["auroc_at_least", str(k)]) for k in range(1, K)]
    np.testing.assert_allclose(ours, areas, atol=1e-9)
    assert found["auroc_at_least", "macro"] == pytest.approx(np.mean(areas), abs=1e-9)


def test_values_by_hand() -> None:
    labels = np.array([0, 0, 1, 2])
    probabilities = np.eye(3)[[0, 1, 1, 0]]
    found = evaluate(labels, probabilities, metrics=METRICS.values())
    # Squared distances 0, 1, 0, 4. By chance: grades 2, 1, 1 against 2, 2, 0 called, over 4 images.
    by_chance = (2 * 2 * 1 + 1 * 2 * 1 + 1 * 2 * 4 + 1 * 2 * 1) / 4
    assert found["quadratic_kappa", "all"] == pytest.approx(1 - 5 / by_chance)
    assert found["mean_absolute_error", "all"] == pytest.approx(3 / 4)


def test_many_weights_at_once_are_single_ones() -> None:
    labels, probabilities = drawn()
    weights = np.random.default_rng(2).integers(0, 3, (5, len(labels)))
    every = evaluate(labels, probabilities, weights, metrics=METRICS.values())
    for at, one in enumerate(weights):
        single = evaluate(labels, probabilities, one, metrics=METRICS.values())
        for key, value in single.items():
            np.testing.assert_allclose(every[key][at], value, atol=1e-12)


def test_a_constant_grade_agrees_as_by_chance_and_one_true_grade_has_no_kappa() -> None:
    labels = np.arange(12) % 3
    constant = np.tile(np.eye(3)[1], (12, 1))
    kappa = "quadratic_kappa", "all"
    assert evaluate(labels, constant, metrics=METRICS.values())[kappa] == 0
    assert np.isnan(
        evaluate(np.ones(12, np.int64), np.eye(3)[labels], metrics=METRICS.values())[kappa]
    )


def test_order_matters_to_grades_and_turned_grades_do_not() -> None:
    labels, probabilities = drawn()
    turned = evaluate(K - 1 - labels, probabilities[:, ::-1], metrics=METRICS.values())
    found = evaluate(labels, probabilities, metrics=METRICS.values())
    swapped = np.array([1, 0, 2, 3])
    other = evaluate(swapped[labels], probabilities[:, swapped], metrics=METRICS.values())
    for name in ("quadratic_kappa", "mean_absolute_error", "auroc_at_least"):
        key = name, "macro" if METRICS[name].macro else "all"
        assert turned[key] == pytest.approx(float(found[key]))
        assert other[key] != pytest.approx(float(found[key]))


def test_the_least_grade_and_those_above_all_images_have_no_threshold() -> None:
    positive, scores = at_least(np.array([1, 2, 1]), np.array([[0.2, 0.3, 0.5]] * 3))
    assert positive.sum(axis=0).tolist() == [0, 0, 1]
    np.testing.assert_allclose(scores[0], [1.0, 0.8, 0.5])


def test_summary_and_comparison_have_them_with_intervals() -> None:
    table = predictions({"a": 1.0, "b": 0.0}, patients=60, seeds=2)
    summary = summarise(table, metrics=list(METRICS.values()))
    assert list(dict.fromkeys(summary["metric"])) == list(METRICS)
    whole = summary[summary["class"].isin(["macro", "all"])].set_index(["recipe", "metric"])
    of_grades = whole.query("metric in ['quadratic_kappa', 'auroc_at_least']")
    assert len(of_grades) == 4
    assert (of_grades["low"] < of_grades["value"]).all()
    assert (of_grades["value"] < of_grades["high"]).all()
    found = compare(table, reference="b", metric=QUADRATIC_KAPPA).iloc[0]
    assert found["low"] < found["difference"] < found["high"]
    values = whole["value"].astype(float)
    ours, theirs = (values[recipe, "quadratic_kappa"] for recipe in "ab")
    assert found["difference"] == pytest.approx(ours - theirs)


def test_no_limit_is_farther_off_than_grades_lie_apart() -> None:
    """Of three patients, one a grade, two are told two grades off, of three grades."""
    grades, rows = ("0", "1", "2"), []
    for recipe, told in (("poor", (2, 1, 0)), ("good", (0, 1, 2))):
        for patient, called in enumerate(told):
            logits = {f"logit_{name}": 5.0 * (at == called) for at, name in enumerate(grades)}
            given = {"recipe": recipe, "fold": 0, "seed": 0, "fraction": 1.0, "part": "test"}
            names = {"image": f"{patient}.png", "patient": f"p{patient}", "video": "", "source": ""}
            rows.append({**given, **names, "label": grades[patient], **logits})
    error = METRICS["mean_absolute_error"]
    of_poor = summarise(pd.DataFrame(rows), metrics=[error]).iloc[0]
    assert of_poor["value"] == pytest.approx(4 / 3)
    assert 0 < of_poor["low"] < 1
    assert of_poor["high"] == 2
    found = compare(pd.DataFrame(rows), reference="good", metric=error).iloc[0]
    assert found["difference"] == pytest.approx(4 / 3)
    assert found["high"] == 2
    assert found["low"] >= -2
