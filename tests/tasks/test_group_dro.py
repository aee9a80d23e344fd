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
from pleura.tasks.findings.losses import side_weights
from pleura.tasks.group_dro import RobustLoss
from pleura.tasks.images import OnImages
from pleura.tasks.learned import Labels
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


GROUPED = groups_of(np.array(["a"] * 6 + ["b"] * 2))


def weights_drawn(task: str, labels: Labels) -> list[float]:
    """The share of images of class 0 and of class 1 in a loss, or of those without and with a
    finding, where `GROUPED` are drawn alike: by the gradient of a batch of one image of each."""
    logits = torch.zeros(2, 2 if labels.ndim == 1 else labels.shape[1], requires_grad=True)
    targets = torch.from_numpy(np.stack([np.full(labels.shape[1:], side) for side in (0, 1)]))
    draws = Countermeasures(drawn_alike=GROUPED).draws
    loss = TASKS[task].learned.loss(labels, logits.shape[1], True, CPU, draws)(logits, targets)
    (slope,) = torch.autograd.grad(loss, logits)
    each = slope.abs().sum(dim=1) / slope.abs().sum()
    return each.tolist()


@pytest.mark.parametrize("task", ["classification", "grades", "findings"])
def test_classes_are_weighed_as_they_are_drawn_on_average(task: str) -> None:
    """Of eight draws, four are of each group, which has one class: both weigh the same. Of the six
    of a group, one is of class 1: it is drawn 4 / 6 times, and all others 7 1/3 times."""
    alike = np.array([0] * 6 + [1] * 2)
    rare = np.array([0] * 5 + [1] + [0] * 2)
    of_rare = [(4 / 6) / 8, 1 - (4 / 6) / 8]  # the others are drawn 7 1/3 times
    for labels, expected in ((alike, [0.5, 0.5]), (rare, of_rare)):
        labels = labels[:, None] if task == "findings" else labels
        assert weights_drawn(task, labels) == pytest.approx(expected)
    assert NONE.draws is None


def test_a_rare_finding_that_one_epoch_leaves_out_counts_all_the_same() -> None:
    """Of 60 images of one source 21 are drawn in an epoch, and one of the 60 has the finding."""
    groups = groups_of(np.array(["many"] * 60 + ["few"] * 2 + ["other"] * 2))
    draws = Countermeasures(drawn_alike=groups).draws
    assert draws is not None and draws.min() > 0
    for place in range(60):
        labels = np.zeros((64, 1), dtype=np.int64)
        labels[place] = 1
        without, having = side_weights(labels, draws)[:, 0]
        assert having == pytest.approx(64 / (2 * (64 / 3) / 60))
        assert without == pytest.approx(64 / (2 * (64 - (64 / 3) / 60)))


def test_draws_are_the_mean_of_what_epochs_draw() -> None:
    groups = groups_of(np.array(["a"] * 5 + ["b"] * 2 + ["c"] * 4))
    rng = np.random.default_rng(0)
    drawn = [np.bincount(balanced_order(groups, rng), minlength=11) for _ in range(4000)]
    np.testing.assert_allclose(groups.draws, np.mean(drawn, axis=0), atol=0.03)


def test_numbers_are_scaled_the_same_however_they_are_drawn() -> None:
    """By the deviation that scales the output layer, too."""
    numbers, learned = np.array([1.0, 2, 3, 4, 5, 60, 7, 8]), TASKS["numbers"].learned
    predicted, targets = torch.full((8, 1), 3.0), torch.from_numpy(numbers)
    plain, drawn = (
        learned.loss(numbers, 1, False, CPU, draws)(predicted, targets).item()
        for draws in (None, GROUPED.draws)
    )
    assert drawn == plain


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
    against = Countermeasures((), groups, dro)
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
