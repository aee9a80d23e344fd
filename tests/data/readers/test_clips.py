import csv
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from benchmarks.clip_files import FOURCC, moving, retime, turn, write_gif, write_video
from numpy.typing import NDArray
from tests.data.readers.contract import ReaderContract

from pleura.data.readers import ReadError, read_image, read_numbers
from pleura.data.readers.clips import DescribedClip, describe_clip, footage
from pleura.data.readers.clips.coded_sizes import VP8_KEY_FRAME
from pleura.data.readers.clips.opening import open_footage
from pleura.data.readers.clips.reader import ClipReader
from pleura.errors import InputError

ENDINGS = (*FOURCC, ".gif")


class TestVideo(ReaderContract):
    reader = ClipReader()
    suffix = ".mov"

    def write(self, path: Path, pixels: NDArray[np.uint8]) -> str:
        return str(write_video(path, pixels[None], coding="png "))


class TestGif(ReaderContract):
    reader = ClipReader()
    suffix = ".gif"

    def write(self, path: Path, pixels: NDArray[np.uint8]) -> str:
        return str(write_gif(path, pixels[None]))


def write(path: Path, frames: NDArray[np.uint8]) -> Path:
    return write_gif(path, frames) if path.suffix == ".gif" else write_video(path, frames)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_frame_is_the_same_alone_and_in_sequence(ending: str, tmp_path: Path) -> None:
    frames = moving(12)
    path = write(tmp_path / f"a{ending}", frames)
    sequence = [read_image(f"{path}::{number}").pixels for number in range(12)]
    for number in (7, 3, 11, 0):
        alone = ClipReader().read(path, str(number), None).pixels
        np.testing.assert_array_equal(alone, sequence[number])
        np.testing.assert_array_equal(read_image(f"{path}::{number}").pixels, alone)
    for number, pixels in enumerate(sequence):
        # Levels of neighbours are 14 apart.
        assert abs(float(pixels.mean()) - float(frames[number].mean())) < 3
    with pytest.raises(ReadError, match=r"a\..*: has 12 frames, counted from 0, so no number 12"):
        read_image(f"{path}::12")


def test_frames_in_order_are_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_video(tmp_path / "a.mp4", moving(12))
    opened = []

    def counting(path: Path) -> Any:
        opened.append(path)
        return open_footage(path)

    monkeypatch.setattr("pleura.data.readers.clips.reader.open_footage", counting)
    reader = ClipReader()
    for number in (0, 4, 4, 9):
        reader.read(path, str(number), None)
    assert len(opened) == 1
    reader.read(path, "3", None)
    assert len(opened) == 2


def test_several_threads_read_one_clip(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(12))
    expected = [read_image(f"{path}::{number}").pixels for number in range(12)]
    wrong = []

    def read(seed: int) -> None:
        for number in np.random.default_rng(seed).permutation(12):
            if not np.array_equal(read_image(f"{path}::{number}").pixels, expected[number]):
                wrong.append(number)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_rewritten_clip_is_read_again(tmp_path: Path) -> None:
    path = write_gif(tmp_path / "a.gif", moving(3))
    first = read_image(f"{path}::1").pixels
    write_gif(path, 255 - moving(3))
    np.testing.assert_array_equal(read_image(f"{path}::1").pixels, 255 - first)


def test_a_clip_that_is_shown_turned_is_read_upright(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", np.repeat(moving(1), 2, axis=0))
    lying = read_image(f"{path}::0").pixels
    turn(path)
    assert describe_clip(path) == DescribedClip(2, 0.08, 48, 64)
    image = read_image(f"{path}::0")
    assert (image.width, image.height) == (48, 64)
    np.testing.assert_array_equal(image.pixels, np.rot90(lying, -1))


def times_of(path: Path) -> list[float]:
    clip, times = open_footage(path), []
    while clip.advance():
        times.append(clip.seconds)
    return times


def test_each_frame_has_the_time_at_which_it_is_shown(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(4), rate=10)
    np.testing.assert_allclose(times_of(path), [0, 0.1, 0.2, 0.3], atol=1e-3)
    retime(path, [1, 5, 2, 1])
    np.testing.assert_allclose(times_of(path), [0, 0.1, 0.6, 0.8], atol=1e-3)
    path = write_gif(tmp_path / "a.gif", moving(4), [100, 300, 0, 50])
    np.testing.assert_allclose(times_of(path), [0, 0.1, 0.4, 0.5], atol=1e-9)


def test_a_header_tells_of_a_clip_what_it_counts(tmp_path: Path) -> None:
    frames = moving(10)
    for ending in (".mp4", ".mov", ".avi"):
        told = describe_clip(write_video(tmp_path / f"a{ending}", frames))
        assert told == DescribedClip(10, 0.4, 64, 48)
    for ending in (".webm", ".mpeg"):
        told = describe_clip(write_video(tmp_path / f"a{ending}", frames))
        assert (told.frames, told.width, told.height) == (None, 64, 48)
    assert describe_clip(write_gif(tmp_path / "a.gif", frames)) == DescribedClip(10, None, 64, 48)
    with pytest.raises(InputError, match=r"none\.mp4"):
        describe_clip(tmp_path / "none.mp4")


def test_a_clip_without_a_number_must_have_one_frame(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", moving(3))
    with pytest.raises(ReadError, match=r"which of its 3 frames.*frames: \{number: 8\}"):
        read_image(str(path))
    with pytest.raises(ReadError, match="'x' is no number of a frame"):
        read_image(f"{path}::x")
    with pytest.raises(ReadError, match="save each frame as a PNG"):
        read_numbers(f"{path}::0")


def test_too_many_frames_are_refused_by_the_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footage, "MAX_FRAMES", 5)
    with pytest.raises(InputError, match="12 frames; 5 are read at most"):
        describe_clip(write_video(tmp_path / "a.mp4", moving(12)))
    path = write_gif(tmp_path / "a.gif", moving(12))
    assert read_image(f"{path}::4").width == 64
    with pytest.raises(ReadError, match="6 frames; 5 are read at most"):
        read_image(f"{path}::5")


@pytest.mark.parametrize("coding", ["PIM1", "MPG2"])
def test_frames_that_change_their_size_are_refused(coding: str, tmp_path: Path) -> None:
    """OpenCV would cut them, or fill them up."""
    parts = [moving(4), moving(4, height=96)]
    written = [
        write_video(tmp_path / f"{number}.mpeg", part, coding=coding)
        for number, part in enumerate(parts)
    ]
    path = tmp_path / "both.mpeg"
    path.write_bytes(b"".join(part.read_bytes() for part in written))
    for number in (0, 6):
        with pytest.raises(ReadError, match="change their size, from 64 x 48 to 64 x 96 pixels"):
            read_image(f"{path}::{number}")
    with pytest.raises(InputError, match=r"both\.mpeg: its frames change their size"):
        describe_clip(path)
    path.write_bytes(written[0].read_bytes() * 2)
    assert read_image(f"{path}::6").pixels.shape == (48, 64)


def test_so_are_key_frames_of_another_size(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.webm", moving(40))
    assert read_image(f"{path}::39").pixels.shape == (48, 64)
    first, *others = path.read_bytes().split(VP8_KEY_FRAME)
    assert len(others) > 1
    others[-1] = (32).to_bytes(2, "little") + others[-1][2:]
    path.write_bytes(VP8_KEY_FRAME.join([first, *others]))
    with pytest.raises(ReadError, match="change their size, from 64 x 48 to 32 x 48 pixels"):
        read_image(f"{path}::0")


def test_what_is_cut_off_is_told(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", moving(12))
    data = path.read_bytes()
    path.write_bytes(data[: int(0.8 * len(data))])
    with pytest.raises(ReadError, match=r"truncated or damaged: . of its 12 frames can be read"):
        read_image(f"{path}::11")


def test_a_name_with_a_colon_is_no_address_of_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_video(tmp_path / "a.avi", moving(3)).rename(tmp_path / "http:a.avi")
    monkeypatch.chdir(tmp_path)
    assert read_image("http:a.avi::1").height == read_image(f"{tmp_path / 'http:a.avi'}::1").height


def test_a_playlist_is_no_clip(tmp_path: Path) -> None:
    """FFmpeg would follow it to other files."""
    (tmp_path / "a.mp4").write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n")
    with pytest.raises(ReadError, match="no clip"):
        read_image(f"{tmp_path / 'a.mp4'}::0")


def test_real_clips_give_the_frames_that_others_took_out_of_them(shared_data: Path) -> None:
    folder = shared_data / "lung_ultrasound"
    with (folder / "frames.csv").open(encoding="utf-8") as file:
        taken = {row["video_id"]: row for row in csv.DictReader(file) if row["frame"] != "0"}
    clips = sorted((folder / "clips").iterdir())
    assert len(clips) == 36
    for clip in clips:
        row = taken[clip.stem]
        frame = read_image(f"{clip}::{row['frame']}").pixels
        picture = read_image(str(folder / row["file"])).pixels
        both = [cv2.resize(each, (64, 64)).ravel() for each in (frame, picture)]
        assert np.asarray(np.corrcoef(both))[0, 1] > 0.995, clip.name
