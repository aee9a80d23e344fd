"""Somebody's split: how its rows are found among the images, and what stands on both sides."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleura.check.split import CLIP, LISTED, PATIENT, across, read_split
from pleura.data.audit.collection import Collection
from pleura.data.audit.duplicates import EXACT, NEAR
from pleura.data.audit.finding import Finding
from pleura.data.bank import Bank, build_bank
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError
from tests.check.made_images import write_images

SEEDS = [0, 1, 2, 3, 4, 5, 0, 7]  # images 0 and 6 are the same


@pytest.fixture
def images(tmp_path: Path) -> tuple[Manifest, Bank]:
    """Eight images; of clip v are 2 and 3, of patient p4 are 4 and 5."""
    clips, patients = {2: "v", 3: "v"}, {5: "p4"}
    table = write_images(
        tmp_path,
        8,
        lambda i: {
            "label": "ab"[i % 2],
            "video": clips.get(i, ""),
            "patient": patients.get(i, f"p{i}"),
        },
        SEEDS,
    )
    manifest = read_manifest(table)
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=32)
    return manifest, bank


def split_file(folder: Path, header: str, cells: list[str], parts: list[str]) -> Path:
    path = folder / "split.csv"
    lines = [f"{cell},{part}" for cell, part in zip(cells, parts, strict=True)]
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


PARTS = ["train", "train", "train", "test", "train", "val", "test", ""]
EXPECTED = ["train", "train", "train", "test", "train", "validation", "test", ""]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("i{:02d}.png", "by path"),
        (".\\i{:02d}.png", "by path"),
        ("x/i{:02d}.png", "by file name"),
        ("x\\i{:02d}.png", "by file name"),
        ("C:\\their data\\x\\i{:02d}.png", "by file name"),
        ("i{:02d}", "without"),
    ],
)
def test_images_are_found_by_path_or_name(
    images: tuple[Manifest, Bank], tmp_path: Path, name: str, how: str
) -> None:
    cells = [name.format(number) for number in range(8)]
    path = split_file(tmp_path, "filename,Split", cells, PARTS)
    split = read_split(path, images[0])
    assert split.parts.tolist() == EXPECTED
    assert how in split.told
    assert "7 of 8 images are in a part" in split.told
    assert split.findings == []
    assert split.untold == ""


def test_what_stands_behind_a_point_is_no_ending(tmp_path: Path) -> None:
    names = ["12.1", "12.2", "1.2.840.1"]
    for name in names:
        Image.new("L", (4, 4)).save(tmp_path / f"{name}.png")
    table = tmp_path / "images.csv"
    rows = [f"{name}.png,{'ab'[at % 2]},p{at}" for at, name in enumerate(names)]
    table.write_text("\n".join(["image,label,patient", *rows, ""]))
    path = split_file(tmp_path, "file,Split", names, ["train", "test", "train"])
    split = read_split(path, read_manifest(table))
    assert split.parts.tolist() == ["train", "test", "train"]


def test_patients_are_found_and_give_all_their_images(
    images: tuple[Manifest, Bank], tmp_path: Path
) -> None:
    cells = ["P0", "p1", "p2", "p3", "p4", "p6", "p7", "nobody"]
    path = split_file(tmp_path, "id,fold", cells, list("01010101"))
    split = read_split(path, images[0])
    assert split.parts.tolist() == ["0", "1", "0", "1", "0", "0", "1", "0"]
    assert split.told == (
        "split.csv: 8 of 8 images are in a part (by patient, column 'id'); of its 8 rows 1 fits no "
        "image"
    )
    assert split.findings == []


def test_an_image_that_is_listed_in_two_parts_is_a_leak(
    images: tuple[Manifest, Bank], tmp_path: Path
) -> None:
    cells = [f"i{number:02d}.png" for number in (0, 1, 2, 3, 0, 1, 7)]
    parts = ["train", "test", "train", "test", "val", "test", "train"]
    split = read_split(split_file(tmp_path, "file,split", cells, parts), images[0])
    [found] = split.findings
    assert (found.kind, found.rows, found.leak) == (LISTED, (0,), True)
    assert found.text == "i00.png is listed in train (line 2) and validation (line 6) of the split"
    assert split.parts[:4].tolist() == ["train", "test", "train", "test"]


def test_two_spellings_of_one_image_in_two_parts_are_a_leak(
    images: tuple[Manifest, Bank], tmp_path: Path
) -> None:
    cells = ["i00.png", "i01.png", "i02.png", "i03.png", "i00.jpg"]
    parts = ["train", "train", "test", "test", "test"]
    [found] = read_split(split_file(tmp_path, "file,split", cells, parts), images[0]).findings
    assert found.rows == (0,)


def test_a_patient_who_is_listed_in_two_parts_is_a_leak(
    images: tuple[Manifest, Bank], tmp_path: Path
) -> None:
    cells, parts = ["p4", "p0", "p1", "p4"], ["train", "train", "test", "test"]
    [found] = read_split(split_file(tmp_path, "id,split", cells, parts), images[0]).findings
    assert (found.kind, found.rows, found.leak) == (PATIENT, (4, 5), True)
    assert found.text == "Patient p4 is listed in train (line 2) and test (line 5) of the split"


def test_a_split_for_each_fold_is_refused(images: tuple[Manifest, Bank], tmp_path: Path) -> None:
    lines = [
        f"i{number:02d}.png,{fold},{'test' if number % 3 == fold else 'train'},ab"
        for fold in range(3)
        for number in range(8)
    ]
    path = tmp_path / "k.csv"
    path.write_text("\n".join(["image,fold,split,label", *lines]) + "\n")
    with pytest.raises(InputError, match=r"several splits.*'fold' \(0, 1, 2\).*one at a time"):
        read_split(path, images[0])


def test_a_column_that_follows_the_part_makes_no_folds(
    images: tuple[Manifest, Bank], tmp_path: Path
) -> None:
    lines = [
        f"i{number:02d}.png,{part},{part == 'test'},{number}"
        for part in ("train", "test")
        for number in range(8)
    ]
    path = tmp_path / "all_twice.csv"
    path.write_text("\n".join(["image,split,held_out,label", *lines]) + "\n")
    assert len(read_split(path, images[0]).findings) == 7  # a clip of two images is one


@pytest.mark.parametrize(
    ("cells", "parts", "why"),
    [
        ([0, 1, 2], ["train", "train", "test"], "only 3 of 8 images"),
        (range(8), ["test"] * 8, "in one part, test"),
        (range(8), [""] * 8, "no image is in a part"),
    ],
)
def test_a_split_of_too_little_tells_nothing(
    images: tuple[Manifest, Bank], tmp_path: Path, cells: list[int], parts: list[str], why: str
) -> None:
    names = [f"i{number:02d}.png" for number in cells]
    split = read_split(split_file(tmp_path, "file,split", names, parts), images[0])
    assert why in split.untold


def test_the_file_of_a_clip_names_all_its_frames(images: tuple[Manifest, Bank]) -> None:
    manifest = images[0]
    table = manifest.table.assign(
        image=[str(manifest.origin.parent / f"c{row // 2}.mp4::{row}") for row in range(8)],
        video=[f"c{row // 2}" for row in range(8)],
    )
    path = split_file(
        manifest.origin.parent,
        "file,split",
        ["c0.mp4", "c1.mp4", "c0.mp4"],
        ["train", "test", "test"],
    )
    split = read_split(path, replace(manifest, table=table))
    assert split.parts.tolist() == ["train"] * 2 + ["test"] * 2 + [""] * 4
    assert [found.rows for found in split.findings] == [(0, 1)]


@pytest.mark.parametrize("header", ["image,remark", "split,remark"])
def test_a_table_that_is_no_split_of_these_is_refused(
    images: tuple[Manifest, Bank], tmp_path: Path, header: str
) -> None:
    with pytest.raises(InputError, match=r"split\.csv"):
        read_split(split_file(tmp_path, header, ["a", "b"], ["c", "d"]), images[0])


def found_across(manifest: Manifest, bank: Bank, parts: list[str]) -> list[Finding]:
    return list(across(Collection(manifest, bank, parts=np.array(parts)), images=True))


def test_what_stands_in_two_parts_is_found_and_nothing_else(
    images: tuple[Manifest, Bank],
) -> None:
    found = found_across(*images, EXPECTED)
    assert [(each.kind, each.rows) for each in found] == [
        (PATIENT, (4, 5)),
        (CLIP, (2, 3)),
        (EXACT, (0, 6)),
    ]
    assert all(each.leak for each in found)
    assert "train (1) and validation (1)" in found[0].text


def test_a_clean_split_has_no_finding(images: tuple[Manifest, Bank]) -> None:
    parts = ["train", "train", "test", "test", "test", "test", "train", ""]
    assert found_across(*images, parts) == []


def test_a_mirrored_image_in_another_part_is_found(tmp_path: Path) -> None:
    from PIL import Image, ImageOps

    table = write_images(tmp_path, 4, lambda i: {"label": "ab"[i % 2]})
    with Image.open(tmp_path / "i00.png") as image:
        ImageOps.mirror(image).save(tmp_path / "i03.png")
    manifest = read_manifest(table)
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=32)
    [found] = found_across(manifest, bank, ["a", "a", "b", "b"])
    assert (found.kind, found.rows) == (NEAR, (0, 3))
    assert "mirrored left to right" in found.text


def numbered(tmp_path: Path) -> Manifest:
    """Images 0 to 7; of patient 0 are 0 and 4, of patient 1 are 1 and 5, and so on."""
    table = write_images(tmp_path, 8, lambda i: {"label": "ab"[i % 2], "patient": f"{i % 4}"})
    text = table.read_text()
    for number in range(8):
        (tmp_path / f"i{number:02d}.png").rename(tmp_path / f"{number}.png")
        text = text.replace(f"i{number:02d}.png", f"{number}.png")
    table.write_text(text)
    return read_manifest(table)


@pytest.mark.parametrize("header", ["patient", "Patient ID", "subject"])
def test_a_column_of_patients_is_no_column_of_files(tmp_path: Path, header: str) -> None:
    manifest = numbered(tmp_path)
    parts = ["train", "train", "test", "test"]
    path = split_file(tmp_path, f"{header},split", list("0123"), parts)
    split = read_split(path, manifest)
    assert split.parts.tolist() == [*parts, *parts]
    assert f"(by patient, column '{header}')" in split.told


def test_a_column_of_files_is_none_of_patients(tmp_path: Path) -> None:
    path = split_file(tmp_path, "file,split", list("0123"), ["train", "train", "test", "test"])
    split = read_split(path, numbered(tmp_path))
    assert split.parts.tolist() == ["train", "train", "test", "test", "", "", "", ""]


def test_a_column_that_may_name_patients_or_files_is_asked_about(tmp_path: Path) -> None:
    path = split_file(tmp_path, "key,split", list("0123"), ["train", "train", "test", "test"])
    with pytest.raises(InputError, match=r"'key' names patients as well as files.*call it"):
        read_split(path, numbered(tmp_path))


@pytest.mark.parametrize("spellings", [("P7", "p7"), ("7", "7.0"), ("é", "e\u0301")])
def test_a_patient_of_two_spellings_is_one(tmp_path: Path, spellings: tuple[str, str]) -> None:
    table = write_images(
        tmp_path, 4, lambda i: {"label": "ab"[i % 2], "patient": spellings[i] if i < 2 else f"q{i}"}
    )
    manifest = read_manifest(table)
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=32)
    [found] = found_across(manifest, bank, ["train", "test", "train", "test"])
    assert (found.kind, found.rows) == (PATIENT, (0, 1))
    exact = replace(manifest, exact=True)
    apart = len(set(manifest.groups[:2])) == 2
    assert len(found_across(exact, bank, ["train", "test", "train", "test"])) == 1 - apart


def test_nobody_is_no_patient_in_two_parts(tmp_path: Path) -> None:
    table = write_images(tmp_path, 4, lambda i: {"label": "ab"[i % 2], "patient": "unknown"})
    manifest = read_manifest(table)
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=32)
    assert found_across(manifest, bank, ["train", "test", "train", "test"]) == []
