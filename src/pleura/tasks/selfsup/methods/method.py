"""The contract of a self-supervised method: its options, and what they make of a backbone.

Methods import torch only where they work on a network, so that they can be listed, and a study file
that names them be checked, at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pleura.data.view_settings import Views
from pleura.options import Options

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pleura.models.backbone import Backbone
    from pleura.models.build import LoadedBackbone
    from pleura.tasks.selfsup.pretrainer import Pretrainer
    from pleura.train.task import Batch


@dataclass(frozen=True)
class Setting:
    """What a method is built for: a backbone, images of `size` pixels, `images` to learn from."""

    loaded: LoadedBackbone
    size: int
    images: int
    seed: int

    @property
    def backbone(self) -> Backbone:
        """The backbone that learns."""
        return self.loaded.backbone

    @property
    def channels(self) -> int:
        """Channels of the backbone's last map."""
        return self.backbone.cuts[-1].channels


class Method(Options, ABC):
    """A self-supervised method; its fields are its options in a study file.

    The first line of its docstring and the descriptions of its fields are what
    `pleura list methods` prints.
    """

    version: ClassVar[int] = 1
    """Raised by a method whenever it comes to learn otherwise than before."""
    followers: ClassVar[tuple[str, ...]] = ()
    """Those of `modules` that the method moves itself, without gradients."""
    restores: ClassVar[bool] = False
    """Whether it draws images. Views are then neither blurred nor noisy: it would draw that too."""

    def cautions(self, images: int, batch_size: int) -> list[str]:
        """What to mind where the method learns from so many `images`, in batches of `batch_size` on
        all devices together; a sentence each, which the plan says."""
        return []

    @abstractmethod
    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """What trains beside the backbone; torch's generator is seeded.

        Raises InputError where the backbone or the size does not suit the method.
        """

    @abstractmethod
    def loss(self, network: Pretrainer, images: Tensor, batch: Batch) -> Tensor:
        """The loss, a scalar: the mean over the images of the whole batch on all devices.

        `network.own` are the `modules`; `images` this process's share, (n, 1, h, w) float in
        [0, 1]; `batch` says which they are among all training images. All that is random follows
        from it. Without gradients (`torch.is_grad_enabled()`) nothing of the network changes.
        """

    def build(
        self, loaded: LoadedBackbone, views: Views, *, size: int, images: int, seed: int
    ) -> Pretrainer:
        """The network to train, on `images` images of `size` pixels; its modules start from `seed`.

        Raises InputError where the backbone or the size does not suit the method.
        """
        from pleura.models.seeding import seeded
        from pleura.tasks.selfsup.pretrainer import Pretrainer

        if self.restores:
            views = views.model_copy(update={"blur": 0.0, "noise": 0.0})
        with seeded(seed):
            own = self.modules(Setting(loaded, size, images, seed))
        return Pretrainer(loaded, views, own, self.loss, self.followers)
