"""Where the lungs are, and the same shape elsewhere."""

from pathlib import Path

import numpy as np
import pytest

from pleura.data.bank import Bank, build_bank
from pleura.data.lung_regions import Lungs, elsewhere, given_lungs, overlap, seen
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError
from tests.data.masked import disc, write

SIZE = 24


def two_lungs(
    height: int, width: int, half: int
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    mask = np.zeros((height, width), dtype=np.bool_)
    for x in (width // 3, 2 * width // 3):
        mask[height // 4 : -height // 4, x - half : x + half] = True
    return mask


@pytest.mark.parametrize(("height", "width", "half"), [(20, 20, 2), (17, 23, 2), (20, 20, 4)])
def test_elsewhere_is_the_shape_where_it_overlaps_least(height: int, width: int, half: int) -> None:
    mask = two_lungs(height, width, half)
    moved = elsewhere(mask)
    shifts = [np.roll(mask, (y, x), axis=(0, 1)) for y in range(height) for x in range(width)]
    assert any(np.array_equal(moved, shifted) for shifted in shifts)
    assert (moved & mask).sum() == min((shifted & mask).sum() for shifted in shifts)
    [share] = overlap(mask[None], moved[None])
    assert share == pytest.approx((moved & mask).sum() / mask.sum())


def test_of_equally_good_places_the_nearest() -> None:
    mask = np.zeros((12, 12), dtype=np.bool_)
    mask[5:8, 5:7] = True
    nearest = np.roll(mask, 2, axis=1)
    assert np.array_equal(elsewhere(mask), nearest)


def test_lungs_of_more_than_half_an_image_overlap() -> None:
    mask = np.zeros((10, 10), dtype=np.bool_)
    mask[:, :6] = True
    assert overlap(mask[None], elsewhere(mask)[None]) == pytest.approx(1 / 3)


@pytest.fixture
def given(tmp_path: Path) -> tuple[Manifest, Bank]:
    """Images with a disc as lung: the second has no mask, the third an empty one."""
    places = (0.3, 0.5, 0.5, 0.7)
    write(tmp_path, {f"{i}.png": disc(30, SIZE, x, 0.5) for i, x in enumerate(places)})
    write(tmp_path, {f"m{i}.png": disc(30, SIZE, x, 0.5) // 255 for i, x in enumerate(places)})
    write(tmp_path, {"m2.png": np.zeros((SIZE, 30), np.uint8)})
    masks = ("m0.png", "", "m2.png", "m3.png")
    lines = [f"{i}.png,a,p{i},{mask}" for i, mask in enumerate(masks)]
    (tmp_path / "images.csv").write_text("\n".join(["image,label,patient,lung_mask", *lines]))
    manifest = read_manifest(tmp_path / "images.csv")
    images = manifest.table["image"].tolist()
    return manifest, build_bank(images, tmp_path / "bank", size=SIZE)


def test_given_lungs_lie_on_their_images(given: tuple[Manifest, Bank], tmp_path: Path) -> None:
    manifest, bank = given
    lungs = given_lungs(manifest, bank, np.arange(4), tmp_path / "masks")
    assert lungs.rows.tolist() == [0, 3]
    np.testing.assert_array_equal(lungs.masks, bank.read(lungs.rows) > 127)
    assert lungs.origin == "given"
    assert not lungs.doubtful.any()
    assert lungs.notes == ("images without any lung in their mask, which are left out: 1",)
    assert lungs.at(np.array([3, 0])).tolist() == [1, 0]


def test_only_the_lungs_asked_for(given: tuple[Manifest, Bank], tmp_path: Path) -> None:
    manifest, bank = given
    whole = given_lungs(manifest, bank, np.arange(4), tmp_path / "masks")
    one = given_lungs(manifest, bank, np.array([1, 3]), tmp_path / "masks")
    assert one.rows.tolist() == [3]
    np.testing.assert_array_equal(one.masks[0], whole.masks[1])
    with pytest.raises(InputError, match="lung_mask is empty"):
        given_lungs(manifest, bank, np.array([1]), tmp_path / "masks")
    assert len({lungs.key for lungs in (one, whole)}) == 2


def test_the_key_tells_what_is_known(given: tuple[Manifest, Bank], tmp_path: Path) -> None:
    manifest, bank = given
    lungs = given_lungs(manifest, bank, np.arange(4), tmp_path / "masks")
    same = Lungs(lungs.rows, lungs.masks.copy(), lungs.doubtful, "some masker")
    assert same.key == lungs.key
    none = seen(Lungs(lungs.rows, lungs.masks & False, lungs.doubtful, "given"))
    assert none.elsewhere.shape == (0, SIZE, SIZE)
    assert none.key != lungs.key
    doubted = Lungs(lungs.rows, lungs.masks, ~lungs.doubtful, "given")
    assert doubted.key != lungs.key


def test_masks_that_cannot_be_used_are_told(given: tuple[Manifest, Bank], tmp_path: Path) -> None:
    manifest, bank = given
    write(tmp_path, {"m0.png": np.ones((SIZE, SIZE), np.uint8)})
    with pytest.raises(InputError, match="lung_mask") as raised:
        given_lungs(manifest, bank, np.arange(4), tmp_path / "masks")
    assert "another aspect" in raised.value.problems[0]
