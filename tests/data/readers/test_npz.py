from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.data.readers.contract import GRADIENT, ReaderContract

from pleura.data.readers import ReadError, read_image
from pleura.data.readers.npz import NpzReader


class TestNpz(ReaderContract):
    reader = NpzReader()
    suffix = ".npz"

    def write(self, path: Path, pixels: NDArray[np.uint8]) -> str:
        with path.open("wb") as file:
            np.savez_compressed(file, train_images=np.stack([pixels * 0, pixels, pixels // 2]))
        return f"{path}::train_images::1"


def save(tmp_path: Path, **arrays: NDArray[Any]) -> str:
    np.savez(tmp_path / "a.npz", allow_pickle=True, **arrays)
    return f"{tmp_path / 'a.npz'}::"


def test_every_image_of_every_array(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (5, 7, 9), np.uint8)
    address = save(tmp_path, a=images, b=np.asfortranarray(images[::-1].astype(np.uint16)))
    for number in range(5):
        np.testing.assert_array_equal(read_image(f"{address}a::{number}").pixels, images[number])
        b = read_image(f"{address}b::{number}")
        np.testing.assert_array_equal(b.pixels, images[4 - number])
        assert b.bits == 16


def test_colour_is_luma(tmp_path: Path) -> None:
    colour = np.dstack([GRADIENT, GRADIENT // 2, GRADIENT // 4])
    pixels = read_image(save(tmp_path, a=colour[None]) + "a::0").pixels
    np.testing.assert_allclose(pixels, colour @ np.array([0.299, 0.587, 0.114]), atol=0.51)


def test_a_rewritten_archive_is_read_again(tmp_path: Path) -> None:
    assert read_image(save(tmp_path, a=np.zeros((1, 4, 4), np.uint8)) + "a::0").pixels.max() == 0
    assert read_image(save(tmp_path, a=np.ones((1, 4, 4), np.uint8)) + "a::0").pixels.min() == 1


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("", "says not which image"),
        ("a", "says not which image"),
        ("a::x", "says not which image"),
        ("b::0", "no array 'b'"),
        ("a::2", "has 2 images, so no number 2"),
        ("volumes::0", "has shape"),
        ("words::0", "not numbers"),
        ("objects::0", "Python objects"),
    ],
)
def test_refuses_by_reason(tmp_path: Path, member: str, reason: str) -> None:
    address = save(
        tmp_path,
        a=np.zeros((2, 4, 4), np.uint8),
        volumes=np.zeros((2, 4, 4, 4), np.uint8),
        words=np.full((2, 4, 4), "x"),
        objects=np.full((2, 4, 4), None),
    )
    with pytest.raises(ReadError, match=reason):
        read_image(address + member)
