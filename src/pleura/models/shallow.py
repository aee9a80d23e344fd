"""The shallow CBR networks of Raghu et al. 2019 (Transfusion, arXiv 1902.07208).

Blocks of a convolution, BatchNorm and ReLU, each followed by a max-pooling of 3 x 3 with stride 2.
Widths and kernels are those of the paper's description, in which CBR-LargeT's last block has no
pooling. (Its Table 1 counts 1,076,480 parameters for CBR-Tiny, which is what half of the described
widths would have; the description is followed.)
The paper does not tell the padding: here all is padded, so that small images fit (unpadded,
CBR-LargeT starts at 217 pixels) and each pooling halves the map. There are no published weights.
"""

from dataclasses import dataclass

from torch import nn

from pleura.models.backbone import LibraryNet, Segment, assemble
from pleura.models.torchvision_nets import IMAGENET_MEAN, IMAGENET_STD

VERSION = 1  # part of every key: raised whenever a network here would compute something else
# Raghu et al. trained them on CheXpert at this size.
SIZE = 224


@dataclass(frozen=True)
class ShallowNet:
    """The channels of each block, the side of the convolutions, and whether the last one pools."""

    widths: tuple[int, ...]
    kernel: int
    pools_last: bool = True


SHALLOW_NETS = {
    "cbr_larget": ShallowNet((32, 64, 128, 256, 512), kernel=7, pools_last=False),
    "cbr_largew": ShallowNet((64, 128, 256, 512), kernel=7),
    "cbr_small": ShallowNet((32, 64, 128, 256), kernel=7),
    "cbr_tiny": ShallowNet((64, 128, 256, 512), kernel=5),
}


def build(name: str) -> LibraryNet:
    """One of `SHALLOW_NETS` with torch's random weights. Cuts: block1, block2, ..."""
    net = SHALLOW_NETS[name]
    segments = []
    before = 3
    for i, width in enumerate(net.widths, start=1):
        # BatchNorm follows, so the convolution needs no bias.
        layers: list[nn.Module] = [
            nn.Conv2d(before, width, net.kernel, padding=net.kernel // 2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        ]
        if i < len(net.widths) or net.pools_last:
            layers.append(nn.MaxPool2d(3, stride=2, padding=1))
        segments.append(Segment(f"block{i}", nn.Sequential(*layers), stage=True))
        before = width
    backbone = assemble(name, segments)
    tensors = backbone.state_dict(keep_vars=True)
    return LibraryNet(backbone, tensors, IMAGENET_MEAN, IMAGENET_STD, SIZE)
