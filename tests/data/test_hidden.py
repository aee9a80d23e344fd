"""Hiding the frame or the centre of images."""

import numpy as np
from numpy.typing import NDArray

from pleura.data.hidden import Hidden, average, frame


class Noise:
    """Random images; counts how many are asked for at once."""

    def __init__(self, n: int, size: int) -> None:
        self.pixels = np.random.default_rng(0).integers(0, 256, (n, size, size), dtype=np.uint8)
        self.most = 0

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        self.most = max(self.most, len(rows))
        return self.pixels[rows]


def test_frame_is_the_outer_15_percent_along_every_edge() -> None:
    outer = frame(100, 40)
    assert not outer[15:85, 6:34].any()
    assert outer.sum() == 100 * 40 - 70 * 28
    assert (outer == outer[::-1, ::-1]).all()


def test_hidden_pixels_are_the_same_for_all_images_and_the_rest_is_untouched() -> None:
    images = Noise(5, 20)
    outer, fill = frame(20, 20), np.full((20, 20), 7, np.uint8)
    before = images.pixels.copy()
    shown = Hidden(images, outer, fill).read(np.array([4, 1]))
    assert shown.dtype == np.uint8
    assert (shown[:, outer] == 7).all()
    np.testing.assert_array_equal(shown[:, ~outer], before[[4, 1]][:, ~outer])
    np.testing.assert_array_equal(images.pixels, before)


def test_average_is_the_mean_and_reads_few_images_at_once() -> None:
    images = Noise(600, 8)
    rows = np.arange(0, 600)
    mean = average(images, rows)
    assert mean.dtype == np.uint8
    np.testing.assert_allclose(mean, images.pixels.mean(axis=0), atol=0.5)
    assert images.most <= 256


def test_average_of_very_many_images_takes_a_share_of_them_in_even_steps() -> None:
    images = Noise(5000, 4)
    mean = average(images, np.arange(5000))
    np.testing.assert_allclose(mean, images.pixels[::5].mean(axis=0), atol=0.5)
