"""Rotation: by how many quarter turns was an image turned?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pleura.tasks.selfsup.methods.method import Method, Setting

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pleura.tasks.selfsup.pretrainer import Pretrainer
    from pleura.train.task import Batch


class Rotation(Method):
    """Tell by how many quarter turns an image was turned (Gidaris et al. 2018, arXiv 1803.07728).

    They show all four turns of an image in each step; here each step draws one, which costs a
    quarter and expects the same.
    """

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """A linear layer on the pooled map: four classes, 0 to 3 quarter turns."""
        from torch import nn

        return {"head": nn.Linear(setting.channels, 4)}

    def loss(self, network: Pretrainer, images: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of the turns; images are square."""
        import torch
        from torch.nn import functional

        x = network.view(images, batch, 0)
        generator = batch.generator("turns", x.device)
        whole = torch.randint(4, (batch.size,), generator=generator, device=x.device)
        turns = batch.mine(whole)
        logits = network.own["head"](network.features(turned(x, turns)))
        return functional.cross_entropy(logits, turns)


def turned(images: Tensor, turns: Tensor) -> Tensor:
    """Square images (n, c, h, h), each by its number (n,) of quarter turns, anticlockwise."""
    import torch

    turns = turns.view(-1, 1, 1, 1)
    result = images
    for count in (1, 2, 3):
        # Of all, since which ones they are is known to the device alone.
        result = torch.where(turns == count, images.rot90(count, (2, 3)), result)
    return result
