"""Backbones from torchvision: one line each where they are listed, one function a family.

A pooling opens the segment after it, so that the last cut at each stride is what a U-Net skips.
The last cut is the map that the library pools for its own classifier, except VGG16 and AlexNet,
which end at their last convolution, without the pooling that fed the dense layers.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

import pleura._torchvision  # noqa: F401  isort: skip
from torchvision import models

from pleura.models.backbone import LibraryNet, Segment, assemble, stage

VERSION = 1  # part of every key: raised whenever a network here would compute something else
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class TorchvisionNet:
    """How to build one network of the library, and how to see it as segments.

    `function` of the library makes the network, given `options`; `segments` takes it apart (the
    parts stay tied to it). `pretrained`: whether the library has ImageNet weights that fit it; they
    were trained on images of `size` pixels, normalised with `mean` and `std`.
    """

    function: Callable[..., nn.Module]
    segments: Callable[[Any], list[Segment]]
    options: Mapping[str, Any] = field(default_factory=dict)
    pretrained: bool = True
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    size: int = 224

    def build(self) -> nn.Module:
        """The whole network with the library's random weights."""
        return self.function(**self.options)

    @property
    def weights(self) -> type[models.WeightsEnum] | None:
        """The library's enum of ImageNet weights, None where it has none."""
        return models.get_model_weights(self.function) if self.pretrained else None


class Concatenate(nn.Module):
    """Channels of the input, then those of the layer's output: a dense layer as a segment."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) to (n, c + growth, h, w)."""
        return torch.cat([x, self.layer(x)], dim=1)


def _resnet(net: models.ResNet) -> list[Segment]:
    return [
        Segment("stem", nn.Sequential(net.conv1, net.bn1, net.relu), stage=True),
        *stage("layer1", net.layer1, opening=[net.maxpool]),
        *stage("layer2", net.layer2),
        *stage("layer3", net.layer3),
        *stage("layer4", net.layer4),
    ]


def _densenet(net: models.DenseNet) -> list[Segment]:
    """Stages end after the transitions, as in Peng et al. (arXiv 2106.05152)."""
    f = net.features
    segments = [Segment("stem", nn.Sequential(f.conv0, f.norm0, f.relu0), stage=True)]
    before: list[nn.Module] = [f.pool0]
    for i in range(1, 5):
        layers = [Concatenate(layer) for layer in getattr(f, f"denseblock{i}").children()]
        for segment in stage(f"block{i}", layers, before):
            segments.append(Segment(segment.name, segment.body))
        before = []
        if i < 4:
            segments.append(Segment(f"transition{i}", getattr(f, f"transition{i}"), stage=True))
    return [*segments, Segment("norm", nn.Sequential(f.norm5, nn.ReLU()), stage=True)]


def _mobilenet(net: models.MobileNetV2 | models.MobileNetV3) -> list[Segment]:
    """A stage ends where the number of channels changes."""
    blocks = list(net.features.children())
    channels = [getattr(block, "out_channels", 0) for block in blocks]
    names = ["stem", *(f"block{i}" for i in range(1, len(blocks) - 1)), "head"]
    return [
        Segment(name, block, stage=channels[i : i + 1] != channels[i + 1 : i + 2])
        for i, (name, block) in enumerate(zip(names, blocks, strict=True))
    ]


def _squeezenet(net: models.SqueezeNet) -> list[Segment]:
    """Cuts have the paper's names: stem (conv1), fire2 to fire9."""
    f = list(net.features.children())
    return [
        Segment("stem", nn.Sequential(f[0], f[1]), stage=True),
        Segment("fire2", nn.Sequential(f[2], f[3])),
        Segment("fire3", f[4]),
        Segment("fire4", f[5], stage=True),
        Segment("fire5", nn.Sequential(f[6], f[7])),
        Segment("fire6", f[8]),
        Segment("fire7", f[9]),
        Segment("fire8", f[10], stage=True),
        Segment("fire9", nn.Sequential(f[11], f[12]), stage=True),
    ]


def _convolutions(net: models.VGG | models.AlexNet) -> list[Segment]:
    """Convolution by convolution, named as in the VGG paper: conv1_1 to conv5_3."""
    groups: list[list[list[nn.Module]]] = [[[]]]
    for module in net.features.children():
        if isinstance(module, nn.MaxPool2d):
            groups.append([[module]])
        elif isinstance(module, nn.Conv2d) and any(
            isinstance(m, nn.Conv2d) for m in groups[-1][-1]
        ):
            groups[-1].append([module])
        else:
            groups[-1][-1].append(module)
    return [
        Segment(f"conv{i}_{j}", nn.Sequential(*modules), stage=j == len(group))
        for i, group in enumerate(groups[:-1], start=1)
        for j, modules in enumerate(group, start=1)
    ]


def _googlenet(net: models.GoogLeNet) -> list[Segment]:
    return [
        Segment("stem", net.conv1, stage=True),
        Segment("conv2", nn.Sequential(net.maxpool1, net.conv2)),
        Segment("conv3", net.conv3, stage=True),
        Segment("inception3a", nn.Sequential(net.maxpool2, net.inception3a)),
        Segment("inception3b", net.inception3b, stage=True),
        Segment("inception4a", nn.Sequential(net.maxpool3, net.inception4a)),
        Segment("inception4b", net.inception4b),
        Segment("inception4c", net.inception4c),
        Segment("inception4d", net.inception4d),
        Segment("inception4e", net.inception4e, stage=True),
        Segment("inception5a", nn.Sequential(net.maxpool4, net.inception5a)),
        Segment("inception5b", net.inception5b, stage=True),
    ]


def _inception(net: models.Inception3) -> list[Segment]:
    return [
        *stage("stem", [net.Conv2d_1a_3x3, net.Conv2d_2a_3x3, net.Conv2d_2b_3x3]),
        Segment("conv3", nn.Sequential(net.maxpool1, net.Conv2d_3b_1x1)),
        Segment("conv4", net.Conv2d_4a_3x3, stage=True),
        Segment("mixed5b", nn.Sequential(net.maxpool2, net.Mixed_5b)),
        Segment("mixed5c", net.Mixed_5c),
        Segment("mixed5d", net.Mixed_5d, stage=True),
        Segment("mixed6a", net.Mixed_6a),
        Segment("mixed6b", net.Mixed_6b),
        Segment("mixed6c", net.Mixed_6c),
        Segment("mixed6d", net.Mixed_6d),
        Segment("mixed6e", net.Mixed_6e, stage=True),
        Segment("mixed7a", net.Mixed_7a),
        Segment("mixed7b", net.Mixed_7b),
        Segment("mixed7c", net.Mixed_7c, stage=True),
    ]


def _shufflenet(net: models.ShuffleNetV2) -> list[Segment]:
    return [
        Segment("stem", net.conv1, stage=True),
        *stage("stage2", net.stage2, opening=[net.maxpool]),
        *stage("stage3", net.stage3),
        *stage("stage4", net.stage4),
        Segment("head", net.conv5, stage=True),
    ]


def _mnasnet(net: models.MNASNet) -> list[Segment]:
    f = list(net.layers.children())
    return [
        Segment("stem", nn.Sequential(*f[:8]), stage=True),
        *itertools.chain.from_iterable(
            stage(f"stack{i}", list(stack.children())) for i, stack in enumerate(f[8:14], start=1)
        ),
        Segment("head", nn.Sequential(*f[14:]), stage=True),
    ]


# The files of ImageNet weights hold the auxiliary heads, and expect inputs in [-1, 1].
AUXILIARY = {"aux_logits": True, "init_weights": True}
TORCHVISION_NETS = {
    "alexnet": TorchvisionNet(models.alexnet, _convolutions),
    "densenet121": TorchvisionNet(models.densenet121, _densenet),
    "densenet161": TorchvisionNet(models.densenet161, _densenet),
    "googlenet": TorchvisionNet(models.googlenet, _googlenet, AUXILIARY, mean=HALF, std=HALF),
    "inception_v3": TorchvisionNet(
        models.inception_v3, _inception, AUXILIARY, mean=HALF, std=HALF, size=299
    ),
    "mnasnet1_0": TorchvisionNet(models.mnasnet1_0, _mnasnet),
    "mobilenet_v2": TorchvisionNet(models.mobilenet_v2, _mobilenet),
    "mobilenet_v2_035": TorchvisionNet(
        models.mobilenet_v2, _mobilenet, {"width_mult": 0.35}, pretrained=False
    ),
    "mobilenet_v3_large": TorchvisionNet(models.mobilenet_v3_large, _mobilenet),
    "resnet18": TorchvisionNet(models.resnet18, _resnet),
    "resnet50": TorchvisionNet(models.resnet50, _resnet),
    "resnext50_32x4d": TorchvisionNet(models.resnext50_32x4d, _resnet),
    "shufflenet_v2_x1_0": TorchvisionNet(models.shufflenet_v2_x1_0, _shufflenet),
    "squeezenet1_0": TorchvisionNet(models.squeezenet1_0, _squeezenet),
    "vgg16": TorchvisionNet(models.vgg16, _convolutions),
    "wide_resnet50_2": TorchvisionNet(models.wide_resnet50_2, _resnet),
}


def build(name: str) -> LibraryNet:
    """One of `TORCHVISION_NETS` with the library's random weights."""
    net = TORCHVISION_NETS[name]
    network = net.build()
    tensors = network.state_dict(keep_vars=True)
    return LibraryNet(assemble(name, net.segments(network)), tensors, net.mean, net.std, net.size)
