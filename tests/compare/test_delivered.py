"""The models that two studies hand over, as a row of their own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from pleura.compare.comparison import _of_models, _strictness
from pleura.compare.delivered import models_of, named
from pleura.compare.images import same_images
from pleura.compare.outcomes import outcomes_of
from pleura.compare.people import people_of
from pleura.compare.sections import delivered
from pleura.compare.studies import Pair, read_pair
from pleura.compare.tables import Compared
from pleura.report.section import Text
from pleura.report.table import Table
from tests.compare.made import patients, predictions, write_study

COOLED = {"temperature": 2.0, "biases": [0.0, 0.0]}


def handing_over(folder: Path, table: pd.DataFrame, card: dict[str, Any]) -> Path:
    study = write_study(folder, table)
    (study / "best").mkdir()
    whole = {"seed": 0, "fold": 0, "fraction": 1.0, "classes": ["ill", "well"], **card}
    (study / "best" / "model.json").write_text(json.dumps(whole | {"validation_auroc": 0.9}))
    return study


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """Both test the same 30 patients, and hand over another recipe and seed."""
    one = handing_over(tmp_path / "one", predictions(patients(0, 30)), {"recipe": "frozen"})
    card = {"recipe": "tuned", "seed": 1, "calibration": COOLED}
    two = handing_over(tmp_path / "two", predictions(patients(0, 30), draw=1), card)
    return read_pair(one, two)


def told(pair: Pair) -> pd.DataFrame:
    outcomes = outcomes_of(pair)
    names = [table["image"].unique() for table in outcomes.tables]
    images = same_images(pair, (names[0], names[1]))
    people = people_of(pair, outcomes.tables, images)
    return _of_models(pair, outcomes, images, people, _strictness(pair))


def test_they_are_paired_whatever_their_recipes_and_seeds(pair: Pair) -> None:
    table = told(pair)
    assert set(table["how"]) == {"paired"}
    assert set(table["seeds_first"]) == {1}
    assert [named(study) for study in pair] == ["frozen, seed 0", "tuned, seed 1"]
    row: Any = table.set_index(["metric", "class"]).loc[("auroc", "ill")]
    for side, study, recipe, seed in zip(
        ("first", "second"), pair, ("frozen", "tuned"), (0, 1), strict=True
    ):
        test = study.contents.test
        its = test[(test["recipe"] == recipe) & (test["seed"] == seed)]
        assert row[side] == pytest.approx(roc_auc_score(its["label"] == "ill", its["logit_ill"]))
    assert row["low"] < row["difference"] < row["high"]


def test_each_is_calibrated_as_it_predicts(pair: Pair) -> None:
    test = pair[1].contents.test
    its = test[(test["recipe"] == "tuned") & (test["seed"] == 1)]
    ill = 1 / (1 + np.exp(-its["logit_ill"] / 2))
    value = told(pair).set_index(["metric", "class"])["second"]["log_loss", "all"]
    assert value == pytest.approx(log_loss(its["label"] == "ill", ill))


def test_an_ensemble_is_no_single_training(pair: Pair, tmp_path: Path) -> None:
    card = tmp_path / "two" / "best" / "model.json"
    members = [{"seed": 0}, {"seed": 2}]
    card.write_text(json.dumps(json.loads(card.read_text()) | {"members": members}))
    again = read_pair(tmp_path / "one", tmp_path / "two")
    assert named(again[1]) == "tuned, an ensemble of seeds 0, 1 and 2"


def test_a_model_that_is_not_there_is_not_told(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "two" / "best" / "model.json").unlink()
    again = read_pair(tmp_path / "one", tmp_path / "two")
    table = told(again)
    assert table.empty
    assert named(again[1]) == ""
    facts = {"names": ["one", "two"], "models": ["frozen, seed 0", ""]}
    assert not [*delivered.blocks(Compared(tmp_path, facts, {"delivered": table}))]


def test_a_model_of_one_fold_among_several_is_left_out(tmp_path: Path) -> None:
    table = predictions(patients(0, 20), folds=2)
    studies = [handing_over(tmp_path / name, table, {"recipe": "tuned"}) for name in "ab"]
    pair = read_pair(studies[0], studies[1])
    assert models_of(pair, outcomes_of(pair)) is None


def test_other_patients_are_compared_each_on_its_own(tmp_path: Path) -> None:
    one = handing_over(tmp_path / "one", predictions(patients(0, 20)), {"recipe": "tuned"})
    two = handing_over(tmp_path / "two", predictions(patients(20, 50)), {"recipe": "tuned"})
    assert set(told(read_pair(one, two))["how"]) == {"separate"}


def test_the_section_says_what_they_are(pair: Pair, tmp_path: Path) -> None:
    facts = {
        "names": ["one", "two"],
        "models": [named(study) for study in pair],
        "task": "classification",
        "number": {"unit": ""},
        "metrics": [*outcomes_of(pair).metrics],
    }
    text, table = delivered.blocks(Compared(tmp_path, facts, {"delivered": told(pair)}))
    assert isinstance(text, Text)
    assert isinstance(table, Table)
    assert "in “one” frozen, seed 0, in “two” tuned, seed 1" in str(text)
    assert "one training" not in str(text)
    assert "on the test images of both, paired: 30 patients" in table.title
