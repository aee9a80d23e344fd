import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pleura.data.clips.sector import Extremes, find_sector

SIZE = 160
Frames = NDArray[np.uint8]
FAN = np.array([[70, 20], [90, 20], [140, 110], [110, 130], [50, 130], [20, 110]])
BOX = np.array([[30, 30], [119, 30], [119, 139], [30, 139]])


def clip(corners: NDArray[np.int64], drawn: bool = True, frames: int = 16) -> tuple[Frames, Frames]:
    """Frames of speckle in a shape, with letters beside it and on it; and what is drawn on it."""
    rng = np.random.default_rng(0)
    shape = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillConvexPoly(shape, corners.astype(np.int32), 1)
    speckle = rng.integers(20, 140, (frames, SIZE, SIZE)).astype(np.uint8) * shape
    letters, beside = np.zeros_like(shape), np.zeros_like(shape)
    cv2.putText(letters, "R1", (65, 80), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 255, 2)
    cv2.putText(beside, "MI 1.2", (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255, 1)
    cv2.rectangle(beside, (150, 30), (156, 140), 200, -1)
    both = np.maximum(letters, beside) if drawn else beside * 0
    noise = rng.integers(0, 6, speckle.shape).astype(np.uint8)
    shown = np.where(both > 0, np.maximum(both, 5) - noise, speckle)
    return shown.astype(np.uint8), letters


def extremes(frames: Frames) -> Extremes:
    return Extremes(frames.min(axis=0), frames.max(axis=0), len(frames))


@pytest.mark.parametrize(("corners", "probe"), [(FAN, "convex"), (BOX, "linear")])
def test_what_moves_is_the_sector(corners: NDArray[np.int64], probe: str) -> None:
    frames, _ = clip(corners)
    sector = find_sector(extremes(frames))
    assert sector is not None
    assert (str(sector), sector.moved) == (probe, True)
    box = cv2.boundingRect(corners.astype(np.int32))
    np.testing.assert_allclose(cv2.boundingRect(sector.corners), box, atol=6)
    np.testing.assert_allclose(sector.applied(frames[0]).shape, (box[3], box[2]), atol=6)


def test_what_is_drawn_on_the_sector_is_filled_from_around_it() -> None:
    frames, letters = clip(FAN)
    sector = find_sector(extremes(frames))
    assert sector is not None
    assert sector.drawn[letters > 0].mean() > 0.95
    near = cv2.dilate(letters, np.ones((7, 7), np.uint8)) > 0
    assert sector.drawn[~near].mean() < 0.001
    # Nothing is left as bright as the letters are; speckle ends at 140.
    assert frames[0].max() > 240
    assert sector.applied(frames[0]).max() <= 140


def test_nothing_is_taken_away_where_nothing_is_drawn() -> None:
    frames, _ = clip(BOX, drawn=False)
    sector = find_sector(extremes(frames))
    assert sector is not None
    assert not sector.drawn.any()
    left, top, width, height = cv2.boundingRect(sector.corners)
    inner = np.s_[10 : height - 10, 10 : width - 10]
    part = frames[3][top : top + height, left : left + width]
    np.testing.assert_array_equal(sector.applied(frames[3])[inner], part[inner])


def test_a_still_is_cropped_by_what_is_not_black() -> None:
    frames, _ = clip(FAN)
    for still in (frames[:1], np.repeat(frames[:1], 9, axis=0)):
        sector = find_sector(extremes(still))
        assert sector is not None
        assert str(sector) == "convex (still)"
        assert not sector.drawn.any()
        box = cv2.boundingRect(FAN.astype(np.int32))
        np.testing.assert_allclose(cv2.boundingRect(sector.corners), box, atol=6)


def test_the_black_of_video_is_black_and_a_dark_gap_parts_no_sector() -> None:
    frames, _ = clip(FAN, drawn=False)
    still = np.maximum(frames[:1], 16)
    still[:, 60:85] = 16
    sector = find_sector(extremes(still))
    assert sector is not None
    box = cv2.boundingRect(FAN.astype(np.int32))
    np.testing.assert_allclose(cv2.boundingRect(sector.corners), box, atol=6)


def test_an_image_without_a_sector_has_none() -> None:
    assert find_sector(extremes(np.zeros((5, 50, 70), np.uint8))) is None
    spot = np.zeros((1, 50, 70), np.uint8)
    spot[0, 5:9, 5:9] = 200
    assert find_sector(extremes(spot)) is None
