"""Metrics by subgroup and differences between subgroups, with planted ones and without."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import recall_score, roc_auc_score

from pleura.evaluate.findings import METRICS as OF_FINDINGS
from pleura.evaluate.intervals import summarise
from pleura.evaluate.metrics import METRICS
from pleura.evaluate.predicted_runs import PredictedRun, read_runs
from pleura.evaluate.subgroups import (
    OTHERS,
    UNKNOWN,
    Grouping,
    Measured,
    between_subgroups,
    by_subgroup,
    measured_predictions,
    opposites,
)

PRIMARY = ("auroc", "macro")
WANTED = [PRIMARY, ("sensitivity", "ill"), ("sensitivity", "well")]
HELD = 0.95


def drawn(
    seed: int, patients: int = 120, *, share: float = 0.5, skills: tuple[float, float] = (1.5, 1.5)
) -> tuple[pd.DataFrame, Grouping]:
    """Predictions of one recipe on one or two images a patient, of whom a `share` is in subgroup A
    and the others are in B; scores tell the ill with the skill of the subgroup."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(patients), rng.integers(1, 3, patients))
    ill = (rng.random(patients) < 0.35)[patient]
    in_a = (rng.random(patients) < share)[patient]
    noise = 0.6 * rng.normal(size=patients)[patient] + 0.8 * rng.normal(size=len(patient))
    score = np.where(in_a, *skills) * (ill - 0.5) + noise
    images = [f"{number:05d}.png" for number in range(len(patient))]
    table = pd.DataFrame(
        {
            "recipe": "model",
            "fold": 0,
            "seed": 0,
            "fraction": 1.0,
            "part": "test",
            "image": images,
            "patient": [f"p{number}" for number in patient],
            "label": np.where(ill, "ill", "well"),
            "logit_well": 0.0,
            "logit_ill": score,
        }
    )
    return table, Grouping("sex", dict(zip(images, np.where(in_a, "A", "B"), strict=True)))


def measured(table: pd.DataFrame) -> Measured[PredictedRun]:
    runs = read_runs(table)
    known = OF_FINDINGS if runs.runs[0].labels.ndim == 2 else METRICS
    return measured_predictions("model", runs.of("model", 1.0), runs.names, known)


def rows_of(found: pd.DataFrame, *keys: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """The rows of a table by what they have in the columns `keys`."""
    rows: list[dict[str, Any]] = found.to_dict("records")  # type: ignore[assignment]
    return {tuple(row[key] for key in keys): row for row in rows}


def in_groups(of: Measured[PredictedRun], grouping: Grouping) -> dict[tuple[str, ...], Any]:
    return rows_of(by_subgroup(of, [grouping]), "group", "metric", "class")


def compared(table: pd.DataFrame, grouping: Grouping) -> dict[tuple[str, ...], Any]:
    found = between_subgroups([(measured(table), WANTED)], [grouping])
    return rows_of(found, "metric", "class")


def least_p(drawn: Sequence[tuple[pd.DataFrame, Grouping]]) -> list[float]:
    """The least p after Holm of each of several studies, whose tables are read as one."""
    tables = [table.assign(recipe=f"{number}") for number, (table, _) in enumerate(drawn)]
    runs = read_runs(pd.concat(tables))
    found = []
    for number, (_, grouping) in enumerate(drawn):
        its = measured_predictions("model", runs.of(f"{number}", 1.0), runs.names, METRICS)
        found.append(float(np.nanmin(between_subgroups([(its, WANTED)], [grouping])["p_holm"])))
    return found


def test_values_in_a_subgroup_are_those_of_scikit_learn_and_limits_those_of_summarise() -> None:
    table, grouping = drawn(0)
    found = in_groups(measured(table), grouping)
    for name in "AB":
        here = table[table["image"].map(grouping.of_image) == name]
        ill = here["label"] == "ill"
        area = roc_auc_score(ill, here["logit_ill"])
        assert found[name, *PRIMARY]["value"] == pytest.approx(area, abs=1e-9)
        recall = recall_score(ill, here["logit_ill"] > 0)
        assert found[name, "sensitivity", "ill"]["value"] == pytest.approx(recall, abs=1e-9)
        alone = rows_of(summarise(here), "metric", "class")[PRIMARY]
        for end in ("low", "high"):
            assert found[name, *PRIMARY][end] == pytest.approx(alone[end], abs=1e-9)
        assert found[name, *PRIMARY]["patients"] == here["patient"].nunique()
        assert found[name, *PRIMARY]["bearing"] == here["patient"][ill].nunique()


def test_findings_are_measured_where_they_are_known() -> None:
    table, grouping = drawn(1)
    known = np.random.default_rng(0).random(len(table)) < 0.8
    findings = table.drop(columns="logit_well").assign(label="")
    findings["label_ill"] = np.where(known, table["label"] == "ill", np.nan)
    findings["called_ill"] = (table["logit_ill"] > 0).astype(int)
    found = in_groups(measured(findings), grouping)
    here = table[known & (table["image"].map(grouping.of_image) == "A")]
    area = roc_auc_score(here["label"] == "ill", here["logit_ill"])
    assert found["A", "auroc", "ill"]["value"] == pytest.approx(area, abs=1e-9)


def test_scores_that_are_shuffled_in_one_subgroup_are_caught() -> None:
    table, grouping = drawn(2, 200)
    in_a = np.flatnonzero(table["image"].map(grouping.of_image) == "A")
    scores = table["logit_ill"].to_numpy(copy=True)
    scores[in_a] = np.random.default_rng(0).permutation(scores[in_a])
    row = compared(table.assign(logit_ill=scores), grouping)[PRIMARY]
    assert row["p_holm"] < 0.05
    assert row["high"] < 0
    assert row["group_low"] < 0.5 < row["group_high"]
    assert row["other_low"] > 0.7


def test_without_a_difference_false_alarms_after_holm_are_as_rare_as_stated() -> None:
    """At most 5 % of studies have one; 26 of 300 are 3 standard errors more."""
    found = least_p([drawn(seed, 80, share=0.3) for seed in range(300)])
    assert (np.array(found) < 1 - HELD).sum() <= 26


def test_a_difference_is_found_as_often_as_patients_allow() -> None:
    found = least_p([drawn(seed, 200, skills=(0.3, 2.5)) for seed in range(20)])
    assert (np.array(found) < 1 - HELD).sum() >= 18


def test_a_small_subgroup_without_a_miss_is_not_better_for_that() -> None:
    """Six of six against 24 of 30 (Fisher: p .56)."""
    images = [f"{number:02d}.png" for number in range(72)]
    ill = np.array([True] * 36 + [False] * 36)
    in_a = np.arange(72) % 36 < 6
    called = ill.copy()
    called[30:36] = False
    table = (
        drawn(0)[0]
        .iloc[:72]
        .assign(
            image=images,
            patient=images,
            label=np.where(ill, "ill", "well"),
            logit_ill=np.where(called, 1.0, -1.0),
        )
    )
    grouping = Grouping("sex", dict(zip(images, np.where(in_a, "A", "B"), strict=True)))
    row = compared(table, grouping)["sensitivity", "ill"]
    assert row["difference"] == pytest.approx(0.2)
    assert row["low"] < 0 < row["high"]
    assert row["p"] > 0.2


def test_a_subgroup_without_a_class_has_no_value_for_it_and_is_not_compared() -> None:
    table, grouping = drawn(3)
    lacks = (table["image"].map(grouping.of_image) == "A") & (table["label"] == "ill")
    found = in_groups(measured(table[~lacks]), grouping)
    row = found["A", *PRIMARY]
    assert np.isnan(row["value"])
    assert row["bearing"] == 0
    assert np.isfinite(found["A", "accuracy", "all"]["value"])
    differs = compared(table[~lacks], grouping)[PRIMARY]
    assert np.isnan(differs["p"])
    assert np.isnan(differs["p_holm"])


def test_a_metric_that_hangs_on_one_patient_says_so() -> None:
    table, grouping = drawn(4)
    ill_in_a = (table["image"].map(grouping.of_image) == "A") & (table["label"] == "ill")
    only = table.loc[ill_in_a, "patient"].iloc[0]
    m = measured(table[~ill_in_a | (table["patient"] == only)])
    found = in_groups(m, grouping)
    row = found["A", *PRIMARY]
    assert np.isfinite(row["value"])
    assert np.isnan(row["low"])
    assert row["undefined"] == 1
    assert found["B", *PRIMARY]["undefined"] == 0


def test_a_subgroup_of_one_patient_has_values_without_limits() -> None:
    table, _ = drawn(6)
    table = pd.concat([table, table.assign(seed=1, logit_ill=table["logit_ill"] / 2)])
    first = set(table.loc[table["patient"] == "p0", "image"])
    sides = {image: "A" if image in first else "B" for image in table["image"]}
    grouping = Grouping("sex", sides)
    found = in_groups(measured(table), grouping)
    row = found["A", "log_loss", "all"]
    assert (row["patients"], row["bearing"]) == (1, 1)
    assert np.isfinite(row["value"])
    assert np.isnan([row["low"], row["high"]]).all()
    assert np.isfinite(found["B", "log_loss", "all"]["low"])
    assert np.isnan(compared(table, grouping)[PRIMARY]["p"])


def test_a_patient_in_both_subgroups_is_no_two_patients() -> None:
    """Where every patient has the same image on both sides nothing can differ, and the interval
    knows."""
    table, _ = drawn(5)
    both = pd.concat([table, table.assign(image="copy_" + table["image"])])
    sides = {image: "AP" if image.startswith("copy") else "PA" for image in both["image"]}
    found = between_subgroups([(measured(both), [PRIMARY])], [Grouping("view", sides)])
    assert found["difference"].iloc[0] == pytest.approx(0, abs=1e-12)
    assert np.isnan(found["p"].iloc[0])  # nothing varies


def test_limits_hold_the_difference_of_proportions_of_independent_patients() -> None:
    """One image a patient: close to the interval of two independent proportions."""
    rng = np.random.default_rng(6)
    n = 400
    images = [f"{number:03d}.png" for number in range(n)]
    ill = rng.random(n) < 0.5
    in_a = rng.random(n) < 0.5
    called = rng.random(n) < np.where(in_a, 0.85, 0.6)
    table = pd.DataFrame(
        {
            "recipe": "model",
            "fold": 0,
            "seed": 0,
            "fraction": 1.0,
            "part": "test",
            "image": images,
            "patient": images,
            "label": np.where(ill, "ill", "well"),
            "logit_well": 0.0,
            "logit_ill": np.where(called, 1.0, -1.0),
        }
    )
    grouping = Grouping("sex", dict(zip(images, np.where(in_a, "A", "B"), strict=True)))
    row = compared(table, grouping)["sensitivity", "ill"]
    one, two = called[ill & in_a], called[ill & ~in_a]
    error = np.sqrt(sum(_variance(side) for side in (one, two)))
    expected = one.mean() - two.mean() + np.array([-1.96, 1.96]) * error
    assert [row["low"], row["high"]] == pytest.approx(expected.tolist(), abs=0.02)


def _variance(side: NDArray[np.bool_]) -> float:
    return float(side.mean() * (1 - side.mean()) / len(side))


def test_opposites() -> None:
    assert list(opposites(["F", "M"])) == [("F", "M", ["M"])]
    assert list(opposites(["F"])) == []
    assert list(opposites(["F", UNKNOWN])) == [(UNKNOWN, OTHERS, ["F"])]
    assert list(opposites(["a", "b", "c", UNKNOWN])) == [
        ("a", OTHERS, ["b", "c"]),
        ("b", OTHERS, ["a", "c"]),
        ("c", OTHERS, ["a", "b"]),
        (UNKNOWN, OTHERS, ["a", "b", "c"]),
    ]


def test_numbers_come_in_their_order_and_unknown_last() -> None:
    groups = ["65 and more", UNKNOWN, "5 to 17", "18 to 64"]
    names = Grouping("age", dict(enumerate(groups))).names  # type: ignore[arg-type]
    assert names == ["5 to 17", "18 to 64", "65 and more", UNKNOWN]
