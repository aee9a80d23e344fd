"""Data with masks made ready: what labels, merging, and mending the data do to the split."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.study.run import Study
from pleura.study.steps.evaluation import outcomes_of
from tests.study.segmented import reverse, segmentation, write_discs

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.fixture(scope="module")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_discs(tmp_path_factory.mktemp("discs"))


def read(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The split that a run of the study would keep."""
    prepared = Study.from_objects(content).prepare(folder)
    return {
        "hash": prepared.context.split.hash,
        "steps": [step.key for step in outcomes_of(prepared.plan)],
        "labels": prepared.context.manifest.classes,
    }


def keep_split(content: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the study until its steps would begin."""
    monkeypatch.setattr("pleura.study.work.Here.work", _stop)
    with pytest.raises(KeyboardInterrupt):
        Study.from_objects(content).run(folder)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def rewritten(manifest: Path, folder: Path, change: Any) -> Path:
    """A copy of the manifest and its images, its table changed."""
    shutil.copytree(manifest.parent, folder)
    table = change(pd.read_csv(manifest, dtype=str))
    table.to_csv(folder / "images.csv", index=False)
    return folder / "images.csv"


def test_a_study_that_has_begun_may_ask_for_more(
    discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = segmentation(discs)
    del content["data"]["masks"]["spacing"]
    del content["recipes"]["core"]["masks"]
    keep_split(content, tmp_path, monkeypatch)
    before = read(content, tmp_path)
    content["recipes"]["third"] = segmentation(discs)["recipes"]["core"]
    after = read(content, tmp_path)
    assert after["hash"] == before["hash"]
    assert set(before["steps"]) < set(after["steps"])
    content["data"]["masks"]["spacing"] = "spacing"
    assert read(content, tmp_path)["hash"] == before["hash"]


def test_a_flag_may_be_added(discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = write_discs(tmp_path / "other", prefix="q", seed=1)
    content = reverse(discs, other)
    flags = content["data"].pop("flags")
    keep_split(content, tmp_path / "out", monkeypatch)
    before = read(content, tmp_path / "out")
    content["data"]["flags"] = flags
    assert read(content, tmp_path / "out") == before


def test_no_split_is_kept_of_data_whose_masks_are_not_sound(
    discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_one(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(mask=["", *table["mask"][1:]])

    content = segmentation(rewritten(discs, tmp_path / "data", without_one))
    with pytest.raises(InputError, match=r"left out by where: \{mask: '\?\*'\}"):
        Study.from_objects(content).run(tmp_path / "out")
    content["data"]["where"] = {"mask": "?*"}
    keep_split(content, tmp_path / "out", monkeypatch)
    assert json.loads((tmp_path / "out" / "split.json").read_text())["manifest"]["images"] == 23


def test_a_segmentation_needs_no_labels(discs: Path, tmp_path: Path) -> None:
    manifest = rewritten(discs, tmp_path / "data", lambda table: table.drop(columns="label"))
    content = segmentation(manifest) | {"fractions": [1.0], "tune": {"rates": [1e-2]}}
    content["recipes"] = {"core": {}}
    result = Study.from_objects(content).run(tmp_path / "out")
    assert set(result.cases["label"]) == {"all"}
    assert (tmp_path / "out" / "report.html").is_file()


def test_what_a_step_learns_from_needs_no_labels(discs: Path, tmp_path: Path) -> None:
    other = write_discs(tmp_path / "first", prefix="q", seed=1)
    other = rewritten(other, tmp_path / "other", lambda table: table.assign(label=""))
    content = reverse(discs, other)
    prepared = Study.from_objects(content).prepare(tmp_path / "out")
    assert prepared.context.materials["discs"].manifest.classes == ("all",)


@pytest.mark.parametrize("merged_in", ["study", "step"])
def test_a_patient_whose_name_merging_has_changed_is_refused(
    tmp_path: Path, merged_in: str
) -> None:
    own = write_discs(tmp_path / "own")
    other = write_discs(tmp_path / "other", prefix="q", seed=1)
    table = pd.read_csv(other, dtype=str)
    if merged_in == "study":  # p2 counts as p0, and the step has other images of p2
        shutil.copy(own.parent / "p0_0.png", own.parent / "p2_0.png")
        table.loc[table["patient"] == "q5", ["patient", "video"]] = "p2"
    else:  # the step's own p2 counts as q0
        shutil.copy(other.parent / "q0_0.png", other.parent / "q2_0.png")
        table.loc[table["patient"] == "q2", ["patient", "video"]] = "p2"
    table.to_csv(other, index=False)
    content = reverse(own, other)
    for data in (content["data"], content["steps"]["discs"]["data"]):
        data["same_image"] = "merge"
    with pytest.raises(InputError, match="hold a test patient") as caught:
        Study.from_objects(content).prepare(tmp_path / "out")
    assert caught.value.problems == ("steps.discs: patient p2 tests",)


def test_a_patient_in_another_spelling_is_refused(tmp_path: Path) -> None:
    own = write_discs(tmp_path / "own")
    other = write_discs(tmp_path / "other", prefix="q", seed=1)
    table = pd.read_csv(other, dtype=str)
    table.loc[table["patient"] == "q5", ["patient", "video"]] = "P02"
    table.to_csv(other, index=False)
    content = reverse(own, other)
    with pytest.raises(InputError, match="hold a test patient") as caught:
        Study.from_objects(content).prepare(tmp_path / "out")
    assert caught.value.problems == ("steps.discs: patient P02 tests, as p2",)
    for data in (content["data"], content["steps"]["discs"]["data"]):
        data["same_name"] = "as_written"
    assert Study.from_objects(content).prepare(tmp_path / "out").plan.steps


def test_folds_of_one_patient_each_are_judged_together(tmp_path: Path) -> None:
    study = segmentation(write_discs(tmp_path, patients=4))
    study |= {"split": {"folds": 4, "validation": 0.4}, "fractions": [1.0]}
    assert Study.from_objects(study).prepare(tmp_path / "out").context.split.folds == 4
    table = pd.read_csv(study["data"]["manifest"])
    table["split"] = np.where(table["patient"] == "p0", "test", "train")
    table.to_csv(study["data"]["manifest"], index=False)
    study["split"] = {"test": "split", "validation": 0.4}
    with pytest.raises(InputError, match="a single patient tests, and"):
        Study.from_objects(study).prepare(tmp_path / "other")
