"""Small pretrainings on drawn chests."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pleura.data.bank import Bank, build_bank
from pleura.tasks.selfsup.job import Job

from .contract import chests

SIZE = 48


def chest_bank(folder: Path, n: int = 40, seed: int = 0) -> Bank:
    """A bank of n drawn chests of 48 px; those of odd rows are darker."""
    pixels = chests(n, SIZE, seed).squeeze(1).numpy()
    pixels[1::2] *= 0.6
    folder.mkdir(parents=True, exist_ok=True)
    paths = [str(folder / f"{i}.png") for i in range(n)]
    for path, image in zip(paths, pixels, strict=True):
        Image.fromarray((image * 255).astype(np.uint8)).save(path)
    return build_bank(paths, folder / "banks", size=SIZE, workers=1)


def chest_job(folder: Path, bank: Bank, method: Any, **changes: Any) -> Job:
    """32 chests to learn from and 8 to watch, three epochs of two batches; `changes` to the spec.

    A SqueezeNet, which has no BatchNorm.
    """
    spec = {
        "backbone": "squeezenet1_0",
        "weights": "random",
        "method": method,
        "views": {},
        "size": SIZE,
        "settings": {"epochs": 3, "min_steps": 1, "batch_size": 16},
        "value": 1e-3,
        "seed": 0,
        "precision": "fp32",
    }
    return Job(
        folder=folder / "step",
        spec=spec | changes,
        places={},
        banks=(bank,),
        train=np.arange(32),
        validation=np.arange(32, len(bank)),
        labels=np.arange(len(bank)) % 2,
        before=None,
        logs=folder / "logs",
    )
