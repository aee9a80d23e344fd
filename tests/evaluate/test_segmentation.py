"""Measures of single cases: by hand, against MONAI, and where something is empty."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from scipy import ndimage

from pleura.evaluate.segmentation import COLUMNS, measure_cases

Masks = NDArray[np.uint8]
NAMES = ("a", "b")
UNKNOWN = np.array([np.nan])


def one(predicted: Masks, reference: Masks, spacing: float = np.nan) -> "pd.Series[Any]":
    """The first structure of a single case."""
    return measure_cases(predicted[None], reference[None], NAMES, np.array([spacing])).iloc[0]


def square(left: int, top: int, side: int, value: int = 1) -> Masks:
    mask = np.zeros((40, 60), np.uint8)
    mask[top : top + side, left : left + side] = value
    return mask


def test_a_shifted_square_by_hand() -> None:
    row = one(square(14, 10, 10), square(10, 10, 10))
    assert row["dice"] == pytest.approx(0.6)
    assert row["iou"] == pytest.approx(60 / 140)
    assert row["false_positive_area"] == pytest.approx(40 / 2400)
    assert row["predicted_area"] == row["reference_area"] == pytest.approx(100 / 2400)
    assert row["hd95"] == 4
    assert (row["unit"], row["components"], row["reference_components"]) == ("px", 1, 1)


def test_single_pixels_by_hand() -> None:
    """Two pixels 3 and 4 apart: all distances are 5."""
    row = one(square(13, 14, 1), square(10, 10, 1), spacing=0.5)
    assert (row["hd95"], row["surface_distance"], row["unit"]) == (2.5, 2.5, "mm")


def blobs(n: int, seed: int) -> Masks:
    noise = np.random.default_rng(seed).normal(size=(n, 3, 48, 40))
    smooth = ndimage.gaussian_filter(noise, (0, 0, 4, 4))
    return np.asarray(smooth.argmax(axis=1), dtype=np.uint8)


def test_distances_equal_monais() -> None:
    from monai.metrics.hausdorff_distance import HausdorffDistanceMetric
    from monai.metrics.surface_distance import SurfaceDistanceMetric

    predicted, reference = blobs(6, 1), blobs(6, 2)
    spacing = np.array([0.4, 1.0, 2.0, 0.1, 0.7, 3.0])
    found = measure_cases(predicted, reference, NAMES, spacing)
    one_hot = [
        torch.nn.functional.one_hot(torch.from_numpy(masks).long(), 3).movedim(-1, 1)
        for masks in (predicted, reference)
    ]
    for name, metric in (
        ("hd95", HausdorffDistanceMetric(percentile=95, reduction="none")),
        ("surface_distance", SurfaceDistanceMetric(symmetric=True, reduction="none")),
    ):
        theirs = metric(*one_hot, spacing=[(mm, mm) for mm in spacing])
        np.testing.assert_allclose(found[name], np.ravel(theirs), rtol=1e-5)


def test_one_row_a_case_and_structure() -> None:
    found = measure_cases(blobs(3, 1), blobs(3, 2), NAMES, np.full(3, np.nan))
    assert list(found.columns) == COLUMNS
    assert list(found["position"]) == [0, 0, 1, 1, 2, 2]
    assert list(found["structure"]) == ["a", "b"] * 3
    swapped = measure_cases(blobs(3, 1)[::-1], blobs(3, 2)[::-1], NAMES, np.full(3, np.nan))
    np.testing.assert_allclose(swapped["hd95"][:2], found["hd95"][4:])


def test_a_structure_that_the_reference_lacks() -> None:
    row = one(square(10, 10, 6), square(10, 10, 6, value=2))
    assert row[["dice", "iou", "hd95", "surface_distance"]].isna().all()
    assert row["false_positive_area"] == pytest.approx(36 / 2400)
    assert (row["components"], row["reference_components"]) == (1, 0)
    nothing = one(square(10, 10, 0), square(10, 10, 0))
    assert nothing[["dice", "hd95"]].isna().all()
    assert nothing["false_positive_area"] == nothing["components"] == 0


def test_a_structure_that_is_not_found() -> None:
    row = one(square(10, 10, 0), square(10, 10, 6), spacing=2)
    assert row["dice"] == row["iou"] == row["false_positive_area"] == 0
    assert row["hd95"] == row["surface_distance"] == pytest.approx(2 * np.hypot(40, 60))


def test_pixels_that_touch_at_a_corner_are_one_piece() -> None:
    mask = square(10, 10, 3) | square(13, 13, 3) | square(30, 10, 2)
    assert one(mask, square(10, 10, 3))["components"] == 2


def test_ignored_pixels_are_not_judged() -> None:
    reference = square(10, 10, 6)
    reference[20:] = 255
    predicted = square(10, 10, 6) | square(10, 24, 8)
    row = one(predicted, reference)
    assert (row["dice"], row["hd95"], row["false_positive_area"]) == (1, 0, 0)
    assert row["components"] == 1
    assert row["reference_area"] == pytest.approx(36 / 1200)
