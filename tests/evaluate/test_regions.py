"""AUROC by the part of the image that is shown."""

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.intervals import summarise
from pleura.evaluate.regions import LOST, by_region, by_region_of_numbers
from pleura.report.findings import estimates
from pleura.tables import CENTRE, FRAME
from tests.evaluate.tables import CLASSES, predictions
from tests.evaluate.test_numbers import table as numbers


def planted() -> pd.DataFrame:
    """Without the frame "honest" knows as much and "cheat" nothing; of it alone the reverse."""
    strengths = {"test": (2.0, 2.0), CENTRE: (2.0, 0.0), FRAME: (0.0, 2.0)}
    return pd.concat(
        predictions({"honest": honest, "cheat": cheat}, patients=150, seed=i).assign(part=part)
        for i, (part, (honest, cheat)) in enumerate(strengths.items())
    )


def test_a_cheat_is_told_from_a_model_that_looks_inside() -> None:
    table = by_region(planted(), fraction=1.0)
    assert set(table["class"]) == {"macro", *CLASSES}
    rows = table[table["class"] == "macro"].drop(columns="class")
    found = {(row[0], row[1]): row[2:] for row in rows.itertuples(index=False, name=None)}
    assert list(found)[:4] == [("honest", shown) for shown in ("whole", "centre", "frame", LOST)]
    for recipe, known, unknown in (("honest", "centre", "frame"), ("cheat", "frame", "centre")):
        assert found[recipe, known][1] > 0.75
        _, low, high = found[recipe, unknown]
        assert low < 0.5 < high
    assert found["cheat", LOST][1] > 0.2
    _, low, high = found["honest", LOST]
    assert low < 0 < high
    lost = found["cheat", "whole"][0] - found["cheat", "centre"][0]
    assert found["cheat", LOST][0] == pytest.approx(lost)


def test_whole_images_have_the_values_of_the_summary() -> None:
    table, numbers = planted(), ["value", "low", "high"]
    summary = summarise(table).query("metric == 'auroc'").sort_values(["recipe", "class"])
    whole = by_region(table, fraction=1.0).query("shown == 'whole'")
    whole = whole.sort_values(["recipe", "class"])
    np.testing.assert_allclose(whole[numbers], summary[numbers])


def test_recipes_without_parts_are_left_out() -> None:
    table = planted()
    assert by_region(predictions({"a": 1.0}), fraction=1.0).empty
    uneven = table[(table["recipe"] != "cheat") | (table["part"] == "test")]
    assert set(by_region(uneven, fraction=1.0)["recipe"]) == {"honest"}


def planted_numbers() -> pd.DataFrame:
    """Without the frame "honest" knows as much and "cheat" nothing; of it alone the reverse. What a
    part is hidden of is told 40 too high."""
    errors = {"test": (5.0, 5.0), CENTRE: (6.0, 500.0), FRAME: (500.0, 6.0)}
    parts = []
    for part, (honest, cheat) in errors.items():
        table = numbers({"honest": honest, "cheat": cheat}).assign(part=part)
        table["predicted"] += 0.0 if part == "test" else 40.0
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def test_a_number_that_is_told_by_the_frame_is_told_from_one_that_is_not() -> None:
    table = planted_numbers()
    found = by_region_of_numbers(table, fraction=1.0)
    assert set(found["class"]) == {"all"}
    rows = estimates(found, "recipe", "shown")
    for recipe, known, unknown in (("honest", "centre", "frame"), ("cheat", "frame", "centre")):
        assert rows[recipe, known].low > 0.8
        assert rows[recipe, unknown].low < 0 < rows[recipe, unknown].high
    assert rows["cheat", LOST].low > 0.3
    assert rows["honest", LOST].high < 0.1
    for (recipe, shown), estimate in rows.items():
        if shown != LOST:
            part = {"whole": "test", "centre": CENTRE, "frame": FRAME}[shown]
            mine = table[(table["recipe"] == recipe) & (table["part"] == part)]
            seeds = [its for _, its in mine.groupby("seed")]
            expected = [np.corrcoef(its["number"], its["predicted"])[0, 1] for its in seeds]
            assert estimate.value == pytest.approx(np.mean(expected), abs=1e-9)


def test_the_mean_of_a_part_is_no_number_that_is_told() -> None:
    """A recipe that says the same of all images without their frame loses all by it."""
    table = planted_numbers()
    table.loc[table["part"] == FRAME, "predicted"] = 50.1
    rows = estimates(by_region_of_numbers(table, fraction=1.0), "recipe", "shown")
    assert rows["honest", "frame"].value == 0
    assert rows["honest", "frame"].low < 0 < rows["honest", "frame"].high


def test_numbers_without_parts_are_left_out() -> None:
    assert by_region_of_numbers(numbers({"a": 5.0}), fraction=1.0).empty
