"""Group DRO by hand, and on images of which few tell disease from source."""

from typing import cast

import numpy as np
import pytest
import torch
from torch import nn

from pleura.data.bank import Bank
from pleura.data.image_groups import Groups, balanced_order, groups_of
from pleura.data.shortcut_settings import GroupDRO
from pleura.tasks.countermeasures import NONE, Countermeasures
from pleura.tasks.group_dro import RobustLoss
from pleura.tasks.images import OnImages
from pleura.tasks.listed import TASKS
from pleura.train.task import Batch
from tests.tasks.shortcut import CPU, Stored, auroc, learned, marked_images

GROUPS = Groups(np.array([0, 0, 0, 1]), ("many", "few"))
LABELS = np.array([0, 1, 0, 1])
LOGITS = torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 0.0], [3.0, 0.0]], requires_grad=True)


def test_weights_and_losses_are_those_of_algorithm_1() -> None:
    robust = RobustLoss(GroupDRO(step=0.5, adjustment=2.0), GROUPS, LABELS, CPU)
    each = nn.functional.cross_entropy(LOGITS, torch.from_numpy(LABELS), reduction="none").tolist()
    of_groups = np.array([np.mean(each[:3]), each[3]])
    weights = np.array([0.5, 0.5])
    criterion = nn.CrossEntropyLoss()
    for _ in range(2):
        weights = weights * np.exp(0.5 * (of_groups + 2.0 / np.sqrt([3, 1])))
        weights /= weights.sum()
        batch = Batch(np.arange(4), 0, augmented=True)
        loss = robust(criterion, LOGITS, torch.from_numpy(LABELS), batch)
        assert loss.item() == pytest.approx((weights * of_groups).sum(), rel=1e-5)
    np.testing.assert_allclose(robust.weights, weights, rtol=1e-5)
    (gradient,) = torch.autograd.grad(loss, LOGITS)
    few, many = gradient[3].abs().sum().item(), gradient[:3].abs().sum().item()
    assert few > many  # the group that does worst leads


def test_a_group_that_is_not_in_a_batch_keeps_its_share() -> None:
    robust = RobustLoss(GroupDRO(step=1.0), GROUPS, LABELS, CPU)
    rows = np.array([0, 1])
    batch = Batch(rows, 0, augmented=True)
    loss = robust(nn.CrossEntropyLoss(), LOGITS[rows], torch.from_numpy(LABELS[rows]), batch)
    mean = nn.functional.cross_entropy(LOGITS[rows], torch.from_numpy(LABELS[rows])).item()
    many = np.exp(mean) / (np.exp(mean) + 1)
    np.testing.assert_allclose(robust.weights, [many, 1 - many], rtol=1e-5)
    assert loss.item() == pytest.approx(many * mean, rel=1e-5)


def test_images_without_any_known_finding_move_no_weight() -> None:
    labels = np.array([[1, 0], [0, -1], [1, 1], [-1, -1]])
    robust = RobustLoss(GroupDRO(step=1.0), GROUPS, labels, CPU)
    criterion = TASKS["findings"].learned.loss(labels, 2, True, CPU)
    batch, targets = Batch(np.arange(4), 0, augmented=True), torch.from_numpy(labels)
    loss = robust(criterion, LOGITS, targets, batch).item()
    of_many = criterion(LOGITS[:3], targets[:3]).item()
    assert loss == pytest.approx(robust.weights[0].item() * of_many, rel=1e-5)
    alone = Batch(np.array([3]), 0, augmented=True)
    assert robust(criterion, LOGITS[3:], targets[3:], alone).item() == 0


def test_classes_are_weighed_as_they_are_drawn() -> None:
    """Where all groups have the same share, and each has one class, both classes weigh the same."""
    groups = groups_of(np.array(["a"] * 6 + ["b"] * 2))
    labels = np.array([0] * 6 + [1] * 2)
    drawn = Countermeasures(order=lambda rng, n: balanced_order(groups, rng))
    assert np.bincount(drawn.as_drawn(labels)).tolist() == [4, 4]
    assert NONE.as_drawn(labels) is labels


@pytest.fixture(scope="module")
def stored() -> Stored:
    return marked_images()


@pytest.mark.parametrize("robust", [False, True])
def test_groups_take_away_what_a_mark_taught(robust: bool) -> None:
    """Images with and without the mark are sources, in which the classes are drawn alike."""
    stored = marked_images(share=0.8)
    labels = stored.labels[stored.train]
    marked = np.array(["without", "with"])[stored.marked[stored.train].astype(int)]
    groups = groups_of(marked, labels, ("well", "ill"))
    dro = RobustLoss(GroupDRO(step=0.05), groups, labels, CPU) if robust else None
    against = Countermeasures((), lambda rng, n: balanced_order(groups, rng), dro)
    plain, fair = learned(stored, NONE), learned(stored, against)
    assert auroc(fair, stored, stored.labels) > auroc(plain, stored, stored.labels) + 0.03
    assert auroc(fair, stored, stored.marked) < auroc(plain, stored, stored.marked) - 0.15


def test_a_loss_of_groups_is_that_of_training_alone(stored: Stored) -> None:
    def figures(against: Countermeasures) -> dict[str, float]:
        task = OnImages(
            cast(Bank, stored),
            stored.labels,
            train=stored.train,
            validation=stored.test,
            n_classes=2,
            augmentation=None,
            balanced=True,
            device=CPU,
            against=against,
        )
        return task.validate(Means())

    groups = groups_of(np.array(["a", "b"])[np.arange(len(stored.train)) % 2])
    robust = RobustLoss(GroupDRO(), groups, stored.labels[stored.train], CPU)
    assert figures(Countermeasures(dro=robust)) == figures(NONE)


class Means(nn.Module):
    """Two logits: the mean of an image and its negative."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        mean = images.mean(dim=(1, 2, 3))
        return torch.stack([-mean, mean], dim=1)
