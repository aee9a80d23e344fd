"""Pictures of suspects."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from pleura.data.audit.pictures import GAP, MOST, patients_first, side_by_side
from pleura.data.bank import build_bank


def test_an_image_of_each_patient_comes_first() -> None:
    patients = np.array(["a", "a", "b", "a", "c"])
    assert patients_first((0, 1, 2, 3, 4), patients) == (0, 2, 4, 1, 3)
    assert patients_first((3, 1), patients) == (3, 1)


def test_the_first_images_stand_side_by_side(tmp_path: Path) -> None:
    names = [str(tmp_path / f"{number}.png") for number in range(MOST + 1)]
    for number, name in enumerate(names):
        Image.fromarray(np.full((32, 32), 40 * number, np.uint8)).save(name)
    bank = build_bank(names, tmp_path / "bank", size=32)
    with Image.open(io.BytesIO(side_by_side(bank, (1, 0, 2, 3, 4), "png"))) as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (32, MOST * 32 + (MOST - 1) * GAP)
    assert pixels[0, [0, 32, 32 + GAP]].tolist() == [40, 255, 0]
