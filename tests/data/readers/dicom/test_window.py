import numpy as np
import pytest
from pydicom import Dataset
from pydicom.pixels.processing import apply_windowing

from pleura.data.readers.dicom.layers import Layers
from pleura.data.readers.dicom.window import NARROWEST, Window, window_of
from pleura.errors import PleuraError


@pytest.mark.parametrize(
    ("window", "values", "shown"),
    [
        # PS3.3 C.11.2.1.2.1: c 2048, w 4096 is the identity of 12 bits.
        (Window(2048, 4096), [0, 1, 2048, 4095], [0, 1 / 4095, 2048 / 4095, 1]),
        (Window(2048, 1), [2047, 2048], [0, 1]),
        (Window(0, 100), [-50, -49.5, 0, 49, 50], [0, 0.5 / 99, 50 / 99, 99 / 99, 1]),
        (Window(0, 100, "LINEAR_EXACT"), [-51, -50, -25, 0, 25, 50], [0, 0, 0.25, 0.5, 0.75, 1]),
        (Window(7, 0.5, "LINEAR_EXACT"), [6.75, 7, 7.125, 8], [0, 0.5, 0.75, 1]),
        # 1 / (1 + exp(-4 (x - c) / w)): a quarter of the width above is 1 / (1 + 1 / e).
        (Window(40, 80, "SIGMOID"), [40, 60, 20], [0.5, 1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))]),
        (Window(0, 1e-6, "SIGMOID"), [-1e9, 1e9], [0, 1]),
    ],
)
def test_values_by_hand(window: Window, values: list[float], shown: list[float]) -> None:
    np.testing.assert_allclose(window.shown(np.array(values, float)), shown, atol=1e-12)


@pytest.mark.parametrize("function", NARROWEST)
@pytest.mark.parametrize(("centre", "width"), [(500, 300), (0, 2), (2048, 5000.5)])
def test_as_pydicom(function: str, centre: float, width: float) -> None:
    header = Dataset()
    header.PhotometricInterpretation, header.PixelRepresentation = "MONOCHROME2", 0
    header.BitsStored = 12
    header.WindowCenter, header.WindowWidth, header.VOILUTFunction = centre, width, function
    values = np.arange(4096, dtype=np.float64)
    theirs = np.asarray(apply_windowing(values, header)) / 4095
    np.testing.assert_allclose(Window(centre, width, function).shown(values), theirs)


@pytest.mark.parametrize(
    ("window", "why"),
    [
        ((40, 0.5, "LINEAR"), "0.5 wide"),
        ((40, 0, "LINEAR_EXACT"), "0 wide"),
        ((40, -3, "SIGMOID"), "-3 wide"),
        ((40, float("nan"), "LINEAR"), "nan wide"),
        ((40, float("inf"), "LINEAR"), "inf wide"),
        ((float("nan"), 80, "LINEAR"), "its centre at nan"),
        ((40, 80, "CUBIC"), "unknown VOI LUT function 'CUBIC'"),
    ],
)
def test_refuses_what_shows_nothing(window: tuple[float, float, str], why: str) -> None:
    with pytest.raises(PleuraError, match=why):
        Window(*window)


def test_the_first_of_several() -> None:
    header = Dataset()
    header.WindowCenter, header.WindowWidth = [40, 500], [100, 2000]
    assert window_of(Layers(header, (header,))) == Window(40, 100)


@pytest.mark.parametrize("half", ["WindowWidth", "WindowCenter"])
def test_half_a_window_is_told(half: str) -> None:
    header = Dataset()
    header.WindowCenter, header.WindowWidth = [40, 500], [100, 2000]
    setattr(header, half, None)
    with pytest.raises(PleuraError, match=r"its window has a (centre|width) but no (width|centre)"):
        window_of(Layers(header, (header,)))
    header.WindowCenter = header.WindowWidth = None
    assert window_of(Layers(header, (header,))) is None
