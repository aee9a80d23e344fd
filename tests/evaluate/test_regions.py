"""AUROC by the part of the image that is shown."""

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.intervals import summarise
from pleura.evaluate.regions import LOST, by_region
from pleura.tables import CENTRE, FRAME
from tests.evaluate.tables import CLASSES, predictions


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
