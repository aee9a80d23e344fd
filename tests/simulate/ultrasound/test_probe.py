import numpy as np
import pytest

from pleura.simulate.ultrasound.probe import BEAMS, FLAT, ROWS, View, draw_view
from pleura.simulate.ultrasound.scanner import draw_scanner

CONVEX = View("convex", 50.0, np.radians(30), 120.0, -6.0, 126.0)
LINEAR = View("linear", FLAT, 20 / FLAT, 40.0, 0.0, 40.0)


@pytest.mark.parametrize("view", [CONVEX, LINEAR])
def test_every_pixel_shows_the_depth_and_beam_it_lies_on(view: View) -> None:
    size = 90
    pixels = view.pixels(size)
    at = (np.arange(size) + 0.5) * view.side / size
    x, y = at - view.side / 2, (at + view.top)[:, None]
    if view is CONVEX:
        depth, angle = np.hypot(x, y + 50) - 50, np.degrees(np.arctan2(x, y + 50))
        seen = (depth >= 0) & (depth <= 120) & (np.abs(angle) <= 30)
    else:
        depth, seen = y + 0 * x, np.ones((size, size), bool)
    assert np.array_equal(pixels.seen, seen)
    shown = pixels.scan(np.broadcast_to(view.depths, (ROWS, BEAMS)).astype(np.float32))
    assert shown[seen] == pytest.approx(depth[seen], abs=1e-3)
    assert not shown[~seen].any()
    # The nearest sample is never further than half a sample away.
    rows = np.arange(ROWS) % 251
    marks = pixels.nearest(np.broadcast_to(rows[:, None], (ROWS, BEAMS)).astype(np.uint8))
    exact = depth[seen] / view.depth * (ROWS - 1)
    gap = (marks[seen] - exact) % 251
    assert np.minimum(gap, 251 - gap).max() < 0.51


@pytest.mark.parametrize("view", [CONVEX, LINEAR])
def test_beams_meet_a_surface_where_it_is(view: View) -> None:
    way = view.surface(20.0, 0.06, 0.004) + view.radius
    x, y = way * np.sin(view.angles), way * np.cos(view.angles) - view.radius
    assert y == pytest.approx(20 + 0.06 * x + 0.002 * x**2, abs=0.05 if view is CONVEX else 0.1)


@pytest.mark.parametrize("kind", ["convex", "linear"])
def test_speckle_has_the_size_of_the_point_spread(kind: str) -> None:
    view = CONVEX if kind == "convex" else LINEAR
    rng = np.random.default_rng(0)
    scanner = draw_scanner(rng, view.kind)
    noise = rng.standard_normal((2, 8, ROWS, BEAMS), np.float32) * np.float32(0.5**0.5)
    seen = scanner.receive(noise[0] + np.complex64(1j) * noise[1], scanner.spread(view))
    inner = seen[:, 40:-40, 40:-40]
    assert np.mean(np.abs(inner) ** 2) == pytest.approx(1, abs=0.05)
    assert np.mean(np.abs(inner) ** 4) == pytest.approx(2, abs=0.2)  # fully developed speckle
    beams = scanner.lateral / (40 if kind == "linear" else np.radians(60)) * (BEAMS - 1)
    rows = scanner.axial / view.depth * (ROWS - 1)
    for axis, sigma in ((1, rows), (2, beams)):
        after = np.mean(inner * np.conj(np.roll(seen, -3, axis)[:, 40:-40, 40:-40])).real
        assert after == pytest.approx(np.exp(-9 / (4 * sigma**2)), abs=0.06)


def test_views_hold_what_they_show() -> None:
    rng = np.random.default_rng(1)
    for number in range(40):
        view = draw_view(rng, "linear" if number % 2 else "convex", pleura=30.0)
        assert view.depth >= 2.1 * 30
        share = view.pixels(32).seen.mean()
        assert 0.35 < share <= 1
