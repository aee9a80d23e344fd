"""Segmentation: which structure each pixel belongs to, judged by the mean Dice of a case."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from pleura.data.augment import Augmentation, sample, vary, vary_masks
from pleura.data.bank import Bank
from pleura.data.cutout import hide, sample_holes
from pleura.data.hidden import Images
from pleura.data.mask_bank import MaskBank
from pleura.data.sizes import resized, resized_masks, side_at
from pleura.errors import PleuraError
from pleura.evaluate.overlap import IGNORED, counts, dice, mean_of_cases
from pleura.tasks.images import on_device
from pleura.tasks.learned import Learned
from pleura.tasks.losses import Loss as Loss
from pleura.tasks.supply import Supply
from pleura.tasks.watched import MOST_WATCHED, figures, watched
from pleura.train.task import Batch
from pleura.wording import first_few

VERSION = 1  # part of every key: raised whenever a loss or the score would be another
Rows = NDArray[np.int64]
PREDICTED_AT_ONCE = 16  # maps at the size of the image are large
LEARNED = Learned(version=VERSION)
FALSE_POSITIVES, FALSE_NEGATIVES, FOCUS = 0.3, 0.7, 4 / 3  # of the focal Tversky loss


class Segmentation:
    """The task of one training: which images of the bank, their masks, how both are varied."""

    def __init__(
        self,
        bank: Bank,
        masks: MaskBank,
        *,
        train: Rows,
        validation: Rows,
        loss: Loss,
        augmentation: Augmentation | None,
        device: torch.device,
        judges: MaskBank | None = None,
        sizes: Sequence[int] = (),
    ) -> None:
        """`train`, `validation`: rows of the bank. `judges` are the masks that the score is told
        by, where they are others than those that are learned; their structures are among these.
        `sizes`: smaller ones at which training starts, pixels."""
        self.bank, self.masks, self.train, self.validation = bank, masks, train, validation
        self.judges, self.sizes = judges or masks, sizes
        self.augmentation, self.device, self.n_train = augmentation, device, len(train)
        rows = np.concatenate([train, validation])
        self.supplies = Supply(bank, rows, device), Supply(masks, rows, device)
        self.watched = watched(train, "training", most=min(MOST_WATCHED, len(validation)))
        self.criterion = make_loss(loss, pixel_weights(masks, train).to(device))

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """The loss of the training images of a batch; ignored pixels are not in it."""
        images, targets = self._load(self.train[batch.positions])
        if batch.augmented:
            images, targets = self.varied(images, targets, batch)
            side = side_at(self.sizes, images.shape[-1], batch.progress, batch.seed)
            images, targets = resized(images, side), resized_masks(targets, side)
        return self.criterion(model(images).float(), targets.long())

    def varied(self, images: Tensor, masks: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Images (n, 1, h, w) in [0, 1] and masks (n, h, w) uint8 as training shows them; what is
        hidden of an image is ignored in its mask."""
        if not (settings := self.augmentation):
            return images, masks
        generator = torch.Generator(self.device).manual_seed(batch.seed)
        variation = sample(settings, images.shape, generator)
        images, masks = vary(images, variation), vary_masks(masks, variation)
        if settings.cutout:
            drawn = batch.generator("cutout", self.device)
            holes = sample_holes(settings.cutout, variation.touched, images, drawn)
            images, masks = hide(images, holes), masks.masked_fill(holes.squeeze(1), IGNORED)
        return images, masks

    def show(self, model: nn.Module, chosen: Rows) -> None:
        """Run the model on the training images at positions `chosen`, as they are judged."""
        model(self._load(self.train[chosen])[0])

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Mean Dice of the cases (`score`) and mean `loss` on the validation part.

        The score is that of the structures that are judged, the loss of those that are learned.
        `judged_score` and `judged_loss` are the same of at most 512 training images as they are, in
        evaluation mode.
        """
        loss, score = self._judge(model, self.validation)
        if not math.isfinite(score):
            raise PleuraError(
                "the Dice on the validation part cannot be computed: no validation image shows any "
                f"of {', '.join(self.judges.structures)}; take a larger validation part"
            )
        return figures((loss, score), self._judge(model, self.watched))

    def _judge(self, model: nn.Module, part: Rows) -> tuple[float, float]:
        losses, overlaps = [], []
        with torch.inference_mode():
            for rows in _batches(part):
                images, targets = self._load(rows)
                logits = model(images).float()
                losses.append(self.criterion(logits, targets.long()))
                predicted = as_judged(
                    _structures(logits), self.masks.structures, self.judges.structures
                )
                judged = self.judges.read(rows)
                overlaps.append(counts(predicted, judged, len(self.judges.structures)))
        total = 0.0
        for loss, rows in zip(torch.stack(losses).cpu().tolist(), _batches(part), strict=True):
            total += loss * len(rows)
        return total / len(part), mean_of_cases(dice(np.concatenate(overlaps)))

    def describe(self, chosen: Rows) -> str:
        """The first images of a batch by name."""
        return first_few(self.bank.info["image"].iloc[self.train[chosen]], 4)

    def _load(self, rows: Rows) -> tuple[Tensor, Tensor]:
        """Images (n, 1, h, w) float and masks (n, h, w) uint8 on the device."""
        images, masks = self.supplies
        return on_device(images, rows, self.device), masks.on_device(rows)


def as_judged(
    predicted: NDArray[np.uint8], learned: Sequence[str], judged: Sequence[str]
) -> NDArray[np.uint8]:
    """Masks (n, h, w) of the structures that a network `learned`, as indices of those `judged`.

    What is not judged becomes background.
    """
    index = {name: number for number, name in enumerate(judged, start=1)}
    lookup = np.array([0, *(index.get(name, 0) for name in learned)], dtype=np.uint8)
    return lookup[predicted]


def pixel_weights(masks: MaskBank, rows: Rows) -> Tensor:
    """Weight of each class in the cross-entropy, (structures + 1,) float32, 1 on average.

    One over the root of its share of the pixels of `rows`: a structure of 1 % then counts ten times
    as much a pixel as the rest. In full proportion, its border would swell. A structure that is
    in none of these masks has the largest weight of the others.
    """
    k = len(masks.structures) + 1
    pixels = np.zeros(k)
    for part in _batches(rows):
        pixels += np.bincount(masks.read(part).ravel(), minlength=256)[:k]
    share = pixels / pixels.sum()
    weights = 1 / np.sqrt(np.where(share > 0, share, share[share > 0].min()))
    return torch.from_numpy((weights / (weights * share).sum()).astype(np.float32))


def make_loss(name: Loss, weights: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss of logits (n, k, h, w) float and targets (n, h, w) int64; 255 is not counted.

    All but `cross_entropy` take each class over all pixels of a batch, so that a small structure
    counts as much as a large one and an image without it does no harm. `dice` has the squares of
    Milletari et al. (2016), without which a structure of one pixel in a hundred was lost in most
    trials. `focal_tversky` (Abraham and Khan 2019) weighs false negatives .7 and false positives
    .3 and leaves the background out; to the power 4/3, so that what is missed most counts most.
    `cross_entropy` is weighted by `weights` (k,); `dice_cross_entropy` is the plain sum.
    """
    # Importing monai takes seconds, which only training needs.
    from monai.losses.dice import DiceLoss
    from monai.losses.tversky import TverskyLoss

    overlap = DiceLoss(
        to_onehot_y=True, softmax=True, squared_pred=True, batch=True, ignore_index=IGNORED
    )
    tversky = TverskyLoss(
        include_background=False,
        to_onehot_y=True,
        softmax=True,
        alpha=FALSE_POSITIVES,
        beta=FALSE_NEGATIVES,
        reduction="none",
        batch=True,
        ignore_index=IGNORED,
    )

    def of_dice(logits: Tensor, targets: Tensor) -> Tensor:
        value: Tensor = overlap(logits, targets.unsqueeze(1))
        return value

    def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
        return functional.cross_entropy(logits, targets, weights, ignore_index=IGNORED)

    def focal_tversky(logits: Tensor, targets: Tensor) -> Tensor:
        missed: Tensor = tversky(logits, targets.unsqueeze(1))
        return (missed**FOCUS).mean()

    return {
        "dice": of_dice,
        "cross_entropy": cross_entropy,
        "dice_cross_entropy": lambda a, b: of_dice(a, b) + cross_entropy(a, b),
        "focal_tversky": focal_tversky,
    }[name]


def predict_masks(
    model: Callable[[Tensor], Tensor], images: Images, rows: Rows, device: torch.device
) -> NDArray[np.uint8]:
    """The likeliest structure of each pixel, (len(rows), h, w) uint8, 0 for background."""
    predicted = []
    with torch.inference_mode():
        for part in _batches(rows):
            predicted.append(_structures(model(on_device(images, part, device))))
    return np.concatenate(predicted)


def _batches(rows: Rows) -> list[Rows]:
    return [rows[at : at + PREDICTED_AT_ONCE] for at in range(0, len(rows), PREDICTED_AT_ONCE)]


def _structures(logits: Tensor) -> NDArray[np.uint8]:
    return logits.argmax(dim=1).to(torch.uint8).cpu().numpy()
