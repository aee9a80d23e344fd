"""Manifests of folders with a sub-folder a class, and of archives."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError


@pytest.mark.parametrize("top", ["", "train", "val", "Training"])
def test_folder_with_a_sub_folder_a_class(tmp_path: Path, top: str) -> None:
    for name in ("normal/b.png", "normal/a.png", "viral/c.PNG", "viral/.hidden.png"):
        (tmp_path / top / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4)).save(tmp_path / top / name)
    (tmp_path / "notes.txt").write_text("x")
    told = "list the images in a CSV file with the columns image, label, patient; or set image_is"
    with pytest.raises(InputError, match=told):
        read_manifest(tmp_path)
    manifest = read_manifest(tmp_path, image_is_patient=True)
    assert list(manifest.table["label"]) == ["normal", "normal", "viral"]
    assert set(manifest.table["split"]) == {top}
    assert manifest.describe(0) == f"row 1 ({Path(top) / 'normal' / 'a.png'})"
    assert manifest.notes[0].startswith("1 file left out")


def test_a_nul_character_is_refused_by_its_row(tmp_path: Path) -> None:
    table = tmp_path / "images.csv"
    table.write_text("image,label,patient\na.png,ill,1\nb\0.png,ill,2\n")
    with pytest.raises(InputError, match="not regular") as refused:
        read_manifest(table)
    assert [*refused.value.problems] == [
        "row 3: a cell holds a NUL character; is the file a text file, saved as CSV?"
    ]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no sub-folder holds an image"):
        read_manifest(tmp_path)


def test_medmnist_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    arrays: dict[str, NDArray[Any]] = {}
    for part, labels in {"train": [0, 1, 1], "val": [1], "test": [0]}.items():
        arrays[f"{part}_images"] = np.zeros((len(labels), 4, 4), np.uint8)
        arrays[f"{part}_labels"] = np.array(labels)[:, None]
    np.savez(path, allow_pickle=True, **arrays)
    manifest = read_manifest(path, image_is_patient=True, classes=["normal", "pneumonia"])
    assert list(manifest.table["split"]) == ["train", "train", "train", "val", "test"]
    np.testing.assert_array_equal(manifest.labels, [0, 1, 1, 1, 0])
    assert manifest.table["image"][2] == f"{path}::train_images::2"
    assert manifest.classes == ("normal", "pneumonia")
    assert read_manifest(path, image_is_patient=True).classes == ("0", "1")
    assert len(read_manifest(path, image_is_patient=True, classes=["1"])) == 3
    with pytest.raises(InputError, match="3 classes, but the labels are 0, 1"):
        read_manifest(path, image_is_patient=True, classes=["a", "b", "c"])
