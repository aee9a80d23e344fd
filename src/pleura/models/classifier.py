"""A backbone with a linear head: images in, class logits out."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from pleura.models.backbone import Backbone
from pleura.models.network import ImageNetwork
from pleura.models.places import CLASSIFIER as CLASSIFIER
from pleura.models.seeding import seeded


class Classifier(ImageNetwork):
    """Normalisation, backbone, global average pooling, dropout and one linear layer.

    `mean` and `std` have one value a channel, for images in [0, 1]. The head starts from `seed`
    alone, as torch starts a linear layer; the global random state stays as it is.
    """

    def __init__(
        self,
        backbone: Backbone,
        mean: Sequence[float],
        std: Sequence[float],
        n_classes: int,
        *,
        dropout: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__(mean, std)
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout)
        self.n_classes = n_classes
        with seeded(seed):
            self.head: nn.Module = nn.Linear(backbone.cuts[-1].channels, n_classes)

    def parts(self) -> Iterator[tuple[str, nn.Module]]:
        """The modules of each cut, then the head with its dropout as `CLASSIFIER`."""
        yield from self.backbone.modules_by_cut()
        yield CLASSIFIER, self.dropout
        yield CLASSIFIER, self.head

    def replace_backbone(self, backbone: Backbone) -> "Classifier":
        """Take another backbone and a new head that fits it, in place; returns the classifier.

        The head is drawn from torch's generator.
        """
        self.backbone = backbone
        self.head = nn.Linear(backbone.cuts[-1].channels, self.n_classes)
        return self

    def features(self, images: Tensor, cuts: Sequence[str] | None = None) -> Tensor:
        """Pooled maps of the last cut, (n, channels) float; images (n, 1|3, h, w) in [0, 1].

        With `cuts`, those of these cuts side by side, in the network's order.
        """
        names = cuts or [self.backbone.cuts[-1].name]
        maps = self.backbone.forward_cuts(self.normalised(images), names)
        return torch.cat([values.mean(dim=(2, 3)) for values in maps.values()], dim=1)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes) float of images (n, 1|3, h, w) float in [0, 1]."""
        logits: Tensor = self.head(self.dropout(self.features(images)))
        return logits
