from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks.clip_files import moving, write_gif, write_video
from benchmarks.dicom_files import write
from PIL import Image

from pleura.data.clips.expansion import TIMES, refuse_clips, with_frames
from pleura.data.clips.settings import Frames
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    write_video(tmp_path / "a.mp4", moving(12), rate=10)
    write_gif(tmp_path / "b.gif", moving(3))
    write_gif(tmp_path / "still.gif", moving(1))
    Image.fromarray(moving(1)[0]).save(tmp_path / "c.png")
    write(tmp_path / "d.dcm", moving(5), NumberOfFrames=5, FrameTime="1000")
    (tmp_path / "images.csv").write_text(
        "image,label,patient,video\na.mp4,x,1,\nb.gif,y,2,second\nstill.gif,x,3,\nc.png,y,3,\n"
        "d.dcm,x,4,\na.mp4::7,x,1,\n"
    )
    return read_manifest(tmp_path / "images.csv")


def test_a_row_of_a_clip_becomes_rows_of_its_frames(manifest: Manifest, tmp_path: Path) -> None:
    seen = with_frames(manifest, Frames(number=4), tmp_path)
    expected = [
        *("a.mp4::1", "a.mp4::4", "a.mp4::7", "a.mp4::10", "b.gif::0", "b.gif::1", "b.gif::2"),
        *("still.gif", "c.png", "d.dcm::0", "d.dcm::1", "d.dcm::3", "d.dcm::4", "a.mp4::7"),
    ]
    assert seen.names(range(len(seen))) == expected
    assert seen.table["video"].tolist() == [
        *["a.mp4"] * 4,
        *["second"] * 3,
        *["", ""],
        *["d.dcm"] * 4,
        "",
    ]
    assert seen.table["frame"].tolist()[:5] == ["1", "4", "7", "10", "0"]
    assert seen.groups.tolist() == [*"1111222", *"33", *"4444", "1"]
    assert seen.describe(5) == "row 3 (b.gif::1)"
    assert seen.single_labels.tolist() == [0] * 4 + [1] * 3 + [0, 1] + [0] * 5
    assert seen.notes[-1] == "3 clips seen by 11 frames: 4 of each, spread evenly"
    assert not seen.problems


def test_frames_by_time(manifest: Manifest, tmp_path: Path) -> None:
    seen = with_frames(manifest, Frames(per_second=2), tmp_path)
    of_a = [name for name in seen.names(range(len(seen))) if name.startswith("a.mp4")]
    assert of_a == ["a.mp4::0", "a.mp4::5", "a.mp4::10", "a.mp4::7"]
    assert seen.table["image"].str.contains("d.dcm").sum() == 5  # one a second


def test_clips_are_looked_through_once(
    manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = with_frames(manifest, Frames(number=4), tmp_path)
    assert (tmp_path / TIMES).is_file()
    monkeypatch.setattr("pleura.data.clips.expansion.frame_times", None)
    again = with_frames(manifest, Frames(number=4), tmp_path)
    assert again.table.equals(first.table)


def test_what_is_learned_of_a_clip_is_that_of_its_frames(
    manifest: Manifest, tmp_path: Path
) -> None:
    numbers = replace(manifest, targets=np.arange(6.0), number="score")
    seen = with_frames(numbers, Frames(number=2), tmp_path)
    assert seen.labels.tolist() == [0, 0, 1, 1, 2, 3, 4, 4, 5]


def test_a_clip_that_cannot_be_read_is_told_by_its_row(manifest: Manifest, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x18ftypisom nothing more")
    seen = with_frames(manifest, Frames(number=4), tmp_path)
    (problem,) = seen.problems
    assert problem.startswith("row 2 (a.mp4): damaged or truncated")
    assert len(seen) == 10
    (tmp_path / "a.mp4").unlink()
    seen = with_frames(manifest, Frames(number=4), tmp_path)
    assert seen.problems == ("row 2 (a.mp4): no such file",)


def test_without_frames_clips_are_refused_and_it_is_said_what_to_write(
    manifest: Manifest, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        refuse_clips(manifest, tmp_path)
    assert "3 rows of clips" in caught.value.heading
    assert "row 2 (a.mp4), row 3 (b.gif), row 6 (d.dcm)" in caught.value.heading
    assert "frames: {number: 8} (spread evenly) or frames: {per_second: 2}" in caught.value.heading
