from typing import Any

import pytest
from pydicom import Dataset

from pleura.data.readers.dicom.layers import layers_of
from pleura.data.readers.dicom.spacing import Spacing, spacing_of


def region(width: int, delta: float, **elements: Any) -> Dataset:
    item = Dataset()
    item.RegionSpatialFormat, item.PhysicalUnitsXDirection, item.PhysicalUnitsYDirection = 1, 3, 3
    item.RegionLocationMinX0 = item.RegionLocationMinY0 = 0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = width, 100
    item.PhysicalDeltaX, item.PhysicalDeltaY = delta, -2 * delta
    for name, value in elements.items():
        setattr(item, name, value)
    return item


def spacing(**elements: Any) -> Spacing | None:
    header = Dataset()
    for name, value in elements.items():
        setattr(header, name, value)
    return spacing_of(layers_of(header, 0))


def test_rows_come_first() -> None:
    given = spacing(PixelSpacing=[0.2, 0.1], ImagerPixelSpacing=[9, 9])
    assert given == Spacing(0.2, 0.1, "PixelSpacing")


def test_at_the_detector_sizes_are_magnified() -> None:
    assert spacing(ImagerPixelSpacing=[0.3, 0.15]) == Spacing(0.3, 0.15, "ImagerPixelSpacing")
    given = spacing(ImagerPixelSpacing=[0.3, 0.15], EstimatedRadiographicMagnificationFactor=1.5)
    assert given is not None
    assert (given.rows, given.columns) == pytest.approx((0.2, 0.1))
    assert given.source == "ImagerPixelSpacing with magnification"


def test_the_largest_calibrated_plane_of_ultrasound() -> None:
    small, large = region(50, 0.01), region(400, 0.02)
    trace = region(900, 0.5, RegionSpatialFormat=2)
    seconds = region(900, 0.5, PhysicalUnitsXDirection=4)
    given = spacing(SequenceOfUltrasoundRegions=[small, trace, large, seconds])
    assert given is not None
    assert (given.rows, given.columns) == pytest.approx((0.4, 0.2))  # cm to mm, without sign
    assert given.source == "SequenceOfUltrasoundRegions"


def test_of_a_frame() -> None:
    measures, group, header = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [0.7, 0.6]
    group.PixelMeasuresSequence = [measures]
    header.SharedFunctionalGroupsSequence = [group]
    assert spacing_of(layers_of(header, 3)) == Spacing(0.7, 0.6, "PixelSpacing")


@pytest.mark.parametrize("value", [[0, 0], [-1, 1], [1000, 1000], [0.1], None, ["", ""]])
def test_what_is_no_size_is_not_known(value: Any) -> None:
    assert spacing(PixelSpacing=value) is None
