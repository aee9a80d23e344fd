"""What every U-Net must keep to; the test of each inherits this."""

from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from pleura.errors import InputError
from pleura.models.unet import UNet, carry_over
from pleura.models.unet_nets import build_unet
from pleura.train.checkpoint import save_weights


def images(height: int, width: int, n: int = 1) -> Tensor:
    """Gray noise in [0, 1]."""
    return torch.rand(n, 1, height, width, generator=torch.Generator().manual_seed(5))


def make(spec: Any, n_structures: int = 2, seed: int = 0) -> UNet:
    """A U-Net from random weights."""
    return build_unet(spec, "random", n_structures, seed=seed).network


class UNetContract:
    """Subclasses say how a study file names the network, and which blocks it has."""

    spec: ClassVar[Any]
    blocks: ClassVar[list[str]]
    sizes: ClassVar[tuple[tuple[int, int], ...]] = ((64, 64), (48, 80), (45, 67))

    @torch.no_grad()
    def test_logits_have_the_size_of_the_image(self) -> None:
        net = make(self.spec).eval()
        for height, width in self.sizes:
            x = images(height, width)
            scales = net.scales(x)
            assert scales.logits.shape == (1, 3, height, width)
            assert torch.equal(net(x), scales.logits)
            assert torch.equal(net.encode(x), scales.bottleneck)
            assert scales.bottleneck.shape[1] == net.encoder.cuts[-1].channels
            assert [found.shape[1] for found in scales.decoder] == list(net.widths)
            areas = [found[0, 0].numel() for found in (scales.bottleneck, *scales.decoder)]
            assert areas == sorted(areas)

    def test_each_parameter_has_one_part_and_a_gradient(self) -> None:
        net = make(self.spec).train()
        net(images(32, 32, n=2)).square().sum().backward()
        assert [name for name, p in net.named_parameters() if p.grad is None] == []
        owned = [
            id(tensor)
            for _, module in net.parts()
            for tensor in (*module.parameters(), *module.buffers())
        ]
        own = [
            id(tensor)
            for tensor in (*net.parameters(), *net.buffers())
            if tensor is not net.mean and tensor is not net.std
        ]
        assert sorted(owned) == sorted(own)

    def test_blocks_go_from_the_image_to_the_output(self) -> None:
        net = make(self.spec)
        blocks = net.blocks()
        assert [block[-1] for block in blocks] == self.blocks
        parts = list(dict.fromkeys(name for name, _ in net.parts()))
        assert [name for block in blocks for name in block] == parts
        assert blocks[: len(net.encoder_blocks())] == net.encoder_blocks()

    @torch.no_grad()
    def test_the_seed_alone_decides_the_start_and_a_file_carries_all(self, tmp_path: Path) -> None:
        before = torch.random.get_rng_state()
        saved, same, other = (make(self.spec, seed=seed).eval() for seed in (0, 0, 1))
        assert torch.equal(before, torch.random.get_rng_state())
        x = images(32, 32)
        assert torch.equal(saved(x), same(x))
        # Encoder and decoder, each for itself, start elsewhere.
        assert not torch.equal(saved.encode(x), other.encode(x))
        first = "decoder.0.up.weight"
        assert not torch.equal(saved.get_parameter(first), other.get_parameter(first))
        save_weights(tmp_path / "weights.safetensors", saved)
        other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
        assert torch.equal(saved(x), other(x))

    @torch.no_grad()
    def test_weights_carry_over_to_other_structures(self) -> None:
        first, second = make(self.spec, 2).eval(), make(self.spec, 5, seed=1).eval()
        x = images(32, 32)
        output = second.output.weight.clone()
        left = carry_over(first.state_dict(), second)
        assert left == ("output.weight", "output.bias")
        assert torch.equal(second.output.weight, output)
        expected, found = first.scales(x), second.scales(x)
        assert torch.equal(expected.bottleneck, found.bottleneck)
        assert all(map(torch.equal, expected.decoder, found.decoder))
        assert carry_over(second.state_dict(), second) == ()

    def test_other_weights_are_refused(self) -> None:
        net = make(self.spec)
        state = net.state_dict()
        del state["decoder.0.up.weight"]
        state["extra"] = torch.zeros(1)
        state["decoder.0.up.bias"] = torch.zeros(3)
        with pytest.raises(InputError) as error:
            carry_over(state, net)
        problems = error.value.problems
        assert [problem.split(":")[0] for problem in problems] == [
            "extra",
            *("decoder.0.up.weight", "decoder.0.up.bias"),
        ]
