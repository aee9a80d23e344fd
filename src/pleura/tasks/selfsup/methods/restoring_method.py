"""What methods share that spoil an image and have it restored."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from pleura.tasks.selfsup.methods.method import Method, Setting

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pleura.tasks.selfsup.pretrainer import Pretrainer
    from pleura.train.task import Batch


class RestoringMethod(Method):
    """A decoder without skips, so that all must pass through the last cut.

    It is the lightest there is: each place of the last map gives its square of the image by one
    linear layer, as in SimMIM (Xie et al. 2022, arXiv 2111.09886), where it did no worse than
    deeper ones.
    """

    restores = True

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """The decoder."""
        from torch import nn

        last = setting.backbone.cuts[-1]
        decoder = nn.Sequential(
            nn.Conv2d(last.channels, last.stride**2, 1), nn.PixelShuffle(last.stride)
        )
        return {"decoder": decoder}

    @abstractmethod
    def spoil(self, images: Tensor, batch: Batch) -> Tensor:
        """Images (n, 1, h, w) in [0, 1], spoilt as `batch` decides: the same shape and range.

        What is given stays as it is.
        """

    def loss(self, network: Pretrainer, images: Tensor, batch: Batch) -> Tensor:
        """Mean squared error of the restored images."""
        from torch.nn import functional

        wanted = network.view(images, batch, 0)
        return functional.mse_loss(restore(network, self.spoil(wanted, batch)), wanted)


def restore(network: Pretrainer, images: Tensor) -> Tensor:
    """What the network makes of spoilt images (n, 1, h, w): the same shape."""
    from torch.nn import functional

    last = network.backbone.cuts[-1].name
    # In the units of the network's input, so that it starts from gray images, not from black.
    maps = network.maps(images, [last])[last]
    drawn: Tensor = network.own["decoder"](maps) * network.std + network.mean
    if drawn.shape[2:] == images.shape[2:]:
        return drawn
    size = list(images.shape[2:])
    return functional.interpolate(drawn, size, mode="bilinear", align_corners=False)
