"""A U-Net becomes a classifier within a study: the chain, its honesty, what it explains."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageOps
from safetensors.torch import load_file

from pleura.deploy.package import load_model
from pleura.errors import InputError, PleuraError
from pleura.study.run import Result, Study
from pleura.study.steps import reverse as reverse_kind
from pleura.study.steps import segment
from pleura.study.training import WEIGHTS
from tests.conftest import without_page
from tests.study.segmented import NET, reverse, write_discs

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("discs")
    return write_discs(folder / "own"), write_discs(folder / "other", prefix="q", seed=1)


@pytest.fixture(scope="module")
def finished(data: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Result:
    with without_page():
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
    assert (told["source"], told["licence"]) == ("drawn; before that seed 0", "CC0")


def test_what_was_learned_before_is_told(finished: Result) -> None:
    table = pd.read_csv(finished.folder / "steps.csv")
    told = "name seed network weights structures n_train n_validation patients epochs converged"
    assert list(table.columns) == [*told.split(), "validation_dice", "seconds"]
    [(_, row)] = table.iterrows()
    assert row[["name", "seed", "weights", "structures", "patients"]].tolist() == [
        *("discs", 0, "random", "disc, core", 12)
    ]
    assert json.loads(row["network"]) == NET
    # Two of six patients of either label validate, with two images each.
    assert (row["n_train"], row["n_validation"]) == (16, 8)
    [done] = (finished.folder / "steps").glob("segment-*/done.json")
    learned = json.loads(done.read_text())["result"]
    assert row["validation_dice"] == pytest.approx(learned["score"])
    assert row[["epochs", "converged"]].tolist() == [learned["epochs"], learned["converged"]]
    notes = json.loads((finished.folder / "notes.json").read_text())
    assert any(note.startswith("step discs: images are brought to 32 x 32") for note in notes)


@pytest.mark.usefixtures("no_page")
def test_a_step_without_its_weights_is_trained_again(
    finished: Result, data: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(finished.folder, tmp_path / "copy")
    prepared = Study.from_objects(reverse(*data)).prepare(folder)
    context, (learned,) = prepared.context, prepared.plan.of("segment")
    path = learned.folder(context.steps) / WEIGHTS
    before = load_file(path)
    learned.drop(context.steps, WEIGHTS)
    trial = next(step for step in prepared.plan.of("reverse") if learned in step.parents)
    with pytest.raises(PleuraError, match="the weights of 'step discs, seed 0' are gone"):
        reverse_kind.untrained(trial, context)
    shutil.rmtree(trial.folder(context.steps))
    told: list[str] = []
    Study.from_objects(reverse(*data)).run(folder, announce=told.append)
    assert any(line.startswith(f"{learned.title}: its weights were dropped") for line in told)
    started = reverse_kind.untrained(trial, context)[0].unet.state_dict()
    assert all(started[name].equal(tensor) for name, tensor in before.items())
    assert learned.is_whole(context.steps)


def test_source_and_licence_of_a_step_travel_with_its_weights(
    finished: Result, data: tuple[Path, Path]
) -> None:
    prepared = Study.from_objects(reverse(*data)).prepare(finished.folder)
    [learned] = prepared.plan.of("segment")
    material = replace(prepared.context.materials["discs"], source="drawn", licence="CC0")
    context = replace(prepared.context, materials={"discs": material})
    network = segment.untrained(learned, context)
    provenance = segment.goes_on_from(learned, network, context).provenance
    assert provenance.source == "drawn; before that seed 0"
    assert provenance.licence == "CC0"


@pytest.mark.usefixtures("no_page")
def test_what_later_settings_lack_is_deleted_and_weights_of_steps_are_not(
    finished: Result, data: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(finished.folder, tmp_path / "copy")
    [weights] = folder.glob(f"steps/segment-*/{WEIGHTS}")
    content = reverse(*data)
    del content["recipes"]["discs"]
    Study.from_objects(content).run(folder)  # the step is there for the areas alone
    assert weights.exists()
    for name in ("areas.csv", "steps.csv", "clips.csv"):
        assert (folder / name).exists()
    del content["steps"]
    (folder / "cases.csv").write_text("of another task")
    Study.from_objects(content).run(folder)
    for name in ("areas.csv", "steps.csv", "cases.csv"):
        assert not (folder / name).exists()
    assert (folder / "clips.csv").exists()


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
    assert "row 12 (q5_0.png) of images.csv is row 9 (p3_1.png) of images.csv" in problem
    assert ("mirrored left to right" in problem) == mirrored


@pytest.mark.parametrize(
    ("validation", "problem"), [(0.2, "validation would be empty"), (0.9, "training would be")]
)
def test_a_step_of_too_few_patients_is_told_in_advance(
    tmp_path: Path, validation: float, problem: str
) -> None:
    own = write_discs(tmp_path / "own", patients=12)
    other = write_discs(tmp_path / "other", patients=2, prefix="q", seed=1)
    content = reverse(own, other)
    content["steps"]["discs"]["validation"] = validation
    with pytest.raises(InputError, match=problem) as caught:
        Study.from_objects(content).prepare(tmp_path / "out")
    assert caught.value.heading.startswith("steps.discs: ")
    assert "2 patients" in caught.value.heading


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
