"""A network that trains faster than any that is listed, for studies of tests."""

from typing import Any

from torch import nn

import pleura._torchvision  # noqa: F401  isort: skip
from timm.models import generate_default_cfgs, register_model
from timm.models._efficientnet_builder import decode_arch_def
from timm.models.efficientnet import _create_effnet

SMALL = "small_for_tests"  # timm knows it where this module is imported: in no other process


# Read by `register_model`: what timm says of the images of a network.
default_cfgs = generate_default_cfgs(
    {
        SMALL: {
            "input_size": (3, 224, 224),
            "mean": (0.5,) * 3,
            "std": (0.5,) * 3,
            "first_conv": "conv_stem",
            "classifier": "classifier",
        }
    }
)


@register_model
def small_for_tests(pretrained: bool = False, **settings: Any) -> nn.Module:
    """Five convolutions of 3x3 and one of 1x1, each with BatchNorm, of strides from 2 to 16. A
    training step takes a sixth of the time that one of `squeezenet1_0` takes."""
    blocks = [["cn_r1_k3_s2_e1_c16"], ["cn_r2_k3_s2_e1_c24"], ["cn_r1_k3_s2_e1_c32"]]
    net: nn.Module = _create_effnet(  # type: ignore[no-untyped-call]
        SMALL,
        pretrained,
        block_args=decode_arch_def(blocks),  # type: ignore[no-untyped-call]
        num_features=48,
        stem_size=8,
        act_layer=nn.ReLU,
        norm_layer=nn.BatchNorm2d,
        **settings,
    )
    return net
