"""Paths of a study file start from its folder, and all that cannot be one are named at once."""

import unicodedata
from pathlib import Path

import pytest

from pleura.errors import InputError
from pleura.study.paths import whole_path
from pleura.study.sections import Data
from pleura.study.study_files import make_study


def test_a_path_starts_from_the_folder_of_the_file(tmp_path: Path) -> None:
    assert whole_path("a/../b.csv", tmp_path) == tmp_path / "b.csv"
    assert whole_path(tmp_path / "c.csv", Path("/elsewhere")) == tmp_path / "c.csv"
    data = {"manifest": "images.csv"}
    assert Data.model_validate(data).manifest == Path("images.csv")
    placed = Data.model_validate(data, context=tmp_path).manifest
    assert placed == tmp_path / "images.csv"


def test_a_file_is_found_whichever_way_its_letters_are_composed(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "Köln.csv")
    (tmp_path / name).touch()
    found = whole_path(unicodedata.normalize("NFC", "Köln.csv"), tmp_path)
    assert found.samefile(tmp_path / name)


def test_every_path_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    content = {
        "question": "?",
        "data": {"manifest": "a\0b", "lungs": {"masker": "~nobody-of-this-name/best"}},
        "split": {"test": 0.3},
        "reference": "a",
        "recipes": {"a": {"backbone": "cbr_tiny", "weights": "random"}},
    }
    with pytest.raises(InputError) as caught:
        make_study(content, where="study", relative_to=tmp_path)
    first, second = caught.value.problems
    assert first.startswith(r"data.manifest: 'a\x00b' cannot be a path (")
    assert second.startswith("data.lungs.masker: '~nobody-of-this-name/best' cannot be a path (")
