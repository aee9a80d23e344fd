"""The loop, the tasks and what is fitted to an optimum."""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura._fabric import Fabric
from pleura.data.augment import Augmentation
from pleura.data.bank import Bank
from pleura.data.image_groups import balanced_order, groups_of
from pleura.data.mask_bank import MaskBank
from pleura.data.shortcut_settings import GroupDRO
from pleura.evaluate.curve_areas import AUROC
from pleura.models.classifier import CLASSIFIER, Classifier
from pleura.tasks.attention_pooling import AttentionPooling, Bags
from pleura.tasks.classification import (
    guessing_loss,
    inverse_frequency,
)
from pleura.tasks.group_dro import RobustLoss
from pleura.tasks.images import OnImages
from pleura.tasks.learned import score_of
from pleura.tasks.listed import TASKS
from pleura.tasks.pixels import FOREST, LOGISTIC, PixelTraining, small_pixels
from pleura.tasks.segmentation import Loss, Segmentation, as_judged, make_loss
from pleura.tasks.study_task import LabelTask
from pleura.train.head import fit_head
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import Phase
from pleura.train.task import Batch
from tests.golden.behaviour.inputs import (
    CPU,
    Figures,
    Stored,
    StoredMasks,
    by_formula,
    pictures,
    seen,
    wave,
)
from tests.tasks.selfsup.contract import small_backbone


def training_loop() -> Figures:
    """Two phases of a small network with BatchNorm, dropout and a penalty."""
    model = Classifier(small_backbone().backbone, (0.5,), (0.25,), 2, dropout=0.2, seed=0)
    by_formula(model)
    task = Discs()
    phases = (
        Phase("classifier", frozenset({CLASSIFIER}), augmented=False),
        Phase("all", frozenset(name for name, _ in model.parts()), {CLASSIFIER: 2.0}, 2.0),
    )
    result = fit(
        model,
        task,
        phases,
        FitSettings(epochs=3, min_steps=3, batch_size=8, batchnorm_images=8),
        rate=1e-3,
        seed=1,
        fabric=Fabric(accelerator="cpu", devices=1),
        penalty=lambda: sum((p.square().sum() for p in model.head.parameters()), Tensor([0])),
    )
    losses = [float(record[name]) for record in result.history for name in ("train_loss", "loss")]
    # A bias before a BatchNorm gets no gradient but rounding, which Adam makes large.
    steady = [p for p in model.parameters() if p.ndim > 1]
    spreads = [value for name, value in model.state_dict().items() if "running_var" in name]
    return [*losses, *seen(*steady, *spreads)]


class Discs:
    """Whether the disc lies in the right half."""

    images = pictures(16, 48)
    targets = (torch.sin(torch.arange(16)) > 0).long()
    n_train = 16

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        chosen = batch.positions
        dark = 0.5 + 0.5 * torch.rand(len(chosen), 1, 1, 1, generator=batch.generator("x", CPU))
        images = self.images[chosen] * (dark if batch.augmented else 1)
        return nn.functional.cross_entropy(model(images), self.targets[chosen])

    def show(self, model: nn.Module, chosen: NDArray[np.int64]) -> None:
        model(self.images[chosen])

    def validate(self, model: nn.Module) -> dict[str, float]:
        with torch.inference_mode():
            loss = nn.functional.cross_entropy(model(self.images), self.targets).item()
        return {"loss": loss, "score": -loss}

    def describe(self, chosen: NDArray[np.int64]) -> str:
        return str(chosen)


def classification() -> Figures:
    """Loss, score, weights of classes and the loss of guessing; a batch as training shows it."""
    labels = np.array([0, 1, 2, 0, 0, 1, 0, 0, 2])
    logits = wave(9, 3).numpy()
    weights = inverse_frequency(labels, 3)
    guessed = [guessing_loss(labels, 3, balanced) for balanced in (True, False)]
    rows = np.arange(9)
    task = OnImages(
        cast(Bank, Stored(pictures(9))),
        labels,
        train=rows,
        validation=rows,
        n_classes=3,
        augmentation=Augmentation(),
        balanced=True,
        device=CPU,
    )
    model = Strips(3)
    losses = [task.loss(model, Batch(rows[:6], 0, augmented)).item() for augmented in (True, False)]
    figures = task.validate(model).values()
    return [score_of(logits, labels, AUROC), *guessed, *map(float, weights), *losses, *figures]


GROUPS = groups_of(np.array(["here", "there", ""])[np.arange(9) // 4])


def groups_of_images() -> Figures:
    """The order of an epoch in which small groups are drawn again, as random numbers have it; and
    how often it draws each image on average."""
    order = balanced_order(GROUPS, np.random.default_rng(3))
    named = ", ".join(GROUPS.names)
    return [named, *map(float, GROUPS.of), *map(float, order), *GROUPS.draws.tolist()]


def group_dro() -> Figures:
    """Losses of two batches, and the weights of groups after them."""
    targets, logits = np.arange(9) % 3, wave(9, 3)
    settings = GroupDRO(step=0.5, adjustment=1.0)
    robust = RobustLoss(settings, GROUPS, targets, CPU)
    criterion = nn.CrossEntropyLoss()
    losses = []
    for rows in (np.arange(9), np.arange(5)):
        batch = Batch(rows, 0, augmented=True)
        its = robust(criterion, logits[rows], torch.from_numpy(targets[rows]), batch)
        losses.append(its.item())
    return [*losses, *robust.weights.tolist()]


def as_findings(classes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Findings (n, 3) of classes (n,): each class is one, every other image of class 0 has the
    second, too, and of every fourth image the last is not known."""
    found = np.eye(3, dtype=np.int64)[classes]
    found[::2, 1] |= classes[::2] == 0
    found[3::4, 2] = -1
    return found


def as_numbers(classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Numbers (n,) far from 0."""
    return np.asarray(100 + 10.0 * classes + np.arange(len(classes)) % 3)


SHAPED = {"findings": as_findings, "numbers": as_numbers}
"""What labels are of a task in which they are no classes."""
OUTPUTS = {"numbers": 1}
"""How many a network has, where that is not one a class."""


def labels(name: str) -> Figures:
    """What a listed task says of its learning: losses, score, linear head, baselines, columns."""
    task = cast(LabelTask, TASKS[name])
    learned = task.learned
    shaped = SHAPED.get(name, np.asarray)
    k = OUTPUTS.get(name, 3)
    of, logits = shaped(np.array([0, 1, 2, 0, 0, 1, 0, 0, 2])), wave(9, 3)[:, :k]
    found: Figures = [learned.score(logits.numpy(), of, task.score, learned.probabilities)]
    for balanced in (True, False):
        loss = learned.loss(of, k, balanced, CPU)(logits, torch.from_numpy(of)).item()
        found += [loss, learned.guess(of, k, balanced, learned.loss)]
    classes, features = np.arange(30) % 3, wave(30, 4).numpy()
    features[:, 0] += classes
    many = shaped(classes)
    head = learned.fit_head(features, many, n_classes=k, penalty=0.1, balanced=True)
    found += seen(head.weight, head.bias)
    pixels = small_pixels(Stored(pictures(24)), np.arange(24))
    training = PixelTraining(pixels[:16], many[:16], k, seed=5, threads=1)
    for baseline in learned.baselines:
        value = baseline.tried(1)[0]
        found += [baseline.name, value, *seen(baseline.fit(training, value, pixels[16:]))]
    columns = learned.columns(logits.numpy(), of, ["a", "b", "c"])
    return [*found, ", ".join(map(str, columns.columns)), *seen(columns.fillna(-1).to_numpy(float))]


class Strips(nn.Module):
    """Mean gray values of vertical strips, as logits of classes."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes

    def forward(self, images: Tensor) -> Tensor:
        parts = nn.functional.adaptive_avg_pool2d(images, (1, self.classes)).flatten(1)
        return parts * 5


def segmentation() -> Figures:
    """Every loss, and structures as they are judged."""
    logits, targets = wave(2, 3, 8, 8), (wave(2, 8, 8) > 0).long()
    targets[:, :2], targets[:, 7] = 2, 255
    weights = torch.tensor([0.5, 1.0, 1.5])
    names: tuple[Loss, ...] = ("dice", "cross_entropy", "dice_cross_entropy", "focal_tversky")
    judged = as_judged(np.array([[[0, 1, 2]]], np.uint8), ("a", "b"), ("b",))
    losses = [float(make_loss(name, weights)(logits, targets)) for name in names]
    rows = np.arange(6)
    task = Segmentation(
        cast(Bank, Stored(pictures(6))),
        cast(MaskBank, StoredMasks()),
        train=rows,
        validation=rows,
        loss="dice_cross_entropy",
        augmentation=Augmentation(),
        device=CPU,
    )
    losses += [task.loss(Pixels(), Batch(rows, 0, varied)).item() for varied in (True, False)]
    return [*losses, *task.validate(Pixels()).values(), str(judged)]


class Pixels(nn.Module):
    """How bright a pixel is, as the logits of background and disc."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.cat([0.45 - images, images - 0.45], dim=1) * 5


def linear_head() -> Figures:
    """Two penalties on features of three classes, balanced and not; and of two."""
    features, labels = wave(30, 4).numpy(), np.arange(30) % 3
    features[:, 0] += labels
    found: Figures = []
    for penalty, balanced, k in ((0.1, True, 3), (0.01, False, 3), (0.1, True, 2)):
        head = fit_head(features, labels % k, n_classes=k, penalty=penalty, balanced=balanced)
        found += seen(head.weight, head.bias)
    return found


def pixel_baselines() -> Figures:
    """Both baselines with three trials."""
    images = pictures(24)
    labels = (torch.sin(torch.arange(24)) > 0).long().numpy()
    pixels = small_pixels(Stored(images), np.arange(24))
    training = PixelTraining(pixels[:16], labels[:16], 2, seed=5, threads=1)
    found: Figures = []
    for baseline in (FOREST, LOGISTIC):
        values = baseline.tried(3)
        found += [baseline.name, str(values)]
        for value in values[:2]:
            found += seen(baseline.fit(training, value, pixels[16:]))
    return found


def attention_over_frames() -> Figures:
    """Clips of three frames, with weights by a formula."""
    features = wave(12, 5).numpy()
    model = AttentionPooling(features, 2, seed=0)
    by_formula(model)
    bags = Bags(features, np.arange(12) // 3, np.array([0, 1, 0, 1]))
    return seen(model(bags), model.weights(bags))
