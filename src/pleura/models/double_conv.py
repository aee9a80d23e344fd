"""The plain U-Net's encoder: pairs of 3 x 3 convolutions with max-pooling between them."""

import torch
from torch import nn

from pleura.models.backbone import Cut, LibraryNet, SegmentedBackbone

LEVELS = 5
SIZE = 256  # the paper's images, pixels


def double_convolution(channels: int, width: int, *, norm: bool) -> nn.Sequential:
    """Two padded 3 x 3 convolutions with ReLU, each with BatchNorm before it where `norm`.

    (n, channels, h, w) to (n, width, h, w). The start is He et al.'s (2015), biases zero: without
    a norm, the variance of torch's own start falls with each layer.
    """
    layers: list[nn.Module] = []
    for before in (channels, width):
        conv = nn.Conv2d(before, width, 3, padding=1, bias=not norm)
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        if conv.bias is not None:
            nn.init.zeros_(conv.bias)
        layers += [conv, nn.BatchNorm2d(width)] if norm else [conv]
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


def build(width: int) -> LibraryNet:
    """An encoder for gray images, from torch's generator. Cuts: level1, level2, ... level5.

    `width` is the number of filters of the first level; each level doubles it, and all but the
    first begin with a 2 x 2 max-pooling (Ronneberger et al. 2015, arXiv 1505.04597). Padded and
    without norm, as in the code of Cheng & Lam (arXiv 2110.02196), who take a width of 64.
    """
    cuts, bodies = [], list[nn.Module]()
    channels = 1
    for level in range(LEVELS):
        filters = width * 2**level
        body = double_convolution(channels, filters, norm=False)
        bodies.append(nn.Sequential(nn.MaxPool2d(2), *body) if level else body)
        cuts.append(Cut(f"level{level + 1}", filters, 2**level, stage=True))
        channels = filters
    backbone = SegmentedBackbone(f"double_conv_{width}", cuts, bodies)
    tensors: dict[str, torch.Tensor] = backbone.state_dict(keep_vars=True)
    return LibraryNet(backbone, tensors, (0.5,), (0.5,), SIZE)
