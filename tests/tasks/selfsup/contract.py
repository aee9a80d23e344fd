"""What every self-supervised method must keep to; the test of each inherits this.

It runs on a small convolutional backbone (strides 2 to 16, 64 channels) and 32 drawn chests.
"""

import copy
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from pleura.data.views import Views
from pleura.models.backbone import LibraryNet, Segment, assemble
from pleura.models.build import LoadedBackbone, adapt_to_gray
from pleura.models.seeding import seeded
from pleura.models.weights import from_nothing
from pleura.randomness import seed_of
from pleura.tasks.selfsup.listed import make_method
from pleura.tasks.selfsup.pretrainer import Pretrainer
from pleura.tasks.selfsup.representation import effective_rank
from pleura.train.phase import freeze, parameter_groups, set_mode
from pleura.train.task import Batch

MEAN_STD = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)


def small_backbone(seed: int = 0, *, norm: bool = True) -> LoadedBackbone:
    """Four blocks of a convolution of stride 2, BatchNorm (where `norm`) and ReLU, for gray."""
    segments, before = [], 3
    with seeded(seed):
        for i, width in enumerate((16, 32, 48, 64), start=1):
            layers = [nn.Conv2d(before, width, 3, stride=2, padding=1), nn.ReLU()]
            if norm:
                layers.insert(1, nn.BatchNorm2d(width))
            segments.append(Segment(f"block{i}", nn.Sequential(*layers), stage=True))
            before = width
        backbone = assemble("small", segments)
    net = LibraryNet(backbone, backbone.state_dict(keep_vars=True), *MEAN_STD, size=48)
    mean, std = adapt_to_gray(backbone, *MEAN_STD)
    return LoadedBackbone(backbone, mean, std, from_nothing(net, seed), size=48)


def chests(n: int = 32, size: int = 48, seed: int = 0) -> Tensor:
    """Images (n, 1, size, size) in [0, 1]: a bright body, two dark lungs, a heart to one side."""
    generator = torch.Generator().manual_seed(seed)
    place = (torch.arange(size) + 0.5) / size
    y, x = place.view(1, -1, 1), place.view(1, 1, -1)

    def around(middle: float, spread: float) -> Tensor:
        return middle + spread * (torch.rand(n, 1, 1, generator=generator) * 2 - 1)

    def ellipse(cx: Tensor, cy: Tensor, rx: Tensor, ry: Tensor) -> Tensor:
        return torch.sigmoid(12 * (1 - ((x - cx) / rx).square() - ((y - cy) / ry).square()))

    image = 0.8 * ellipse(around(0.5, 0.05), around(0.6, 0.1), around(0.5, 0.05), around(0.6, 0.1))
    for middle in (0.3, 0.7):
        lung = ellipse(
            around(middle, 0.05), around(0.5, 0.08), around(0.15, 0.04), around(0.3, 0.08)
        )
        image = image - around(0.5, 0.15) * lung
    heart = ellipse(around(0.6, 0.05), around(0.65, 0.06), around(0.14, 0.05), around(0.12, 0.04))
    image = image + around(0.3, 0.1) * heart
    noise = 0.03 * torch.randn(n, size, size, generator=generator)
    return (image + noise).clamp(0, 1).unsqueeze(1)


def built(spec: Any, loaded: LoadedBackbone | None = None, *, size: int = 48) -> Pretrainer:
    """The network of the method that a study file names so, for 32 images; on the small backbone,
    or on another."""
    method = make_method(spec)
    return method.build(loaded or small_backbone(), Views(), size=size, images=32, seed=0)


def batch_of(n: int, seed: int, **changes: Any) -> Batch:
    """The first n training images, with all that is random from `seed`."""
    return Batch(np.arange(n), seed, augmented=True, **changes)


def own_state(network: nn.Module) -> dict[str, Tensor]:
    """A copy of all parameters and buffers, those that no state dict holds included."""
    tensors = (*network.named_parameters(), *network.named_buffers())
    return {name: tensor.detach().clone() for name, tensor in tensors}


def changed(before: dict[str, Tensor], network: nn.Module) -> set[str]:
    """The names of what is no longer as it was in `before`."""
    after = own_state(network)
    assert before.keys() == after.keys()
    return {name for name, tensor in before.items() if not torch.equal(tensor, after[name])}


class MethodContract:
    """Subclasses say how a study file names the method, and how it learns here.

    `falls`: the last quarter's mean loss is below the first quarter's by this share of its size.
    `keeps_rank`: the least effective rank of the features afterwards, as a share of that before,
    which is 5.9; views that only attract each other leave half of it.
    `couples`: the images of a batch enter each other's loss, so that it is no mean over them.
    """

    spec: ClassVar[Any]
    steps: ClassVar[int] = 40
    rate: ClassVar[float] = 3e-3
    falls: ClassVar[float] = 0.1
    keeps_rank: ClassVar[float] = 0.8
    couples: ClassVar[bool] = False
    size: ClassVar[int] = 48

    def network(self, seed: int = 0, *, norm: bool = True) -> Pretrainer:
        """The method on the small backbone, both from `seed`."""
        loaded = small_backbone(seed, norm=norm)
        return make_method(self.spec).build(loaded, Views(), size=self.size, images=32, seed=seed)

    def images(self) -> Tensor:
        """The tiny set."""
        return chests(size=self.size)

    def train(self, network: Pretrainer, first: int, last: int) -> list[float]:
        """Train by steps `first` to `last` of `steps`; the losses come back."""
        phase = network.phase()
        freeze(network, phase)
        set_mode(network, phase)
        optimiser = torch.optim.AdamW(parameter_groups(network, phase, self.rate, 0.01))
        images, losses = self.images(), []
        for step in range(first, last):
            batch = batch_of(len(images), seed_of(step), progress=step / self.steps)
            loss = network(images, batch)
            assert loss.shape == ()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            losses.append(loss.item())
        network.eval()
        return losses

    @torch.no_grad()
    def rank(self, network: Pretrainer) -> float:
        """The effective rank of the features of the tiny set."""
        return effective_rank(network.features(self.images()).numpy())

    def test_it_learns_without_collapse(self) -> None:
        network = self.network().eval()
        rank, before = self.rank(network), own_state(network)
        losses = torch.tensor(self.train(network, 0, self.steps))
        early, late = losses[: self.steps // 4].mean(), losses[-self.steps // 4 :].mean()
        assert early - late > self.falls * early.abs()
        assert self.rank(network) > self.keeps_rank * rank, "the features have collapsed"
        learnt = {name for name, _ in network.backbone.named_parameters()}
        assert {f"backbone.{name}" for name in learnt} <= changed(before, network)

    def test_followers_get_no_gradient(self) -> None:
        network = self.network()
        phase = network.phase()
        freeze(network, phase)
        set_mode(network, phase)
        images = self.images()
        network(images, batch_of(len(images), 1)).backward()
        missing = {name for name, p in network.named_parameters() if p.grad is None}
        follow = tuple(f"own.{name}." for name in network.followers)
        assert missing == {n for n, _ in network.named_parameters() if n.startswith(follow)}
        assert set(network.followers) <= network.own.keys()

    def test_parts_hold_everything_once(self) -> None:
        network = self.network()
        held = [
            id(tensor)
            for _, module in network.parts()
            for tensor in (*module.parameters(), *module.buffers())
        ]
        own = [
            id(tensor)
            for tensor in (*network.parameters(), *network.buffers())
            if tensor is not network.mean and tensor is not network.std
        ]
        assert sorted(held) == sorted(own)

    def test_its_state_is_enough_to_go_on_exactly(self) -> None:
        """Not only the loss: what a step changes beside it, such as a queue, is equal too."""
        trained, fresh = self.network(), self.network(seed=1)
        self.train(trained, 0, 3)
        fresh.load_state_dict(copy.deepcopy(trained.state_dict()))
        assert self.train(trained, 3, 5) == self.train(fresh, 3, 5)
        assert changed(own_state(trained), fresh) == set()

    def test_without_gradients_nothing_changes_and_a_draw_decides_the_loss(self) -> None:
        network = self.network()
        self.train(network, 0, 2)
        before = own_state(network)
        images = self.images()
        first, second = batch_of(len(images), 1), batch_of(len(images), 2)
        with torch.no_grad():
            losses = [network(images, batch).item() for batch in (first, first, second)]
        assert losses[0] == losses[1] != losses[2]
        assert changed(before, network) == set()

    def test_the_seed_decides_the_start(self) -> None:
        state = torch.random.get_rng_state()
        network = self.network()
        assert torch.equal(state, torch.random.get_rng_state())
        assert changed(own_state(network), self.network()) == set()
        assert changed(own_state(network), self.network(seed=1)) != set()

    @torch.no_grad()
    def test_two_processes_do_what_one_would(self) -> None:
        network = self.network().eval()
        images = self.images()
        whole = batch_of(len(images), 1)
        shares = [batch_of(len(images), 1, rank=rank, world=2) for rank in range(2)]
        for number in (0, 1):
            one = network.view(images, whole, number)
            for batch in shares:
                part = network.view(batch.mine(images), batch, number)
                torch.testing.assert_close(part, batch.mine(one))
        if not self.couples:
            losses = torch.stack([network(batch.mine(images), batch) for batch in shares])
            torch.testing.assert_close(losses.mean(), network(images, whole))

    def test_images_of_any_size_the_backbone_takes_do(self) -> None:
        """No side needs to be a multiple of a stride."""
        size = 45
        loss = built(self.spec, size=size)(chests(4, size), batch_of(4, 1))
        loss.backward()
        assert loss.isfinite()
