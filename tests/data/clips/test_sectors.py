from pathlib import Path

import numpy as np
from benchmarks.clip_files import write_video
from PIL import Image
from tests.data.clips.test_sector import BOX, FAN, clip

from pleura.data.bank import build_bank
from pleura.data.clips.notes import sector_note
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
