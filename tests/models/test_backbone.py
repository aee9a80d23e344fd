"""The contract every backbone keeps: whatever is listed is tested here, with nothing to add.

All are asked for their structure. What networks compute is asked of one of those that are taken
apart alike: the others (`LIKE`) lie on the meta device, where there are shapes and no arithmetic.
"""

import copy
import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tests.copies import Kept
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.nn import functional

from pleura.errors import InputError
from pleura.models.backbone import Backbone, SegmentedBackbone
from pleura.models.build import LoadedBackbone, _load, build_backbone, list_backbones
from pleura.models.classifier import CLASSIFIER, Classifier
from pleura.models.shallow import SHALLOW_NETS
from pleura.models.torchvision_nets import TORCHVISION_NETS
from pleura.train.checkpoint import save_weights
from pleura.train.phase import Phase, freeze, parameter_groups, set_mode

# Not listed: they stand for what timm has besides (three-convolution stem, squeeze-excitation,
# attention of a hybrid, class and distillation tokens).
UNLISTED = (
    "resnet10t",
    "mobilenetv3_small_050",
    "mobilevit_xxs",
    "deit_tiny_distilled_patch16_224",
)
LIKE = {
    "cbr_largew": "cbr_tiny",
    "cbr_small": "cbr_tiny",
    "densenet161": "densenet121",
    "mobilenet_v2": "mobilenet_v2_035",
    "resnext50_32x4d": "resnet50",
    "vgg16": "alexnet",
    "wide_resnet50_2": "resnet50",
}
COMPUTED = [name for name in (*list_backbones(), *UNLISTED) if name not in LIKE]


@pytest.fixture(autouse=True, scope="module")
def _weights_are_drawn_once() -> Iterator[None]:
    """For gray and for colour images: the second network is a copy of what was first drawn."""
    draw = functools.lru_cache(maxsize=1)(lambda *asked: Kept(_load(*asked)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pleura.models.build._load", lambda *asked: draw(*asked).copy())
        yield


@functools.lru_cache(maxsize=2)
def load(name: str, channels: int = 1) -> LoadedBackbone:
    with torch.device("meta" if name in LIKE else "cpu"):
        loaded = build_backbone(name, "random", channels=channels, seed=3)
    loaded.backbone.eval()
    return loaded


def images(size: int, n: int = 1, channels: int = 1) -> Tensor:
    return torch.randn(n, channels, size, size, generator=torch.Generator().manual_seed(5))


def images_for(backbone: Backbone, size: int, channels: int = 1) -> Tensor:
    """On the device of its weights."""
    return images(size, channels=channels).to(next(backbone.parameters()).device)


def tensors(module: nn.Module) -> list[Tensor]:
    return [*module.parameters(), *module.buffers()]


def leaves(y: Tensor) -> set[int]:
    """The ids of all tensors that would get a gradient from y, without computing any."""
    seen: set[Node] = set()
    waiting = [y.grad_fn]
    while waiting:
        if (node := waiting.pop()) and node not in seen:
            seen.add(node)
            waiting += [before for before, _ in node.next_functions]
    return {id(node.variable) for node in seen if hasattr(node, "variable")}


# The computed ones stand first in both lists, since pytest groups tests by these places.
computed = pytest.mark.parametrize("name", COMPUTED, indirect=True, scope="module")


@pytest.fixture(params=[*COMPUTED, *LIKE], scope="module")
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def backbone(name: str) -> Backbone:
    return load(name).backbone


@pytest.fixture
def small(name: str) -> int:
    """A small size that the network takes, pixels."""
    return 80 if name == "inception_v3" else 32


def test_those_that_are_not_computed_are_like_one_that_is() -> None:
    for name, like in LIKE.items():
        assert like in COMPUTED
        if name in SHALLOW_NETS:
            assert like in SHALLOW_NETS
        else:
            assert TORCHVISION_NETS[name].segments is TORCHVISION_NETS[like].segments


@torch.no_grad()
def test_maps_have_the_channels_and_strides_of_their_cuts(name: str, backbone: Backbone) -> None:
    assert len({cut.name for cut in backbone.cuts}) == len(backbone.cuts)
    assert backbone.cuts[-1].stage
    # The name by which phases call the classifier's own head.
    assert CLASSIFIER not in {cut.name for cut in backbone.cuts}
    strides = [cut.stride for cut in backbone.cuts]
    assert strides == sorted(strides)
    first = 80 if name == "inception_v3" else 64
    sizes = (first, first + 16, first + 32)
    maps = [backbone.forward_cuts(images_for(backbone, size)) for size in sizes]
    for size, found in zip(sizes, maps, strict=True):
        assert list(found) == [cut.name for cut in backbone.cuts]
        for cut in backbone.cuts:
            side = found[cut.name].shape[-1]
            assert found[cut.name].shape == (1, cut.channels, side, side)
            # Rounded up at most, and at most four less where layers have no padding.
            assert size / cut.stride - 4 <= side < size / cut.stride + 1
    for cut in backbone.cuts:
        assert (maps[2][cut.name].shape[-1] - maps[0][cut.name].shape[-1]) * cut.stride == 32
    other = load(name, 3).backbone
    colour = other.forward_cuts(images_for(other, first, channels=3))
    assert [value.shape for value in colour.values()] == [v.shape for v in maps[0].values()]


@computed
def test_truncation_at_every_cut(backbone: Backbone, small: int) -> None:
    # The maps of all cuts come from one pass: were a later layer to work in place, they would
    # differ from those of a pass that ends there.
    with torch.no_grad():
        maps = backbone.forward_cuts(images(small))
        assert torch.equal(backbone(images(small)), maps[backbone.cuts[-1].name])
    held: list[Tensor] = []
    before = images(small)
    for i, cut in enumerate(backbone.cuts):
        modules = backbone.modules_of(cut.name)
        if isinstance(backbone, SegmentedBackbone):
            (segment,) = modules
            y = segment(before.clone())
            before = y.detach()
        else:
            y = backbone.forward_cuts(images(small), [cut.name])[cut.name]
        assert torch.equal(y, maps[cut.name])
        reached = leaves(y)
        assert [p for m in modules for p in m.parameters() if id(p) not in reached] == []
        held += [tensor for module in modules for tensor in tensors(module)]
        # A network of segments ends alike at any of them, and to copy it for each takes a minute.
        if isinstance(backbone, SegmentedBackbone) and not cut.stage:
            continue
        cut_off = backbone.truncate(cut.name)
        assert cut_off.cuts == backbone.cuts[: i + 1]
        y = cut_off(images(small))
        assert torch.equal(y, maps[cut.name])
        reached = leaves(y)
        assert [key for key, p in cut_off.named_parameters() if id(p) not in reached] == []
        assert sum(map(torch.numel, tensors(cut_off))) == sum(map(torch.numel, held))


@computed
@torch.no_grad()
def test_maps_asked_for_alone_are_the_same(backbone: Backbone, small: int) -> None:
    maps = backbone.forward_cuts(images(small))
    for cut in backbone.cuts:
        if cut.stage:
            alone = backbone.forward_cuts(images(small), [cut.name])
            assert list(alone) == [cut.name]
            assert torch.equal(alone[cut.name], maps[cut.name])
    assert backbone.forward_cuts(images(small), []) == {}


@computed
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


def equal(one: Iterable[Tensor], other: Iterable[Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def copied(name: str) -> Classifier:
    """A classifier of the backbone that may be changed."""
    loaded = load(name)
    backbone = loaded.backbone.truncate(loaded.backbone.cuts[-1].name)
    return Classifier(backbone, loaded.mean, loaded.std, 2)


@computed
def test_freezing_at_every_stage(name: str, small: int) -> None:
    model = copied(name)
    cuts = model.backbone.cuts
    start = {cut.name: copy.deepcopy(model.backbone.modules_of(cut.name)) for cut in cuts}
    # From the last stage to the first: what trains once is never frozen afterwards.
    for k in reversed([i for i, cut in enumerate(cuts) if cut.stage]):
        trains = {cut.name for cut in cuts[k + 1 :]}
        phase = Phase("tail", frozenset({*trains, CLASSIFIER}))
        model.zero_grad()
        freeze(model, phase)
        set_mode(model, phase)
        # A small step: after a few large ones the loss is exactly 0, and so are its gradients.
        optimiser = torch.optim.SGD(parameter_groups(model, phase, 1e-3, 0.0))
        # Four images, since BatchNorm makes any two equal where the map is a single pixel.
        logits = model(images(small, n=4))
        torch.autograd.backward(functional.cross_entropy(logits, torch.tensor([0, 1, 0, 1])))
        optimiser.step()
        for cut, modules in start.items():
            pairs = list(zip(modules, model.backbone.modules_of(cut), strict=True))
            if cut in trains:
                assert not all(equal(a.parameters(), b.parameters()) for a, b in pairs)
            else:
                # Frozen means frozen: BatchNorm's statistics, too.
                assert all(equal(tensors(a), tensors(b)) for a, b in pairs)


@computed
def test_weights_survive_a_file(name: str, small: int, tmp_path: Path) -> None:
    model = copied(name)
    model.train()
    model(images(small, n=2)).sum().backward()  # moves the statistics of BatchNorm
    assert [key for key, p in model.named_parameters() if p.grad is None] == []
    model.eval()
    save_weights(tmp_path / "weights.safetensors", model.backbone)
    other, saved = copied(name).backbone.eval(), load_file(tmp_path / "weights.safetensors")
    assert set(saved) == set(load(name).backbone.state_dict())
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.mul_(0.9)
        expected = model.backbone(images(small))
        assert not torch.equal(other(images(small)), expected)
        other.load_state_dict(saved)
        assert torch.equal(other(images(small)), expected)


@computed
def test_unknown_cut_is_refused_with_the_names(backbone: Backbone, small: int) -> None:
    for ask in (
        backbone.truncate,
        backbone.modules_of,
        lambda cut: backbone.forward_cuts(images(small), [cut]),
    ):
        with pytest.raises(InputError, match=backbone.cuts[0].name):
            ask("layer99")


@computed
@torch.no_grad()
def test_gray_equals_three_equal_channels_away_from_the_border(name: str) -> None:
    gray, colour = load(name), load(name, 3)
    pixels = images(64).sigmoid()
    cut = colour.backbone.cuts[0].name

    def first_map(loaded: LoadedBackbone, x: Tensor) -> Tensor:
        mean, std = (torch.tensor(v).view(1, -1, 1, 1) for v in (loaded.mean, loaded.std))
        return loaded.backbone.forward_cuts((x - mean) / std, [cut])[cut]

    ours, theirs = first_map(gray, pixels), first_map(colour, pixels.expand(-1, 3, -1, -1))
    # Only zero padding tells them apart, and no first cut sees further than a quarter inwards.
    edge = theirs.shape[-1] // 4
    inside = (..., slice(edge, -edge), slice(edge, -edge))
    torch.testing.assert_close(ours[inside], theirs[inside], atol=1e-4, rtol=1e-4)
    assert theirs[inside].std() > 1e-3
    assert len(gray.mean) == len(gray.std) == 1
