"""The contract every backbone keeps: whatever is listed is tested here, with nothing to add."""

import functools
import math
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

import pleura._torchvision  # noqa: F401  isort: skip
import timm

from pleura.errors import InputError
from pleura.models.backbone import Backbone, Cut
from pleura.models.build import LoadedBackbone, build_backbone, list_backbones
from pleura.models.seeding import seeded
from pleura.models.torchvision_nets import TORCHVISION_NETS
from pleura.train.phase import HEAD

# Not listed: they stand for what timm has besides (three-convolution stem, squeeze-excitation,
# attention of a hybrid, class and distillation tokens).
UNLISTED = (
    "resnet10t",
    "mobilenetv3_small_050",
    "mobilevit_xxs",
    "deit_tiny_distilled_patch16_224",
)
SIZE = 64


@functools.lru_cache(maxsize=2)
def load(name: str, channels: int) -> LoadedBackbone:
    loaded = build_backbone(name, "random", channels=channels, seed=3)
    loaded.backbone.eval()
    return loaded


def images(size: int = SIZE, n: int = 1, channels: int = 1) -> Tensor:
    return torch.randn(n, channels, size, size, generator=torch.Generator().manual_seed(5))


def tensors(module: nn.Module) -> list[Tensor]:
    return [*module.parameters(), *module.buffers()]


@pytest.fixture(params=[*list_backbones(), *UNLISTED], scope="module")
def backbone(request: pytest.FixtureRequest) -> Backbone:
    return load(request.param, 1).backbone


@pytest.fixture
def places(backbone: Backbone) -> list[Cut]:
    """The stages, the first cut and one in the middle of a stage."""
    finer = [cut for cut in backbone.cuts if not cut.stage]
    return [backbone.cuts[0], *finer[len(finer) // 2 :][:1], *(c for c in backbone.cuts if c.stage)]


@torch.no_grad()
def test_channels_and_strides_are_those_of_the_maps(backbone: Backbone) -> None:
    assert len({cut.name for cut in backbone.cuts}) == len(backbone.cuts)
    assert backbone.cuts[-1].stage
    # The name by which phases call the classifier's own head.
    assert HEAD not in {cut.name for cut in backbone.cuts}
    strides = [cut.stride for cut in backbone.cuts]
    assert strides == sorted(strides)
    for size in (SIZE, 96):
        maps = backbone.forward_cuts(images(size))
        assert list(maps) == [cut.name for cut in backbone.cuts]
        for cut in backbone.cuts:
            n, channels, height, width = maps[cut.name].shape
            assert (n, channels) == (1, cut.channels)
            assert height == width
            assert round(math.log2(size / width)) == round(math.log2(cut.stride))


@torch.no_grad()
def test_truncation_gives_the_same_map_bit_for_bit(backbone: Backbone, places: list[Cut]) -> None:
    # The maps of all cuts come from one pass: were a later layer to work in place, they would
    # differ from those of a network that ends there.
    maps = backbone.forward_cuts(images())
    assert torch.equal(backbone(images()), maps[backbone.cuts[-1].name])
    for cut in places:
        cut_off = backbone.truncate(cut.name)
        assert torch.equal(cut_off(images()), maps[cut.name])
        assert torch.equal(backbone.forward_cuts(images(), [cut.name])[cut.name], maps[cut.name])
        assert cut_off.cuts == backbone.cuts[: backbone.position(cut.name) + 1]
        held = sum(
            tensor.numel()
            for earlier in cut_off.cuts
            for module in backbone.modules_of(earlier.name)
            for tensor in tensors(module)
        )
        assert sum(tensor.numel() for tensor in tensors(cut_off)) == held


def test_truncation_unties_parameters(backbone: Backbone) -> None:
    cut_off = backbone.truncate(backbone.cuts[1].name).truncate(backbone.cuts[0].name)
    own = {tensor.data_ptr() for tensor in backbone.parameters()}
    assert not own & {tensor.data_ptr() for tensor in cut_off.parameters()}
    for cut in cut_off.cuts:
        assert cut_off.modules_of(cut.name)


def test_each_parameter_and_buffer_belongs_to_one_cut(backbone: Backbone) -> None:
    for net in (backbone, backbone.truncate(backbone.cuts[-2].name)):
        owned = [
            id(tensor)
            for cut in net.cuts
            for module in net.modules_of(cut.name)
            for tensor in tensors(module)
        ]
        assert sorted(owned) == sorted(id(tensor) for tensor in tensors(net))
        for cut in net.cuts:
            assert any(True for module in net.modules_of(cut.name) for _ in module.parameters())


def test_gradients_reach_every_parameter(backbone: Backbone) -> None:
    backbone.train()
    try:
        backbone(images(n=2)).square().sum().backward()
        assert [name for name, p in backbone.named_parameters() if p.grad is None] == []
    finally:
        backbone.zero_grad()
        backbone.eval()


def test_unknown_cut_is_refused_with_the_names(backbone: Backbone) -> None:
    for ask in (
        backbone.truncate,
        backbone.modules_of,
        lambda n: backbone.forward_cuts(images(), [n]),
    ):
        with pytest.raises(InputError, match=backbone.cuts[0].name):
            ask("layer99")


def test_no_cut_wanted_gives_no_map(backbone: Backbone) -> None:
    assert backbone.forward_cuts(images(), []) == {}


@pytest.mark.parametrize("name", [*list_backbones(), *UNLISTED])
@torch.no_grad()
def test_gray_equals_three_equal_channels_away_from_the_border(name: str) -> None:
    gray, colour = build_backbone(name, "random", seed=3), load(name, 3)
    pixels = images().sigmoid()
    cut = colour.backbone.cuts[0].name

    def first_map(loaded: LoadedBackbone, x: Tensor) -> Tensor:
        mean, std = (torch.tensor(v).view(1, -1, 1, 1) for v in (loaded.mean, loaded.std))
        return loaded.backbone.eval().forward_cuts((x - mean) / std, [cut])[cut]

    ours, theirs = first_map(gray, pixels), first_map(colour, pixels.expand(-1, 3, -1, -1))
    # Only zero padding tells them apart, and no first cut sees further than a quarter inwards.
    edge = theirs.shape[-1] // 4
    inside = (..., slice(edge, -edge), slice(edge, -edge))
    torch.testing.assert_close(ours[inside], theirs[inside], atol=1e-4, rtol=1e-4)
    assert theirs[inside].std() > 1e-3
    assert len(gray.mean) == len(gray.std) == 1


def library_map(name: str, net: Any, x: Tensor) -> Tensor:
    """The map that the library's own network pools for its classifier."""
    seen: list[Tensor] = []
    if name in ("vgg16", "alexnet"):
        return cast(Tensor, net.features[:-1](x))
    if name not in TORCHVISION_NETS:
        y: Tensor = net.forward_features(x)
        if y.ndim == 3:
            side = math.isqrt(y.shape[1] - 1)
            return y[:, 1:].transpose(1, 2).reshape(1, -1, side, side)
        return y.permute(0, 3, 1, 2) if name.startswith("swin") else y
    if name.startswith("densenet"):
        return cast(Tensor, net.features(x)).relu()
    for last in ("features", "layers", "conv5", "layer4", "inception5b"):
        if hasattr(net, last):
            net.get_submodule(last).register_forward_hook(lambda *a: seen.append(a[2]))
            net(x)
            return seen[0]
    raise AssertionError(name)


@pytest.mark.parametrize("name", list_backbones())
@torch.no_grad()
def test_last_map_is_the_librarys(name: str) -> None:
    with seeded(3):
        if name in TORCHVISION_NETS:
            net = TORCHVISION_NETS[name].build()
        else:
            size: Any = {"dynamic_img_size": True} if "224" in name else {}
            net = timm.create_model(name, **size)
    x = images(channels=3)
    expected = library_map(name, net.eval(), x)
    torch.testing.assert_close(load(name, 3).backbone(x), expected, atol=1e-6, rtol=1e-5)


def test_maps_of_a_dense_layer_are_its_input_and_its_output() -> None:
    backbone = load("densenet121", 1).backbone
    maps = backbone.forward_cuts(images(), ["block1.0", "block1.1"])
    assert torch.equal(maps["block1.1"][:, :-32], maps["block1.0"])


@pytest.mark.parametrize("name", ["fastvit_t8", "coat_tiny"])
def test_networks_that_do_not_fit_are_refused(name: str) -> None:
    # Two branches read the image; the maps of parallel branches share their names.
    with pytest.raises(InputError, match=f"{name} does not work as a backbone"):
        build_backbone(name, "random")


def test_fixed_image_size_is_told() -> None:
    backbone = build_backbone("maxvit_tiny_tf_224", "random").backbone
    with pytest.raises(InputError, match="224"):
        backbone(images())
