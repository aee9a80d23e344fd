"""Ensembles and mirror images of findings, grades and numbers, up to the model handed over."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, softmax

import pleura
from pleura.study.run import Result, Study
from pleura.tables import NUMBER, PREDICTED
from pleura.tasks.listed import page_of
from tests.networks import SMALL
from tests.tasks.grades.drawn import draw_images

pytestmark = pytest.mark.usefixtures("small_forests")

TOGETHER, BOTH = "frozen, ensemble of 2", "frozen, mirrored too"
NET = {"backbone": SMALL, "weights": "random", "strategy": "feature_extraction"}


def finished(out: Path, task: str, data: dict[str, Any], **also: Any) -> Result:
    """A study of one frozen network and two seeds, finished, that hands over their mean."""
    content = {
        "task": task,
        "question": "what is it",
        "data": {"size": 32, **data},
        "split": {"test": 0.34, "validation": 0.25},
        "seeds": [0, 1],
        "ensembles": {"hand_over": True},
        "mirrored": True,
        "reference": "frozen",
        "recipes": {"frozen": NET},
        "training": {"epochs": 1, "min_steps": 2, "batch_size": 8},
        "tune": {"rates": [1e-3], "penalties": [0.1]},
        **also,
    }
    return Study.from_objects(content).run(out)


def by_image(table: pd.DataFrame, recipe: str, seed: int, columns: list[str]) -> Any:
    """What is predicted of test images, (n, columns), by their names."""
    mine = table[(table["recipe"] == recipe) & (table["seed"] == seed) & (table["part"] == "test")]
    return mine.sort_values("image")[columns].to_numpy(float)


def test_numbers_are_averaged_and_handed_over(tmp_path: Path) -> None:
    ages = np.random.default_rng(3).uniform(0, 100, 48)
    manifest = draw_images(tmp_path, "age", [(f"{age:.1f}", 1.2 * age) for age in ages])
    named = {"manifest": str(manifest), "number": {"column": "age", "unit": "years"}}
    result = finished(tmp_path / "study", "numbers", named)
    table = result.predictions
    one, two = (by_image(table, "frozen", seed, [PREDICTED]) for seed in (0, 1))
    both = by_image(table, TOGETHER, 0, [PREDICTED])
    np.testing.assert_allclose(both, (one + two) / 2, rtol=1e-12)
    assert not np.allclose(by_image(table, BOTH, 0, [PREDICTED]), one, atol=1e-3)
    model = pleura.load(result.folder / "best")
    images = sorted(set(table.loc[table["part"] == "test", "image"]))
    told = model.assess([str(manifest.parent / name) for name in images]).probabilities
    np.testing.assert_allclose(told, both, rtol=1e-4)
    summary = result.summary.set_index(["recipe", "metric"])["value"].astype(float)
    truth = by_image(table, TOGETHER, 0, [NUMBER])
    assert summary[TOGETHER, "mae"] == pytest.approx(np.abs(both - truth).mean())
    assert 'id="ensembles"' in (result.folder / "report.html").read_text(encoding="utf-8")
    study = page_of(result.folder).study(result.folder)
    assert study.model is not None
    assert np.isfinite(study.model.lead.value)
    assert study.model.lead == study.findings.lead(TOGETHER, 1.0)


def test_findings_are_averaged_each_by_itself_and_handed_over(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    patients = [
        ("|".join(name for name, there in zip("xy", flags, strict=True) if there), 60.0 * flags[0])
        for flags in random.integers(0, 2, (48, 2))
    ]
    manifest = draw_images(tmp_path, "label", [(of or "none", b) for of, b in patients])
    findings = {"names": ["x", "y"], "separator": "|", "none": "none"}
    named = {"manifest": str(manifest), "findings": findings}
    result = finished(tmp_path / "study", "findings", named, prevalence={"x": 0.1, "y": 0.2})
    table, logits = result.predictions, ["logit_x", "logit_y"]
    one, two = (expit(by_image(table, "frozen", seed, logits)) for seed in (0, 1))
    both = expit(by_image(table, TOGETHER, 0, logits))
    np.testing.assert_allclose(both, (one + two) / 2, atol=1e-12)
    called = by_image(table, TOGETHER, 0, ["called_x", "called_y"])
    np.testing.assert_array_equal(called, both >= 0.5)
    model = pleura.load(result.folder / "best")
    images = sorted(set(table.loc[table["part"] == "test", "image"]))
    told = model.assess([str(manifest.parent / name) for name in images])
    np.testing.assert_allclose(told.probabilities, both, atol=1e-4)
    # Nobody validates for both members who trained neither: no map, no shares, no threshold chosen.
    assert model.card["calibration"] == {
        "temperature": [1.0, 1.0],
        "biases": [0.0, 0.0],
        "images": 0,
        "patients": 0,
    }
    assert model.card["thresholds"] == {"x": 0.5, "y": 0.5}
    assert told.called is not None
    np.testing.assert_array_equal(told.called, called)
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    sections = {part.split('"')[0]: " ".join(part.split()) for part in page.split('<section id="')}
    both_rows = f"“{TOGETHER}” and “best/ ({TOGETHER})”"
    for section, text in (
        ("probabilities", f"Not calibrated, and so in no table or figure here: {both_rows}"),
        ("probabilities", "The model in <code>best/</code> has none."),
        ("prevalence", "Not calibrated, and so not here: "),
        ("findings", f"(for {both_rows} nobody validates: at a probability of .5)"),
        ("findings", "nobody chose: .5"),
        ("results", f"(for {both_rows} nobody validates: at a probability of .5)"),
    ):
        assert text in sections[section], section
    assert "Each finding is called positive from a probability of .5 on, which no" in page


def test_what_follows_from_the_mean_of_grades_is_told_of_the_mean(tmp_path: Path) -> None:
    patients = [(str(i % 3), 60.0 * (i % 3)) for i in range(48)]
    manifest = draw_images(tmp_path, "label", patients)
    grades = ["0", "1", "2"]
    named = {"manifest": str(manifest), "classes": grades}
    table = finished(tmp_path / "study", "grades", named).predictions
    of_one: list[Any] = []
    for recipe in ("frozen", TOGETHER, BOTH):
        for seed in (0, 1):
            logits = by_image(table, recipe, seed, [f"logit_{name}" for name in grades])
            told = by_image(table, recipe, seed, ["expected_grade"])[:, 0]
            np.testing.assert_allclose(told, softmax(logits, axis=1) @ np.arange(3), atol=1e-5)
            of_one.append(told)
    assert np.abs(of_one[2] - of_one[0]).max() > 1e-3  # the mean is not the first member
    assert np.abs(of_one[4] - of_one[0]).max() > 1e-3  # nor what is said of the image alone
