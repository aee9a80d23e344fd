"""The versions of the parts of pleura that decide what a step's result is.

A version is a number beside the code that it stands for. It is raised when that code, given the
same, would do something else; steps that used it are then done again. `tests/golden/behaviour.json`
holds what each part does: a test turns red where a number should have been raised.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pleura.data import (
    augment,
    background_swap,
    bank,
    cutout,
    frame_hiding,
    hidden,
    image_groups,
    mixing,
    random_changes,
    sizes,
    views,
)
from pleura.models import (
    build,
    reverse,
    shallow,
    stochastic_depth,
    timm_nets,
    torchvision_nets,
    unet,
)
from pleura.models.shallow import SHALLOW_NETS
from pleura.models.sources import listed as weight_sources
from pleura.models.sources.listed import find_named
from pleura.models.torchvision_nets import TORCHVISION_NETS
from pleura.models.unet_options import make_unet
from pleura.tasks import attention_pooling, distillation, group_dro, pixels
from pleura.tasks.listed import TASKS
from pleura.tasks.selfsup.listed import METHODS
from pleura.train import averaging, head, loop
from pleura.transfer.freezing_plan import FreezingPlan
from pleura.transfer.listed import STRATEGIES

Spec = Mapping[str, Any]
Versions = dict[str, int]
Part = Callable[[Spec], tuple[str, ...]]
"""The names of the parts that a step with a spec hangs on, with options where it has them."""


PARTS: Mapping[str, tuple[Any, str]] = {
    "training loop": (loop, "VERSION"),
    "averaged weights": (averaging, "VERSION"),
    "stochastic depth": (stochastic_depth, "VERSION"),
    "growing images": (sizes, "VERSION"),
    "augmentation": (augment, "VERSION"),
    "frames in training": (frame_hiding, "VERSION"),
    "backgrounds in training": (background_swap, "VERSION"),
    "groups of images": (image_groups, "VERSION"),
    "group DRO": (group_dro, "VERSION"),
    "distillation": (distillation, "VERSION"),
    "mixup": (mixing, "VERSION"),
    "cutout": (cutout, "VERSION"),
    "RandAugment": (random_changes, "VERSION"),
    "views": (views, "VERSION"),
    "hidden views": (hidden, "VERSION"),
    "linear head": (head, "VERSION"),
    "pixel baselines": (pixels, "VERSION"),
    "attention over frames": (attention_pooling, "VERSION"),
    "networks": (build, "VERSION"),
    "networks of torchvision": (torchvision_nets, "VERSION"),
    "shallow networks": (shallow, "VERSION"),
    "networks of timm": (timm_nets, "VERSION"),
    "weights by name": (weight_sources, "VERSION"),
    "U-Net": (unet, "VERSION"),
    "classifier of a U-Net": (reverse, "VERSION"),
    "freezing plan": (FreezingPlan, "version"),
    "decoding": (bank, "DECODER"),
}
"""Parts that are one module or class each, and what holds their version there."""
COUNTERMEASURES = {
    "hide": "frames in training",
    "swap": "backgrounds in training",
    "groups": "groups of images",
    "group_dro": "group DRO",
}
"""The parts of countermeasures to shortcuts, by their keys in a spec."""


def known_versions() -> Versions:
    """The version of every part that there is, by its name."""
    names = (
        *PARTS,
        *TASKS,
        *(f"strategy {name}" for name in STRATEGIES),
        *(f"method {name}" for name in METHODS),
    )
    return {name: version_of(name) for name in names}


def version_of(name: str) -> int:
    """The version of a part. Raises KeyError for one that there is not."""
    if name in PARTS:
        owner, attribute = PARTS[name]
        version: int = getattr(owner, attribute)
        return version
    if name in TASKS:
        return int(TASKS[name].learned.version)
    kind, _, own = name.partition(" ")
    return STRATEGIES[own].version if kind == "strategy" else METHODS[own].version


def versions_of(parts: Iterable[Part], spec: Spec) -> Versions:
    """The versions of the parts that a step with a spec hangs on."""
    return {name: version_of(name) for part in parts for name in part(spec)}


def training(spec: Spec) -> tuple[str, ...]:
    """The loop, where the step trains by epochs, how it varies images, what else is on, and what it
    does against shortcuts."""
    settings, augmentation = spec.get("settings"), spec.get("augmentation") or {}
    parts = {
        "training loop": settings is not None,
        "averaged weights": bool(settings and settings.get("ema")),
        "stochastic depth": "stochastic_depth" in spec,
        "growing images": "sizes" in spec,
        "augmentation": bool(augmentation),
        "distillation": "distillation" in spec,
        "mixup": "mixup" in augmentation,
        "cutout": "cutout" in augmentation,
        "RandAugment": "rand_augment" in augmentation,
        **{name: key in spec for key, name in COUNTERMEASURES.items()},
    }
    return tuple(name for name, used in parts.items() if used)


def linear_head(spec: Spec) -> tuple[str, ...]:
    """The linear head, where the step does not train by epochs."""
    return () if "settings" in spec else ("linear head",)


def strategy(spec: Spec) -> tuple[str, ...]:
    """The strategy that the spec names."""
    return (f"strategy {_name(spec['strategy'])}",)


def method(spec: Spec) -> tuple[str, ...]:
    """The self-supervised method that the spec names, and the views that it compares."""
    return f"method {_name(spec['method'])}", "views"


def backbone(spec: Spec) -> tuple[str, ...]:
    """How backbones are built, and those of the family of the one that the spec names; how
    published weights are taken, where it names them."""
    return *networks_of(spec["backbone"]), *_by_name(spec)


def u_net(spec: Spec) -> tuple[str, ...]:
    """The U-Net that the spec names, its encoder and what of it is frozen."""
    encoder = make_unet(spec["network"]).encoder
    return "U-Net", "freezing plan", *(networks_of(encoder) if encoder else ()), *_by_name(spec)


def _by_name(spec: Spec) -> tuple[str, ...]:
    return ("weights by name",) if find_named(str(spec.get("weights", ""))) else ()


def networks_of(name: str) -> tuple[str, ...]:
    """The parts that a backbone's outputs hang on."""
    if name in TORCHVISION_NETS:
        return "networks", "networks of torchvision"
    return "networks", "shallow networks" if name in SHALLOW_NETS else "networks of timm"


def always(name: str) -> Part:
    """A part that every step of a kind has."""
    return lambda spec: (name,)


def labels(spec: Spec) -> tuple[str, ...]:
    """The task that learns labels."""
    return (spec.get("task", "classification"),)


def hiding(spec: Spec) -> tuple[str, ...]:
    """What is hidden of images."""
    return () if spec.get("view") == "whole" else ("hidden views",)


segmentation = always("segmentation")
pixel_baselines = always("pixel baselines")
classifier_of_u_net = always("classifier of a U-Net")
attention_over_frames = always("attention over frames")


def _name(spec: str | Mapping[str, Any]) -> str:
    return spec if isinstance(spec, str) else next(iter(spec))
