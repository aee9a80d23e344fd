"""What predict takes, and a clear message for all else."""

import io
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
import torch
from PIL import Image

from pleura.data.readers import ReadError
from pleura.deploy.inputs import list_images, names_of, see
from pleura.errors import InputError

CARD = {"size": 16, "fit": "crop", "full_range": None}
GRAY = np.arange(6 * 5, dtype=np.uint8).reshape(6, 5)


@pytest.mark.parametrize(
    ("given", "images"),
    [
        ("a.png", 1),
        (Path("a.png"), 1),
        (GRAY, 1),
        (np.stack([GRAY] * 3), 3),
        (np.zeros((0, 6, 5), np.uint8), 0),
        ([], 0),
        (["a.png", Path("b.png"), GRAY], 3),
        (("a.png",), 1),
        (np.array(["a.png", "b.png"]), 2),
        (pd.Series(["a.png", "b.png"]), 2),
        ((name for name in ("a.png", "b.png")), 2),
    ],
)
def test_what_it_takes(given: Any, images: int) -> None:
    assert len(list_images(given)) == images


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (3, "not int"),
        (None, "not NoneType"),
        (b"a.png", "not bytes"),
        ({"a.png": 1}, "not dict"),
        ({"a.png"}, "not set"),
        ([["a.png"]], "item 0 of the list is list"),
        (["a.png", 7], "item 1 of the list is int"),
        ([np.stack([GRAY])], r"item 0 of the list is numpy.ndarray of shape \(1, 6, 5\)"),
        (GRAY[0], r"shape \(5,\)"),
        (GRAY[None, None], r"shape \(1, 1, 6, 5\)"),
        (np.stack([GRAY] * 3, axis=2), r"\(6, 5, 3\) looks like one colour image: give its gray"),
        (GRAY.astype(np.int64), r"int64 values .* \.astype\(np\.uint8\)"),
        (GRAY > 3, "bool values"),
        (GRAY.astype(complex), "complex128 values"),
        (np.zeros((0, 5), np.uint8), "has no pixels"),
        (np.full((4, 4), np.nan, np.float32), "without any finite value"),
        (torch.zeros(4, 4), r"not torch\.Tensor: give np\.asarray of it"),
        (Image.fromarray(GRAY), r"not PIL\.Image\.Image"),
        (pd.DataFrame({"image": ["a.png"]}), "not a table: give the column that holds its files"),
        (io.BytesIO(b"x"), "not an open file: give its path"),
    ],
)
def test_all_else_is_told_clearly(given: Any, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        list_images(given)
    assert "predict takes an image file" in str(caught.value)


def test_a_file_is_found_in_another_form_of_its_name(tmp_path: Path) -> None:
    Image.fromarray(GRAY).save(tmp_path / unicodedata.normalize("NFD", "Ö.png"))
    asked = tmp_path / unicodedata.normalize("NFC", "Ö.png")
    assert see(asked, CARD)[1:] == (5, 6, False, None)
    with pytest.raises(ReadError, match=r"Ä\.png: no such file"):
        see("Ä.png", CARD)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16, np.float32])
def test_an_array_is_seen_as_the_file_of_its_depth_is(kind: type, tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 250, (40, 48)) * (1 if kind is np.uint8 else 90)
    array: np.ndarray[Any, Any] = values.astype(kind)
    tifffile.imwrite(tmp_path / "a.tif", array)
    deep = None if kind is np.uint8 else (0.0, 22_500.0)
    of_file, *size = see(str(tmp_path / "a.tif"), CARD, deep)
    of_array, *same = see(array, CARD, deep)
    np.testing.assert_array_equal(of_array, of_file)
    assert size == same == [48, 40, False, None]
    assert of_file.std() > 10


def test_values_whose_black_and_white_nobody_knows_are_refused() -> None:
    with pytest.raises(ReadError, match=r"the array: values from .*say which values are black"):
        see(GRAY.astype(np.int16), CARD)


def test_a_folder_and_a_file_that_is_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="is a folder"):
        see(tmp_path, CARD)
    with pytest.raises(ReadError, match=r"b\.png: no such file"):
        see("b.png", CARD)


def test_arrays_are_called_by_their_place() -> None:
    assert names_of(["x/a.png", GRAY, Path("b.png")]) == ["x/a.png", "image 1", "b.png"]


@pytest.mark.parametrize(
    "array", [GRAY / 255.0, GRAY.astype(np.uint16)], ids=["fractions", "bytes in 16 bits"]
)
def test_a_range_of_the_study_s_images_is_not_taken_for_that_of_others(array: Any) -> None:
    """Spread from 0 to 4095 they would be all but black, in silence."""
    with pytest.raises(ReadError, match="all but black"):
        see(array, {**CARD, "full_range": [0, 4095]})


def test_an_array_or_a_file_without_a_number_shows_nothing(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "nan.tif", np.full((20, 20), np.nan, np.float32))
    with pytest.raises(ReadError, match="no finite value"):
        see(str(tmp_path / "nan.tif"), CARD)
