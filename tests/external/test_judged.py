"""The tables of an evaluation by hand-made predictions of every task, with planted shifts."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from pleura.external.judged import Tables, Terms, judge
from pleura.external.number_recalibration import fit_line

N = 400
CARD: dict[str, Any] = {
    "task": "classification",
    "calibration": {"temperature": 1.0, "biases": [0, 0], "prevalence": {"ill": 0.5, "well": 0.5}},
}


def rows(n: int = N, **columns: Any) -> pd.DataFrame:
    """A table of one image of each of n patients, a third of whom fit a recalibration."""
    names = [f"n{at:04d}" for at in range(n)]
    fixed: dict[str, Any] = {
        "recipe": "model",
        "fold": 0,
        "seed": 0,
        "fraction": 1.0,
        "part": "test",
    }
    parts = ["fits" if at % 3 == 0 else "judges" for at in range(n)]
    given = {"image": names, "patient": names, "label": "", "recalibration": parts, **columns}
    return pd.DataFrame({**dict.fromkeys(fixed, ""), **given, **fixed})


def of_classes(times: float, seed: int = 0, **columns: Any) -> pd.DataFrame:
    """Ill and well by right probabilities, whose logits are then multiplied."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, N)
    ill = random.random(N) < expit(logits)
    return rows(
        label=np.where(ill, "ill", "well"),
        logit_ill=times * logits / 2,
        logit_well=-times * logits / 2,
        **columns,
    )


def by(tables: Tables, name: str, *keys: str) -> Any:  # a table, whose cells are of any type
    return tables[name].set_index(list(keys)).sort_index()


def test_a_planted_temperature_is_found_and_mends_the_log_loss() -> None:
    tables = judge(of_classes(3.0), Terms(CARD))
    fitted = by(tables, "map", "parameter")["value"]
    assert fitted["Temperature"] == pytest.approx(3, rel=0.25)
    found = by(tables, "recalibration", "measure", "shown")
    assert found.loc[("log_loss", "after - before"), "high"] < 0
    # Right probabilities have the log-loss of their own entropy.
    right = judge(of_classes(1.0), Terms(CARD))
    entropy = by(right, "recalibration", "measure", "shown").loc[("log_loss", "before"), "value"]
    assert found.loc[("log_loss", "after"), "value"] == pytest.approx(entropy, abs=0.02)


def test_right_probabilities_are_left_nearly_as_they_are() -> None:
    tables = judge(of_classes(1.0), Terms(CARD))
    change = by(tables, "recalibration", "measure", "shown").loc[("log_loss", "after - before")]
    assert abs(change["value"]) < 0.02


def test_only_judges_are_in_the_recalibrated_measures() -> None:
    table = of_classes(3.0)
    spoiled = table["recalibration"] == "fits"
    # The labels of those who fit decide the map alone: turned round, they turn it round.
    turned = table["label"].map({"ill": "well", "well": "ill"})
    other = table.assign(label=table["label"].where(~spoiled, turned))
    one, two = (judge(each, Terms(CARD)) for each in (table, other))
    before = [
        by(each, "recalibration", "measure", "shown").loc[("log_loss", "before"), "value"]
        for each in (one, two)
    ]
    assert before[0] == pytest.approx(before[1])
    assert by(two, "map", "parameter")["value"]["Temperature"] > 10


def test_the_flag_is_counted_and_makes_subgroups() -> None:
    unlike = np.zeros(N, np.int64)
    unlike[:40] = 1
    table = of_classes(1.0, distance=unlike * 1.5 + 0.2, unlike=unlike)
    tables = judge(table, Terms(CARD))
    assert by(tables, "flagged", "class").loc["all", "value"] == pytest.approx(0.1)
    groups = tables["subgroup_metrics"].drop_duplicates("group").set_index("group")["images"]
    assert groups.to_dict() == {"like the training images": 360, "unlike the training images": 40}


def test_home_stands_beside_with_thresholds_of_its_validation() -> None:
    home = of_classes(1.0, seed=1)
    home = home.assign(part=home["recalibration"].map({"fits": "validation", "judges": "test"}))
    here = of_classes(3.0)
    tables = judge(here, Terms(CARD, home))
    assert set(tables["metrics"]["where"]) == {"here", "home"}
    found = by(tables, "thresholds", "target", "class", "chosen", "measure", "where")

    def of_ill(table: pd.DataFrame) -> NDArray[np.float64]:
        its = table[table["label"] == "ill"]
        return np.sort(expit(its["logit_ill"] - its["logit_well"]))[::-1]

    validation = of_ill(home[home["part"] == "validation"])
    chosen = validation[int(np.ceil(0.9 * len(validation))) - 1]
    for where, table in (("home", home[home["part"] == "test"]), ("here", here)):
        rate = found.loc[(0.9, "ill", "at home", "sensitivity", where), "value"]
        assert rate == pytest.approx((of_ill(table) >= chosen - 1e-12).mean())
    assert set(found.index.get_level_values("chosen")) == {"at home", "anew"}


def test_sets_are_held_against_their_promise() -> None:
    # A class is in the set from a probability of a half on: sets of right probabilities hold the
    # truth as often as the likeliest class is right.
    saved = {
        "coverage": 0.9,
        "several": False,
        "thresholds": [[0.5, 0.5]],
        "patients": [[50, 50]],
        "on_test": {
            "ill": {
                "covered": 0.91,
                "low": 0.8,
                "high": 0.97,
                "expected_low": 0.8,
                "expected_high": 0.97,
            }
        },
    }
    table = of_classes(1.0)
    found = by(judge(table, Terms({**CARD, "sets": saved})), "sets", "answer", "measure", "where")
    ill = table["label"] == "ill"
    hit = table["logit_ill"] >= table["logit_well"]
    assert found.loc[("ill", "covered", "here"), "value"] == pytest.approx(hit[ill].mean())
    assert found.loc[("ill", "covered", "home"), "value"] == 0.91
    assert (found["promised"] == 0.9).all()


def test_findings_are_judged_each_by_itself() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (N, 2))
    there = (random.random((N, 2)) < expit(logits)).astype(object)
    there[:50, 1] = None
    columns: dict[str, Any] = {"label_a": there[:, 0].astype(int), "label_b": there[:, 1]}
    columns |= {"logit_a": 2 * logits[:, 0], "logit_b": logits[:, 1]}
    columns |= {"called_a": (logits[:, 0] > 0) * 1, "called_b": (logits[:, 1] > 0) * 1}
    calibration = {"temperature": [1, 1], "biases": [0, 0], "prevalence": {"a": 0.5, "b": 0.5}}
    card = {"task": "findings", "calibration": calibration}
    table = rows(**columns)
    tables = judge(table, Terms(card, table.assign(part="test")))
    fitted = by(tables, "map", "parameter")["value"]
    assert fitted["Temperature, a"] == pytest.approx(2, rel=0.25)
    assert fitted["Temperature, b"] == pytest.approx(1, rel=0.25)
    assert {"a", "b", "macro"} <= set(tables["metrics"]["class"])
    assert set(tables["label_shift"]["class"]) == {"a", "b"}


def test_grades_have_their_own_metrics() -> None:
    random = np.random.default_rng(0)
    grade = np.arange(N) // 3 % 3
    logits = random.normal(0, 1, (N, 3)) + 2 * np.eye(3)[grade]
    columns: dict[str, Any] = {f"logit_{name}": logits[:, at] for at, name in enumerate("012")}
    tables = judge(rows(label=[str(each) for each in grade], **columns), Terms({"task": "grades"}))
    assert tables["metrics"]["metric"].iloc[0] == "quadratic_kappa"


def test_numbers_that_are_five_too_high_are_moved_back() -> None:
    random = np.random.default_rng(0)
    truth = random.uniform(20, 80, N)
    predicted = truth + 5 + random.normal(0, 1, N)
    tables = judge(rows(number=truth, predicted=predicted), Terms({"task": "numbers"}))
    line = by(tables, "map", "parameter")["value"]
    assert line["slope"] == pytest.approx(1, abs=0.02)
    assert line["offset"] == pytest.approx(-5, abs=1.0)
    found = by(tables, "recalibration", "measure", "shown")
    assert found.loc[("mae", "before"), "value"] == pytest.approx(5, abs=0.2)
    assert found.loc[("mae", "after"), "value"] < 1
    assert found.loc[("mae", "after - before"), "high"] < -3.5


def line(patients: int, slope: float) -> tuple[float, float]:
    predicted: NDArray[np.float64] = np.linspace(0, 10, 3 * patients)
    names = np.repeat([f"p{at}" for at in range(patients)], 3).astype(object)
    return fit_line(2 + slope * predicted, predicted, names)


def test_few_patients_move_numbers_and_do_not_stretch_them() -> None:
    assert line(30, 0.5) == pytest.approx((2, 0.5))
    offset, slope = line(5, 0.5)
    assert slope == 1
    assert offset == pytest.approx(2 - 0.5 * 5)
