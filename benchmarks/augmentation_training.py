"""One training of `benchmarks/augmentation.py`."""

import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from benchmarks.augmentation_arms import COLLECTIONS, NETWORKS, OLD_NOISE, SIZE, X_UNET, Arm, arms
from torch import Tensor
from torch.nn import functional

from pleura.data.split import Parts
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.overlap import counts, dice, mean_of_cases
from pleura.models.unet_nets import build_unet
from pleura.study.context import Context
from pleura.study.load_data import read_data
from pleura.study.study_files import make_study
from pleura.tasks.classification import CrossEntropy, guessing_loss
from pleura.tasks.images import OnImages, predict
from pleura.tasks.learned import score_of
from pleura.tasks.segmentation import Segmentation, predict_masks
from pleura.train.loop import FitSettings, fit
from pleura.train.precision import make_fabric
from pleura.train.task import Batch
from pleura.transfer.build import build_model
from pleura.transfer.freezing_plan import make_freezing_plan

CPU = torch.device("cpu")


class NoisyImages(OnImages):
    """Noise of one strength on every training image: the default that was at fault."""

    def varied(self, images: Tensor, batch: Batch) -> Tensor:
        """See `OnImages`."""
        return with_old_noise(super().varied(images, batch), batch)


class NoisySegmentation(Segmentation):
    """The same for a segmentation."""

    def varied(self, images: Tensor, masks: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """See `Segmentation`."""
        images, masks = super().varied(images, masks, batch)
        return with_old_noise(images, batch), masks


def with_old_noise(images: Tensor, batch: Batch) -> Tensor:
    """Images (n, 1, h, w) in [0, 1] with noise of standard deviation .02."""
    noise = torch.randn(images.shape, generator=batch.generator("noise", images.device))
    return (images + OLD_NOISE * noise).clamp(0, 1)


@cache
def loaded(data: str, segmented: bool, seed: int, folder: Path) -> Context:
    """A collection: read, checked, decoded and divided, once."""
    content, fraction = COLLECTIONS[data]
    recipe: dict[str, Any] = {"backbone": "resnet18", "weights": "random"}
    content = {**content, "data": {**content["data"], "size": SIZE}}
    if segmented:
        masks = {"masks": {"structures": {"lung": 255}}}
        content |= {"task": "segmentation", "data": {**content["data"], **masks}}
        recipe = {"network": "x_unet"}
    study = make_study(
        {
            **content,
            "question": data,
            "seeds": [seed],
            "fractions": sorted({fraction, 1.0}),
            "reference": "any",
            "recipes": {"any": recipe},
        },
        where=data,
        relative_to=Path.cwd(),
    )
    torch.set_num_threads(1)
    return read_data(study, folder, lambda *_: None, lambda _: None, keep_split=False)


@dataclass(frozen=True)
class Trained:
    """How a training went; `test` is the score on the test part, nan unless it was asked for."""

    history: list[dict[str, Any]]
    n_train: int
    seconds: float
    guess: float = math.nan
    unweighted: float = math.nan
    test: float = math.nan


def train(data: str, network: str, arm: str, seed: int, folder: Path, test: bool) -> Trained:
    """Train one network.

    At a tenth of the labels the validation part of all labels judges, so that fewer differences
    between arms are chance. `guess` is the loss of guessing; `unweighted` the loss on validation
    where no class is weighted, of the weights that are kept.
    """
    change = Arm(**arms()[arm])
    context = loaded(data, network == X_UNET, seed, folder)
    parts = context.split.parts(0, seed, COLLECTIONS[data][1])
    judged = replace(context.split.parts(0, seed, 1.0), train=parts.train)
    of = segment if network == X_UNET else classify
    return of(network, change, seed, context, judged, test)


def classify(
    network: str, arm: Arm, seed: int, context: Context, parts: Parts, test: bool
) -> Trained:
    """A classifier, fine-tuned."""
    built = build_model({"strategy": "fine_tuning", **NETWORKS[network]}, context.n_classes, seed)
    model, labels = built.classifier, context.labels
    task = (NoisyImages if arm.old_noise else OnImages)(
        context.bank,
        labels,
        train=parts.train,
        validation=parts.validation,
        n_classes=context.n_classes,
        augmentation=arm.augmented(),
        balanced=arm.balanced,
        device=CPU,
        loss=CrossEntropy(arm.smoothing),
    )
    result = fit(
        model,
        task,
        built.strategy.phases(model),
        FitSettings(**arm.fit),
        rate=1.5e-3 * arm.rate,
        seed=seed,
        fabric=make_fabric("cpu", "fp32"),
    )
    logits = torch.from_numpy(predict(model, context.bank, parts.validation, CPU))
    plain = functional.cross_entropy(logits, torch.from_numpy(labels[parts.validation]))
    tested = predict(model, context.bank, parts.test, CPU) if test else None
    return Trained(
        result.history,
        len(parts.train),
        result.seconds,
        guess=guessing_loss(
            labels[parts.train], context.n_classes, arm.balanced, CrossEntropy(arm.smoothing)
        ),
        unweighted=plain.item(),
        test=math.nan if tested is None else score_of(tested, labels[parts.test], AUROC),
    )


def segment(
    network: str, arm: Arm, seed: int, context: Context, parts: Parts, test: bool
) -> Trained:
    """A small X-Unet of random weights on lung masks."""
    unet = build_unet({"x_unet": {"width": 16}}, "random", 1, seed=seed).network
    masks = context.masks[""]
    task = (NoisySegmentation if arm.old_noise else Segmentation)(
        context.bank,
        masks,
        train=parts.train,
        validation=parts.validation,
        loss="dice_cross_entropy",
        augmentation=arm.augmented(),
        device=CPU,
    )
    result = fit(
        unet,
        task,
        make_freezing_plan("none").phases(unet),
        FitSettings(**{"batch_size": 16, **arm.fit}),
        rate=1e-3 * arm.rate,
        seed=seed,
        fabric=make_fabric("cpu", "fp32"),
    )
    dice_of_test = math.nan
    if test:
        found = predict_masks(unet, context.bank, parts.test, CPU)
        dice_of_test = mean_of_cases(dice(counts(found, masks.read(parts.test), 1)))
    return Trained(result.history, len(parts.train), result.seconds, test=dice_of_test)
