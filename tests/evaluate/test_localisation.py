"""How much of a map lies in a mask."""

import numpy as np
import pytest

from pleura.evaluate.localisation import masks_on_grid, mass_in_masks, pointing_game

HALF = np.zeros((1, 64, 64), dtype=np.bool_)
HALF[:, :32] = True


def test_masks_are_averaged_over_each_place() -> None:
    np.testing.assert_array_equal(masks_on_grid(HALF)[0, :, 0], np.repeat([1, 0], 14))
    noise = np.random.default_rng(0).random((2, 56, 84)) < 0.3
    expected = noise.reshape(2, 28, 2, 28, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(masks_on_grid(noise), expected, atol=1e-6)


def test_an_even_map_has_the_share_of_the_area() -> None:
    mask = masks_on_grid(np.random.default_rng(0).random((3, 60, 60)) < 0.4)
    even = np.ones_like(mask)
    np.testing.assert_allclose(mass_in_masks(even, mask), mask.mean(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_allclose(pointing_game(even, mask), mask.mean(axis=(1, 2)), rtol=1e-6)


def test_mass_and_maximum_by_hand() -> None:
    mask = masks_on_grid(np.repeat(HALF, 3, axis=0))
    maps = np.zeros((3, 28, 28), np.float32)
    maps[0, 3, 3], maps[0, 20, 3] = 1, 3
    maps[1, 3, 3], maps[1, 20, 3:5] = 3, 1
    np.testing.assert_allclose(mass_in_masks(maps, mask), [0.25, 0.6, np.nan])
    np.testing.assert_array_equal(pointing_game(maps, mask), [0, 1, np.nan])


def test_a_place_at_the_border_counts_by_its_share() -> None:
    mask = np.zeros((1, 28, 28), np.float32)
    mask[0, 5, 5] = 0.3
    assert pointing_game((mask > 0).astype(np.float32), mask) == pytest.approx(0.3)
