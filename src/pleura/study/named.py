"""What a study file names with options of its own, checked before anything is loaded or read."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pleura.errors import InputError
from pleura.models.unet_options import make_unet
from pleura.study.study_base import StudyBase, no_recipe
from pleura.tasks.selfsup.listed import make_method
from pleura.transfer.freezing_plan import make_freezing_plan
from pleura.transfer.listed import make_strategy

MAKERS: Mapping[str, Callable[[Any], Any]] = {
    "method": make_method,
    "strategy": make_strategy,
    "network": make_unet,
    "freeze": make_freezing_plan,
}


def wrong_names(study: StudyBase) -> list[str]:
    """One line a strategy, method, U-Net or freezing plan that there is not, or whose options do
    not fit; whether they suit their network is known once that is built."""
    problems = []
    for place, sections in (("steps", study.steps), ("recipes", study.recipes)):
        for name, section in sections.items():
            for key, make in MAKERS.items():
                try:
                    if (given := getattr(section, key, None)) is not None:
                        make(given)
                except InputError as error:
                    problems.append(f"{place}.{name}: {error}")
    return problems


def wrong_besides(content: Mapping[str, Any], told: Sequence[str]) -> list[str]:
    """Of a file whose keys do not fit, as is `told`, the names that do not fit either, so that all
    is mended at once: the reference, and what `wrong_names` looks for. What is of another form than
    a name is passed over, since that is told already."""
    problems = []
    for place in ("steps", "recipes"):
        sections = content.get(place)
        for name, section in sections.items() if isinstance(sections, Mapping) else ():
            for key, make in MAKERS.items() if isinstance(section, Mapping) else ():
                mentioned = any(each.startswith(f"{place}.{name}.{key}") for each in told)
                if isinstance(given := section.get(key), str) and not mentioned:
                    try:
                        make(given)
                    except InputError as error:
                        problems.append(f"{place}.{name}: {error}")
    recipes, reference = content.get("recipes"), content.get("reference")
    if isinstance(recipes, Mapping) and isinstance(reference, str) and reference not in recipes:
        line = no_recipe(reference, map(str, recipes))
        known = any(each == line or each.startswith("recipes:") for each in told)
        problems += [] if known else [line]
    return problems
