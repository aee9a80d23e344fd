"""U-Nets as a study file names them: `v_unet`, `{x_unet: {width: 16}}`, `{unet: {backbone: ...}}`.

It imports no torch, so that a study file is checked at once; `pleura.models.unet_nets` builds them.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from pleura.models.places import Place
from pleura.options import describe, make_named

Upsampling = Literal["nearest", "transposed"]


class UNetNet(BaseModel):
    """A kind of U-Net. Its fields are the options of a study file.

    The first line of its docstring and the descriptions of its fields are what `pleura list unets`
    prints.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def encoder(self) -> str:
        """The backbone that its encoder is; empty where it has one of its own."""
        return ""


class VUNet(UNetNet):
    """VGG16, then four transposed convolutions, no norm in either (Cheng & Lam 2021)."""

    @property
    def encoder(self) -> str:
        """VGG16."""
        return "vgg16"


class XUNet(UNetNet):
    """The plain U-Net with transposed convolutions and no norm (Cheng & Lam 2021)."""

    width: PositiveInt = Field(64, description="filters of the first of five levels; they double")


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


UNETS: dict[str, type[UNetNet]] = {"v_unet": VUNet, "x_unet": XUNet, "unet": AnyUNet}


def make_unet(spec: str | Mapping[str, Mapping[str, Any] | None]) -> UNetNet:
    """A U-Net from a study file: `v_unet`, or `{name: {option: value}}`.

    Raises InputError for an unknown name or option, with the names there are.
    """
    return make_named("network", spec, UNETS)


def describe_unets() -> str:
    """The listed U-Nets, what each is, and its options with their defaults."""
    return describe(UNETS)
