"""Networks of published weights keep the contract of backbones, and strategies work on them."""

from pathlib import Path

import pytest
import torch
from tests.golden.behaviour.recipes import STRATEGY_OPTIONS
from tests.models.sources.made_up import FAMILIES, MadeUp
from torch import nn

from pleura.errors import InputError
from pleura.models.build import backbones_of_sources, build_backbone, list_backbones
from pleura.models.sources.listed import SOURCES
from pleura.models.timm_nets import VARIANTS, is_known
from pleura.train.phase import freeze, parameter_groups, set_mode
from pleura.transfer.build import build_model
from pleura.transfer.listed import STRATEGIES

TRANSFORMERS = ("rad-dino", "ark-plus", "medical-mae", "usfm", "dinov3")


@pytest.fixture(params=TRANSFORMERS)
def its(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeUp:
    return FAMILIES[request.param][1](tmp_path, monkeypatch)


def held(module: nn.Module) -> list[int]:
    return [id(tensor) for tensor in (*module.parameters(), *module.buffers())]


@torch.no_grad()
def test_cuts_are_those_of_any_backbone(its: MadeUp) -> None:
    backbone = build_backbone(its.backbone, "random", seed=3).backbone.eval()
    images = torch.randn(1, 1, its.size, its.size, generator=torch.Generator().manual_seed(5))
    maps = backbone.forward_cuts(images)
    assert backbone.cuts[-1].stage
    for i, cut in enumerate(backbone.cuts):
        side = its.size // cut.stride
        assert maps[cut.name].shape == (1, cut.channels, side, side)
        cut_off = backbone.truncate(cut.name)
        assert torch.equal(cut_off(images), maps[cut.name])
        owned = [
            each for cut in cut_off.cuts for m in cut_off.modules_of(cut.name) for each in held(m)
        ]
        assert sorted(owned) == sorted(held(cut_off))
        assert cut_off.cuts == backbone.cuts[: i + 1]


def test_every_strategy_trains_what_it_says(its: MadeUp) -> None:
    images = torch.rand(2, 1, its.size, its.size, generator=torch.Generator().manual_seed(5))
    for name in STRATEGIES:
        options = STRATEGY_OPTIONS.get(name)
        strategy = {name: options} if options else name
        spec = {"backbone": its.backbone, "weights": "random", "strategy": strategy}
        if name == "transfusion":  # halves convolutions, and says that it can no others
            with pytest.raises(InputError, match="cannot be narrowed: only convolutional"):
                build_model(spec, 2, seed=0)
            continue
        built = build_model(spec, 2, seed=0)
        for phase in built.strategy.phases(built.classifier):
            freeze(built.classifier, phase)
            set_mode(built.classifier, phase)
            groups = parameter_groups(built.classifier, phase, 1e-3, 0.0)
            trains = [parameter for group in groups for parameter in group["params"]]
            built.classifier.zero_grad()
            built.classifier(images).square().sum().backward()
            assert trains
            assert all(parameter.grad is not None for parameter in trains), (name, phase.name)


def test_sources_name_backbones_that_there_are() -> None:
    every = backbones_of_sources()
    assert set(VARIANTS) <= set(every)
    assert [name for name in every if name not in list_backbones() and not is_known(name)] == []
    for source in SOURCES.values():
        assert len(source.mean) == len(source.std) == source.channels


def test_windows_of_ark_are_those_of_its_size() -> None:
    # Built for 384 pixels, the last stage would shift none of its windows.
    with torch.device("meta"):
        net = build_backbone("swin_large_patch4_window12_768", "random").backbone.net
    shifts = [[block.shift_size[0] for block in layer.blocks[:2]] for layer in net.layers]  # type: ignore[union-attr]
    assert shifts == [[0, 6]] * 4


def test_sizes_that_do_not_fit_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    its = FAMILIES["usfm"][1](tmp_path, monkeypatch)
    backbone = build_backbone(its.backbone, "random").backbone
    with pytest.raises(InputError, match="takes images of 32 pixels, not 48x48"):
        backbone(torch.zeros(1, 1, 48, 48))
    its = FAMILIES["rad-dino"][1](tmp_path, monkeypatch)
    backbone = build_backbone(its.backbone, "random").backbone
    with pytest.raises(InputError, match="next larger size that it takes is 70x70"):
        backbone(torch.zeros(1, 1, 64, 64))
