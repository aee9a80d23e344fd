"""Heat maps at cuts: against gradients by hand, planted places, and maps that show no learning."""

import functools

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura.errors import InputError
from pleura.evaluate import heatmaps
from pleura.evaluate.heatmaps import (
    GRID,
    explaining_cut,
    grad_cam,
    grids,
    hires_cam,
    on_grid,
)
from pleura.evaluate.sanity import correlation_with_random, depends_on_weights
from pleura.models.backbone import Segment, assemble
from pleura.models.build import build_backbone
from pleura.models.classifier import Classifier

CLASSES = torch.tensor([0, 2])
NETS = {
    "squeezenet1_0": 64,
    "mobilenet_v2_035": 96,
    "googlenet": 64,
    "convnext_atto": 64,
    "vit_tiny_patch16_224": 64,
    "swin_tiny_patch4_window7_224": 224,
}
ALONE = ("swin_tiny_patch4_window7_224",)  # shown one image, not two: each takes a second


@functools.cache
def classifier(name: str, at: str | None = None) -> Classifier:
    loaded = build_backbone(name, "random")
    backbone = loaded.backbone.truncate(at) if at else loaded.backbone
    return Classifier(backbone, loaded.mean, loaded.std, 3).eval()


def images(size: int, seed: int = 0) -> Tensor:
    return torch.rand(2, 1, size, size, generator=torch.Generator().manual_seed(seed))


def shown_to(name: str) -> tuple[Tensor, Tensor]:
    """Images of the size that a network takes, and the classes that are explained."""
    number = 1 if name in ALONE else 2
    return images(NETS[name])[:number], CLASSES[:number]


@pytest.mark.parametrize("name", NETS)
def test_the_tap_gives_the_map_of_the_cut_and_changes_nothing(name: str) -> None:
    model, (x, classes) = classifier(name), shown_to(name)
    with torch.no_grad():
        logits = model(x)
        maps = model.backbone.forward_cuts((x - model.mean) / model.std)
    names = list(maps)
    for cut in (names[len(names) // 2], names[-1]):
        seen: list[Tensor] = []
        with heatmaps._tapped(model, cut) as tap, torch.no_grad():
            tap.register_forward_hook(lambda _, __, output: seen.append(output))  # noqa: B023
            tapped = model(x)
        assert torch.equal(seen[0], maps[cut])
        assert torch.allclose(tapped, logits, atol=1e-5)
        for found in (grad_cam(model, x, classes, cut=cut), hires_cam(model, x, classes, cut=cut)):
            assert found.shape == (len(x), *maps[cut].shape[2:])
            assert (found >= 0).all()
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize("name", NETS)
def test_at_the_last_cut_both_are_the_class_activation_map(name: str) -> None:
    """Pooled by the mean under a linear head (Zhou et al. 2016)."""
    model, (x, classes) = classifier(name), shown_to(name)
    with torch.no_grad():
        last = model.backbone((x - model.mean) / model.std)
    assert isinstance(model.head, nn.Linear)
    expected = torch.einsum("nchw,nc->nhw", last, model.head.weight[classes]).relu()
    expected = expected.detach() / last[0, 0].numel()
    close = 1e-5 * expected.max().item()
    cut = model.backbone.cuts[-1].name
    assert torch.allclose(grad_cam(model, x, classes, cut=cut), expected, atol=close)
    assert torch.allclose(hires_cam(model, x, classes, cut=cut), expected, atol=close)


@pytest.mark.parametrize("at", [None, "fire8"])
def test_before_the_last_cut_they_follow_from_the_gradient(at: str | None) -> None:
    model, x = classifier("squeezenet1_0", at), images(64)
    maps = model.backbone.forward_cuts((x - model.mean) / model.std)
    logits = model.head(maps[model.backbone.cuts[-1].name].mean(dim=(2, 3)))
    chosen = logits[torch.arange(2), CLASSES].sum()
    (gradient,) = torch.autograd.grad(chosen, maps["fire4"])
    grad = (gradient.mean(dim=(2, 3), keepdim=True) * maps["fire4"]).sum(dim=1).relu()
    fine = (gradient * maps["fire4"]).sum(dim=1).relu()
    close = 1e-5 * fine.max().item()
    assert torch.allclose(grad_cam(model, x, CLASSES, cut="fire4"), grad, atol=close)
    assert torch.allclose(hires_cam(model, x, CLASSES, cut="fire4"), fine, atol=close)


class LeftHalf(nn.Module):
    """Lets only the left half of a map pass."""

    def forward(self, x: Tensor) -> Tensor:
        return x * (torch.arange(x.shape[-1], device=x.device) < x.shape[-1] // 2)


def test_only_the_fine_map_stays_dark_where_the_network_does_not_look() -> None:
    """Two bright spots, of which only the left one reaches the class."""
    mean = nn.Conv2d(3, 1, 1, bias=False)
    nn.init.constant_(mean.weight, 1 / 3)
    backbone = assemble("toy", [Segment("spots", mean), Segment("left", LeftHalf())])
    model = Classifier(backbone, [0.0] * 3, [1.0] * 3, 2).eval()
    assert isinstance(model.head, nn.Linear)
    nn.init.constant_(model.head.weight, 1)
    x = torch.zeros(1, 3, 16, 16)
    x[..., 4, 3] = x[..., 4, 12] = 1
    fine = hires_cam(model, x, torch.tensor([0]), cut="spots")[0]
    coarse = grad_cam(model, x, torch.tensor([0]), cut="spots")[0]
    # A spot of 1 adds 1 / 256 to the logit; the mean gradient is half of that.
    assert fine[4, 3].item() == pytest.approx(1 / 256)
    assert fine.sum().item() == pytest.approx(1 / 256)
    assert coarse[4, 3].item() == coarse[4, 12].item() == pytest.approx(1 / 512)


def test_the_explaining_cut_is_the_deepest_with_14_positions() -> None:
    for name, size, side in (("squeezenet1_0", 96, 22), ("mobilenet_v2_035", 224, 14)):
        model = classifier(name)
        cut, sides = explaining_cut(model, size), grids(model, size)
        assert sides[cut] == side
        deeper = list(sides)[model.backbone.position(cut) + 1 :]
        assert deeper
        assert all(sides[name] < 14 for name in deeper)
    # A ViT has no finer map than its patches.
    vit = classifier("vit_tiny_patch16_224")
    assert (explaining_cut(vit, 96), grids(vit, 96)["norm"]) == ("norm", 6)
    truncated = classifier("mobilenet_v2_035", "block3")
    assert explaining_cut(truncated, 96) == "block3"


def test_all_maps_come_to_one_grid() -> None:
    assert torch.allclose(on_grid(torch.full((2, 3, 3), 0.7)), torch.full((2, GRID, GRID), 0.7))
    assert on_grid(torch.rand(1, 112, 112)).shape == (1, GRID, GRID)


def test_a_map_of_the_image_alone_fails_the_check_and_one_of_the_network_passes() -> None:
    trained, *others = (
        Classifier(loaded.backbone, loaded.mean, loaded.std, 3, seed=seed).eval()
        for seed in range(4)
        for loaded in [build_backbone("squeezenet1_0", "random", seed=seed)]
    )
    x = images(64)

    def edges(model: Classifier) -> NDArray[np.float32]:
        """Where the image changes from left to right, whatever the network."""
        return on_grid(x[:, 0].diff(dim=-1).abs()).numpy()

    def last(model: Classifier) -> NDArray[np.float32]:
        return on_grid(grad_cam(model, x, CLASSES, cut="fire9")).numpy()

    fake = correlation_with_random(edges(trained), [edges(other) for other in others])
    assert fake == pytest.approx(1)
    assert depends_on_weights(fake) is False
    real = correlation_with_random(last(trained), [last(other) for other in others])
    assert depends_on_weights(real) is True


def test_an_unknown_cut_names_those_there_are() -> None:
    with pytest.raises(InputError, match="fire9"):
        grad_cam(classifier("squeezenet1_0"), images(64), CLASSES, cut="fire10")
