"""Where self-supervised methods are listed: one line each."""

from collections.abc import Mapping
from typing import Any

from pleura.options import describe, make_named
from pleura.tasks.selfsup.methods.barlow_twins import BarlowTwins
from pleura.tasks.selfsup.methods.byol import BYOL
from pleura.tasks.selfsup.methods.context_restoration import ContextRestoration
from pleura.tasks.selfsup.methods.dino import DINO
from pleura.tasks.selfsup.methods.instance_discrimination import InstanceDiscrimination
from pleura.tasks.selfsup.methods.jigsaw import Jigsaw
from pleura.tasks.selfsup.methods.masked_autoencoder import MaskedAutoencoder
from pleura.tasks.selfsup.methods.method import Method
from pleura.tasks.selfsup.methods.moco import MoCo
from pleura.tasks.selfsup.methods.models_genesis import ModelsGenesis
from pleura.tasks.selfsup.methods.relative_position import RelativePosition
from pleura.tasks.selfsup.methods.rotation import Rotation
from pleura.tasks.selfsup.methods.simclr import SimCLR
from pleura.tasks.selfsup.methods.simsiam import SimSiam
from pleura.tasks.selfsup.methods.swav import SwAV
from pleura.tasks.selfsup.methods.vicreg import VICReg

METHODS: dict[str, type[Method]] = {
    "rotation": Rotation,
    "jigsaw": Jigsaw,
    "relative_position": RelativePosition,
    "context_restoration": ContextRestoration,
    "models_genesis": ModelsGenesis,
    "instance_discrimination": InstanceDiscrimination,
    "simclr": SimCLR,
    "moco": MoCo,
    "byol": BYOL,
    "simsiam": SimSiam,
    "barlow_twins": BarlowTwins,
    "vicreg": VICReg,
    "swav": SwAV,
    "dino": DINO,
    "masked_autoencoder": MaskedAutoencoder,
}


def make_method(spec: str | Mapping[str, Any]) -> Method:
    """A method from a study file: `rotation`, or `{name: {option: value}}`.

    Raises InputError for an unknown name or option, with the names there are.
    """
    return make_named("method", spec, METHODS)


def describe_methods() -> str:
    """The listed methods, what each does, and its options with their defaults."""
    return describe(METHODS)
