"""The error among the images that a model is sure of."""

import numpy as np
import pytest

from pleura.evaluate.abstention import GRID, curve, judge_abstention, risks, sorted_errors
from pleura.evaluate.ranking import Floats, Ints
from tests.evaluate.test_set_coverage import calibrations


def judged(
    probabilities: Floats, labels: Ints, patients: list[str], classes: tuple[str, ...] = ("a", "b")
) -> dict[tuple[str, str], tuple[float, float, float]]:
    table = judge_abstention(calibrations(probabilities, labels, patients, classes))
    rows = table[["question", "measure", "value", "low", "high"]]
    return {row[:2]: row[2:] for row in rows.itertuples(index=False, name=None)}


def of_two(first: list[float]) -> Floats:
    return np.stack([np.array(first), 1 - np.array(first)], axis=1)


def test_area_by_hand() -> None:
    # Surest first: right, wrong, right, right.
    probabilities = of_two([0.95, 0.1, 0.8, 0.6])
    found = judged(probabilities, np.array([0, 0, 0, 0]), list("pqrs"))
    assert found["", "area"][0] == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
    assert found["", "all"][0] == 0.25
    assert found["", "surest"][0] == 0.25  # .8 of 4 are 4
    assert risks(np.array([0.0, 1.0, 0.0, 0.0])).tolist() == pytest.approx([0, 1 / 2, 1 / 3, 1 / 4])


def test_images_that_are_equally_sure_share_their_errors() -> None:
    probabilities = of_two([0.9, 0.7, 0.7, 0.3])
    run = calibrations(probabilities, np.array([0, 0, 1, 1]), list("pqrs"), ("a", "b"))
    _, wrong = sorted_errors(run.recipes["model"][0].before, 0)
    assert wrong.tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3])


def test_what_is_not_known_is_not_asked() -> None:
    probabilities = np.array([[0.9, 0.8], [0.2, 0.6], [0.6, 0.3]])
    labels = np.array([[1, -1], [0, 0], [0, 0]])
    found = judged(probabilities, labels, list("pqr"), ("edema", "mass"))
    assert found["edema", "all"][0] == pytest.approx(1 / 3)
    assert found["mass", "all"][0] == pytest.approx(1 / 2)
    assert found["mass", "area"][0] == pytest.approx((0 + 1 / 2) / 2)


def test_leaving_a_patient_out_is_as_if_the_patient_were_not_there() -> None:
    rng = np.random.default_rng(0)
    probabilities, labels = of_two(rng.random(150).tolist()), rng.integers(0, 2, 150)
    patients = [f"p{number // 3:02}" for number in range(150)]
    value, low, high = judged(probabilities, labels, patients)["", "area"]
    keep = np.arange(150)
    without = [
        judged(probabilities[at], labels[at], [patients[i] for i in at])["", "area"][0]
        for number in range(50)
        for at in [keep[keep // 3 != number]]
    ]
    error = np.sqrt(((np.array(without) - np.mean(without)) ** 2).sum() * 49 / 50)
    assert (high - low) / 2 == pytest.approx(2.0 * error, rel=0.05)
    assert value == pytest.approx(np.mean(without), rel=0.02)


def test_a_model_that_knows_what_it_does_not_know_errs_less_where_it_is_sure() -> None:
    rng = np.random.default_rng(0)
    first = rng.random(4000)
    labels = (rng.random(4000) > first).astype(np.int64)  # right with the probability it says
    every = calibrations(of_two(first.tolist()), labels, [f"p{n}" for n in range(4000)], ("a", "b"))
    errors = curve(every.recipes["model"], 0)
    assert errors.shape == GRID.shape
    assert errors[0] < 0.03
    assert errors[-1] == pytest.approx(0.25, abs=0.03)
    assert judge_abstention(every)["value"].iloc[0] == pytest.approx(0.125, abs=0.02)
