"""Dice and IoU against MONAI and by hand, and the rule for what is empty."""

import numpy as np
import pytest
import torch

from pleura.evaluate.overlap import areas, counts, dice, iou, mean_of_cases


def test_by_hand() -> None:
    reference = np.array([[[1, 1, 0], [2, 2, 0]]], np.uint8)
    predicted = np.array([[[1, 0, 1], [2, 2, 2]]], np.uint8)
    found = counts(predicted, reference, 2)
    np.testing.assert_array_equal(found, [[[0, 1, 1], [1, 1, 0], [0, 0, 2]]])
    np.testing.assert_array_equal(np.stack(areas(found))[:, 0], [[1, 2], [2, 3], [2, 2]])
    np.testing.assert_allclose(dice(found), [[1 / 2, 4 / 5]])
    np.testing.assert_allclose(iou(found), [[1 / 3, 2 / 3]])


def test_equal_to_monai_which_has_the_same_empty_rule() -> None:
    from monai.metrics.meandice import DiceMetric
    from monai.metrics.meaniou import MeanIoU

    rng = np.random.default_rng(0)
    predicted, reference = rng.integers(0, 4, (2, 12, 9, 7), np.uint8)
    reference[:4][reference[:4] == 2] = 0
    predicted[2:6][predicted[2:6] == 2] = 1
    found = counts(predicted, reference, 3)
    one_hot = [
        torch.nn.functional.one_hot(torch.from_numpy(masks).long(), 4).movedim(-1, 1)
        for masks in (predicted, reference)
    ]
    for ours, metric in ((dice(found), DiceMetric), (iou(found), MeanIoU)):
        theirs = np.asarray(metric(include_background=False, reduction="none")(*one_hot))
        assert np.isnan(theirs).any()
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_ignored_pixels_count_for_nothing() -> None:
    reference = np.array([[[1, 255, 0, 255]]], np.uint8)
    predicted = np.array([[[1, 1, 0, 0]]], np.uint8)
    found = counts(predicted, reference, 1)
    assert found.sum() == 2
    assert dice(found) == 1


def test_cases_count_alike_and_structures_within_them() -> None:
    values = np.array([[0.5, np.nan, 0.7], [1.0, 0.0, np.nan], [np.nan] * 3])
    assert mean_of_cases(values) == pytest.approx((0.6 + 0.5) / 2)
    assert np.isnan(mean_of_cases(values[2:]))
