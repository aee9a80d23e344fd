"""A study whose lung masker another study trains first."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from safetensors.torch import load_file, save_file

from pleura.errors import InputError
from pleura.study.depths import search_depths
from pleura.study.estimate import describe
from pleura.study.masker import masker_study, without_masker_study
from pleura.study.run import Study
from pleura.study.study_files import dump_study, read_study
from tests.conftest import without_page
from tests.networks import SMALL
from tests.study.segmented import write_discs

pytestmark = pytest.mark.usefixtures("small_forests")

LUNGS: dict[str, Any] = {"study": "lung.yaml"}


def masks_study(manifest: Path) -> dict[str, Any]:
    """Cores of discs are the lungs."""
    return {
        "task": "segmentation",
        "question": "where the lungs are",
        "data": {
            "manifest": str(manifest),
            "size": 32,
            "masks": {"column": "core", "structures": {"lung": 2}},
        },
        "split": {"test": 0.34, "validation": 0.3},
        "seeds": [0],
        "reference": "unet",
        "recipes": {"unet": {"network": {"x_unet": {"width": 4}}, "weights": "random"}},
        "training": {"epochs": 4, "min_steps": 80, "batch_size": 4, "precision": "fp32"},
        "tune": {"rates": [1e-2]},
        "quick": {"training.min_steps": 1, "training.epochs": 1},
    }


def classes_study(manifest: Path, lungs: dict[str, Any]) -> dict[str, Any]:
    recipe = {"backbone": SMALL, "weights": "random", "strategy": "feature_extraction"}
    return {
        "question": "is the disc large",
        "data": {"manifest": str(manifest), "size": 32, "lungs": lungs},
        "split": {"test": 0.34, "validation": 0.3},
        "seeds": [0],
        "reference": "frozen",
        "recipes": {"frozen": recipe},
        "training": {"precision": "fp32"},
        "tune": {"rates": [1e-3], "penalties": [1.0]},
        "quick": {"tune": {"rates": [1e-3], "penalties": [2.0]}},
    }


def write(folder: Path, lungs: dict[str, Any] = LUNGS, **changes: Any) -> Path:
    """Both study files; the path of the one with classes comes back."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = write_discs(folder / "discs", patients=20)
    (folder / "lung.yaml").write_text(yaml.safe_dump({**masks_study(manifest), **changes}))
    path = folder / "classes.yaml"
    path.write_text(yaml.safe_dump(classes_study(manifest, lungs)))
    return path


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[str], str]:
    """The study's file, its folder, what was said, and its plan before anything was run."""
    folder = tmp_path_factory.mktemp("masker")
    path, out = write(folder / "files"), folder / "runs" / "classes"
    study, said = Study.from_file(path), list[str]()
    prepared = study.prepare(out, announce=said.append)
    assert prepared.context.lungs is None
    assert not (out.parent / "lung" / "best").exists()
    assert not (out.parent / "lung" / "steps").exists()
    assert sum(line.startswith("first: lung.yaml") for line in said) == 1
    plan = describe(study.file, prepared)
    said.clear()
    with without_page():
        study.run(out, announce=said.append)
    return path, out, said, plan


def test_a_plan_tells_which_study_is_run_first_and_runs_nothing(
    ran: tuple[Path, Path, list[str], str],
) -> None:
    _, out, _, plan = ran
    last = plan.splitlines()[-1]
    # One training, its evaluation, and the time an image takes.
    assert last.startswith(f"first: lung.yaml, which trains the lung masker in {out.parent}/lung ")
    assert "(3 steps, 3 to do, at most " in last


def test_the_masker_is_trained_first_and_the_lungs_are_those_that_it_finds(
    ran: tuple[Path, Path, list[str], str],
) -> None:
    path, out, said, _ = ran
    trained = [i for i, line in enumerate(said) if line.startswith("lung.yaml: [1/3] unet")]
    own = [i for i, line in enumerate(said) if line.startswith("[1/")]
    assert said[0].startswith("first: lung.yaml")
    assert len(trained) == 1
    assert trained < own
    model = out.parent / "lung" / "best"
    # A masker given as a folder gives the very same steps.
    by_folder = path.with_name("by_folder.yaml")
    given = classes_study(path.parent / "discs" / "images.csv", {"masker": str(model)})
    by_folder.write_text(yaml.safe_dump(given))
    prepared = Study.from_file(by_folder).prepare(out)
    assert prepared.context.lungs is not None
    assert len(prepared.context.lungs.rows) > 0
    assert prepared.plan.missing(out / "steps") == ()


def test_a_masker_that_is_there_is_found_again(ran: tuple[Path, Path, list[str], str]) -> None:
    path, out, _, _ = ran
    study, said = Study.from_file(path), list[str]()
    prepared = study.prepare(out, announce=said.append)
    assert not any("lung.yaml" in line for line in said)
    assert prepared.first == ""
    assert prepared.plan.missing(out / "steps") == ()
    saved = yaml.safe_load((out / "study.yaml").read_text())["data"]["lungs"]
    assert saved == {"masker": None, "study": str(path.with_name("lung.yaml")), "quick": False}
    assert (out / "study.yaml").read_text() == dump_study(study.file)


def test_a_masker_whose_study_has_other_settings_now_is_not_done(
    ran: tuple[Path, Path, list[str], str],
) -> None:
    path, out, _, _ = ran
    before = masker_study(read_study(path), out)
    assert before
    assert before.is_finished()
    text = path.with_name("lung.yaml").read_text()
    try:
        path.with_name("lung.yaml").write_text(text.replace("min_steps: 80", "min_steps: 81"))
        after = masker_study(read_study(path), out)
    finally:
        path.with_name("lung.yaml").write_text(text)
    assert after
    assert after.folder == before.folder
    assert not after.is_finished()


@pytest.mark.parametrize("harm", ["cut short", "of another model", "gone", "no card", "no yaml"])
def test_a_masker_that_is_damaged_is_not_done(
    harm: str, ran: tuple[Path, Path, list[str], str], tmp_path: Path
) -> None:
    path, out, _, _ = ran
    shutil.copytree(out.parent / "lung", tmp_path / "lung")
    before = masker_study(read_study(path), tmp_path / "x")
    assert before
    assert before.is_finished()
    weights = before.model / "model.safetensors"
    if harm == "cut short":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif harm == "of another model":
        tensors = load_file(weights)
        save_file({name: tensor * 2 for name, tensor in tensors.items()}, weights)
    elif harm == "gone":
        weights.unlink()
    elif harm == "no card":
        (before.model / "model.json").write_text("[]")
    else:
        (before.folder / "study.yaml").write_bytes(b"\xff\xfe")
    assert not before.is_finished()


@pytest.mark.parametrize("change", ["mask", "image", "patient", "touched", "gone"])
def test_a_masker_that_learned_from_other_data_is_not_done(
    change: str, ran: tuple[Path, Path, list[str], str], tmp_path: Path
) -> None:
    """The study file stays as it is."""
    path, out, _, _ = ran
    shutil.copytree(out.parent / "lung", tmp_path / "lung")
    masker = masker_study(read_study(path), tmp_path / "x")
    assert masker
    discs = path.parent / "discs"
    table = pd.read_csv(discs / "images.csv", dtype=str)
    changed = discs / (table["image" if change == "image" else "core"][0])
    kept = {file: file.read_bytes() for file in (changed, discs / "images.csv")}
    try:
        if change in ("mask", "image"):
            pixels = np.asarray(Image.open(changed)).copy()
            pixels[:2] = 2
            Image.fromarray(pixels).save(changed)
        elif change == "patient":
            table.assign(patient=table["patient"][::-1].to_numpy()).to_csv(
                discs / "images.csv", index=False
            )
        elif change == "touched":
            changed.touch()
        else:
            (discs / "images.csv").unlink()
        assert masker.is_finished() is (change in ("touched", "gone"))
        if change == "mask":
            said: list[str] = []
            plan = Study.from_file(path).prepare(tmp_path / "x", announce=said.append)
            assert plan.first.startswith("first: lung.yaml, which trains the lung masker")
    finally:
        for file, content in kept.items():
            file.write_bytes(content)


def test_a_masker_for_which_another_split_was_drawn_is_told_with_its_folder(
    ran: tuple[Path, Path, list[str], str], tmp_path: Path
) -> None:
    path, out, _, _ = ran
    shutil.copytree(out.parent / "lung", tmp_path / "runs" / "lung")
    shutil.copytree(path.parent, tmp_path / "files")
    other = tmp_path / "files" / "lung.yaml"
    other.write_text(other.read_text().replace("seeds:\n- 0", "seeds:\n- 5"))
    study = Study.from_file(tmp_path / "files" / path.name, ["data.size=32"])
    with pytest.raises(InputError) as caught:
        study.prepare(tmp_path / "runs" / "classes")
    assert caught.value.heading.startswith("lung.yaml: ")
    assert f"in {tmp_path / 'runs' / 'lung'}: delete that folder" in caught.value.problems[-1]


def test_a_quick_study_has_a_quick_masker_in_a_folder_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path)
    quick, slow = (masker_study(read_study(path, quick=q), tmp_path / "x") for q in (True, False))
    assert quick
    assert slow
    assert (quick.folder, slow.folder) == (tmp_path / "lung-quick", tmp_path / "lung")
    assert (quick.file.training.epochs, slow.file.training.epochs) == (1, 4)
    # Also where a change names it.
    path = write(tmp_path)
    changed = read_study(path, [f"data.lungs={{study: {path.parent / 'lung.yaml'}}}"], quick=True)
    assert masker_study(changed, tmp_path / "x") == quick
    given = ["data.lungs.study=null", "data.lungs.masker=best"]
    assert masker_study(read_study(path, given, quick=True), tmp_path / "x") is None
    # The file may say otherwise, and what is saved says so itself.
    path = write(tmp_path, {**LUNGS, "quick": False})
    whole = masker_study(read_study(path, quick=True), tmp_path / "x")
    assert whole == slow


def test_without_its_masker_a_study_knows_no_lungs(tmp_path: Path) -> None:
    study = read_study(write(tmp_path))
    assert masker_study(without_masker_study(study), tmp_path / "x") is None
    given = read_study(write(tmp_path, {"masker": "best"}))
    assert without_masker_study(given) == given
    assert masker_study(given, tmp_path / "x") is None


@pytest.mark.parametrize(
    ("lungs", "changes", "told"),
    [
        ({"study": "nowhere.yaml"}, {}, "data.lungs.study: .*nowhere.yaml: there is no such"),
        ({"study": "classes.yaml"}, {}, "data.lungs.study: .*is a study of classes"),
        (LUNGS, {"seeds": 3}, "data.lungs.study: .*lung.yaml: the study does not fit\n  - seeds"),
        ({**LUNGS, "masker": "best"}, {}, "data.lungs: give either masker"),
        ({"masker": "best", "quick": True}, {}, "data.lungs: quick: goes with study only"),
        (
            LUNGS,
            {"data": {"manifest": "x.csv", "masks": {"structures": {"rib": 1, "heart": 2}}}},
            "segments heart, rib, of which none is called lung",
        ),
    ],
)
def test_a_study_that_can_train_no_masker_is_told_with_the_file(
    lungs: dict[str, Any], changes: dict[str, Any], told: str, tmp_path: Path
) -> None:
    path = write(tmp_path, lungs, **changes)
    with pytest.raises(InputError, match=told):
        read_study(path)


def test_a_study_cannot_lie_where_its_masker_is_trained(tmp_path: Path) -> None:
    study = Study.from_file(write(tmp_path))
    with pytest.raises(InputError, match="folder of the lung masker"):
        study.prepare(tmp_path / "lung")


def test_depths_are_probed_without_lungs(tmp_path: Path) -> None:
    study = Study.from_file(write(tmp_path / "files"))
    table = search_depths(
        study, tmp_path / "runs" / "x", progress=lambda *_: None, announce=lambda _: None
    )
    assert len(table)
    assert not (tmp_path / "runs" / "lung").exists()
