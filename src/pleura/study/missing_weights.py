"""Recipes whose weights cannot be had here: refused, or run from random ones and not ranked."""

from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

import huggingface_hub
import requests
from huggingface_hub.errors import LocalEntryNotFoundError

from pleura.errors import InputError, PleuraError, refuse
from pleura.models.build import WHEEL_NET, LoadedBackbone
from pleura.models.sources.fetch import host_of
from pleura.models.sources.listed import find_named
from pleura.models.torchvision_nets import TORCHVISION_NETS
from pleura.models.unet_options import make_unet
from pleura.models.weight_files import cache_folder
from pleura.study.needs import (
    Needs,
    check_curriculum,
    check_image_training,
    check_step,
    needs_of,
)
from pleura.study.sections import RecipeBase
from pleura.study.study_base import StudyBase

import pleura._timm  # noqa: F401  isort: skip
import timm

UNREACHED = (requests.ConnectionError, LocalEntryNotFoundError)


def replace_missing(
    study: StudyBase,
    announce: Callable[[str], None],
    doing: Callable[[str], None] = lambda what: None,
) -> tuple[StudyBase, dict[str, Needs]]:
    """The study as it can be run here, and what its recipes need, by name; `doing` hears what is
    being done or waited for.

    A recipe with `missing_weights: random` whose weights cannot be downloaded starts from random
    ones and is not ranked. Raises PleuraError for the failed download of any other, InputError
    where that recipe is the reference, and for steps and recipes that do not fit.
    """
    recipes: dict[str, RecipeBase] = dict(study.recipes)
    needs = dict[str, Needs]()
    starts = dict[tuple[str, str], LoadedBackbone]()
    # Recipes to come that start alike.
    alike = Counter((each.backbone_name, each.weights) for each in recipes.values())
    wrong: list[str] = []
    segmentations = study.segmentations
    for name, step in segmentations.items():
        try:
            check_step(step, segmentations)
            check_image_training(step, step.training)
        except InputError as error:
            wrong.append(f"steps.{name}: {error}")
    refuse("these steps do not fit", wrong)
    of_recipes: dict[str, list[str]] = {}  # recipes by what is wrong with them
    silent = set[str]()  # without a network each host is waited for once, not once a recipe
    for name, recipe in study.recipes.items():
        host = ""
        try:
            host = _host_of(recipe) if recipe.missing_weights == "random" else ""
            doing(f"{name}: getting its weights")
            if host in silent:
                raise PleuraError(f"{host} cannot be reached")
            alike[recipe.backbone_name, recipe.weights] -= 1
            keep = alike[recipe.backbone_name, recipe.weights] > 0
            needs[name] = needs_of(recipe, segmentations, starts, keep=keep)
            check_curriculum(recipe, study)
            check_image_training(recipe, study.training, needs[name])
            announce(f"{name}: {needs[name].provenance}")
        except InputError as error:
            of_recipes.setdefault(str(error), []).append(name)
        except PleuraError as error:
            if not host:
                raise
            if name == study.reference:
                raise InputError(
                    f"reference: '{name}': its weights are missing, so it cannot be ranked",
                    [str(error), "or choose a reference whose weights are at hand"],
                ) from error
            reason = str(error).partition("\n")[0]
            if isinstance(error.__cause__, UNREACHED):
                silent.add(host)
                reason = f"{host} cannot be reached"
            announce(
                f"{name}: its weights are missing ({reason}): runs from random weights, not ranked"
            )
            recipes[name] = recipe.model_copy(update={"weights": "random", "ranked": False})
            needs[name] = needs_of(recipes[name], segmentations, starts)
            check_curriculum(recipe, study)
            check_image_training(recipe, study.training, needs[name])
    if of_recipes:
        wrong = [f"recipes.{', '.join(names)}: {error}" for error, names in of_recipes.items()]
        raise InputError("these recipes do not fit", wrong)
    return study.model_copy(update={"recipes": recipes}), needs


def _host_of(recipe: RecipeBase) -> str:
    """Where a recipe's weights must be downloaded from; empty where they need no download."""
    if named := find_named(recipe.weights):
        return "" if named.file else host_of(named.source)
    # What the weights are of; an X-Unet's are of no backbone.
    name = make_unet(recipe.network).encoder if recipe.network else recipe.backbone_name
    if not name or recipe.weights != "imagenet" or name == WHEEL_NET:
        return ""
    if listed := TORCHVISION_NETS.get(name):
        url = listed.weights.IMAGENET1K_V1.url if listed.weights else ""
        there = url and (cache_folder() / url.rsplit("/", 1)[1]).exists()
        return "" if there else urlsplit(url).hostname or ""
    config = timm.get_pretrained_cfg(name)
    if not config or not config.hf_hub_id:
        return ""
    file = huggingface_hub.try_to_load_from_cache(config.hf_hub_id, "model.safetensors")
    return "" if isinstance(file, str) else "huggingface.co"
