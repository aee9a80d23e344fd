"""AUROC with the lungs hidden, against the same shape hidden elsewhere."""

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.hidden_lungs import CAUSAL, LOST, LOST_ELSEWHERE, PARTS, by_lungs
from pleura.evaluate.intervals import summarise
from pleura.tables import CENTRE, NO_LUNGS
from tests.evaluate.tables import predictions


def planted() -> pd.DataFrame:
    """ "looks" knows nothing without the lungs, "cheat" as much; "both" is in between."""
    strengths = {
        "whole": (2.0, 2.0, 2.0),
        "no lungs": (0.0, 2.0, 1.0),
        "elsewhere": (2.0, 2.0, 2.0),
        "lungs only": (2.0, 0.0, 1.0),
    }
    names = ("looks", "cheat", "both")
    of = {
        f"{name}/{shown}": by[i] for shown, by in strengths.items() for i, name in enumerate(names)
    }
    table = predictions(of, patients=150)
    recipe, shown = (table["recipe"].str.split("/").str[i] for i in range(2))
    return table.assign(recipe=recipe, part=shown.map(PARTS))


def macro(table: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float, float]]:
    rows = table[table["class"] == "macro"].drop(columns="class")
    return {(row[0], row[1]): row[2:] for row in rows.itertuples(index=False, name=None)}


def test_hiding_the_lungs_tells_the_cheat() -> None:
    table = planted()
    found = by_lungs(table, fraction=1.0, reference="looks")
    values = macro(found.table)
    assert found.unclear == ""
    assert values["looks", CAUSAL][1] > 0.2
    assert values["cheat", CAUSAL][1] < 0 < values["cheat", CAUSAL][2]
    assert values["cheat", "no lungs"][1] > 0.75
    assert values["cheat", "lungs only"][1] < 0.5 < values["cheat", "lungs only"][2]
    for name, (one, other) in {
        CAUSAL: ("elsewhere", "no lungs"),
        LOST: ("whole", "no lungs"),
        LOST_ELSEWHERE: ("whole", "elsewhere"),
    }.items():
        difference = values["both", one][0] - values["both", other][0]
        assert values["both", name][0] == pytest.approx(difference)


def test_recipes_are_compared_by_what_the_lungs_are_worth_to_them() -> None:
    table = planted()
    found = by_lungs(table, fraction=1.0, reference="looks")
    values = macro(found.table)
    compared = found.compared.set_index("recipe")
    assert list(compared.index) == ["cheat", "both"]
    for recipe in compared.index:
        expected = values[recipe, CAUSAL][0] - values["looks", CAUSAL][0]
        assert compared["difference"][recipe] == pytest.approx(expected)
        assert compared["high"][recipe] < 0
        assert compared["p_holm"][recipe] >= compared["p"][recipe]
    assert (compared[["patients", "seeds"]] == [150, 3]).all(axis=None)
    assert by_lungs(table, fraction=1.0, reference="other").compared.empty


def test_images_without_lungs_do_not_count() -> None:
    table = planted()
    images = sorted(set(table["image"]))
    known = table[(table["part"] == "test") | table["image"].isin(images[::2])]
    found = by_lungs(known, fraction=1.0, reference="looks").table
    expected = summarise(known[(known["part"] == "test") & known["image"].isin(images[::2])])
    expected = expected[expected["metric"] == "auroc"].sort_values(["recipe", "class"])
    whole = found[found["shown"] == "whole"].sort_values(["recipe", "class"])
    numbers = ["value", "low", "high"]
    np.testing.assert_allclose(whole[numbers], expected[numbers])
    same = by_lungs(table, fraction=1.0, reference="looks", images=images[::2])
    pd.testing.assert_frame_equal(same.table, found)


def test_recipes_and_studies_without_these_parts_have_none() -> None:
    table = planted()
    uneven = table[(table["recipe"] != "cheat") | (table["part"] != NO_LUNGS)]
    assert set(by_lungs(uneven, fraction=1.0, reference="looks").table["recipe"]) == {
        "looks",
        "both",
    }
    plain = table[table["part"] == "test"]
    for other in (plain, pd.concat([plain, plain.assign(part=CENTRE)])):
        found = by_lungs(other, fraction=1.0, reference="looks")
        assert found.table.empty
        assert found.compared.empty
        assert found.unclear == ""


def test_a_class_without_lungs_is_told() -> None:
    table = planted()
    healthy = set(table.loc[table["label"] == "healthy", "image"])
    images = set(table["image"]) - healthy
    found = by_lungs(table, fraction=1.0, reference="looks", images=images)
    assert found.table.empty
    assert "no test image of healthy" in found.unclear
