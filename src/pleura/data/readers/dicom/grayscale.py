"""From stored values to gray: the grayscale transformations of DICOM, in their order.

Modality LUT or rescale, VOI LUT or window, then the polarity (NEMA PS3.4, N.2). Each is worked out
once for every value that a sample can have, and so costs no more for a large image.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pleura.data.readers.dicom.damaged import CURE, refusing
from pleura.data.readers.dicom.layers import Layers
from pleura.data.readers.dicom.lut import WORD, lut_of
from pleura.data.readers.dicom.window import Values, window_of
from pleura.errors import PleuraError

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True)
class Grayscale:
    """What each value means that a sample can have, from `lowest` upwards; n values.

    `values`: (n,) float64, after modality LUT or rescale, such as Hounsfield units. `bits`: of what
    is stored, or of the entries of a modality LUT. `measured`: whether values are signed or were
    rescaled, so that only the user knows which are black and white; others go from 0 to the largest
    of their bits. `shown`: (n,) fractions after VOI LUT or window, None where the file has neither;
    `how` says which it is, and `unshown` why it shows nothing. `padding`: (n,) which values stand
    for no image. `inverted`: whether large values are shown dark.
    """

    lowest: int
    values: Values
    bits: int
    measured: bool
    shown: Values | None
    how: str
    unshown: str
    padding: NDArray[np.bool_]
    inverted: bool


def grayscale_of(layers: Layers) -> Grayscale:
    """What the samples of a monochrome frame of at most 16 bits mean. Raises PleuraError for a
    rescale that shows nothing."""
    bits, signed = int(layers.header.BitsStored), layers.header.get("PixelRepresentation") == 1
    lowest = -(2 ** (bits - 1)) if signed else 0
    stored = np.arange(lowest, lowest + 2**bits)
    values, bits, rescaled = _modality_values(layers, stored, bits)
    shown, how, unshown = _shown_or_why(layers, values)
    return Grayscale(
        lowest,
        values,
        bits,
        rescaled or values[0] < 0,
        shown,
        how,
        unshown,
        _padding(layers.header, stored),
        _inverted(layers),
    )


def _modality_values(
    layers: Layers, stored: NDArray[np.int64], bits: int
) -> tuple[Values, int, bool]:
    """Values after modality LUT or rescale, the bits of those before a rescale, and whether they
    were rescaled."""
    if tables := layers.header.get("ModalityLUTSequence"):
        lut = lut_of(tables[0], "LUT", layers.header, _ends(stored), "modality LUT")
        return lut(stored).astype(np.float64), lut.bits, False
    with refusing("damaged: its rescale slope or intercept is no number"):
        slope, intercept = (
            float(layers.get(name, neutral))
            for name, neutral in (("RescaleSlope", 1), ("RescaleIntercept", 0))
        )
    if slope == 0 or not np.isfinite([slope, intercept]).all():
        raise PleuraError(
            f"damaged: its rescale slope is {slope:g}, its intercept {intercept:g}; {CURE}"
        )
    return stored.astype(np.float64) * slope + intercept, bits, (slope, intercept) != (1, 0)


def _shown_or_why(layers: Layers, values: Values) -> tuple[Values | None, str, str]:
    """What `_shown` gives; where the file has a VOI LUT or window that shows nothing, why. That is
    nobody's concern who says which values are black and white."""
    try:
        with refusing("damaged: its VOI LUT or window cannot be read"):
            return *_shown(layers, values), ""
    except PleuraError as error:
        return None, "", str(error)


def _shown(layers: Layers, values: Values) -> tuple[Values | None, str]:
    """Values as the file itself wants them shown, from 0 to 1, and what that is: its first VOI LUT,
    or else its first window."""
    if tables := layers.header.get("VOILUTSequence"):
        lut = lut_of(tables[0], "LUT", layers.header, _ends(values), "VOI LUT")
        return lut(values) / (2.0**lut.bits - 1), _of_several("VOI LUT", len(tables))
    if (window := window_of(layers)) is None:
        return None, ""
    return window.shown(values), _of_several(str(window), layers.count("WindowCenter"))


def _ends(values: NDArray[Any]) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _of_several(what: str, number: int) -> str:
    return what if number == 1 else f"{what} (first of {number})"


def _padding(header: "Dataset", stored: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which stored values fill what the device has not seen."""
    first = header.get("PixelPaddingValue")
    if first is None:
        return np.zeros(len(stored), dtype=np.bool_)
    last = header.get("PixelPaddingRangeLimit", first)
    # Some files give the two bytes of a signed value as an unsigned one, or the other way round.
    lowest = -WORD // 2 if stored[0] < 0 else 0
    low, high = sorted((int(value) - lowest) % WORD + lowest for value in (first, last))
    return (stored >= low) & (stored <= high)


def _inverted(layers: Layers) -> bool:
    shape = str(layers.get("PresentationLUTShape", "")).strip().upper()
    return layers.header.PhotometricInterpretation == "MONOCHROME1" or shape == "INVERSE"
