from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.data.sources.bimcv import SHOWN, VALUES, WINDOW, Elements, xray

from pleura.data.sources.bare_png import read_json_header, write_shown
from pleura.errors import PleuraError

# Of 1999 and what is below, of 2000, and of what is above.
LUT: Elements = {
    "00283010": (
        "SQ",
        [
            {
                "00283002": {"vr": "US", "Value": [3, 1999, 8]},
                "00283006": {"vr": "US", "Value": [0, 51, 255]},
            }
        ],
    )
}


def shown(folder: Path, elements: Elements, values: Any = VALUES) -> list[list[int]]:
    """What is shown of values with a header of these elements."""
    png = folder / "x.png"
    xray(png, elements, values)
    write_shown(png, read_json_header(png), folder / "shown" / "x.png")
    pixels = np.asarray(Image.open(folder / "shown" / "x.png"))
    assert pixels.dtype == np.uint8
    listed: list[list[int]] = pixels.tolist()
    return listed


def test_a_window_shows_bare_values(tmp_path: Path) -> None:
    assert shown(tmp_path, WINDOW) == SHOWN
    exact: Elements = {**WINDOW, "00281056": ("CS", ["LINEAR_EXACT"])}
    assert shown(tmp_path, exact)[0][2] == 128  # .5 of 255, to the even one
    several: Elements = {"00281050": ("DS", ["2000", "9"]), "00281051": ("DS", ["1000", "9"])}
    assert shown(tmp_path, several) == SHOWN
    assert shown(tmp_path, WINDOW, VALUES[:, :2]) == [row[:2] for row in SHOWN]


def test_a_negative_becomes_upright(tmp_path: Path) -> None:
    negative = [[255 - value for value in row] for row in SHOWN]
    negative[0][2] = 127
    assert shown(tmp_path, {**WINDOW, "00280004": ("CS", ["MONOCHROME1"])}) == negative
    assert shown(tmp_path, {**WINDOW, "20500020": ("CS", ["INVERSE"])}) == negative


def test_a_voi_lut_comes_before_a_window(tmp_path: Path) -> None:
    assert shown(tmp_path, {**WINDOW, **LUT}) == [[0, 0, 51], [255, 255, 255]]


def test_values_of_8_bits_are_shown_too(tmp_path: Path) -> None:
    narrow: Elements = {
        "00281050": ("DS", [50.5]),
        "00281051": ("DS", [101]),
        "00280101": ("US", [8]),
    }
    assert shown(tmp_path, narrow, np.array([[0, 50, 200]], np.uint8)) == [[0, 128, 255]]


@pytest.mark.filterwarnings("ignore:Invalid value for VR DS")
@pytest.mark.parametrize(
    ("elements", "why"),
    [
        ({}, "neither window nor VOI LUT"),
        ({**WINDOW, "00280004": ("CS", [])}, "whether white is high or low"),
        ({**WINDOW, "00280103": ("US", [1])}, "signed"),
        ({**WINDOW, "00281053": ("DS", [2.0])}, "to be rescaled"),
        ({**WINDOW, "00281052": ("DS", ["-1024"])}, "to be rescaled"),
        ({**WINDOW, "00280101": ("US", [10])}, "larger than its header"),
        ({**WINDOW, "00281050": ("DS", [9000.0])}, "in one gray"),
        ({**WINDOW, "00281051": ("DS", [0.0])}, "0 wide"),
        ({**WINDOW, "00281050": ("DS", ["wide"])}, "damaged"),
        ({**WINDOW, "00281052": ("DS", ["none"])}, "damaged"),
        ({"00283010": ("SQ", [{"00283002": {"vr": "US", "Value": [3, 0, 8]}}])}, "lacks its entr"),
    ],
)
def test_what_a_header_does_not_tell_is_refused(
    elements: Elements, why: str, tmp_path: Path
) -> None:
    with pytest.raises(PleuraError, match=why):
        shown(tmp_path, elements)
    assert not (tmp_path / "shown" / "x.png").exists()


def test_a_header_must_be_there_and_whole(tmp_path: Path) -> None:
    png = tmp_path / "x.png"
    xray(png, None)
    with pytest.raises(PleuraError, match="no header"):
        read_json_header(png)
    for text in ("{", "[]"):
        png.with_suffix(".json").write_text(text)
        with pytest.raises(PleuraError, match="damaged"):
            read_json_header(png)
    xray(png, WINDOW)
    png.write_bytes(png.read_bytes()[:40])
    with pytest.raises(PleuraError, match=r"truncated|damaged"):
        write_shown(png, read_json_header(png), tmp_path / "shown.png")
    colours = np.zeros((2, 2, 3), np.uint8)
    colours[0, 0, 0] = 9
    xray(png, WINDOW, colours)
    with pytest.raises(PleuraError, match="colours"):
        write_shown(png, read_json_header(png), tmp_path / "shown.png")
