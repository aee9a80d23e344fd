"""Images a second of self-supervised training: pleura against lightly's own examples.

The rival is SimCLR or BYOL as lightly's documentation writes it: LightlyDataset on the JPEG files,
its SimCLRTransform or BYOLTransform, a DataLoader, a plain loop. Network, heads, loss, optimiser,
image size and batch are the same; number of workers and precision are the best of a short trial.
In the same run, in turn with pleura, medians and the median of the ratios are told for

- `documented`: the transforms with their defaults. They vary colour, which a gray image has not,
  and in BYOL solarise; they neither turn images nor add noise, which pleura does.
- `lean`: nothing but crop and flip, and weights laid out channels last: what it could be tuned to.

pleura is what a study runs, with validation (of a batch) and a checkpoint; the bank, decoded once
before, is not counted. Their network takes three channels, ours one.

    python benchmarks/selfsup.py                # real images from PLEURA_SHARED
    python benchmarks/selfsup.py FOLDER         # any folder with folders of JPEG files
"""

import argparse
import copy
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from pleura.data.bank import Bank, build_bank
from pleura.data.concatenated import Concatenated
from pleura.data.views import Views
from pleura.models.build import build_backbone
from pleura.models.network import to_channels_last
from pleura.tasks.selfsup.listed import make_method
from pleura.tasks.selfsup.methods.byol import BYOL
from pleura.tasks.selfsup.methods.simclr import SimCLR
from pleura.tasks.selfsup.pretraining import Pretraining
from pleura.train.loop import FitSettings, fit
from pleura.train.precision import make_fabric

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.data.dataset import LightlyDataset
from lightly.loss.negative_cosine_similarity import NegativeCosineSimilarity
from lightly.loss.ntx_ent_loss import NTXentLoss
from lightly.models.modules.heads import (
    BYOLPredictionHead,
    BYOLProjectionHead,
    SimCLRProjectionHead,
)
from lightly.models.utils import deactivate_requires_grad, update_momentum

# Their import loads torch's compiler, two seconds, which whoever only reads this module saves.
if TYPE_CHECKING:
    from lightly.transforms.byol_transform import BYOLTransform
    from lightly.transforms.simclr_transform import SimCLRTransform

BACKBONE, BATCH, RATE = "mobilenet_v2_035", 64, 1e-3
PRECISIONS, WORKERS = ("fp32", "bf16"), (0, 1, 2)
SHARED = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[2] / "shared"))
KERMANY = SHARED / "data" / "chest_xray" / "kermany" / "train"

Epoch = Callable[[], float]
"""Trains one epoch and returns images a second."""


def main() -> None:
    """Run the comparisons and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=KERMANY)
    parser.add_argument("--images", type=int, default=16 * BATCH, help="an epoch")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 96], help="pixels")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    paths = sorted(options.folder.rglob("*.jp*g"))
    n = options.images // BATCH * BATCH
    if len(paths) < n or n == 0:
        raise SystemExit(f"{options.folder} holds {len(paths)} JPEG files; {BATCH} are a batch")
    print(f"{n} images, {BACKBONE}, batch {BATCH}, {torch.get_num_threads()} threads", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "images" / "all").mkdir(parents=True)
        for i, path in enumerate(paths[:: len(paths) // n][:n]):
            (folder / "images" / "all" / f"{i}.jpeg").symlink_to(path.resolve())
        for size, method in itertools.product(options.sizes, ("simclr", "byol")):
            compare(folder, size, method, options.rounds)


def compare(folder: Path, size: int, method: str, rounds: int) -> None:
    """Time pleura and both rivals in turn; print medians and the ratios' median and range."""
    images = folder / "images"
    start = time.perf_counter()
    files = [str(path) for path in sorted(images.rglob("*.jpeg"))]
    bank = build_bank(files, folder / "banks", size=size)
    print(f"{method}, {size} px: bank in {time.perf_counter() - start:.1f} s, once", flush=True)
    sides = {
        "pleura": best({p: pleura_epoch(method, bank, folder, p) for p in PRECISIONS}),
        **{
            f"lightly, {kind}": best(
                {
                    f"{precision}, {workers} workers": lightly_epoch(
                        method, images, size, precision, workers, lean=kind == "lean"
                    )
                    for precision, workers in itertools.product(PRECISIONS, WORKERS)
                }
            )
            for kind in ("documented", "lean")
        },
    }
    speeds: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, (_, epoch) in sides.items():
            speeds[side].append(epoch())
    for side, (settings, _) in sides.items():
        ratios = sorted(a / b for a, b in zip(speeds["pleura"], speeds[side], strict=True))
        print(
            f"  {side} ({settings}): {statistics.median(speeds[side]):.0f} images/s, pleura is "
            f"{statistics.median(ratios):.2f} times as fast ({ratios[0]:.2f} to {ratios[-1]:.2f})",
            flush=True,
        )


def best(candidates: dict[str, Epoch]) -> tuple[str, Epoch]:
    """The fastest over one epoch."""
    speed = {name: epoch() for name, epoch in candidates.items()}
    fastest = max(speed, key=lambda name: speed[name])
    return fastest, candidates[fastest]


def pleura_epoch(method: str, bank: Bank, folder: Path, precision: str) -> Epoch:
    """pleura's loop as a study runs it."""
    rows = np.arange(len(bank))
    task = Pretraining(
        Concatenated((bank,)),
        train=rows,
        validation=rows[:BATCH],
        labels=np.full(len(bank), -1),
        device=torch.device("cpu"),
    )
    settings = FitSettings(epochs=1, min_steps=1, batch_size=BATCH)
    checkpoint = folder / "checkpoint.pt"

    def epoch() -> float:
        loaded = build_backbone(BACKBONE, "random")
        network = make_method(method).build(
            loaded, Views(), size=bank.size, images=len(bank), seed=0
        )
        to_channels_last(network)
        checkpoint.unlink(missing_ok=True)
        start = time.perf_counter()
        fit(
            network,
            task,
            (network.phase(),),
            settings,
            rate=RATE,
            seed=0,
            fabric=make_fabric("cpu", precision),
            keep="last",
            saved=checkpoint,
        )
        return len(rows) / (time.perf_counter() - start)

    return epoch


def lightly_epoch(
    method: str, images: Path, size: int, precision: str, workers: int, *, lean: bool
) -> Epoch:
    """The loop of lightly's examples on a folder of images."""
    make_transform, make_model = {
        "simclr": (simclr_transform, SimCLRExample),
        "byol": (byol_transform, BYOLExample),
    }[method]
    data = LightlyDataset(str(images), transform=make_transform(size, lean=lean))
    loader = DataLoader(
        data,
        batch_size=BATCH,
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )
    if workers:
        next(iter(loader))  # They start once and stay.

    def epoch() -> float:
        model = make_model()
        if lean:
            to_channels_last(model)
        optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, fused=True)
        total = torch.zeros(())
        start = time.perf_counter()
        for (x0, x1), _, _ in loader:
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
                loss = model(x0, x1)
            total += loss.detach()
            torch.autograd.backward(loss)
            optimiser.step()
            optimiser.zero_grad()
        return len(loader) * BATCH / (time.perf_counter() - start)

    return epoch


def simclr_transform(size: int, *, lean: bool) -> "SimCLRTransform":
    """Two views of an image."""
    from lightly.transforms.simclr_transform import SimCLRTransform

    if lean:
        return SimCLRTransform(size, cj_prob=0, random_gray_scale=0, gaussian_blur=0)
    return SimCLRTransform(size)


def byol_transform(size: int, *, lean: bool) -> "BYOLTransform":
    """Two views of an image."""
    from lightly.transforms.byol_transform import (
        BYOLTransform,
        BYOLView1Transform,
        BYOLView2Transform,
    )

    views: list[Any] = [BYOLView1Transform, BYOLView2Transform]
    if lean:
        off = {"cj_prob": 0, "random_gray_scale": 0, "gaussian_blur": 0, "solarization_prob": 0}
        return BYOLTransform(*(view(size, **off) for view in views))
    return BYOLTransform(*(view(size) for view in views))


class Pooled(nn.Module):
    """The same architecture for three channels, pooled."""

    def __init__(self, name: str = BACKBONE) -> None:
        super().__init__()
        self.backbone = build_backbone(name, "random", channels=3).backbone
        self.width = self.backbone.cuts[-1].channels

    def forward(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) to (n, channels)."""
        features: Tensor = self.backbone(x).mean(dim=(2, 3))
        return features


class SimCLRExample(nn.Module):
    """lightly's example of SimCLR."""

    def __init__(self, name: str = BACKBONE) -> None:
        super().__init__()
        ours = SimCLR()
        self.backbone = Pooled(name)
        self.projection = SimCLRProjectionHead(self.backbone.width, ours.hidden, ours.output)
        self.criterion = NTXentLoss(ours.temperature)

    def forward(self, x0: Tensor, x1: Tensor) -> Tensor:
        """The loss of two views, each (n, 3, h, w)."""
        loss: Tensor = self.criterion(*(self.projection(self.backbone(x)) for x in (x0, x1)))
        return loss


class BYOLExample(nn.Module):
    """lightly's example of BYOL."""

    def __init__(self) -> None:
        super().__init__()
        ours = BYOL()
        self.backbone = Pooled()
        self.projection = BYOLProjectionHead(self.backbone.width, ours.hidden, ours.output)
        self.prediction = BYOLPredictionHead(ours.output, ours.hidden, ours.output)
        self.slow_backbone = copy.deepcopy(self.backbone)
        self.slow_projection = copy.deepcopy(self.projection)
        deactivate_requires_grad(self.slow_backbone)
        deactivate_requires_grad(self.slow_projection)
        self.criterion, self.momentum = NegativeCosineSimilarity(), ours.momentum

    def forward(self, x0: Tensor, x1: Tensor) -> Tensor:
        """The loss of two views, each (n, 3, h, w)."""
        update_momentum(self.backbone, self.slow_backbone, m=self.momentum)
        update_momentum(self.projection, self.slow_projection, m=self.momentum)
        p0, p1 = (self.prediction(self.projection(self.backbone(x))) for x in (x0, x1))
        z0, z1 = (self.slow_projection(self.slow_backbone(x)).detach() for x in (x0, x1))
        loss: Tensor = 0.5 * (self.criterion(p0, z1) + self.criterion(p1, z0))
        return loss


if __name__ == "__main__":
    main()
