"""Networks of torchvision against the library's own forward."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from pleura.errors import InputError
from pleura.models.backbone import assemble
from pleura.models.build import build_backbone
from pleura.models.seeding import seeded
from pleura.models.torchvision_nets import IMAGENET_MEAN, IMAGENET_STD, TORCHVISION_NETS


def images(size: int, n: int = 2) -> Tensor:
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(5))


def lively(name: str, size: int) -> Any:
    """The library's random network with statistics of BatchNorm under which images differ."""
    with seeded(3):
        net: Any = TORCHVISION_NETS[name].build()
    for head in ("aux1", "aux2", "AuxLogits"):  # they do not take small images
        setattr(net, head, None)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    net.train()(images(size, n=4))
    return net.eval()


def finish(name: str, net: Any, maps: Tensor) -> Tensor:
    """The library's own steps from our last map to its logits."""
    logits: Tensor
    if name == "squeezenet1_0":
        logits = net.classifier(maps).flatten(1)
    elif name in ("vgg16", "alexnet"):
        logits = net.classifier(net.avgpool(net.features[-1](maps)).flatten(1))
    else:
        head = net.fc if hasattr(net, "fc") else net.classifier
        logits = head(maps.mean(dim=(2, 3)))
    return logits


@pytest.mark.parametrize("name", TORCHVISION_NETS)
@torch.no_grad()
def test_last_map_gives_the_librarys_logits(name: str) -> None:
    size = 80 if name == "inception_v3" else 64
    net = lively(name, size)
    backbone = assemble(name, TORCHVISION_NETS[name].segments(net)).eval()
    expected = net(images(size))
    assert (expected[0] - expected[1]).abs().max() > 1e-3 * expected.abs().max()
    found = finish(name, net, backbone(images(size)))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5 * expected.abs().max().item())


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
@torch.no_grad()
def test_mean_and_std_are_those_behind_the_librarys_transform(name: str) -> None:
    # With its ImageNet weights the library turns its usual normalisation into what they expect.
    net, entry = lively(name, 80), TORCHVISION_NETS[name]
    net.transform_input = True
    expected = net(normalised(images(80), IMAGENET_MEAN, IMAGENET_STD))
    backbone = assemble(name, entry.segments(net)).eval()
    scale = expected.abs().max().item()
    found = finish(name, net, backbone(normalised(images(80), entry.mean, entry.std)))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4 * scale)
    usual = finish(name, net, backbone(normalised(images(80), IMAGENET_MEAN, IMAGENET_STD)))
    assert (usual - expected).abs().max() > 1e-2 * scale


def normalised(pixels: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    return (pixels - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)


def test_images_of_the_size_are_those_of_the_weights() -> None:
    for net in TORCHVISION_NETS.values():
        if net.weights is not None:
            assert net.size == net.weights.IMAGENET1K_V1.transforms.keywords["crop_size"]


def test_maps_of_a_dense_layer_are_its_input_and_its_output() -> None:
    backbone = build_backbone("densenet121", "random").backbone.eval()
    maps = backbone.forward_cuts(torch.rand(1, 1, 64, 64), ["block1.0", "block1.1"])
    assert torch.equal(maps["block1.1"][:, :-32], maps["block1.0"])


@pytest.mark.parametrize(
    ("name", "size", "smallest"),
    [("inception_v3", 64, 75), ("alexnet", 16, 31), ("squeezenet1_0", 16, 21)],
)
def test_too_small_images_are_told_the_smallest_size(name: str, size: int, smallest: int) -> None:
    backbone = build_backbone(name, "random").backbone.eval()
    message = f"{name} takes no images of {size}x{size} pixels; .* {smallest}x{smallest}"
    with pytest.raises(InputError, match=message):
        backbone(torch.zeros(1, 1, size, size))
    with torch.no_grad():
        backbone(torch.zeros(1, 1, smallest, smallest))
    with pytest.raises(InputError, match=f"{smallest - 1}x{size}"):
        backbone(torch.zeros(1, 1, smallest - 1, size))


def test_other_errors_stay_what_they_are() -> None:
    backbone = build_backbone("resnet18", "random").backbone
    with pytest.raises(RuntimeError, match="to have 1 channels, but got 3"):
        backbone(torch.zeros(1, 3, 64, 64))


def test_truncated_networks_take_smaller_images() -> None:
    backbone = build_backbone("inception_v3", "random").backbone.truncate("mixed5d").eval()
    assert backbone(torch.zeros(1, 1, 64, 64)).shape == (1, 288, 5, 5)
