"""Where a network looks: Grad-CAM and HiRes-CAM at any cut of any backbone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from captum.attr import LayerGradCam, LayerGradientXActivation
from torch import Tensor, nn
from torch.nn import functional

from pleura.errors import InputError
from pleura.evaluate.heatmap_sizes import FINE
from pleura.models.backbone import SegmentedBackbone
from pleura.models.reverse import AnyClassifier
from pleura.models.timm_nets import FeatureBackbone

import pleura._timm  # noqa: F401  isort: skip
from timm.layers.norm import LayerNorm2d

GRID = 28  # all maps are brought to it, so that those of different networks can be compared


def grad_cam(model: AnyClassifier, images: Tensor, classes: Tensor, *, cut: str) -> Tensor:
    """Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391; captum): (n, y, x) >= 0 at the cut's size.

    The channels of the map at `cut`, weighted by the mean gradient of the class's logit.
    Raises InputError where `cut` is none of the backbone's.
    """
    with _tapped(model, cut) as tap:
        maps: Tensor = LayerGradCam(model, tap).attribute(images, classes, relu_attributions=True)
    return maps[:, 0].detach()


def hires_cam(model: AnyClassifier, images: Tensor, classes: Tensor, *, cut: str) -> Tensor:
    """HiRes-CAM (Draelos and Carin 2020, arXiv 2011.08891): (n, y, x) >= 0 at the cut's size.

    Gradient times map, summed over channels: unlike Grad-CAM, a place whose own gradient is zero
    stays dark, which matters before the last cut. At the last cut, pooled by its mean under a
    linear head, both are the same. Raises InputError where `cut` is none of the backbone's.
    """
    with _tapped(model, cut) as tap:
        product: Tensor = LayerGradientXActivation(model, tap).attribute(images, classes)
    return product.sum(dim=1).relu().detach()


@contextmanager
def _tapped(model: AnyClassifier, cut: str) -> Iterator[nn.Module]:
    """A module whose output, whenever the model runs, is the map (n, c, h, w) at the cut.

    What follows the cut goes on from that output, whatever layout the network itself uses.
    """
    tap, backbone = nn.Identity(), model.backbone
    position, prefix, channels_last = backbone.position(cut), 0, False
    if isinstance(backbone, SegmentedBackbone):
        layer: nn.Module = backbone.segments[position]
    elif isinstance(backbone, FeatureBackbone):
        net, own_norm = backbone.net, position == len(backbone.parts)
        layer = backbone.modules_of(cut)[0] if own_norm else net.get_submodule(cut)
        prefix = getattr(net, "num_prefix_tokens", 0)
        tokens_last = isinstance(layer, nn.LayerNorm) and not isinstance(layer, LayerNorm2d)
        channels_last = tokens_last or getattr(net, "output_fmt", "NCHW") == "NHWC"
    else:
        raise InputError(f"{backbone.name}: no heat maps of a {type(backbone).__name__}")

    def to_map_and_back(_: nn.Module, inputs: object, output: Tensor) -> Any:
        if output.ndim == 3:  # tokens (n, prefix + h * w, c) of a square image
            ahead, tokens = output[:, :prefix], output[:, prefix:]
            side = round(tokens.shape[1] ** 0.5)
            as_map = tap(tokens.transpose(1, 2).reshape(len(tokens), -1, side, side))
            return torch.cat([ahead, as_map.flatten(2).transpose(1, 2)], dim=1)
        return tap(output.permute(0, 3, 1, 2)).permute(0, 2, 3, 1) if channels_last else tap(output)

    handle = layer.register_forward_hook(to_map_and_back)
    try:
        yield tap
    finally:
        handle.remove()


def grids(model: AnyClassifier, size: int) -> dict[str, int]:
    """Positions along a side of the map at each cut, for images of `size` pixels."""
    with torch.inference_mode():
        blank = torch.zeros(1, model.mean.shape[1], size, size, device=model.mean.device)
        return {cut: maps.shape[-1] for cut, maps in model.backbone.forward_cuts(blank).items()}


def explaining_cut(model: AnyClassifier, size: int) -> str:
    """The deepest cut whose map has at least 14 x 14 positions for images of `size` pixels.

    Where none has, as in a ViT on small images, the deepest of those with the largest map.
    """
    sides = grids(model, size)
    wanted = min(FINE, max(sides.values()))
    return [cut for cut, side in sides.items() if side >= wanted][-1]


def on_grid(maps: Tensor) -> Tensor:
    """Maps (n, y, x) resized bilinearly to (n, 28, 28)."""
    return functional.interpolate(
        maps[:, None], (GRID, GRID), mode="bilinear", align_corners=False, antialias=True
    )[:, 0]
