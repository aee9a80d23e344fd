"""A backbone by its name, with weights, ready for gray or colour images."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import torch
from torch import nn

from pleura.errors import InputError, nearest
from pleura.models import shallow, timm_nets, torchvision_nets
from pleura.models.backbone import Backbone, Cut, LibraryNet
from pleura.models.seeding import seeded
from pleura.models.shallow import SHALLOW_NETS
from pleura.models.source_weights import fetch_for, from_source
from pleura.models.sources.listed import SOURCES, find_named
from pleura.models.timm_nets import TIMM_NETS
from pleura.models.torchvision_nets import TORCHVISION_NETS
from pleura.models.weight_files import how_to_have
from pleura.models.weights import (
    Provenance,
    from_file,
    from_nothing,
    from_timm,
    from_torchvision,
    from_wheel,
)

import pleura._timm  # noqa: F401  isort: skip
import timm
from timm.layers.conv2d_same import Conv2dSame

VERSION = (
    1  # part of every key: raised whenever weights or gray images would be taken in another way
)
NEAR = 0.9  # likeness of a name to a tested one, from which that is meant
WHEEL_NET = "tf_efficientnet_lite0"


@dataclass(frozen=True)
class LoadedBackbone:
    """A backbone with its weights.

    Images in [0, 1] are normalised with `mean` and `std`, which have one value for each channel.
    `provenance` says where the weights come from; `size` is the side in pixels for which the
    network was built.
    """

    backbone: Backbone
    mean: tuple[float, ...]
    std: tuple[float, ...]
    provenance: Provenance
    size: int


def list_backbones() -> tuple[str, ...]:
    """The names of the tested backbones; any other network of timm can be named too."""
    return (*TORCHVISION_NETS, *SHALLOW_NETS, *TIMM_NETS)


def backbones_of_sources() -> tuple[str, ...]:
    """The backbones for which there are published weights by name, each once."""
    return tuple(dict.fromkeys(source.backbone for source in SOURCES.values()))


def imagenet_source(name: str) -> str:
    """Where a tested backbone's ImageNet weights come from: `offline`, `download` or `none`."""
    if name == WHEEL_NET:
        return "offline"
    if name in TIMM_NETS:
        config = timm.get_pretrained_cfg(name)
        return "download" if config and config.has_weights else "none"
    listed = TORCHVISION_NETS.get(name)
    return "download" if listed and listed.weights else "none"


@cache
def cuts_of(name: str) -> tuple[Cut, ...]:
    """The cuts of a backbone, without allocating it. Raises InputError for an unknown name."""
    with torch.device("meta"):
        return build_backbone(name, "random", channels=3).backbone.cuts


def build_backbone(name: str, weights: str, *, channels: int = 1, seed: int = 0) -> LoadedBackbone:
    """The backbone `name`, listed or of timm, for images of 1 (gray) or 3 channels.

    `weights`: `random` (the library's own start, from `seed` alone), `imagenet`, published ones by
    their name (`rad-dino`, or `rad-dino@FILE`), or a file (.safetensors, or .pt, .pth, .bin without
    code).
    The global random state stays as it is. Raises InputError for an unknown name or weights that
    do not fit, PleuraError for a failed download.
    """
    if channels not in (1, 3):
        raise InputError(f"a backbone takes images of 1 or 3 channels, not {channels}")
    with seeded(seed):
        net, provenance = _load(name, weights, seed)
    mean, std = provenance.mean, provenance.std
    if channels == 1:
        mean, std = adapt_to_gray(net.backbone, mean, std)
    if name not in (*list_backbones(), *backbones_of_sources()):
        _try_out(net.backbone, channels)
    named = find_named(weights)
    return LoadedBackbone(
        net.backbone, mean, std, provenance, named.source.size if named else net.size
    )


def _load(name: str, weights: str, seed: int) -> tuple[LibraryNet, Provenance]:
    if named := find_named(weights):
        fetch_for(name, named)  # what lacks is told before a large network is built
    if name in TORCHVISION_NETS:
        net = torchvision_nets.build(name)
    elif name in SHALLOW_NETS:
        net = shallow.build(name)
    elif timm_nets.is_known(name):
        if weights == "imagenet" and name != WHEEL_NET:
            return from_timm(name)
        net = timm_nets.build(name, pretrained=False)
    else:
        tested = list_backbones()
        # A name as near as several of timm is meant as the one that is tested.
        near = get_close_matches(name, tested, n=1, cutoff=NEAR)
        every = {*tested, *timm_nets.VARIANTS, *timm.list_models()}
        guess = f"; did you mean '{near[0]}'?" if near else nearest(name, every)
        raise InputError(
            f"there is no backbone '{name}'{guess}",
            [f"tested: {', '.join(tested)}", "or any name of timm.list_models()"],
        )
    return net, take_weights(net, name, weights, seed)


def take_weights(net: LibraryNet, name: str, weights: str, seed: int) -> Provenance:
    """Put weights into a network in place, as `build_backbone` takes them; all but timm's own.

    Raises InputError where the network `name` has no such weights, or they do not fit.
    """
    if weights == "random":
        return from_nothing(net, seed)
    if named := find_named(weights):
        return from_source(net, name, named)
    if weights == "imagenet":
        if name == WHEEL_NET:
            return from_wheel(net)
        listed = TORCHVISION_NETS.get(name)
        if listed is None or listed.weights is None:
            raise InputError(
                f"{name} has no `imagenet` weights; use `random`, or name a file: `weights: FILE`"
            )
        return from_torchvision(net, listed.weights.IMAGENET1K_V1.url)
    path = Path(weights)
    if not path.is_file():
        raise InputError(
            f"weights '{weights}': there is no file {path}",
            how_to_have(path)
            or [
                "weights are `random`, `imagenet`, a name of `pleura list weights`, or a "
                ".safetensors, .pt, .pth or .bin file"
            ],
        )
    return from_file(net, path)


def _try_out(backbone: Backbone, channels: int) -> None:
    """Run a network that no test has seen, so that one that does not work as a backbone is told
    now."""
    config = timm.get_pretrained_cfg(backbone.name)
    size = config.input_size[-1] if config else 224
    try:
        with torch.no_grad():
            maps = backbone.eval().forward_cuts(torch.zeros(1, channels, size, size))
        backbone.train()
        channels_of_maps = [tensor.shape[1] for tensor in maps.values()]
    # Networks of a library fail each in its own way.
    except Exception as error:
        raise InputError(f"timm's {backbone.name} does not work as a backbone: {error}") from error
    if channels_of_maps != [cut.channels for cut in backbone.cuts]:
        raise InputError(f"timm's {backbone.name} does not work as a backbone: its maps are mixed")


def adapt_to_gray(
    backbone: Backbone, mean: Sequence[float], std: Sequence[float]
) -> tuple[tuple[float], tuple[float]]:
    """Make the first convolution take one channel, in place; returns the gray mean and std.

    A gray image gives the maps that its three equal channels gave before, except near the border,
    where the zero padding now stands for the gray mean. The convolution always gets a bias, so
    that all weights of one architecture have the same parameters.
    Raises InputError where the first layer is no plain convolution of three channels.
    """
    conv = next((m for m in backbone.modules() if isinstance(m, nn.Conv2d)), None)
    if conv is None or type(conv) not in (nn.Conv2d, Conv2dSame) or conv.in_channels != 3:
        raise InputError(f"{backbone.name}: its first layer cannot be adapted to gray images")
    gray_mean, gray_std = sum(mean) / len(mean), sum(std) / len(std)
    # Input c was (g - mean_c) / std_c, and g is now gray_std * x + gray_mean.
    weight = conv.weight.detach() / torch.tensor(std).view(1, 3, 1, 1)
    shift = (weight * (gray_mean - torch.tensor(mean).view(1, 3, 1, 1))).sum(dim=(1, 2, 3))
    bias = shift if conv.bias is None else conv.bias.detach() + shift
    conv.weight = nn.Parameter(gray_std * weight.sum(dim=1, keepdim=True))
    conv.bias = nn.Parameter(bias)
    conv.in_channels = 1
    return (gray_mean,), (gray_std,)
