"""The model that is handed over has its figures, its rows and its cautions."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

from pleura.evaluate.decision import TARGETS
from pleura.evaluate.intervals import summarise
from pleura.evaluate.pooling import pool
from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.costs import Cost
from pleura.report.figures.canvas import house_style
from pleura.report.figures.curves import curves, roc_on_grid
from pleura.report.figures.forest import forest
from pleura.report.figures.pareto import pareto
from pleura.report.looks import DELIVERED
from pleura.report.model import row_told
from pleura.report.page import write_report
from pleura.report.sections import shortcuts
from pleura.report.sections.classes import class_table
from pleura.report.sections.clips import clip_table, find_clips
from pleura.report.sections.cost import cost_sentences, find_costs
from pleura.report.sections.probabilities.found import find_calibrated
from pleura.report.sections.probabilities.section import (
    map_table,
    remarks,
    score_table,
    sensitivity_table,
)
from pleura.report.sections.results import recipe_table
from pleura.report.sections.shortcuts import region_table
from pleura.report.sections.tuning import tuning_table
from pleura.report.study import Study
from pleura.report.tasks import CLASSIFICATION
from pleura.tables import CENTRE, FRAME
from tests.report.conftest import CLASSES, doubts_of_model, predictions_table, study_of

MakeStudy = Callable[..., Path]
NAME = "best/ (fine-tuning)"
SKILLS = {"scratch": 1.0, "fine-tuning": 2.2, "pixels: random forest": 3.0}
CARD = {
    "recipe": "fine-tuning",
    "seed": 1,
    "fold": 0,
    "fraction": 1.0,
    "validation_auroc": 0.951,
    "classes": list(CLASSES),
    "calibration": {"temperature": 2.0, "biases": [0.5, -1.0, 0.0]},
}


@pytest.fixture
def folder(make_study: MakeStudy) -> Path:
    """Three recipes with validation, and parts of the image, of which the frame tells all."""
    folder = make_study(SKILLS, fractions=(1.0,))
    skills = {"test": 1.0, "validation": 1.0, CENTRE: 0.1, FRAME: 1.0}
    tables = [
        predictions_table(
            {name: skill * share for name, skill in SKILLS.items()}, (1.0,), (0, 1, 2), CLASSES, 120
        ).assign(part=part)
        for part, share in skills.items()
    ]
    pd.concat(tables).to_csv(folder / "predictions.csv", index=False)
    (folder / "best").mkdir()
    (folder / "best" / "model.json").write_text(json.dumps(CARD))
    return folder


@pytest.fixture
def study(folder: Path) -> Study[ClassifierFolder]:
    study = CLASSIFICATION.study(folder)
    assert study.model is not None
    return study


def reached(study: Study[ClassifierFolder]) -> str:
    """What the top of the page says that the model reaches."""
    return str(CLASSIFICATION.top(study)["reached"])


def its_test(study: Study[ClassifierFolder]) -> pd.DataFrame:
    """The test predictions of the model as it is handed over."""
    assert study.model is not None
    predictions = study.model.contents.predictions
    return predictions[predictions["part"] == "test"]


def test_its_figures_are_those_of_its_own_training_as_it_predicts(
    study: Study[ClassifierFolder],
) -> None:
    table = study.recipes.contents.predictions
    mine = table[(table["recipe"] == "fine-tuning") & (table["seed"] == 1)]
    mine = mine[mine["part"] == "test"]
    logits = mine[[f"logit_{name}" for name in CLASSES]].to_numpy() / 2.0 + [0.5, -1.0, 0.0]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = mine["label"].map(CLASSES.index).to_numpy()
    found = study.findings
    assert found.estimate(NAME, 1.0, "accuracy").value == pytest.approx(
        accuracy_score(labels, probabilities.argmax(axis=1)), abs=1e-9
    )
    assert found.estimate(NAME, 1.0, "auroc").value == pytest.approx(
        roc_auc_score(labels, probabilities, multi_class="ovr"), abs=1e-9
    )
    bacteria = labels == 1
    right = (probabilities.argmax(axis=1) == 1)[bacteria].mean()
    said = reached(study)
    assert f"“BACTERIA” {right:.3f}".replace("0.", ".") in said
    assert said.startswith("On test (240 images of 120 patients), as delivered and calibrated")


def test_it_has_a_row_wherever_recipes_have_theirs(
    study: Study[ClassifierFolder],
) -> None:
    shown, runs = study.findings, study.contents.runs
    probabilities = find_calibrated(study)
    assert probabilities is not None
    assert probabilities.drawn[-1] == NAME
    regions = region_table(shortcuts.find_with_the_model(study), shown)
    assert regions is not None
    tables = [
        recipe_table(shown, runs, 1.0),
        class_table(shown, 1.0),
        tuning_table(runs, shown),
        regions,
        score_table(probabilities, shown),
        map_table(probabilities, shown),
        *(sensitivity_table(probabilities, shown, target) for target in TARGETS),
    ]
    for table in tables:
        (first, *_) = [row[0] for row in table.rows if row[0].text == NAME]
        assert first.detail == "handed over: seed 1, calibrated"
    (row,) = [row for row in tables[0].rows if row[0].text == NAME]
    assert row[8].text == "3.37\N{NO-BREAK SPACE}M"  # its run's cost
    # What is said of all recipes is not said of it once more.
    assert remarks(probabilities, shown)[0].startswith("Of 3 recipes and baselines")


def test_it_is_the_last_row_of_the_forest_and_has_no_difference(
    study: Study[ClassifierFolder],
) -> None:
    shown = study.findings
    with house_style():
        left, right = forest(shown, 1.0).axes
    assert [label.get_text() for label in left.get_yticklabels()][-1] == NAME
    last = len(shown.looks) - 1
    rows = [np.asarray(line.get_ydata(), dtype=float).tolist() for line in left.lines]
    ends = left.lines[rows.index([last, last])]
    mine = shown.primary(NAME, 1.0)
    assert np.asarray(ends.get_xdata(), dtype=float).tolist() == [mine.low, mine.high]
    assert last not in np.concatenate([np.asarray(line.get_ydata()) for line in right.lines])
    assert [text.get_text() for text in right.texts][-3] == "seed 1, calibrated; not compared"


def test_its_curve_is_that_of_its_calibrated_probabilities(
    study: Study[ClassifierFolder],
) -> None:
    with house_style():
        (figure,) = curves(study.contents.predictions, study.findings, 1.0)
    (line,) = [line for line in figure.axes[0].lines if line.get_color() == DELIVERED.colour]
    test = its_test(study)
    odds = np.exp(test[[f"logit_{name}" for name in CLASSES]].to_numpy())
    scores = odds[:, 0] / odds.sum(axis=1)
    expected = roc_on_grid((test["label"] == CLASSES[0]).to_numpy(), scores)
    np.testing.assert_allclose(np.asarray(line.get_ydata(), dtype=float), expected, atol=1e-9)


def test_its_cost_is_drawn_but_no_step_counts_it(
    study: Study[ClassifierFolder],
) -> None:
    predictions, runs = study.recipes.contents.predictions, study.contents.runs
    shown = study.findings
    costs = find_costs(predictions, runs, shown)
    assert costs.of[NAME, 1.0].macs == 72e6
    without = find_costs(predictions, runs, study.recipes.findings)
    assert costs.as_the_best == without.as_the_best
    assert cost_sentences(costs, shown)[-1] == (
        f"{NAME}, the model that is handed over, has 3.37\N{NO-BREAK SPACE}M parameters, "
        "72\N{NO-BREAK SPACE}M MACs an image and 6.2 ms an image."
    )
    # Were it a recipe, it would be the cheapest of all, and the best.
    cheap = replace(costs, of={**costs.of, (NAME, 1.0): Cost(1e6, 1e5, 1.0, 1.0)})
    summary = shown.summary.copy()
    summary.loc[summary["recipe"] == NAME, ["value", "low", "high"]] = 0.99, 0.98, 0.995
    with house_style():
        figure = pareto(cheap, replace(shown, summary=summary), 1.0)
    assert figure is not None
    for axes in figure.axes:
        points = [line for line in axes.lines if line.get_marker() == "*"]
        assert [float(np.asarray(line.get_ydata())[0]) for line in points] == [0.99]
        (steps,) = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
        assert 0.99 not in np.asarray(steps.get_ydata(), dtype=float)


def test_by_patient_its_probabilities_are_averaged_and_compared_with_nothing(
    study: Study[ClassifierFolder],
) -> None:
    clips = find_clips(study.contents, study.findings)
    without = find_clips(study.recipes.contents, study.recipes.findings)
    assert clips is not None
    assert without is not None
    test = its_test(study)
    expected = summarise(pool(test, "patient").table).set_index(["metric", "class"])
    for metric, of in (("auroc", "macro"), ("accuracy", "all")):
        mine = clips.mean[NAME, "patient", metric]
        assert (mine.value, mine.low, mine.high) == pytest.approx(
            tuple(expected.loc[(metric, of), ["value", "low", "high"]]), abs=1e-12
        )
    assert clips.against == without.against
    assert clip_table(clips, study.findings).rows[-1][0].text == NAME


def test_of_other_fractions_it_has_no_row_and_of_several_folds_its_own(
    make_study: MakeStudy,
) -> None:
    folder = make_study({"scratch": 1.0, "fine-tuning": 2.0}, fractions=(0.1, 1.0))
    tables = [
        predictions_table({"scratch": 1.0, "fine-tuning": 2.0}, (0.1, 1.0), (0, 1), CLASSES, 60)
        for _ in range(2)
    ]
    folds = [
        table.assign(
            fold=fold, patient=table["patient"] + f"/{fold}", image=table["image"] + str(fold)
        )
        for fold, table in enumerate(tables)
    ]
    pd.concat(folds).to_csv(folder / "predictions.csv", index=False)
    contents = replace(read_classifiers(folder), best={**CARD, "fold": 1})
    contents = replace(contents, counts=contents.counts.assign(fold=contents.counts["seed"] % 2))
    study = study_of(contents)
    its, shown = study.contents, study.findings
    assert NAME not in [row[0].text for row in recipe_table(shown, its.runs, 0.1).rows]
    last = recipe_table(shown, its.runs, 1.0).rows[-1]
    assert (last[0].text, last[0].detail) == (NAME, "handed over: seed 1, fold 1, calibrated")
    assert reached(study).startswith("On test (120 images of 60 patients)")
    assert shown.patients == 120
    assert row_told(shown, contents).startswith(
        "one training of “fine-tuning” with all labels (seed 1, fold 1, calibrated), on its own"
    )


def test_that_its_recipe_has_no_other_training_is_said(
    study: Study[ClassifierFolder],
) -> None:
    contents, findings = study.recipes.contents, study.findings
    said = "It is the only training behind the row of “fine-tuning”."
    assert said not in row_told(findings, contents)
    runs = contents.runs[contents.runs["seed"] == 1]
    assert said in row_told(findings, replace(contents, runs=runs))
    assert row_told(study.recipes.findings, contents) == ""


def test_it_is_neither_ranked_nor_compared(folder: Path, study: Study[ClassifierFolder]) -> None:
    shown, findings = study.findings, study.recipes.findings
    assert shown.recipes == findings.recipes
    assert shown.best_recipe(1.0) == findings.best_recipe(1.0)
    write_report(folder)
    for name in ("summary", "comparisons"):
        assert NAME not in set(pd.read_csv(folder / f"{name}.csv")["recipe"])


def test_its_cautions_are_told_in_full(folder: Path, study: Study[ClassifierFolder]) -> None:
    of_frame, of_pixels, *others = doubts_of_model(study)
    assert f": {NAME}" in of_frame
    assert "The outer 15 % along every edge" in of_frame
    assert "is shown to be worse than the pixel baseline “pixels: random forest”" in of_pixels
    mine = study.contents.runs["recipe"] == "fine-tuning"
    bad = study.contents.runs[mine].assign(converged=False, rate_at_edge=True).astype(object)
    told = doubts_of_model(replace(study, contents=replace(study.contents, runs=bad), evaluated={}))
    assert "Its training had not converged: more epochs may change it." in told
    assert any("Its learning rate lies at the edge" in text for text in told)
    assert not any(re.search(r"and \d+ more", text) for text in (of_frame, of_pixels, *others))
    page = write_report(folder).read_text(encoding="utf-8")
    assert "Before using the model in <code>best/</code>" in page
    assert page.index("handed over in <code>best/</code> is") < page.index('class="lines"')


def test_a_class_that_it_never_names_is_told(folder: Path, study: Study[ClassifierFolder]) -> None:
    def said(biases: list[float]) -> list[str]:
        card = CARD | {"calibration": {"temperature": 2.0, "biases": biases}}
        (folder / "best" / "model.json").write_text(json.dumps(card))
        told = doubts_of_model(CLASSIFICATION.study(folder))
        return [text for text in told if "misses most" in text]

    assert said([0.0, 0.0, 0.0]) == []
    (told,) = (text.replace("\u00a0", " ") for text in said([0.0, 0.0, -40.0]))
    assert told.startswith("Its likeliest class is right for .000 (.000 to ")
    assert f"of “{CLASSES[2]}” on test" in told
    assert CLASSES[0] not in told


def test_without_a_model_or_its_predictions_there_is_none(contents: ClassifierFolder) -> None:
    assert study_of(contents).model is None
    other = study_of(replace(contents, best=CARD | {"seed": 9}))
    assert other.model is None
    assert doubts_of_model(other) == []
    assert reached(other) == ""
