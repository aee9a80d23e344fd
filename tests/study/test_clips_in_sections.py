"""A section of data whose table names clips."""

from pathlib import Path
from typing import Any

import pytest
from benchmarks.clip_files import write_video

from pleura.data.mask_bank import Masks
from pleura.errors import InputError
from pleura.study.context import quiet
from pleura.study.section_reader import Reader
from pleura.study.sections import Data
from tests.data.clips.test_sector import FAN, clip


def section(tmp_path: Path, **keys: Any) -> Data:
    frames, _ = clip(FAN)
    for number in range(2):
        write_video(tmp_path / f"{number}.mp4", frames[number:])
    (tmp_path / "images.csv").write_text("image,label,patient\n0.mp4,x,1\n1.mp4,y,2\n")
    return Data(manifest=tmp_path / "images.csv", size=32, same_image="merge", **keys)


def test_clips_need_frames(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"2 rows of clips.*Write under data how many of each"):
        Reader(tmp_path / "out", quiet, quiet).images(section(tmp_path))


def test_sectors_are_noted_and_have_no_masks(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "out", quiet, quiet)
    data = section(tmp_path, frames={"number": 3})
    manifest, bank = reader.unchecked(data)
    assert manifest.table["video"].tolist() == ["0.mp4"] * 3 + ["1.mp4"] * 3
    assert bank.info["sector"].tolist() == ["convex"] * 6
    with pytest.raises(InputError, match="sector: false"):
        reader.masks(manifest, Masks(structures={"lung": 255}), bank)
