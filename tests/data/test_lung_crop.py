"""Boxes around lungs, and what is seen of images that are cropped to them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pleura.data.lung_crop import GRAY, LungRegions, Region, region_of, seen_square
from pleura.data.shortcut_settings import LungCrop


def lungs(
    height: int = 100, width: int = 200, *, top: int = 20, bottom: int = 80, left: int = 40
) -> NDArray[np.bool_]:
    """Two lungs, from `left` to as far from the right edge, with a gap of 20 pixels."""
    mask = np.zeros((height, width), np.bool_)
    mask[top:bottom, left : width // 2 - 10] = True
    mask[top:bottom, width // 2 + 10 : width - left] = True
    return mask


@pytest.mark.parametrize(
    ("margin", "box"),
    [
        (0.0, (0.2, 0.2, 0.8, 0.8)),
        (0.1, (0.14, 0.14, 0.86, 0.86)),  # 12 of 120 pixels and 6 of 60
        (0.5, (0.0, 0.0, 1.0, 1.0)),  # it ends at the edges of the image
    ],
)
def test_the_box_is_that_of_the_lungs_with_a_margin_on_each_side(
    margin: float, box: tuple[float, ...]
) -> None:
    region = region_of(lungs(), LungCrop(margin), 40)
    assert region.found
    assert region.box == pytest.approx(box)


def test_a_speck_is_no_lung() -> None:
    """Neither for the box nor for what is seen; a second lung that is small is one."""
    mask = lungs()
    mask[2:8, 3:9] = True  # 36 pixels, where a lung has 3000
    assert region_of(mask, LungCrop(0.0), 40).box == pytest.approx((0.2, 0.2, 0.8, 0.8))
    whole = region_of(lungs(), LungCrop(0.0), 40)
    np.testing.assert_array_equal(region_of(mask, LungCrop(0.0), 40).lungs, whole.lungs)
    mask[:20, :10] = True  # 200 pixels
    assert region_of(mask, LungCrop(0.0), 40).box == pytest.approx((0.0, 0.0, 0.8, 0.8))


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros((100, 200), np.bool_),
        lungs(top=45, bottom=84),  # 39 % of the height
        lungs() & (np.arange(200) < 100),  # one lung alone: a quarter of the width
    ],
    ids=["none", "flat", "one"],
)
def test_where_no_usable_lungs_are_found_the_centre_is_seen(mask: NDArray[np.bool_]) -> None:
    region = region_of(mask, LungCrop(0.05, alone=True), 40)
    assert not region.found
    assert region.box == pytest.approx((0.15, 0.15, 0.85, 0.85))
    assert not region.lungs.any()
    pixels = np.full((100, 200), 7, np.uint8)
    pixels[15:85, 30:170] = 99
    seen = seen_square(pixels, region, LungCrop(0.05, alone=True))
    assert set(np.unique(seen)) == {0, 99}  # between black bars, and not grey: nothing is hidden


def test_the_box_is_laid_whole_between_bars_and_its_mask_lies_on_it() -> None:
    """A mark outside of the box is not seen; the box, twice as wide as high, keeps its shape."""
    mask = lungs()
    pixels = np.where(mask, 200, 50).astype(np.uint8)
    pixels[:10] = 255
    region = region_of(mask, LungCrop(0.0), 40)
    seen = seen_square(pixels, region, LungCrop(0.0))
    assert seen.max() < 230  # of the mark, 255, nothing
    assert (seen[:10] == 0).all()
    assert (seen[30:] == 0).all()
    assert region.lungs[10:30].mean() == pytest.approx(100 / 120, abs=0.03)
    assert not region.lungs[:10].any()
    inside = seen[region.lungs].astype(float)
    assert np.mean(np.abs(inside - 200) < 15) > 0.9
    alone = seen_square(pixels, region, LungCrop(0.0, alone=True))
    assert (alone[~region.lungs] == GRAY).all()
    np.testing.assert_array_equal(alone[region.lungs], seen[region.lungs])


def test_an_image_that_was_decoded_smaller_is_cropped_at_the_same_place() -> None:
    region = region_of(lungs(), LungCrop(0.05), 40)
    pixels = np.where(lungs(), 200, 50).astype(np.uint8)
    whole = seen_square(pixels, region, LungCrop(0.05)).astype(int)
    half = seen_square(np.ascontiguousarray(pixels[::2, ::2]), region, LungCrop(0.05)).astype(int)
    assert np.abs(whole - half).mean() < 6


def regions(crop: LungCrop, *masks: NDArray[np.bool_]) -> LungRegions:
    of = [region_of(mask, crop, 20) for mask in masks]
    return LungRegions(crop, of, np.array([True, False, True, False]), "masker/best")


FEW = LungCrop(0.05)


def four(crop: LungCrop = FEW) -> LungRegions:
    return regions(crop, lungs(), np.zeros((100, 200), np.bool_), lungs(left=20), lungs(left=10))


def test_lungs_of_some_rows_are_those_that_are_found() -> None:
    its = four().lungs(np.array([3, 1, 0]))
    assert its.rows.tolist() == [0, 3]
    assert its.doubtful.tolist() == [True, False]
    np.testing.assert_array_equal(its.masks[1], region_of(lungs(left=10), LungCrop(0.05), 20).lungs)
    assert its.origin == "masker/best"


def test_keys_hang_on_what_is_seen() -> None:
    keys = {
        four().key,
        four(LungCrop(0.1)).key,
        four(LungCrop(0.05, alone=True)).key,
        regions(LungCrop(0.05), *[lungs()] * 4).key,
    }
    assert len(keys) == 4
    assert four().key == four().key


def test_masks_have_a_part_in_the_key_of_lungs_alone_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be many images, and to write down all their masks takes its time."""
    packed: list[NDArray[np.bool_]] = []
    pack = np.packbits

    def noted(bits: NDArray[np.bool_]) -> NDArray[np.uint8]:
        packed.append(bits)
        return pack(bits)

    monkeypatch.setattr(np, "packbits", noted)
    assert four().key and not packed
    assert four(LungCrop(0.05, alone=True)).key and len(packed) == 4


def test_images_without_lungs_are_counted_by_class() -> None:
    ill = np.array([False, True, True, False])
    done, missing = four().notes({"ill": ill, "well": ~ill})
    assert done == (
        "images are cropped to the box around their lungs, with a margin of 5% of the box on each "
        "side, as the model masker/best finds them"
    )
    assert missing == (
        "in 1 image of 4 no usable lungs were found, and they show their centre instead, which is "
        "all but the outer 15% along every edge; by class these are ill 1 of 2 (50%), well 0 of 2 "
        "(0%)"
    )
    assert len(regions(LungCrop(0.0), *[lungs()] * 4).notes({"ill": ill})) == 1


def test_a_region_of_another_image_is_never_taken() -> None:
    crop = LungCrop(0.0)
    full = Region((0, 0, 1, 1), np.ones((8, 8), np.bool_), found=True)
    made = LungRegions(
        crop,
        [full, Region((0, 0, 0.5, 0.5), np.ones((8, 8), np.bool_), found=True)],
        np.zeros(2, np.bool_),
        "m",
    ).squared(["a.png", "b.png"])
    pixels = np.zeros((16, 16), np.uint8)
    pixels[:8, :8] = 200
    assert made("a.png", pixels).mean() < 60
    assert (made("b.png", pixels) == 200).all()
    with pytest.raises(KeyError):
        made("c.png", pixels)
