"""Instance discrimination: tell which image this is, among all images of a memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from pleura.tasks.selfsup.methods.method import Method, Setting

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pleura.tasks.selfsup.pretrainer import Pretrainer
    from pleura.train.task import Batch


class InstanceDiscrimination(Method):
    """Tell an image among the remembered embeddings of all images (Wu et al. 2018).

    arXiv 1805.01978. The memory has one entry for each training image, which follows what the
    network makes of it. The softmax is over the whole memory: of so few images it need not be
    estimated by noise-contrastive samples, as the paper does for a million.
    """

    output: int = Field(128, ge=2, description="dimensions of an embedding")
    temperature: float = Field(0.07, gt=0, description="of the softmax over similarities")
    momentum: float = Field(0.5, ge=0, lt=1, description="what an entry keeps of itself each time")

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """A linear head, and the memory: `entries` (images, output) of length one."""
        import torch
        from torch import nn
        from torch.nn import functional

        head, memory = nn.Linear(setting.channels, self.output), nn.Module()
        entries = functional.normalize(torch.randn(setting.images, self.output))
        memory.register_buffer("entries", entries)
        return {"head": head, "memory": memory}

    def loss(self, network: Pretrainer, images: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of each image's own entry among all entries.

        Of images that are not trained on, which have none, the entry is another view's embedding.
        """
        import torch
        from torch.nn import functional

        from pleura.tasks.selfsup.pretrainer import gathered
        from pleura.train.ahead import upload

        embedded = self.embed(network, network.view(images, batch, 0))
        entries = network.own["memory"].get_buffer("entries")
        positions = upload(torch.from_numpy(batch.positions), entries.device)
        own = batch.mine(positions)
        # Similarities, divided by .07, need more digits than bf16 has.
        with torch.autocast(images.device.type, enabled=False):
            # A copy, since the entries change before gradients are computed.
            similar = embedded @ entries.clone().T
            if (batch.mine(batch.positions) < 0).any():  # asked of the host, which need not wait
                other = self.embed(network, network.view(images, batch, 1))
                similar = torch.cat([similar, (embedded * other).sum(dim=1, keepdim=True)], dim=1)
                own = own.masked_fill(own < 0, len(entries))
            loss = functional.cross_entropy(similar / self.temperature, own)
        if torch.is_grad_enabled():
            # Of the whole batch, so that the memory is the same on every device.
            with torch.no_grad():
                latest = gathered(embedded.detach(), batch)
                moved = torch.lerp(latest, entries[positions], self.momentum)
                entries[positions] = functional.normalize(moved)
        return loss

    def embed(self, network: Pretrainer, view: Tensor) -> Tensor:
        """Embeddings (n, output) of length one of a view (n, 1, h, w)."""
        from torch.nn import functional

        return functional.normalize(network.own["head"](network.features(view)).float())
