"""Masked autoencoder (He et al. 2021, arXiv 2111.06377): fills in the patches that it is not shown.

The decoder and the handling of tokens are lightly's.
"""

from typing import Any

import torch

import pleura._torchvision  # noqa: F401  isort: skip
from lightly.models.modules.masked_vision_transformer_decoder_timm import (
    MaskedVisionTransformerDecoderTIMM,
)
from lightly.models.utils import (
    get_at_index,
    normalize_mean_var,
    patchify,
    repeat_token,
    set_at_index,
)
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from pleura.data.views import Views
from pleura.errors import InputError
from pleura.models.build import LoadedBackbone
from pleura.models.seeding import seeded
from pleura.models.timm_nets import FeatureBackbone
from pleura.tasks.selfsup.methods.masked_autoencoder import MaskedAutoencoder
from pleura.tasks.selfsup.pretrainer import Pretrainer
from pleura.train.task import Batch

DEPTH = 4  # blocks of the decoder, for encoders of 12; the paper has 8 for 24
HEAD_WIDTH = 32  # channels of one attention head of the decoder, as in the paper
# A patch as flat as one step of gray has no grain that would be worth learning.
FLAT = (1 / 255) ** 2


def build(
    method: MaskedAutoencoder, loaded: LoadedBackbone, views: Views, *, size: int, seed: int
) -> "MaskedAutoencoderPretrainer":
    """Raises InputError for a network other than timm's ViT and for sizes it cannot divide."""
    backbone = loaded.backbone
    net = backbone.net if isinstance(backbone, FeatureBackbone) else None
    if not isinstance(net, VisionTransformer):
        raise InputError(
            f"masked_autoencoder hides patches of a vision transformer, not of {backbone.name}",
            ["use vit_tiny_patch16_224 or another vit_... or deit_... of timm, or a method "
             "for every backbone, such as models_genesis or byol"],
        )  # fmt: skip
    patch = net.patch_embed.patch_size[0]
    if size % patch or size < 2 * patch:
        fits = max(2, -(-size // patch)) * patch
        raise InputError(
            f"masked_autoencoder: images of {size} pixels cannot be cut into patches of {patch}"
            f" for {backbone.name}; the next larger size that fits is {fits}"
        )
    with seeded(seed):
        return MaskedAutoencoderPretrainer(loaded, views, net, size=size, masked=method.masked)


class MaskedAutoencoderPretrainer(Pretrainer):
    """The encoder's tokens, narrowed by `embed`, go through `decoder`; `predict` gives pixels."""

    def __init__(
        self, loaded: LoadedBackbone, views: Views, net: Any, *, size: int, masked: float
    ) -> None:
        super().__init__(loaded, views.model_copy(update={"blur": 0.0, "noise": 0.0}))
        self.patch: int = net.patch_embed.patch_size[0]
        self.patches = (size // self.patch) ** 2
        self.shown = min(max(1, round(self.patches * (1 - masked))), self.patches - 1)
        width = max(HEAD_WIDTH, net.embed_dim // 2 // HEAD_WIDTH * HEAD_WIDTH)
        self.embed = nn.Linear(net.embed_dim, width)
        self.decoder = MaskedVisionTransformerDecoderTIMM(
            num_patches=self.patches,
            embed_dim=width,
            depth=DEPTH,
            num_heads=width // HEAD_WIDTH,
            num_prefix_tokens=net.num_prefix_tokens,
        )
        # A fixed table of sines and cosines: as a parameter, the optimiser would move it.
        positions = self.decoder.pos_embed.detach()
        del self.decoder.pos_embed
        self.decoder.register_buffer("pos_embed", positions)
        self.predict = nn.Linear(width, self.patch**2)

    def forward(self, images: Tensor, batch: Batch) -> Tensor:
        """Mean squared error of the hidden patches, each of mean 0 and variance 1."""
        images = self.view(images, batch, 0)
        shown, hidden = self._divide(images, batch)
        tokens = self.embed(self._encode((images - self.mean) / self.std, shown))
        whole = repeat_token(self.decoder.mask_token, (len(images), self.decoder.sequence_length))
        whole = set_at_index(whole.to(tokens.dtype), shown, tokens)
        prefix = self.decoder.num_prefix_tokens
        drawn = self.predict(get_at_index(self.decoder(whole), hidden))
        wanted = get_at_index(patchify(images, self.patch), hidden - prefix)
        wanted = normalize_mean_var(wanted, eps=FLAT)
        loss: Tensor = (drawn.float() - wanted).square().mean()
        return loss

    def _divide(self, images: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Indices of the tokens that are shown, (n, k) with the class token, and of the hidden."""
        generator = batch.generator("mask", images.device)
        chance = torch.rand(batch.size, self.patches, generator=generator, device=images.device)
        prefix = self.decoder.num_prefix_tokens
        order = batch.mine(chance).argsort(dim=1) + prefix
        always = torch.arange(prefix, device=images.device).expand(len(images), -1)
        shown = torch.cat([always, order[:, : self.shown]], dim=1)
        return shown, order[:, self.shown :]

    def _encode(self, images: Tensor, shown: Tensor) -> Tensor:
        """Tokens (n, k, channels) of the patches that are shown; the others cost nothing."""
        backbone = self.backbone
        assert isinstance(backbone, FeatureBackbone)
        net = backbone.net
        # As the network's own forward pass makes them, at any image size.
        tokens = get_at_index(net._pos_embed(net.patch_embed(images)), shown)
        tokens = net.blocks(net.norm_pre(tokens))
        encoded: Tensor = tokens if backbone.norm is None else backbone.norm(tokens)
        return encoded
