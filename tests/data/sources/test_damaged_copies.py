"""A copy of a source of which a file is cut off or damaged is refused by name."""

from collections.abc import Callable
from pathlib import Path

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


@pytest.mark.parametrize("text", [b"", b'[{"subset_img_id": "a"', b"\xff", b"[1]", b'[{"a": 1}]'])
def test_a_mapping_of_patients_that_is_damaged_is_refused(text: bytes, tmp_path: Path) -> None:
    told = damaged("rsna-pneumonia", "*mappings_2018.json", lambda _: text, tmp_path)
    assert "mappings_2018.json: " in told
    assert "get it again" in told
