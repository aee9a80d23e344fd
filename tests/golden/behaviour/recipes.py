"""What strategies, freezing plans and self-supervised methods train."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import torch
from pydantic import BaseModel

from pleura.data.views import Views
from pleura.models.build import build_backbone
from pleura.models.network import Network
from pleura.models.unet_nets import build_unet
from pleura.tasks.selfsup.listed import METHODS
from pleura.train.phase import Phase, freeze, parameter_groups, set_mode
from pleura.train.task import Batch
from pleura.transfer.build import build_model
from pleura.transfer.freezing_plan import make_freezing_plan
from pleura.transfer.listed import STRATEGIES
from tests.golden.behaviour.inputs import Figures, by_formula, pictures, seen
from tests.tasks.selfsup.contract import chests, small_backbone


def described(phases: Iterable[Phase], network: Network) -> str:
    """What trains in each phase, in which mode and how fast, in words."""
    told = []
    for phase in phases:
        freeze(network, phase)
        set_mode(network, phase)
        modes = Counter(type(module).__name__ for module in network.modules() if module.training)
        groups = [
            f"{len(group['params'])} at {group['lr']:g} with {group['weight_decay']:g}"
            for group in parameter_groups(network, phase, 1.0, 0.1)
        ]
        epochs = "to convergence" if phase.to_convergence else f"{phase.share:g}"
        augmented = "augmented" if phase.augmented else "as they are"
        told.append(f"{phase.name}: {groups}, {dict(sorted(modes.items()))}, {epochs}, {augmented}")
    return "; ".join(told)


def freezing_plans() -> Figures:
    """The phases of each plan."""
    unet = build_unet({"x_unet": {"width": 4}}, "random", 2, seed=0).network
    specs = (
        "none",
        "encoder",
        "bottleneck",
        {"first": 2},
        {"last": 2},
        "gradual",
        "encoder_then_all",
    )
    return [described(make_freezing_plan(spec).phases(unet), unet) for spec in specs]


Options = Mapping[str, object]
# Where there is no default, and where it would hide what an option does.
STRATEGY_OPTIONS: dict[str, Options] = {
    "truncation": {"at": "middle"},
    "freezing": {"stages": 2},
    "transfusion": {"at": "middle"},
}
METHOD_OPTIONS: dict[str, Options] = {"moco": {"queue": 16}, "swav": {"prototypes": 8}}


def options_of(
    name: str, kind: type[BaseModel], given: Mapping[str, Options], place: str
) -> Options:
    """Those that `given`, the mapping called `place`, has for a strategy or method."""
    options = given.get(name, {})
    fields = kind.model_fields.items()
    missing = [option for option, field in fields if field.is_required() and option not in options]
    assert not missing, (
        f"{name}: options without default ({', '.join(missing)}) need values in {place} of "
        "tests/golden/behaviour/recipes.py"
    )
    return options


def strategy(name: str) -> Figures:
    """What surgery makes of a network, what its phases train, and the penalty."""
    spec: dict[str, object] = {"backbone": "mobilenet_v2_035", "weights": "random"}
    options = options_of(name, STRATEGIES[name], STRATEGY_OPTIONS, "STRATEGY_OPTIONS")
    spec["strategy"] = {name: options} if options else name
    built = build_model(spec, 2, 0)
    model = built.classifier
    phases = built.strategy.phases(model)
    found: Figures = [described(phases, model)]
    penalty = built.strategy.penalty(model)
    by_formula(model)
    with torch.inference_mode():
        found += seen(model.eval()(pictures(2)))
    return [*found, float(penalty().detach())] if penalty else found


def method(name: str) -> Figures:
    """The loss of a batch before and after a step."""
    images = chests(8)
    options = options_of(name, METHODS[name], METHOD_OPTIONS, "METHOD_OPTIONS")
    made = METHODS[name].model_validate(options)
    loaded = small_backbone()
    if name == "masked_autoencoder":
        loaded = build_backbone("vit_tiny_patch16_224", "random")
    network = made.build(loaded, Views(), size=48, images=8, seed=0)
    phase = network.phase()
    freeze(network, phase)
    set_mode(network, phase)
    optimiser = torch.optim.SGD(parameter_groups(network, phase, 1e-3, 0.0))
    found: Figures = []
    for step in range(2):
        loss = network(images, Batch(np.arange(8), step, True, progress=step / 2))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        found.append(loss.item())
    return found
