"""What a card tells of the test part at home, written and read again."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from pleura.evaluate.at_home import (
    FIELD,
    differences_to_card,
    for_card,
    metrics_at_home,
    thresholds_by_card,
)
from pleura.evaluate.intervals import summarise
from pleura.evaluate.metrics import METRICS
from pleura.evaluate.predicted_runs import read_runs

CLASSES = ("ill", "well")


def predictions(times: float, seed: int, n: int = 200) -> pd.DataFrame:
    """Ill and well, by scores that tell the more the larger `times` is; half of them validate."""
    random = np.random.default_rng(seed)
    ill = np.arange(n) % 4 < 2
    scores = random.normal(np.where(ill, times, -times) / 2)
    names = [f"{seed}-{at}" for at in range(n)]
    return pd.DataFrame(
        {
            "recipe": "model",
            "fold": 0,
            "seed": 0,
            "fraction": 1.0,
            "part": np.where(np.arange(n) % 2 == 0, "test", "validation"),
            "image": names,
            "patient": names,
            "label": np.where(ill, "ill", "well"),
            "logit_ill": np.log(expit(scores)),
            "logit_well": np.log(expit(-scores)),
        }
    )


def card_of(table: pd.DataFrame) -> dict[str, Any]:
    """A card as it comes back from its file."""
    told = json.dumps({FIELD: for_card(table, "classification")}, allow_nan=False)
    return dict(json.loads(told))


def test_metrics_come_back_as_they_were() -> None:
    table = predictions(3.0, 0)
    told = metrics_at_home(card_of(table)).set_index(["metric", "class"])
    found = summarise(table).set_index(["metric", "class"])
    for name in ("value", "low", "high"):
        np.testing.assert_allclose(told[name], found[name])
    assert (told["patients"] == 100).all()
    assert metrics_at_home({}).empty


def test_a_large_difference_is_told_by_limits_alone() -> None:
    home, here = metrics_at_home(card_of(predictions(3.0, 0))), predictions(0.2, 1)
    summary = summarise(here)
    found, one, two = (
        table.set_index(["metric", "class"])
        for table in (differences_to_card(summary, home, METRICS), summary, home)
    )
    key = "auroc", "macro"
    assert found["difference"][key] == pytest.approx(one["value"][key] - two["value"][key])
    assert found["high"][key] < 0
    assert np.isnan(found["p"][key])


def test_thresholds_come_back_and_are_tried_here() -> None:
    home, here = predictions(3.0, 0), predictions(0.2, 1)
    (run,) = read_runs(here).runs
    found = thresholds_by_card(card_of(home), run, CLASSES)
    rates = found.set_index(["target", "class", "measure", "where"])["value"]
    of_ill = home[(home["part"] == "validation") & (home["label"] == "ill")]["logit_ill"]
    # At least nine tenths of the ill of validation reach it, and one fewer would not do.
    at = rates[0.9, "ill", "threshold", ""]
    assert (np.exp(of_ill) >= at - 1e-12).mean() >= 0.9
    assert (np.exp(of_ill) > at + 1e-12).mean() < 0.9
    ill = (here["part"] == "test") & (here["label"] == "ill")
    reach = (np.exp(here.loc[ill, "logit_ill"]) >= at).mean()
    assert rates[0.9, "ill", "sensitivity", "here"] == pytest.approx(reach)
    assert thresholds_by_card({}, run, CLASSES).empty


def test_numbers_tell_their_metrics_alone() -> None:
    truth = np.linspace(20, 80, 60)
    table = predictions(1.0, 0, 60).drop(columns=["logit_ill", "logit_well"])
    told = for_card(table.assign(number=truth, predicted=truth + 2, part="test"), "numbers")
    found = {row["metric"]: row["value"] for row in told["metrics"]}
    assert found["mae"] == pytest.approx(2)
    assert told["thresholds"] == []
