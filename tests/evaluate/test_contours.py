"""The picture of a segmented case."""

import numpy as np
from numpy.typing import NDArray

from pleura.evaluate.contours import CONFUSED, FALSE, IGNORED, MISSED, colour_of, draw_case

Pixels = NDArray[np.uint8]
SIZE = 200


def box(*corners: tuple[int, int, int, int], n: int = 100) -> Pixels:
    """A mask with rectangles (top, left, bottom, right), numbered from 1."""
    mask = np.zeros((n, n), dtype=np.uint8)
    for number, (top, left, bottom, right) in enumerate(corners, 1):
        mask[top:bottom, left:right] = number
    return mask


def tiles(reference: Pixels, predicted: Pixels, names: tuple[str, ...] = ("lung",)) -> list[Pixels]:
    """The three tiles of a picture on an image that is 100 everywhere."""
    image = np.full(reference.shape, 100, dtype=np.uint8)
    picture = draw_case(image, reference, predicted, names, SIZE)
    assert picture.shape == (SIZE, 3 * SIZE, 3)
    assert picture.dtype == np.uint8
    return np.split(picture, 3, axis=1)


def near(tile: Pixels, colour: str) -> NDArray[np.bool_]:
    """Which pixels of a tile have about this colour."""
    wanted = np.array(list(bytes.fromhex(colour[1:])))
    return np.asarray((np.abs(tile.astype(int) - wanted) < 30).all(axis=-1))


def test_errors_are_where_they_are_and_of_their_kind() -> None:
    reference, predicted = box((10, 10, 40, 40), (50, 50, 90, 90)), box((10, 20, 40, 60))
    predicted[50:70, 50:90] = 1  # of the second structure, half is taken for the first
    plain, _, errors = tiles(reference, predicted, ("one", "two"))
    assert (np.abs(plain.astype(int) - 100) <= 2).all()
    # Two pixels of the picture stand for one of the masks; a rim is left to interpolation.
    missed = near(errors[24:76, 24:36], MISSED)
    assert 0.3 < missed.mean() < 0.7
    assert near(errors[24:76, 84:116], FALSE).all()
    assert near(errors[104:136, 104:176], CONFUSED).all()
    striped = near(errors[144:176, 104:176], MISSED)
    assert 0.3 < striped.mean() < 0.7
    agreed = errors[24:76, 44:76]
    assert (np.abs(agreed.astype(int) - 45) <= 2).all()


def test_what_is_ignored_is_no_error() -> None:
    reference, predicted = box((10, 10, 40, 40)), box((10, 10, 40, 80))
    reference[10:40, 40:80] = IGNORED
    errors = tiles(reference, predicted)[2]
    assert (np.ptp(errors.astype(int), axis=-1) <= 2).all()


def test_outlines_are_solid_for_the_reference_and_broken_by_white_for_the_prediction() -> None:
    left, right = box((20, 10, 80, 40)), box((20, 60, 80, 90))
    outlines = tiles(left, right)[1]
    halves = outlines[:, : SIZE // 2], outlines[:, SIZE // 2 :]
    coloured = [near(half, colour_of(1)).sum() for half in halves]
    white = [near(half, "#FFFFFF").sum() for half in halves]
    assert coloured[0] > 100
    assert white[0] == 0
    assert white[1] > 50
    assert 50 < coloured[1] < coloured[0]


def test_each_structure_has_its_colour_and_its_number() -> None:
    mask = box((10, 10, 40, 40), (60, 60, 90, 80))
    several = tiles(mask, np.zeros_like(mask), ("one", "two"))[1]
    alone = tiles(mask, np.zeros_like(mask), ("one",))[1]
    assert near(several, colour_of(2)).any()
    assert not near(alone, colour_of(2)).any()
    # Right of the first box there is its number, where there are two.
    assert np.ptp(several[40:60, 86:100].astype(int)) > 60
    assert np.ptp(alone[40:60, 86:100].astype(int)) <= 2


def test_structures_at_the_border_everywhere_and_nowhere() -> None:
    empty, full = np.zeros((60, 60), dtype=np.uint8), np.ones((60, 60), dtype=np.uint8)
    errors = tiles(full, empty)[2]
    assert 0.4 < near(errors, MISSED).mean() < 0.6
    assert (np.ptp(tiles(empty, empty)[1].astype(int), axis=-1) <= 2).all()
    assert np.array_equal(tiles(full, empty)[1], tiles(full, empty)[1])
