"""Masks lie on their images, are kept whole, and are refused with all reasons."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pleura.data import mask_bank as mask_bank_module
from pleura.data.bank import Fit, build_bank
from pleura.data.manifest_file import read_manifest
from pleura.data.mask_bank import Masks, build_masks, fit_mask
from pleura.data.mask_values import read_indices
from pleura.errors import InputError, PleuraError
from tests.data.masked import INDEX, JPEG, LUNG, disc, masks_of, quarter_turn, write


@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize("shape", [(96, 64), (64, 96), (65, 63)])
@pytest.mark.parametrize("scale", [0.5, 1, 3])
def test_a_mask_lies_on_its_image(
    tmp_path: Path, fit: Fit, shape: tuple[int, int], scale: float
) -> None:
    """Also where it is smaller or larger than the image."""
    width, height = shape
    write(tmp_path, {"a.png": disc(width, height, 0.4, 0.6)})
    write(tmp_path, {"m.png": disc(round(width * scale), round(height * scale), 0.4, 0.6)})
    masks = masks_of(tmp_path, [{"image": "a.png", "mask": "m.png"}], LUNG, size=40, fit=fit)
    image = build_bank([str(tmp_path / "a.png")], tmp_path / "bank", size=40, fit=fit)
    expected = image.read(np.array([0]))[0] > 127
    found = masks.read(np.array([0]))[0] == 1
    assert expected.sum() > 60
    both = (found & expected).sum()
    assert 2 * both / (found.sum() + expected.sum()) > 0.94


def test_an_upright_mask_lies_on_an_image_that_its_file_turns(tmp_path: Path) -> None:
    upright = disc(96, 64, 0.4, 0.6)
    Image.fromarray(np.rot90(upright)).save(tmp_path / "a.png", exif=quarter_turn())
    write(tmp_path, {"m.png": upright})
    masks = masks_of(tmp_path, [{"image": "a.png", "mask": "m.png"}], LUNG, size=40)
    image = build_bank([str(tmp_path / "a.png")], tmp_path / "bank", size=40)
    expected, found = image.read(np.array([0]))[0] > 127, masks.read(np.array([0]))[0] == 1
    assert 2 * (found & expected).sum() / (found.sum() + expected.sum()) > 0.94
    told = "images that their files turn (EXIF), with masks that are taken as upright: 1, such as "
    assert masks.notes == (f"{told}row 2 (a.png)",)


def test_equal_sizes_are_taken_over_pixel_by_pixel() -> None:
    noise = np.random.default_rng(0).integers(0, 5, (20, 30), np.uint8)
    np.testing.assert_array_equal(fit_mask(noise, 30, 20, 20, "crop"), noise[:, 5:25])
    padded = fit_mask(noise, 30, 20, 30, "pad")
    np.testing.assert_array_equal(padded[5:25], noise)
    assert not padded[:5].any()
    np.testing.assert_array_equal(fit_mask(noise, 30, 20, 10, "crop"), noise[1::2, 6:25:2])


def test_what_was_not_named_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"a.png": INDEX, "m.png": INDEX})
    masks = Masks(structures={"upper": 1}, ignore=3)
    found = masks_of(tmp_path, [{"image": "a.png", "mask": "m.png"}], masks)
    assert found.notes == (
        "values of the masks that count as background: 2",
        "pixels ignored: 25.0%",
    )


def test_every_problem_is_listed_at_once(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8)
    write(tmp_path, {f"{name}.png": INDEX + np.uint8(n) for n, name in enumerate("abcdefg")})
    write(tmp_path, {"m.png": INDEX, "wide.png": INDEX[:8], "colours.png": colours})
    write(tmp_path, {"m.jpg": JPEG})
    (tmp_path / "broken.png").write_bytes((tmp_path / "m.png").read_bytes()[:60])
    names = ["m.png", "", "gone.png", "wide.png", "colours.png", "broken.png", "m.jpg"]
    rows = [
        {"image": f"{image}.png", "mask": mask, "mm": "0.1" if image != "a" else "-1"}
        for image, mask in zip("abcdefg", names, strict=True)
    ]
    masks = Masks(structures={"upper": 1, "never": 77}, spacing="mm")
    with pytest.raises(InputError) as raised:
        masks_of(tmp_path, rows, masks)
    found = raised.value.problems
    for row, words in enumerate(
        [
            "mm is '-1', no mm a pixel",
            "no mask",
            "no such file",
            "16 x 8 pixels, but the image has 16 x 16",
            "colours",
            "truncated",
            "a JPEG cannot keep the values [0, 1, 77] apart",
        ]
    ):
        assert f"row {row + 2} " in found[row]
        assert words in found[row]
    assert "where: {mask: '?*'}" in raised.value.heading
    with pytest.raises(InputError, match="'never' is in no mask; values that no structure has: 2,"):
        masks_of(tmp_path, [{**rows[0], "mm": "1"}], masks)


def test_spacing_is_that_of_the_bank(tmp_path: Path) -> None:
    wide = np.zeros((16, 32), np.uint8)
    wide[4:8] = 255
    write(tmp_path, {"a.png": wide, "b.png": wide + np.uint8(0), "m.png": wide})
    Image.fromarray(255 - wide).save(tmp_path / "b.png")
    rows = [
        {"image": f"{name}.png", "mask": "m.png", "mm": mm}
        for name, mm in (("a", "0.5"), ("b", ""))
    ]
    masks = Masks(structures={"lung": 255}, spacing="mm")
    cropped = masks_of(tmp_path, rows, masks, size=8)
    np.testing.assert_array_equal(cropped.spacing, [1.0, np.nan])
    np.testing.assert_array_equal(
        masks_of(tmp_path, rows, masks, size=8, fit="pad").spacing, [2.0, np.nan]
    )


def test_masks_are_found_again_and_made_again_where_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a.png": INDEX, "m.png": INDEX})
    rows = [{"image": "a.png", "mask": "m.png"}]
    masks = Masks(structures={"upper": 1})
    first = masks_of(tmp_path, rows, masks)
    pixels = first.read(np.array([0]))
    file = first.folder / "masks.u8"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(PleuraError, match="cut short"):
        first.read(np.array([0]))
    again = masks_of(tmp_path, rows, masks)
    assert (again.key, again.notes) == (first.key, first.notes)
    np.testing.assert_array_equal(again.read(np.array([0])), pixels)

    def refuse(*_: object) -> None:
        raise AssertionError("masks that are there are not decoded again")

    monkeypatch.setattr(mask_bank_module, "read_indices", refuse)
    masks_of(tmp_path, rows, masks)
    monkeypatch.undo()
    write(tmp_path, {"m.png": np.roll(INDEX, 1, axis=0)})
    assert masks_of(tmp_path, rows, masks).key != first.key
    assert masks_of(tmp_path, rows, Masks(structures={"upper": 2})).key != first.key


def test_a_build_that_is_cut_off_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {f"{n}.png": INDEX + np.uint8(n) for n in range(5)} | {"m.png": INDEX})
    rows = [{"image": f"{n}.png", "mask": "m.png"} for n in range(5)]
    masks = Masks(structures={"upper": 1})
    monkeypatch.setattr(mask_bank_module, "AT_ONCE", 2)
    calls: list[int] = []

    def stop(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return read_indices(*arguments)

    monkeypatch.setattr(mask_bank_module, "read_indices", stop)
    with pytest.raises(KeyboardInterrupt):
        masks_of(tmp_path, rows, masks)
    assert not list((tmp_path / "masks").rglob("masks.u8"))
    monkeypatch.undo()
    monkeypatch.setattr(mask_bank_module, "AT_ONCE", 2)
    found = masks_of(tmp_path, rows, masks).read(np.arange(5))
    assert (found == found[0]).all()
    assert set(np.unique(found)) == {0, 1}


def test_real_lung_masks(shared_data: Path, tmp_path: Path) -> None:
    manifest = read_manifest(
        shared_data / "lung_masks" / "pairs.csv",
        columns={"patient": "patient_id"},
        where={"subset": "montgomery"},
        extras=["lung_fraction"],
    )
    bank = build_bank(list(manifest.table["image"]), tmp_path, size=64)
    masks = build_masks(manifest, LUNG, bank, tmp_path)
    assert masks.notes == ()
    share = (masks.read(np.arange(len(bank))) == 1).mean(axis=(1, 2))
    expected = manifest.table["lung_fraction"].to_numpy(dtype=np.float64)
    np.testing.assert_allclose(share, expected, atol=0.01)


def test_a_mask_file_that_two_images_share_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"a.png": disc(32, 32, 0.4, 0.6), "b.png": disc(32, 32, 0.6, 0.4)})
    write(tmp_path, {"m.png": disc(32, 32, 0.4, 0.6)})
    rows = [{"image": name, "mask": "m.png"} for name in ("a.png", "b.png")]
    (note,) = masks_of(tmp_path, rows, LUNG).notes
    assert note.startswith("images whose mask file is that of another image: 1, such as row 3")
