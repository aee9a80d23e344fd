"""A backbone of no layers: features pass, and a classifier on it is its head alone."""

import pytest
import torch

from pleura.errors import InputError
from pleura.models.classifier import Classifier
from pleura.models.cost import count_parameters
from pleura.models.no_network import FEATURES, NoNetwork


@pytest.fixture
def values() -> torch.Tensor:
    return torch.randn(5, 3, 1, 1, generator=torch.Generator().manual_seed(0))


def test_features_pass_as_they_are(values: torch.Tensor) -> None:
    network = NoNetwork(3)
    assert network(values) is values
    assert network.forward_cuts(values)[FEATURES] is values
    assert network.truncate(FEATURES).cuts == network.cuts
    assert network.modules_of(FEATURES) == []
    assert count_parameters(network) == 0


def test_a_classifier_on_it_is_its_head_on_standardised_features(values: torch.Tensor) -> None:
    mean, std = [1.0, 0.0, -1.0], [2.0, 1.0, 0.5]
    model = Classifier(NoNetwork(3), mean, std, n_classes=2).eval()
    standard = (values.flatten(1) - torch.tensor(mean)) / torch.tensor(std)
    torch.testing.assert_close(model(values), model.head(standard))
    assert count_parameters(model) == 2 * 3 + 2


def test_there_is_no_other_cut(values: torch.Tensor) -> None:
    network = NoNetwork(3)
    for ask in (
        lambda: network.truncate("layer4"),
        lambda: network.modules_of("layer4"),
        lambda: network.forward_cuts(values, ["layer4"]),
    ):
        with pytest.raises(InputError, match="features has no cut 'layer4'"):
            ask()
