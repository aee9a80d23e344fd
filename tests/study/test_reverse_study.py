"""A U-Net becomes a classifier within a study: the chain, its honesty, what it explains."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageOps

from pleura.deploy.package import load_model
from pleura.errors import InputError
from pleura.study.run import Result, Study
from tests.study.segmented import reverse, write_discs


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("discs")
    return write_discs(folder / "own"), write_discs(folder / "other", prefix="q", seed=1)


@pytest.fixture(scope="module")
def finished(data: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Result:
    return Study.from_objects(reverse(*data)).run(tmp_path_factory.mktemp("study"))


def test_every_head_is_a_trial_and_the_step_is_trained_once(finished: Result) -> None:
    runs = finished.runs[finished.runs["kind"] == "recipe"]
    assert len(runs) == 2 * 2
    for trials in runs["trials"]:
        heads = [json.loads(trial["strategy"])["head"] for trial in trials]
        assert heads == ["bottleneck", "scales"]
    starts = dict(zip(runs["recipe"], runs["weights"], strict=True))
    assert starts == {"random": "random", "discs": "step discs"}
    assert len(list((finished.folder / "steps").glob("segment-*"))) == 1
    told = next(origin for origin in runs["provenance"] if "discs" in origin["name"])
    assert "disc, core" in told["name"]


def test_clips_and_patients_are_predicted(finished: Result) -> None:
    clips = pd.read_csv(finished.folder / "clips.csv")
    assert set(clips["pooling"]) == {"mean", "attention"}
    assert set(clips["unit"]) == {"clip", "patient"}
    tested = clips[(clips["part"] == "test") & (clips["unit"] == "clip")]
    assert tested.groupby(["recipe", "pooling"])["image"].nunique().eq(12).all()


def test_areas_stand_beside_the_flags(finished: Result) -> None:
    areas = pd.read_csv(finished.folder / "areas.csv", dtype={"flag": str})
    before = areas[areas["network"] == "step discs"]
    assert before["video"].nunique() == 12
    # The classifier that went on from it is shown the test clips of each fold only.
    after = areas[areas["network"] == "discs"]
    assert set(after["fold"]) == {0, 1}
    assert after.groupby("video")["fold"].nunique().eq(1).all()
    flagged = before[before["structure"] == "disc"].set_index("video")["flag"]
    assert set(flagged) == {"0", "1"}


def test_the_model_that_is_handed_over_predicts(finished: Result, data: tuple[Path, Path]) -> None:
    model = load_model(finished.folder / "best")
    scores = model.predict([data[0].parent / "p0_0.png", data[0].parent / "p1_0.png"])
    assert scores.shape == (2, 2)
    np.testing.assert_allclose(scores.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("prefix", "strangers", "told"),
    [("p", False, "patient p0 tests"), ("p", True, ""), ("r", False, "")],
)
def test_no_test_patient_is_learned_from_before(
    tmp_path: Path, prefix: str, strangers: bool, told: str
) -> None:
    own = write_discs(tmp_path / "own", patients=12)
    other = write_discs(tmp_path / "other", patients=12, prefix=prefix, seed=2)
    content = reverse(own, other)
    content["steps"]["discs"]["strangers"] = strangers
    study = Study.from_objects(content)
    if not told:
        study.prepare(tmp_path / "out")
        return
    with pytest.raises(InputError, match="hold a test patient") as caught:
        study.prepare(tmp_path / "out")
    assert f"steps.discs: {told}" in caught.value.problems


@pytest.mark.parametrize("mirrored", [False, True])
def test_an_image_that_tests_is_refused_whatever_its_patient_is_called(
    tmp_path: Path, mirrored: bool
) -> None:
    own = write_discs(tmp_path / "own", patients=12)
    other = write_discs(tmp_path / "other", patients=12, prefix="q", seed=1)
    with Image.open(own.parent / "p3_1.png") as image:
        copied = ImageOps.mirror(image) if mirrored else image
        copied.save(other.parent / "q5_0.png")
    content = reverse(own, other)
    content["steps"]["discs"]["strangers"] = True
    with pytest.raises(InputError) as caught:
        Study.from_objects(content).prepare(tmp_path / "out")
    (problem,) = caught.value.problems
    assert "steps.discs: row 12 (q5_0.png) is row 9 (p3_1.png)" in problem
    assert ("mirrored left to right" in problem) == mirrored


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("backbone", "resnet18", "give either backbone or network"),
        ("strategy", {"freezing": {"stages": 1}}, "strategy: goes with backbone only"),
        ("weights", "disc", "did you mean 'discs'?"),
    ],
)
def test_recipes_that_do_not_fit_are_told(
    tmp_path: Path, key: str, value: object, problem: str
) -> None:
    content = reverse(tmp_path / "a.csv", tmp_path / "b.csv")
    content["recipes"]["discs"][key] = value
    with pytest.raises(InputError) as caught:
        Study.from_objects(content)
    assert any(problem in told for told in caught.value.problems)
