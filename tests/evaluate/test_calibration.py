"""The map from logits to probabilities: what is planted is found, test labels never count."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from pleura.errors import InputError
from pleura.evaluate.calibration import HOLD, calibrate, fit_map
from pleura.evaluate.calibration_maps import CalibrationMap
from pleura.evaluate.metrics import softmax
from tests.evaluate.tables import CLASSES, predictions

Floats = NDArray[np.float64]


def with_validation(table: pd.DataFrame, **settings: object) -> pd.DataFrame:
    """`table` with a validation part of other patients, of the same recipes, seeds and folds."""
    strengths = dict.fromkeys(table["recipe"].unique(), 2.0)
    other = predictions(strengths, seed=1, **settings)  # type: ignore[arg-type]
    return pd.concat([table, other.assign(part="validation", patient="v" + other["patient"])])


def draw(probabilities: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """A label for each row."""
    below = probabilities.cumsum(axis=1)[:, :-1]
    return np.asarray((rng.random((len(probabilities), 1)) > below).sum(axis=1))


@pytest.mark.parametrize(("temperature", "biases"), [(2.5, (0.7, -1.2, 0.0)), (0.4, (0.0,) * 4)])
def test_a_planted_map_is_found(temperature: float, biases: tuple[float, ...]) -> None:
    rng = np.random.default_rng(0)
    logits = 3 * rng.normal(size=(40_000, len(biases)))
    found = fit_map(logits, draw(softmax(logits / temperature + biases), rng))
    assert found.temperature == pytest.approx(temperature, rel=0.03)
    np.testing.assert_allclose(found.biases, biases, atol=0.05)
    assert found.biases[-1] == 0


def test_a_shifted_prior_is_given_back() -> None:
    """Logits that are right for equally frequent classes, as after weighted training."""
    rng = np.random.default_rng(1)
    prevalence = np.array([0.7, 0.2, 0.1])
    labels = rng.choice(3, 30_000, p=prevalence)
    logits = 1.5 * np.eye(3)[labels] + rng.normal(size=(30_000, 3))
    found = fit_map(1.5 * logits, labels)
    assert found.temperature == pytest.approx(1, abs=0.04)
    np.testing.assert_allclose(found.biases, np.log(prevalence / prevalence[-1]), atol=0.06)
    shares = found.probabilities(1.5 * logits).mean(axis=0)
    np.testing.assert_allclose(shares, np.bincount(labels) / len(labels), atol=1e-5)


def test_the_optimum_is_scikit_learns() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(size=(60, 2))
    labels = draw(softmax(logits), rng)
    shares = (np.bincount(labels) + 1) / 62
    x = np.tile((logits[:, 0] - logits[:, 1])[:, None], (3, 1))
    weights = np.repeat([1, shares[0] / 60, shares[1] / 60], 60)
    said = np.concatenate([labels == 0, np.ones(60), np.zeros(60)])
    reference = LogisticRegression(C=np.inf, tol=1e-9).fit(x, said, sample_weight=weights)
    found = fit_map(logits, labels)
    assert 1 / found.temperature == pytest.approx(reference.coef_.item(), rel=1e-4)
    assert found.biases[0] == pytest.approx(reference.intercept_.item(), abs=1e-4)


def test_log_probabilities_and_scale_change_nothing() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(200, 3))
    labels = draw(softmax(2 * logits), rng)
    expected = fit_map(logits, labels).probabilities(logits)
    for same in (log_softmax(logits, axis=1), 50 * logits + 7, logits / 50):
        np.testing.assert_allclose(fit_map(same, labels).probabilities(same), expected, atol=1e-4)


def test_few_separated_or_useless_images_give_a_finite_map() -> None:
    perfect = np.eye(3)[np.arange(30) % 3]
    sure = fit_map(perfect, np.arange(30) % 3).probabilities(perfect).max(axis=1)
    # The image more is of another class with a chance of 2 / 3, and has a weight of 1 in 31.
    np.testing.assert_allclose(sure, 1 - 2 / 3 / 31, atol=1e-4)
    lone = fit_map(np.array([[3.0, 0.0, 0.0]]), np.array([0]))
    assert np.isfinite([lone.temperature, *lone.biases]).all()
    inverted = fit_map(-perfect, np.arange(30) % 3).probabilities(-perfect)
    np.testing.assert_allclose(inverted, 1 / 3, atol=0.02)
    absent = fit_map(perfect[:, [0, 2, 1]][:2], np.array([0, 2])).probabilities(perfect)
    assert (absent > 0).all()
    equal = fit_map(np.zeros((9, 2)), np.arange(9) % 3 // 2)
    np.testing.assert_allclose(equal.probabilities([[0, 0]]), [[2 / 3, 1 / 3]], atol=0.01)
    assert equal.temperature > 0


def loss(probabilities: Floats, labels: NDArray[np.int64]) -> float:
    """The mean log-loss."""
    return float(-np.log(probabilities[np.arange(len(labels)), labels]).mean())


def test_a_held_map_is_the_optimum_of_what_is_said() -> None:
    rng = np.random.default_rng(4)
    logits = 2 * rng.normal(size=(30, 3))
    labels = draw(softmax(logits / 3 + [1, 0, 0]), rng)
    shares = (np.bincount(labels, minlength=3) + 1) / 33

    def lost(point: Floats) -> float:
        biases = np.append(point[1:], 0)
        chances = np.log(softmax(point[0] * logits + biases))
        fitting = chances[np.arange(30), labels].sum() + (chances @ shares).mean()
        held = np.log(point[0]) ** 2 + ((biases - biases.mean()) ** 2).sum()
        return float(-12 * fitting / 31 + HOLD * held)

    best = minimize(lost, [1, 0, 0], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12})
    found = fit_map(logits, labels, patients=12)
    np.testing.assert_allclose(
        [1 / found.temperature, *found.biases], [*best.x, 0], rtol=1e-4, atol=1e-4
    )


def test_few_patients_do_not_spoil_probabilities_that_are_right() -> None:
    rng = np.random.default_rng(5)
    many = 2 * rng.normal(size=(20_000, 3))
    truth = draw(softmax(many), rng)
    trained = loss(softmax(many), truth)
    for patients, harm in ((10, 0.07), (40, 0.07), (160, 0.04)):
        losses = np.zeros((40, 2))
        for row in losses:
            logits = 2 * rng.normal(size=(patients, 3))
            labels = draw(softmax(logits), rng)
            for at, said in enumerate((None, patients)):
                fitted = fit_map(logits, labels, patients=said)
                row[at] = loss(fitted.probabilities(many), truth) - trained
        free, held = map(float, losses.mean(axis=0))
        assert held < min(harm, free)
    assert free < 0.04


def test_many_patients_are_taken_at_their_word() -> None:
    rng = np.random.default_rng(6)
    logits = 3 * rng.normal(size=(20_000, 3))
    labels = draw(softmax(logits / 2 + [1.0, -1.0, 0.0]), rng)
    free, held = fit_map(logits, labels), fit_map(logits, labels, patients=20_000)
    assert held.temperature == pytest.approx(free.temperature, rel=0.005)
    np.testing.assert_allclose(held.biases, free.biases, atol=0.005)


@pytest.mark.parametrize("scale", [1e-3, 0.1, 10, 1e3])
def test_enough_patients_mend_logits_of_any_scale(scale: float) -> None:
    rng = np.random.default_rng(9)
    logits = 2 * rng.normal(size=(2_000, 3))
    labels = draw(softmax(logits), rng)
    found = fit_map(scale * logits, labels, patients=2_000)
    assert found.temperature / scale == pytest.approx(1, abs=0.25)


def test_images_of_one_patient_count_as_one() -> None:
    rng = np.random.default_rng(7)
    logits = 2 * rng.normal(size=(25, 3))
    labels = draw(softmax(logits / 4), rng)
    once = fit_map(logits, labels, patients=25)
    often = fit_map(np.tile(logits, (8, 1)), np.tile(labels, 8), patients=25)
    free = fit_map(np.tile(logits, (8, 1)), np.tile(labels, 8))
    assert often.temperature == pytest.approx(once.temperature, rel=0.1)
    assert free.temperature > 1.15 * often.temperature


def test_logits_however_small_can_stay_as_they_are() -> None:
    labels = np.arange(12) % 3
    logits = 1e-4 * np.random.default_rng(8).normal(size=(12, 3))
    assert fit_map(logits, labels, patients=12).temperature == pytest.approx(1, rel=0.01)


def test_logits_that_are_not_finite_are_refused() -> None:
    with pytest.raises(InputError, match="not finite"):
        fit_map([[np.nan, 0.0]], [0])


def test_test_rows_never_touch_a_map() -> None:
    table = with_validation(predictions({"a": 1.0}, folds=2), folds=2)
    before = calibrate(table, fraction=1.0).recipes["a"]
    changed = table.copy()
    test = changed["part"] == "test"
    turn = dict(zip(CLASSES, np.roll(CLASSES, 1), strict=True))
    changed.loc[test, "label"] = changed.loc[test, "label"].map(turn)
    after = calibrate(changed, fraction=1.0).recipes["a"]
    assert len(before) == 3 * 2
    assert [one.map for one in before] == [one.map for one in after]
    assert len({one.map for one in before}) == 6
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one.after.probabilities, other.after.probabilities)
        assert (one.after.labels != other.after.labels).all()


def test_each_training_goes_by_its_own_validation_part() -> None:
    table = with_validation(predictions({"a": 1.0}))
    one = calibrate(table, fraction=1.0).recipes["a"][1]
    rows = table[table["seed"] == one.before.seed]
    columns = [f"logit_{name}" for name in CLASSES]
    logits = {part: mine[columns].to_numpy() for part, mine in rows.groupby("part")}
    labels = rows.loc[rows["part"] == "validation", "label"].map(CLASSES.index)
    patients = rows.loc[rows["part"] == "validation", "patient"].nunique()
    expected = fit_map(logits["validation"], labels, patients=patients)
    assert one.map == expected
    order = np.argsort(rows.loc[rows["part"] == "test", "image"].to_numpy(), kind="stable")
    np.testing.assert_allclose(
        one.after.probabilities, expected.probabilities(logits["test"])[order], atol=1e-12
    )


def test_a_map_is_held_by_the_number_of_validation_patients() -> None:
    table = with_validation(predictions({"a": 4.0}, seeds=1))
    validation = table["part"] == "validation"
    split = table.assign(patient=table["patient"].where(~validation, "v" + table["image"]))
    joined = table.assign(patient=table["patient"].where(~validation, table["label"]))
    videos = joined.assign(
        video=split["patient"], patient=joined["patient"].where(~validation, None)
    )
    found = [calibrate(each, fraction=1.0).recipes["a"][0].map for each in (split, joined, videos)]
    temperatures = [one.temperature for one in found if isinstance(one, CalibrationMap)]
    assert abs(temperatures[0] - 1) > abs(temperatures[1] - 1) + 0.05
    assert found[2] == found[0]


def test_recipes_without_validation_are_left_out_and_bad_labels_named() -> None:
    table = with_validation(predictions({"a": 1.0, "b": 1.0}))
    lacking = (table["recipe"] == "b") & (table["part"] == "validation") & (table["seed"] == 2)
    assert list(calibrate(table[~lacking], fraction=1.0).recipes) == ["a"]
    assert not calibrate(predictions({"a": 1.0}), fraction=1.0).recipes
    table.loc[table["part"] == "validation", "label"] = "flu"
    with pytest.raises(InputError, match="'flu' has no logit_ column"):
        calibrate(table, fraction=1.0)
