"""Holds published weights as pleura has them against their authors' own packages.

One fixed image is shown to the network of the package and to pleura's; the pooled features must
agree. Where they do, the line is printed that belongs in `pleura/models/sources/golden.py`, and the
weights count as verified. Packages that pleura does not need (torchxrayvision, transformers) are
installed beside it for this; weights whose authors have published code but no package are told.

    python -m benchmarks.golden_vectors                  # all whose file is here or can be had
    python -m benchmarks.golden_vectors rad-dino
    python -m benchmarks.golden_vectors --made-up        # random weights in files of true layout

With `--made-up` nothing is downloaded: names of tensors and what is done to images are compared,
and no weights are verified.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from pleura.errors import PleuraError
from pleura.models.build import build_backbone
from pleura.models.classifier import Classifier
from pleura.models.sources.fetch import fetch
from pleura.models.sources.listed import SOURCES, find_weight_source
from pleura.models.sources.source import WeightSource

import pleura._torchvision  # noqa: F401  isort: skip
import timm
from torchvision import models

TOLERANCE = 1e-3  # of the largest feature, between two orders of adding up the same numbers
KEPT = 16  # features of a golden vector
Image = NDArray[np.uint8]


def golden_image(size: int) -> Image:
    """The image (size, size) that all see: a bright disc, off its middle, on a slope, with
    stripes."""
    places = (np.arange(size) + 0.5) / size
    y, x = places[:, None], places[None, :]
    disc = (x - 0.4) ** 2 + (y - 0.55) ** 2 < 0.06
    shade = 40 + 90 * x + 60 * disc + 25 * np.sin(40 * y)
    image: Image = shade.round().clip(0, 255).astype(np.uint8)
    return image


@dataclass(frozen=True)
class Reference:
    """How the package `package` has a network: `build` makes it with random weights, `load` fills
    it from a file, `save` writes one as its authors do, `features` are those of an image."""

    package: str
    build: Callable[[], Any]
    load: Callable[[Any, Path], None]
    save: Callable[[Any, Path], None]
    features: Callable[[Any, Image], Tensor]
    suffix: str = ".safetensors"


def three(image: Image) -> Tensor:
    """An image as (1, 3, size, size) float in [0, 255]."""
    return torch.from_numpy(image).float().expand(1, 3, *image.shape)


def _by(mean: float, std: float, image: Image) -> Tensor:
    return (three(image) / 255 - mean) / std


def _xrv_features(net: Any, image: Image) -> Tensor:
    xrv = import_module("torchxrayvision")
    shown = torch.from_numpy(xrv.utils.normalize(image, 255))[None, None].float()
    if hasattr(net, "features2"):
        features: Tensor = net.features2(shown)
        return features[0]
    net = net.model  # a ResNet, whose own wrapper is made with downloaded weights alone
    x = net.maxpool(net.relu(net.bn1(net.conv1(shown))))
    pooled: Tensor = net.avgpool(net.layer4(net.layer3(net.layer2(net.layer1(x)))))
    return pooled.flatten()


def _xrv_densenet() -> Any:
    return import_module("torchxrayvision").models.DenseNet(num_classes=18)


def _xrv_resnet() -> Any:
    holder, net = nn.Module(), models.resnet50(num_classes=18)
    net.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    holder.model = net
    return holder


def _load_whole(net: Any, path: Path) -> None:
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=False).state_dict())


def _load_table(net: Any, path: Path) -> None:
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))


XRV_DENSENET = Reference(
    "torchxrayvision",
    _xrv_densenet,
    _load_whole,
    lambda net, path: torch.save(net, path),
    _xrv_features,
    suffix=".pt",
)
XRV_RESNET = Reference(
    "torchxrayvision",
    _xrv_resnet,
    lambda net, path: _load_table(net.model, path),
    lambda net, path: torch.save(net.model.state_dict(), path),
    _xrv_features,
    suffix=".pt",
)


def _dinov2_of_transformers() -> Any:
    transformers = import_module("transformers")
    return transformers.Dinov2Model(transformers.Dinov2Config(image_size=518, patch_size=14))


# What transformers calls layers of attention from its version 5 on, and in published files.
ATTENTION = {
    "attention.q_proj": "attention.attention.query",
    "attention.k_proj": "attention.attention.key",
    "attention.v_proj": "attention.attention.value",
    "attention.o_proj": "attention.output.dense",
}


def _published(name: str) -> str:
    for own, published in ATTENTION.items():
        name = name.replace(own, published)
    return name


def _load_dinov2(net: Any, path: Path) -> None:
    table = load_file(path)
    net.load_state_dict({name: table[_published(name)] for name in net.state_dict()})


def _save_dinov2(net: Any, path: Path) -> None:
    save_file({_published(name): each for name, each in net.state_dict().items()}, path)


RAD_DINO = Reference(
    "transformers",
    _dinov2_of_transformers,
    _load_dinov2,
    _save_dinov2,
    lambda net, image: net(_by(0.5307, 0.2583, image)).last_hidden_state[0, 1:].mean(0),
)


def _sequential(net: nn.Module, children: int) -> nn.Module:
    """As in the authors' notebook: the first children in a row, as `backbone`."""
    holder = nn.Module()
    holder.backbone = nn.Sequential(*list(net.children())[:children])
    return holder


def _radimagenet(build: Callable[[], nn.Module], children: int, last: nn.Module) -> Reference:
    def features(net: Any, image: Image) -> Tensor:
        maps: Tensor = last(net.backbone((three(image) - 127.5) * 2 / 255))
        return maps.mean((2, 3))[0]

    return Reference(
        "torchvision",
        lambda: _sequential(build(), children),
        _load_table,
        lambda net, path: torch.save(net.state_dict(), path),
        features,
        suffix=".pt",
    )


def _timms(name: str) -> Reference:
    """A network of timm with what its own configuration says of images."""

    def features(net: Any, image: Image) -> Tensor:
        config = net.pretrained_cfg
        mean, std = (torch.tensor(config[key]).view(3, 1, 1) for key in ("mean", "std"))
        tokens: Tensor = net.forward_features((three(image) / 255 - mean) / std)
        return tokens[0, net.num_prefix_tokens :].mean(0)

    return Reference(
        "timm",
        lambda: timm.create_model(name),
        lambda net, path: net.load_state_dict(load_file(path)),
        lambda net, path: save_file(net.state_dict(), path),
        features,
    )


REFERENCES: Mapping[str, Reference] = {
    **{name: XRV_DENSENET for name in SOURCES if name.startswith("xrv-densenet121-")},
    "xrv-resnet50-512-all": XRV_RESNET,
    "rad-dino": RAD_DINO,
    "radimagenet-resnet50": _radimagenet(models.resnet50, 9, nn.Identity()),
    "radimagenet-densenet121": _radimagenet(models.densenet121, 1, nn.ReLU()),
    **{name: _timms(SOURCES[name].backbone) for name in SOURCES if name.startswith("dinov")},
}


def pleuras(source: WeightSource, file: Path, image: Image) -> Tensor:
    """The pooled features of pleura's network for gray images, with weights from a file."""
    loaded = build_backbone(source.backbone, f"{source.name}@{file}")
    model = Classifier(loaded.backbone, loaded.mean, loaded.std, 2).eval()
    return model.features(torch.from_numpy(image)[None, None].float() / 255)[0]


def difference(found: Tensor, expected: Tensor) -> float:
    """The largest difference of two vectors, as a share of the largest number in them."""
    return float((found - expected).abs().max() / expected.abs().max())


def shake(net: nn.Module) -> None:
    """Give a random network statistics and scales that differ from layer to layer, in place."""
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for tensor in net.state_dict().values():
            if tensor.ndim == 1 and tensor.is_floating_point():
                tensor.add_(torch.rand(tensor.shape, generator=generator) * 0.3)


@torch.inference_mode()
def compare(source: WeightSource, *, made_up: bool, folder: Path) -> str:
    """One line on weights: that they agree, with their golden vector, or why that is not known.

    Raises SystemExit where they do not agree, PleuraError where the file cannot be had.
    """
    its = REFERENCES.get(source.name)
    if its is None:
        return f"{source.name}: not verified, its authors have code but no package"
    try:
        by = f"{its.package} {version(its.package)}"
        torch.manual_seed(0)
        net = its.build().eval()
    except ImportError as error:
        return f"{source.name}: not verified, {its.package} is not installed ({error})"
    if made_up:
        shake(net)
        file = folder / f"made_up{its.suffix}"
        its.save(net, file)
    else:
        file = fetch(source).file
        its.load(net, file)
    image = golden_image(source.size)
    expected = its.features(net, image)
    apart = difference(pleuras(source, file, image), expected)
    if not apart < TOLERANCE:
        raise SystemExit(f"{source.name}: features are {apart:.1g} apart from those of {by}")
    if made_up:
        return f"{source.name}: with random weights as {by} has it ({apart:.1g} apart)"
    numbers = ", ".join(f"{value:.6g}" for value in expected[:KEPT].tolist())
    sha256 = fetch(source).sha256
    return f'"{source.name}": Golden("{sha256}", "{by}", ({numbers})),'


def lines(names: list[str], *, made_up: bool) -> Iterator[str]:
    """What is found of each of the named weights, or of all."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names or SOURCES:
            try:
                yield compare(find_weight_source(name), made_up=made_up, folder=Path(folder))
            except PleuraError as error:
                yield f"{name}: not verified, {str(error).partition(chr(10))[0]}"


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="of `pleura list weights`; all where none")
    parser.add_argument("--made-up", action="store_true", help="random weights, no download")
    options = parser.parse_args()
    for line in lines(options.names, made_up=options.made_up):
        print(line, flush=True)


if __name__ == "__main__":
    main()
