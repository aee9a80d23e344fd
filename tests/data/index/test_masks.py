"""Masks are told from images by their folder or their ending."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleura.data.index.found import LeftOut
from pleura.data.index.masks import ALONE, PICTURES, SEVERAL, without_masks


def pairs_of(*names: str) -> tuple[list[str], dict[str, str], dict[str, list[str]]]:
    """Images, the mask of each, and what is left out by its reason; no file can be read."""
    left_out = LeftOut()
    images, masks = without_masks(Path("nowhere"), [*map(Path, names)], left_out)
    return (
        [path.as_posix() for path in images],
        {image.as_posix(): mask.as_posix() for image, mask in masks.items()},
        {why: [path.as_posix() for path in of] for why, of in left_out.by_reason.items()},
    )


def test_a_mask_belongs_to_the_image_of_its_name() -> None:
    pairs = {"images/a.jpg": "masks/a.png", "b.png": "b_mask.png", "c.png": "gt/c_gt.png"}
    others = ["d.png", "x/e.png", "y/e.png"]
    alone = ["masks/alone.png", "masks/e.png"]
    images, mask_of, left_out = pairs_of(*pairs, *pairs.values(), *others, *alone)
    assert images == [*pairs, *others]
    assert mask_of == pairs
    assert left_out == {ALONE: alone}


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("P{}/img_0.png", "P{}/img_0_mask.png"),
        ("P{}/img_0.png", "P{}/mask_img_0.png"),
        ("P{}/img_0.png", "P{}/img_0_seg.png"),
        ("P{}/img_0.png", "P{}/img_0_lungmask.png"),
        ("P{}/images/0.png", "P{}/masks/0.png"),
        ("P{}/images/0.png", "P{}/lungmasks/0.png"),
        ("images/P{}/0.png", "Segmentations/P{}/0.png"),
        ("P{}/0.png", "P{}/masks/0.png"),
        ("images/P{}/0.png", "masks/P{}/0.png"),
        ("P{}/0.png", "masks/P{}/0.png"),
        ("P{}/0.png", "leftMask/P{}/0.png"),
        ("GT/images/P{}/0.png", "GT/masks/P{}/0.png"),
        ("images/P{}/1.2.7", "masks/P{}/1.2.7"),  # DICOM without an ending
    ],
)
def test_names_that_stand_in_every_folder_are_paired_within_it(image: str, mask: str) -> None:
    pairs = {image.format(who): mask.format(who) for who in range(3)}
    assert pairs_of(*pairs, *pairs.values()) == ([*pairs], pairs, {})


def test_a_mask_without_its_image_is_of_nobody_else() -> None:
    assert pairs_of("P0/x.png", "P0/0_mask.png", "P1/0.png") == (
        ["P0/x.png", "P1/0.png"],
        {},
        {ALONE: ["P0/0_mask.png"]},
    )
    names = ["0.png", "0_mask.png", "masks/0.png"]
    assert pairs_of(*names) == (["0.png"], {}, {SEVERAL: names[1:]})


def test_pictures_in_a_folder_called_as_one_of_masks_are_no_masks(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, pixels in {
        "siteA/0.png": rng.integers(0, 256, (32, 32)),
        "GT/0.png": rng.integers(0, 256, (32, 32)),
        "masks/0.png": 255 * rng.integers(0, 2, (32, 32)),
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / name)
    left_out = LeftOut()
    paths = [Path(name) for name in ("GT/0.png", "masks/0.png", "siteA/0.png")]
    images, masks = without_masks(tmp_path, paths, left_out)
    assert images == [Path("siteA/0.png")]
    assert masks == {Path("siteA/0.png"): Path("masks/0.png")}
    assert left_out.by_reason == {PICTURES: [Path("GT/0.png")]}
