"""What tasks learn of images that are mixed, and of those of which a part is hidden."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pleura.data.augment import Augmentation, to_float
from pleura.data.mixing import Mixture
from pleura.tasks.classification import CrossEntropy
from pleura.tasks.findings.losses import weighted_cross_entropy
from pleura.tasks.images import OnImages
from pleura.tasks.learned import loss_of_both
from pleura.tasks.listed import TASKS
from pleura.tasks.numbers.learned import huber, loss_between
from pleura.train.task import Batch
from tests.golden.behaviour.inputs import CPU, Stored, StoredMasks, pictures, wave

STILL = dict.fromkeys(("flip", "rotation", "shift", "scale", "brightness", "contrast"), 0)
SWAPPED = Mixture(torch.tensor([1, 0, 2]), share=0.3)


def test_the_loss_of_mixed_classes_is_that_of_mixed_targets() -> None:
    labels, logits = np.array([0, 1, 1]), wave(3, 2)
    criterion = CrossEntropy()(labels, 2, False, CPU)
    found = loss_of_both(criterion, logits, torch.from_numpy(labels), SWAPPED)
    soft = torch.tensor([[0.3, 0.7], [0.7, 0.3], [0.0, 1.0]])
    assert found.item() == pytest.approx(nn.functional.cross_entropy(logits, soft).item())


def test_of_a_finding_that_is_not_known_the_partner_counts_alone() -> None:
    labels, logits = np.array([[1], [-1], [-1]]), wave(3, 1)
    criterion = weighted_cross_entropy()(labels, 1, False, CPU)
    found = loss_of_both(criterion, logits, torch.from_numpy(labels), SWAPPED)
    there = nn.functional.softplus(-logits[:2, 0])
    assert found.item() == pytest.approx((0.3 * there[0] + 0.7 * there[1]).item())


def test_numbers_lie_between_those_of_both_images() -> None:
    labels, outputs = np.array([10.0, 20.0, 40.0]), torch.tensor([[12.0], [19.0], [44.0]])
    criterion = huber(labels, 1, False, CPU)
    found = loss_between(criterion, outputs, torch.from_numpy(labels), SWAPPED)
    between = torch.tensor([0.3 * 10 + 0.7 * 20, 0.3 * 20 + 0.7 * 10, 40.0])
    assert found.item() == pytest.approx(criterion(outputs, between).item())


class Seen(nn.Module):
    """Remembers what it was shown; the mean and its negative are its outputs."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.outputs = outputs

    def forward(self, images: Tensor) -> Tensor:
        self.images = images
        mean = images.mean(dim=(1, 2, 3))
        return torch.stack([mean, -mean], dim=1)[:, : self.outputs]


LABELS: dict[str, Any] = {
    "classification": np.arange(8) % 2,
    "findings": np.stack([np.arange(8) % 2, np.arange(8) // 2 % 3 - 1], axis=1),
    "numbers": np.arange(8) * 3.0,
}


def task(name: str, augmentation: Augmentation) -> OnImages:
    rows = np.arange(8)
    return OnImages(
        Stored(pictures(8, 16)),  # type: ignore[arg-type]
        LABELS[name],
        train=rows,
        validation=rows,
        n_classes=1 if name == "numbers" else 2,
        augmentation=augmentation,
        balanced=name != "numbers",
        device=CPU,
        task=TASKS[name],
    )


@pytest.mark.parametrize("name", LABELS)
def test_images_and_what_is_learned_of_them_are_mixed_alike(name: str) -> None:
    mixed = task(name, Augmentation.model_validate({**STILL, "mixup": {"probability": 0.9}}))
    model, batch = Seen(1 if name == "numbers" else 2), Batch(np.arange(8), 5, augmented=True)
    loss = mixed.loss(model, batch)
    mixture = mixed.mixture(batch)
    assert mixture is not None
    plain = to_float(torch.from_numpy(Stored(pictures(8, 16)).pixels))
    expected = mixture.share * plain + (1 - mixture.share) * plain[mixture.partners]
    torch.testing.assert_close(model.images, expected)
    own = mixture.partners == torch.arange(8)
    assert own.any() and not own.all()
    assert torch.equal(model.images[own], plain[own])
    targets = torch.from_numpy(LABELS[name])
    by = TASKS[name].learned.mixed(mixed.criterion, model(model.images), targets, mixture)
    assert loss.item() == pytest.approx(by.item())


@pytest.mark.parametrize("name", LABELS)
def test_judging_and_phases_without_augmentation_see_no_mixed_image(name: str) -> None:
    every = {"mixup": {"probability": 0.9}, "cutout": {"probability": 0.9}}
    mixed, plain = task(name, Augmentation.model_validate(every)), task(name, Augmentation())
    model = Seen(1 if name == "numbers" else 2)
    assert mixed.validate(model) == plain.validate(model)
    as_they_are = Batch(np.arange(8), 5, augmented=False)
    assert mixed.loss(model, as_they_are).item() == plain.loss(model, as_they_are).item()


def test_what_is_hidden_of_an_image_is_ignored_in_its_mask() -> None:
    from pleura.tasks.segmentation import Segmentation

    settings = {**STILL, "untouched": 0.3, "cutout": {"side": 0.5, "probability": 1}}
    rows = np.arange(6)
    learned = Segmentation(
        Stored(pictures(6)),  # type: ignore[arg-type]
        StoredMasks(),  # type: ignore[arg-type]
        train=rows,
        validation=rows,
        loss="dice_cross_entropy",
        augmentation=Augmentation.model_validate(settings),
        device=CPU,
    )
    images, masks = learned._load(rows)
    seen, targets = learned.varied(images, masks, Batch(rows, 1, augmented=True))
    hidden = targets == 255
    touched = hidden.flatten(1).any(dim=1)
    assert touched.any() and not touched.all()
    assert torch.equal(seen[~touched], images[~touched])
    assert torch.equal(targets[~hidden], masks[~hidden])
    inside = seen[:, 0][hidden]
    assert torch.isin(inside, images.mean(dim=(1, 2, 3))).all()
