import numpy as np
import pytest

from pleura.simulate.scenes.shapes import coverage, draw_shape, place_shape

SQUARE = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])


def test_a_shape_covers_the_area_asked_for() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        shape = place_shape(rng, [(SQUARE, True)], (0.5, 0.5), 0.1)
        assert np.asarray(coverage(shape, 128)).mean() / 255 == pytest.approx(0.1, rel=0.05)


def test_what_is_cut_out_is_not_covered() -> None:
    rng = np.random.default_rng(0)
    shape = place_shape(rng, [(SQUARE, True), (SQUARE / 2, False)], (0.5, 0.5), 0.2)
    covered = np.asarray(coverage(shape, 64))
    assert covered[32, 32] == 0
    assert covered.max() == 255


def test_edges_are_shares_of_pixels() -> None:
    half = [(np.array([(0.0, 0.0), (0.5 / 4, 0.0), (0.5 / 4, 1.0), (0.0, 1.0)]), True)]
    covered = np.asarray(coverage(half, 4))
    assert 0 < covered[2, 0] < 255
    assert (covered[:, 1:] == 0).all()


def test_shapes_of_every_kind_lie_about_the_centre() -> None:
    rng = np.random.default_rng(1)
    shapes = [draw_shape(rng) for _ in range(200)]
    assert max(np.abs(points).max() for shape in shapes for points, _ in shape) < 2
    assert {len(shape) for shape in shapes} >= {1, 2, 4}
    assert any(not solid for shape in shapes for _, solid in shape)
