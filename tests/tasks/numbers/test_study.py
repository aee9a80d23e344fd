"""A tiny study of numbers from file to report."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, r2_score

import pleura
from pleura.deploy.predictions import write_predictions
from pleura.errors import InputError
from pleura.evaluate.number_metrics import METRICS
from pleura.study.run import Result, Study
from pleura.tasks.numbers.learned import RIDGE
from pleura.tasks.pixels import FOREST
from tests.conftest import with_figures
from tests.tasks.grades.drawn import draw_images

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.fixture(scope="module")
def finished(content: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Result:
    with with_figures():
        return Study.from_objects(content).run(tmp_path_factory.mktemp("numbers"))


def test_recipes_and_baselines_are_judged_by_metrics_of_numbers(
    finished: Result, content: dict[str, Any]
) -> None:
    summary = finished.summary
    assert set(summary["recipe"]) == {*content["recipes"], RIDGE.name, FOREST.name}
    assert set(summary["metric"]) == set(METRICS)
    assert set(pd.read_csv(finished.folder / "comparisons.csv")["metric"]) == {"mae"}
    # The brightness of the middle, which both baselines must find.
    r2 = summary[summary["metric"] == "r2"].set_index("recipe")["value"]
    assert r2[RIDGE.name] > 0.6
    assert r2[FOREST.name] > 0.6


def test_values_are_those_of_scikit_learn(finished: Result) -> None:
    table = finished.predictions
    summary = finished.summary.set_index(["recipe", "metric"])["value"].astype(float)
    for recipe, rows in table[table["part"] == "test"].groupby("recipe"):
        of_seeds = [its for _, its in rows.groupby("seed")]
        for name, of in (("mae", mean_absolute_error), ("r2", r2_score)):
            expected = np.mean([of(its["number"], its["predicted"]) for its in of_seeds])
            assert summary[recipe, name] == pytest.approx(expected, abs=1e-9)


def test_predictions_are_in_the_unit_of_the_numbers(finished: Result) -> None:
    """Far from 0, with little to train on: every recipe predicts within the range."""
    predicted = finished.predictions["predicted"]
    assert predicted.between(900, 1200).all()
    assert not any(str(name).startswith("logit_") for name in finished.predictions)


@pytest.mark.usefixtures("no_page")
def test_a_network_that_trains_longer_finds_the_number(
    content: dict[str, Any], tmp_path: Path
) -> None:
    recipe = {"full": content["recipes"]["full"]}
    longer = {**content, "seeds": [0], "recipes": recipe, "reference": "full"}
    longer["training"] = {"epochs": 8, "min_steps": 60, "batch_size": 8, "augmentation": None}
    result = Study.from_objects(longer).run(tmp_path)
    r2 = result.summary.set_index(["recipe", "metric"])["value"]["full", "r2"]
    assert float(str(r2)) > 0.7


def test_rows_without_a_number_are_left_out_and_told(finished: Result) -> None:
    assert "p47" not in set(finished.predictions["patient"])
    notes = json.loads((finished.folder / "notes.json").read_text())
    assert any("2 rows left out, column age being empty" in note for note in notes)


def test_the_page_shows_agreement(finished: Result) -> None:
    page = (finished.folder / "report.html").read_text(encoding="utf-8")
    for said in ("Calibration and agreement", "Lower limit", "mean absolute error in years"):
        assert said in page
    assert (finished.folder / "figures" / "calibration_0.svg").is_file()
    assert (finished.folder / "figures" / "differences_0.svg").is_file()


def test_the_model_that_is_handed_over_gives_the_number(
    finished: Result, manifest: Path, tmp_path: Path
) -> None:
    best = finished.folder / "best"
    card = json.loads((best / "model.json").read_text())
    assert (card["task"], card["number"], card["unit"]) == ("numbers", "age", "years")
    model = pleura.load(best)
    assert model.classes == ("age",)
    rows = finished.predictions.query("part == 'test'")
    rows = rows[(rows["recipe"] == card["recipe"]) & (rows["seed"] == card["seed"])].head(3)
    files = [str(manifest.parent / name) for name in rows["image"]]
    numbers = model.predict(files)
    assert numbers.shape == (3, 1)
    np.testing.assert_allclose(numbers[:, 0], rows["predicted"], rtol=1e-5)
    with (tmp_path / "out.csv").open("w") as file:
        write_predictions(best, files, file, say=lambda line: None)
    written = pd.read_csv(tmp_path / "out.csv")
    np.testing.assert_allclose(written["age"], numbers[:, 0], atol=1e-5)


@pytest.mark.usefixtures("no_page")
def test_finished_steps_are_not_done_again(finished: Result, content: dict[str, Any]) -> None:
    said: list[str] = []
    Study.from_objects(content).run(finished.folder, announce=said.append)
    steps = next(line for line in said if "already done" in line)
    every, done = (int(part.split()[0]) for part in steps.split(", ")[:2])
    assert every == done > 0


def test_a_finished_study_is_looked_at_by_subgroups_and_nothing_is_done_again(
    finished: Result, content: dict[str, Any], tmp_path: Path
) -> None:
    """By the number itself, too."""
    folder, said = shutil.copytree(finished.folder, tmp_path / "study"), list[str]()
    asked = {**content, "subgroups": ["sex", {"age": [0, 1050]}]}
    Study.from_objects(asked).run(folder, announce=said.append)
    assert not any(line.startswith("[") for line in said)  # steps that are done
    groups = pd.read_csv(folder / "subgroups.csv")
    assert set(groups["sex"]) == {"F", "unknown"}
    assert set(groups["age"]) == {"0 to under 1050", "1050 and more"}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "By sex" in page
    assert "Few test patients in subgroups" in page


@pytest.mark.parametrize("hidden", [True, False])
def test_a_sex_whose_images_do_not_show_the_number_is_caught(tmp_path: Path, hidden: bool) -> None:
    """Every second patient is a man; where it is `hidden`, the middle of his images says nothing
    of his age, and the errors of whatever is trained are larger for men."""
    ages = np.random.default_rng(3).uniform(20, 80, 96)
    man = np.arange(96) % 2 == 1
    shown = np.where(man & hidden, 50.0, ages)
    patients = [(f"{age:.1f}", 1.5 * (told - 20)) for age, told in zip(ages, shown, strict=True)]
    manifest = draw_images(tmp_path, "age", patients)
    table = pd.read_csv(manifest)
    sex = np.where(man, "M", "F")[table["patient"].str[1:].astype(int)]
    table.assign(sex=sex).to_csv(manifest, index=False)
    frozen = {"backbone": "squeezenet1_0", "weights": "random", "strategy": "feature_extraction"}
    asked = {
        "task": "numbers",
        "question": "how old",
        "data": {"manifest": str(manifest), "size": 32, "number": {"column": "age"}},
        "split": {"test": 0.5, "validation": 0.2},
        "seeds": [0],
        "reference": "frozen",
        "recipes": {"frozen": frozen},
        "tune": {"rates": [1e-3], "penalties": [1.0]},
        "subgroups": ["sex"],
    }
    result = Study.from_objects(asked).run(tmp_path / "study")
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    told = "is shown to do worse for sex M than for sex F: mean absolute error"
    assert (f"“frozen” {told}" in page) == hidden
    assert (f"It {told}" in page) == hidden  # of the model that is handed over
    assert "is shown to do worse for sex F" not in page


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"classes": ["a", "b"]}, "goes with classes"),
        ({"number": {"column": "height"}}, "no column 'height'"),
    ],
)
def test_what_does_not_go_with_numbers_is_refused(
    content: dict[str, Any], changes: dict[str, Any], told: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=told):
        Study.from_objects({**content, "data": {**content["data"], **changes}}).prepare(tmp_path)


def test_a_margin_in_the_unit_can_be_large(
    finished: Result, content: dict[str, Any], tmp_path: Path
) -> None:
    """All errors here are below 1,100 years, so with that margin each recipe that is not shown to
    be better or worse is as good."""
    folder = shutil.copytree(finished.folder, tmp_path / "study")
    Study.from_objects({**content, "margin": 1100.0}).run(folder)
    assert "within a margin of 1100 years" in (folder / "report.html").read_text(encoding="utf-8")
    verdicts = pd.read_csv(folder / "comparisons.csv")["verdict"]
    assert "as good" in set(verdicts) <= {"as good", "better", "worse"}
    with pytest.raises(InputError, match="margin"):
        Study.from_objects({**content, "margin": -1.0})
