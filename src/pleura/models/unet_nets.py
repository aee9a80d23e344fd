"""The U-Nets that a study file can name, built: those of `pleura.models.unet_options`.

V-Unet and X-Unet are those of Cheng & Lam 2021 (arXiv 2110.02196), layer by layer as in the
authors' code, but for gray images and with a softmax over structures and background, where the
paper has three equal channels, one structure and a sigmoid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pleura.errors import InputError
from pleura.models import double_conv
from pleura.models.build import build_backbone
from pleura.models.network import to_channels_last
from pleura.models.places import cut_at
from pleura.models.seeding import seeded
from pleura.models.unet import UNet
from pleura.models.unet_options import AnyUNet, XUNet, make_unet
from pleura.models.weights import Provenance, from_file, from_nothing


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
    match make_unet(spec):
        case XUNet() as options:
            loaded = _x_unet(options, weights, n_structures, seed)
        case AnyUNet() as options:
            loaded = _any_unet(options, weights, n_structures, seed)
        case _:
            loaded = _v_unet(weights, n_structures, seed)
    to_channels_last(loaded.network)
    return loaded


def _v_unet(weights: str, n_structures: int, seed: int) -> LoadedUNet:
    """The encoder ends at VGG16's last convolution; the decoder has 512 to 64 filters."""
    loaded = build_backbone("vgg16", weights, seed=seed)
    network = UNet(
        loaded.backbone,
        loaded.mean,
        loaded.std,
        n_structures,
        upsampling="transposed",
        norm=False,
        widths=(512, 256, 128, 64),
        seed=seed,
    )
    return LoadedUNet(network, loaded.provenance)


def _x_unet(options: XUNet, weights: str, n_structures: int, seed: int) -> LoadedUNet:
    """Raises InputError for `imagenet`, which no such encoder was trained on."""
    if weights == "imagenet":
        raise InputError(
            "x_unet has no `imagenet` weights; use `random`, or name a file: `weights: FILE`"
        )
    with seeded(seed):
        net = double_conv.build(options.width)
    if weights == "random":
        provenance = from_nothing(net, seed)
    elif Path(weights).is_file():
        provenance = from_file(net, Path(weights))
    else:
        raise InputError(f"weights '{weights}': there is no such file")
    network = UNet(
        net.backbone,
        provenance.mean,
        provenance.std,
        n_structures,
        upsampling="transposed",
        norm=False,
        widths=[options.width * factor for factor in (8, 4, 2, 1)],
        seed=seed,
    )
    return LoadedUNet(network, provenance)


def _any_unet(options: AnyUNet, weights: str, n_structures: int, seed: int) -> LoadedUNet:
    """Raises InputError for an unknown backbone or place, or widths that do not fit."""
    loaded = build_backbone(options.backbone, weights, seed=seed)
    encoder = loaded.backbone
    if options.at is not None:
        encoder = encoder.truncate(cut_at(encoder, options.at))
    network = UNet(
        encoder,
        loaded.mean,
        loaded.std,
        n_structures,
        upsampling=options.upsampling,
        norm=options.norm,
        widths=options.widths,
        seed=seed,
    )
    return LoadedUNet(network, loaded.provenance)
