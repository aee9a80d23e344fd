"""What is said before a model is used elsewhere, of tables that call for it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pleura.external.cautions import cautions
from pleura.external.sections.patients import blocks
from pleura.external.tables import Evaluated
from pleura.external.verdict import verdict
from pleura.external.weights import told_of_weights

HOME: dict[str, Any] = {
    "study": "s",
    "patients_compared": 9,
    "images_compared": 9,
    "known_not_learned": 0,
}
FACTS: dict[str, Any] = {
    "card": {"task": "classification", "classes": ["ill", "well"]},
    "level": 0.95,
    "flag": {"rate": 0.01},
    "dropped": {"patients": 0, "images": 0},
    "recalibration": {"share": 0.0, "seed": 0, "left_out": "not asked for"},
    "home": HOME,
    "notes": [],
}


def evaluated(
    metrics: dict[str, tuple[float, float]], facts: dict[str, Any] | None = None, **tables: Any
) -> Evaluated:
    """An evaluation of 200 patients whose metrics have values here and at home; those that differ
    by a tenth or more are shown to."""
    rows, differences = [], []
    of = {"accuracy": "all", "log_loss": "all", "mae": "all"}
    for name, values in metrics.items():
        where = of.get(name, "macro")
        rows += [
            (place, name, where, value, value - 0.01, value + 0.01, 200, 200)
            for place, value in zip(("here", "home"), values, strict=True)
        ]
        change = values[0] - values[1]
        p = 0.001 if abs(change) >= 0.1 else 0.5
        reach = 0.05 if p < 0.05 else 0.2
        differences.append((name, where, change, change - reach, change + reach, p, p))
    named = ["where", "metric", "class", "value", "low", "high", "patients", "images"]
    limits = ["metric", "class", "difference", "low", "high", "p", "p_holm"]
    every = {
        "metrics": pd.DataFrame(rows, columns=named),
        "differences": pd.DataFrame(differences, columns=limits),
        "flagged": flagged(0.01, 0.005, 0.03),
        **tables,
    }
    predictions = pd.DataFrame({"number": [20.0, 60.0]})
    return Evaluated(Path(), {**FACTS, **(facts or {})}, every, predictions)


def flagged(value: float, low: float, high: float) -> pd.DataFrame:
    columns = ["class", "images", "patients", "value", "low", "high"]
    return pd.DataFrame([("all", 200, 200, value, low, high)], columns=columns)


def said(of: Evaluated) -> str:
    return " | ".join(caution.text for caution in cautions(of))


def test_the_verdict_says_what_is_shown() -> None:
    assert "worse here, −.200" in verdict(evaluated({"auroc": (0.7, 0.9)}))
    assert "better here, +.200" in verdict(evaluated({"auroc": (0.9, 0.7)}))
    assert "no difference is shown, −.050" in verdict(evaluated({"auroc": (0.85, 0.9)}))


def test_where_nothing_is_wrong_nothing_is_said() -> None:
    assert said(evaluated({"auroc": (0.9, 0.9)})) == ""


def test_weights_that_may_have_learned_from_these_images_are_told() -> None:
    def of(trained_on: list[str] | None, source: str, table: str = "new/images.csv") -> Evaluated:
        facts = {"weights": {"name": "rad-dino", "trained_on": trained_on}, "table": table}
        made = evaluated({"auroc": (0.9, 0.9)}, facts)
        return replace(made, predictions=made.predictions.assign(source=source))

    (caution,) = cautions(of(["NIH ChestX-ray14"], "RSNA"))
    assert caution.serious
    assert "are of RSNA pneumonia (images of NIH ChestX-ray14): they may have" in caution.text
    assert "are of NIH ChestX-ray14" in said(of(["NIH ChestX-ray14"], "ward 3", "nih/images.csv"))
    assert "cannot be told, since the table has no" in said(of(["NIH ChestX-ray14"], "unknown"))
    assert "is not known" in said(of(None, "ward 3"))
    assert said(of(["CheXpert"], "RSNA")) == ""
    assert told_of_weights({"weights": {"name": "w", "mean": [0.5], "trained_on": None}}) == {
        "name": "w",
        "trained_on": None,
    }


def test_other_metrics_are_told_where_the_first_hides_them() -> None:
    hidden = evaluated({"auroc": (0.9, 0.9), "log_loss": (1.5, 0.5)})
    assert "Worse here than at home by other metrics: log-loss +1.000" in said(hidden)
    both = evaluated({"auroc": (0.7, 0.9), "log_loss": (1.5, 0.5)})
    assert "other metrics" not in said(both)


def test_a_flag_that_is_raised_more_often_than_promised_is_told() -> None:
    more = evaluated({"auroc": (0.9, 0.9)}, flagged=flagged(0.4, 0.35, 0.45))
    assert "40\N{NO-BREAK SPACE}% (35 to 45\N{NO-BREAK SPACE}%)" in said(more)


def test_numbers_in_another_unit_are_doubted() -> None:
    facts = {"card": {"task": "numbers", "classes": ["age"], "calibration": {"unit": "years"}}}
    months = {"numbers": {"here": [216.0, 600.0, 960.0], "home": [18.0, 50.0, 80.0]}}
    assert "another unit?" in said(evaluated({"mae": (0.5, 0.5)}, facts | months))
    years = {"numbers": {"here": [20.0, 61.0, 90.0], "home": [18.0, 50.0, 80.0]}}
    assert "another unit?" not in said(evaluated({"mae": (0.5, 0.5)}, facts | years))


def test_a_set_that_holds_less_than_it_promises_is_told() -> None:
    rows = [
        ("", "ill", "covered", 0.6, 0.5, 0.7, "here", 0.9),
        ("", "ill", "expected", 0.9, 0.8, 0.97, "here", 0.9),
        ("", "well", "covered", 0.85, 0.75, 0.92, "here", 0.9),
        ("", "well", "expected", 0.9, 0.8, 0.97, "here", 0.9),
    ]
    columns = ["question", "answer", "measure", "value", "low", "high", "where", "promised"]
    text = said(evaluated({"auroc": (0.9, 0.9)}, sets=pd.DataFrame(rows, columns=columns)))
    assert ".600 (.500" in text
    assert "well" not in text


def test_shares_that_probabilities_get_wrong_are_told() -> None:
    rows = [
        ("ill", "at home", 0.5, np.nan, np.nan),
        ("ill", "estimated", 0.98, 0.8, 1.0),
        ("ill", "true", 0.42, 0.34, 0.5),
    ]
    table = pd.DataFrame(rows, columns=["class", "measure", "value", "low", "high"])
    text = said(evaluated({"auroc": (0.9, 0.9)}, label_shift=table))
    assert "More than shares has changed" in text
    assert "would be “ill” .98" in text


def test_known_patients_who_taught_nothing_are_counted() -> None:
    facts = {"home": {**HOME, "known_not_learned": 16}}
    assert "16 images of these patients" in said(evaluated({"auroc": (0.9, 0.9)}, facts))


def test_that_hashes_find_nobody_is_serious_and_stands_on_the_page() -> None:
    doubt = "No name matched. They are hashes."
    names = {"doubt": doubt, "salt": False}
    its = evaluated({"auroc": (0.9, 0.9)}, {"names": names})
    [caution] = cautions(its)
    assert caution.text == f"{doubt} A patient of the training with other images is not found."
    assert caution.serious
    assert any(doubt == getattr(block, "text", "") for block in blocks(its))
    [with_salt] = cautions(evaluated({"auroc": (0.9, 0.9)}, {"names": {**names, "salt": True}}))
    assert not with_salt.serious


def test_a_page_does_not_say_that_names_were_compared_where_they_were_not() -> None:
    for names, told in ((None, "patients not, as every image counts"), ({"doubt": ""}, "9 names")):
        first, *_ = blocks(evaluated({"auroc": (0.9, 0.9)}, {"names": names}))
        assert told in getattr(first, "text", "")
