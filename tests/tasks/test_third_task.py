"""A third task, `tests.tasks.stages`, needs a line in the list, and no more outside its package.

A tiny study of it runs from file to report: its own loss, score, strata, baseline, columns, metrics
and section, with the backbones, strategies and the planner that all tasks with labels have.
"""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from sklearn.metrics import cohen_kappa_score
from torch.nn import functional

import pleura
from pleura.data.manifest_file import read_manifest
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.evaluate.metrics import METRICS, evaluate
from pleura.report.doubts import fitting
from pleura.study.run import Result, Study
from pleura.study.steps.listed import load_kind
from pleura.study.versions import known_versions
from pleura.tasks.learned import score_of
from pleura.tasks.listed import TASKS
from tests.tasks.recipes import NET, OF_EACH_KIND
from tests.tasks.stages import STAGES
from tests.tasks.stages.kappa import QUADRATIC_KAPPA
from tests.tasks.stages.learned import LINE, cumulative_loss, guess, highest

pytestmark = pytest.mark.usefixtures("small_forests")

NAMES = ("none", "mild", "severe")
CPU = torch.device("cpu")


@pytest.fixture(scope="module", autouse=True)
def listed() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "stages", STAGES)
        yield


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of 36 patients; the higher the grade, the brighter the middle."""
    folder, random = tmp_path_factory.mktemp("graded"), np.random.default_rng(0)
    rows = []
    for patient in range(36):
        grade = patient % 3
        for view in range(2):
            pixels = random.normal(90, 25, (40, 40))
            pixels[12:28, 12:28] += 45 * grade
            name = f"{patient}_{view}.png"
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / name)
            rows.append([name, NAMES[grade], f"p{patient}"])
    with (folder / "images.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["image", "label", "patient"], *rows])
    return folder / "images.csv"


@pytest.fixture(scope="module")
def content(manifest: Path) -> dict[str, Any]:
    return {
        "task": "stages",
        "question": "how severe is it",
        "data": {"manifest": str(manifest), "size": 32, "classes": list(NAMES)},
        "split": {"test": 0.34, "validation": 0.25},
        "seeds": [0],
        "reference": "frozen",
        "recipes": {
            **OF_EACH_KIND,
            "searched": {**NET, "strategy": {"truncation": {"at": "auto", "best": 1}}},
        },
        "training": {"epochs": 2, "min_steps": 2, "batch_size": 8, "precision": "fp32"}
        | {"class_weights": "none"},
        "tune": {"rates": [1e-3], "penalties": [0.1]},
    }


@pytest.fixture(scope="module")
def finished(content: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Result:
    return Study.from_objects(content).run(tmp_path_factory.mktemp("stages"))


def test_recipes_and_its_own_baseline_are_judged_by_its_own_metrics(finished: Result) -> None:
    summary = finished.summary
    recipes = {"full", "frozen", "hidden", "probe first", "searched"}
    assert set(summary["recipe"]) == {*recipes, LINE.name}
    assert set(summary["metric"]) == {"quadratic_kappa", *METRICS}
    compared = pd.read_csv(finished.folder / "comparisons.csv")
    assert set(compared["metric"]) == {"quadratic_kappa"}
    # The brightness of the middle, which a line through grades sees.
    kappa = summary[summary["metric"] == "quadratic_kappa"].set_index("recipe")["value"]
    assert kappa[LINE.name] > 0.8


def test_its_kappa_chooses_and_is_told(finished: Result) -> None:
    predictions, runs = finished.predictions, finished.runs
    grades = predictions["label"].map(NAMES.index)
    likeliest = predictions[[f"logit_{name}" for name in NAMES]].to_numpy(float).argmax(axis=1)
    for _, run in runs[runs["kind"] == "recipe"].iterrows():
        mine = (predictions[["recipe", "seed"]] == run[["recipe", "seed"]]).all(axis=1)
        mine &= predictions["part"] == "validation"
        expected = cohen_kappa_score(grades[mine], likeliest[mine], weights="quadratic")
        assert run["trials"][0]["validation_quadratic_kappa"] == pytest.approx(expected, abs=1e-6)
    card = json.loads((finished.folder / "best" / "model.json").read_text())
    assert card["task"] == "stages"
    assert card["validation_quadratic_kappa"] == max(
        trial["validation_quadratic_kappa"]
        for trials in runs.loc[runs["recipe"] == card["recipe"], "trials"]
        for trial in trials
    )


def test_its_loss_trains_networks_and_heads(finished: Result) -> None:
    predictions, runs = finished.predictions, finished.runs
    loss = cumulative_loss(np.array([0, 1, 2]), 3, False, CPU)
    trained = runs[runs["recipe"].isin(["full", "hidden", "probe first", "searched"])]
    assert len(trained) == 4
    for _, run in trained.iterrows():
        mine = (predictions[["recipe", "seed"]] == run[["recipe", "seed"]]).all(axis=1)
        mine &= predictions["part"] == "validation"
        logits = predictions.loc[mine, [f"logit_{name}" for name in NAMES]].to_numpy(float)
        grades = predictions.loc[mine, "label"].map(NAMES.index).to_numpy()
        expected = loss(torch.tensor(logits), torch.tensor(grades)).item()
        assert run["validation_loss"] == pytest.approx(expected, rel=1e-3)
        # As many patients of each grade train.
        thresholds = -2 * (np.log(1 / 3) / 3 + 2 * np.log(2 / 3) / 3)
        assert run["guessing_loss"] == pytest.approx(thresholds)


def test_its_score_of_training_images_and_of_validation_is_read_and_doubted(
    finished: Result,
) -> None:
    scores = finished.runs[["judged_quadratic_kappa", "validation_quadratic_kappa"]]
    assert scores.dtypes.eq("float64").all()
    full = finished.runs["recipe"] == "full"
    assert scores[full].notna().all(axis=None)
    learned = finished.runs[full].assign(
        judged_quadratic_kappa=0.95, validation_quadratic_kappa=0.1, judged_loss=0.0
    )
    texts = [caution.text for caution in fitting(learned, QUADRATIC_KAPPA)]
    assert any(text.startswith("Overfitted: full (1 of 1 run)") for text in texts)


def test_its_column_and_section_stand_in_table_and_page(finished: Result) -> None:
    predictions = finished.predictions
    logits = torch.tensor(predictions[[f"logit_{name}" for name in NAMES]].to_numpy(float))
    expected = functional.softmax(logits, dim=1) @ torch.arange(3.0, dtype=torch.float64)
    np.testing.assert_allclose(predictions["expected_grade"], expected, atol=1e-6)
    page = (finished.folder / "report.html").read_text(encoding="utf-8")
    assert "How far off grades are" in page
    assert "chosen on validation (quadratic kappa" in page


def test_the_words_of_its_page_are_its_own(finished: Result) -> None:
    """The metric that chooses and the baseline come from its record, with no word in a template."""
    page = (finished.folder / "report.html").read_text(encoding="utf-8").replace("\xa0", " ")
    glossary = page[page.index('id="reading"') :]
    assert f"<dt>Quadratic kappa</dt><dd>{QUADRATIC_KAPPA.meaning}</dd>" in glossary
    assert "<dd>A line on 32 × 32 thumbnails, without any network." in glossary
    assert "Below, quadratic kappa, dashed on training images" in page
    clips = page[page.index('id="clips"') : page.index('id="cost"')]
    assert clips.count("Quadratic kappa<small>by ") == 2
    assert "AUROC" not in clips
    # Probes at every depth tell classes apart, whatever the task: that is what is said of them.
    depth = page[page.index('id="depth"') : page.index('id="similarity"')]
    assert "AUROC<small>of the probe" in depth
    assert "kappa" not in depth


def test_the_model_that_is_handed_over_predicts(finished: Result, manifest: Path) -> None:
    model = pleura.load(finished.folder / "best")
    assert model.classes == NAMES
    probabilities = model.predict([str(manifest.parent / "0_0.png")])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_keys_of_its_steps_name_it(finished: Result, content: dict[str, Any]) -> None:
    assert known_versions()["stages"] == 1
    records = [
        (path.parent.name.rpartition("-")[0], json.loads(path.read_text()))
        for path in (finished.folder / "steps").glob("*/done.json")
    ]
    of_task = {"fit", "head", "pixels", "outcome"}
    assert of_task <= {kind for kind, _ in records}
    for kind, record in records:
        if kind in of_task:
            assert record["spec"]["task"] == "stages"
            parts = load_kind(kind).versions(record["spec"])
            assert "classification" not in parts
            assert kind == "outcome" or parts["stages"] == 1
    # A search for a depth fits the task's own linear head.
    searched = [record["spec"] for kind, record in records if kind == "depth"]
    assert searched
    assert all(spec["task"] == "stages" for spec in searched)


@pytest.mark.usefixtures("no_page")
def test_finished_steps_are_not_done_again(finished: Result, content: dict[str, Any]) -> None:
    said: list[str] = []
    Study.from_objects(content).run(finished.folder, announce=said.append)
    steps = next(line for line in said if "already done" in line)
    every, done = (int(part.split()[0]) for part in steps.split(", ")[:2])
    assert every == done > 0


def test_a_split_balances_what_it_says(manifest: Path, tmp_path: Path) -> None:
    """Patients whose highest grade is the same are dealt out evenly, be it their rarest or not."""
    table = pd.read_csv(manifest).assign(patient=[f"p{i // 4}" for i in range(72)])
    table["image"] = [str(manifest.parent / name) for name in table["image"]]
    table.to_csv(tmp_path / "images.csv", index=False)
    read = read_manifest(tmp_path / "images.csv", classes=NAMES)
    strata = highest(read.groups, read.labels).strata
    worst = table.assign(grade=table["label"].map(NAMES.index)).groupby("patient")["grade"].max()
    assert strata == worst.to_dict()
    rule = Rule(test=0.5, folds=None, validation=0.25, seeds=[0], fractions=[1.0], rules={}, seed=0)
    test = set(read.groups[make_split(read, rule, highest).parts(0, 0, 1.0).test])
    for grade in range(1, 3):
        patients = {name for name, its in strata.items() if its == grade}
        assert abs(len(patients & test) - len(patients) / 2) <= 0.5


def test_the_loss_adds_up_the_thresholds() -> None:
    logits = torch.tensor([[0.2, -1.0, 0.5], [2.0, 0.1, -0.3]])
    targets = torch.tensor([1, 2])
    p = functional.softmax(logits, dim=1)
    # P(above 0) and P(above 1) for the first image, whose grade is 1; likewise for the second.
    first = -(torch.log(p[0, 1:].sum()) + torch.log(p[0, :2].sum()))
    second = -(torch.log(p[1, 1:].sum()) + torch.log(p[1, 2]))
    labels = np.array([0, 1, 1, 2])
    plain = cumulative_loss(labels, 3, False, CPU)(logits, targets)
    torch.testing.assert_close(plain, (first + second) / 2)
    weighted = cumulative_loss(labels, 3, True, CPU)(logits, targets)
    torch.testing.assert_close(weighted, (first * 2 / 3 + second * 4 / 3) / 2)


def test_guessing_is_the_least_loss_of_equal_outputs() -> None:
    labels = np.array([0, 0, 0, 1, 2, 2])
    targets = torch.from_numpy(labels)
    for balanced in (True, False):
        loss = cumulative_loss(labels, 3, balanced, CPU)
        shares = np.full(3, 1 / 3) if balanced else np.array([3, 1, 2]) / 6
        best = loss(torch.log(torch.tensor(shares)).expand(6, 3), targets).item()
        assert guess(labels, 3, balanced) == pytest.approx(best, abs=1e-5)
        other = loss(torch.tensor([[0.3, 0.1, -0.2]]).expand(6, 3), targets).item()
        assert other > best


def test_kappa_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(1)
    labels, logits = random.integers(0, 4, 60), random.normal(size=(60, 4)).astype(np.float32)
    expected = cohen_kappa_score(labels, logits.argmax(axis=1), weights="quadratic")
    probabilities = functional.softmax(torch.tensor(logits), dim=1)
    found = evaluate(labels, probabilities, metrics=[QUADRATIC_KAPPA])
    assert found["quadratic_kappa", "all"] == pytest.approx(expected)
    assert score_of(logits, labels, QUADRATIC_KAPPA) == pytest.approx(expected)
