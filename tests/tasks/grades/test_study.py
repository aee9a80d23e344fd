"""A tiny study of grades from file to report: four grades, one weight in common (CORAL)."""

import json
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.metrics import cohen_kappa_score

import pleura
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.errors import InputError
from pleura.evaluate.grades import METRICS
from pleura.evaluate.metrics import softmax
from pleura.report.nouns import GRADE
from pleura.study.run import Result, Study
from pleura.tasks.grades.learned import LINE, fit_line, highest
from pleura.tasks.grades.study import GradedData
from pleura.tasks.pixels import FOREST, PixelTraining
from tests.conftest import with_figures
from tests.report.words import words_of
from tests.tasks.grades.drawn import draw_images
from tests.tasks.recipes import NET, OF_EACH_KIND

pytestmark = pytest.mark.usefixtures("small_forests")

NAMES = ("none", "mild", "moderate", "severe")
LOGITS = [f"logit_{name}" for name in NAMES]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of 48 patients; the higher the grade, the brighter the middle."""
    patients = [(NAMES[at % 4], 35.0 * (at % 4)) for at in range(48)]
    return draw_images(tmp_path_factory.mktemp("graded"), "label", patients)


@pytest.fixture(scope="module")
def content(manifest: Path) -> dict[str, Any]:
    return {
        "task": "grades",
        "question": "how severe is it",
        "data": {"manifest": str(manifest), "size": 32, "classes": list(NAMES)},
        "split": {"test": 0.34, "validation": 0.25},
        "seeds": [0],
        "reference": "frozen",
        "recipes": {
            **OF_EACH_KIND,
            "low rank": {**NET, "strategy": {"lora": {"rank": 1}}},
            "reversed": {"network": {"x_unet": {"width": 4}}, "weights": "random"}
            | {"heads": ["bottleneck"]},
        },
        "training": {"epochs": 2, "min_steps": 2, "batch_size": 8, "precision": "fp32"}
        | {"loss": "coral"},
        "tune": {"rates": [1e-3], "penalties": [0.1]},
    }


@pytest.fixture(scope="module")
def finished(content: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Result:
    with with_figures():
        return Study.from_objects(content).run(tmp_path_factory.mktemp("grades"))


def test_recipes_and_baselines_are_judged_by_metrics_of_grades(
    finished: Result, content: dict[str, Any]
) -> None:
    summary = finished.summary
    assert set(summary["recipe"]) == {*content["recipes"], LINE.name, FOREST.name}
    assert set(summary["metric"]) == set(METRICS)
    assert set(pd.read_csv(finished.folder / "comparisons.csv")["metric"]) == {"quadratic_kappa"}
    # The brightness of the middle, which both baselines must find.
    kappa = summary[summary["metric"] == "quadratic_kappa"].set_index("recipe")["value"]
    assert kappa[LINE.name] > 0.8
    assert kappa[FOREST.name] > 0.8


def test_kappa_in_the_summary_is_that_of_scikit_learn(finished: Result) -> None:
    table = finished.predictions
    kappa = finished.summary.query("metric == 'quadratic_kappa'").set_index("recipe")["value"]
    for recipe, rows in table[table["part"] == "test"].groupby("recipe"):
        grades = rows["label"].map(NAMES.index)
        called = rows[LOGITS].to_numpy(float).argmax(axis=1)
        expected = cohen_kappa_score(grades, called, weights="quadratic")
        assert kappa[recipe] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("recipe", ["full", "probe first", "low rank", "reversed"])
def test_a_trained_network_has_one_weight_in_common(finished: Result, recipe: str) -> None:
    """Logits less a bias each are 1, 2, 3, 4 times one score: their second differences between
    images are all the same."""
    table = finished.predictions
    logits = table[table["recipe"] == recipe][LOGITS].to_numpy(float)
    scores = logits - logits[:1]
    steps = np.diff(scores, axis=1)
    assert np.abs(steps).max() > 1e-4
    np.testing.assert_allclose(steps, np.repeat(steps[:, :1], 3, axis=1), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(scores[:, 0], steps[:, 0], rtol=1e-3, atol=1e-4)


def test_predictions_hold_the_expected_grade(finished: Result) -> None:
    table = finished.predictions
    expected = softmax(table[LOGITS]) @ np.arange(4)
    np.testing.assert_allclose(table["expected_grade"], expected, atol=1e-6)


def test_the_page_shows_metrics_and_distances_of_grades(finished: Result) -> None:
    page = (finished.folder / "report.html").read_text(encoding="utf-8")
    assert "How far off grades are" in page
    assert "Off by 3" in page
    assert "chosen on validation (quadratic kappa" in page
    assert "“at least”, macro" in page
    words = words_of(page)
    assert re.findall(r"\w*[Cc]lass\w*", words[: words.index("The data")]) == []
    assert "a mistake counts by the square of its distance" in words


def test_the_model_that_is_handed_over_predicts_grades(finished: Result, manifest: Path) -> None:
    card = json.loads((finished.folder / "best" / "model.json").read_text())
    assert card["task"] == "grades"
    assert "validation_quadratic_kappa" in card
    model = pleura.load(finished.folder / "best")
    assert model.classes == NAMES
    probabilities = model.predict([str(manifest.parent / "0_0.png")])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


@pytest.mark.usefixtures("no_page")
def test_finished_steps_are_not_done_again(finished: Result, content: dict[str, Any]) -> None:
    said: list[str] = []
    Study.from_objects(content).run(finished.folder, announce=said.append)
    steps = next(line for line in said if "already done" in line)
    every, done = (int(part.split()[0]) for part in steps.split(", ")[:2])
    assert every == done > 0


def test_page_and_model_both_know_that_grades_have_an_order(content: dict[str, Any]) -> None:
    """So that neither shows prediction sets with a gap."""
    assert Study.from_objects(content).file.ordered
    assert GRADE.ordered


def test_grades_without_an_order_are_refused(content: dict[str, Any]) -> None:
    data = {name: value for name, value in content["data"].items() if name != "classes"}
    with pytest.raises(InputError, match="from the least on"):
        Study.from_objects({**content, "data": data})


@pytest.mark.parametrize(
    ("classes", "jumbled"),
    [
        (["0", "1", "10", "2"], True),
        (["0", "1", "2", "10"], False),
        (["2", "1", "0"], False),
        (["I", "0", "II"], False),
    ],
)
def test_grades_that_are_numbers_stand_in_order(classes: list[str], jumbled: bool) -> None:
    data = {"manifest": "images.csv", "classes": classes}
    with pytest.raises(ValidationError, match="disorder") if jumbled else nullcontext():
        GradedData.model_validate(data)


def test_a_split_balances_the_highest_grade_of_patients(manifest: Path, tmp_path: Path) -> None:
    """Be it their rarest grade or not."""
    table = pd.read_csv(manifest).assign(patient=[f"p{i // 3}" for i in range(96)])
    table["image"] = [str(manifest.parent / name) for name in table["image"]]
    table.to_csv(tmp_path / "images.csv", index=False)
    read = read_manifest(tmp_path / "images.csv", classes=NAMES)
    strata = highest(read.groups, read.labels).strata
    worst = table.assign(grade=table["label"].map(NAMES.index)).groupby("patient")["grade"].max()
    assert strata == worst.to_dict()
    rule = Rule(test=0.5, folds=None, validation=0.25, seeds=[0], fractions=[1.0], rules={}, seed=0)
    test = set(read.groups[make_split(read, rule, highest).parts(0, 0, 1.0).test])
    for grade in set(strata.values()):
        patients = {name for name, its in strata.items() if its == grade}
        assert abs(len(patients & test) - len(patients) / 2) <= 0.5


@pytest.mark.parametrize(
    ("classes", "told"), [(["3", "2", "1"], True), (["1", "2", "3"], False), (["a", "b"], False)]
)
def test_numbers_that_fall_are_told(classes: list[str], *, told: bool) -> None:
    read = Manifest(pd.DataFrame(), tuple(classes), Path("images.csv"))
    data = GradedData(manifest=Path("images.csv"), classes=classes)
    notes = data.labelled(read).notes
    assert notes == (
        (
            "grades are read from the least on, and these are numbers that fall: 3 counts as the "
            "least, 1 as the most; if that is not meant, turn data.classes round",
        )
        if told
        else ()
    )


def test_the_line_is_ridge_regression_with_grades_counting_alike() -> None:
    """Two grades of one pixel each way: the line meets the means of both."""
    pixels = np.array([[0.0], [0.0], [0.0], [1.0]], np.float32)
    training = PixelTraining(pixels, np.array([0, 0, 0, 2]), 3, seed=0, threads=1)
    near = np.array([[0.0], [0.5], [1.0]], np.float32)
    found = fit_line(training, 1e-9, near)
    assert found.argmax(axis=1).tolist() == [0, 1, 2]
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1, atol=1e-5)
    # At the middle grade 1 is 0 off, both others are 1 off.
    np.testing.assert_allclose(found[1] - found[1, 1], [-1, 0, -1], atol=1e-4)
