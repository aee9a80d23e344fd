"""Metrics of findings against scikit-learn on the images of which each finding is known."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference

from pleura.errors import InputError
from pleura.evaluate.compare import compare
from pleura.evaluate.findings import METRICS
from pleura.evaluate.intervals import bearing, patients_by_class, summarise
from pleura.evaluate.metrics import evaluate
from pleura.evaluate.predicted_runs import read_runs

NAMES = ("Edema", "Effusion", "Nodule")


def drawn(n: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels 1, 0 or -1 and probabilities that tell something of them, and what is called."""
    rng = np.random.default_rng(seed)
    truth = (rng.random((n, 3)) < (0.1, 0.3, 0.6)).astype(np.int64)
    probabilities = np.round(1 / (1 + np.exp(-(1.5 * truth - 1 + rng.normal(size=(n, 3))))), 2)
    labels = np.where(rng.random((n, 3)) < (0.3, 0.1, 0.0), -1, truth)
    return labels, probabilities, probabilities >= (0.3, 0.5, 0.6)


@pytest.mark.parametrize("weighted", [False, True])
def test_equal_to_scikit_learn(weighted: bool) -> None:
    labels, probabilities, called = drawn()
    weights = np.random.default_rng(1).integers(0, 3, 200).astype(float) if weighted else None
    found = evaluate(labels, probabilities, weights, classes=NAMES, called=called)
    assert {name for name, _ in found} == set(METRICS)
    for at, name in enumerate(NAMES):
        known = labels[:, at] >= 0
        y, p, c = labels[known, at], probabilities[known, at], called[known, at]
        w = None if weights is None else weights[known]
        expected = {
            "auroc": reference.roc_auc_score(y, p, sample_weight=w),
            "auprc": reference.average_precision_score(y, p, sample_weight=w),
            "f1": reference.f1_score(y, c, sample_weight=w),
            "sensitivity": reference.recall_score(y, c, sample_weight=w),
            "specificity": reference.recall_score(1 - y, ~c, sample_weight=w),
            "log_loss": reference.log_loss(y, p, sample_weight=w),
            "brier": reference.brier_score_loss(y, p, sample_weight=w),
        }
        for metric, value in expected.items():
            assert found[metric, name] == pytest.approx(value, abs=1e-9), (metric, name)
    for metric in METRICS:
        mean = np.mean([found[metric, name] for name in NAMES])
        assert found[metric, "macro"] == pytest.approx(mean, abs=1e-12)


def test_many_weights_are_one_after_another() -> None:
    labels, probabilities, called = drawn()
    weights = np.random.default_rng(2).integers(0, 2, (5, 200))
    together = evaluate(labels, probabilities, weights, classes=NAMES, called=called)
    for row, one in enumerate(weights):
        alone = evaluate(labels, probabilities, one, classes=NAMES, called=called)
        for key, value in alone.items():
            assert together[key][row] == pytest.approx(value, abs=1e-12)


def test_what_is_not_known_changes_nothing() -> None:
    """Probabilities and calls of unknown findings are never looked at."""
    labels, probabilities, called = drawn()
    unknown = labels < 0
    other = evaluate(labels, np.where(unknown, 0.99, probabilities), called=called | unknown)
    for key, value in evaluate(labels, probabilities, called=called).items():
        assert other[key] == pytest.approx(value, abs=1e-12)


def test_a_finding_that_no_image_has_is_left_out_of_the_mean() -> None:
    labels, probabilities, called = drawn()
    labels[:, 0] = np.minimum(labels[:, 0], 0)
    found = evaluate(labels, probabilities, classes=NAMES, called=called)
    assert np.isnan(found["auroc", "Edema"])
    both = found["auroc", "Effusion"], found["auroc", "Nodule"]
    assert found["auroc", "macro"] == pytest.approx(np.mean(both))


def predictions(seed: int = 0, recipes: tuple[str, ...] = ("a", "b")) -> pd.DataFrame:
    """A table of two recipes on the same images; each patient has two images."""
    tables = []
    for number, recipe in enumerate(recipes):
        labels, probabilities, called = drawn(seed=seed)
        noise = np.random.default_rng(number).normal(size=probabilities.shape) * number
        logits = np.log(
            np.clip(probabilities, 0.01, 0.99) / (1 - np.clip(probabilities, 0.01, 0.99))
        )
        table = pd.DataFrame(
            {
                "recipe": recipe,
                "fold": 0,
                "seed": 0,
                "fraction": 1.0,
                "part": "test",
                "image": [f"i{i:03d}" for i in range(200)],
                "patient": [f"p{i // 2:03d}" for i in range(200)],
                "label": "",
            }
        )
        for at, name in enumerate(NAMES):
            known = labels[:, at] >= 0
            table[f"label_{name}"] = np.where(known, labels[:, at].astype(str), "")
            table[f"logit_{name}"] = logits[:, at] + noise[:, at]
            table[f"called_{name}"] = called[:, at].astype(int)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def test_a_table_gives_labels_probabilities_and_calls() -> None:
    labels, probabilities, called = drawn()
    run = read_runs(predictions()).of("a", 1.0)[0]
    assert (run.labels == labels).all()
    assert run.probabilities == pytest.approx(np.clip(probabilities, 0.01, 0.99))
    assert run.called is not None
    assert (run.called == called).all()
    assert (run.is_known == (labels >= 0)).all()


def test_intervals_and_comparisons_of_findings() -> None:
    table = predictions()
    summary = summarise(table).set_index(["recipe", "metric", "class"])
    assert set(summary.index.get_level_values("class")) == {*NAMES, "macro"}
    assert (summary["low"] < summary["value"]).all()
    assert (summary["value"] <= summary["high"]).all()  # equal where a sensitivity is 1
    compared = compare(table, reference="a").iloc[0]
    one, other = (float(summary["value"].loc[[(name, "auroc", "macro")]].iloc[0]) for name in "ab")
    assert compared["difference"] == pytest.approx(other - one)
    assert compared["verdict"] == "worse"  # b is a with noise


def test_who_bears_a_metric() -> None:
    shown = patients_by_class(read_runs(predictions()).of("a", 1.0), 3)
    labels = drawn()[0].reshape(100, 2, 3)
    for at in range(3):
        with_it, without = ((labels[:, :, at] == value).any(axis=1).sum() for value in (1, 0))
        assert bearing(shown, METRICS["sensitivity"], at) == with_it
        assert bearing(shown, METRICS["specificity"], at) == without
        assert bearing(shown, METRICS["auroc"], at) == min(with_it, without)


@pytest.mark.parametrize(("value", "word"), [("0", "of"), ("1", "without")])
def test_a_finding_that_cannot_be_measured_is_named(value: str, word: str) -> None:
    table = predictions().assign(label_Edema=value)
    with pytest.raises(InputError, match=f"no test image {word} Edema"):
        read_runs(table)
