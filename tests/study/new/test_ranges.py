"""Black and white that files do not say are told by headers, and what that sets aside is said."""

from pathlib import Path

import numpy as np
from benchmarks.dicom_files import write

from pleura.data.depth import to_8_bits
from pleura.data.readers import read_image
from pleura.study.new.look import Look, look_at

RESCALED = {"RescaleSlope": "1", "RescaleIntercept": "-1024"}
WINDOW = {"WindowCenter": "510", "WindowWidth": "1020"}


def files(folder: Path, number: int, *, windows: int = 0, brightest: int = 4095) -> list[str]:
    """Rescaled files of 12 bits, of which one that no look of a dozen meets is the brightest, and
    files of 10 bits with a window."""
    rng = np.random.default_rng(0)
    for at in range(number):
        pixels = rng.integers(0, brightest if at == 7 else 3 * brightest // 4, (16, 16))
        write(folder / f"r{at:02}.dcm", pixels.astype(np.uint16), BitsStored=12, **RESCALED)
    for at in range(windows):
        pixels = rng.integers(0, 1024, (16, 16)).astype(np.uint16)
        write(folder / f"w{at:02}.dcm", pixels, BitsStored=10, **WINDOW)
    return [str(path) for path in sorted(folder.iterdir())]


def look(addresses: list[str]) -> Look:
    found = look_at(addresses, lambda done, total: None)
    for address in addresses:  # as the study that is written reads each of them
        to_8_bits(read_image(address), found.full_range)
    return found


def test_the_range_of_headers_holds_the_images_that_nobody_looked_at(tmp_path: Path) -> None:
    found = look(files(tmp_path, 40))
    assert found.full_range == (-1024.0, 3071.0)
    assert "40 of 40 images say not which values are black and white" in found.told
    assert "sets aside" not in found.told


def test_windows_that_a_range_sets_aside_are_counted(tmp_path: Path) -> None:
    found = look(files(tmp_path, 1, windows=39))
    assert found.full_range == (-1024.0, 3071.0)
    assert "1 of 40 images say not" in found.told
    assert "sets aside the window of the 39 images" in found.told


def test_windows_stay_where_all_files_have_one(tmp_path: Path) -> None:
    assert look(files(tmp_path, 0, windows=3)) == Look(16, None)


def test_many_images_are_looked_at_where_headers_allow_far_more(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for at in range(40):
        pixels = rng.integers(-1000, 2000 if at == 7 else 900, (16, 16)).astype(np.int16)
        write(tmp_path / f"{at:02}.dcm", pixels, BitsStored=16)
    found = look([str(path) for path in sorted(tmp_path.iterdir())])
    assert found.full_range is not None
    assert 1900 < found.full_range[1] < 2100
    assert "guessed by 40 images of 40" in found.told
