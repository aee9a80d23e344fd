"""Reverse transfer: a network that has learned to segment becomes a classifier."""

from collections.abc import Iterator
from typing import TypeAlias

import torch
from torch import Tensor, nn

from pleura.errors import InputError, nearest
from pleura.models.backbone import Backbone
from pleura.models.classifier import CLASSIFIER, Classifier
from pleura.models.network import Network
from pleura.models.seeding import seeded
from pleura.models.unet import UNet

VERSION = 1  # part of every key: raised whenever a head would compute something else
HEADS = ("logits", "decoder", "bottleneck", "scales")


class ReverseClassifier(Network):
    """A U-Net whose maps are averaged over the image, and a linear layer (Gare et al. 2021).

    arXiv 2201.10166. The paper does not say which maps; `head` names one of four choices. `logits`
    are those of the structures and the background, `decoder` is the last map of the decoder,
    `bottleneck` the encoder's last map, `scales` the bottleneck and every map of the decoder side
    by side. (Logits are a linear function of the decoder's last map, so they add nothing to it.)
    The U-Net itself is taken, not a copy, and is trained further. The linear layer starts from
    `seed` alone, as torch starts one. Raises InputError for an unknown head.
    """

    def __init__(self, unet: UNet, head: str, n_classes: int, *, seed: int) -> None:
        super().__init__()
        if head not in HEADS:
            raise InputError(f"head: there is no '{head}'{nearest(head, HEADS)}")
        self.unet, self.pooled_maps, self.n_classes = unet, head, n_classes
        bottleneck = unet.encoder.cuts[-1].channels
        widths = {
            "logits": unet.n_structures + 1,
            "decoder": unet.widths[-1],
            "bottleneck": bottleneck,
            "scales": bottleneck + sum(unet.widths),
        }
        with seeded(seed):
            self.head: nn.Module = nn.Linear(widths[head], n_classes)

    @property
    def backbone(self) -> Backbone:
        """The encoder, whose cuts a heat map can be made at."""
        return self.unet.encoder

    @property
    def mean(self) -> Tensor:
        """The mean (1, 1, 1, 1) of the encoder's images, which tells their channels and device."""
        return self.unet.mean

    def normalised(self, images: Tensor) -> Tensor:
        """Gray images (n, 1, h, w) in [0, 1] as the encoder was trained on them."""
        return self.unet.normalised(images)

    def parts(self) -> Iterator[tuple[str, nn.Module]]:
        """All parts of the U-Net, also those that the head does not use, then the linear layer."""
        yield from self.unet.parts()
        yield CLASSIFIER, self.head

    def encoder_blocks(self) -> list[tuple[str, ...]]:
        """The U-Net's encoder, stage by stage."""
        return self.unet.encoder_blocks()

    def blocks(self) -> list[tuple[str, ...]]:
        """The parts that the logits depend on, from the image on: those of the U-Net, then the
        classifier."""
        blocks = self.unet.blocks()
        if self.pooled_maps == "bottleneck":
            blocks = self.unet.encoder_blocks()
        elif self.pooled_maps != "logits":
            blocks = blocks[:-1]
        return [*blocks, (CLASSIFIER,)]

    def features(self, images: Tensor) -> Tensor:
        """Means of the maps over the image, (n, f) float; images (n, 1, h, w) in [0, 1]."""
        if self.pooled_maps == "bottleneck":
            maps = [self.unet.encode(images)]
        else:
            scales = self.unet.scales(images)
            maps = {
                "logits": [scales.logits],
                "decoder": scales.decoder[-1:],
                "scales": [scales.bottleneck, *scales.decoder],
            }[self.pooled_maps]
        return torch.cat([values.mean(dim=(2, 3)) for values in maps], dim=1)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes) float of gray images (n, 1, h, w) float in [0, 1]."""
        logits: Tensor = self.head(self.features(images))
        return logits

    def segment(self, images: Tensor) -> Tensor:
        """The U-Net's logits (n, n_structures + 1, h, w), with the weights as they are now.

        A head that does not use the decoder trains the encoder away from it, so little may be left
        of them.
        """
        logits: Tensor = self.unet(images)
        return logits


AnyClassifier: TypeAlias = Classifier | ReverseClassifier
