"""Copies in a folder are left out where they agree, and told where not."""

from pathlib import Path

import numpy as np
from benchmarks.dicom_files import write

from pleura.data.index.folder import index_folder
from tests.data.index.made import dicom, make, rows_of

PARTS, NAMES = ("train", "test"), ("a/a1_1.png", "b/b1_1.png")


def test_images_to_which_a_program_gave_one_identifier_are_no_copies(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number, gray in enumerate((10, 20, 10)):  # files of one size, the third a copy
        pixels = np.full((4, 6), gray, np.uint8)
        write(folder / f"{number}.dcm", pixels, PatientID="P", SOPInstanceUID="1.2.3")
    found = index_folder(folder)
    assert [row["image"] for row in rows_of(found.table)] == ["0.dcm", "1.dcm"]
    assert not [line for line in found.told if "kept that are copies" in line]


def test_copies_that_contradict_each_other_are_kept_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number, place in enumerate(["covid/a0", "covid/a1", "normal/b2", "normal/b3"]):
        dicom(folder, f"{place}.dcm", f"P{number}", number)
    dicom(folder, "covid/twin.dcm", "P0", 0)
    dicom(folder, "normal/copy.dcm", "P0", 0)
    found = index_folder(folder)
    kept = [(row["image"], row["label"]) for row in rows_of(found.table)]
    assert kept[0] == ("covid/a0.dcm", "covid")
    assert ("normal/copy.dcm", "normal") in kept
    assert len(kept) == 5
    (line,) = [line for line in found.told if line.startswith("warning")]
    assert "1 file kept" in line
    assert line.endswith("normal/copy.dcm and covid/a0.dcm")
    assert any("a copy of another DICOM image" in it and "twin" in it for it in found.told)


def test_a_link_from_another_class_or_part_is_kept_and_told(tmp_path: Path) -> None:
    folder = make(tmp_path / "in", *(f"{part}/{name}" for part in PARTS for name in NAMES))
    (folder / "test/b/b1_1.png").unlink()
    (folder / "test/b/b1_1.png").symlink_to(folder / "train/b/b1_1.png")
    (folder / "train/b/z1_1.png").symlink_to(folder / "train/a/a1_1.png")
    (folder / "train/a/more").mkdir()
    (folder / "train/a/more/a1_1.png").symlink_to(folder / "train/a/a1_1.png")
    found = index_folder(folder, patterns=["{patient}_{number}"])
    assert len(rows_of(found.table)) == 5  # all but the last, which agrees with its file
    assert any("by a link: train/a/more/a1_1.png" in line for line in found.told)
    assert any("2 files kept that are copies" in line for line in found.told)
