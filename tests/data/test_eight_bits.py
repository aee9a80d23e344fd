"""Banks of 8-bit images stay byte for byte as they are, and keep their keys."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from pleura.data.bank import Fit, build_bank
from pleura.files import digest_file, digest_of
from tests.data.stored import REVERSED

RANDOM = np.random.default_rng(7)
GRAY = RANDOM.integers(0, 256, (50, 70), np.uint8)
COLOUR = RANDOM.integers(0, 256, (41, 40, 3), np.uint8)
ALPHA = RANDOM.integers(0, 256, (41, 40), np.uint8)


def write(folder: Path) -> list[str]:
    """Noise in all kinds of files of up to 8 bits whose decoding is exact."""
    palette = Image.fromarray(GRAY % 7, "P")
    palette.putpalette(list(range(40, 61)))
    pillow = {
        "gray": Image.fromarray(GRAY),
        "bits": Image.fromarray(GRAY > 99),
        "palette": palette,
        "colour": Image.fromarray(COLOUR),
        "alpha": Image.fromarray(np.dstack([COLOUR, ALPHA])),
        "gray_alpha": Image.fromarray(np.dstack([ALPHA, COLOUR[..., 0]]), "LA"),
    }
    for name, image in pillow.items():
        image.save(folder / f"{name}.png")
    palette.save(folder / "see_through.png", transparency=3)
    Image.fromarray(GRAY).save(folder / "key_colour.png", transparency=17)
    tiff: dict[str, tuple[NDArray[Any], dict[str, Any]]] = {
        "gray": (GRAY, {}),
        "negative": (GRAY, {"photometric": "miniswhite"}),
        "palette": (GRAY, {"photometric": "palette", "colormap": REVERSED}),
        "colour": (COLOUR, {"photometric": "rgb"}),
        "bits": (GRAY > 99, {"photometric": "minisblack"}),
        "alpha": (
            np.dstack([COLOUR, ALPHA]),
            {"photometric": "rgb", "extrasamples": ["unassalpha"]},
        ),
    }
    for name, (pixels, options) in tiff.items():
        tifffile.imwrite(folder / f"{name}.tif", pixels, **options)
    np.savez(folder / "many.npz", gray=GRAY[None], colour=COLOUR[None], bits=GRAY[None] > 99)
    archive = folder / "many.npz"
    inside = [f"{archive}::{name}::0" for name in ("gray", "colour", "bits")]
    return [
        *(str(path) for path in sorted(folder.glob("*.png"))),
        *(str(path) for path in sorted(folder.glob("*.tif"))),
        *inside,
    ]


@pytest.mark.parametrize(
    ("size", "fit", "expected"),
    [
        (16, "crop", "99586edd705e3071"),
        (31, "pad", "c32bce5e66b88909"),
        (60, "crop", "c4058bbedbcdc128"),
    ],
)
def test_bytes_and_key_of_a_bank(tmp_path: Path, size: int, fit: Fit, expected: str) -> None:
    """Should these bytes move, every study on 8-bit images begins anew: raise DECODER then."""
    images = write(tmp_path)
    bank = build_bank(images, tmp_path / "bank", size=size, fit=fit)
    assert (bank.info["error"] == "").all()
    pixels = (bank.folder / "pixels.u8").read_bytes()
    assert hashlib.sha256(pixels).hexdigest()[:16] == expected
    contents = [
        [digest_file(Path(image.partition("::")[0])), image.partition("::")[2] or None]
        for image in images
    ]
    assert bank.key == digest_of({"decoder": 2, "size": size, "fit": fit, "images": contents})
