import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pleura.data import bank as bank_module
from pleura.data import readers
from pleura.data.bank import Bank, Fit, build_bank, to_square
from pleura.data.readers.decoded import Decoded, Numbers
from pleura.errors import InputError

SLOW_BUILD = """
import sys, time
from pathlib import Path
from pleura.data import bank
bank.BLOCK = 8
images = sys.argv[2].split(",")
bank.build_bank(images, Path(sys.argv[1]), size=8, workers=2, progress=lambda *_: time.sleep(0.01))
"""


def write_images(folder: Path, n: int) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0).integers(0, 256, (n, 12, 16), np.uint8)
    for number, pixels in enumerate(noise):
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return [str(folder / f"{number}.png") for number in range(n)]


def test_bank_holds_the_centred_square(tmp_path: Path) -> None:
    images = write_images(tmp_path / "images", 3)
    bank = build_bank(images, tmp_path / "bank", size=12)
    original = np.stack([np.asarray(Image.open(image)) for image in images])
    np.testing.assert_array_equal(bank.read(np.arange(3)), original[:, :, 2:14])
    assert list(bank.info["image"]) == images
    assert set(bank.info["width"]) == {16}
    assert set(bank.info["height"]) == {12}
    assert (len(bank), bank.folder.name) == (3, bank.key[:16])


def test_read_keeps_the_order_asked(tmp_path: Path) -> None:
    bank = build_bank(write_images(tmp_path / "images", 5), tmp_path / "bank", size=8)
    everything = bank.read(np.arange(5))
    rows = np.array([4, 0, 4, 2])
    np.testing.assert_array_equal(bank.read(rows), everything[rows])
    assert bank.read(np.array([])).shape == (0, 8, 8)
    with pytest.raises(IndexError):
        bank.read(np.array([5]))


def test_pad_keeps_the_whole_image_between_black_bars() -> None:
    pixels = np.full((40, 80), 200, np.uint8)
    square = to_square(pixels, 20, "pad")
    np.testing.assert_array_equal(square[5:15], 200)
    assert square[:5].max() == square[15:].max() == 0


@pytest.mark.parametrize("size", [16, 24, 50])
def test_reduction_averages_instead_of_picking(size: int) -> None:
    checkers = (np.indices((200, 200)).sum(axis=0) % 2 * 255).astype(np.uint8)
    square = to_square(checkers, size, "crop")
    np.testing.assert_allclose(square.astype(float), 127.5, atol=8)


def test_reduction_is_close_to_the_mean_over_areas() -> None:
    y, x = np.mgrid[:240, :240] / 240
    smooth = (127 + 60 * np.sin(9 * x) + 60 * np.cos(7 * y)).astype(np.uint8)
    square = to_square(smooth, 24, "crop")
    areas = smooth.reshape(24, 10, 24, 10).mean(axis=(1, 3))
    np.testing.assert_allclose(square[1:-1, 1:-1], areas[1:-1, 1:-1], atol=2)


def test_unreadable_images_are_recorded(tmp_path: Path) -> None:
    images = write_images(tmp_path / "images", 4)
    Path(images[1]).write_text("not an image")
    Path(images[2]).unlink()
    bank = build_bank(images, tmp_path / "bank", size=8)
    assert [bool(error) for error in bank.info["error"]] == [False, True, True, False]
    assert "neither PNG nor JPEG" in bank.info["error"][1]
    assert bank.info["error"][2] == "no such file"
    assert bank.read(np.array([1, 2])).max() == 0


class Raw:
    """Reads `.raw` files, of 12 x 16 bytes."""

    suffixes = (".raw",)
    many_images = False

    def read(self, path: Path, member: str | None, at_least: int | None) -> Decoded:
        return Decoded(np.fromfile(path, np.uint8).reshape(12, 16), 16, 12, 8)

    def read_numbers(self, path: Path, member: str | None) -> Numbers:
        raise NotImplementedError


@pytest.mark.parametrize("block", [2, bank_module.BLOCK])
def test_an_image_is_tried_again_by_a_reader_that_came_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(bank_module, "BLOCK", block)
    images = write_images(tmp_path / "images", 5)
    raw = tmp_path / "images" / "3.raw"
    raw.write_bytes(np.asarray(Image.open(images[3])).tobytes())
    mixed = [*images[:3], str(raw), images[4]]
    before = build_bank(mixed, tmp_path / "bank", size=8)
    assert "no reader for '.raw'" in before.info["error"][3]

    monkeypatch.setattr(readers, "READERS", (*readers.READERS, Raw()))
    tried: list[tuple[int, int]] = []
    after = build_bank(mixed, tmp_path / "bank", size=8, progress=lambda *at: tried.append(at))
    assert tried == [(4, 5)]
    expected = build_bank(images, tmp_path / "other", size=8)
    np.testing.assert_array_equal(after.read(np.arange(5)), expected.read(np.arange(5)))
    assert list(after.info["digest"]) == list(expected.info["digest"])
    # What was made of the bank as it was, such as masks, is not taken for this one's.
    assert after.key != before.key
    assert after.key == build_bank(mixed, tmp_path / "afresh", size=8).key
    assert sorted(path.name for path in after.folder.iterdir()) == ["bank.json", "pixels.u8"]


def test_an_image_is_tried_again_under_another_name(tmp_path: Path) -> None:
    images = write_images(tmp_path / "images", 2)
    odd = Path(images[1]).rename(tmp_path / "images" / "1.odd")
    assert build_bank([images[0], str(odd)], tmp_path / "bank", size=8).info["error"][1]
    odd.rename(images[1])
    assert not build_bank(images, tmp_path / "bank", size=8).info["error"].any()


def test_a_bank_whose_images_were_all_read_is_not_touched(tmp_path: Path) -> None:
    images = write_images(tmp_path / "images", 3)
    files = sorted(build_bank(images, tmp_path / "bank", size=8).folder.iterdir())
    stamps = [path.stat().st_mtime_ns for path in files]
    build_bank(images, tmp_path / "bank", size=8)
    assert [path.stat().st_mtime_ns for path in files] == stamps


def test_a_block_with_a_refusal_is_tried_again_after_a_build_was_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = write_images(tmp_path / "images", 6)
    monkeypatch.setattr(bank_module, "BLOCK", 2)
    odd = Path(images[1]).rename(tmp_path / "images" / "1.odd")

    def stop(done: int, _: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_bank([images[0], str(odd), *images[2:]], tmp_path / "bank", size=8, progress=stop)
    odd.rename(images[1])
    tried: list[tuple[int, int]] = []
    bank = build_bank(images, tmp_path / "bank", size=8, progress=lambda *at: tried.append(at))
    assert [row for row, _ in tried] == [2, 3, 4, 5, 6]
    assert not bank.info["error"].any()


def test_no_images_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no images"):
        build_bank([], tmp_path, size=8)


def test_key_follows_contents_order_size_and_fit(tmp_path: Path) -> None:
    images = write_images(tmp_path / "images", 3)

    def key(addresses: list[str], size: int = 8, fit: Fit = "crop") -> str:
        return build_bank(addresses, tmp_path / "bank", size=size, fit=fit).key

    keys = [key(images), key(images[::-1]), key(images, 9), key(images, 8, "pad"), key(images[:2])]
    elsewhere = key(write_images(tmp_path / "elsewhere", 3))
    Path(images[0]).write_bytes(Path(images[1]).read_bytes())
    assert len({*keys, key(images)}) == 6
    assert elsewhere == keys[0]


def test_second_start_decodes_and_hashes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = write_images(tmp_path / "images", 3)
    first = build_bank(images, tmp_path / "bank", size=8)
    monkeypatch.delattr(bank_module, "read_in_turn")
    monkeypatch.delattr(bank_module, "digest_file")
    second = build_bank(images, tmp_path / "bank", size=8)
    pd.testing.assert_frame_equal(first.info, second.info)


def test_another_file_of_the_same_size_and_time_is_seen(tmp_path: Path) -> None:
    image = tmp_path / "a.tif"  # not compressed: its size says nothing of its pixels
    banks = []
    for gray in (10, 200):
        Image.fromarray(np.full((8, 8), gray, np.uint8)).save(image)
        os.utime(image, ns=(0, 0))
        banks.append(build_bank([str(image)], tmp_path / "bank", size=8))
    assert banks[0].key != banks[1].key
    assert banks[1].read(np.array([0])).min() == 200


def test_progress_ends_at_all(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    images = write_images(tmp_path / "images", 3)
    build_bank(images, tmp_path / "bank", size=8, progress=lambda *at: seen.append(at))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_killed_build_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = write_images(tmp_path / "images", 96)
    command = [sys.executable, "-c", SLOW_BUILD, str(tmp_path / "bank"), ",".join(images)]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 30
    while len(list((tmp_path / "bank").glob("*/blocks/[0-9]*.json"))) < 3:
        assert process.poll() is None, "the build ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert not list((tmp_path / "bank").glob("*/bank.json"))
    finished = len(list((tmp_path / "bank").glob("*/blocks/[0-9]*.json")))

    monkeypatch.setattr(bank_module, "BLOCK", 8)
    decoded: list[tuple[int, int]] = []
    resumed = build_bank(images, tmp_path / "bank", size=8, progress=lambda *at: decoded.append(at))
    fresh = build_bank(images, tmp_path / "fresh", size=8)
    assert 3 <= finished < 12
    assert len(decoded) == 96 - 8 * finished
    np.testing.assert_array_equal(resumed.read(np.arange(96)), fresh.read(np.arange(96)))
    pd.testing.assert_frame_equal(resumed.info, fresh.info)
    left = sorted(path.name for path in resumed.folder.iterdir())
    assert left == ["bank.json", "pixels.u8"]


def test_marks_without_their_pixels_are_not_believed(tmp_path: Path) -> None:
    images = write_images(tmp_path / "images", 3)
    whole = build_bank(images, tmp_path / "bank", size=8)
    expected = whole.read(np.arange(3))
    entries = json.loads((whole.folder / "bank.json").read_text())["images"]
    (whole.folder / "blocks").mkdir()
    (whole.folder / "blocks" / "0.json").write_text(json.dumps({"images": entries}))
    (whole.folder / "pixels.u8").write_bytes(b"half")
    again = build_bank(images, tmp_path / "bank", size=8)
    np.testing.assert_array_equal(again.read(np.arange(3)), expected)


def test_resident_memory_does_not_grow_with_the_bank(tmp_path: Path) -> None:
    status = Path("/proc/self/status")
    if not status.is_file():
        pytest.skip("needs /proc to see resident memory")

    def resident() -> int:
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS"))

    n, size = 4000, 256
    with (tmp_path / "pixels.u8").open("wb") as file:
        file.truncate(n * size * size)
    bank = Bank(tmp_path, "", size, "crop", pd.DataFrame(index=range(n)))
    bank.read(np.arange(32))
    before = resident()
    for first in range(0, n, 32):
        bank.read(np.arange(first, first + 32))
    assert resident() - before < 30 << 20 < n * size * size
