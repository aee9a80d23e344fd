"""MoCo: tell an image's embedding among a queue of earlier ones."""

from collections.abc import Sequence

from lightly.loss.ntx_ent_loss import NTXentLoss
from lightly.models.modules.heads import MoCoProjectionHead
from pydantic import Field
from torch import Tensor

from pleura.data.views import Views
from pleura.models.build import LoadedBackbone
from pleura.tasks.selfsup.teacher import Teacher
from pleura.tasks.selfsup.two_views import TwoViewMethod, TwoViews
from pleura.train.loop import Draw


class MoCo(TwoViewMethod):
    """Tell the other view of an image among a queue of earlier ones (He et al. 2020, version 2).

    arXiv 2003.04297, with lightly's head and loss; a slow teacher embeds the other view and fills
    the queue. Unlike SimCLR it needs no large batch. The head has BatchNorms as version 3's does,
    without which small backbones hardly start; they are not shuffled over devices.
    """

    temperature: float = Field(0.2, gt=0, description="of the softmax over similarities")
    queue: int = Field(1024, ge=1, description="earlier embeddings; fewer than there are images")
    momentum: float = Field(0.99, ge=0, le=1, description="of the teacher at first; it ends at 1")

    def network(self, loaded: LoadedBackbone, views: Views, channels: int) -> TwoViews:
        """See `TwoViewMethod`."""
        return _Network(loaded, views, channels, self)


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

    def outputs(self, views: Sequence[Tensor], draw: Draw) -> list[Tensor]:
        return [self.embed(views[0], draw), *self.teacher(self, views[1:], draw)]
