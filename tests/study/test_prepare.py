"""What is refused before a study trains anything."""

import importlib
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pleura.errors import InputError, PleuraError
from pleura.study.data_table import describe_data
from pleura.study.notes import notes_of
from pleura.study.prepare import alone_in
from pleura.study.prepared import NetworkTiming
from pleura.study.run import Study
from tests.conftest import MakeImages
from tests.study.segmented import reverse, segmentation, write_discs
from tests.study.studies import content

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=36)


def test_a_plan_fixes_no_split(manifest: Path, tmp_path: Path) -> None:
    Study.from_objects(content(manifest)).prepare(tmp_path)
    assert not (tmp_path / "split.json").exists()


@pytest.mark.parametrize("task", ["classes", "masks", "lungs"])
def test_a_plan_writes_nothing_but_the_bank(task: str, manifest: Path, tmp_path: Path) -> None:
    masked = task == "masks"
    study = segmentation(write_discs(tmp_path / "discs")) if masked else content(manifest)
    if task == "lungs":
        table = pd.read_csv(manifest)
        table["image"] = [str(manifest.parent / name) for name in table["image"]]
        table["lung_mask"] = table["image"]  # what is not black
        table.to_csv(tmp_path / "images.csv", index=False)
        study["data"] |= {"manifest": str(tmp_path / "images.csv"), "lungs": "given"}
    Study.from_objects(study).prepare(tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["bank"]
    masks = {"classes": [], "masks": ["masks"], "lungs": ["lungs"]}[task]
    kept = {path.name for path in (tmp_path / "out" / "bank").iterdir()}
    assert kept >= {"digests.json", "measured.json", *masks}


def test_what_is_done_is_told_as_it_begins(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    at_work: list[tuple[str, str]] = []

    def watch(place: str, name: str) -> None:
        works = getattr(importlib.import_module(place), name)

        def watched(*args: Any, **options: Any) -> Any:
            at_work.append((name, told[-1]))
            return works(*args, **options)

        monkeypatch.setattr(f"{place}.{name}", watched)

    watch("pleura.study.section_reader", "read_manifest")
    watch("pleura.study.section_reader", "check")
    watch("pleura.study.load_data", "load_or_make_split")
    watch("pleura.study.prepare", "measure_network")
    study = Study.from_objects(content(manifest))
    study.prepare(tmp_path, progress=lambda what, *_: told.append(what))
    assert list(dict.fromkeys(at_work)) == [
        ("read_manifest", "reading the table"),
        ("check", "checking images"),
        ("load_or_make_split", "drawing the split"),
        ("measure_network", "timing networks"),
    ]
    assert told[-1] == "planning the steps"


def test_a_plan_leaves_a_study_that_has_begun_as_it_was(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it asks for more; and what it measures is not what the study goes by."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pleura.study.work.Here.work", stop)
    with pytest.raises(KeyboardInterrupt):
        Study.from_objects(content(manifest)).run(tmp_path)

    def seen() -> dict[str, tuple[int, bytes]]:
        files = [path for path in tmp_path.iterdir() if path.is_file()]
        return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    before = seen()
    assert {"measured.json", "split.json"} < set(before)
    more = content(manifest)
    more["seeds"] = [0, 1, 2, 3]
    more["training"]["batch_size"] = 3
    Study.from_objects(more).prepare(tmp_path)
    assert seen() == before


def test_a_run_goes_by_what_its_plan_has_measured(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = iter(
        [NetworkTiming("fp32", 1, 1), NetworkTiming("fp32", 2, 2), NetworkTiming("fp32", 3, 3)]
    )
    monkeypatch.setattr("pleura.study.speeds._measure", lambda *_: next(measured))
    monkeypatch.setattr("psutil.getloadavg", lambda: (0.0, 0.0, 0.0))  # an idle machine throughout
    study = Study.from_objects(content(manifest))
    planned = study.prepare(tmp_path).measured
    monkeypatch.setattr("pleura.study.work.Here.work", lambda *_: (_ for _ in ()).throw(OSError))
    with pytest.raises(PleuraError):
        study.run(tmp_path)
    shutil.rmtree(tmp_path / "bank")
    assert study.prepare(tmp_path).measured == planned


@pytest.mark.parametrize("fails", [True, False])
def test_a_plan_leaves_no_lock(fails: bool, manifest: Path, tmp_path: Path) -> None:
    with suppress(InputError):
        Study.from_objects(content(tmp_path / "no.csv" if fails else manifest)).prepare(
            tmp_path / "out"
        )
    assert (tmp_path / "out").exists() is not fails
    assert not (tmp_path / "out" / ".lock").exists()


def test_a_plan_tells_every_note_of_the_report_once(manifest: Path, tmp_path: Path) -> None:
    """A row left out, an image of 16 bits, rows of `val` that train, and a label that holds '|'."""
    table = pd.read_csv(manifest)
    table["label"] = table["label"].map({"a": "a", "b": "b|c"})
    trains = table["split"] == "train"
    table.loc[trains & (table["patient"] == "p0"), "split"] = "val"
    table["image"] = [str(manifest.parent / name) for name in table["image"]]
    deep = np.asarray(Image.open(table["image"][0])).astype(np.uint16) * 257
    Image.fromarray(deep).save(tmp_path / "deep.png")
    table.loc[0, "image"] = str(tmp_path / "deep.png")
    odd = table.iloc[[1]].assign(label="odd", image=str(manifest.parent / "gone.png"))
    pd.concat([table, odd]).to_csv(tmp_path / "images.csv", index=False)
    study = content(tmp_path / "images.csv")
    study["data"]["classes"] = ["a", "b|c"]
    said: list[str] = []
    prepared = Study.from_objects(study).prepare(tmp_path / "out", announce=said.append)
    notes = notes_of(prepared.context)
    told = [line.removeprefix("note: ") for line in said if line.startswith("note: ")]
    assert sorted(told) == sorted(notes)
    assert "note: validation rows that joined the training pool: 2" in said
    assert "note: rows left out, their label not among the classes: 1" in said
    assert any(line.startswith("question: 1 of 2 labels holds '|'") for line in said)


def test_a_plan_of_official_parts_shows_them_and_says_so(manifest: Path, tmp_path: Path) -> None:
    table = pd.read_csv(manifest)
    validate = sorted(set(table.loc[table["split"] == "train", "patient"]))[:8]
    table.loc[table["patient"].isin(validate), "split"] = "val"
    table["image"] = [str(manifest.parent / name) for name in table["image"]]
    table.to_csv(tmp_path / "images.csv", index=False)
    study = content(tmp_path / "images.csv")
    study["split"]["validation"] = "split"
    prepared = Study.from_objects(study).prepare(tmp_path / "out")
    rows = [prepared.context.split.parts(0, seed, 1.0) for seed in (0, 1)]
    np.testing.assert_array_equal(rows[0].train, rows[1].train)
    note = "training, validation and test parts are those of the column 'split'"
    assert note in notes_of(prepared.context)
    assert set(prepared.context.manifest.groups[rows[0].validation]) == set(validate)
    whole = describe_data(prepared.context.manifest, prepared.context.split, seed=0, fraction=1.0)
    counts = [f"{(table['split'] == part).sum()} (" for part in ("train", "val", "test")]
    assert all(count in whole.splitlines()[-1] for count in counts)


def test_weights_are_tried_before_the_data_are_read(tmp_path: Path) -> None:
    study = content(tmp_path / "no.csv")
    study["recipes"]["full"]["weights"] = "gone.safetensors"
    with pytest.raises(InputError, match="there is no file"):
        Study.from_objects(study).run(tmp_path / "out")


def test_an_image_size_that_a_network_cannot_take_is_named(manifest: Path, tmp_path: Path) -> None:
    study = content(manifest)
    study["recipes"]["full"]["backbone"] = "squeezenet1_0"
    study["data"]["size"] = 16
    with pytest.raises(InputError, match="squeezenet1_0 takes no images of 16x16 pixels"):
        Study.from_objects(study).run(tmp_path / "out")


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ({"test": "split"}, r"a single patient tests, .* take more to test"),
        ({"folds": 36}, r"tests in folds 0, 1, 2 and 33 more, .* take fewer folds"),
    ],
)
def test_a_single_patient_to_test_is_told_before_training(
    split: dict[str, Any], message: str, manifest: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(manifest)
    table["image"] = [str(manifest.parent / name) for name in table["image"]]
    table["label"] = ["a", "b"] * 36
    table["split"] = np.where(table["patient"] == "p0", "test", "train")
    table.to_csv(tmp_path / "images.csv", index=False)
    study = content(tmp_path / "images.csv") | {"split": split}
    with pytest.raises(InputError, match=message):
        Study.from_objects(study).prepare(tmp_path / "out")


@pytest.mark.parametrize(
    ("names", "message"),
    [({"a": "a", "b": "a"}, "one class only"), ({"a": "a", "b": "macro"}, "called macro")],
)
def test_classes_that_cannot_be_studied(
    names: dict[str, str], message: str, manifest: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(manifest)
    table["image"] = [str(manifest.parent / name) for name in table["image"]]
    table["label"] = table["label"].map(names)
    table.to_csv(tmp_path / "images.csv", index=False)
    with pytest.raises(InputError, match=message):
        Study.from_objects(content(tmp_path / "images.csv")).prepare(tmp_path / "out")


def test_a_file_cannot_be_a_studys_folder(manifest: Path) -> None:
    with pytest.raises(InputError, match="cannot be a study's folder"):
        Study.from_objects(content(manifest)).run(manifest)


def test_two_runs_at_once_are_refused(manifest: Path, tmp_path: Path) -> None:
    with (
        alone_in(tmp_path),
        pytest.raises(PleuraError, match="another run is at work"),
    ):
        Study.from_objects(content(manifest)).run(tmp_path)


def test_no_line_of_a_plan_stands_twice(tmp_path: Path) -> None:
    """Two steps train one network, with images of one number, in batches of their own size."""
    own = write_discs(tmp_path / "own")
    study = reverse(own, write_discs(tmp_path / "other", prefix="q", seed=1))
    first = study["steps"]["discs"]
    study["steps"]["more"] = {**first, "training": {**first["training"], "batch_size": 4}}
    study["recipes"]["more"] = {"weights": "more"}
    said: list[str] = []
    Study.from_objects(study).prepare(tmp_path / "out", announce=said.append)
    assert [line for line in said if said.count(line) > 1] == []
    assert sum(line.startswith("measuring") for line in said) >= 2
