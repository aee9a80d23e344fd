import numpy as np

from pleura.data.scaling import areas


def test_averages_of_parts_of_pixels() -> None:
    np.testing.assert_allclose(areas(3, 2), [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]], atol=1e-6)
