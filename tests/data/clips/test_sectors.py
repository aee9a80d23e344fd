from pathlib import Path

import numpy as np
import pytest
from benchmarks.clip_files import write_video
from PIL import Image
from tests.data.clips.test_sector import BOX, FAN, clip

from pleura.data.bank import build_bank
from pleura.data.clips.notes import sector_note
from pleura.data.clips.times import frame_times
from pleura.data.readers import in_order
from pleura.data.readers.clips.opening import open_footage
from pleura.deploy.decoding import decode_for


def test_a_bank_and_a_model_have_the_sector_of_each_image_alone(tmp_path: Path) -> None:
    fan, _ = clip(FAN)
    box, _ = clip(BOX)
    moving = write_video(tmp_path / "a.mov", fan, coding="png ")
    Image.fromarray(box[0]).save(tmp_path / "b.png")
    Image.fromarray(np.zeros_like(box[0])).save(tmp_path / "c.png")
    images = [f"{moving}::3", f"{moving}::9", str(tmp_path / "b.png"), str(tmp_path / "c.png")]
    whole = build_bank(images, tmp_path / "bank", size=64)
    bank = build_bank(images, tmp_path / "bank", size=64, sector=True)
    assert bank.key != whole.key
    assert whole.info["sector"].tolist() == [""] * 4
    assert bank.info["sector"].tolist() == ["convex", "convex", "linear (still)", "none"]
    pixels = bank.read(np.arange(4))
    assert pixels[0].max() < 160  # the letters of 255 are gone
    assert pixels[2].mean() > 1.8 * whole.read(np.array([2]))[0].mean()
    card = {"size": 64, "fit": "crop", "full_range": None, "frames": {"number": 2, "sector": True}}
    for image, square in zip(images, pixels, strict=True):
        np.testing.assert_array_equal(decode_for(card, image)[1], square)
    (note,) = sector_note(bank.info)
    assert "(2 convex and 1 linear)" in note
    assert "in 2 images of clips it is found by what moves" in note
    assert "in 1 still it is" in note
    assert note.endswith("shown whole, since none is found: 1")
    assert sector_note(whole.info) == ()


@pytest.mark.parametrize(("kept", "openings"), [(in_order.KEPT, 2), (20_000, 3)])
def test_a_clip_is_decoded_once_for_its_sector_and_its_frames(
    kept: int, openings: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once more before, to learn how many frames it has; and where its frames are too large to be
    kept, once more after."""
    frames, _ = clip(FAN)
    path = write_video(tmp_path / "a.mov", frames, coding="png ")
    images = [f"{path}::{number}" for number in (1, 4, 9)]
    alone = [build_bank([image], tmp_path / "alone", size=64, sector=True) for image in images]
    opened = []

    def counting(path: Path) -> object:
        opened.append(path)
        return open_footage(path)

    for module in ("pleura.data.clips.times", "pleura.data.readers.clips.reader"):
        monkeypatch.setattr(f"{module}.open_footage", counting)
    monkeypatch.setattr(in_order, "KEPT", kept)
    again = write_video(tmp_path / "b.mov", frames, coding="png ")
    frame_times(again)
    images = [f"{again}::{number}" for number in (1, 4, 9)]
    bank = build_bank(images, tmp_path / "bank", size=64, sector=True)
    assert len(opened) == openings
    for row, one in enumerate(alone):
        np.testing.assert_array_equal(bank.read(np.array([row])), one.read(np.array([0])))


def test_what_is_wrong_with_a_frame_is_told_in_its_turn(tmp_path: Path) -> None:
    frames, _ = clip(FAN)
    path = write_video(tmp_path / "a.mov", frames, coding="png ")
    last = len(frames)
    images = [f"{path}::2", f"{path}::{last}", f"{path}::x", f"{tmp_path / 'none.mp4'}::1"]
    errors = build_bank(images, tmp_path / "bank", size=64, sector=True).info["error"]
    assert errors[0] == ""
    assert errors[1] == f"has {last} frames, counted from 0, so no number {last}"
    assert errors[2] == "'x' is no number of a frame; frames are counted from 0"
    assert errors[3] == "no such file"
