import numpy as np
import pytest

from pleura.simulate.xray.geometry import View, curve, magnify, splat, sweep

VIEW = View(64, 64, 20.0, (32.0, 32.0), 0.3, 0.2, -0.1, 10.0)


def test_a_tube_weighs_what_its_section_and_length_say() -> None:
    path = curve(((-0.5, 0.9, 0.0), (0.5, 0.9, 0.0)), 101)[None]
    across = np.zeros_like(path) + np.array([0, 0, 0.1], np.float32)
    up = np.zeros_like(path) + np.array([0, 0.2, 0], np.float32)
    for marrow in (1.0, 0.0):
        wall = 1 - (1 - marrow) * 0.75**2
        expected = np.pi * 0.1 * 0.2 * wall * 101 / 100
        points, volumes = sweep(path, across, up, 24, marrow, np.ones(101, np.float32))
        assert volumes.sum() == pytest.approx(expected, rel=0.01)
        # Line integrals over the image, times the pixel's area, are the volume again, in cubic cm.
        image = splat(VIEW, points, volumes)
        assert image.sum() * VIEW.pixel**2 == pytest.approx(expected * VIEW.unit**3, rel=0.01)


def test_magnify_keeps_a_ramp_and_wraps_around() -> None:
    ramp = np.arange(12, dtype=np.float32)[:, None] * np.ones((1, 9), np.float32)
    at = np.array([2.0, 3.25, 7.9])
    assert magnify(ramp, at, np.array([4.0, 5.5])) == pytest.approx(np.stack((at, at), axis=1))
    tile = np.random.default_rng(0).standard_normal((8, 8)).astype(np.float32)
    once = magnify(tile, at, at, wrap=True)
    assert magnify(tile, at + 8, at - 16, wrap=True) == pytest.approx(once, abs=1e-5)


def test_a_curve_meets_its_knots() -> None:
    knots = ((0.0, 1.0, 2.0), (1.0, 0.0, 0.5), (0.5, -1.0, 3.0), (2.0, 2.0, 2.0))
    assert curve(knots, 4) == pytest.approx(np.array(knots), abs=1e-5)
