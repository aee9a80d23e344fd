"""Which answers are in the set of an image."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.calibration import calibrate
from pleura.evaluate.metrics import softmax
from pleura.evaluate.prediction_sets import (
    SetRule,
    answers,
    fit_rule,
    fit_rules,
    needed,
    patients_of,
    right_answers,
    rule_of,
    threshold,
    with_uncalibrated,
)


@pytest.mark.parametrize(("coverage", "least"), [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19)])
def test_a_coverage_needs_patients(coverage: float, least: int) -> None:
    assert needed(coverage) == least


def test_of_nine_patients_the_least_probability_stands_for_nine_of_ten() -> None:
    probabilities = np.linspace(0.1, 0.9, 9)
    assert threshold(probabilities, np.arange(9), 0.9) == 0.1
    assert threshold(probabilities, np.arange(9), 0.8) == pytest.approx(0.2)  # 8 of 9 + 1
    assert threshold(probabilities, np.arange(9), 0.5) == pytest.approx(0.5)


def test_a_patient_counts_as_one_however_many_images() -> None:
    # Patient 0 has 100 easy images; each of the others has one hard one.
    probabilities = np.append(np.full(100, 0.9), np.linspace(0.1, 0.3, 3))
    patients = np.append(np.zeros(100, np.int64), [1, 2, 3])
    # A weight of .75 x 5 = 3.75 of 4 is wanted: the hardest is needed.
    assert threshold(probabilities, patients, 0.75) == 0.1
    # .55 x 5 = 2.75: the easy patient, .3 and .2.
    assert threshold(probabilities, patients, 0.55) == pytest.approx(0.2)
    # Images of a patient share the weight: half of them is half a patient.
    assert threshold(np.array([0.9, 0.8, 0.2]), np.array([0, 1, 1]), 0.5) == 0.8


def test_order_of_images_and_names_of_patients_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    probabilities, patients = rng.random(60), rng.integers(0, 20, 60)
    order = rng.permutation(60)
    names = np.array([f"p{number}" for number in 100 - patients])
    found = threshold(probabilities, patients, 0.9)
    assert threshold(probabilities[order], names[order], 0.9) == found


def test_coverage_holds_and_is_no_higher_than_one_patient_more() -> None:
    """As `benchmarks/prediction_sets.py` at length: images of a patient are alike, and those who
    are easy have more of them; images that count as patients then cover too little."""
    rng = np.random.default_rng(0)

    def draw(patients: int) -> tuple[np.ndarray, np.ndarray]:
        ease = rng.normal(size=patients)
        of = np.repeat(np.arange(patients), np.where(ease > 0, 8, 2))
        return 1 / (1 + np.exp(-2 * ease[of] - 0.5 * rng.normal(size=len(of)))), of

    by_patient, pooled = [], []
    for _ in range(1000):
        (given, of), (tested, of_test) = draw(30), draw(100)
        weights = 1 / np.bincount(of_test)[of_test] / 100
        by_patient.append(weights[tested >= threshold(given, of, 0.9)].sum())
        pooled.append(weights[tested >= threshold(given, np.arange(len(of)), 0.9)].sum())
    error = np.std(by_patient) / np.sqrt(1000)
    assert 0.9 - 4 * error < np.mean(by_patient) < 0.9 + 1 / 31 + 4 * error
    assert np.mean(pooled) < 0.85


def test_classes_are_one_question_and_findings_one_each() -> None:
    probabilities = np.array([[0.7, 0.3], [0.2, 0.8]])
    assert answers(probabilities, several=False).tolist() == [[[0.7, 0.3]], [[0.2, 0.8]]]
    of_findings = answers(probabilities, several=True)
    assert of_findings.shape == (2, 2, 2)
    np.testing.assert_allclose(of_findings[0], [[0.3, 0.7], [0.7, 0.3]])
    assert right_answers(np.array([1, 0]), 2).tolist() == [[[False, True]], [[True, False]]]
    known = right_answers(np.array([[1, -1], [0, 1]]), 2)
    assert known.tolist() == [[[False, True], [False] * 2], [[True, False], [False, True]]]


def test_a_class_of_too_few_patients_is_in_every_set() -> None:
    labels = np.repeat([0, 1], [9, 8])
    probabilities = np.stack([np.full(17, 0.6), np.full(17, 0.4)], axis=1)
    rule = fit_rule(labels, probabilities, np.arange(17), 0.9)
    assert rule.patients.tolist() == [[9, 8]]
    assert rule.thresholds[0, 0] == 0.6
    assert np.isnan(rule.thresholds[0, 1])
    assert rule.sets(np.array([[0.9, 0.1], [0.1, 0.9]])).tolist() == [
        [[True, True]],
        [[False, True]],
    ]


def test_patients_with_images_of_both_answers_count_for_both() -> None:
    labels = np.array([[1, 0], [0, -1], [1, 1]])
    patients = np.array(["a", "a", "b"])
    assert patients_of(labels, 2, patients).tolist() == [[1, 2], [1, 1]]


@pytest.mark.parametrize("several", [False, True])
def test_a_card_gives_the_rule_back(several: bool) -> None:
    shape = (2, 2) if several else (1, 2)
    thresholds = np.full(shape, 0.25)
    thresholds[0, 1] = np.nan
    rule = SetRule(0.9, several, thresholds, np.full(shape, 12))
    again = rule_of(json.loads(json.dumps(rule.as_dict(), allow_nan=False)))
    assert (again.coverage, again.several) == (0.9, several)
    np.testing.assert_array_equal(again.thresholds, thresholds)
    np.testing.assert_array_equal(again.patients, rule.patients)


def test_a_grade_between_two_of_a_set_is_in_it() -> None:
    """By hand: each row of probabilities reaches the thresholds of .3 where it is .3 or more; the
    last grade has no threshold, and so no set is without it."""
    thresholds = np.array([[0.3, 0.3, 0.3, np.nan]])
    probabilities = np.array([[0.4, 0.2, 0.3, 0.1], [0.1, 0.5, 0.2, 0.2], [0.2, 0.2, 0.2, 0.4]])
    plain = SetRule(0.9, False, thresholds, np.full((1, 4), 12))
    grades = replace(plain, ordered=True)
    names = ("0", "1", "2", "3")
    assert plain.names(probabilities, names) == [(("0", "2", "3"),), (("1", "3"),), (("3",),)]
    assert grades.names(probabilities, names) == [
        (("0", "1", "2", "3"),),
        (("1", "2", "3"),),
        (("3",),),
    ]
    empty = replace(grades, thresholds=np.full((1, 4), 0.9))
    assert empty.names(probabilities, names) == [((),)] * 3
    assert rule_of(json.loads(json.dumps(grades.as_dict()))).ordered
    assert "ordered" not in plain.as_dict()


def test_sets_of_grades_cover_at_least_as_often() -> None:
    rng = np.random.default_rng(3)
    probabilities = rng.dirichlet(np.full(5, 0.4), 400)
    labels, patients = rng.integers(0, 5, 400), np.arange(400)
    plain, grades = (
        fit_rule(labels, probabilities, patients, 0.6, ordered=ordered) for ordered in (False, True)
    )
    np.testing.assert_array_equal(plain.thresholds, grades.thresholds)
    few, more = plain.by_image(probabilities), grades.by_image(probabilities)
    assert (few <= more).all()
    assert few.sum() < more.sum()
    jumps = np.diff(more.astype(int), axis=1, prepend=0, append=0)
    assert (np.abs(jumps).sum(axis=1) <= 2).all()  # one run without a gap


def predictions(recipes: tuple[str, ...], parts: tuple[str, ...]) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    tables = []
    for recipe in recipes:
        for seed in (0, 1):
            for part in parts:
                labels = np.arange(60) % 2
                logits = 2 * np.eye(2)[labels] + rng.normal(size=(60, 2))
                names = [f"{part}{number:02}" for number in range(60)]
                known = {"recipe": recipe, "seed": seed, "fold": 0, "fraction": 1.0, "part": part}
                of = {"logit_a": logits[:, 0], "logit_b": logits[:, 1]}
                table = pd.DataFrame({"image": names, "patient": names, **known, **of})
                tables.append(table.assign(label=np.array(["a", "b"])[labels]))
    return pd.concat(tables, ignore_index=True)


def test_rules_are_of_the_part_kept_for_them_and_of_each_training() -> None:
    table = predictions(("one", "two"), ("validation", "test", "sets"))
    calibrations = calibrate(table, fraction=1.0)
    rules = fit_rules(table, calibrations, fraction=1.0, coverage=0.9)
    assert list(rules) == ["one", "two"]
    training, rule = calibrations.recipes["one"][1], rules["one"][1]
    mine = table[(table["recipe"] == "one") & (table["seed"] == 1) & (table["part"] == "sets")]
    probabilities = training.map.probabilities(mine[["logit_a", "logit_b"]].to_numpy())
    of_a = np.sort(probabilities[(mine["label"] == "a").to_numpy(), 0])[::-1]
    assert rule.thresholds[0, 0] == of_a[27]  # the 28th of 30: .9 x 31 = 27.9
    other = table.assign(label=table["label"].where(table["part"] != "test", "a"))
    again = fit_rules(other, calibrations, fraction=1.0, coverage=0.9)
    np.testing.assert_array_equal(again["one"][1].thresholds, rule.thresholds)


def test_what_is_not_calibrated_has_rules_of_its_probabilities_as_they_are() -> None:
    table = predictions(("one", "two"), ("validation", "test", "sets"))
    table = table[(table["recipe"] == "one") | (table["part"] != "validation")]
    calibrations = calibrate(table, fraction=1.0)
    assert list(fit_rules(table, calibrations, fraction=1.0, coverage=0.9)) == ["one"]
    every = with_uncalibrated(table, calibrations, fraction=1.0)
    rule = fit_rules(table, every, fraction=1.0, coverage=0.9)["two"][0]
    mine = table[(table["recipe"] == "two") & (table["seed"] == 0) & (table["part"] == "sets")]
    of_a = np.sort(softmax(mine[["logit_a", "logit_b"]].to_numpy())[mine["label"] == "a", 0])[::-1]
    assert rule.thresholds[0, 0] == of_a[27]
    assert every.recipes["one"] is calibrations.recipes["one"]


def test_without_the_part_there_are_no_rules() -> None:
    table = predictions(("one",), ("validation", "test"))
    assert not fit_rules(table, calibrate(table, fraction=1.0), fraction=1.0, coverage=0.9)
