"""The values of mask files mean what the study file says, whatever kind of file they are in."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from pydantic import ValidationError

from pleura.data.bank import build_bank
from pleura.data.mask_bank import Masks
from pleura.data.mask_values import is_turned
from pleura.errors import InputError
from tests.data.masked import INDEX, JPEG, LUNG, disc, masks_of, quarter_turn, write

PALETTE = Image.fromarray(INDEX, "P")
PALETTE.putpalette([0, 0, 0, 9, 9, 9, 200, 0, 0, 9, 9, 9])
TWO = {"upper": 1, "lower": [2, 3]}


@pytest.mark.parametrize(
    ("name", "file", "structures", "ignore", "expected"),
    [
        ("m.png", INDEX, TWO, None, [1, 2, 2, 0]),
        ("m.png", PALETTE, TWO, None, [1, 2, 2, 0]),
        ("m.png", INDEX.astype(np.uint16) * 300, {"upper": 900}, None, [0, 0, 1, 0]),
        ("m.png", INDEX, {"upper": 1, "lower": 2}, 3, [1, 2, 255, 0]),
        ("m.png", INDEX, {"outside": 0}, None, [0, 0, 0, 1]),
        ("m.png", (INDEX == 1).astype(np.uint8) * 255, {"upper": 255}, None, [1, 0, 0, 0]),
        ("m.png", Image.fromarray(INDEX == 1), {"upper": 255}, None, [1, 0, 0, 0]),
        ("m.png", np.repeat(INDEX[..., None], 3, axis=2), {"upper": 1}, None, [1, 0, 0, 0]),
        ("m.tif", INDEX, TWO, None, [1, 2, 2, 0]),
        ("m.jpg", JPEG, {"upper": 255}, None, [1, 1, 0, 0]),
    ],
)
def test_values_of_a_file(
    tmp_path: Path,
    name: str,
    file: Any,
    structures: dict[str, int | list[int]],
    ignore: int | None,
    expected: list[int],
) -> None:
    """One value for each quarter of the height."""
    write(tmp_path, {"a.png": INDEX * 20, name: file})
    masks = Masks(structures=structures, ignore=ignore)
    found = masks_of(tmp_path, [{"image": "a.png", "mask": name}], masks, size=16)
    np.testing.assert_array_equal(found.read(np.array([0]))[0, 2::4, 5], expected)
    assert found.structures == tuple(structures)


def test_one_file_a_structure(tmp_path: Path) -> None:
    write(tmp_path, {"a.png": INDEX * 20, "b.png": INDEX * 21})
    write(tmp_path, {"left.png": (INDEX == 1) * np.uint8(255), "right.png": (INDEX < 3) * INDEX})
    masks = Masks(columns={"left": "left_file", "right": "right_file"})
    rows = [
        {"image": "a.png", "left_file": "left.png", "right_file": "right.png"},
        {"image": "b.png", "left_file": "left.png", "right_file": ""},
    ]
    found = masks_of(tmp_path, rows, masks, size=16).read(np.arange(2))
    np.testing.assert_array_equal(found[:, 2::4, 5], [[2, 2, 0, 0], [1, 0, 0, 0]])


def test_a_jpeg_is_one_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, {"a.png": INDEX * 20})
    Image.fromarray(JPEG).save(tmp_path / "m.png", format="jpeg")
    rows = [{"image": "a.png", "mask": "m.png"}]
    found = masks_of(tmp_path, rows, LUNG, size=16)
    np.testing.assert_array_equal(found.read(np.array([0]))[0, 2::4, 5], [1, 1, 0, 0])
    with pytest.raises(InputError, match="a JPEG cannot keep the values"):
        masks_of(tmp_path, rows, Masks(structures={"a": 248, "b": 3}), size=16)
    Image.fromarray(INDEX).save(tmp_path / "m.jpg", format="png")
    masks = Masks(structures={"a": 1, "b": 2})
    found = masks_of(tmp_path, [{"image": "a.png", "mask": "m.jpg"}], masks, size=16)
    np.testing.assert_array_equal(found.read(np.array([0]))[0, 2::4, 5], [1, 2, 0, 0])


@pytest.mark.parametrize(
    ("suffix", "mode"), [("png", "L"), ("png", "P"), ("png", "LA"), ("jpg", "L"), ("tif", "L")]
)
def test_a_mask_that_its_file_turns_is_turned_as_its_image_is(
    tmp_path: Path, suffix: str, mode: str
) -> None:
    stored = Image.fromarray(disc(64, 64, 0.3, 0.6))
    stored.save(tmp_path / f"a.{suffix}", exif=quarter_turn())
    mask = Image.fromarray(np.asarray(stored), "P") if mode == "P" else stored.convert(mode)
    if mode == "P":
        mask.putpalette([value for value in range(256) for _ in range(3)])
    mask.save(tmp_path / f"m.{suffix}", exif=quarter_turn())
    stored.save(tmp_path / "plain.png")
    rows = [{"image": f"a.{suffix}", "mask": f"m.{suffix}"}]
    masks = masks_of(tmp_path, rows, LUNG, size=64)
    image = build_bank([str(tmp_path / f"a.{suffix}")], tmp_path / "bank", size=64)
    np.testing.assert_array_equal(masks.read(np.array([0])) == 1, image.read(np.array([0])) > 127)
    assert masks.notes == ()
    rows = [{"image": f"a.{suffix}", "mask": "plain.png"}]
    assert "turn (EXIF)" in masks_of(tmp_path, rows, LUNG, size=64).notes[0]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64", "int32"])
def test_every_kind_of_tiff_tells_that_it_is_turned(tmp_path: Path, dtype: str) -> None:
    """Also those that Pillow cannot open."""
    pixels = (disc(64, 64, 0.3, 0.6) > 127).astype(dtype)
    turned = [(274, "H", 1, 6, True)]
    tifffile.imwrite(tmp_path / "a.tif", pixels, extratags=turned)
    tifffile.imwrite(tmp_path / "plain.tif", pixels)
    assert is_turned(str(tmp_path / "a.tif"))
    assert not is_turned(str(tmp_path / "plain.tif"))
    assert not is_turned(str(tmp_path / "none.tif"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "either structures or columns"),
        ({"structures": {"a": 1}, "columns": {"a": "b"}}, "either structures or columns"),
        ({"structures": {"a": 1, "b": [2, 1]}}, "value 1 stands there twice"),
        ({"structures": {"a": 1}, "ignore": 1}, "value 1 stands there twice"),
        ({"structures": {"background": 1}}, "no structure can be called 'background'"),
        ({"structures": {"B-line": 1, "b_line": 2}}, "'B-line' and 'b_line' differ in spelling"),
        ({"structures": {str(n): n for n in range(300)}}, "300 structures"),
        ({"structures": {"a": 70000}}, "less than 65536"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Masks(**settings)
