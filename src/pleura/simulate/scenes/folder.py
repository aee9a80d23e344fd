"""A folder of synthetic scenes with masks and a manifest."""

import zlib
from pathlib import Path

from pleura.errors import InputError
from pleura.simulate.limits import SIDE
from pleura.simulate.scenes.scene import simulate_scene
from pleura.simulate.sets import Counted, save_png, write_set

VERSION = 1


def write_scenes(
    folder: Path,
    *,
    images: int,
    size: int = 256,
    seed: int = 0,
    progress: Counted = lambda done, of: None,
) -> Path:
    """Write `images` synthetic scenes of `size` pixels; the path of their images.csv comes back.

    Columns: `image, mask` (gray PNG; 255 where a salient object is, else 0), `label` ("scene"),
    `patient` (each scene is its own), `source` ("synthetic"). `progress` counts images. Raises
    `InputError` on parameters that make no sense, and as `write_set` does.
    """
    if images < 1 or size < SIDE[0]:
        raise InputError(f"scenes: take at least one image of at least {SIDE[0]} pixels")
    parameters = {"version": VERSION, "images": images, "size": size, "seed": seed}
    return write_set(
        folder,
        "scenes",
        parameters,
        folders=("images", "masks"),
        jobs=range(images),
        make=lambda number: [_write_one(folder, seed, number, size)],
        progress=progress,
    )


def _write_one(folder: Path, seed: int, number: int, size: int) -> dict[str, str]:
    scene, stem = simulate_scene(seed, number, size), f"scene_{number:06d}"
    # Of noise, runs are all that can be saved; looking for more takes as long as the scene.
    runs = {"compress_type": zlib.Z_RLE}
    return {
        "image": save_png(folder, "images", stem, scene.image, **runs),
        "mask": save_png(folder, "masks", stem, scene.mask, **runs),
        "label": "scene",
        "patient": stem,
        "source": "synthetic",
    }
