"""Lines of letters in whole images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pleura.check import lettering
from pleura.check.lettering import KIND, find_lettering
from pleura.check.letters import lines_in
from pleura.check.run import check_table
from pleura.data.bank import build_bank
from pleura.data.manifest_file import read_manifest
from pleura.study.context import quiet
from tests.check.made_images import Cells, write_images

NAME = "SMITH, JOHN 1951"


def ground(width: int = 640, height: int = 400) -> Image.Image:
    """A smooth image with some noise."""
    y, x = np.mgrid[:height, :width]
    noise = np.random.default_rng(0).normal(0, 3, (height, width))
    gray = 90 + 40 * np.sin(x / 90) * np.cos(y / 70) + noise
    return Image.fromarray(gray.clip(0, 255).astype(np.uint8))


def lettered(image: Image.Image, text: str, at: tuple[int, int] = (20, 12)) -> Image.Image:
    image = image.copy()
    ImageDraw.Draw(image).text(at, text, fill=240, font_size=18)
    return image


def test_a_line_is_found_where_it_stands() -> None:
    assert len(lines_in(np.asarray(ground()))) == 0
    lines = lines_in(np.asarray(lettered(ground(), NAME, (300, 200))))
    assert len(lines) > 0
    assert (lines[:, :2] >= (298, 200)).all()
    assert (lines[:, 2:] <= (480, 225)).all()


def test_a_side_marker_and_a_ruler_are_no_text() -> None:
    assert len(lines_in(np.asarray(lettered(ground(), "R")))) == 0
    image = ground()
    draw = ImageDraw.Draw(image)
    for step in range(10):  # a column of ticks
        draw.line((600, 30 + 30 * step, 612, 30 + 30 * step), fill=240)
    assert len(lines_in(np.asarray(image))) == 0


def plain(number: int) -> Cells:
    return {"label": "ab"[number % 2]}


def test_what_stands_beside_the_middle_square_is_found_and_shown(tmp_path: Path) -> None:
    table = write_images(tmp_path, 8, plain)
    for row in (2, 5):
        lettered(ground(), NAME).save(tmp_path / f"i{row:02d}.png")
    ground().save(tmp_path / "i03.png")
    (tmp_path / "i07.png").write_bytes(b"no image")
    check = check_table(table, tmp_path / "out", size=32)
    [found] = [each for each in check.checked.findings if each.kind == KIND]
    assert (found.rows, found.leak) == ((2, 5), False)
    assert "in 2 of 7 images that were looked at whole, such as row 4 (i02.png)" in found.text
    assert len(found.crops) == 2
    assert found.crops[0].shape[0] < 60
    assert found.crops[0].max() > 200
    page = check.page.read_text()
    assert "Text in pixels" in page
    assert "looked at for letters: 7 whole images of 7, at 768 pixels" in page


def test_of_many_images_a_sample_and_of_a_clip_a_frame_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = write_images(tmp_path, 12, lambda i: {**plain(i), "video": "v" if i < 4 else ""})
    manifest = read_manifest(table)
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=32)
    assert "9 whole images of 9" in find_lettering(manifest, bank, quiet).told
    monkeypatch.setattr(lettering, "PIXELS", 5 * 40 * 40)
    asked: list[int] = []

    def none(gray: np.ndarray) -> np.ndarray:
        asked.append(len(gray))
        return np.zeros((0, 4), np.int64)

    monkeypatch.setattr(lettering, "lines_in", none)
    for _ in range(2):
        assert "5 whole images of 9" in find_lettering(manifest, bank, quiet).told
    assert len(asked) == 10
