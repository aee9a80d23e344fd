"""How large a pixel of a DICOM frame is, in mm."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pleura.data.readers.dicom.layers import Layers

if TYPE_CHECKING:
    from pydicom import Dataset

PLANE, CENTIMETRES = 1, 3  # codes of ultrasound regions, NEMA PS3.3, C.8.5.5.1
MOST = 100.0  # mm; a larger pixel is a slip


@dataclass(frozen=True)
class Spacing:
    """`rows`: mm from one row to the next; `columns`: mm from one column to the next. `source` is
    the element that says so, and whether a magnification was known."""

    rows: float
    columns: float
    source: str


def spacing_of(layers: Layers) -> Spacing | None:
    """The size of a pixel in the patient; None where the file does not say.

    PixelSpacing stands first, then ImagerPixelSpacing, which is measured at the detector and so is
    divided by the magnification where that is estimated; then the calibration of the largest
    two-dimensional region of an ultrasound image.
    """
    if given := _pair(layers.get("PixelSpacing")):
        return Spacing(*given, "PixelSpacing")
    if given := _pair(layers.get("ImagerPixelSpacing")):
        magnified = _number(layers.get("EstimatedRadiographicMagnificationFactor"))
        source = "ImagerPixelSpacing" + (" with magnification" if magnified else "")
        rows, columns = (length / (magnified or 1.0) for length in given)
        return Spacing(rows, columns, source)
    regions = layers.header.get("SequenceOfUltrasoundRegions") or []
    for region in sorted(filter(_is_plane, regions), key=_area, reverse=True):
        down, across = (
            10 * abs(float(region.get(name) or 0)) for name in ("PhysicalDeltaY", "PhysicalDeltaX")
        )
        if given := _pair([down, across]):
            return Spacing(*given, "SequenceOfUltrasoundRegions")
    return None


def _is_plane(region: "Dataset") -> bool:
    """Whether a region shows tissue in two dimensions, both of which are measured in cm."""
    units = [region.get(f"PhysicalUnits{axis}Direction") for axis in "XY"]
    return region.get("RegionSpatialFormat") == PLANE and units == [CENTIMETRES] * 2


def _area(region: "Dataset") -> int:
    left, top, right, bottom = (
        int(region.get(f"RegionLocation{name}") or 0)
        for name in ("MinX0", "MinY0", "MaxX1", "MaxY1")
    )
    return (right - left) * (bottom - top)


def _pair(value: Any) -> tuple[float, float] | None:
    try:
        rows, columns = map(_number, value)
    except (TypeError, ValueError):
        return None
    return (rows, columns) if rows and columns else None


def _number(value: Any) -> float | None:
    """A length above 0 and below 100 mm, else None."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and 0 < number < MOST else None
