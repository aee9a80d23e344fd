from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.dicom_files import dataset, write
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from pleura.data.depth import RangeError, likely_range, to_8_bits
from pleura.data.readers import ReadError, read_image
from pleura.data.readers.dicom.grayscale import grayscale_of
from pleura.data.readers.dicom.layers import layers_of

WHITE_LOW = {"PhotometricInterpretation": "MONOCHROME1"}


def table(entries: list[int], first: int, bits: int) -> Dataset:
    """An item of a sequence of LUTs."""
    item = Dataset()
    item.LUTDescriptor = [len(entries), first, bits]
    item["LUTDescriptor"].VR = "SS" if first < 0 else "US"
    item.LUTData = entries
    item["LUTData"].VR = "US"
    return item


def shown(
    tmp_path: Path, values: list[int], kind: type = np.uint16, /, **elements: Any
) -> list[int]:
    """The gray levels of a file of one row of these values."""
    address = write(tmp_path / "a.dcm", np.array([values], kind), **elements)
    return list(to_8_bits(read_image(address))[0][0])


def test_window_by_hand(tmp_path: Path) -> None:
    # (x - 99.5) / 50 + .5 of 255 for centre 100, width 51.
    window = {"WindowCenter": 100, "WindowWidth": 51}
    assert shown(tmp_path, [70, 74, 75, 100, 124, 125], **window) == [0, 0, 3, 130, 252, 255]
    assert shown(tmp_path, [74, 100, 125], **window, **WHITE_LOW) == [255, 125, 0]
    assert shown(tmp_path, [74, 100, 125], **window, PresentationLUTShape="INVERSE") == [
        255,
        125,
        0,
    ]


def test_a_window_is_in_values_after_the_rescale(tmp_path: Path) -> None:
    # Stored 1000 is 2 * 1000 - 1024 = 976; a window of centre 976.5 and width 2 shows 976 as 0.
    rescale = {"RescaleSlope": 2, "RescaleIntercept": -1024}
    window = {"WindowCenter": 977.5, "WindowWidth": 3}  # 976 black, 977 half, 978 white
    assert shown(tmp_path, [999, 1000, 1001], **rescale, **window) == [0, 0, 255]


def test_signed_values_with_a_window(tmp_path: Path) -> None:
    values = [-2000, -1000, -500, 0, 499, 3000]
    window = {"WindowCenter": 0, "WindowWidth": 1000, "VOILUTFunction": "LINEAR_EXACT"}
    assert shown(tmp_path, values, np.int16, **window) == [0, 0, 0, 128, 255, 255]


def test_padding_is_black_in_either_polarity(tmp_path: Path) -> None:
    window = {"WindowCenter": 128, "WindowWidth": 256}
    padded = {**window, "PixelPaddingValue": 200, "PixelPaddingRangeLimit": 210}
    assert shown(tmp_path, [100, 199, 200, 205, 210, 211], np.uint8, **padded) == [
        *(100, 199),
        *(0, 0, 0),
        211,
    ]
    assert shown(tmp_path, [100, 200], np.uint8, **padded, **WHITE_LOW) == [155, 0]
    assert shown(tmp_path, [100, 200], np.uint8, PixelPaddingValue=200) == [100, 0]
    deep = {"BitsStored": 12, "PixelPaddingValue": 4095}
    assert shown(tmp_path, [0, 2048, 4000, 4095], **deep) == [0, 128, 249, 0]
    assert shown(tmp_path, [0, 2048, 4000, 4095], **deep, **WHITE_LOW) == [255, 127, 6, 0]


def test_padding_may_be_written_with_the_other_sign(tmp_path: Path) -> None:
    window = {"WindowCenter": 0, "WindowWidth": 100, "VOILUTFunction": "LINEAR_EXACT"}
    header = dataset(np.array([[-2000, 0, 100]], np.int16), PixelPaddingValue=-2000, **window)
    header["PixelPaddingValue"].VR = "US"
    header["PixelPaddingValue"].value = 2**16 - 2000
    grayscale = grayscale_of(layers_of(header, 0))
    assert np.flatnonzero(grayscale.padding).tolist() == [2**15 - 2000]
    header = dataset(np.array([[1, 2]], np.uint16), PixelPaddingValue=-1)
    assert np.flatnonzero(grayscale_of(layers_of(header, 0)).padding).tolist() == [2**16 - 1]


def test_padding_is_below_what_the_user_calls_black(tmp_path: Path) -> None:
    values = np.array([[-2000, -1000, 0, 1000]], np.int16)
    address = write(tmp_path / "a.dcm", values, PixelPaddingValue=-2000)
    pixels, levels = to_8_bits(read_image(address), (-1000.0, 1000.0))
    assert list(pixels[0]) == [0, 0, 128, 255]
    assert levels.low > -1001


def test_one_rule_of_the_study_stands_above_windows(tmp_path: Path) -> None:
    elements = {"RescaleSlope": 1, "RescaleIntercept": -1000, "WindowCenter": 3, "WindowWidth": 2}
    address = write(tmp_path / "a.dcm", np.array([[0, 1000, 2000]], np.uint16), **elements)
    image = read_image(address)
    assert image.shown is not None
    assert image.shown.how == "window 3/2 LINEAR"
    assert list(to_8_bits(image, (-1000.0, 1000.0))[0][0]) == [0, 128, 255]
    inverted = read_image(
        write(tmp_path / "b.dcm", np.array([[0, 1000, 2000]], np.uint16), **elements, **WHITE_LOW)
    )
    assert list(to_8_bits(inverted, (-1000.0, 1000.0))[0][0]) == [255, 128, 0]
    byte = write(tmp_path / "c.dcm", np.array([[7, 80]], np.uint8), WindowCenter=3, WindowWidth=2)
    assert list(to_8_bits(read_image(byte), (0.0, 4095.0))[0][0]) == [7, 80]


@pytest.mark.parametrize(
    ("elements", "why"),
    [
        ({"WindowCenter": 0, "WindowWidth": 0}, "its window is 0 wide"),
        ({"WindowCenter": 0, "WindowWidth": -3}, "its window is -3 wide"),
        ({"WindowCenter": 9, "WindowWidth": 3, "VOILUTFunction": "CUBIC"}, "function 'CUBIC'"),
        ({"VOILUTSequence": [table([1, 2], 0, 3)]}, "has 2 entries of 3 bits"),
        ({"VOILUTSequence": [Dataset()]}, "its VOI LUT has no LUTDescriptor of three numbers"),
    ],
)
def test_a_window_that_shows_nothing_matters_to_those_alone_who_want_it(
    tmp_path: Path, elements: dict[str, Any], why: str
) -> None:
    values = np.array([[0, 1365, 4095]], np.uint16)
    image = read_image(write(tmp_path / "a.dcm", values, BitsStored=12, **elements))
    with pytest.raises(RangeError, match=f"{why}.*; full_range sets it aside") as told:
        to_8_bits(image)
    assert (told.value.levels.low, told.value.levels.high) == pytest.approx((0, 4095), abs=40)
    assert list(to_8_bits(image, (0.0, 4095.0))[0][0]) == [0, 85, 255]
    assert list(to_8_bits(image, "bits")[0][0]) == [0, 85, 255]
    byte = read_image(write(tmp_path / "b.dcm", np.array([[7, 80]], np.uint8), **elements))
    with pytest.raises(RangeError, match=why):
        to_8_bits(byte)
    assert list(to_8_bits(byte, (0.0, 255.0))[0][0]) == [7, 80]


def test_who_is_asked_what_is_black_hears_of_values_as_they_are_stored(tmp_path: Path) -> None:
    values = np.array([[-1000, 0, 3000]], np.int16)
    image = read_image(write(tmp_path / "a.dcm", values, **WHITE_LOW))
    with pytest.raises(RangeError, match=r"values from -[0-9.]+ to 2") as told:
        to_8_bits(image)
    assert likely_range(told.value.levels.low, told.value.levels.high) == pytest.approx(
        (-1000, 3000), rel=0.05
    )


def test_each_file_s_bits_may_stand_above_windows(tmp_path: Path) -> None:
    ten = {"BitsStored": 10, "WindowCenter": 3, "WindowWidth": 2}
    image = read_image(write(tmp_path / "a.dcm", np.array([[0, 341, 1023]], np.uint16), **ten))
    assert list(to_8_bits(image, "bits")[0][0]) == [0, 85, 255]
    inverted = read_image(
        write(tmp_path / "b.dcm", np.array([[0, 341, 1023]], np.uint16), **ten, **WHITE_LOW)
    )
    assert list(to_8_bits(inverted, "bits")[0][0]) == [255, 170, 0]


@pytest.mark.parametrize(
    ("kind", "elements"),
    [(np.int16, {}), (np.uint16, {"RescaleSlope": 1, "RescaleIntercept": -1024})],
)
def test_measurements_without_a_window_ask_what_is_black(
    tmp_path: Path, kind: type, elements: dict[str, Any]
) -> None:
    address = write(tmp_path / "a.dcm", np.array([[0, 1000]], kind), **elements)
    with pytest.raises(RangeError, match="says not what is black and white"):
        to_8_bits(read_image(address))


def test_modality_lut(tmp_path: Path) -> None:
    # Entry k of 4, from stored value 10 on: below is the first, above the last.
    lut = {"ModalityLUTSequence": [table([0, 1000, 3000, 4095], 10, 12)]}
    assert shown(tmp_path, [0, 10, 11, 12, 13, 500], **lut) == [0, 0, 62, 187, 255, 255]


def test_voi_lut_stands_above_windows(tmp_path: Path) -> None:
    luts = [table([0, 255, 51], 5, 8), table([9, 9, 9], 5, 8)]
    elements = {"VOILUTSequence": luts, "WindowCenter": 3, "WindowWidth": 2}
    assert shown(tmp_path, [0, 5, 6, 7, 99], **elements) == [0, 0, 255, 51, 51]
    image = read_image(str(tmp_path / "a.dcm"))
    assert image.shown is not None
    assert image.shown.how == "VOI LUT (first of 2)"


@pytest.mark.parametrize("kind", [np.uint16, np.int16])
@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_the_first_value_of_a_voi_lut_is_negative_where_values_after_the_rescale_are(
    tmp_path: Path, kind: type, syntax: UID
) -> None:
    # Stored 0 to 5 are -502 to -497. -500 has the first entry, and is 65036 without a sign.
    lut = table([0, 85, 170, 255], -500, 8)
    lut.LUTDescriptor = [4, 65036, 8]
    lut["LUTDescriptor"].VR = "US"
    elements = {"RescaleSlope": 1, "RescaleIntercept": -502, "VOILUTSequence": [lut]}
    address = write(tmp_path / "a.dcm", np.array([[0, 1, 2, 3, 4, 5]], kind), syntax, **elements)
    assert list(to_8_bits(read_image(address))[0][0]) == [0, 0, 0, 85, 170, 255]


def test_the_first_value_of_a_voi_lut_has_no_sign_where_no_value_is_negative(
    tmp_path: Path,
) -> None:
    # Stored 7231 to 7234 are 39999 to 40002. 40000 has the first entry, and is -25536 with a sign.
    elements = {"RescaleSlope": 1, "RescaleIntercept": 32768}
    lut = {"VOILUTSequence": [table([0, 85, 255], 40000 - 2**16, 8)]}
    assert shown(tmp_path, [7231, 7232, 7233, 7234], np.int16, **elements, **lut) == [0, 0, 85, 255]
    # A first value below all 12 bits stays there: of 0 to 3 on the third to the last entry.
    lut = {"VOILUTSequence": [table([9, 9, 0, 85, 255], -2, 8)]}
    assert shown(tmp_path, [0, 1, 2, 3], BitsStored=12, **lut) == [0, 85, 255, 255]


def test_the_first_of_several_windows_is_said(tmp_path: Path) -> None:
    values = np.array([[0, 255]], np.uint8)
    several = {"WindowCenter": [100, 7], "WindowWidth": [20, 3]}
    image = read_image(write(tmp_path / "a.dcm", values, **several))
    assert image.shown is not None
    assert image.shown.how == "window 100/20 LINEAR (first of 2)"


def test_few_bits_are_spread(tmp_path: Path) -> None:
    values = np.array([[0, 5, 15]], np.uint8)
    image = read_image(write(tmp_path / "a.dcm", values, BitsStored=4))
    assert list(image.pixels[0]) == [0, 85, 255]
    assert image.bits == 4


def test_a_rescale_that_shows_nothing_is_refused(tmp_path: Path) -> None:
    rescale = {"RescaleSlope": 0, "RescaleIntercept": 5}
    with pytest.raises(ReadError, match=r"a\.dcm: damaged: its rescale slope is 0"):
        read_image(write(tmp_path / "a.dcm", np.zeros((3, 3), np.uint16), **rescale))


def test_each_frame_has_its_own_window() -> None:
    frames: NDArray[np.uint16] = np.zeros((2, 3, 3), np.uint16)

    def group(name: str, **elements: Any) -> Dataset:
        item, outer = Dataset(), Dataset()
        for key, value in elements.items():
            setattr(item, key, value)
        setattr(outer, name, [item])
        return outer

    header = dataset(
        frames,
        NumberOfFrames=2,
        PerFrameFunctionalGroupsSequence=[
            group("FrameVOILUTSequence", WindowCenter=centre, WindowWidth=10) for centre in (3, 4)
        ],
        SharedFunctionalGroupsSequence=[
            group("PixelValueTransformationSequence", RescaleSlope=3, RescaleIntercept=-7)
        ],
    )
    first, second = (grayscale_of(layers_of(header, frame)) for frame in range(2))
    assert (first.how, second.how) == ("window 3/10 LINEAR", "window 4/10 LINEAR")
    np.testing.assert_array_equal(first.values[:3], [-7, -4, -1])
