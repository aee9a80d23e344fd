"""A whole study of a segmentation: tables, masks of one's own, the model, resuming."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from safetensors.numpy import load_file

from pleura.errors import InputError
from pleura.study.estimate import describe
from pleura.study.run import Result, Study
from tests.study.segmented import segmentation, write_discs

pytestmark = pytest.mark.usefixtures("drawn_figures")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_discs(tmp_path_factory.mktemp("discs"))


@pytest.fixture(scope="module")
def finished(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return Study.from_objects(segmentation(manifest)).run(tmp_path_factory.mktemp("study"))


def test_tables_have_a_row_for_everything(finished: Result) -> None:
    runs, cases = finished.runs, finished.cases
    assert len(runs) == 2 * 2
    assert set(runs["recipe"]) == {"core", "disc"}
    assert dict(zip(runs["recipe"], runs["masks"], strict=True)) == {"core": "core", "disc": "mask"}
    assert dict(zip(runs["recipe"], runs["augmented"], strict=True)) == {
        "core": "True",
        "disc": "False",
    }
    # What is judged is the study's structure alone, whatever else a recipe has learned.
    assert set(cases["structure"]) == {"core"}
    assert set(cases["unit"]) == {"mm"}
    tested = cases[cases["part"] == "test"]
    assert len(tested) == len(runs) * int(runs["n_test"].iloc[0])
    assert tested["dice"].between(0, 1).all()


def test_networks_are_timed_together(finished: Result) -> None:
    (timed,) = (finished.folder / "steps").glob("latency-*")
    assert len(pd.read_csv(timed / "latency.csv")) == len(finished.runs)
    # At both fractions it is one network, so it has one time.
    assert finished.runs.groupby("recipe")["latency_ms"].nunique().eq(1).all()


def test_no_patient_is_in_two_parts(finished: Result) -> None:
    for _, run in finished.cases.groupby(["recipe", "fraction", "seed", "fold"]):
        assert run.groupby("patient")["part"].nunique().max() == 1


def test_the_best_on_validation_is_handed_over_and_drawn(finished: Result) -> None:
    overlays = pd.read_csv(finished.folder / "panels" / "overlays.csv")
    assert set(overlays["rank"]) == {"best", "median", "worst"}
    assert set(overlays["recipe"]) == {"core", "disc"}
    assert (overlays["fraction"] == 1.0).all()
    for name in overlays["file"]:
        assert np.asarray(Image.open(finished.folder / "panels" / name)).std() > 0
    assert load_file(finished.folder / "best" / "model.safetensors")
    assert "report" in (finished.folder / "report.html").read_text(encoding="utf-8").lower()


def test_a_second_run_does_nothing_and_says_the_same(
    finished: Result, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a finished step was done again")

    before = {name: (finished.folder / name).read_bytes() for name in ("cases.csv", "report.html")}
    monkeypatch.setattr("pleura.study.steps.segment.KIND.perform", refused)
    monkeypatch.setattr("pleura.study.steps.cases.KIND.perform", refused)
    Study.from_objects(segmentation(manifest)).run(finished.folder)
    for name, content in before.items():
        assert (finished.folder / name).read_bytes() == content


def test_a_plan_tells_what_will_be_done(manifest: Path, tmp_path: Path) -> None:
    study = Study.from_objects(segmentation(manifest))
    told = describe(study.file, study.prepare(tmp_path))
    assert "13 steps (4 cases, 1 latency, 8 segment), 13 to do" in told
    assert "learning rate 0.001, 0.01" in told
    assert "may shorten it; not counted: evaluation" in told
    assert "fold" not in told
    content = segmentation(manifest)
    content["training"] |= {"epochs": 2, "min_steps": 1}
    short = Study.from_objects(content)
    assert "epochs, not" not in describe(short.file, short.prepare(tmp_path / "short"))
    content["training"]["min_steps"] = 30
    long = Study.from_objects(content)
    told = describe(long.file, long.prepare(tmp_path / "long"))
    assert re.search(r"up to \d+ epochs, not 2: \d+ images that train make \d+ steps? an", told)
    assert "training.min_steps asks for 30" in told
    folds = Study.from_objects(segmentation(manifest) | {"split": {"folds": 2, "validation": 0.3}})
    assert "fold 1  seed 0" in describe(folds.file, folds.prepare(tmp_path / "folds"))


def test_what_is_judged_must_be_learned(manifest: Path) -> None:
    content = segmentation(manifest)
    content["data"]["masks"]["structures"] = {"core": 2, "disc": 1}
    content["recipes"]["core"]["masks"]["structures"] = {"rim": 2}
    with pytest.raises(InputError) as caught:
        Study.from_objects(content)
    assert caught.value.problems == ("recipes.core.masks: lack core and disc, which are judged",)
    content = segmentation(manifest)
    content["recipes"]["disc"]["masks"]["structures"] = {"disc": 1}
    with pytest.raises(InputError) as caught:
        Study.from_objects(content)
    assert caught.value.problems == ("recipes.disc.masks: lack core, which is judged",)


def test_a_margin_is_in_the_unit_of_the_metric(manifest: Path) -> None:
    content = segmentation(manifest) | {"margin": 2.5}
    assert Study.from_objects(content | {"metric": "hd95"}).file.margin == 2.5
    del content["margin"]
    margins = {"hd95": 0.0, "surface_distance": 0.0, "dice": 0.01, "false_positive_area": 0.01}
    for metric, margin in margins.items():
        assert Study.from_objects(content | {"metric": metric}).file.margin == margin
    content["margin"] = 2.5
    with pytest.raises(InputError) as caught:
        Study.from_objects(content | {"metric": "false_positive_area"})
    assert caught.value.problems == (
        "margin: must be below 1, the greatest false_positive_area there is",
    )


def test_a_mask_that_is_missing_is_named(manifest: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    content = segmentation(write_discs(folder))
    (folder / "p3_1_core.png").unlink()
    with pytest.raises(InputError, match="p3_1"):
        Study.from_objects(content).run(tmp_path / "out")


def test_trials_are_chosen_by_what_is_judged_whatever_is_learned_besides(finished: Result) -> None:
    cases = finished.cases
    for _, run in finished.runs.iterrows():
        mine = cases[
            (cases["recipe"] == run["recipe"])
            & (cases["fraction"] == run["fraction"])
            & (cases["part"] == "validation")
        ]
        best = max(trial["validation_dice"] for trial in run["trials"])
        assert mine["dice"].mean() == pytest.approx(best, abs=1e-6)
