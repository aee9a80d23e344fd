"""Images on which nothing is to be seen are named, and are nobody's."""

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from pleura.data.audit import check
from pleura.data.bank import Fit, build_bank
from pleura.data.blank import blank_images
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from tests.data.stored import picture

SHAPE = (30, 50)
NOISE = picture(*SHAPE)


def write_blank(folder: Path) -> list[str]:
    """Constant in 8 and 16 bits and as JPEG, transparent, without a number, off by one step."""
    gray = np.full(SHAPE, 120, np.uint8)
    Image.fromarray(gray).save(folder / "constant.png")
    Image.fromarray(np.full((*SHAPE, 3), (200, 40, 90), np.uint8)).save(folder / "red.jpg")
    (folder / "deep.png").write_bytes(imagecodecs.png_encode(np.full(SHAPE, 30000, np.uint16)))
    see_through = np.dstack([NOISE, np.zeros_like(NOISE)])
    Image.fromarray(see_through, "LA").save(folder / "alpha.png")
    fine = np.dstack([NOISE.astype(np.uint16) * 257, np.zeros(SHAPE, np.uint16)])
    (folder / "alpha_deep.png").write_bytes(imagecodecs.png_encode(fine))
    rgba = np.dstack([NOISE] * 3 + [np.zeros_like(NOISE)])
    tifffile.imwrite(folder / "alpha.tif", rgba, photometric="rgb", extrasamples=["unassalpha"])
    tifffile.imwrite(folder / "nan.tif", np.full(SHAPE, np.nan, np.float32))
    tifffile.imwrite(folder / "infinite.tif", np.full(SHAPE, -np.inf, np.float32))
    Image.fromarray(gray + (NOISE > 120)).save(folder / "step.png")
    return sorted(str(path) for path in folder.glob("*.*"))


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_blank_images_are_found_in_every_kind_of_file(tmp_path: Path, fit: Fit) -> None:
    images = write_blank(tmp_path)
    assert len(images) == 9
    Image.fromarray(NOISE).save(tmp_path / "seen.png")
    spot = np.zeros(SHAPE, np.uint8)
    spot[14:16, 24:26] = 60
    Image.fromarray(spot).save(tmp_path / "spot.png")
    others = [str(tmp_path / name) for name in ("seen.png", "gone.png", "spot.png")]
    bank = build_bank([*others, *images], tmp_path / "bank", size=24, fit=fit)
    assert list(bank.info["error"]) == ["", "no such file", *[""] * 10]
    assert blank_images(bank).tolist() == list(range(3, 12))


def audit(folder: Path, rows: list[str], fit: Fit, **options: Any) -> Manifest:
    (folder / "images.csv").write_text("\n".join(["image,label,patient", *rows]))
    manifest = read_manifest(folder / "images.csv")
    bank = build_bank(list(manifest.table["image"]), folder / "bank", size=24, fit=fit)
    return check(manifest, bank, **options)


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_two_blank_images_are_not_one_patient_s(tmp_path: Path, fit: Fit) -> None:
    """Neither refused as shared, nor joined where shared images join patients, nor repeats."""
    Image.fromarray(NOISE).save(tmp_path / "seen.png")
    for name in ("a", "b", "c"):
        Image.fromarray(np.full(SHAPE, 140 + ord(name), np.uint8)).save(tmp_path / f"{name}.png")
    rows = ["seen.png,x,p0", "a.png,x,p1", "b.png,y,p2", "c.png,y,p2"]
    for options in ({}, {"same_image": "merge"}):
        manifest = audit(tmp_path, rows, fit, **options)
        assert list(manifest.groups) == ["p0", "p1", "p2", "p2"]
        assert manifest.notes == (
            "blank images, of one gray all over (constant, transparent or without a number): 3, "
            "such as row 3 (a.png), row 4 (b.png), row 5 (c.png); replace them or leave them out "
            "with `where`",
        )
