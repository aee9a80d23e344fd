from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pleura.data.audit.gradients import (
    Gradients,
    gradients_of,
    inverted,
    mirrored,
    turned,
    upside_down,
)

Images = NDArray[np.uint8]


@pytest.mark.parametrize(
    ("of_gradients", "of_images"),
    [
        (inverted, lambda images: 255 - images),
        (upside_down, lambda images: images[:, ::-1]),
        (mirrored, lambda images: images[:, :, ::-1]),
        (turned, lambda images: np.rot90(images, axes=(1, 2))),
    ],
)
def test_changes_of_gradients_are_those_of_changed_images(
    of_gradients: Callable[[Gradients], Gradients], of_images: Callable[[Images], Images]
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 32, 32), np.uint8)
    expected = gradients_of(of_images(images))
    np.testing.assert_allclose(of_gradients(gradients_of(images)), expected, atol=1e-3)


def test_a_ramp_to_the_right_has_direction_0_and_a_flat_image_none() -> None:
    ramp = np.tile(np.arange(0, 128, 4, dtype=np.uint8), (32, 1))
    across, down, flat = gradients_of(np.stack([ramp, ramp.T, np.full_like(ramp, 7)]))
    assert set(np.argwhere(across > 0)[:, 0]) == {0}
    assert set(np.argwhere(down > 0)[:, 0]) == {2}
    assert not flat.any()
