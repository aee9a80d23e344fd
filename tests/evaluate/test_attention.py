"""How much of the heat maps lies in the lungs: means, comparisons, doubts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.evaluate.attention import (
    ATTENTION,
    MEANS,
    attention_means,
    compare_attention,
    read_attention,
)


def maps(
    looks: dict[str, float], *, patients: int = 50, seeds: int = 2, seed: int = 0
) -> pd.DataFrame:
    """Two images a patient; a recipe's share inside exceeds the area by `looks`, give or take what
    the patient, the training and the image add. Every tenth mask is doubtful."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(patients), 2)
    area = rng.uniform(0.2, 0.4, len(patient))
    common = 0.05 * rng.normal(size=patients)[patient]
    tables = []
    for recipe, more in looks.items():
        for training in range(seeds):
            own = 0.01 * rng.normal()
            for method in ("HiRes-CAM", "Grad-CAM"):
                noise = own + 0.03 * rng.normal(size=len(patient))
                table = {
                    "recipe": recipe,
                    "fold": patient % 2,
                    "seed": training,
                    "fraction": 1.0,
                    "image": [f"{i}.png" for i in range(len(patient))],
                    "patient": [f"p{p}" for p in patient],
                    "label": "a",
                    "predicted": "a",
                    "method": method,
                    "cut": "last",
                    "grid": 16,
                    "inside": area + more + common + noise,
                    "area": area,
                    "pointing": (rng.random(len(patient)) < area + more).astype(float),
                    "doubtful": np.arange(len(patient)) % 10 == 0,
                    "overlap": 0.0,
                }
                tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True)


def rows(means: pd.DataFrame, measure: str, masks: str = "all") -> pd.DataFrame:
    chosen = (means["measure"] == measure) & (means["masks"] == masks)
    return means[chosen & (means["method"] == "HiRes-CAM")].set_index("recipe")


def test_a_mean_has_its_interval_over_patients_and_seeds() -> None:
    table = maps({"looks": 0.1, "even": 0.0})
    means = attention_means(table)
    assert list(means.columns) == MEANS
    found = rows(means, "inside - area")
    mine = table[(table["method"] == "HiRes-CAM")]
    expected = (mine["inside"] - mine["area"]).groupby(mine["recipe"]).mean()
    np.testing.assert_allclose(found["value"], expected[found.index])
    assert found["low"]["looks"] > 0.05
    assert found["low"]["even"] < 0 < found["high"]["even"]
    assert (found[["patients", "images", "seeds", "empty"]] == [50, 100, 2, 0]).all(axis=None)
    ratio = mine.groupby("recipe")[["inside", "area"]].mean()
    np.testing.assert_allclose(
        rows(means, "inside / area")["value"], (ratio["inside"] / ratio["area"])[found.index]
    )


def test_intervals_hold_the_truth() -> None:
    held = []
    for seed in range(120):
        table = maps({"a": 0.05}, seeds=3, seed=seed)
        table = table[(table["method"] == "HiRes-CAM") & ~table["doubtful"]]
        found = rows(attention_means(table), "inside - area").loc["a"]
        held.append(found["low"] < 0.05 < found["high"])
    assert 0.89 <= np.mean(held) <= 0.99


def test_doubtful_masks_are_left_out_besides() -> None:
    table = maps({"a": 0.0})
    table.loc[table["doubtful"], "inside"] = 1
    means = attention_means(table)
    everything, sure = (rows(means, "inside - area", masks) for masks in ("all", "sure"))
    assert everything["value"]["a"] > sure["value"]["a"] + 0.05
    assert (everything["images"]["a"], sure["images"]["a"]) == (100, 90)
    assert set(attention_means(table.assign(doubtful=False))["masks"]) == {"all"}


def test_maps_without_mass_are_counted_and_count_nothing() -> None:
    table = maps({"a": 0.0, "b": 0.0})
    dark = (table["recipe"] == "a") & (table["image"].isin(["0.png", "1.png", "2.png"]))
    expected = rows(attention_means(table[~dark]), "inside - area")["value"]["a"]
    table.loc[dark, ["inside", "pointing"]] = np.nan
    found = rows(attention_means(table), "inside - area")
    assert found["value"]["a"] == pytest.approx(expected)
    assert found["empty"].to_dict() == {"a": 6, "b": 0}
    assert found["images"].to_dict() == {"a": 97, "b": 100}
    assert found["patients"].to_dict() == {"a": 49, "b": 50}


def test_recipes_are_compared_on_the_same_images() -> None:
    table = maps({"reference": 0.0, "looks": 0.1, "same": 0.0})
    compared = compare_attention(table, reference="reference")
    lead = compared[(compared["measure"] == "inside - area") & (compared["masks"] == "all")]
    lead = lead[lead["method"] == "HiRes-CAM"].set_index("recipe")
    assert lead["low"]["looks"] > 0.05
    assert lead["low"]["same"] < 0 < lead["high"]["same"]
    p = lead["p"].sort_values()
    assert lead["p_holm"]["looks"] == pytest.approx(2 * p["looks"])
    assert lead["p_holm"]["same"] == pytest.approx(p["same"])
    # What patients add is common to both and leaves their difference.
    wide = rows(attention_means(table), "inside - area").loc["looks"]
    assert lead["high"]["looks"] - lead["low"]["looks"] < wide["high"] - wide["low"]
    with pytest.raises(InputError, match="different data"):
        other = (table["recipe"] == "same") & (table["image"] == "0.png")
        compare_attention(table[~other], reference="reference")
    assert compare_attention(table, reference="pixels").empty


def test_limits_of_a_difference_of_shares_end_where_it_does() -> None:
    table = maps({"reference": 0.0, "other": 0.0}, patients=3, seeds=1)
    ours = table["recipe"] == "other"
    table["pointing"] = (ours & (table["patient"] != "p2")).astype(float)
    compared = compare_attention(table, reference="reference").set_index("measure")
    found = compared.loc["pointing - area"].iloc[0]
    assert found["difference"] == pytest.approx(2 / 3)
    assert -1 <= found["low"] < 0
    assert found["high"] == 1


def test_a_map_without_mass_is_left_out_on_both_sides() -> None:
    """Of one seed; the other seed's maps of the same image still count."""
    table = maps({"reference": 0.0, "a": 0.02})
    dark = (table["seed"] == 1) & table["image"].isin([f"{i}.png" for i in range(20)])
    table.loc[dark & (table["recipe"] == "a"), ["inside", "pointing"]] = np.nan
    compared = compare_attention(table, reference="reference")
    lead = compared[(compared["method"] == "Grad-CAM") & (compared["masks"] == "all")]
    kept = table[~dark & (table["method"] == "Grad-CAM")]
    for measure, of in (("inside - area", "inside"), ("pointing - area", "pointing")):
        more = (kept[of] - kept["area"]).groupby([kept["recipe"], kept["seed"]]).mean()
        found = lead.loc[lead["measure"] == measure, "difference"].item()
        assert found == pytest.approx((more["a"] - more["reference"]).mean(), abs=1e-12)
    table.loc[dark, ["inside", "pointing"]] = np.nan
    pd.testing.assert_frame_equal(compared, compare_attention(table, reference="reference"))


def test_the_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    table = maps({"a": 0.0}, patients=4)[list(ATTENTION)]
    table.loc[0, ["inside", "pointing"]] = np.nan
    table["patient"] = table["patient"].replace("p1", "NA")
    table.to_csv(tmp_path / "attention.csv", index=False)
    pd.testing.assert_frame_equal(read_attention(tmp_path / "attention.csv"), table)
    table.drop(columns="area").to_csv(tmp_path / "attention.csv", index=False)
    with pytest.raises(InputError, match="area"):
        read_attention(tmp_path / "attention.csv")
