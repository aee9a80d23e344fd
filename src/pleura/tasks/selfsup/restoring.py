"""What methods share that spoil an image and have it restored."""

from abc import abstractmethod

from torch import Tensor, nn
from torch.nn import functional

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.models.seeding import seeded
from pleura.tasks.selfsup.pretrainer import Pretrainer
from pleura.train.task import Batch


class RestoringPretrainer(Pretrainer):
    """A backbone and a decoder without skips, so that all must pass through the last cut.

    The decoder is the lightest there is: each place of the last map gives its square of the image
    by one linear layer, as in SimMIM (Xie et al. 2022, arXiv 2111.09886), where it did no worse
    than deeper ones. Views are neither blurred nor noisy: that would be restored too.
    """

    def __init__(self, loaded: LoadedBackbone, views: Views, *, seed: int) -> None:
        super().__init__(loaded, views.model_copy(update={"blur": 0.0, "noise": 0.0}))
        last = loaded.backbone.cuts[-1]
        with seeded(seed):
            self.decoder = nn.Sequential(
                nn.Conv2d(last.channels, last.stride**2, 1), nn.PixelShuffle(last.stride)
            )

    @abstractmethod
    def spoil(self, images: Tensor, batch: Batch) -> Tensor:
        """Images (n, 1, h, w) in [0, 1], spoilt as `batch` decides: the same shape and range.

        What is given stays as it is.
        """

    def forward(self, images: Tensor, batch: Batch) -> Tensor:
        """Mean squared error of the restored images; images as in `Pretrainer`."""
        wanted = self.view(images, batch, 0)
        return functional.mse_loss(self.restore(self.spoil(wanted, batch)), wanted)

    def restore(self, images: Tensor) -> Tensor:
        """What the network makes of spoilt images (n, 1, h, w): the same shape."""
        last = self.backbone.cuts[-1].name
        # In the units of the network's input, so that it starts from gray images, not from black.
        drawn: Tensor = self.decoder(self.maps(images, [last])[last]) * self.std + self.mean
        if drawn.shape[2:] == images.shape[2:]:
            return drawn
        size = list(images.shape[2:])
        return functional.interpolate(drawn, size, mode="bilinear", align_corners=False)
