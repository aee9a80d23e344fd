"""What is made of a source's files is whole or absent, wherever a download is killed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.data.sources.layouts import BUILDERS

from pleura.data.sources.get import get_source
from pleura.data.sources.listed import SOURCES
from pleura.data.sources.png import write_png

MADE = ("jsrt", "siim-acr", "montgomery", "bimcv-covid19")  # whose images or masks pleura makes


class Killed(BaseException):
    """No error that a program handles."""


def made(folder: Path) -> dict[Path, bytes]:
    """The images of a folder as they are stored."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.png")}


def test_these_are_all_that_make_images(tmp_path: Path) -> None:
    for name, build in BUILDERS.items():
        (tmp_path / "copy" / name).mkdir(parents=True)
        build(tmp_path / "copy" / name)
        get_source(SOURCES[name], tmp_path / "data" / name, tmp_path / "copy" / name)
    assert {name for name in BUILDERS if made(tmp_path / "data" / name)} == {*MADE}


@pytest.mark.parametrize("name", MADE)
def test_a_second_start_makes_what_the_first_was_killed_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "copy").mkdir()
    BUILDERS[name](tmp_path / "copy")
    get_source(SOURCES[name], tmp_path / "whole", tmp_path / "copy")
    whole = made(tmp_path / "whole")
    save, calls = Image.Image.save, 0

    def killed(image: Image.Image, to: Any, *args: Any, **options: Any) -> None:
        nonlocal calls
        calls += 1
        save(image, to, *args, **options)
        if calls == len(whole):
            Path(to).write_bytes(Path(to).read_bytes()[:20])
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Image.Image, "save", killed)
        get_source(SOURCES[name], tmp_path / "data", tmp_path / "copy")
    before = made(tmp_path / "data")
    assert before.items() <= whole.items()
    assert len(before) < len(whole)
    get_source(SOURCES[name], tmp_path / "data", tmp_path / "copy")
    assert made(tmp_path / "data") == whole


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("fast", [False, True])
def test_pixels_come_back(tmp_path: Path, kind: Any, fast: bool) -> None:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(kind).max, (5, 7), kind)
    write_png(tmp_path / "deep" / "a.png", pixels, fast=fast)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "deep" / "a.png")), pixels)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.png"]
