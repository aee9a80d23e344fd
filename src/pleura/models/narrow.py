"""A backbone whose layers after a cut are drawn anew at half their width."""

import copy
import math
from dataclasses import replace

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from pleura.errors import InputError
from pleura.models.backbone import Backbone, SegmentedBackbone


def narrow_after(backbone: Backbone, at: str) -> SegmentedBackbone:
    """A copy with the same cuts, whose layers after the cut `at` have half the channels and are
    random.

    A 1 x 1 convolution with BatchNorm, at the start of the segment after `at`, halves the map
    there. Convolutions and linear layers start as in He et al. (2015), BatchNorm as the identity,
    drawn from torch's generator. Raises InputError where nothing comes after `at`, for networks
    that are not a chain of convolutions, and for a layer whose width is odd (no listed one has
    any).
    """
    if not isinstance(backbone, SegmentedBackbone):
        raise InputError(
            f"{backbone.name} cannot be narrowed: only convolutional networks can whose segments "
            "run one after the other, those of torchvision, the CBR nets and timm's EfficientNets"
        )
    first = backbone.position(at) + 1  # of the segments that become narrow
    if first == len(backbone.cuts):
        raise InputError(
            f"{backbone.name}: nothing comes after its last cut, {at}, that could be narrowed",
            [f"its other cuts are: {', '.join(cut.name for cut in backbone.cuts[:-1])}"],
        )
    segments = list(copy.deepcopy(backbone.segments))
    for segment in segments[first:]:
        for layer in segment.modules():
            _halve(layer, backbone.name)
    channels = backbone.cuts[first - 1].channels
    adapter = nn.Conv2d(channels, _half(channels, backbone.name), 1, bias=False)
    nn.init.kaiming_normal_(adapter.weight)
    norm = nn.BatchNorm2d(adapter.out_channels)
    segments[first] = nn.Sequential(adapter, norm, segments[first])
    tail = [replace(cut, channels=cut.channels // 2) for cut in backbone.cuts[first:]]
    return SegmentedBackbone(backbone.name, [*backbone.cuts[:first], *tail], segments)


def _halve(layer: nn.Module, name: str) -> None:
    """Halve one layer in place and draw it anew; layers without parameters stay."""
    if isinstance(layer, nn.Conv2d):
        layer.in_channels = _half(layer.in_channels, name)
        layer.out_channels = _half(layer.out_channels, name)
        # Groups stay where they divide; those of a depthwise convolution are halved with it.
        layer.groups = math.gcd(layer.groups, layer.in_channels, layer.out_channels)
        shape = (layer.out_channels, layer.in_channels // layer.groups, *layer.kernel_size)
        _draw(layer, shape)
    elif isinstance(layer, nn.Linear):
        layer.in_features = _half(layer.in_features, name)
        layer.out_features = _half(layer.out_features, name)
        _draw(layer, (layer.out_features, layer.in_features))
    elif isinstance(layer, _BatchNorm):
        layer.num_features = _half(layer.num_features, name)
        for tensor in (layer.weight, layer.bias, layer.running_mean, layer.running_var):
            if tensor is not None:
                tensor.data = tensor.data.new_empty(layer.num_features)
        layer.reset_parameters()
    elif any(True for _ in layer.parameters(recurse=False)):
        raise InputError(f"{name} cannot be narrowed: it has a layer {type(layer).__name__}")


def _draw(layer: nn.Conv2d | nn.Linear, shape: tuple[int, ...]) -> None:
    layer.weight = nn.Parameter(torch.empty(shape))
    nn.init.kaiming_normal_(layer.weight)
    if layer.bias is not None:
        layer.bias = nn.Parameter(torch.zeros(shape[0]))


def _half(channels: int, name: str) -> int:
    if channels % 2:
        raise InputError(f"{name} cannot be narrowed: a layer of {channels} channels has no half")
    return channels // 2
