"""U-Nets as a study file names them: `v_unet`, `{x_unet: {width: 16}}`, `{unet: {backbone: ...}}`.

It imports no torch, so that a study file is checked at once; `pleura.models.unet_nets` builds them.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from pydantic import Field, PositiveInt

from pleura.models.places import Place
from pleura.options import Options, describe, make_named

Upsampling = Literal["nearest", "transposed"]


class Decoder(NamedTuple):
    """What a decoder is made of.

    `widths` are the filters of its blocks, coarsest first; None where they follow from the encoder.
    """

    upsampling: Upsampling
    norm: bool
    widths: tuple[int, ...] | None


class UNetNet(Options):
    """A kind of U-Net. Its fields are the options of a study file.

    The first line of its docstring and the descriptions of its fields are what `pleura list unets`
    prints.
    """

    @property
    def encoder(self) -> str:
        """The backbone that its encoder is; empty where it has one of its own."""
        return ""

    @property
    def decoder(self) -> Decoder:
        """What its decoder is made of."""
        raise NotImplementedError


class VUNet(UNetNet):
    """VGG16, then four transposed convolutions, no norm in either (Cheng & Lam 2021)."""

    @property
    def encoder(self) -> str:
        """VGG16, which ends at its last convolution."""
        return "vgg16"

    @property
    def decoder(self) -> Decoder:
        """Four blocks of 512 to 64 filters."""
        return Decoder("transposed", norm=False, widths=(512, 256, 128, 64))


class XUNet(UNetNet):
    """The plain U-Net with transposed convolutions and no norm (Cheng & Lam 2021)."""

    width: PositiveInt = Field(64, description="filters of the first of five levels; they double")

    @property
    def decoder(self) -> Decoder:
        """Four blocks, as wide as the levels of the encoder that they mirror."""
        widths = (8 * self.width, 4 * self.width, 2 * self.width, self.width)
        return Decoder("transposed", norm=False, widths=widths)


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

    @property
    def encoder(self) -> str:
        """The backbone that the file names."""
        return self.backbone

    @property
    def decoder(self) -> Decoder:
        """As the file says."""
        return Decoder(self.upsampling, self.norm, self.widths)


UNETS: dict[str, type[UNetNet]] = {"v_unet": VUNet, "x_unet": XUNet, "unet": AnyUNet}


def make_unet(spec: str | Mapping[str, Mapping[str, Any] | None]) -> UNetNet:
    """A U-Net from a study file: `v_unet`, or `{name: {option: value}}`.

    Raises InputError for an unknown name or option, with the names there are.
    """
    return make_named("network", spec, UNETS)


def describe_unets() -> str:
    """The listed U-Nets, what each is, and its options with their defaults."""
    return describe(UNETS)
