"""The variance over patients and seeds, against closed forms."""

from dataclasses import replace

import numpy as np
import pytest

from pleura.errors import InputError
from pleura.evaluate.jackknife import (
    LeaveOneOut,
    effective_freedom,
    leave_one_out,
    patient_groups,
    t_limits,
    variance,
)
from pleura.evaluate.metrics import evaluate
from pleura.evaluate.predicted_runs import PredictedRun, read_runs
from tests.evaluate.tables import CLASSES, means, predictions


def sample_of(runs: list[PredictedRun]) -> LeaveOneOut:
    return leave_one_out(runs, patient_groups(runs, 2000, 0), CLASSES)["auroc", "macro"]


def test_variance_of_a_mean_is_the_textbook_one() -> None:
    table = np.random.default_rng(0).normal(size=(1, 40))
    spread, freedom = variance(means(table), 39)
    assert spread == pytest.approx(table.var(ddof=1) / 40)
    assert freedom == pytest.approx(39)


def test_leave_one_out_is_the_metric_without_that_patient() -> None:
    runs = list(read_runs(predictions({"a": 1.0}, patients=12, seeds=2)).runs)
    sample = sample_of(runs)
    names = sorted(set(runs[0].patients))
    for row, run in enumerate(runs):
        whole = evaluate(run.labels, run.probabilities)["auroc", "macro"]
        assert sample.seeds[row] == pytest.approx(float(whole))
        for column, name in enumerate(names):
            kept = run.patients != name
            alone = evaluate(run.labels[kept], run.probabilities[kept])["auroc", "macro"]
            assert sample.without[row, column] == pytest.approx(float(alone))


def test_folds_are_averaged_and_patients_left_out_where_they_are_tested() -> None:
    runs = list(read_runs(predictions({"a": 1.0}, seeds=1, folds=2)).runs)
    sample = sample_of(runs)
    parts = [sample_of([run]) for run in runs]
    assert sample.value == pytest.approx(np.mean([part.value for part in parts]))
    spread, _ = variance(sample, 1)
    by_fold = [variance(part, 1)[0] for part in parts]
    assert spread == pytest.approx(sum(by_fold) / 4, rel=0.05)


def test_variance_of_auroc_is_near_delong() -> None:
    """DeLong, DeLong and Clarke-Pearson 1988, with one image a patient."""
    rng = np.random.default_rng(1)
    labels = np.repeat([1, 0], [60, 140])
    logit = rng.normal(size=200) + 1.5 * labels
    names = np.arange(200).astype(str).astype(object)
    p = 1 / (1 + np.exp(-logit))
    run = PredictedRun("a", 1.0, 0, 0, names, names, labels, np.stack([1 - p, p], axis=1))
    sample = leave_one_out([run], patient_groups([run], 2000, 0), ["0", "1"])["auroc", "1"]
    wins = logit[labels == 1][:, None] > logit[labels == 0]
    delong = wins.mean(axis=1).var(ddof=1) / 60 + wins.mean(axis=0).var(ddof=1) / 140
    assert variance(sample, 199)[0] == pytest.approx(delong, rel=0.03)


def test_several_images_a_patient_widen_the_variance() -> None:
    """Every image three times under its patient holds no more than once."""
    run = read_runs(predictions({"a": 1.0}, seeds=1)).runs[0]
    each = np.repeat(np.arange(len(run.images)), 3)
    thrice = replace(
        run,
        images=run.images[each],
        patients=run.patients[each],
        labels=run.labels[each],
        probabilities=run.probabilities[each],
    )
    assert variance(sample_of([thrice]), 1)[0] == pytest.approx(variance(sample_of([run]), 1)[0])


def test_equal_seeds_count_once_and_noise_alone_shrinks_with_seeds() -> None:
    rng = np.random.default_rng(2)
    table = rng.normal(size=(1, 50))
    once, again = means(table), means(np.repeat(table, 4, axis=0))
    assert variance(again, 49)[0] == pytest.approx(variance(once, 49)[0])

    noise = [variance(means(rng.normal(size=(5, 50))), 49)[0] for _ in range(400)]
    assert np.mean(noise) == pytest.approx(1 / 50 / 5, rel=0.25)


def test_variance_holds_patients_and_seeds() -> None:
    """Planted: patients with variance 1, seeds with 0.04, noise with 0.5."""
    rng = np.random.default_rng(3)
    found, values = [], []
    for _ in range(2000):
        table = rng.normal(size=(1, 40)) + 0.2 * rng.normal(size=(3, 1))
        sample = means(table + np.sqrt(0.5) * rng.normal(size=(3, 40)))
        found.append(variance(sample, 39)[0])
        values.append(sample.value)
    planted = 1 / 40 + 0.04 / 3 + 0.5 / 40 / 3
    assert np.mean(found) == pytest.approx(planted, rel=0.05)
    assert np.var(values) == pytest.approx(planted, rel=0.1)


@pytest.mark.parametrize("without", [0.5, np.nan])
@pytest.mark.parametrize("seeds", [1, 2])
def test_one_patient_has_no_variance(seeds: int, without: float) -> None:
    sample = LeaveOneOut(np.linspace(0.5, 0.6, seeds), np.full((seeds, 1), without))
    assert np.isnan(variance(sample, effective_freedom(sample))).all()
    assert np.isnan(t_limits(sample, 0.95, 0, 1)).all()


def test_freedom_lies_between_the_parts() -> None:
    table = np.random.default_rng(4).normal(size=(3, 40))
    assert 2 <= variance(means(table), 39)[1] <= 2 + 39
    apart = table + np.array([[-9.0], [0.0], [9.0]])
    assert variance(means(apart), 39)[1] == pytest.approx(2, abs=0.05)


def test_effective_freedom_falls_where_few_patients_matter() -> None:
    rng = np.random.default_rng(5)
    normal = rng.normal(size=(1, 400))
    few = np.where(np.arange(400) < 5, normal, 0)
    assert effective_freedom(means(normal)) == pytest.approx(399, rel=0.25)
    assert effective_freedom(means(few)) < 10
    assert effective_freedom(means(np.ones((1, 9)))) == 8


def test_one_group_is_refused() -> None:
    with pytest.raises(InputError, match="at least 2"):
        patient_groups([], 1, 0)


def test_more_patients_than_resamples_are_left_out_in_groups() -> None:
    runs = list(read_runs(predictions({"a": 1.0}, patients=300, seeds=1)).runs)
    groups = patient_groups(runs, 100, 0)
    assert sorted(np.bincount(list(groups.values()))) == [3] * 100
    assert groups == patient_groups(runs, 100, 0) != patient_groups(runs, 100, 1)
    grouped = variance(leave_one_out(runs, groups, CLASSES)["auroc", "macro"], 1)[0]
    assert grouped == pytest.approx(variance(sample_of(runs), 1)[0], rel=0.5)


def test_t_limits_end_at_the_range_of_what_they_are_of() -> None:
    sample = LeaveOneOut(np.array([0.5]), np.array([[0.9, 0.1, 0.8, 0.2]]))
    free = t_limits(sample, 0.95, -np.inf, np.inf)
    assert free[0] < 0 < 1 < free[1]
    assert t_limits(sample, 0.95, 0, 1) == (0, 1, free[2])
    assert t_limits(sample, 0.95, -2, 2) == (max(free[0], -2), min(free[1], 2), free[2])


def test_the_bias_of_a_plain_variance_is_known_exactly() -> None:
    """Divided by n, a variance is too small by that divided by n - 1 over n, on average; the
    jackknife finds just that."""
    values = np.random.default_rng(2).normal(size=9)
    without = np.array([np.delete(values, at).var() for at in range(9)])
    sample = LeaveOneOut(np.array([values.var()]), without[None])
    assert sample.bias == pytest.approx(-values.var(ddof=1) / 9, abs=1e-12)
