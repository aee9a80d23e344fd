"""Masks are told from images by their folder or their ending."""

from pathlib import Path

from pleura.data.index.masks import without_masks


def test_a_mask_belongs_to_the_image_of_its_name() -> None:
    pairs = {"images/a.jpg": "masks/a.png", "b.png": "b_mask.png", "c.png": "gt/c_gt.png"}
    others = ["d.png", "masks/alone.png", "x/e.png", "y/e.png", "masks/e.png"]
    paths = [Path(name) for name in (*pairs, *pairs.values(), *others)]
    images, mask_of = without_masks(paths)
    assert images == [Path(name) for name in (*pairs, *others)]
    assert mask_of == {Path(image): Path(mask) for image, mask in pairs.items()}
