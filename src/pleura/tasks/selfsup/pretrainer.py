"""What trains a backbone without labels: the contract of the networks of all methods."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence

import torch

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.utils.dist import gather
from torch import Tensor

from pleura.data.views import Views, sample_views, show
from pleura.models.build import LoadedBackbone
from pleura.models.network import Network
from pleura.train.phase import Phase
from pleura.train.task import Batch


class Pretrainer(Network):
    """A backbone with what a method trains it by: images in, loss out.

    A method's own modules are children beside `backbone` and are dropped afterwards. Those named in
    `followers`, such as a teacher, are moved by the method itself and by no gradient. What training
    changes, a queue or a centre too, is a parameter or a persistent buffer of some child, so that a
    training can be resumed exactly.
    """

    followers: tuple[str, ...] = ()
    mean: Tensor
    std: Tensor

    def __init__(self, loaded: LoadedBackbone, views: Views) -> None:
        super().__init__()
        self.backbone, self.views = loaded.backbone, views
        self.register_buffer("mean", torch.tensor(loaded.mean).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(loaded.std).view(1, -1, 1, 1))

    @abstractmethod
    def forward(self, images: Tensor, batch: Batch) -> Tensor:
        """The loss, a scalar: the mean over the images of the whole batch on all devices.

        `images`: this process's share, (n, 1, h, w) float in [0, 1]. All that is random follows
        from `batch`. Without gradients (`torch.is_grad_enabled()`) nothing of the network changes.
        """

    def parts(self) -> Iterator[tuple[str, torch.nn.Module]]:
        """The modules of each cut, then the method's own as `method.NAME`."""
        for cut in self.backbone.cuts:
            for module in self.backbone.modules_of(cut.name):
                yield cut.name, module
        for name, child in self.named_children():
            if name != "backbone":
                yield f"method.{name}", child

    def phase(self) -> Phase:
        """One fit of everything but the followers."""
        follow = {f"method.{name}" for name in self.followers}
        return Phase("pretraining", frozenset(name for name, _ in self.parts()) - follow)

    def maps(self, images: Tensor, cuts: Sequence[str]) -> dict[str, Tensor]:
        """Maps (n, channels, h, w) at cuts of the backbone, of images in [0, 1]."""
        return self.backbone.forward_cuts((images - self.mean) / self.std, cuts)

    def view(self, images: Tensor, batch: Batch, number: int) -> Tensor:
        """View `number` of images (n, 1, h, w) in [0, 1], as the study's `views` vary them."""
        generator = batch.generator(f"view {number}", images.device)
        shape = (batch.size, *images.shape[1:])
        sampled = sample_views(self.views, torch.Size(shape), generator)
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
