"""What a map makes of outputs, what several networks say together, and a card's map read again."""

import numpy as np
import pytest
from scipy.special import expit

from pleura.evaluate.calibration_maps import (
    AsItIs,
    CalibrationMap,
    FindingsMap,
    OutputMap,
    map_of,
    unfitted,
)

OUTPUTS = [[[4.0, 0.0], [0.0, 1.0]], [[0.0, 4.0], [0.0, 1.0]]]  # of two networks, two images


def test_a_map_is_softmax_of_scaled_logits() -> None:
    found = CalibrationMap(2.0, (1.0, 0.0)).probabilities([[4.0, 2.0]])
    logits = np.exp([3.0, 1.0])
    np.testing.assert_allclose(found, [logits / logits.sum()])


@pytest.mark.parametrize("read", [CalibrationMap, FindingsMap])
def test_the_mean_of_outputs_gives_the_mean_probabilities(
    read: type[CalibrationMap | FindingsMap],
) -> None:
    labels = np.zeros(2 if read is CalibrationMap else (2, 2), np.int64)
    unchanged = unfitted(labels, 2)
    assert isinstance(unchanged, read)
    expected = np.mean([unchanged.probabilities(each) for each in OUTPUTS], axis=0)
    np.testing.assert_allclose(unchanged.probabilities(read.mean(OUTPUTS)), expected, atol=1e-12)
    assert expected[0, 0] == pytest.approx(
        0.5 if read is CalibrationMap else (expit(4.0) + 0.5) / 2
    )


def test_numbers_are_averaged_as_they_are_in_double_precision() -> None:
    single = [np.array([[0.1]], np.float32), np.array([[0.4]], np.float32)]
    expected = (float(single[0][0, 0]) + float(single[1][0, 0])) / 2
    assert AsItIs.mean(single).tolist() == [[expected]]


@pytest.mark.parametrize(
    "written",
    [CalibrationMap(2.0, (1.0, 0.0)), FindingsMap((2.0, 3.0), (1.0, 0.0)), AsItIs("years")],
)
def test_a_map_is_read_as_it_was_written(written: OutputMap) -> None:
    assert map_of(written.as_dict()) == written
