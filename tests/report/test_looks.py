"""Colours that everyone can see and tell apart."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from pleura.report.looks import COLOURS, GRAYS, INK, assign_looks

# Simulation of dichromats in linear RGB: Machado, Oliveira & Fernandes 2009, severity 1.
DEUTERANOPIA = [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]
PROTANOPIA = [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]


def linear(colour: str) -> NDArray[np.float64]:
    """Linear RGB (3,) of a hexadecimal sRGB colour."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE Lab (3,) of linear RGB, white point D65."""
    matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(matrix) @ np.clip(rgb, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("colour", [*COLOURS, *GRAYS, INK])
def test_contrast_on_white(colour: str) -> None:
    luminance = np.array([0.2126, 0.7152, 0.0722]) @ linear(colour)
    assert 1.05 / (luminance + 0.05) >= 3


@pytest.mark.parametrize("sight", [np.eye(3), np.array(DEUTERANOPIA), np.array(PROTANOPIA)])
def test_colours_differ_for_colour_blind_readers(sight: NDArray[np.float64]) -> None:
    for one, other in itertools.combinations((*COLOURS, INK), 2):
        distance = np.linalg.norm(lab(sight @ linear(one)) - lab(sight @ linear(other)))
        assert distance > 15, (one, other)


def test_twenty_recipes_look_different() -> None:
    names = [f"recipe {i}" for i in range(20)]
    looks = assign_looks(names, ["pixels"], "recipe 3")
    assert set(looks) == {*names, "pixels"}
    assert len(set(looks.values())) == 21
    assert looks["recipe 3"].colour == INK
    assert [name for name, look in looks.items() if look.baseline] == ["pixels"]
    assert looks["pixels"].colour in GRAYS


def test_a_baseline_that_is_the_reference_counts_as_a_recipe() -> None:
    assert not assign_looks(["a"], ["pixels"], "pixels")["pixels"].baseline
