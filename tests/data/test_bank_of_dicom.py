"""Banks of DICOM files are made anew where these would come out as other pixels."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.dicom_files import write
from PIL import Image

from pleura.data.bank import build_bank


@pytest.mark.parametrize("name", ["a.dcm", "1.2.840.7", "a.png"])
def test_another_way_to_read_dicom_is_another_key(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    if name.endswith("png"):
        Image.fromarray(pixels).save(tmp_path / name)
    else:
        write(tmp_path / name, pixels)

    def key() -> str:
        return build_bank([str(tmp_path / name)], tmp_path / "bank", size=8).key

    before = key()
    monkeypatch.setattr("pleura.data.readers.dicom.reader.VERSION", 99)
    assert (key() == before) == name.endswith("png")
