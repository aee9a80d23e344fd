"""One picture and one mask in every way that files can hold them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

Gray = NDArray[np.uint8]
Write = Callable[[Path, Gray], str]
SUFFIXES = (".png", ".jpg", ".tif", ".npz")


def _pillow(mode: str, **options: Any) -> Write:
    def write(path: Path, pixels: Gray) -> str:
        image = Image.fromarray(pixels)
        if mode == "P":  # indices in another order than grays
            image = Image.fromarray(255 - pixels, "P")
            image.putpalette([255 - gray for gray in range(256) for _ in range(3)])
        elif mode.endswith("A"):
            image = image.convert(mode)  # opaque
        image.convert(mode).save(path.with_suffix(".png"), **options)
        return str(path.with_suffix(".png"))

    return write


def _jpeg(path: Path, pixels: Gray) -> str:
    Image.fromarray(pixels).save(path.with_suffix(".jpg"), quality=100, subsampling=0)
    return str(path.with_suffix(".jpg"))


def _png16(samples: int) -> Write:
    def write(path: Path, pixels: Gray) -> str:
        fine = pixels.astype(np.uint16) * 257
        stack = [fine] * (3 if samples > 2 else 1) + [np.full_like(fine, 65535)]
        image = fine if samples == 1 else np.dstack(stack[: samples if samples > 2 else 2])
        data = imagecodecs.png_encode(np.ascontiguousarray(image))
        path.with_suffix(".png").write_bytes(data)
        return str(path.with_suffix(".png"))

    return write


def _tiff(change: Callable[[NDArray[Any]], NDArray[Any]], **options: Any) -> Write:
    def write(path: Path, pixels: Gray) -> str:
        tifffile.imwrite(path.with_suffix(".tif"), change(pixels), **options)
        return str(path.with_suffix(".tif"))

    return write


def _npz(change: Callable[[NDArray[Any]], NDArray[Any]]) -> Write:
    def write(path: Path, pixels: Gray) -> str:
        np.savez(path.with_suffix(".npz"), images=change(pixels)[None])
        return f"{path.with_suffix('.npz')}::images::0"

    return write


def _fine(pixels: NDArray[Any]) -> NDArray[np.uint16]:
    return pixels.astype(np.uint16) * np.uint16(257)


def _colour(pixels: NDArray[Any]) -> NDArray[Any]:
    return np.dstack([pixels] * 3)


REVERSED = np.tile(np.arange(255, -1, -1, dtype=np.uint16) * 257, (3, 1))

# By name: how it is written, and how many gray levels it may be off, from storing alone.
PICTURES: dict[str, tuple[Write, int]] = {
    "png": (_pillow("L"), 0),
    "png palette": (_pillow("P"), 0),
    "png colour": (_pillow("RGB"), 0),
    "png gray and alpha": (_pillow("LA"), 0),
    "png colour and alpha": (_pillow("RGBA"), 0),
    "png 16": (_png16(1), 0),
    "png 16, alpha": (_png16(2), 0),
    "png 16, colour": (_png16(3), 0),
    "png 16, colour and alpha": (_png16(4), 0),
    "jpeg": (_jpeg, 2),
    "tiff": (_tiff(lambda p: p), 0),
    "tiff white is 0": (_tiff(lambda p: 255 - p, photometric="miniswhite"), 0),
    "tiff palette": (_tiff(lambda p: 255 - p, photometric="palette", colormap=REVERSED), 0),
    "tiff colour": (_tiff(_colour, photometric="rgb"), 0),
    "tiff 16": (_tiff(_fine), 0),
    "tiff 16, white is 0": (_tiff(lambda p: 65535 - _fine(p), photometric="miniswhite"), 0),
    "tiff 16, colour": (_tiff(lambda p: _colour(_fine(p)), photometric="rgb"), 0),
    "tiff 32": (_tiff(lambda p: p.astype(np.uint32) * np.uint32(16843009)), 0),
    "tiff fractions": (_tiff(lambda p: (p / 255).astype(np.float32)), 0),
    "tiff half precision": (_tiff(lambda p: (p / 255).astype(np.float16)), 1),
    "npz": (_npz(lambda p: p), 0),
    "npz 16": (_npz(_fine), 0),
    "npz fractions": (_npz(lambda p: p / 255), 0),
    "npz colour": (_npz(_colour), 0),
}
# The same with fewer bits than their files could hold: only the user knows, with `full_range`.
TOLD: dict[str, tuple[Write, int, tuple[float, float]]] = {
    "12 of 16 bits, png": (
        lambda path, p: _write_png(path, np.rint(p * (4095 / 255)).astype(np.uint16)),
        1,
        (0, 4095),
    ),
    "12 of 16 bits, tiff": (
        _tiff(lambda p: np.rint(p * (4095 / 255)).astype(np.uint16)),
        1,
        (0, 4095),
    ),
    "10 of 16 bits, npz": (
        _npz(lambda p: np.rint(p * (1023 / 255)).astype(np.uint16)),
        1,
        (0, 1023),
    ),
    "12 of 16 bits, white is 0": (
        _tiff(
            lambda p: (4095 - np.rint(p * (4095 / 255))).astype(np.uint16),
            photometric="miniswhite",
        ),
        1,
        (0, 4095),
    ),
    "bytes as int64": (_npz(lambda p: p.astype(np.int64)), 0, (0, 255)),
    "bytes as fractions": (_tiff(lambda p: p.astype(np.float32)), 0, (0, 255)),
    "Hounsfield units": (
        _tiff(lambda p: (p.astype(np.int16) * 10 - 1000).astype(np.int16)),
        0,
        (-1000, 1550),
    ),
}


def _write_png(path: Path, pixels: NDArray[Any]) -> str:
    path.with_suffix(".png").write_bytes(imagecodecs.png_encode(pixels))
    return str(path.with_suffix(".png"))


def picture(height: int = 60, width: int = 72, seed: int = 0) -> Gray:
    """A smooth chest of sorts with noise, from dark to bright."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / (height, width)[0]
    shades = 130 + 70 * np.sin(5 * x) * np.cos(4 * y) + random.normal(0, 12, (height, width))
    return np.asarray(shades.clip(0, 255), np.uint8)
