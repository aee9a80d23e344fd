"""What a recipe needs: its network is built once, so that what does not fit is told at once."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

import torch

from pleura.errors import InputError
from pleura.models.backbone import Backbone
from pleura.models.build import LoadedBackbone, build_backbone
from pleura.models.classifier import CLASSIFIER
from pleura.models.places import cut_at
from pleura.models.reverse import ReverseClassifier
from pleura.models.stochastic_depth import residual_branches
from pleura.models.unet import UNet, carry_over
from pleura.models.unet_nets import build_unet
from pleura.models.weights import Provenance
from pleura.study.image_training import ImageTraining
from pleura.study.recipe import Recipe
from pleura.study.sections import STARTS, Named, NetworkTraining, RecipeBase
from pleura.study.step_sections import SegmentationStep, SelfSupervisedStep
from pleura.study.study_base import StudyBase
from pleura.study.trials import as_written, spelled
from pleura.tasks.selfsup.listed import make_method
from pleura.transfer.build import build_model
from pleura.transfer.freezing_plan import make_freezing_plan
from pleura.transfer.listed import make_strategy
from pleura.transfer.truncation import Truncation, is_search


@dataclass(frozen=True)
class Needs:
    """How a recipe trains, and where its weights come from.

    `on_features`: a head on frozen features alone, which can be shared; `probed`: such a head
    comes first.
    """

    on_features: bool
    probed: bool
    provenance: str


def network_of(recipe: RecipeBase) -> str:
    """What tables and keys call a recipe's network: the backbone, or the U-Net as it is spelled."""
    return recipe.backbone_name if recipe.network is None else spelled(recipe.network)


def needs_of(
    recipe: RecipeBase,
    steps: Mapping[str, SegmentationStep],
    starts: dict[tuple[str, str], LoadedBackbone],
    *,
    keep: bool = False,
) -> Needs:
    """Build a recipe's model once, before anything else is done; `steps` are the study's, by name.

    `starts` holds the backbone of the last call, by name and weights, so that recipes after one
    another that start alike load it once: it stays there for the next with `keep`. Raises
    InputError where network, weights and what trains do not fit, PleuraError for a failed download.
    """
    if recipe.network is not None:
        unet, source = _start(recipe.network, recipe.weights, steps)
        for head in recipe.pooled_maps:
            try:
                make_freezing_plan(recipe.freeze).phases(ReverseClassifier(unet, head, 2, seed=0))
            except InputError as error:
                raise InputError(f"head {head}: {error.heading}", error.problems) from error
        if not recipe.pooled_maps:
            make_freezing_plan(recipe.freeze).phases(unet)
        return Needs(False, probed=False, provenance=f"{as_written(recipe.network)} from {source}")
    spec = recipe.model_dump()
    if recipe.depth_search:
        spec["strategy"] = "fine_tuning"
    start = recipe.backbone_name, recipe.weights
    if start not in starts:
        starts.clear()
        starts[start] = build_backbone(*start, seed=0)
    loaded = deepcopy(starts[start]) if keep else starts.pop(start)
    built = build_model(spec, n_classes=2, seed=0, start=loaded)
    phases = built.strategy.phases(built.classifier)
    on_features = all(
        phase.trains == frozenset({CLASSIFIER}) and not phase.augmented for phase in phases
    )
    return Needs(
        on_features,
        probed=not on_features and phases[0].to_convergence,
        provenance=f"{recipe.backbone_name} from {_described(recipe.weights, built.provenance)}",
    )


def _described(weights: str, provenance: Provenance) -> str:
    """What weights are called; of a file also its note, such as how its names were read."""
    noted = provenance.note if weights not in STARTS else ""
    return f"{provenance.name} ({noted})" if noted else provenance.name


def check_image_training(
    section: RecipeBase | SegmentationStep, training: NetworkTraining, needs: Needs | None = None
) -> None:
    """Raise InputError where the network of a recipe or a step, built without its weights, cannot
    train as the options of `training` say; a head on features is not asked."""
    on_features = needs is not None and needs.on_features
    if not isinstance(training, ImageTraining) or on_features or not training.beside():
        return
    network: UNet | Backbone
    with torch.device("meta"):
        if section.network is not None:
            network, name = build_unet(section.network, "random", 1, seed=0).network, ""
        else:
            assert isinstance(section, Recipe)
            name, strategy = section.backbone, make_strategy(section.strategy)
            network = build_backbone(name, "random", channels=3).backbone
            if isinstance(strategy, Truncation) and not is_search(strategy):
                network = network.truncate(cut_at(network, strategy.at))
                name = f"{name} up to {network.cuts[-1].name}"
    name = name or as_written(section.network or "")
    if training.stochastic_depth and not any(residual_branches(network)):
        raise InputError(
            f"training.stochastic_depth: {name} has no residual branches that pleura could leave "
            "out; leave the option out, or take a network such as resnet18"
        )
    for side in training.sizes or ():
        try:
            with torch.no_grad():
                _show(network, side)
        # Networks of a library refuse a size each in its own way.
        except (InputError, RuntimeError, AssertionError, ValueError) as error:
            raise InputError(
                f"training.sizes: {name} cannot see images of {side} pixels ({error}); name sizes "
                "that it can, or leave them out"
            ) from error


def _show(network: UNet | Backbone, side: int) -> None:
    """Run a network on two images of a `side` in pixels; those of a U-Net are gray."""
    channels = 1 if isinstance(network, UNet) else 3
    device = next(network.parameters()).device
    images = torch.zeros(2, channels, side, side, device=device)
    if isinstance(network, UNet):
        network(images)
    else:
        network.forward_cuts(images)


def check_step(step: SegmentationStep, steps: Mapping[str, SegmentationStep]) -> None:
    """Build the U-Net of one of a study's `steps` once. Raises as `needs_of` does."""
    make_freezing_plan(step.freeze).phases(_start(step.network, step.weights, steps)[0])


def _start(network: Named, weights: str, steps: Mapping[str, SegmentationStep]) -> tuple[UNet, str]:
    """A U-Net, and what its weights are called; those of a step are tried with random ones."""
    if weights not in steps:
        loaded = build_unet(network, weights, 1, seed=0)
        return loaded.network, _described(weights, loaded.provenance)
    unet = build_unet(network, "random", 1, seed=0).network
    learned = steps[weights].network
    if learned != network:
        try:
            carry_over(build_unet(learned, "random", 1, seed=0).network.state_dict(), unet)
        except InputError as error:
            raise InputError(
                f"network {as_written(network)} cannot go on from step '{weights}', which trains "
                f"{as_written(learned)}; give both the same network"
            ) from error
    return unet, f"step '{weights}'"


def check_curriculum(recipe: RecipeBase, study: StudyBase) -> None:
    """Build each pretraining of a recipe's curriculum once, from random weights.

    Raises InputError where method, backbone and size do not fit.
    """
    steps = study.pretrainings
    for name in recipe.curriculum_of(steps):
        try:
            step, loaded = steps[name], build_backbone(recipe.backbone_name, "random", seed=0)
            size = pretraining_size(step, study)
            make_method(step.method).build(loaded, step.views, size=size, images=1, seed=0)
        except InputError as error:
            raise InputError(f"steps.{name}: {error.heading}", error.problems) from error


def pretraining_size(step: SelfSupervisedStep, study: StudyBase) -> int:
    """The side of the images that a step learns from, pixels."""
    return next((data.size for data in step.data), study.data.size)
