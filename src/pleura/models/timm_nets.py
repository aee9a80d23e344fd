"""Backbones from timm: EfficientNets block by block, every other network by its feature stages."""

import copy
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

import pleura._timm  # noqa: F401  isort: skip
import timm
from timm.layers.norm import LayerNorm2d
from timm.models.efficientnet import EfficientNet

from pleura.errors import InputError
from pleura.models.backbone import (
    Backbone,
    Cut,
    LibraryNet,
    Segment,
    SegmentedBackbone,
    assemble,
    stage,
    tells_the_size,
)

VERSION = 1  # part of every key: raised whenever a network here would compute something else
# Listed, because tested; every other network of timm that gives feature maps works by its name.
TIMM_NETS = (
    "tf_efficientnet_lite0",
    "convnext_atto",
    "swin_tiny_patch4_window7_224",
    "vit_tiny_patch16_224",
)
# Networks of published weights that differ from those of timm in what they are built with.
VARIANTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    # At 768 pixels the last stage's map is 24 wide, and every other block shifts its windows.
    "swin_large_patch4_window12_768": ("swin_large_patch4_window12_384", {"img_size": 768}),
    "usfm_vit_base_patch16_224": (
        "beit_base_patch16_224",
        {
            "use_shared_rel_pos_bias": True,
            "use_rel_pos_bias": False,
            # Without it the last norm would be of the mean over patches, which the file lacks.
            "global_pool": "token",
        },
    ),
}


def is_known(name: str) -> bool:
    """Whether timm has a network of that name, or it is one of `VARIANTS`."""
    return name in VARIANTS or bool(timm.is_model(name))


def _efficientnet(name: str, net: EfficientNet) -> SegmentedBackbone:
    blocks = itertools.chain.from_iterable(
        stage(f"blocks.{i}", list(blocks.children())) for i, blocks in enumerate(net.blocks)
    )
    stem = Segment("stem", nn.Sequential(net.conv_stem, net.bn1), stage=True)
    head = Segment("head", nn.Sequential(net.conv_head, net.bn2), stage=True)
    return assemble(name, [stem, *blocks, head])


@dataclass(frozen=True)
class Part:
    """What belongs to a cut: the paths of modules, and of tensors that are outside of these
    modules."""

    modules: tuple[str, ...]
    bare: tuple[str, ...]


class FeatureBackbone(Backbone):
    """A backbone by timm's own `forward_intermediates`; tokens come out as maps.

    Cuts have the names of timm's modules (`blocks.3`, `stages.0`). Where the network ends with a
    norm of its own (ViT, Swin), that is one more cut, `norm`. Where all cuts have the same stride
    (ViT), each quarter of them is a stage.
    """

    def __init__(
        self,
        name: str,
        cuts: Sequence[Cut],
        net: Any,
        norm: nn.Module | None,
        parts: Sequence[Part],
        size: int | None,
    ) -> None:
        super().__init__(name, cuts)
        self.net = net
        self.norm = norm
        self.parts = tuple(parts)
        self.size = size

    @tells_the_size
    def forward_cuts(self, x: Tensor, names: Sequence[str] | None = None) -> dict[str, Tensor]:
        wanted = self.positions(names)
        if not wanted:
            return {}
        height, width = x.shape[-2:]
        if self.size is not None and (height, width) != (self.size, self.size):
            raise InputError(
                f"{self.name} takes images of {self.size} pixels, not {height}x{width}"
            )
        depth = len(self.parts)
        indices = sorted({min(i, depth - 1) for i in wanted})
        given = self.net.forward_intermediates(
            x, indices=indices, stop_early=True, intermediates_only=True
        )
        maps = dict(zip(indices, given, strict=True))
        if depth in wanted:
            maps[depth] = self._normalise(maps[depth - 1])
        return {self.cuts[i].name: maps[i] for i in sorted(wanted)}

    def _normalise(self, x: Tensor) -> Tensor:
        assert self.norm is not None
        channels_last = isinstance(self.norm, nn.LayerNorm) and not isinstance(
            self.norm, LayerNorm2d
        )
        y: Tensor = self.norm(x.permute(0, 2, 3, 1) if channels_last else x)
        return y.permute(0, 3, 1, 2) if channels_last else y

    def truncate(self, at: str) -> "FeatureBackbone":
        length = self.position(at) + 1
        depth = min(length, len(self.parts))
        net = copy.deepcopy(self.net)
        net.prune_intermediate_layers([depth - 1], prune_norm=True, prune_head=True)
        norm = copy.deepcopy(self.norm) if length > depth else None
        return FeatureBackbone(
            self.name, self.cuts[:length], net, norm, self.parts[:depth], self.size
        )

    def modules_of(self, cut: str) -> list[nn.Module]:
        position = self.position(cut)
        if position == len(self.parts):
            assert self.norm is not None
            return [self.norm]
        part = self.parts[position]
        modules = [self.net.get_submodule(path) for path in part.modules]
        if part.bare:
            # Position embeddings and class tokens belong to no module: one is made for them.
            holder = nn.Module()
            tensors = dict(itertools.chain(self.net.named_parameters(), self.net.named_buffers()))
            for name in part.bare:
                tensor, own = tensors[name], name.replace(".", "_")
                if isinstance(tensor, nn.Parameter):
                    holder.register_parameter(own, tensor)
                else:
                    holder.register_buffer(own, tensor)
            modules.append(holder)
        return modules


def build(name: str, *, pretrained: bool) -> LibraryNet:
    """A network of timm, with random weights or those that timm downloads.

    Raises InputError where the network gives no feature maps.
    """
    net, size = _create(name, pretrained)
    tensors = net.state_dict(keep_vars=True)
    config = net.pretrained_cfg
    _, options = VARIANTS.get(name, (name, {}))
    mean, std = config["mean"], config["std"]
    built_for = options.get("img_size", config["input_size"][-1])
    if isinstance(net, EfficientNet):
        return LibraryNet(_efficientnet(name, net), tensors, mean, std, built_for)
    if not hasattr(net, "prune_intermediate_layers"):
        raise InputError(f"timm's {name} gives no feature maps, so it cannot be a backbone")
    norm = getattr(net, "norm", None)
    if isinstance(norm, nn.Identity):
        norm = None
    infos = list(net.feature_info)
    depth = len(infos)
    net.prune_intermediate_layers(list(range(depth)), prune_norm=True, prune_head=True)
    same_stride = infos[0]["reduction"] == infos[-1]["reduction"]
    cuts = [
        Cut(
            info["module"],
            info["num_chs"],
            info["reduction"],
            stage=not same_stride or (i + 1) * 4 // depth > i * 4 // depth,
        )
        for i, info in enumerate(infos)
    ]
    if norm is not None:
        cuts.append(Cut("norm", cuts[-1].channels, cuts[-1].stride, stage=True))
    parts = _parts_of_cuts(net, depth)
    backbone = FeatureBackbone(name, cuts, net, norm, parts, size)
    return LibraryNet(backbone, tensors, mean, std, built_for)


def _create(name: str, pretrained: bool) -> tuple[Any, int | None]:
    """The network, and the size of its images where it takes no other, else None."""
    model, options = VARIANTS.get(name, (name, {}))
    config = timm.get_pretrained_cfg(model)
    if config is None or not config.fixed_input_size:
        return timm.create_model(model, pretrained=pretrained, **options), None
    try:
        net = timm.create_model(model, pretrained=pretrained, dynamic_img_size=True, **options)
    except TypeError:
        net = timm.create_model(model, pretrained=pretrained, **options)
        return net, options.get("img_size", config.input_size[-1])
    return net, None


def _parts_of_cuts(net: Any, depth: int) -> list[Part]:
    """What belongs to each of `depth` cuts: all that timm prunes if the network ends one cut
    earlier."""
    shrinking = copy.deepcopy(net)
    parts: list[Part] = []
    names = _tensor_names(shrinking)
    for i in reversed(range(depth)):
        earlier: set[str] = set()
        if i > 0:
            shrinking.prune_intermediate_layers([i - 1], prune_norm=True, prune_head=True)
            earlier = _tensor_names(shrinking)
        parts.insert(0, _cover(net, "", names - earlier))
        names = earlier
    return parts


def _tensor_names(module: nn.Module, prefix: str = "") -> set[str]:
    """Full names of all parameters and buffers, also of buffers that are not saved."""
    named = itertools.chain(module.named_parameters(prefix), module.named_buffers(prefix))
    return {name for name, _ in named}


def _cover(module: nn.Module, path: str, names: set[str]) -> Part:
    """The largest modules below `path` that hold nothing but tensors with these `names`, and the
    tensors that are left."""
    held = _tensor_names(module, path)
    if path and held and held <= names:
        return Part((path,), ())
    modules: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    for name, child in module.named_children():
        child_path = f"{path}.{name}".lstrip(".")
        part = _cover(child, child_path, names)
        modules, bare = modules + part.modules, bare + part.bare
        held -= _tensor_names(child, child_path)
    return Part(modules, (*sorted(held & names), *bare))
