"""The versions of the parts of pleura that decide what a step's result is.

A version is a number beside the code that it stands for. It is raised when that code, given the
same, would do something else; steps that used it are then done again. `tests/golden/behaviour.json`
holds what each part does, so that raising it cannot be forgotten.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pleura.data import augment, bank, hidden, views
from pleura.models import build, reverse, shallow, timm_nets, torchvision_nets, unet
from pleura.models.shallow import SHALLOW_NETS
from pleura.models.torchvision_nets import TORCHVISION_NETS
from pleura.models.unet_options import make_unet
from pleura.tasks import attention_pooling, pixels
from pleura.tasks.listed import SEGMENTATION, TASKS, task_of
from pleura.tasks.selfsup.listed import METHODS, make_method
from pleura.train import head, loop
from pleura.transfer.freezing_plan import FreezingPlan
from pleura.transfer.listed import STRATEGIES, make_strategy

Spec = Mapping[str, Any]
Versions = dict[str, int]
Part = Callable[[Spec], Versions]
"""Which versions a step with a spec hangs on: a part's name, with options where it has them."""


def training(spec: Spec) -> Versions:
    """The loop, where the step trains by epochs, and how it varies images."""
    found = {"training loop": loop.VERSION} if "settings" in spec else {}
    return found | ({"augmentation": augment.VERSION} if spec.get("augmentation") else {})


def linear_head(spec: Spec) -> Versions:
    """The linear head, where the step does not train by epochs."""
    return {} if "settings" in spec else {"linear head": head.VERSION}


def strategy(spec: Spec) -> Versions:
    """The strategy that the spec names."""
    return {f"strategy {_name(spec['strategy'])}": make_strategy(spec["strategy"]).version}


def method(spec: Spec) -> Versions:
    """The self-supervised method that the spec names, and the views that it compares."""
    name = _name(spec["method"])
    return {f"method {name}": make_method(spec["method"]).version, "views": views.VERSION}


def backbone(spec: Spec) -> Versions:
    """How backbones are built, and those of the family of the one that the spec names."""
    return networks_of(spec["backbone"])


def u_net(spec: Spec) -> Versions:
    """The U-Net that the spec names, its encoder and what of it is frozen."""
    encoder = make_unet(spec["network"]).encoder
    own = {"U-Net": unet.VERSION, "freezing plan": FreezingPlan.version}
    return own | (networks_of(encoder) if encoder else {})


def networks_of(name: str) -> Versions:
    """The versions that a backbone's outputs hang on."""
    if name in TORCHVISION_NETS:
        family = {"networks of torchvision": torchvision_nets.VERSION}
    elif name in SHALLOW_NETS:
        family = {"shallow networks": shallow.VERSION}
    else:
        family = {"networks of timm": timm_nets.VERSION}
    return {"networks": build.VERSION} | family


def always(name: str, version: int) -> Part:
    """A part that every step of a kind has."""
    return lambda spec: {name: version}


def labels(spec: Spec) -> Versions:
    """The task that learns labels."""
    return {spec.get("task", "classification"): task_of(spec).learned.version}


def segmentation(spec: Spec) -> Versions:
    """How segmentation is learned."""
    return {"segmentation": SEGMENTATION.learned.version}


def hiding(spec: Spec) -> Versions:
    """What is hidden of images."""
    return {} if spec.get("view") == "whole" else {"hidden views": hidden.VERSION}


pixel_baselines = always("pixel baselines", pixels.VERSION)
classifier_of_u_net = always("classifier of a U-Net", reverse.VERSION)
attention_over_frames = always("attention over frames", attention_pooling.VERSION)


def known_versions() -> Versions:
    """The version of every part that there is."""
    return {
        "training loop": loop.VERSION,
        "augmentation": augment.VERSION,
        "views": views.VERSION,
        "hidden views": hidden.VERSION,
        **{name: task.learned.version for name, task in TASKS.items()},
        "linear head": head.VERSION,
        "pixel baselines": pixels.VERSION,
        "attention over frames": attention_pooling.VERSION,
        "networks": build.VERSION,
        "networks of torchvision": torchvision_nets.VERSION,
        "shallow networks": shallow.VERSION,
        "networks of timm": timm_nets.VERSION,
        "U-Net": unet.VERSION,
        "classifier of a U-Net": reverse.VERSION,
        "freezing plan": FreezingPlan.version,
        "decoding": bank.DECODER,
        **{f"strategy {name}": strategy.version for name, strategy in STRATEGIES.items()},
        **{f"method {name}": method.version for name, method in METHODS.items()},
    }


def _name(spec: str | Mapping[str, Any]) -> str:
    return spec if isinstance(spec, str) else next(iter(spec))
