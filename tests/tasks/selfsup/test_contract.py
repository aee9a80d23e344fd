"""The contract catches what it is for: a method whose features collapse."""

import pytest
from torch import Tensor

from pleura.data.views import Views
from pleura.tasks.selfsup.pretrainer import Pretrainer
from pleura.train.task import Batch
from tests.tasks.selfsup.contract import MethodContract, small_backbone


def attraction(network: Pretrainer, images: Tensor, batch: Batch) -> Tensor:
    """Two views of an image become alike, and nothing keeps those of others apart."""
    first, second = (network.features(network.view(images, batch, number)) for number in (0, 1))
    return (first - second).square().mean()


class Collapsing(MethodContract):
    def network(self, seed: int = 0, *, norm: bool = True) -> Pretrainer:
        return Pretrainer(small_backbone(seed, norm=norm), Views(), {}, attraction)


def test_a_collapse_is_caught() -> None:
    with pytest.raises(AssertionError, match="collapsed"):
        Collapsing().test_it_learns_without_collapse()
