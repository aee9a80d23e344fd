"""Which images of two studies are the same."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleura.compare.comparison import compare_studies
from pleura.compare.images import same_images
from pleura.compare.studies import read_pair
from pleura.data.bank import build_bank
from tests.compare.made import patients, predictions, write_study

SIZE = 48


def with_images(folder: Path, names: list[str], numbers: list[int], ending: str) -> Path:
    """A study of two images a patient, of shapes that hang on the numbers of the patients."""
    table = predictions(names)
    table["image"] = table["image"].str.replace(".png", ending)
    data = {"manifest": str(folder / "images.csv"), "size": SIZE}
    study = write_study(folder / "run", table, content=None, data=data)
    images = []
    for name, number in zip(names, numbers, strict=True):
        for view in (0, 1):
            coarse = np.random.default_rng([number, view]).integers(0, 255, (8, 8), dtype=np.uint8)
            path = folder / f"{name}_{view}{ending}"
            picture = Image.fromarray(coarse).resize((96, 96), Image.Resampling.BICUBIC)
            picture.save(path, quality=60)
            images.append(str(path))
    build_bank(images, study / "bank", size=SIZE)
    return study


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    numbers = list(range(6))
    return with_images(tmp_path_factory.mktemp("one"), patients(0, 6), numbers, ".png")


def test_files_that_were_moved_are_the_same(one: Path, tmp_path: Path) -> None:
    two = with_images(tmp_path, patients(20, 26), [3, 2, 1, 0, 8, 9], ".png")
    names = [predictions(patients(*ends))["image"] for ends in ((0, 6), (20, 26))]
    images = same_images(read_pair(one, two), (names[0], names[1]))
    assert len(images.shared()) == 8
    assert ("P0_1.png", "P23_1.png") in images.shared()
    assert images.saved_again == 0


def test_images_that_were_saved_again_are_counted_and_told(one: Path, tmp_path: Path) -> None:
    two = with_images(tmp_path, patients(20, 26), [0, 1, 6, 7, 8, 9], ".jpg")
    done = compare_studies(one, two, tmp_path / "out")
    page = done.page.read_text()
    assert "4 images of " in page
    assert "They may have been saved again" in page
