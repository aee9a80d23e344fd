from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import get_ident
from time import sleep

import numpy as np
import pytest
from benchmarks.dicom_files import write
from PIL import Image

from pleura.data.readers import ReadError
from pleura.data.readers.in_order import in_threads, made_once, read_in_turn, reading_once


def test_the_frames_of_a_clip_are_read_by_one_thread_in_order() -> None:
    images = ["a.png", "b.mp4::0", "b.mp4::3", "c.gif::1", "d.npz::x::1", "d.npz::x::2", "b.mp4::9"]
    began: list[str] = []

    def read(image: str) -> tuple[str, int]:
        began.append(image)
        sleep(0.02)
        return image, get_ident()

    with ThreadPoolExecutor(4) as pool:
        results = list(in_threads(pool, read, images))
    assert [image for image, _ in results] == images
    threads = [thread for _, thread in results]
    assert threads[1] == threads[2]
    assert began.index("b.mp4::0") < began.index("b.mp4::3")
    assert len(set(threads)) > 1


def test_what_is_asked_twice_is_read_once(tmp_path: Path) -> None:
    address = write(tmp_path / "a.dcm", np.arange(64, dtype=np.uint8).reshape(8, 8))
    (tmp_path / "b.png").write_bytes(b"no image")
    with reading_once():
        first = read_in_turn(address, 4)
        (tmp_path / "a.dcm").unlink()
        assert read_in_turn(address, 8) is first
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "b.png")
        other = read_in_turn(str(tmp_path / "b.png"))
        assert read_in_turn(str(tmp_path / "b.png")) is not other  # may be read smaller
    with pytest.raises(ReadError):
        read_in_turn(address)


def test_what_is_made_of_an_image_that_is_kept_is_made_once(tmp_path: Path) -> None:
    address = write(tmp_path / "a.dcm", np.arange(64, dtype=np.uint8).reshape(8, 8))
    made: list[str] = []

    def make(how: str) -> int:
        made.append(how)
        return len(made)

    with reading_once():
        image = read_in_turn(address)
        assert made_once(image, "bits", lambda: make("bits")) == 1
        assert made_once(image, "range", lambda: make("range")) == 2
        assert made_once(image, "bits", lambda: make("bits")) == 1
    assert made_once(image, "bits", lambda: make("bits")) == 3  # no longer kept
