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
from pleura.report.model import row_told
from pleura.report.sections import shortcuts
from pleura.report.sections.classes import class_table
from pleura.report.sections.clips import clip_table, find_clips
from pleura.report.sections.probabilities.calibrated import find_calibrated
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
from tests.report.conftest import doubts_of_model, study_of
from tests.report.made_classifiers import CARD, CLASSES, NAME, predictions_table
from tests.report.written import write_report

MakeStudy = Callable[..., Path]


def its_test(study: Study[ClassifierFolder]) -> pd.DataFrame:
    """The test predictions of the model as it is handed over."""
    assert study.model is not None
    return study.model.contents.test


def reached(handed_over: Study[ClassifierFolder]) -> str:
    """What the top of the page says that the model reaches."""
    return str(CLASSIFICATION.top(handed_over)["reached"])


def test_its_figures_are_those_of_its_own_training_as_it_predicts(
    handed_over: Study[ClassifierFolder],
) -> None:
    table = handed_over.recipes.contents.predictions
    mine = table[(table["recipe"] == "fine-tuning") & (table["seed"] == 1)]
    mine = mine[mine["part"] == "test"]
    logits = mine[[f"logit_{name}" for name in CLASSES]].to_numpy() / 2.0 + [0.5, -1.0, 0.0]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = mine["label"].map(CLASSES.index).to_numpy()
    found = handed_over.findings
    assert found.estimate(NAME, 1.0, "accuracy").value == pytest.approx(
        accuracy_score(labels, probabilities.argmax(axis=1)), abs=1e-9
    )
    assert found.estimate(NAME, 1.0, "auroc").value == pytest.approx(
        roc_auc_score(labels, probabilities, multi_class="ovr"), abs=1e-9
    )
    bacteria = labels == 1
    right = (probabilities.argmax(axis=1) == 1)[bacteria].mean()
    said = reached(handed_over)
    assert f"“BACTERIA” {right:.3f}".replace("0.", ".") in said
    assert said.startswith("On test (240 images of 120 patients), as delivered and calibrated")


def test_it_has_a_row_wherever_recipes_have_theirs(
    handed_over: Study[ClassifierFolder],
) -> None:
    shown, runs = handed_over.findings, handed_over.contents.runs
    probabilities = find_calibrated(handed_over)
    assert probabilities is not None
    assert probabilities.drawn[-1] == NAME
    regions = region_table(shortcuts.find_with_the_model(handed_over), shown)
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


def test_by_patient_its_probabilities_are_averaged_and_compared_with_nothing(
    handed_over: Study[ClassifierFolder],
) -> None:
    clips = find_clips(handed_over)
    without = find_clips(handed_over.recipes)
    assert clips is not None
    assert without is not None
    test = its_test(handed_over)
    expected = summarise(pool(test, "patient").table).set_index(["metric", "class"])
    for metric, of in (("auroc", "macro"), ("accuracy", "all")):
        mine = clips.values[NAME, "patient", "", metric]
        assert (mine.value, mine.low, mine.high) == pytest.approx(
            tuple(expected.loc[(metric, of), ["value", "low", "high"]]), abs=1e-12
        )
    assert clips.against == without.against
    assert clip_table(clips, handed_over.findings).rows[-1][0].text == NAME


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
    runs = pd.read_csv(folder / "runs.csv").assign(n_test=120)
    runs = runs[runs["seed"] < 2]
    pd.concat([runs, runs.assign(fold=1)]).to_csv(folder / "runs.csv", index=False)
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
    handed_over: Study[ClassifierFolder],
) -> None:
    contents, findings = handed_over.recipes.contents, handed_over.findings
    said = "It is the only training behind the row of “fine-tuning”."
    assert said not in row_told(findings, contents)
    runs = contents.runs[contents.runs["seed"] == 1]
    assert said in row_told(findings, replace(contents, runs=runs))
    assert row_told(handed_over.recipes.findings, contents) == ""


def test_it_is_neither_ranked_nor_compared(
    handed_over_folder: Path, handed_over: Study[ClassifierFolder]
) -> None:
    shown, findings = handed_over.findings, handed_over.recipes.findings
    assert shown.recipes == findings.recipes
    assert shown.best_recipe(1.0) == findings.best_recipe(1.0)
    write_report(handed_over_folder)
    for name in ("summary", "comparisons"):
        assert NAME not in set(pd.read_csv(handed_over_folder / f"{name}.csv")["recipe"])


def test_its_cautions_are_told_in_full(
    handed_over_folder: Path, handed_over: Study[ClassifierFolder]
) -> None:
    of_frame, of_pixels, *others = doubts_of_model(handed_over)
    assert f": {NAME}" in of_frame
    assert "The outer 15 % along every edge" in of_frame
    assert "is shown to be worse than the pixel baseline “pixels: random forest”" in of_pixels
    mine = handed_over.contents.runs["recipe"] == "fine-tuning"
    bad = handed_over.contents.runs[mine].assign(converged=False, rate_at_edge=True).astype(object)
    told = doubts_of_model(
        replace(handed_over, contents=replace(handed_over.contents, runs=bad), evaluated={})
    )
    assert "Its training had not converged: more epochs may change it." in told
    assert any("Its learning rate lies at the edge" in text for text in told)
    assert not any(re.search(r"and \d+ more", text) for text in (of_frame, of_pixels, *others))
    page = write_report(handed_over_folder).read_text(encoding="utf-8")
    assert "Before using the model in <code>best/</code>" in page
    assert page.index("handed over in <code>best/</code> is") < page.index('class="lines"')


def test_a_class_that_it_never_names_is_told(handed_over_folder: Path) -> None:
    def said(biases: list[float]) -> list[str]:
        card = CARD | {"calibration": {"temperature": 2.0, "biases": biases}}
        (handed_over_folder / "best" / "model.json").write_text(json.dumps(card))
        told = doubts_of_model(CLASSIFICATION.study(handed_over_folder))
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
