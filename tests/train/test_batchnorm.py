"""Statistics of BatchNorm are those of the images that are judged, and of what trains alone."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pleura.train.batchnorm import adapting, by_batch, settle
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import Phase
from pleura.train.precision import make_fabric

from .fixtures import Spots, small_classifier

FABRIC = make_fabric("cpu", "fp32")


def batches(network: nn.Module, images: Tensor, parts: int = 4) -> list[partial[None]]:
    return [partial(network, part) for part in images.chunk(parts)]


def images() -> Tensor:
    return torch.rand(32, 3, 6, 6, generator=torch.Generator().manual_seed(1)) * 4 - 1


def test_the_statistics_are_those_of_the_batches() -> None:
    network = nn.Sequential(nn.BatchNorm2d(3, momentum=3e-4), nn.Dropout(0.5)).train()
    settle(network, batches(network, images()))
    norm = network[0]
    assert isinstance(norm, nn.BatchNorm2d)
    each = torch.stack([part.var(dim=(0, 2, 3)) for part in images().chunk(4)])
    torch.testing.assert_close(norm.running_mean, images().mean(dim=(0, 2, 3)))
    torch.testing.assert_close(norm.running_var, each.mean(dim=0))
    # Training goes on as before, and all is ready to be judged.
    assert norm.momentum == 3e-4
    assert not any(module.training for module in network.modules())
    judged = network(images()).detach()
    np.testing.assert_allclose(judged.mean(dim=(0, 2, 3)).numpy(), 0, atol=1e-4)
    np.testing.assert_allclose(judged.std(dim=(0, 2, 3)).numpy(), 1, atol=1e-2)


def test_what_is_frozen_or_not_reached_keeps_its_own() -> None:
    trained, frozen, apart = nn.BatchNorm2d(3), nn.BatchNorm2d(3), nn.BatchNorm2d(3)
    network = nn.ModuleList([trained, frozen, apart]).train()
    frozen.eval()
    for norm in (frozen, apart):
        norm.running_mean = torch.full((3,), 0.25)
        norm.num_batches_tracked = torch.tensor(7)
    before = {id(norm): {k: v.clone() for k, v in norm.state_dict().items()} for norm in network}
    assert set(adapting(network)) == {trained, apart}

    def run() -> None:
        frozen(trained(images()))

    settle(network, [run])
    for norm in (frozen, apart):
        for name, value in norm.state_dict().items():
            assert torch.equal(value, before[id(norm)][name])
    assert not torch.equal(trained.state_dict()["running_mean"], torch.zeros(3))


def test_an_error_leaves_the_momentum_as_it_was() -> None:
    network = nn.BatchNorm2d(3, momentum=0.2).train()

    def fails() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        settle(network, [fails])
    assert network.momentum == 0.2


def judged_far(batchnorm_images: int) -> float:
    """The loss of training images as judged over that as trained, with averages that crawl, as in
    MNASNet."""
    model, task = small_classifier(backbone="test_efficientnet"), Spots(48)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 3e-4
    settings = FitSettings(
        epochs=6, min_steps=1, batch_size=8, batchnorm_images=batchnorm_images, patience=1.0
    )
    parts = frozenset(name for name, _ in model.parts())
    result = fit(model, task, [Phase("all", parts)], settings, rate=1e-3, seed=0, fabric=FABRIC)
    last = result.history[-1]
    return float(last["loss"] / last["train_loss"])


def test_a_network_whose_averages_crawl_is_judged_as_it_was_trained() -> None:
    assert judged_far(0) > 2
    assert judged_far(48) < 1.2


def test_a_loss_by_the_batch_changes_no_statistics() -> None:
    network = nn.BatchNorm2d(3).eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with torch.no_grad(), by_batch(network):
        seen = network(images())
    np.testing.assert_allclose(seen.mean(dim=(0, 2, 3)).numpy(), 0, atol=1e-4)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not network.training
    assert network.track_running_stats
