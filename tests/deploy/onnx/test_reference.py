"""The code that leaves with a model reads images as pleura reads them."""

import json
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from pleura.deploy.inputs import see
from pleura.deploy.onnx import reference
from pleura.deploy.onnx.description import image_of
from pleura.deploy.onnx.golden import golden_inputs, synthetic_squares, write_golden
from tests.deploy.onnx.models import BASIC

RANDOM = np.random.default_rng(0)


def smooth(height: int, width: int, *bands: int) -> Any:
    """An image (h, w) or (h, w, bands) uint8 with structures of a few pixels."""
    coarse = RANDOM.integers(0, 256, (height // 4, width // 4, *bands), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def write(folder: Path) -> dict[str, Path]:
    """Files of many kinds."""
    colour, alpha = smooth(120, 90, 3), smooth(72, 100, 4)
    gray, turned = smooth(64, 40), Image.Exif()
    turned[0x0112] = 6
    files = {
        "colour.png": Image.fromarray(colour),
        "alpha.png": Image.fromarray(alpha),
        "gray_alpha.png": Image.fromarray(alpha).convert("LA"),
        "palette.png": Image.fromarray(colour).quantize(16),
        "bits.png": Image.fromarray(gray).convert("1"),
        "large.jpg": Image.fromarray(smooth(700, 900, 3)),
        "small.jpg": Image.fromarray(gray),
        "deep.png": Image.fromarray(gray.astype(np.uint16) * 257),
    }
    for name, image in files.items():
        image.save(folder / name)
    Image.fromarray(smooth(88, 200, 3)).save(folder / "turned.jpg", exif=turned)
    return {name: folder / name for name in (*files, "turned.jpg")}


@pytest.mark.parametrize("change", [{}, {"fit": "pad"}, {"reduced": False}, {"size": 50}])
def test_files_become_the_same_squares(change: dict[str, Any], tmp_path: Path) -> None:
    card = BASIC | change
    described = {"image": image_of(card)}
    for name, file in write(tmp_path).items():
        expected = see(str(file), card).square
        given = reference.read_square(str(file), described)
        np.testing.assert_array_equal(given, expected, err_msg=name)


def test_what_is_black_and_white_is_that_of_the_study(tmp_path: Path) -> None:
    card = BASIC | {"full_range": [100.0, 4095.0]}
    pixels = (smooth(60, 60).astype(np.uint16) * 15) + 120
    Image.fromarray(pixels).save(tmp_path / "deep.png")
    expected = see(str(tmp_path / "deep.png"), card).square
    given = reference.read_square(str(tmp_path / "deep.png"), {"image": image_of(card)})
    np.testing.assert_array_equal(given, expected)


def test_what_it_cannot_read_right_it_refuses(tmp_path: Path) -> None:
    described = {"image": image_of(BASIC | {"full_range": [0.0, 4095.0]})}

    def refuses(name: str, told: str, how: dict[str, Any] = described) -> None:
        with pytest.raises(ValueError, match=told):
            reference.read_square(str(tmp_path / name), how)

    Image.fromarray(smooth(40, 40)).save(tmp_path / "gray.png")
    Image.fromarray(smooth(40, 40)).save(tmp_path / "gray.tif")
    refuses("gray.tif", "neither PNG nor JPEG")
    (tmp_path / "scan.dcm").write_bytes(bytes(128) + b"DICM")
    refuses("scan.dcm", "neither PNG nor JPEG; use pleura")
    colour = smooth(40, 40, 3).astype(np.uint16) * 257
    (tmp_path / "deep_colour.png").write_bytes(imagecodecs.png_encode(colour))
    refuses("deep_colour.png", "colour of 16 bits")
    Image.fromarray(smooth(40, 40).astype(np.uint16) * 257).save(tmp_path / "deep.png")
    refuses("deep.png", "values from")
    refuses("deep.png", "values from", {"image": image_of(BASIC | {"full_range": [0.0, 2e6]})})
    old = {name: value for name, value in BASIC.items() if name != "full_range"}
    refuses("deep.png", "of which the model knows nothing", {"image": image_of(old)})
    sector = BASIC | {"frames": {"number": 4, "sector": True}}
    refuses("gray.png", "which pleura finds", {"image": image_of(sector)})


class Session:
    """Stands for ONNX Runtime: the mean of each square."""

    def run(self, _: None, inputs: dict[str, Any]) -> list[Any]:
        return [inputs["images"].mean(axis=(1, 2), dtype=np.float32)]


def test_golden_vectors_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "HERE", tmp_path)
    card = BASIC | {"fit": "pad"}
    given, squares = golden_inputs(card)
    assert [picture.dtype for picture in given][-2:] == [np.uint8, np.uint16]
    means = squares.mean(axis=(1, 2), dtype=np.float32)
    described = {"image": image_of(card), "outputs": [{"name": "number"}]}
    described |= {"check": {"limit": 1e-4}}
    write_golden(tmp_path, given, squares, {"number": means})
    assert reference.check(Session(), described) == 0
    cropped = {**described, "image": image_of(BASIC)}
    with pytest.raises(ValueError, match="picture_0 becomes another square"):
        reference.check(Session(), cropped)
    write_golden(tmp_path, given, squares, {"number": means * 1.001})
    with pytest.raises(ValueError, match="differ from the golden ones by"):
        reference.check(Session(), described)
    reference.check(Session(), {**described, "check": {"limit": 1e-2}})
    assert json.dumps(described)


def test_synthetic_images_are_the_same_each_time_and_of_many_kinds() -> None:
    squares = synthetic_squares(24, 12)
    np.testing.assert_array_equal(squares, synthetic_squares(24, 12))
    assert squares.shape == (12, 24, 24)
    assert squares.dtype == np.uint8
    assert (squares[0].max(), squares[1].min()) == (0, 255)
    assert len({square.tobytes() for square in squares}) == 12
    # Pictures of a model that takes sectors are none: they would have to show one.
    assert golden_inputs(BASIC | {"frames": {"number": 4, "sector": True}})[0] == []
