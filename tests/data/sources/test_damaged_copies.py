"""A copy of a source of which a file is cut off or damaged is refused by name."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from tests.data.sources.layouts import BUILDERS

from pleura.data.sources.get import get_source
from pleura.data.sources.listed import SOURCES
from pleura.errors import InputError


def damaged(name: str, path: str, change: Callable[[bytes], bytes], tmp_path: Path) -> str:
    """What is said of a copy of which one file is changed."""
    copy = tmp_path / "copy"
    BUILDERS[name](copy)
    [file] = copy.rglob(path)
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(InputError) as caught:
        get_source(SOURCES[name], tmp_path / "data", copy)
    return f"{caught.value.heading} {caught.value.problems}"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: b"", "test_list.txt: is empty"),
        (lambda content: b"00000002_00", "1 name in it are of no image of the table"),
        (
            lambda content: content + b"\n00000001_001.png",
            "1 patient would be in the test part and",
        ),
        (lambda content: b"\xff\xfe\x00", "cannot be read as a list of names"),
    ],
)
def test_a_test_list_that_is_cut_off_makes_no_test_image_a_training_image(
    change: Callable[[bytes], bytes], told: str, tmp_path: Path
) -> None:
    assert told in damaged("chestxray14", "test_list.txt", change, tmp_path)


def test_the_official_test_list_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pleura.data.sources.chestxray14.IMAGES_IN_ALL", 3)
    told = damaged("chestxray14", "test_list.txt", lambda content: content, tmp_path)
    assert "it names 1 image; its authors published 25,596" in told


def test_a_table_whose_last_row_is_cut_off_is_refused(tmp_path: Path) -> None:
    """Its findings would else be absent ones."""

    def cut(content: bytes) -> bytes:
        return content[: content.rindex(b"Hernia")]

    told = damaged("chestxray14", "Data_Entry_2017_v2020.csv", cut, tmp_path)
    assert "Data_Entry_2017_v2020.csv: its last row is cut off" in told


def test_a_table_of_parts_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    def cut(content: bytes) -> bytes:
        return content[: content.rindex(b"cc-3")]

    told = damaged("mimic-cxr-jpg", "*split.csv", cut, tmp_path)
    assert "names no part of 1 image of the metadata" in told


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("chexpert", "valid.csv"),
        ("mimic-cxr-jpg", "*chexpert.csv"),
        ("covid-blues", "severity.csv"),
    ],
)
def test_a_table_without_a_row_is_refused(name: str, path: str, tmp_path: Path) -> None:
    """What it would say of images would else be missing in silence."""
    assert "has no row: get the table again" in damaged(name, path, lambda _: b"", tmp_path)


def test_records_that_tell_of_no_image_are_refused(tmp_path: Path) -> None:
    told = damaged("jsrt", "CLNDAT_EN.txt", lambda _: b"\x00noise", tmp_path)
    assert "CLNDAT_EN.txt: tells of no image" in told


def test_an_image_whose_clinical_reading_is_empty_is_left_out(tmp_path: Path) -> None:
    """The reading may have said that its patient is another's: MCUCXR_0166 is MCUCXR_0162."""
    BUILDERS["montgomery"](tmp_path / "copy")
    for path in (tmp_path / "copy").rglob("MCUCXR_0166_1.txt"):
        path.write_bytes(b"\0\n")
    listed = get_source(SOURCES["montgomery"], tmp_path / "data", tmp_path / "copy")
    assert [row["patient"] for row in listed.rows] == ["MCUCXR_0001", "MCUCXR_0162"]
    assert listed.left_out == {"no clinical reading in ClinicalReadings": 1}


def test_images_without_a_label_are_counted(tmp_path: Path) -> None:
    BUILDERS["mimic-cxr-jpg"](tmp_path / "copy")
    told = get_source(SOURCES["mimic-cxr-jpg"], tmp_path / "data", tmp_path / "copy").told
    assert any("without a label: 1 of 3 images of mimic-cxr-jpg" in line for line in told)


@pytest.mark.parametrize("text", [b"", b'[{"subset_img_id": "a"', b"\xff", b"[1]", b'[{"a": 1}]'])
def test_a_mapping_of_patients_that_is_damaged_is_refused(text: bytes, tmp_path: Path) -> None:
    told = damaged("rsna-pneumonia", "*mappings_2018.json", lambda _: text, tmp_path)
    assert "mappings_2018.json: " in told
    assert "get it again" in told


def arrays(**changed: list[list[int]]) -> Callable[[bytes], bytes]:
    """The archive with other arrays under some names."""

    def change(content: bytes) -> bytes:
        memory = BytesIO()
        with np.load(BytesIO(content)) as archive:
            others = {name: np.array(values) for name, values in changed.items()}
            np.savez(memory, **{**archive, **others})
        return memory.getvalue()

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: content[: len(content) // 2], "cut off or damaged"),
        (lambda content: b"", "cut off or damaged"),
        (lambda content: b"noise" * 100, "cut off or damaged"),
        (lambda content: content[:200] + b"?" + content[201:], "cut off or damaged"),
        (arrays(train_labels=[[0], [1]]), "train: shapes (3, 8, 8) and (2, 1)"),
        (arrays(val_labels=[[0, 0], [1, 0]]), "val: shapes (2, 8, 8) and (2, 2)"),
        # As a place in the list of classes, -1 would be the last of them.
        (arrays(val_labels=[[-1], [0]]), "val: labels other than 0 and 1"),
        (arrays(test_labels=[[0], [2]]), "test: labels other than 0 and 1"),
    ],
)
def test_an_archive_of_arrays_that_is_not_whole_is_refused(
    change: Callable[[bytes], bytes], told: str, tmp_path: Path
) -> None:
    (tmp_path / "copy").mkdir()
    said = damaged("pneumoniamnist", "pneumoniamnist.npz", change, tmp_path)
    assert "pneumoniamnist.npz: not the archive" in said
    assert told in said
