from pathlib import Path

import numpy as np
import pytest
from benchmarks.clip_files import moving, retime, write_gif, write_video
from benchmarks.dicom_files import write

from pleura.data.clips.times import frame_times, may_move
from pleura.errors import PleuraError


def test_a_clip_has_the_times_of_its_frames(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(4), rate=10)
    retime(path, [1, 5, 2, 1])
    np.testing.assert_allclose(frame_times(path), [0, 0.1, 0.6, 0.8], atol=1e-3)
    assert frame_times(write_gif(tmp_path / "a.gif", moving(3), 200)).tolist() == [0, 0.2, 0.4]


def test_a_dicom_file_says_how_long_each_frame_is_shown(tmp_path: Path) -> None:
    path, frames = tmp_path / "a.dcm", moving(4)
    write(path, frames, NumberOfFrames=4, FrameTime="40")
    np.testing.assert_allclose(frame_times(path), [0, 0.04, 0.08, 0.12])
    write(path, frames, NumberOfFrames=4, FrameTimeVector=[0, 40, 100, 20])
    np.testing.assert_allclose(frame_times(path), [0, 0.04, 0.14, 0.16])
    write(path, frames, NumberOfFrames=4, FrameTimeVector=[40, 40, 100, 20])
    np.testing.assert_allclose(frame_times(path), [0, 0.04, 0.14, 0.16])
    write(path, frames, NumberOfFrames=4, CineRate="20")
    np.testing.assert_allclose(frame_times(path), [0, 0.05, 0.1, 0.15])
    write(path, frames, NumberOfFrames=4)
    assert np.isnan(frame_times(path)).all()
    for slip in ("-40", "1e300"):
        write(path, frames, NumberOfFrames=4, FrameTime=slip)
        assert np.isnan(frame_times(path)).all()
    write(path, frames[0])
    assert frame_times(path).tolist() == [0]


def test_a_clip_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", moving(12))
    data = path.read_bytes()
    path.write_bytes(data[: int(0.8 * len(data))])
    with pytest.raises(PleuraError, match=r"truncated or damaged: . of its 12 frames"):
        frame_times(path)


def test_clips_and_dicom_may_move() -> None:
    names = ("a.MP4", "a.gif", "a.dcm", "a.png", "a.npz", "a")
    assert [may_move(Path(name)) for name in names] == [True, True, True, False, False, False]
