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
from pleura.tasks.classification import Classification, inverse_frequency, predict
from pleura.train.loop import Draw

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


def task(bank: Bank, augmentation: Augmentation | None, balanced: bool = True) -> Classification:
    return Classification(
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
    task(bank, None).loss(model, np.array([2, 0]), Draw(0, augmented=True))
    np.testing.assert_allclose(model.seen.mean(dim=(1, 2, 3)), [80 / 255, 180 / 255], rtol=1e-5)


def test_the_loss_is_weighted_by_class(bank: Bank) -> None:
    chosen = np.arange(4)
    plain = task(bank, None, balanced=False).loss(Means(), chosen, Draw(0, False))
    logits = torch.tensor([[-1.0, 1.0]]) * torch.tensor([180, 0, 80, 100.0])[:, None] / 255
    targets = torch.tensor([1, 0, 0, 0])
    each = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
    torch.testing.assert_close(plain, each.mean())
    weights = torch.tensor([2.0, 2 / 3, 2 / 3, 2 / 3])
    balanced = task(bank, None).loss(Means(), chosen, Draw(0, False))
    torch.testing.assert_close(balanced, (each * weights).sum() / weights.sum())


def test_augmentation_follows_the_draw(bank: Bank) -> None:
    seen = []
    for seed, augmented in ((1, True), (1, True), (2, True), (1, False)):
        model = Means()
        task(bank, Augmentation()).loss(model, np.arange(4), Draw(seed, augmented))
        seen.append(model.seen.clone())
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], seen[2])
    plain = torch.from_numpy(bank.read(np.array([9, 0, 4, 5])))[:, None] / 255
    torch.testing.assert_close(seen[3], plain)


def test_validation_uses_its_own_rows(bank: Bank) -> None:
    # Brighter images are class 1 in the validation part, so the mean separates them perfectly.
    assert task(bank, None).validate(Means())["score"] == 1.0


def test_predictions_come_in_the_order_asked(bank: Bank) -> None:
    outputs = predict(Means(), bank, np.array([3, 1, 2]), CPU)
    np.testing.assert_allclose(outputs[:, 1], np.array([60, 20, 40]) / 255, rtol=1e-5)


def test_a_batch_is_described_by_name(bank: Bank) -> None:
    text = task(bank, None).describe(np.array([0, 1]))
    assert [Path(name).name for name in text.split(", ")] == ["9.png", "0.png"]
