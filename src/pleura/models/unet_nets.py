"""Builds the U-Nets that a study file can name: those of `pleura.models.unet_options`.

V-Unet and X-Unet are those of Cheng & Lam 2021 (arXiv 2110.02196), layer by layer as in the
authors' code, but for gray images and with a softmax over structures and background, where the
paper has three equal channels, one structure and a sigmoid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pleura.models import double_conv
from pleura.models.build import LoadedBackbone, build_backbone, take_weights
from pleura.models.network import to_channels_last
from pleura.models.places import cut_at
from pleura.models.seeding import seeded
from pleura.models.unet import UNet
from pleura.models.unet_options import AnyUNet, XUNet, make_unet
from pleura.models.weights import Provenance


@dataclass(frozen=True)
class LoadedUNet:
    """A U-Net, and where the weights of its encoder come from; its decoder is random."""

    network: UNet
    provenance: Provenance


def build_unet(
    spec: str | Mapping[str, Mapping[str, Any] | None],
    weights: str,
    n_structures: int,
    *,
    seed: int,
) -> LoadedUNet:
    """The U-Net of a study file for gray images, untrained but for its encoder.

    `weights` are the encoder's, as `build_backbone` takes them: `random`, `imagenet` or a file.
    All that is random starts from `seed` alone. Raises InputError where something is unknown or
    does not fit, PleuraError for a failed download.
    """
    options = make_unet(spec)
    if isinstance(options, XUNet):
        loaded = _x_encoder(options.width, weights, seed)
    else:
        loaded = build_backbone(options.encoder, weights, seed=seed)
    encoder = loaded.backbone
    if isinstance(options, AnyUNet) and options.at is not None:
        encoder = encoder.truncate(cut_at(encoder, options.at))
    decoder = options.decoder._asdict()
    network = UNet(encoder, loaded.mean, loaded.std, n_structures, **decoder, seed=seed)
    to_channels_last(network)
    return LoadedUNet(network, loaded.provenance)


def _x_encoder(width: int, weights: str, seed: int) -> LoadedBackbone:
    """The plain encoder of `width` filters. Raises InputError for `imagenet`, which no such encoder
    was trained on."""
    with seeded(seed):
        net = double_conv.build(width)
    provenance = take_weights(net, "x_unet", weights, seed)
    return LoadedBackbone(net.backbone, provenance.mean, provenance.std, provenance, net.size)
