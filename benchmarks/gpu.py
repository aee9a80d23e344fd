"""Images a second while training on one GPU: pleura against timm, the bare network, and lightly.

All sides train in bf16 with weights laid out channels last, in turn in the same run; told are
medians and the median of the ratios. Rivals of ResNet-50 and EfficientNet-Lite0 at 224 px:

- `bare`: the same network and optimiser on random tensors that lie on the GPU: the speed limit.
- `timm, memory` and `timm, disk`: the loop and the settings of timm's `train.py`: its data loader
  with all CPU cores and its prefetcher, its transforms (crop, flip, colour), cuDNN's own search for
  the best algorithms; images as JPEG files, or decoded in memory. Its networks have three channels.

SimCLR is compared with lightly's example as `benchmarks/selfsup.py` has it. pleura is what a study
runs: bank, augmentation, validation of a few images, and the bank is not counted. It takes about
five minutes with the defaults; without a GPU it ends at once.

    python -m benchmarks.gpu                    # images from PLEURA_SHARED, or drawn ones
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks.selfsup import SimCLRExample, simclr_transform
from benchmarks.training import CLASSES, KERMANY, Epoch, network
from PIL import Image, ImageFilter
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from pleura.data.augment import Augmentation
from pleura.data.bank import Bank, build_bank
from pleura.data.concatenated import Concatenated
from pleura.data.views import Views
from pleura.models.build import build_backbone
from pleura.models.network import to_channels_last
from pleura.tasks.images import OnImages
from pleura.tasks.selfsup.listed import make_method
from pleura.tasks.selfsup.pretraining import Pretraining
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import Phase
from pleura.train.precision import make_fabric
from pleura.transfer.strategy import all_parts

import pleura._torchvision  # noqa: F401  isort: skip
import timm
from lightly.data.dataset import LightlyDataset
from timm.data.dataset_factory import create_dataset
from timm.data.loader import create_loader

NETS = ("resnet50", "tf_efficientnet_lite0")
RATE = 1e-3
STORED = 256  # pixels along the shorter side of the files


def main() -> None:
    """Run the comparisons and print a line for each side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=2048, help="an epoch")
    parser.add_argument("--size", type=int, default=224, help="pixels")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit(
            "benchmarks/gpu.py measures trainings on a GPU, and torch finds none here; run it "
            "where torch.cuda.is_available() is true (on a CPU, benchmarks/training.py measures)"
        )
    device = torch.device("cuda", 0)
    print(f"{torch.cuda.get_device_name(device)}, {options.size} px, batch {options.batch}, "
          f"{options.workers} workers, torch {torch.__version__}", flush=True)  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        run(Path(name), NETS, options, device)


def run(folder: Path, nets: Iterable[str], options: argparse.Namespace, device: Any) -> None:
    """All comparisons on a device, with files in `folder`."""
    images = write_images(folder / "images", options.images)
    files = [str(path) for path in sorted(images.rglob("*.jpeg"))]
    bank = build_bank(files, folder / "banks", size=options.size)
    for net in nets:
        sides = {
            "pleura": pleura_epoch(net, bank, options, device),
            "bare": bare_epoch(net, options, device),
            "timm, memory": timm_epoch(net, Decoded(files), options, device),
            "timm, disk": timm_epoch(net, create_dataset("", str(images)), options, device),
        }
        compare(net, sides, options.rounds)
    sides = {
        "pleura": pleura_simclr(bank, options, device),
        "lightly": lightly_simclr(images, options, device, lean=False),
        "lightly, lean": lightly_simclr(images, options, device, lean=True),
    }
    compare(f"SimCLR of {NETS[0]}", sides, options.rounds)


def compare(title: str, sides: dict[str, Epoch], rounds: int) -> None:
    """Time all sides in turn, after one epoch each; print medians and ratios."""
    for epoch in sides.values():
        epoch()
    speeds: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, epoch in sides.items():
            speeds[side].append(epoch())
    for side, speed in speeds.items():
        ratios = sorted(a / b for a, b in zip(speeds["pleura"], speed, strict=True))
        print(
            f"{title}, {side}: {statistics.median(speed):.0f} images/s, pleura is "
            f"{statistics.median(ratios):.2f} times as fast ({ratios[0]:.2f} to {ratios[-1]:.2f})",
            flush=True,
        )


def write_images(folder: Path, n: int) -> Path:
    """n JPEG files in two folders of classes: radiographs where there are, else blurred noise."""
    paths = sorted(KERMANY.glob("*/*.jpeg"))
    paths = paths[:: max(1, len(paths) // n)][:n]
    rng = np.random.default_rng(0)
    for i in range(n):
        if paths:
            image = Image.open(paths[i % len(paths)]).convert("L")
        else:
            noise = rng.integers(0, 256, (STORED, STORED), dtype=np.uint8)
            image = Image.fromarray(noise).filter(ImageFilter.GaussianBlur(4))
        scale = STORED / min(image.size)
        target = folder / str(i % CLASSES) / f"{i}.jpeg"
        target.parent.mkdir(parents=True, exist_ok=True)
        image.resize([round(side * scale) for side in image.size]).save(target, quality=90)
    return folder


def pleura_epoch(net: str, bank: Bank, options: argparse.Namespace, device: torch.device) -> Epoch:
    """pleura's loop as a study runs it, without its logs."""
    rows = np.arange(len(bank))
    task = OnImages(
        bank,
        rows % CLASSES,
        train=rows,
        validation=rows[: 4 * CLASSES],
        n_classes=CLASSES,
        augmentation=Augmentation(),
        balanced=True,
        device=device,
    )
    settings = FitSettings(epochs=1, min_steps=1, batch_size=options.batch)

    def epoch() -> float:
        torch.backends.cudnn.benchmark = False  # as in a study
        model = network(net)
        phases = (Phase("all", all_parts(model)),)
        fabric = make_fabric(device.type, "bf16")
        result = fit(model, task, phases, settings, rate=RATE, seed=0, fabric=fabric)
        return len(rows) / result.seconds

    return epoch


def bare_epoch(net: str, options: argparse.Namespace, device: torch.device) -> Epoch:
    """pleura's network on random tensors on the device."""
    images = torch.rand(options.batch, 1, options.size, options.size, device=device)
    targets = torch.arange(options.batch, device=device) % CLASSES
    steps = options.images // options.batch

    def epoch() -> float:
        torch.backends.cudnn.benchmark = True
        model = network(net).to(device)
        optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, fused=True)
        return train(model, optimiser, [(images, targets)] * steps, device)

    return epoch


class Decoded(Dataset[Any]):
    """Images of files decoded in memory, as timm's datasets give them."""

    transform: Any = None  # set by timm's loader

    def __init__(self, files: list[str]) -> None:
        self.images = [Image.open(file).convert("RGB") for file in files]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, row: int) -> tuple[Any, int]:
        return self.transform(self.images[row]), row % CLASSES


def timm_epoch(net: str, data: Any, options: argparse.Namespace, device: torch.device) -> Epoch:
    """The network and the loop of timm's `train.py`, with its loader and its settings."""
    # Its import loads torch's compiler, two seconds.
    from timm.optim import create_optimizer_v2  # type: ignore[attr-defined]

    loader = create_loader(
        data,
        input_size=(3, options.size, options.size),
        batch_size=options.batch,
        is_training=True,
        num_workers=options.workers,
        pin_memory=device.type == "cuda",
        persistent_workers=options.workers > 0,
        device=device,
    )

    def epoch() -> float:
        torch.backends.cudnn.benchmark = True
        model = timm.create_model(net, num_classes=CLASSES)
        to_channels_last(model.to(device))
        optimiser = create_optimizer_v2(model, opt="adamw", lr=RATE, weight_decay=0.05)
        return train(model, optimiser, loader, device)

    return epoch


def train(model: nn.Module, optimiser: Any, batches: Iterable[Any], device: torch.device) -> float:
    """The loop of timm's `train.py`, which reads no loss between its logs; images a second."""
    model.train()
    images = 0
    wait(device)
    start = time.perf_counter()
    for shown, targets in batches:
        shown = shown.to(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            loss = functional.cross_entropy(model(shown), targets)
        torch.autograd.backward(loss)
        optimiser.step()
        optimiser.zero_grad()
        images += len(targets)
    wait(device)
    return images / (time.perf_counter() - start)


def wait(device: torch.device) -> None:
    """Wait for all that a device was given to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def pleura_simclr(bank: Bank, options: argparse.Namespace, device: torch.device) -> Epoch:
    """pleura's loop as a study pretrains."""
    rows, labels = np.arange(len(bank)), np.full(len(bank), -1)
    images, few = Concatenated((bank,)), rows[: options.batch]
    task = Pretraining(images, train=rows, validation=few, labels=labels, device=device)
    settings = FitSettings(epochs=1, min_steps=1, batch_size=options.batch)

    def epoch() -> float:
        torch.backends.cudnn.benchmark = False
        loaded, shape = build_backbone(NETS[0], "random"), {"size": bank.size, "images": len(bank)}
        model = make_method("simclr").build(loaded, Views(), **shape, seed=0)
        to_channels_last(model)
        fabric, phases = make_fabric(device.type, "bf16"), (model.phase(),)
        result = fit(model, task, phases, settings, rate=RATE, seed=0, fabric=fabric, keep="last")
        return len(rows) / result.seconds

    return epoch


def lightly_simclr(
    images: Path, options: argparse.Namespace, device: torch.device, *, lean: bool
) -> Epoch:
    """lightly's example; `lean`: nothing but crop and flip."""
    data = LightlyDataset(str(images), transform=simclr_transform(options.size, lean=lean))
    loader: DataLoader[Any] = DataLoader(
        data,
        batch_size=options.batch,
        shuffle=True,
        drop_last=True,
        num_workers=options.workers,
        persistent_workers=options.workers > 0,
        pin_memory=device.type == "cuda",
    )

    def epoch() -> float:
        torch.backends.cudnn.benchmark = True
        model = SimCLRExample(NETS[0]).to(device)
        to_channels_last(model)
        optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, fused=True)
        wait(device)
        start = time.perf_counter()
        for views, _, _ in loader:
            x0, x1 = (view.to(device, non_blocking=True) for view in views)
            with torch.autocast(device.type, torch.bfloat16):
                loss: Tensor = model(x0, x1)
            torch.autograd.backward(loss)
            optimiser.step()
            optimiser.zero_grad()
        wait(device)
        return float(len(loader) * options.batch) / (time.perf_counter() - start)

    return epoch


if __name__ == "__main__":
    main()
