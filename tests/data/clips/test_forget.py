"""Nothing stays of clips that were read, where somebody wants so."""

import contextlib
from pathlib import Path

import numpy as np
from PIL import Image

from pleura.data.clips.forget import forget_files
from pleura.data.clips.sectors import sector_of
from pleura.data.clips.times import frame_count
from pleura.data.readers import read_image


def opened(path: Path) -> int:
    """How many times this process holds a file open."""
    held = 0
    for number in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the one that lists them is gone
            held += number.readlink() == path
    return held


def test_files_are_closed_and_counted_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    frames = np.random.default_rng(0).integers(0, 255, (5, 40, 40), dtype=np.uint8)
    first, *others = (Image.fromarray(frame) for frame in frames)
    first.save(path, save_all=True, append_images=others)
    pixels = read_image(f"{path}::1").pixels
    sector_of(f"{path}::1", pixels, None)
    assert frame_count(path) == 5
    assert opened(path) > 0
    forget_files()
    assert opened(path) == 0
    path.unlink()
    assert not path.exists()
    forget_files()  # twice does no harm
