"""Every network of segments can be narrowed after each of its stages."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from pleura.errors import InputError
from pleura.models.backbone import Cut, SegmentedBackbone
from pleura.models.build import build_backbone, list_backbones
from pleura.models.narrow import narrow_after

# Of layers as others have them, and of more: these are narrowed after one of their stages only.
LARGER = ("densenet161", "mobilenet_v2", "resnet50", "vgg16", "wide_resnet50_2")


@pytest.mark.parametrize("name", list_backbones())
@torch.inference_mode()
def test_maps_have_half_the_channels_after_each_stage(name: str) -> None:
    # On the meta device nothing is drawn; but shapes are worked out sooner with small numbers.
    with torch.device("meta"):
        backbone = build_backbone(name, "random", channels=3).backbone.eval()
    if not isinstance(backbone, SegmentedBackbone):
        with pytest.raises(InputError, match=f"{name} cannot be narrowed"):
            narrow_after(backbone, backbone.cuts[0].name)
        return
    backbone.to_empty(device="cpu")
    for tensor in (*backbone.parameters(), *backbone.buffers()):
        tensor.zero_()
    places = [cut for cut in backbone.cuts[:-1] if cut.stage]
    if name in LARGER:
        places = places[-1:]
    size = 80 if name == "inception_v3" else 32
    wide = backbone.forward_cuts(torch.zeros(2, 3, size, size))
    for place in places:
        narrow = narrow_after(backbone, place.name)
        kept = backbone.position(place.name) + 1
        assert narrow.cuts[:kept] == backbone.cuts[:kept]
        # The part up to the cut is the backbone's own: only the rest has to be run.
        x = wide[place.name]
        for i, cut in enumerate(backbone.cuts[kept:], start=kept):
            x = narrow.segments[i](x)
            n, channels, *sides = wide[cut.name].shape
            assert x.shape == (n, channels // 2, *sides)
            assert narrow.cuts[i] == replace(cut, channels=channels // 2)


def chain(*bodies: nn.Module) -> SegmentedBackbone:
    cuts = [Cut(f"c{i}", 8, 1, stage=True) for i in range(len(bodies))]
    return SegmentedBackbone("net", cuts, bodies)


def test_groups_stay_where_they_divide_and_depthwise_stays_depthwise() -> None:
    grouped, depthwise = nn.Conv2d(8, 8, 3, groups=2), nn.Conv2d(8, 16, 3, groups=8)
    narrow = narrow_after(chain(nn.Conv2d(1, 8, 1), grouped, depthwise), "c0")
    ours = [module for module in narrow.segments.modules() if isinstance(module, nn.Conv2d)]
    assert [(m.in_channels, m.out_channels, m.groups) for m in ours] == [
        (1, 8, 1),
        (8, 4, 1),
        (4, 4, 2),
        (4, 8, 4),
    ]
    assert narrow(torch.zeros(1, 1, 9, 9)).shape == (1, 8, 5, 5)


def test_all_after_the_cut_is_drawn_anew_and_nothing_is_tied() -> None:
    backbone = chain(nn.Conv2d(1, 8, 1), nn.Sequential(nn.Conv2d(8, 8, 1), nn.BatchNorm2d(8)))
    with torch.no_grad():
        for tensor in (*backbone.parameters(), *backbone.buffers()):
            tensor.fill_(7)
    narrow = narrow_after(backbone, "c0")
    kept, renewed = (narrow.segments[i].state_dict() for i in (0, 1))
    assert all((value == 7).all() for value in kept.values())
    assert not any((value == 7).any() for value in renewed.values())
    assert renewed["2.1.running_var"].tolist() == [1.0] * 4
    own = {tensor.data_ptr() for tensor in backbone.parameters()}
    assert not own & {tensor.data_ptr() for tensor in narrow.parameters()}


@pytest.mark.parametrize(
    ("layer", "message"),
    [(nn.Conv2d(8, 5, 1), "5 channels has no half"), (nn.PReLU(8), "a layer PReLU")],
)
def test_what_cannot_be_halved_is_refused(layer: nn.Module, message: str) -> None:
    with pytest.raises(InputError, match=message):
        narrow_after(chain(nn.Conv2d(1, 8, 1), layer), "c0")
