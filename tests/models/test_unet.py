"""U-Nets on what backbones there are: pyramids, truncated ones, and a ViT of one stride."""

from typing import Any, ClassVar

import pytest
import torch
from tests.models.unet_contract import UNetContract, images, make
from torch.nn import functional

from pleura.errors import InputError
from pleura.models.build import build_backbone
from pleura.models.unet import UNet


class TestOnResNet(UNetContract):
    spec: ClassVar[Any] = {"unet": {"backbone": "resnet18"}}
    blocks: ClassVar[list[str]] = [
        *("stem", "layer1", "layer2", "layer3", "layer4"),
        *("decoder1", "decoder2", "decoder3", "decoder4", "decoder5", "output"),
    ]


class TestTransposedWithoutNorm(UNetContract):
    spec: ClassVar[Any] = {
        "unet": {
            "backbone": "mobilenet_v2_035",
            "upsampling": "transposed",
            "norm": False,
            "widths": [24, 16, 12, 8, 8],
        }
    }
    blocks: ClassVar[list[str]] = [
        *("stem", "block3", "block6", "block10", "block13", "block16", "block17", "head"),
        *("decoder1", "decoder2", "decoder3", "decoder4", "decoder5", "output"),
    ]


class TestOnTruncated(UNetContract):
    """At a cut within a stage: what is left of the stage is the bottleneck."""

    spec: ClassVar[Any] = {"unet": {"backbone": "resnet18", "at": "layer3.0"}}
    blocks: ClassVar[list[str]] = [
        *("stem", "layer1", "layer2", "layer3.0"),
        *("decoder1", "decoder2", "decoder3", "decoder4", "output"),
    ]


class TestOnVit(UNetContract):
    """It takes sizes that its patches divide, and no others."""

    sizes = ((64, 64), (48, 80), (32, 112))
    spec: ClassVar[Any] = {"unet": {"backbone": "vit_tiny_patch16_224", "at": "middle"}}
    blocks: ClassVar[list[str]] = [
        *("blocks.2", "blocks.5", "blocks.8"),
        *("decoder1", "decoder2", "decoder3", "decoder4", "output"),
    ]


def test_skips_are_the_last_cuts_at_each_stride() -> None:
    assert make({"unet": {"backbone": "resnet18"}}).skips == [
        "layer3",
        "layer2",
        "layer1",
        "stem",
        "",
    ]
    # DenseNet's transitions are stages, but belong to the next stride; ShuffleNet has no stride 4.
    assert make({"unet": {"backbone": "densenet121"}}).skips == [
        *("block3", "block2", "block1", "stem", "")
    ]
    assert make({"unet": {"backbone": "shufflenet_v2_x1_0"}}).skips == [
        *("stage3", "stage2", "", "stem", "")
    ]


@torch.no_grad()
def test_a_block_is_by_hand() -> None:
    net = make({"unet": {"backbone": "resnet18"}}).eval()
    x = images(72, 72)
    maps = net.encoder.forward_cuts((x - net.mean) / net.std)
    block = net.decoder[0]
    # 72 pixels: 3 positions at stride 32, but 5 at 16. A 1 x 1 convolution after the upsampling
    # gives what the block computes before it.
    up = block.get_submodule("up")(functional.interpolate(maps["layer4"], (5, 5), mode="nearest"))
    mixed = block.get_submodule("mix")(torch.cat([up, maps["layer3"]], dim=1))
    torch.testing.assert_close(net.scales(x).decoder[0], mixed)


def test_channels_keep_their_size_through_a_decoder_without_norm() -> None:
    net = make({"x_unet": {"width": 8}})
    scales = net.scales(images(64, 64, n=4))
    for found in (scales.bottleneck, *scales.decoder):
        assert 0.2 < found.square().mean().item() < 10


def test_nothing_to_upsample_is_told() -> None:
    loaded = build_backbone("vgg16", "random")
    with pytest.raises(InputError, match=r"conv1_2.*as large as the image"):
        UNet(loaded.backbone.truncate("conv1_2"), loaded.mean, loaded.std, 1)
    with pytest.raises(InputError, match="decoder has 5 blocks"):
        make({"unet": {"backbone": "resnet18", "widths": [8]}})


def test_a_size_that_the_encoder_does_not_take_is_told() -> None:
    net = make({"unet": {"backbone": "squeezenet1_0"}})
    with pytest.raises(InputError, match="squeezenet1_0 takes no images of 8x8"):
        net(images(8, 8))
