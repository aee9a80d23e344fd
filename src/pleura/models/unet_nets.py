"""U-Nets as a study file names them: `v_unet`, `{x_unet: {width: 16}}`, `{unet: {backbone: ...}}`.

V-Unet and X-Unet are those of Cheng & Lam 2021 (arXiv 2110.02196), layer by layer as in the
authors' code, but for gray images and with a softmax over structures and background, where the
paper has three equal channels, one structure and a sigmoid.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from pleura.errors import InputError
from pleura.models import double_conv
from pleura.models.build import build_backbone
from pleura.models.network import to_channels_last
from pleura.models.places import Place, cut_at
from pleura.models.seeding import seeded
from pleura.models.unet import UNet, Upsampling
from pleura.models.weights import Provenance, from_file, from_nothing
from pleura.options import describe, make_named


@dataclass(frozen=True)
class LoadedUNet:
    """A U-Net, and where the weights of its encoder come from; its decoder is random."""

    network: UNet
    provenance: Provenance


class UNetNet(BaseModel, ABC):
    """A kind of U-Net. Its fields are the options of a study file.

    The first line of its docstring and the descriptions of its fields are what `pleura list unets`
    prints.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @abstractmethod
    def build(self, weights: str, n_structures: int, seed: int) -> LoadedUNet:
        """The network, as `build_unet` describes it."""


class VUNet(UNetNet):
    """VGG16, then four transposed convolutions, no norm in either (Cheng & Lam 2021)."""

    def build(self, weights: str, n_structures: int, seed: int) -> LoadedUNet:
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


class XUNet(UNetNet):
    """The plain U-Net with transposed convolutions and no norm (Cheng & Lam 2021)."""

    width: PositiveInt = Field(64, description="filters of the first of five levels; they double")

    def build(self, weights: str, n_structures: int, seed: int) -> LoadedUNet:
        """Raises InputError for `imagenet`, which no such encoder was trained on."""
        if weights == "imagenet":
            raise InputError(
                "x_unet has no `imagenet` weights; use `random`, or name a file: `weights: FILE`"
            )
        with seeded(seed):
            net = double_conv.build(self.width)
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
            widths=[self.width * factor for factor in (8, 4, 2, 1)],
            seed=seed,
        )
        return LoadedUNet(network, provenance)


class AnyUNet(UNetNet):
    """A decoder on any backbone, whole or truncated."""

    backbone: str = Field(description="a name of `pleura list backbones`, or of timm")
    at: Place | None = Field(
        None, description="where the encoder ends: a cut's name, a number of stages, or `middle`"
    )
    upsampling: Upsampling = Field("nearest", description="or transposed")
    norm: bool = Field(True, description="BatchNorm in the decoder")
    widths: tuple[PositiveInt, ...] | None = Field(
        None, description="filters of the decoder's blocks, coarsest first; else by the backbone"
    )

    def build(self, weights: str, n_structures: int, seed: int) -> LoadedUNet:
        """Raises InputError for an unknown backbone or place, or widths that do not fit."""
        loaded = build_backbone(self.backbone, weights, seed=seed)
        encoder = loaded.backbone
        if self.at is not None:
            encoder = encoder.truncate(cut_at(encoder, self.at))
        network = UNet(
            encoder,
            loaded.mean,
            loaded.std,
            n_structures,
            upsampling=self.upsampling,
            norm=self.norm,
            widths=self.widths,
            seed=seed,
        )
        return LoadedUNet(network, loaded.provenance)


UNETS: dict[str, type[UNetNet]] = {"v_unet": VUNet, "x_unet": XUNet, "unet": AnyUNet}


def make_unet(spec: str | Mapping[str, Mapping[str, Any] | None]) -> UNetNet:
    """A U-Net from a study file: `v_unet`, or `{name: {option: value}}`.

    Raises InputError for an unknown name or option, with the names there are.
    """
    return make_named("network", spec, UNETS)


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
    loaded = make_unet(spec).build(weights, n_structures, seed)
    to_channels_last(loaded.network)
    return loaded


def describe_unets() -> str:
    """The listed U-Nets, what each is, and its options with their defaults."""
    return describe(UNETS)
