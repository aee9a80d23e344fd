import numpy as np
from scipy import ndimage

from pleura.data.audit.bright import bright_things


def test_bright_things_are_those_of_the_definition() -> None:
    random = np.random.default_rng(0)
    gray = ndimage.gaussian_filter(random.uniform(0, 255, (60, 47)), 1.2)
    gray = np.rint(255 * (gray - gray.min()) / np.ptp(gray)).astype(np.uint8)
    things = bright_things(gray, 7, 30)
    opened = ndimage.maximum_filter(ndimage.minimum_filter(gray, 7), 7)
    numbers, found = ndimage.label(gray - opened.astype(int) > 30, np.ones((3, 3)))
    np.testing.assert_array_equal(things.numbers, numbers)
    boxes = [(x.start, y.start, x.stop, y.stop) for y, x in ndimage.find_objects(numbers)]
    assert found > 10
    assert things.boxes.tolist() == [list(box) for box in boxes]
    assert things.areas.tolist() == np.bincount(numbers.ravel())[1:].tolist()


def test_of_an_even_image_there_is_nothing() -> None:
    things = bright_things(np.full((5, 4), 255, np.uint8), 7, 30)
    assert things.boxes.shape == (0, 4)
    assert [len(of) for of in things.sides] == [0, 0]
