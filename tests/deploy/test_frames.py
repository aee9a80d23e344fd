from pathlib import Path

import numpy as np
import pytest
from benchmarks.clip_files import moving, write_gif, write_video

from pleura.data.readers import ReadError
from pleura.deploy.frames import frames_of, of_clips


def test_a_model_sees_the_frames_of_a_clip_that_its_study_saw(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(12))
    card = {"frames": {"number": 3, "sector": True}}
    assert frames_of(str(path), card) == [f"{path}::{number}" for number in (2, 6, 10)]
    assert frames_of(f"{path}::5", card) == [f"{path}::5"]
    still = write_gif(tmp_path / "b.gif", moving(1))
    assert frames_of(still, card) == [still]
    with pytest.raises(ReadError, match=r"none\.mp4: no such file"):
        frames_of(tmp_path / "none.mp4", card)
    array = moving(1)[0]
    assert frames_of(array, card)[0] is array


def test_a_model_of_a_study_without_clips_takes_single_frames_alone(tmp_path: Path) -> None:
    path = write_gif(tmp_path / "a.gif", moving(12))
    with pytest.raises(ReadError, match=r"a\.gif: a clip of 12 frames.*a\.gif::0 to .*a\.gif::11"):
        frames_of(path, {"frames": None})


def test_a_clip_has_the_mean_of_its_frames() -> None:
    probabilities = np.array([[0.2, 0.8], [0.4, 0.6], [1.0, 0.0], [0.6, 0.4]])
    means, distances = of_clips(probabilities, np.array([0.5, 0.7, 3.0, 0.1]), [1, 3])
    np.testing.assert_allclose(means, [[0.2, 0.8], [2 / 3, 1 / 3]])
    np.testing.assert_allclose(distances, [0.5, 0.7])
