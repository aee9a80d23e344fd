"""Masked autoencoder: fill in the patches that are not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from pleura.errors import InputError
from pleura.tasks.selfsup.methods.method import Method, Setting

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pleura.models.backbone import Backbone
    from pleura.tasks.selfsup.pretrainer import Pretrainer
    from pleura.train.task import Batch

DEPTH = 4  # blocks of the decoder, for encoders of 12; the paper has 8 for 24
HEAD_WIDTH = 32  # channels of one attention head of the decoder, as in the paper
# A patch as flat as one step of gray has no grain that would be worth learning.
FLAT = (1 / 255) ** 2


class MaskedAutoencoder(Method):
    """Fill in hidden patches from the few that are shown (He et al. 2021); for vision transformers.

    arXiv 2111.06377; the decoder and the handling of tokens are lightly's. The encoder sees only
    the patches that are not hidden; a narrow decoder draws the others, each up to its own mean and
    contrast. Views are neither blurred nor noisy: that would be drawn too.
    """

    masked: float = Field(0.75, gt=0, lt=1, description="share of the patches that is hidden")

    restores = True

    def modules(self, setting: Setting) -> dict[str, nn.Module]:
        """What narrows the encoder's tokens, the decoder, and what makes pixels of its own.

        Raises InputError for a network other than timm's ViT and for sizes it cannot divide.
        """
        from lightly.models.modules.masked_vision_transformer_decoder_timm import (
            MaskedVisionTransformerDecoderTIMM,
        )
        from torch import nn

        net = transformer_of(setting.backbone)
        side = patch_side(net, setting)
        width = max(HEAD_WIDTH, net.embed_dim // 2 // HEAD_WIDTH * HEAD_WIDTH)
        embed = nn.Linear(net.embed_dim, width)
        decoder = MaskedVisionTransformerDecoderTIMM(
            num_patches=(setting.size // side) ** 2,
            embed_dim=width,
            depth=DEPTH,
            num_heads=width // HEAD_WIDTH,
            num_prefix_tokens=net.num_prefix_tokens,
        )
        # A fixed table of sines and cosines: as a parameter, the optimiser would move it.
        positions = decoder.pos_embed.detach()
        del decoder.pos_embed
        decoder.register_buffer("pos_embed", positions)
        return {"embed": embed, "decoder": decoder, "predict": nn.Linear(width, side**2)}

    def loss(self, network: Pretrainer, images: Tensor, batch: Batch) -> Tensor:
        """Mean squared error of the hidden patches, each of mean 0 and variance 1."""
        from lightly.models.utils import (
            get_at_index,
            normalize_mean_var,
            patchify,
            repeat_token,
            set_at_index,
        )

        decoder: Any = network.own["decoder"]
        images = network.view(images, batch, 0)
        shown, hidden = self.divide(network, images, batch)
        tokens = network.own["embed"](encode(network, images, shown))
        whole = repeat_token(decoder.mask_token, (len(images), decoder.sequence_length))
        whole = set_at_index(whole.to(tokens.dtype), shown, tokens)
        drawn = network.own["predict"](get_at_index(decoder(whole), hidden))
        side = transformer_of(network.backbone).patch_embed.patch_size[0]
        wanted = get_at_index(patchify(images, side), hidden - decoder.num_prefix_tokens)
        wanted = normalize_mean_var(wanted, eps=FLAT)
        loss: Tensor = (drawn.float() - wanted).square().mean()
        return loss

    def divide(self, network: Pretrainer, images: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Indices of the tokens that are shown, (n, k) with the class token, and of the hidden."""
        import torch

        decoder: Any = network.own["decoder"]
        prefix = decoder.num_prefix_tokens
        patches = decoder.sequence_length - prefix
        count = min(max(1, round(patches * (1 - self.masked))), patches - 1)
        generator = batch.generator("mask", images.device)
        chance = torch.rand(batch.size, patches, generator=generator, device=images.device)
        order = batch.mine(chance).argsort(dim=1) + prefix
        always = torch.arange(prefix, device=images.device).expand(len(images), -1)
        shown = torch.cat([always, order[:, :count]], dim=1)
        return shown, order[:, count:]


def encode(network: Pretrainer, images: Tensor, shown: Tensor) -> Tensor:
    """Tokens (n, k, channels) of the patches that are shown; the others cost nothing."""
    from lightly.models.utils import get_at_index

    backbone: Any = network.backbone
    net = backbone.net
    # As the network's own forward pass makes them, at any image size.
    tokens = net._pos_embed(net.patch_embed(network.normalised(images)))
    tokens = net.blocks(net.norm_pre(get_at_index(tokens, shown)))
    encoded: Tensor = tokens if backbone.norm is None else backbone.norm(tokens)
    return encoded


def transformer_of(backbone: Backbone) -> Any:
    """The ViT of timm that a backbone is made of. Raises InputError where it is none."""
    from timm.models.vision_transformer import VisionTransformer

    from pleura.models.timm_nets import FeatureBackbone

    net = backbone.net if isinstance(backbone, FeatureBackbone) else None
    if not isinstance(net, VisionTransformer):
        raise InputError(
            f"masked_autoencoder hides patches of a vision transformer, not of {backbone.name}",
            ["use vit_tiny_patch16_224 or another vit_... or deit_... of timm, or a method "
             "for every backbone, such as models_genesis or byol"],
        )  # fmt: skip
    return net


def patch_side(net: Any, setting: Setting) -> int:
    """Pixels along a patch. Raises InputError where images cannot be cut into such patches."""
    side: int = net.patch_embed.patch_size[0]
    if setting.size % side or setting.size < 2 * side:
        fits = max(2, -(-setting.size // side)) * side
        raise InputError(
            f"masked_autoencoder: images of {setting.size} pixels cannot be cut into patches of "
            f"{side} for {setting.backbone.name}; the next larger size that fits is {fits}"
        )
    return side
