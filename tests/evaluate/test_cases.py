"""Intervals and comparisons of segmentations: what is estimated, and that the intervals hold."""

import numpy as np
import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.evaluate.case_metrics import CASE_METRICS
from pleura.evaluate.case_runs import read_case_runs
from pleura.evaluate.cases import compare_cases, summarise_cases

STRUCTURES = ("pleura", "b_line")


def cases(
    quality: dict[str, float], *, patients: int = 40, seeds: int = 2, folds: int = 1, seed: int = 0
) -> pd.DataFrame:
    """One to three images a patient; every second image lacks B-lines; a recipe's Dice has its
    quality, what the patient and the image add, and noise of the training."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(patients), rng.integers(1, 4, patients))
    common = 0.05 * rng.normal(size=patients)[patient] + 0.05 * rng.normal(size=len(patient))
    tables = []
    for recipe, level in quality.items():
        for training in range(seeds):
            for structure in STRUCTURES:
                noise = 0.02 * rng.normal(size=len(patient))
                dice = np.clip(level + common + noise, 0, 1)
                absent = (np.arange(len(patient)) % 2 == 1) & (structure == "b_line")
                value = np.where(absent, np.nan, dice)
                tables.append(
                    pd.DataFrame(
                        {
                            "recipe": recipe,
                            "fold": patient % folds,
                            "seed": training,
                            "fraction": 1.0,
                            "part": "test",
                            "structure": structure,
                            "image": [f"{i}.png" for i in range(len(patient))],
                            "patient": [f"p{p}" for p in patient],
                            "dice": value,
                            "iou": value / (2 - value),
                            "unit": "px",
                            "hd95": 20 * (1 - value),
                            "surface_distance": 5 * (1 - value),
                            "false_positive_area": 0.02 * (1 - dice),
                            "components": 1 + rng.poisson(1, len(patient)),
                            "reference_components": 2 * ~absent,
                        }
                    )
                )
    return pd.concat(tables, ignore_index=True)


def rows(summary: pd.DataFrame, recipe: str) -> dict[tuple[str, str], "pd.Series[float]"]:
    """Rows of the summary of one recipe by (metric, structure)."""
    chosen = summary[summary["recipe"] == recipe]
    return {(row["metric"], row["structure"]): row for _, row in chosen.iterrows()}


def test_a_value_is_the_mean_over_cases_of_the_mean_over_structures() -> None:
    table = cases({"a": 0.8, "b": 0.7}, folds=2)
    summary = summarise_cases(table)
    assert list(summary.columns) == [
        *("recipe", "fraction", "metric", "structure", "value", "low", "high"),
        *("patients", "images", "seeds"),
    ]
    assert len(summary) == 2 * len(CASE_METRICS) * 3
    table["difference"] = (table["components"] - table["reference_components"]).abs()
    for recipe in ("a", "b"):
        found = rows(summary, recipe)
        mine = table[table["recipe"] == recipe]
        for metric in CASE_METRICS:
            column = "difference" if metric == "components" else metric
            of_case = mine.groupby(["seed", "image"])[column].mean()
            assert found[metric, "all"]["value"] == pytest.approx(of_case.mean())
            single = mine[mine["structure"] == "b_line"][column].mean()
            assert found[metric, "b_line"]["value"] == pytest.approx(single)
            assert found[metric, "all"]["low"] < found[metric, "all"]["value"]
            assert found[metric, "all"]["value"] < found[metric, "all"]["high"]
        images = mine["image"].nunique()
        assert found["dice", "all"]["images"] == found["hd95", "pleura"]["images"] == images
        assert found["dice", "b_line"]["images"] == (images + 1) // 2
        assert found["false_positive_area", "b_line"]["images"] == images
        assert found["dice", "b_line"]["patients"] < found["dice", "all"]["patients"] == 40


def test_order_of_rows_and_validation_do_not_matter() -> None:
    table = cases({"a": 0.8})
    shuffled = pd.concat([table, table.assign(part="validation", dice=0.0)])
    shuffled = shuffled.sample(frac=1, random_state=0)
    keys = ["metric", "structure"]
    pd.testing.assert_frame_equal(
        summarise_cases(table).sort_values(keys, ignore_index=True),
        summarise_cases(shuffled).sort_values(keys, ignore_index=True),
    )


def test_images_of_one_patient_are_no_independent_cases() -> None:
    """Every image once more under the same patient: the interval stays as wide."""
    table = cases({"a": 0.8}, seeds=1)
    twice = pd.concat([table, table.assign(image="again " + table["image"])])
    once, repeated, apart = (
        rows(summarise_cases(here), "a")["dice", "all"]
        for here in (table, twice, twice.assign(patient=twice["image"]))
    )
    assert repeated["high"] - repeated["low"] == pytest.approx(once["high"] - once["low"])
    assert apart["high"] - apart["low"] < 0.8 * (once["high"] - once["low"])


def test_distances_are_those_in_mm_where_both_units_occur() -> None:
    table = cases({"a": 0.8}, seeds=1)
    table.loc[table["image"].isin(["0.png", "1.png", "2.png", "3.png"]), "unit"] = "mm"
    found = rows(summarise_cases(table), "a")
    known = table[(table["unit"] == "mm") & (table["structure"] == "pleura")]
    assert found["hd95", "pleura"]["value"] == pytest.approx(known["hd95"].mean())
    assert found["hd95", "pleura"]["images"] == 4
    assert found["dice", "pleura"]["images"] > 40


def test_a_structure_that_no_case_has_has_no_value() -> None:
    table = cases({"a": 0.8, "b": 0.8}, seeds=1)
    table.loc[table["structure"] == "b_line", ["dice", "iou", "hd95", "surface_distance"]] = np.nan
    found = rows(summarise_cases(table), "a")
    assert np.isnan(found["dice", "b_line"][["value", "low", "high"]].astype(float)).all()
    assert found["dice", "b_line"]["images"] == 0
    assert found["dice", "all"]["value"] == found["dice", "pleura"]["value"]
    by_structure = compare_cases(table, reference="b").set_index("structure")
    assert by_structure["verdict"]["b_line"] == "no difference shown"
    assert np.isfinite(by_structure["p_holm"]["pleura"])


def test_perfect_cases_keep_a_width() -> None:
    table = cases({"a": 0.8}, seeds=1).assign(dice=1.0, components=1, reference_components=1)
    found = rows(summarise_cases(table), "a")
    assert found["dice", "all"]["value"] == found["dice", "all"]["high"] == 1
    assert found["dice", "all"]["low"] < 0.95
    assert found["components", "all"]["value"] == 0
    assert np.isnan(found["components", "all"]["high"])


@pytest.mark.parametrize("metric", ["dice", "iou", "hd95", "false_positive_area"])
def test_a_better_recipe_is_called_better(metric: str) -> None:
    table = cases({"reference": 0.7, "good": 0.78, "bad": 0.6, "same": 0.7}, seeds=3)
    found = compare_cases(table, reference="reference", metric=metric, margin=0.05)
    assert list(found.columns) == [
        *("recipe", "reference", "fraction", "metric", "structure", "difference", "low", "high"),
        *("p", "p_holm", "verdict", "detectable", "patients", "images", "seeds"),
    ]
    verdicts = found.set_index(["recipe", "structure"])["verdict"]
    assert set(verdicts["good"]) == {"better"}
    assert set(verdicts["bad"]) == {"worse"}
    assert "better" not in set(verdicts["same"])
    greater = found.loc[found["recipe"] == "good", "difference"] > 0
    assert (greater == (metric in ("dice", "iou"))).all()
    assert (found["p_holm"] >= found["p"]).all()


def test_holm_counts_the_recipes_and_not_the_structures() -> None:
    table = cases({"reference": 0.7, "a": 0.702, "b": 0.703}, seeds=1)
    found = compare_cases(table, reference="reference")
    for _, rows_of in found.groupby("structure"):
        p = sorted(rows_of["p"])
        assert sorted(rows_of["p_holm"]) == pytest.approx(
            [min(1, 2 * p[0]), max(min(1, 2 * p[0]), p[1])]
        )


def test_pairing_takes_what_images_share_out_of_the_difference() -> None:
    table = cases({"a": 0.8, "b": 0.8}, seeds=1)
    single = rows(summarise_cases(table), "a")["dice", "all"]
    difference = compare_cases(table, reference="a").iloc[0]
    assert difference["high"] - difference["low"] < 0.7 * (single["high"] - single["low"])


def spoilt(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    match kind:
        case "column":
            return table.drop(columns="hd95")
        case "no test":
            return table.assign(part="validation")
        case "twice":
            return pd.concat([table, table.iloc[:1]])
        case "lacking":
            return table.iloc[1:]
        case "no patient":
            return table.assign(patient="")
        case "one patient":
            return table.assign(patient="p")
        case _:
            return table[(table["fold"] != 0) | (table["seed"] != 1)]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("column", "columns are missing\n  - hd95"),
        ("no test", 'no row has part "test"'),
        ("twice", "a, fraction 1, seed 0: a case lacks a structure or is tested twice"),
        ("lacking", "a, fraction 1, seed 0: a case lacks a structure or is tested twice"),
        ("no patient", "a case has no patient"),
        ("one patient", "one patient only"),
        ("fold", "a, fraction 1, seed 1: fold 0 is missing"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(kind: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_case_runs(spoilt(cases({"a": 0.8}, folds=2), kind))


def test_what_cannot_be_compared_is_refused() -> None:
    table = cases({"a": 0.8, "b": 0.8})
    with pytest.raises(InputError, match="no metric 'auroc'"):
        compare_cases(table, reference="a", metric="auroc")
    with pytest.raises(InputError, match="no recipe 'c'"):
        compare_cases(table, reference="c")
    fewer = table[(table["recipe"] == "a") | (table["image"] != "3.png")]
    with pytest.raises(InputError, match="use one split"):
        compare_cases(fewer, reference="a")
