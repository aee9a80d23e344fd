"""Each image has an entry of its own in the memory, which follows it; the contract is kept."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from pleura.tasks.selfsup.methods.instance_discrimination import InstanceDiscrimination
from pleura.tasks.selfsup.pretrainer import Pretrainer
from pleura.train.task import Batch
from tests.tasks.selfsup.contract import MethodContract, batch_of, built, chests


class TestInstanceDiscrimination(MethodContract):
    spec = "instance_discrimination"


def entries_of(network: Pretrainer) -> Tensor:
    entries: Tensor = network.state_dict()["own.memory.entries"]
    return entries


def test_the_memory_has_an_entry_of_length_one_for_each_training_image() -> None:
    network = built({"instance_discrimination": {"output": 7}})
    entries = entries_of(network)
    assert entries.shape == (32, 7)
    torch.testing.assert_close(entries.norm(dim=1), torch.ones(32))
    assert functional.cosine_similarity(entries[:1], entries[1:]).max() < 0.99


def test_the_loss_is_that_of_each_images_own_entry_and_moves_it() -> None:
    network = built({"instance_discrimination": {"temperature": 0.5, "momentum": 0.75}}).eval()
    images, positions = chests(3), np.array([7, 30, 2])
    batch = Batch(positions, 1, augmented=True)
    before = entries_of(network).clone()
    with torch.no_grad():
        seen = InstanceDiscrimination().embed(network, network.view(images, batch, 0))
    loss = network(images, batch)
    expected = functional.cross_entropy(seen @ before.T / 0.5, torch.from_numpy(positions))
    torch.testing.assert_close(loss, expected)
    moved = functional.normalize(0.75 * before[positions] + 0.25 * seen)
    torch.testing.assert_close(entries_of(network)[positions], moved)
    others = np.setdiff1d(np.arange(32), positions)
    assert torch.equal(entries_of(network)[others], before[others])


@torch.no_grad()
def test_an_image_that_is_not_trained_on_is_told_by_its_other_view() -> None:
    network = built("instance_discrimination").eval()
    images, batch = chests(2), Batch(np.array([-1, -1]), 1, augmented=True)
    first, second = (
        InstanceDiscrimination().embed(network, network.view(images, batch, number))
        for number in (0, 1)
    )
    own = (first * second).sum(dim=1, keepdim=True)
    similar = torch.cat([own, first @ entries_of(network).T], dim=1) / 0.07
    expected = functional.cross_entropy(similar, torch.zeros(2, dtype=torch.long))
    torch.testing.assert_close(network(images, batch), expected)


@pytest.mark.parametrize("moved", [True, False])
def test_an_image_is_known_by_its_place_and_not_by_its_row(moved: bool) -> None:
    """Once the memory has learned, the same images at others' places are told worse."""
    contract = TestInstanceDiscrimination()
    network = contract.network()
    contract.train(network, 0, 40)
    batch = batch_of(32, 5)
    if moved:
        batch.positions = np.roll(batch.positions, 1)
    with torch.no_grad():
        loss = network(contract.images(), batch).item()
    assert (loss > np.log(32)) == moved
