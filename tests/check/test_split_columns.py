"""Which column of somebody's split names the images."""

from pathlib import Path

import pytest

from pleura.check.split import read_split
from pleura.data.bank import Bank
from pleura.data.manifest import Manifest
from pleura.errors import InputError
from tests.check.test_split import EXPECTED, PARTS, images, split_file

__all__ = ["images"]  # a fixture


def test_a_column_of_few_files_in_many_rows_names_no_images(
    images: tuple[Manifest, Bank], tmp_path: Path
) -> None:
    """As a column of 0 and 1 beside files 0.png and 1.png: it fits more rows, but two files."""
    cells = [f"i{number % 2:02d},i{number:02d}" for number in range(7)] + ["i01,elsewhere"]
    split = read_split(split_file(tmp_path, "side,name,Split", cells, PARTS), images[0])
    assert split.parts.tolist() == EXPECTED
    assert "column 'name'" in split.told


def test_a_column_of_images_by_any_of_its_names_is_none_of_patients(
    images: tuple[Manifest, Bank], tmp_path: Path
) -> None:
    cells = [f"p{number}" for number in range(8)]
    for name in ("image", "image_id", "dicom_id"):
        with pytest.raises(InputError, match="which images are meant"):
            read_split(split_file(tmp_path, f"{name},Split", cells, PARTS), images[0])
    named = split_file(tmp_path, "id,Split", cells, PARTS)
    assert "by patient" in read_split(named, images[0]).told


def test_a_column_that_counts_rows_is_no_better_than_that_of_patients(
    images: tuple[Manifest, Bank], tmp_path: Path
) -> None:
    """Though it names more different files than there are patients."""
    cells = [f"i{7 - number:02d},p{number // 2}" for number in range(8)]
    split = read_split(split_file(tmp_path, "number,patient,Split", cells, PARTS), images[0])
    assert "by patient, column 'patient'" in split.told
