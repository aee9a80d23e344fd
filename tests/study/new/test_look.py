"""A look at a few images says how large they are and whether black and white are known."""

from pathlib import Path

import numpy as np
from PIL import Image

from pleura.study.new.look import IMAGES, look_at


def test_size_and_range_are_those_of_the_images(tmp_path: Path) -> None:
    addresses = []
    for number in range(30):
        pixels = np.full((20, 30), 100, np.uint16)
        pixels[::2] = 3000  # 12 bits in a file of 16
        address = str(tmp_path / f"{number}.png")
        Image.fromarray(pixels if number % 2 else pixels.astype(np.uint8)).save(address)
        addresses.append(address)
    looked: list[tuple[int, int]] = []
    look = look_at(addresses, lambda done, total: looked.append((done, total)))
    assert (look.side, look.full_range) == (20, (0.0, 4095.0))
    assert "guessed by 30 images of 30" in look.told
    assert (IMAGES, IMAGES) in looked
    assert look_at(addresses[:1], lambda done, total: None).full_range is None
