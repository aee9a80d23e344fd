"""The loss of grades by hand, and the output layer in which all grades share one weight."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from pleura.models.lora import merge
from pleura.tasks.grades.losses import LOSSES, cumulative_loss, guess, share_weight

CPU = torch.device("cpu")


def test_the_loss_adds_up_the_thresholds() -> None:
    logits = torch.tensor([[0.2, -1.0, 0.5], [2.0, 0.1, -0.3]])
    targets = torch.tensor([1, 2])
    p = functional.softmax(logits, dim=1)
    # P(above 0) and P(above 1) for the first image, whose grade is 1; likewise for the second.
    first = -(torch.log(p[0, 1:].sum()) + torch.log(p[0, :2].sum()))
    second = -(torch.log(p[1, 1:].sum()) + torch.log(p[1, 2]))
    labels = np.array([0, 1, 1, 2])
    plain = cumulative_loss(labels, 3, False, CPU)(logits, targets)
    torch.testing.assert_close(plain, (first + second) / 2)
    weighted = cumulative_loss(labels, 3, True, CPU)(logits, targets)
    torch.testing.assert_close(weighted, (first * 2 / 3 + second * 4 / 3) / 2)


def test_of_two_grades_it_is_cross_entropy() -> None:
    logits, targets = torch.tensor([[0.3, -0.4], [1.0, 2.0]]), torch.tensor([1, 0])
    found = cumulative_loss(np.array([0, 1]), 2, False, CPU)(logits, targets)
    torch.testing.assert_close(found, functional.cross_entropy(logits, targets))


def test_a_mistake_costs_the_more_the_farther_it_is() -> None:
    targets = torch.tensor([0])
    loss = cumulative_loss(np.arange(4), 4, False, CPU)
    costs = [loss(4.0 * torch.eye(4)[[called]], targets).item() for called in range(4)]
    assert costs == sorted(costs)
    assert np.diff(costs).min() > 1


@pytest.mark.parametrize("balanced", [True, False])
def test_guessing_is_the_least_loss_of_equal_outputs(balanced: bool) -> None:
    labels = np.array([0, 0, 0, 1, 2, 2])
    targets = torch.from_numpy(labels)
    loss = cumulative_loss(labels, 3, balanced, CPU)
    shares = np.full(3, 1 / 3) if balanced else np.array([3, 1, 2]) / 6
    best = loss(torch.log(torch.tensor(shares)).expand(6, 3), targets).item()
    assert guess(labels, 3, balanced) == pytest.approx(best, abs=1e-5)
    assert loss(torch.tensor([[0.3, 0.1, -0.2]]).expand(6, 3), targets).item() > best


def shared() -> nn.Linear:
    torch.manual_seed(0)
    output = nn.Linear(5, 4)
    share_weight(output, np.arange(4), {"loss": "coral"})
    return output


def test_grades_share_one_weight_and_have_a_bias_each() -> None:
    output, features = shared(), torch.randn(30, 5)
    logits = output(features) - output.bias
    score = logits[:, :1]
    torch.testing.assert_close(logits, score * torch.arange(1.0, 5.0))
    assert len(output.bias) == 4


def test_one_score_orders_the_probabilities_of_every_threshold() -> None:
    output, features = shared(), torch.randn(30, 5)
    score = (output(features) - output.bias)[:, 0]
    p = functional.softmax(output(features), dim=1)[score.argsort()]
    above = p.flip(1).cumsum(1).flip(1)[:, 1:]
    assert (above.diff(dim=0) >= -1e-6).all()


def test_merged_it_is_a_plain_layer_of_the_same_function_and_shares_again() -> None:
    output, features = shared(), torch.randn(30, 5)
    before = output(features)
    merge(output)
    assert set(output.state_dict()) == {"weight", "bias"}
    torch.testing.assert_close(output(features), before)
    share_weight(output, np.arange(4), {"loss": "coral"})
    torch.testing.assert_close(output(features), before)


def test_the_other_loss_leaves_the_layer_as_it_is() -> None:
    output = nn.Linear(5, 4)
    share_weight(output, np.arange(4), {"loss": "cumulative"})
    assert not hasattr(output, "parametrizations")
    assert set(LOSSES) == {"cumulative", "coral"}


def test_what_is_shared_still_trains() -> None:
    """Grades in order of one feature are told apart; the other features do not matter."""
    torch.manual_seed(1)
    output = nn.Linear(3, 4)
    share_weight(output, np.arange(4), {"loss": "coral"})
    features = torch.randn(200, 3)
    grades = torch.bucketize(features[:, 0].contiguous(), torch.tensor([-0.7, 0.0, 0.7]))
    loss = cumulative_loss(grades.numpy(), 4, False, CPU)
    optimiser = torch.optim.Adam(output.parameters(), lr=0.3)
    for _ in range(150):
        optimiser.zero_grad()
        torch.autograd.backward(loss(output(features), grades))
        optimiser.step()
    right = (output(features).argmax(dim=1) == grades).float().mean().item()
    assert right > 0.9
    weight = output.weight[0].abs()
    assert weight[0] > 5 * weight[1:].max()
