"""A folder of synthetic scenes with masks and a manifest."""

import os
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from pleura.data.made import TABLE, claim, write_table
from pleura.data.scenes.scene import simulate_scene
from pleura.errors import InputError

VERSION = 1
COLUMNS = ("image", "mask", "label", "patient", "source")
SMALLEST = 16  # pixels


def write_scenes(
    folder: Path,
    *,
    images: int,
    size: int = 256,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write `images` synthetic scenes of `size` pixels; the path of their images.csv comes back.

    Columns: `image, mask` (gray PNG; 255 where a salient object is, else 0), `label` ("scene"),
    `patient` (each scene is its own), `source` ("synthetic"). The table is written last; a finished
    folder with the same parameters is left as it is. `progress(done, total)` counts images. Raises
    `InputError` on parameters that make no sense and on a folder that holds something else.
    """
    if images < 1 or size < SMALLEST:
        raise InputError(f"scenes: take at least one image of at least {SMALLEST} pixels")
    parameters = {"version": VERSION, "images": images, "size": size, "seed": seed}
    if claim(folder, "scenes", parameters):
        return folder / TABLE
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)

    def make(number: int) -> dict[str, str]:
        return _write_one(folder, seed, number, size)

    rows = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for row in pool.map(make, range(images)):
            rows.append(row)
            if progress is not None:
                progress(len(rows), images)
    return write_table(folder, COLUMNS, rows)


def _write_one(folder: Path, seed: int, number: int, size: int) -> dict[str, str]:
    scene, stem = simulate_scene(seed, number, size), f"scene_{number:06d}"
    paths = f"images/{stem}.png", f"masks/{stem}.png"
    for path, pixels in zip(paths, (scene.image, scene.mask), strict=True):
        # Of noise, runs are all that can be saved; looking for more takes as long as the scene.
        image = Image.fromarray(pixels)
        image.save(folder / path, compress_level=1, compress_type=zlib.Z_RLE)
    return {
        "image": paths[0],
        "mask": paths[1],
        "label": "scene",
        "patient": stem,
        "source": "synthetic",
    }
