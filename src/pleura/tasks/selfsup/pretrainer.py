"""What trains a backbone without labels: the network of every method."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.utils.dist import gather
from torch import Tensor, nn

from pleura.data.views import Views, sample_views, show
from pleura.models.build import LoadedBackbone
from pleura.models.network import ImageNetwork
from pleura.train.phase import Phase
from pleura.train.task import Batch

Loss = Callable[["Pretrainer", Tensor, Batch], Tensor]
"""A method's loss; see `Method.loss`."""


class Pretrainer(ImageNetwork):
    """A backbone with what a method trains it by: images in, loss out.

    `own` are the method's modules, which are dropped afterwards. Those named in `followers`, such
    as a teacher, are moved by the method itself and by no gradient. What training changes, a queue
    or a centre too, is a parameter or a persistent buffer of one of them, so that a training can be
    resumed exactly.
    """

    def __init__(
        self,
        loaded: LoadedBackbone,
        views: Views,
        own: Mapping[str, nn.Module],
        loss: Loss,
        followers: Sequence[str] = (),
    ) -> None:
        super().__init__(loaded.mean, loaded.std)
        self.backbone, self.views = loaded.backbone, views
        self.own = nn.ModuleDict(own)
        self.loss, self.followers = loss, tuple(followers)

    def forward(self, images: Tensor, batch: Batch) -> Tensor:
        """The loss, a scalar: the mean over the images of the whole batch on all devices.

        `images`: this process's share, (n, 1, h, w) float in [0, 1].
        """
        return self.loss(self, images, batch)

    def parts(self) -> Iterator[tuple[str, nn.Module]]:
        """The modules of each cut, then the method's own as `method.NAME`."""
        yield from self.backbone.modules_by_cut()
        for name, module in self.own.items():
            yield f"method.{name}", module

    def phase(self) -> Phase:
        """One fit of everything but the followers."""
        follow = {f"method.{name}" for name in self.followers}
        return Phase("pretraining", frozenset(name for name, _ in self.parts()) - follow)

    def maps(self, images: Tensor, cuts: Sequence[str]) -> dict[str, Tensor]:
        """Maps (n, channels, h, w) at cuts of the backbone, of images in [0, 1]."""
        return self.backbone.forward_cuts(self.normalised(images), cuts)

    def view(self, images: Tensor, batch: Batch, number: int) -> Tensor:
        """View `number` of images (n, 1, h, w) in [0, 1], as the study's `views` vary them."""
        generator = batch.generator(f"view {number}", images.device)
        shape = torch.Size((batch.size, *images.shape[1:]))
        sampled = sample_views(self.views, shape, generator)
        # In bf16, which Fabric also makes of what a model is given, places would be off by pixels.
        with torch.autocast(images.device.type, enabled=False):
            return show(images.float(), sampled, batch)

    def features(self, images: Tensor) -> Tensor:
        """Pooled map of the last cut, (n, channels): what a classifier's head will see."""
        last = self.backbone.cuts[-1].name
        return self.maps(images, [last])[last].mean(dim=(2, 3))


def gathered(values: Tensor, batch: Batch) -> Tensor:
    """Rows (n, ...) of all devices in the order of the whole batch, with their gradients.

    Each process then computes the loss of the whole batch, so that several devices learn what one
    would (lightly's gather sums the gradients, DDP takes their mean).
    """
    if batch.world == 1:
        return values
    return torch.stack(gather(values), dim=1).flatten(0, 1)
