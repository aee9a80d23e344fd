"""What a study file names with options of its own, checked before anything is loaded or read."""

from collections.abc import Callable, Iterator
from typing import Any

from pleura.errors import InputError
from pleura.models.unet_options import make_unet
from pleura.study.schema import Recipe, StudyFile
from pleura.study.segmentation_schema import SegmentationStudy
from pleura.study.step_sections import SelfSupervisedStep
from pleura.tasks.selfsup.listed import make_method
from pleura.transfer.freezing_plan import make_plan
from pleura.transfer.listed import make_strategy


def wrong_names(study: StudyFile | SegmentationStudy) -> list[str]:
    """One line a strategy, method, U-Net or freezing plan that there is not, or whose options do
    not fit; whether they suit their network is known once that is built."""
    problems = []
    for place, make, spec in _named(study):
        try:
            make(spec)
        except InputError as error:
            problems.append(f"{place}: {error}")
    return problems


def _named(study: StudyFile | SegmentationStudy) -> Iterator[tuple[str, Callable[[Any], Any], Any]]:
    """Each with its place in the file and what makes it."""
    for name, step in study.steps.items():
        place = f"steps.{name}"
        if isinstance(step, SelfSupervisedStep):
            yield place, make_method, step.method
        else:
            yield place, make_unet, step.network
            yield place, make_plan, step.freeze
    for name, recipe in study.recipes.items():
        place = f"recipes.{name}"
        if isinstance(recipe, Recipe) and recipe.network is None:
            yield place, make_strategy, recipe.strategy
        else:
            yield place, make_unet, recipe.network
            yield place, make_plan, recipe.freeze
