"""MoCo: tell an image's embedding among a queue of earlier ones."""

from collections.abc import Sequence

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.loss.ntx_ent_loss import NTXentLoss
from lightly.models.modules.heads import MoCoProjectionHead
from torch import Tensor

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.methods.moco import MoCo
from pleura.tasks.selfsup.teacher import Teacher
from pleura.tasks.selfsup.two_views import TwoViews
from pleura.train.task import Batch


def network(method: MoCo, loaded: LoadedBackbone, views: Views, channels: int) -> TwoViews:
    """See `MoCo.network`."""
    return _Network(loaded, views, channels, method)


class _Network(TwoViews):
    followers = ("teacher",)

    def __init__(self, loaded: LoadedBackbone, views: Views, channels: int, method: MoCo) -> None:
        loss = NTXentLoss(method.temperature, (method.queue, method.output))
        # lightly leaves its queue out of the state dict; resuming exactly needs it there.
        for name, buffer in list(loss.memory_bank.named_buffers()):
            loss.memory_bank.register_buffer(name, buffer)
        projection = MoCoProjectionHead(channels, method.hidden, method.output, batch_norm=True)
        super().__init__(loaded, views, projection, loss)
        self.teacher = Teacher(self, method.momentum)

    def outputs(self, views: Sequence[Tensor], batch: Batch) -> list[Tensor]:
        return [self.embed(views[0], batch), *self.teacher(self, views[1:], batch)]
