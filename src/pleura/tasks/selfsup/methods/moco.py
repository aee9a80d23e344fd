"""MoCo: tell an image's embedding among a queue of earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from pleura.tasks.selfsup.methods.method import Setting
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod, embed

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pleura.tasks.selfsup.pretrainer import Pretrainer
    from pleura.train.task import Batch


class MoCo(TwoViewMethod):
    """Tell the other view of an image among a queue of earlier ones (He et al. 2020, version 2).

    arXiv 2003.04297, with lightly's head and loss; a slow teacher embeds the other view and fills
    the queue. Unlike SimCLR it needs no large batch. The head has BatchNorms as version 3's does,
    without which small backbones hardly start; they are not shuffled over devices.
    """

    temperature: float = Field(0.2, gt=0, description="of the softmax over similarities")
    queue: int = Field(1024, ge=1, description="earlier embeddings; fewer than there are images")
    momentum: float = Field(0.99, ge=0, le=1, description="of the teacher at first; it ends at 1")

    followers = ("teacher",)

    def cautions(self, images: int, batch_size: int) -> list[str]:
        """A queue that holds every image, or not even a batch."""
        cautions = []
        if self.queue >= images:
            cautions.append(
                f"a queue of {self.queue} embeddings has an earlier one of each of the {images} "
                f"training images, from which it is to be told; set `queue` to less than {images}"
            )
        if self.queue < min(batch_size, images):
            cautions.append(
                f"a queue of {self.queue} embeddings does not hold a batch of {batch_size} images; "
                f"set `queue` to {batch_size} or more, or make training.batch_size smaller"
            )
        return cautions

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """Head, loss with its queue, and teacher."""
        from lightly.models.modules.heads import MoCoProjectionHead

        from pleura.tasks.selfsup.teacher import Teacher
        from pleura.tasks.selfsup.unwaiting import NTXent

        loss = NTXent(self.temperature, (self.queue, self.output))
        # lightly leaves its queue out of the state dict; resuming exactly needs it there.
        for name, buffer in list(loss.memory_bank.named_buffers()):
            loss.memory_bank.register_buffer(name, buffer)
        projection = MoCoProjectionHead(setting.channels, self.hidden, self.output, batch_norm=True)
        teacher = Teacher(setting.backbone, projection, self.momentum)
        return {"projection": projection, "loss": loss, "teacher": teacher}

    def outputs(self, network: Pretrainer, views: Sequence[Tensor], batch: Batch) -> list[Tensor]:
        """The embedding of the first view, and the teacher's of the second."""
        query = embed(network, views[0], batch)
        return [query, *network.own["teacher"](network, views[1:], batch)]
