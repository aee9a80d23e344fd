"""A small study of findings from a table to its page and its model."""

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from scipy.special import expit
from sklearn.metrics import roc_auc_score

import pleura
from pleura.errors import InputError
from pleura.evaluate.calls import thresholds
from pleura.study.run import Result, Study
from pleura.tasks.findings.losses import focal
from tests.conftest import with_figures
from tests.networks import SMALL
from tests.report.words import words_of

pytestmark = pytest.mark.usefixtures("small_forests")

NAMES = ("left", "right")
SPOTS = {"left": (slice(8, 20), slice(4, 16)), "right": (slice(20, 32), slice(24, 36))}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two images of each of 60 patients in two clinics; each finding brightens a spot of its own,
    and is not known of some images."""
    folder, random = tmp_path_factory.mktemp("findings"), np.random.default_rng(0)
    rows = []
    for patient in range(60):
        there = dict(zip(NAMES, (random.random(2) < 0.45).tolist(), strict=True))
        for view in range(2):
            pixels = random.normal(90, 15, (40, 40))
            for name in NAMES:
                pixels[SPOTS[name]] += 60 * there[name]
            file = f"{patient}_{view}.png"
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / file)
            cells = [str(int(there[name])) if random.random() > 0.15 else "" for name in NAMES]
            rows.append([file, *cells, f"p{patient}", "AB"[patient % 2]])
    with (folder / "images.csv").open("w", newline="") as file_:
        csv.writer(file_).writerows([["image", "left", "right", "patient", "source"], *rows])
    return folder / "images.csv"


@pytest.fixture(scope="module")
def content(manifest: Path) -> dict[str, Any]:
    net = {"backbone": SMALL, "weights": "random"}
    return {
        "task": "findings",
        "question": "which spots are bright",
        "data": {"manifest": str(manifest), "size": 32, "findings": {"names": list(NAMES)}},
        "split": {"test": 0.34, "validation": 0.3},
        "seeds": [0],
        "reference": "frozen",
        "recipes": {
            "full": {**net, "strategy": "fine_tuning"},
            "frozen": {**net, "strategy": "feature_extraction"},
            "hidden": {**net, "strategy": {"feature_extraction": {"hidden": 8}}},
            "searched": {**net, "strategy": {"truncation": {"at": "auto", "best": 1}}},
        },
        "training": {"epochs": 2, "min_steps": 2, "batch_size": 16, "precision": "fp32"}
        | {"loss": {"focal": {"gamma": 1.0}}},
        "tune": {"rates": [1e-3], "penalties": [0.1]},
    }


@pytest.fixture(scope="module")
def finished(content: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Result:
    with with_figures():
        return Study.from_objects(content).run(tmp_path_factory.mktemp("study"))


def of_test(finished: Result, recipe: str) -> pd.DataFrame:
    table = finished.predictions
    mine = (table["recipe"] == recipe) & (table["part"] == "test")
    return table[mine].reset_index(drop=True)


def test_baselines_find_what_was_planted(finished: Result) -> None:
    summary = finished.summary.set_index(["recipe", "metric", "class"])["value"]
    assert summary["pixels: random forest", "auroc", "macro"] > 0.9
    assert summary["pixels: logistic regression", "auroc", "macro"] > 0.9


def test_metrics_are_those_of_known_test_images(finished: Result) -> None:
    summary = finished.summary.set_index(["recipe", "metric", "class"])["value"]
    for recipe in ("full", "frozen", "hidden", "searched", "pixels: random forest"):
        test = of_test(finished, recipe)
        for name in NAMES:
            known = pd.to_numeric(test[f"label_{name}"], errors="coerce").notna()
            truth = pd.to_numeric(test.loc[known, f"label_{name}"]).astype(int)
            expected = roc_auc_score(truth, test.loc[known, f"logit_{name}"])
            assert summary[recipe, "auroc", name] == pytest.approx(expected, abs=1e-9)
            found = test.loc[known, f"called_{name}"].astype(int)[truth == 1].mean()
            assert summary[recipe, "sensitivity", name] == pytest.approx(found, abs=1e-9)
        # Some cells of the test part are empty, and stay so.
        assert (test[[f"label_{name}" for name in NAMES]] == "").any(axis=None)


def test_the_loss_that_is_named_trains(finished: Result) -> None:
    runs = finished.runs.set_index("recipe")
    table = finished.predictions
    mine = table[(table["recipe"] == "full") & (table["part"] == "validation")]
    labels = mine[[f"label_{name}" for name in NAMES]].apply(pd.to_numeric, errors="coerce")
    targets = torch.from_numpy(labels.fillna(-1).to_numpy(np.int64))
    logits = torch.from_numpy(mine[[f"logit_{name}" for name in NAMES]].to_numpy(np.float32))
    # Weights of sides come from training, and hardly differ from those of validation.
    loss = focal(1.0)(targets.numpy(), 2, True, torch.device("cpu"))(logits, targets).item()
    assert runs.loc["full", "validation_loss"] == pytest.approx(loss, rel=0.15)
    guessing = float(runs["guessing_loss"].loc["full"])
    assert 0 < guessing < np.log(2)  # focal: sure answers count less


def test_the_page_has_its_sections(finished: Result) -> None:
    page = (finished.folder / "report.html").read_text(encoding="utf-8")
    assert 'id="findings"' in page
    assert "How often findings are there, alone and together" in page
    assert 'id="confusion"' not in page
    results = page[page.index('id="results"') : page.index('id="forest"')]
    assert "F1 is taken at the threshold that validation chose for each finding." in results
    assert "ikeliest class" not in results
    assert 'id="probabilities"' in page
    assert not re.search("[Cc]lass|softmax", words_of(page))
    assert "What gives the findings away" in page


def test_the_model_gives_each_finding_its_own_probability(finished: Result, manifest: Path) -> None:
    model = pleura.load(finished.folder / "best")
    assert model.classes == NAMES
    test = of_test(finished, model.card["recipe"])
    files = [str(manifest.parent / name) for name in test["image"]]
    probabilities = model.assess(files).probabilities
    known = model.card["calibration"]
    for at, name in enumerate(NAMES):
        logits = test[f"logit_{name}"].to_numpy(float)
        expected = expit(logits / known["temperature"][at] + known["biases"][at])
        np.testing.assert_allclose(probabilities[:, at], expected, atol=1e-3)


def test_the_model_calls_positive_what_validation_chose(finished: Result, manifest: Path) -> None:
    model = pleura.load(finished.folder / "best")
    table = finished.predictions
    here = {key: model.card[key] for key in ("recipe", "fraction", "seed", "fold")}
    mine = table[(table[list(here)] == list(here.values())).all(axis=1)]
    validation = mine[mine["part"] == "validation"]
    known = validation[[f"label_{name}" for name in NAMES]].apply(pd.to_numeric)
    logits = validation[[f"logit_{name}" for name in NAMES]].to_numpy(float)
    expected = thresholds(
        known.fillna(-1).to_numpy(np.int64), model.calibration.probabilities(logits)
    )
    assert model.card["thresholds"] == pytest.approx(dict(zip(NAMES, expected, strict=True)))
    files = [str(manifest.parent / name) for name in mine[mine["part"] == "test"]["image"]]
    told = model.assess(files)
    assert told.called is not None
    np.testing.assert_array_equal(told.called, told.probabilities >= expected)


@pytest.mark.usefixtures("no_page")
def test_finished_steps_are_not_done_again(finished: Result, content: dict[str, Any]) -> None:
    said: list[str] = []
    Study.from_objects(content).run(finished.folder, announce=said.append)
    steps = next(line for line in said if "already done" in line)
    every, done = (int(part.split()[0]) for part in steps.split(", ")[:2])
    assert every == done > 0


@pytest.mark.parametrize(
    ("section", "change", "message"),
    [
        ("data", {"classes": ["left", "right"]}, "classes: goes with classes"),
        ("training", {"loss": "fokal"}, "did you mean 'focal'"),
        ("training", {"loss": {"focal": {"gama": 1}}}, "did you mean 'gamma'"),
        ("training", {"loss": {"focal": {"gamma": -1}}}, "goes from 0 to 10"),
    ],
)
def test_what_does_not_fit_is_told(
    content: dict[str, Any], section: str, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError) as error:
        Study.from_objects({**content, section: {**content[section], **change}})
    assert message in str(error.value)


def test_a_policy_for_no_finding_is_told(content: dict[str, Any]) -> None:
    data = {**content["data"], "findings": {"names": ["left"], "unknown": {"lefd": "zero"}}}
    with pytest.raises(InputError, match="did you mean 'left'"):
        Study.from_objects({**content, "data": data})
