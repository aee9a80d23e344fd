"""The plain U-Net's encoder."""

import torch

from pleura.models.double_conv import build, double_convolution


def test_levels_double_filters_and_stride() -> None:
    net = build(4).backbone
    maps = net.forward_cuts(torch.rand(1, 1, 32, 48))
    assert [cut.stride for cut in net.cuts] == [1, 2, 4, 8, 16]
    for cut in net.cuts:
        shape = (1, cut.channels, 32 // cut.stride, 48 // cut.stride)
        assert maps[cut.name].shape == shape
    assert torch.equal(
        net.truncate("level2")(torch.ones(1, 1, 8, 8)),
        net.forward_cuts(torch.ones(1, 1, 8, 8), ["level2"])["level2"],
    )


def test_the_norm_takes_the_place_of_the_bias() -> None:
    plain, normed = (double_convolution(3, 8, norm=norm) for norm in (False, True))
    assert {name for name, _ in plain.named_buffers()} == set()
    assert sum(p.numel() for p in plain.parameters()) == 8 * 27 + 8 + 8 * 72 + 8
    assert sum(p.numel() for p in normed.parameters()) == 8 * 27 + 16 + 8 * 72 + 16
