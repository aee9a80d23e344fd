"""The classification task: weights, batches from the bank, scores."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor

from pleura.data.augment import Augmentation
from pleura.data.bank import Bank, build_bank
from pleura.tasks.classification import (
    CrossEntropy,
    guessing_loss,
    inverse_frequency,
)
from pleura.tasks.images import OnImages, predict
from pleura.train.task import Batch

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    folder = tmp_path_factory.mktemp("bank")
    names = []
    for i in range(10):
        names.append(str(folder / f"{i}.png"))
        Image.fromarray(np.full((16, 16), 20 * i, np.uint8)).save(names[-1])
    return build_bank(names, folder / "bank", size=16)


class Means(torch.nn.Module):
    """Two logits: the mean of an image and its negative. Remembers what it saw."""

    def forward(self, images: Tensor) -> Tensor:
        self.seen = images
        mean = images.mean(dim=(1, 2, 3))
        return torch.stack([-mean, mean], dim=1)


def task(bank: Bank, augmentation: Augmentation | None, balanced: bool = True) -> OnImages:
    return OnImages(
        bank,
        np.array([0] * 7 + [1] * 3),
        train=np.array([9, 0, 4, 5]),
        validation=np.array([1, 8, 2, 7]),
        n_classes=2,
        augmentation=augmentation,
        balanced=balanced,
        device=CPU,
    )


def test_weights_equal_scikit_learns_balanced() -> None:
    labels = np.array([0, 0, 0, 1, 2, 2])
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    np.testing.assert_allclose(inverse_frequency(labels, 3), expected, rtol=1e-6)


def test_a_batch_holds_the_rows_asked_for(bank: Bank) -> None:
    model = Means()
    task(bank, None).loss(model, Batch(np.array([2, 0]), 0, augmented=True))
    np.testing.assert_allclose(model.seen.mean(dim=(1, 2, 3)), [80 / 255, 180 / 255], rtol=1e-5)


def test_the_loss_is_weighted_by_class(bank: Bank) -> None:
    chosen = np.arange(4)
    plain = task(bank, None, balanced=False).loss(Means(), Batch(chosen, 0, False))
    logits = torch.tensor([[-1.0, 1.0]]) * torch.tensor([180, 0, 80, 100.0])[:, None] / 255
    targets = torch.tensor([1, 0, 0, 0])
    each = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
    torch.testing.assert_close(plain, each.mean())
    weights = torch.tensor([2.0, 2 / 3, 2 / 3, 2 / 3])
    balanced = task(bank, None).loss(Means(), Batch(chosen, 0, False))
    torch.testing.assert_close(balanced, (each * weights).sum() / weights.sum())


def test_augmentation_follows_the_draw(bank: Bank) -> None:
    seen = []
    for seed, augmented in ((1, True), (1, True), (2, True), (1, False)):
        model = Means()
        task(bank, Augmentation()).loss(model, Batch(np.arange(4), seed, augmented))
        seen.append(model.seen.clone())
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], seen[2])
    plain = torch.from_numpy(bank.read(np.array([9, 0, 4, 5])))[:, None] / 255
    torch.testing.assert_close(seen[3], plain)


def test_validation_uses_its_own_rows(bank: Bank) -> None:
    # Brighter images are class 1 in the validation part, so the mean separates them perfectly.
    assert task(bank, None).validate(Means())["score"] == 1.0


def test_training_images_are_judged_as_they_are_in_evaluation_mode(bank: Bank) -> None:
    """Without augmentation, by the loss of training, whatever the draw."""
    model = Means()
    one = task(bank, Augmentation(noise=0.5, untouched=0, probability=1))
    figures = one.validate(model)
    bare = task(bank, None).loss(Means(), Batch(np.arange(4), 0, augmented=False))
    assert figures["judged_loss"] == pytest.approx(bare.item(), abs=1e-6)
    assert figures["judged_score"] == 1.0


def test_guessing_is_the_entropy_of_the_classes_as_weighted() -> None:
    labels = np.array([0, 0, 0, 1])
    expected = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert guessing_loss(labels, 2, balanced=False) == pytest.approx(expected)
    assert guessing_loss(labels, 3, balanced=False) == pytest.approx(expected)
    assert guessing_loss(labels, 2, balanced=True) == pytest.approx(np.log(2))
    # No other output that is the same for every image has a smaller loss.
    weights = torch.from_numpy(inverse_frequency(labels, 2))
    for share in (0.3, 0.5, 0.6):
        logits = torch.log(torch.tensor([[share, 1 - share]])).expand(4, 2)
        loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels), weights)
        assert loss.item() >= np.log(2) - 1e-6


def test_a_smoothed_target_is_shared_with_all_classes() -> None:
    """By hand: of a share of .3, each of three classes gets .1."""
    logits = torch.log(torch.tensor([[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]]))
    labels = np.array([0, 2])
    of_first = -(0.8 * np.log(0.5) + 0.2 * np.log(0.25))
    of_second = -(0.8 * np.log(0.6) + 0.2 * np.log(0.2))
    criterion = CrossEntropy(smoothing=0.3)(labels, 3, False, CPU)
    expected = (of_first + of_second) / 2
    assert criterion(logits, torch.from_numpy(labels)).item() == pytest.approx(expected, rel=1e-5)
    # Weights are of the image's own class: the second class weighs 3 times the first.
    unequal = np.array([0, 0, 0, 2])
    weighted = CrossEntropy(smoothing=0.3)(unequal, 3, True, CPU)
    expected = (of_first + 3 * of_second) / 4
    assert weighted(logits, torch.from_numpy(labels)).item() == pytest.approx(expected, rel=1e-5)


def test_guessing_is_smoothed_as_the_loss_is() -> None:
    labels, loss = np.array([0, 0, 0, 1]), CrossEntropy(smoothing=0.2)
    expected = -(0.7 * np.log(0.7) + 0.3 * np.log(0.3))
    assert guessing_loss(labels, 2, False, loss) == pytest.approx(expected)
    criterion = loss(labels, 2, False, CPU)
    for share in (0.65, 0.7, 0.75):
        logits = torch.log(torch.tensor([[share, 1 - share]])).expand(4, 2)
        assert criterion(logits, torch.from_numpy(labels)).item() >= expected - 1e-6
    assert guessing_loss(labels, 2, True, loss) == pytest.approx(np.log(2))


def test_predictions_come_in_the_order_asked(bank: Bank) -> None:
    outputs = predict(Means(), bank, np.array([3, 1, 2]), CPU)
    np.testing.assert_allclose(outputs[:, 1], np.array([60, 20, 40]) / 255, rtol=1e-5)


def test_a_batch_is_described_by_name(bank: Bank) -> None:
    text = task(bank, None).describe(np.array([0, 1]))
    assert [Path(name).name for name in text.split(", ")] == ["9.png", "0.png"]
