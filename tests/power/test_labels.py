"""What a pilot at several shares of the labels tells, and what it leaves out."""

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.curve_areas import AUROC
from pleura.power.labels import Trend
from pleura.power.options import Options
from pleura.power.pilot import of_table
from pleura.power.plan import plan_of_pilot
from pleura.power.words import told
from tests.evaluate.tables import predictions

TABLE = predictions({"a": 1.0, "b": 1.2, "c": 1.4}, patients=45, fractions=(0.25, 1.0))


def test_labels_are_counted_from_the_line_and_not_from_the_last_difference() -> None:
    trend = Trend("b", {0.125: 0.01, 0.25: 0.03, 0.5: 0.02}, 0.005, 0.002, 0.02, 0.01)
    assert trend.reached_at(0.025)[0] == pytest.approx(0.5)
    assert trend.reached_at(0.025)[2] == np.inf


def test_a_recipe_whose_fractions_have_other_seeds_is_named() -> None:
    fewer = (TABLE["recipe"] == "b") & (TABLE["fraction"] < 1) & (TABLE["seed"] > 1)
    more = (TABLE["recipe"] == "c") & (TABLE["fraction"] == 1)
    text = told(plan_of_pilot(of_table("p", TABLE[~fewer], AUROC, "a"), Options()))
    assert "Labels, b: not told, since its fractions have other seeds" in text
    half = TABLE[TABLE["fraction"] < 1].assign(fraction=0.5)
    pilot = of_table("p", pd.concat([TABLE[~more], half]), AUROC, "a")
    assert [*plan_of_pilot(pilot, Options()).trends[1].differences] == [0.25, 0.5]
