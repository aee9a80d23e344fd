"""Images whose black and white nobody knows: one finding, with what to say."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.dicom_files import write

from pleura.check import run
from pleura.check.run import STOPPED, check_table
from pleura.check.unfit import NO_RANGE
from pleura.errors import InputError
from tests.check.made_images import noise, write_images


@pytest.fixture(autouse=True)
def _no_detectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "DETECTORS", ())


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Ten images, of which the first four are CT as scanners write it: rescaled, no window."""
    table = write_images(tmp_path, 10, lambda i: {"label": "ab"[i % 2]})
    for number in range(4):
        pixels = noise(number).astype(np.uint16) * 16
        write(
            tmp_path / f"i{number:02d}.dcm",
            pixels,
            BitsStored=12,
            RescaleSlope="1",
            RescaleIntercept="-1024",
        )
        table.write_text(table.read_text().replace(f"i{number:02d}.png", f"i{number:02d}.dcm"))
    return table


def test_images_without_black_and_white_are_one_finding_that_a_range_mends(table: Path) -> None:
    check = check_table(table, table.parent / "out", size=32)
    [found] = check.checked.findings
    assert (found.kind, found.rows, found.leak) == (NO_RANGE, (0, 1, 2, 3), True)
    assert check.exit_code == STOPPED
    assert "4 images could not be looked at, such as row 2 (i00.dcm): values from" in found.text
    assert "full_range: [" in found.text and "--full-range -1" in found.text
    assert "Not looked at: 4 images whose black and white are not known" in str(check)
    page = check.page.read_text()
    assert "No setting mends" not in page
    assert "full_range under data: says what is black and white" in page
    assert "looked at for letters: 6 whole images of 6" in page
    ranged = check_table(table, table.parent / "out", full_range=(-1024, 3071), size=32)
    assert ranged.checked.findings == []
    assert "looked at for letters: 10 whole images of 10" in ranged.page.read_text()
    assert ranged.exit_code == 0


def test_black_is_the_smaller_value(table: Path) -> None:
    with pytest.raises(InputError, match="black comes first"):
        check_table(table, table.parent / "out", full_range=(4095, 0), size=32)


def test_what_a_study_file_says_is_changed_there(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").touch()
    with pytest.raises(InputError, match=r"under data(.|\n)*--column(.|\n)*--full-range"):
        check_table(
            tmp_path / "study.yaml",
            tmp_path / "out",
            columns={"image": "file"},
            full_range=(0, 4095),
        )


def test_images_of_fewer_bits_than_their_files_hold_are_told(tmp_path: Path) -> None:
    from PIL import Image

    table = write_images(tmp_path, 6, lambda i: {"label": "ab"[i % 2]})
    for number in range(6):
        deep = noise(number).astype(np.uint16) * 40  # to 10,200 of 65,535
        Image.fromarray(deep).save(tmp_path / f"i{number:02d}.png")
    [found] = check_table(table, tmp_path / "out", size=32).checked.findings
    assert (found.kind, found.rows) == (NO_RANGE, tuple(range(6)))
    assert "probably have fewer bits" in found.text and "--full-range 0 16383" in found.text
