"""Images a second while training: pleura against what a user would write instead.

Two rivals, in the same run, in turn with pleura, the median of the ratios quoted:

- `bare`: the same network and optimiser on random tensors that already lie in memory, with no
  augmentation, no logging, no reading: the speed limit. Twice: pleura's steps by themselves, and
  with BatchNorm settled on 256 images at the end of the epoch, as a study does.
- `loader`: torchvision's ImageFolder and transforms in a DataLoader, at the best number of workers
  and the best precision on this machine, from files of 224 and of 1,024 pixels (scaled-up copies).

    python benchmarks/training.py                # real images from PLEURA_SHARED
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from shutil import rmtree

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Subset
from torch.utils.tensorboard import SummaryWriter

from pleura.data.augment import Augmentation
from pleura.data.bank import build_bank
from pleura.models.classifier import Classifier
from pleura.study.speeds import backbone_subject, measure_network
from pleura.tasks.images import OnImages
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import Phase
from pleura.train.precision import computes_bf16, make_fabric
from pleura.transfer.build import build_model
from pleura.transfer.strategy import all_parts

import pleura._torchvision  # noqa: F401  isort: skip
from torchvision import datasets, transforms

BATCH, CLASSES = 32, 3
SIZE = 96  # of what is compared with a loader
NETS = ("tf_efficientnet_lite0", "squeezenet1_0")
BARE = {"tf_efficientnet_lite0": 96, "resnet18": 224}  # size by network
SHARED = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[2] / "shared"))
KERMANY = SHARED / "data" / "chest_xray" / "kermany" / "train"


def main() -> None:
    """Run the comparisons and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=640, help="an epoch")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--bare", action="store_true", help="against bare tensors alone")
    parser.add_argument("--net", choices=BARE, action="append", help="against bare tensors")
    options = parser.parse_args()
    if not KERMANY.is_dir():
        raise SystemExit(f"{KERMANY} is missing; set PLEURA_SHARED")
    print(f"{torch.get_num_threads()} threads, batch {BATCH}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = link_some(folder / "224", options.images, scale=1)
        for net in options.net or BARE:
            size = BARE[net]
            for settled in (0, 256):
                ours = pleura_epoch(net, small, folder, size=size, settled=settled)
                title = f"{net}, {size} px, bare tensors, fp32, BatchNorm settled on {settled}"
                compare(title, ours, bare_epoch(net, options.images, size), options)
        if options.bare:
            return
        large = link_some(folder / "1024", options.images, scale=1024)
        for net, images, side in (
            (NETS[0], small, 224),
            (NETS[1], small, 224),
            (NETS[0], large, 1024),
        ):
            # Each side at its best: a study measures its precision, the loader tries them all.
            precision = measured_precision(net)
            ours = pleura_epoch(net, images, folder, precision)
            best, theirs = best_loader(net, images)
            title = f"{net}, {SIZE} px ({precision}), loader from {side} px files ({best})"
            compare(title, ours, theirs, options)


def measured_precision(name: str) -> str:
    """What a study would choose on this machine."""
    subject = backbone_subject(name, trained=True, size=SIZE, batch_size=BATCH, precision="auto")
    return measure_network(subject, accelerator="cpu").precision


Epoch = Callable[[], float]
"""Trains one epoch and returns images a second."""


def compare(title: str, ours: Epoch, theirs: Epoch, options: argparse.Namespace) -> None:
    """Time both in turn and print medians and the median ratio."""
    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(options.pairs)]
    ratios = sorted(a / b for a, b in pairs)
    print(
        f"{title}: pleura {statistics.median(a for a, _ in pairs):.0f}, "
        f"other {statistics.median(b for _, b in pairs):.0f} images/s, "
        f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})",
        flush=True,
    )


def link_some(folder: Path, n: int, scale: int) -> Path:
    """A folder per class with n images in all; `scale` > 1 makes copies of that side, pixels."""
    paths = sorted(KERMANY.glob("*/*.jpeg"))
    for path in paths[:: max(1, len(paths) // n)][:n]:
        target = folder / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if scale == 1:
            target.symlink_to(path.resolve())
        else:
            Image.open(path).resize((scale, scale)).save(target, quality=90)
    return folder


def network(name: str) -> Classifier:
    """The same network for every side."""
    spec = {"backbone": name, "weights": "random", "strategy": "fine_tuning"}
    return build_model(spec, CLASSES, seed=0).classifier


def pleura_epoch(
    name: str,
    images: Path,
    folder: Path,
    precision: str = "fp32",
    *,
    size: int = SIZE,
    settled: int = 256,
) -> Epoch:
    """pleura's loop as a study runs it: bank, augmentation, logs, checkpoint, progress."""
    files = sorted(images.glob("*/*.jpeg"))
    labels = np.unique([path.parent.name for path in files], return_inverse=True)[1]
    start = time.perf_counter()
    bank = build_bank([str(path) for path in files], folder / f"bank_{size}", size=size)
    print(f"  bank of {len(files)} files: {time.perf_counter() - start:.1f} s, once")
    rows = np.arange(len(files))
    task = OnImages(
        bank,
        labels,
        train=rows,
        # Two images of each class: validation is there, but hardly counts.
        validation=pd.Series(rows).groupby(labels).head(2).to_numpy(),
        n_classes=CLASSES,
        augmentation=Augmentation(),
        balanced=True,
        device=torch.device("cpu"),
    )
    settings = FitSettings(epochs=1, min_steps=1, batch_size=BATCH, batchnorm_images=settled)

    def epoch() -> float:
        # An epoch of minutes leaves a checkpoint, and the next would go on from it.
        rmtree(folder / "none", ignore_errors=True)
        model = network(name)
        with SummaryWriter(str(folder / "board")) as board:
            result = fit(
                model,
                task,
                (Phase("all", all_parts(model)),),
                settings,
                rate=1e-3,
                seed=0,
                fabric=make_fabric("cpu", precision),
                saved=folder / "none" / "checkpoint.pt",
                watch=lambda phase, done, steps, figures: None,
                on_epoch=lambda record: board.add_scalar("loss", record["loss"]),
            )
        return len(files) / result.seconds

    return epoch


def bare_epoch(name: str, n: int, size: int) -> Epoch:
    """Forward, backward and step on random tensors in memory."""

    def epoch() -> float:
        images, targets = torch.rand(n, 1, size, size), torch.randint(0, CLASSES, (n,))
        batches = list(zip(torch.split(images, BATCH), torch.split(targets, BATCH), strict=True))
        return run(network(name), batches, n)

    return epoch


def best_loader(name: str, images: Path) -> tuple[str, Epoch]:
    """The quicker of 0 and 2 workers and of both precisions, over one epoch each; bf16 only where
    the machine multiplies in it, since it is ten times slower elsewhere."""
    found = {}
    precisions = ("fp32", "bf16") if computes_bf16("cpu") else ("fp32",)
    for workers in (0, 2):
        for precision in precisions:
            epoch = loader_epoch(name, images, workers, precision)
            found[f"{workers} workers, {precision}"] = (epoch(), epoch)
    best = max(found, key=lambda key: found[key][0])
    return best, found[best][1]


def loader_epoch(name: str, images: Path, workers: int, precision: str) -> Epoch:
    """ImageFolder, the usual transforms, a DataLoader, a loop."""
    steps = transforms.Compose(
        [
            transforms.Grayscale(),
            transforms.Resize(SIZE),
            transforms.CenterCrop(SIZE),
            transforms.RandomHorizontalFlip(),
            transforms.RandomAffine(10, translate=(0.05, 0.05), scale=(0.9, 1.1)),
            transforms.ColorJitter(brightness=0.1, contrast=0.2),
            transforms.ToTensor(),
        ]
    )
    data = datasets.ImageFolder(str(images), steps)
    whole = Subset(data, range(len(data)))
    loader = DataLoader(
        whole, BATCH, shuffle=True, num_workers=workers, persistent_workers=workers > 0
    )

    def epoch() -> float:
        return run(network(name), loader, len(data), precision)

    return epoch


def run(
    model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], n: int, precision: str = "fp32"
) -> float:
    """The plain loop of every tutorial."""
    model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    start = time.perf_counter()
    for images, targets in batches:
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            loss = functional.cross_entropy(model(images), targets)
        torch.autograd.backward(loss)
        optimiser.step()
    return n / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
