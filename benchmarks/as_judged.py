"""Whether networks are judged as they were trained: the losses of the same training images, as
trained and as judged, for every listed backbone, whole and cut after every stage.

Each trains from random weights on simulated X-rays with the default augmentation, for 200 steps of
16 images. Told are both losses in the last epoch and their ratio, also with BatchNorm's moving
averages for whole networks. Above 1.2 a network sees other images in training than when it is
judged, or judges by statistics that are not its own.

    python benchmarks/as_judged.py runs/as_judged
    python benchmarks/as_judged.py runs/as_judged --backbones resnet18 mnasnet1_0
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from pleura.data.augment import Augmentation
from pleura.data.bank import Bank, build_bank
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.models.build import cuts_of, list_backbones
from pleura.simulate.xray.folder import write_chest_xrays
from pleura.tasks.images import OnImages
from pleura.train.loop import FitSettings, fit
from pleura.train.precision import make_fabric
from pleura.transfer.build import build_model

LABELS = ("normal", "lobar", "interstitial")
SIZE, INCEPTION_SIZE = 64, 80  # pixels
PATIENTS, BATCH, STEPS, RATE = 128, 16, 200, 5e-4
WHOLE = "whole"


def places(backbone: str) -> Iterator[tuple[str, int]]:
    """Where a network ends, and how many images give BatchNorm its statistics."""
    yield WHOLE, 256
    yield WHOLE, 0
    for cut in [cut.name for cut in cuts_of(backbone) if cut.stage][:-1]:
        yield cut, 256


def losses(
    backbone: str,
    at: str,
    batchnorm_images: int,
    manifest: Manifest,
    bank: Bank,
    steps: int = STEPS,
) -> tuple[float, float]:
    """The loss as trained and as judged, in the last epoch."""
    strategy = "fine_tuning" if at == WHOLE else {"truncation": {"at": at}}
    spec = {"backbone": backbone, "weights": "random", "strategy": strategy}
    built = build_model(spec, len(manifest.classes), seed=0)
    rows = np.arange(len(bank))
    held = rows % 5 == 0
    task = OnImages(
        bank,
        manifest.labels,
        train=rows[~held],
        validation=rows[held],
        n_classes=len(manifest.classes),
        augmentation=Augmentation(),
        balanced=True,
        device=torch.device("cpu"),
    )
    settings = FitSettings(
        epochs=1,
        min_steps=steps,
        batch_size=BATCH,
        patience=1.0,
        batchnorm_images=batchnorm_images,
    )
    result = fit(
        built.classifier,
        task,
        built.strategy.phases(built.classifier),
        settings,
        rate=RATE,
        seed=0,
        fabric=make_fabric("cpu", "fp32"),
    )
    last = result.history[-1]
    return last["train_loss"], last["judged_loss"]


def main() -> None:
    """Train what is missing, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--backbones", nargs="+", default=list_backbones(), metavar="NAME")
    options = parser.parse_args()
    images = options.folder / "images"
    if not (images / "images.csv").exists():
        write_chest_xrays(images, patients=PATIENTS, size=128, labels=LABELS, masks=False)
    manifest = read_manifest(images / "images.csv")
    files = manifest.table["image"].tolist()
    banks = {
        size: build_bank(files, options.folder / "banks", size=size)
        for size in (SIZE, INCEPTION_SIZE)
    }
    kept = options.folder / "losses.json"
    found = json.loads(kept.read_text()) if kept.exists() else {}
    for backbone in options.backbones:
        bank = banks[INCEPTION_SIZE if backbone == "inception_v3" else SIZE]
        for at, batchnorm_images in places(backbone):
            key = f"{backbone}, {at}{'' if batchnorm_images else ', moving averages'}"
            if key not in found:
                found[key] = losses(backbone, at, batchnorm_images, manifest, bank)
                kept.write_text(json.dumps(found, indent=1))
            trained, judged = found[key]
            print(f"{key:<50} {trained:.3f} {judged:.3f} {judged / trained:.2f}", flush=True)


if __name__ == "__main__":
    main()
