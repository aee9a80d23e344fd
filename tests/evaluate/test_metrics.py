"""Every metric against scikit-learn, against hand-computed values, and at its edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from pleura.evaluate.confusion import confusion
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.metrics import METRICS, evaluate, softmax
from pleura.evaluate.ranking import Floats, Ints
from pleura.evaluate.rates import BALANCED_ACCURACY

CLOSE = 1e-9


def random_case(seed: int, k: int, n: int = 120, ties: bool = True) -> tuple[Ints, Floats, Floats]:
    """Labels (n,) with every class, probabilities (n, k) with ties, weights (4, n)."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    logits = rng.normal(size=(n, k)) + np.eye(k)[labels]
    probabilities = softmax(np.round(logits) if ties else logits)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=2)
    weights = np.vstack([counts, rng.random((2, n))]) + (labels == np.arange(k)[:, None]).any(0)
    return labels, probabilities, weights


def reference(labels: Ints, probabilities: Floats, weights: Floats | None) -> dict[str, Floats]:
    """scikit-learn's values: (k,) for metrics by class, () for the others."""
    k = probabilities.shape[1]
    predicted, classes = probabilities.argmax(axis=1), np.arange(k)
    truth = labels[:, None] == classes
    given = {"sample_weight": weights}
    by_class = {"labels": classes, "average": None, **given}
    return {
        "auroc": np.array(
            [sk.roc_auc_score(truth[:, c], probabilities[:, c], **given) for c in classes]
        ),
        "auprc": np.array(
            [sk.average_precision_score(truth[:, c], probabilities[:, c], **given) for c in classes]
        ),
        "f1": sk.f1_score(labels, predicted, **by_class),
        "sensitivity": sk.recall_score(labels, predicted, **by_class),
        "specificity": np.array(
            [sk.recall_score(labels != c, predicted != c, **given) for c in classes]
        ),
        "accuracy": sk.accuracy_score(labels, predicted, **given),
        "balanced_accuracy": sk.balanced_accuracy_score(labels, predicted, **given),
        "log_loss": sk.log_loss(labels, probabilities, labels=classes, **given),
        "mcc": sk.matthews_corrcoef(labels, predicted, **given),
        "kappa": sk.cohen_kappa_score(labels, predicted, **given),
        "brier": np.average(((probabilities - truth) ** 2).sum(axis=1), weights=weights),
    }


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("k", [2, 3, 5])
def test_equals_scikit_learn(k: int, ties: bool) -> None:
    for seed in range(3):
        labels, probabilities, weights = random_case(seed, k, ties=ties)
        plain = evaluate(labels, probabilities)
        weighted = evaluate(labels, probabilities, weights)
        for row, of_row in [(None, plain), *enumerate(weights)]:
            given = None if row is None else weights[row]
            expected = reference(labels, probabilities, given)
            assert set(expected) == set(METRICS), (
                "reference() in tests/evaluate/test_metrics.py needs each metric's value"
            )
            for metric, value in expected.items():
                here = of_row if row is None else {key: v[row] for key, v in weighted.items()}
                if np.ndim(value):
                    found = [here[metric, str(c)] for c in range(k)]
                    np.testing.assert_allclose(found, value, rtol=0, atol=CLOSE, err_msg=metric)
                    assert here[metric, "macro"] == pytest.approx(value.mean(), abs=CLOSE)
                else:
                    assert here[metric, "all"] == pytest.approx(float(value), abs=CLOSE)


def test_brier_equals_scikit_learn() -> None:
    labels, probabilities, weights = random_case(0, 3)
    found = evaluate(labels, probabilities, weights)["brier", "all"]
    for row, value in enumerate(found):
        expected = sk.brier_score_loss(
            labels, probabilities, sample_weight=weights[row], scale_by_half=False
        )
        assert value == pytest.approx(expected, abs=CLOSE)


def test_confusion_equals_scikit_learn() -> None:
    labels, probabilities, _ = random_case(1, 4)
    predicted = probabilities.argmax(axis=1)
    np.testing.assert_array_equal(
        confusion(labels, predicted, 4), sk.confusion_matrix(labels, predicted, labels=range(4))
    )


def test_by_hand() -> None:
    """Four images, scores .9 .4 .6 .1 of class 1, of which the first two are class 1."""
    of_one = np.array([0.9, 0.4, 0.6, 0.1])
    values = evaluate([1, 1, 0, 0], np.stack([1 - of_one, of_one], axis=1))
    assert values["auroc", "1"] == 3 / 4  # of four pairs only .4 against .6 is wrong
    assert values["auprc", "1"] == pytest.approx(1 / 2 * 1 + 1 / 2 * 2 / 3)
    assert values["sensitivity", "1"] == values["specificity", "1"] == 1 / 2
    assert values["f1", "macro"] == values["accuracy", "all"] == 1 / 2
    assert values["log_loss", "all"] == pytest.approx(-np.log([0.9, 0.4, 0.4, 0.9]).mean())
    assert values["brier", "all"] == pytest.approx(2 * (0.01 + 0.36 + 0.36 + 0.01) / 4)


def test_all_scores_equal_is_chance() -> None:
    values = evaluate([0, 0, 0, 1], np.full((4, 2), 0.5))
    assert values["auroc", "1"] == 1 / 2
    assert values["auprc", "1"] == 1 / 4


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4))
def test_a_weight_of_two_is_the_image_twice(seed: int, k: int) -> None:
    labels, probabilities, weights = random_case(seed, k, n=30)
    counts = weights[0].astype(int)
    weighted = evaluate(labels, probabilities, counts)
    repeated = evaluate(np.repeat(labels, counts), np.repeat(probabilities, counts, axis=0))
    for key, value in repeated.items():
        assert weighted[key] == pytest.approx(float(value), abs=CLOSE), key


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_scaled_weights_change_nothing(seed: int, factor: float) -> None:
    labels, probabilities, weights = random_case(seed, 3, n=30)
    plain, scaled = (evaluate(labels, probabilities, w) for w in (weights, factor * weights))
    for key, value in plain.items():
        np.testing.assert_allclose(scaled[key], value, rtol=0, atol=CLOSE, err_msg=str(key))


def test_many_weights_span_several_blocks() -> None:
    labels, probabilities, weights = random_case(0, 3, n=2000)
    many = np.tile(weights, (20, 1))
    values = evaluate(labels, probabilities, many)
    for key, value in evaluate(labels, probabilities, weights).items():
        np.testing.assert_allclose(values[key], np.tile(value, 20), rtol=0, atol=CLOSE)


def test_absent_class_is_nan_and_left_out_of_the_means() -> None:
    labels, probabilities, _ = random_case(0, 3)
    here = labels != 2
    values = evaluate(labels[here], probabilities[here], classes=["a", "b", "c"])
    for metric in ("auroc", "auprc", "f1", "sensitivity", "specificity"):
        assert np.isnan(values[metric, "c"])
        pair = values[metric, "a"], values[metric, "b"]
        assert values[metric, "macro"] == pytest.approx(np.mean(pair), abs=CLOSE)
    assert np.isfinite(values["balanced_accuracy", "all"])


def test_class_without_weight_makes_its_means_nan() -> None:
    labels, probabilities, _ = random_case(0, 3)
    values = evaluate(labels, probabilities, labels != 2)
    assert np.isnan(values["auroc", "2"])
    assert np.isnan(values["auroc", "macro"])
    assert np.isnan(values["balanced_accuracy", "all"])
    assert np.isfinite(values["auroc", "0"])
    assert np.isfinite(values["accuracy", "all"])


def test_only_the_metrics_asked_for() -> None:
    labels, probabilities, _ = random_case(0, 2)
    values = evaluate(labels, probabilities, metrics=[AUROC, BALANCED_ACCURACY])
    assert {metric for metric, _ in values} == {"auroc", "balanced_accuracy"}


def test_impossible_truth_costs_as_in_scikit_learn() -> None:
    probabilities = np.array([[1.0, 0.0], [0.0, 1.0]])
    value = evaluate([1, 1], probabilities)["log_loss", "all"]
    assert value == pytest.approx(sk.log_loss([1, 1], probabilities, labels=[0, 1]), abs=CLOSE)
