"""What helps where labels are few, each by itself."""

import numpy as np
import torch
from torch import nn

from pleura.data.augment import sample, vary, vary_masks
from pleura.data.augment_settings import Augmentation, Cutout, Mixup, RandAugment
from pleura.data.cutout import hide, sample_holes
from pleura.data.mixing import mix, sample_mixture
from pleura.data.sizes import resized, resized_masks, side_at
from pleura.models.build import build_backbone
from pleura.models.stochastic_depth import drop_branches, residual_branches
from pleura.tasks.classification import CrossEntropy
from pleura.tasks.distillation import Teacher
from pleura.tasks.findings.losses import weighted_cross_entropy
from pleura.tasks.soft_losses import of_classes, of_findings
from pleura.train.averaging import AveragedWeights
from pleura.train.task import Batch
from tests.golden.behaviour.inputs import CPU, Figures, pictures, seen, wave


def averaged_weights() -> Figures:
    """Of a parameter that goes its way for some steps, of which the last count more."""
    parameter = nn.Parameter(torch.zeros(12))
    average = AveragedWeights([parameter], decay=0.7)
    found: Figures = []
    for step in range(6):
        with torch.no_grad():
            parameter.copy_(wave(12, seed=step))
        average.update()
        found += seen(average.values[0])
    return found


def smoothing() -> Figures:
    """Losses of classes with smoothed targets, balanced and not."""
    classes, logits = np.array([0, 1, 2, 0, 0, 1]), wave(6, 3)
    found: Figures = []
    for balanced in (True, False):
        criterion = CrossEntropy(smoothing=0.2)(classes, 3, balanced, CPU)
        found.append(criterion(logits, torch.from_numpy(classes)).item())
    return found


def smoothed_findings() -> Figures:
    """The same of findings, of which some are not known."""
    labels, logits = np.eye(3, dtype=np.int64)[[0, 1, 2, 0, 0, 1]], wave(6, 3)
    labels[3:, 2] = -1
    found: Figures = []
    for balanced in (True, False):
        criterion = weighted_cross_entropy(smoothing=0.2)(labels, 3, balanced, CPU)
        found.append(criterion(logits, torch.from_numpy(labels)).item())
    return found


def mixup() -> Figures:
    """A batch mixed, and how."""
    mixture = sample_mixture(Mixup(), torch.arange(12) % 4 > 0, seed=5)
    return [str(mixture.partners.tolist()), mixture.share, *seen(mix(pictures(12, 16), mixture))]


def distillation() -> Figures:
    """Which images a batch has besides its own, and what is lost beside a teacher's logits."""
    settings = {"temperature": 3.0, "weight": 0.5, "unlabelled": 2}
    teacher = Teacher(np.arange(40), wave(40, 3).numpy(), np.arange(20, 40), settings, of_classes)
    rows, of = teacher.drawn(Batch(np.arange(6), seed=5, augmented=True))
    found: Figures = [str(rows.tolist()), str(of.positions.tolist())]
    student = wave(len(rows), 3, seed=1)
    said = teacher.said_of(rows, CPU)
    return [*found, *(loss(student, said, 3.0).item() for loss in (of_classes, of_findings))]


def cutout() -> Figures:
    """A batch with holes."""
    images, touched = pictures(12, 32), torch.arange(12) % 4 > 0
    holes = sample_holes(Cutout(), touched, images, torch.Generator().manual_seed(5))
    return [*seen(holes.float()), *seen(hide(images, holes))]


def rand_augment() -> Figures:
    """A batch that is changed three times an image."""
    images = pictures(12, 32)
    settings = Augmentation(rand_augment=RandAugment(changes=3))
    variation = sample(settings, images.shape, torch.Generator().manual_seed(5))
    return seen(vary(images, variation), vary_masks((images[:, 0] > 0.5).byte(), variation))


def stochastic_depth() -> Figures:
    """How often branches of networks are left out, and what the others are scaled by."""
    found: Figures = []
    for name in ("mobilenet_v2_035", "resnet18", "vit_tiny_patch16_224"):
        with torch.device("meta"):
            network = build_backbone(name, "random", channels=3).backbone
        drop_branches(network, 0.3)
        branches = list(residual_branches(network))
        found += [name, len(branches)]
        for block, end in branches[:: len(branches) // 2]:
            (hook,) = end._forward_hooks.values()
            torch.manual_seed(0)
            block.train()
            kept = hook(end, (), torch.ones(1000, 1))
            found += [(kept == 0).float().mean().item(), kept.max().item()]
    return found


def growing_images() -> Figures:
    """The sides of the batches of a training, and an image and its mask at one of them."""
    sides = [side_at((32, 48), 64, step / 24, seed=step) for step in range(24)]
    images = pictures(2)
    masks = (images[:, 0] > 0.5).byte()
    return [str(sides), *seen(resized(images, 48), resized_masks(masks, 48))]
