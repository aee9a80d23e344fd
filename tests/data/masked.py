"""Images with masks that the tests of mask files and of their bank share."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pleura.data.bank import Fit, build_bank
from pleura.data.manifest_file import read_manifest
from pleura.data.mask_bank import MaskBank, Masks, build_masks

LUNG = Masks(structures={"lung": 255})
INDEX = np.zeros((16, 16), np.uint8)
INDEX[:4], INDEX[4:8], INDEX[8:12] = 1, 2, 3
JPEG = np.full((16, 16), 3, np.uint8)
JPEG[:8] = 248


def disc(width: int, height: int, x: float, y: float) -> NDArray[np.uint8]:
    """255 inside a circle at a share of width and height, 0 outside."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    radius = 0.2 * min(width, height)
    inside = np.hypot(columns - x * width, rows - y * height) < radius
    return np.where(inside, 255, 0).astype(np.uint8)


def write(folder: Path, files: Mapping[str, NDArray[Any] | Image.Image]) -> None:
    for name, pixels in files.items():
        image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
        image.save(folder / name)


def masks_of(
    folder: Path,
    rows: list[dict[str, str]],
    masks: Masks,
    *,
    size: int = 32,
    fit: Fit = "crop",
) -> MaskBank:
    header = ["image", "label", "patient", *dict.fromkeys([*masks.files, *masks.extras])]
    lines = [
        ",".join([row["image"], "a", f"p{number}", *(row[name] for name in header[3:])])
        for number, row in enumerate(rows)
    ]
    path = folder / "images.csv"
    path.write_text("\n".join([",".join(header), *lines]))
    manifest = read_manifest(path, files=masks.files, extras=masks.extras)
    bank = build_bank(list(manifest.table["image"]), folder / "bank", size=size, fit=fit)
    return build_masks(manifest, masks, bank, folder / "masks")


def quarter_turn() -> Image.Exif:
    """To the right."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif
