"""Losses of findings against torchvision and by hand; what is not known changes nothing."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

import pleura._torchvision  # noqa: F401  isort: skip

from torchvision.ops import sigmoid_focal_loss

from pleura.tasks.findings.losses import LOSSES, guess, side_weights
from pleura.tasks.learned import Labels, Loss

CPU = torch.device("cpu")


def drawn(n: int = 40) -> tuple[Labels, Tensor]:
    random = np.random.default_rng(0)
    labels = (random.random((n, 3)) < (0.2, 0.5, 0.7)).astype(np.int64)
    labels[random.random((n, 3)) < 0.25] = -1
    return labels, torch.from_numpy(random.normal(size=(n, 3)).astype(np.float32))


def made(name: str) -> Loss:
    return LOSSES[name]()


def test_both_sides_of_a_finding_weigh_the_same() -> None:
    labels = np.array([[1, 0, -1], [0, 0, -1], [0, 1, 1], [-1, 0, 1]])
    # Of the first finding one of three has it: 3 / (2 * 1), and 3 / (2 * 2) for the others. Of the
    # third nothing without it is known.
    assert side_weights(labels) == pytest.approx(
        np.array([[0.75, 4 / 6, 0.0], [1.5, 2.0, 0.5]], dtype=np.float32)
    )


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("balanced", [True, False])
def test_what_is_not_known_changes_nothing(name: str, balanced: bool) -> None:
    labels, logits = drawn()
    criterion = made(name)(labels, 3, balanced, CPU)
    targets = torch.from_numpy(labels)
    other = torch.where(targets < 0, 100 * torch.ones_like(logits), logits)
    assert criterion(other, targets).item() == pytest.approx(criterion(logits, targets).item())
    logits.requires_grad_()
    (slope,) = torch.autograd.grad(criterion(logits, targets), logits)
    assert (slope[targets < 0] == 0).all()
    assert (slope[targets >= 0] != 0).float().mean() > 0.5


def test_cross_entropy_is_that_of_torch() -> None:
    labels, logits = drawn()
    targets = torch.from_numpy(labels)
    known = targets >= 0
    found = made("cross_entropy")(labels, 3, False, CPU)(logits, targets)
    expected = functional.binary_cross_entropy_with_logits(logits[known], targets[known].float())
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)


def test_focal_is_that_of_torchvision() -> None:
    labels, logits = drawn()
    targets = torch.from_numpy(labels)
    known = targets >= 0
    found = made("focal")(labels, 3, False, CPU)(logits, targets)
    expected = sigmoid_focal_loss(
        logits[known], targets[known].float(), alpha=-1, gamma=2, reduction="mean"
    )
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)


def test_asymmetric_by_hand() -> None:
    """An absence that is given less than the margin costs nothing; another, -log(1 - p) p^4 of the
    probability less the margin. A finding that is there costs its cross-entropy."""
    logits = torch.tensor([[-4.0], [1.0], [1.0]])
    labels = np.array([[0], [0], [1]])
    p = 1 / (1 + np.exp(-1)) - 0.05
    expected = [0.0, -np.log(1 - p) * p**4, -np.log(p + 0.05)]
    for row, value in enumerate(expected):
        of = labels[row : row + 1]
        criterion = made("asymmetric")(of, 1, False, CPU)
        found = criterion(logits[row : row + 1], torch.from_numpy(of)).item()
        assert found == pytest.approx(value, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("name", LOSSES)
def test_a_batch_of_which_nothing_is_known(name: str) -> None:
    labels, logits = drawn()
    found = made(name)(labels, 3, True, CPU)(logits, torch.full((40, 3), -1))
    assert found.item() == 0


@pytest.mark.parametrize("balanced", [True, False])
def test_the_best_guess_is_the_entropy(balanced: bool) -> None:
    labels, _ = drawn()
    entropies, known = [], []
    for of_finding in labels.T:
        seen = of_finding[of_finding >= 0]
        share = 0.5 if balanced else seen.mean()
        entropies.append(-(share * np.log(share) + (1 - share) * np.log(1 - share)))
        known.append(len(seen))
    found = guess(labels, 3, balanced, made("cross_entropy"))
    assert found == pytest.approx(np.average(entropies, weights=known), abs=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_no_constant_guess_is_better(name: str) -> None:
    labels, _ = drawn()
    best = guess(labels, 3, True, made(name))
    criterion = made(name)(labels, 3, True, CPU)
    targets = torch.from_numpy(labels)
    for row in torch.randn(200, 3, generator=torch.Generator().manual_seed(0)) * 2:
        assert criterion(row.expand(40, 3), targets).item() >= best - 1e-5


def test_a_smoothed_target_is_divided_between_there_and_not_there() -> None:
    """By hand: of a share of .2, a finding that is there is one with .9, else with .1."""
    labels, logits = drawn()
    targets = torch.from_numpy(labels)
    known = targets >= 0
    found = LOSSES["cross_entropy"](smoothing=0.2)(labels, 3, False, CPU)(logits, targets)
    smoothed = torch.where(targets[known] == 1, 0.9, 0.1)
    expected = functional.binary_cross_entropy_with_logits(logits[known], smoothed)
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    # Guessing is smoothed as well: no logit has a smaller loss than the entropy of .5 there.
    halves = np.array([[1], [0]])
    guessed = guess(halves, 1, False, LOSSES["cross_entropy"](smoothing=0.2))
    assert guessed == pytest.approx(np.log(2), rel=1e-5)


def test_smoothing_leaves_what_is_not_known_alone() -> None:
    labels, logits = drawn()
    criterion = LOSSES["cross_entropy"](smoothing=0.3)(labels, 3, True, CPU)
    targets = torch.from_numpy(labels)
    (slope,) = torch.autograd.grad(criterion(logits.requires_grad_(), targets), logits)
    assert (slope[targets < 0] == 0).all()
