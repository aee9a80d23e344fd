"""The study file as the page shows it: without defaults that do not apply."""

from collections.abc import Mapping
from typing import Any

import yaml

# Empty by default; an empty value says no more than none.
EMPTY = (
    *("columns", "where", "labels", "flags", "rules", "steps", "curriculum", "source", "licence"),
    *("classes", "patients", "lungs", "full_range", "test", "folds", "rates", "network", "masks"),
    *("manifest", "simulated", "confounders", "ignore"),
)
# Keys of a recipe that go with a network only, or with a backbone only.
OF_NETWORK, OF_BACKBONE = ("network", "heads", "freeze"), ("backbone", "strategy", "curriculum")


def study_text(study: Mapping[str, Any]) -> str:
    """YAML that reads as the same study: what is empty, or belongs to the other kind of recipe, is
    left out."""
    recipes = study.get("recipes")
    shown = dict(study)
    if isinstance(recipes, Mapping):
        shown["recipes"] = {name: _of_recipe(recipe) for name, recipe in recipes.items()}
    return yaml.safe_dump(_filled(shown), sort_keys=False, allow_unicode=True)


def _of_recipe(recipe: Any) -> Any:
    if not isinstance(recipe, Mapping) or "backbone" not in recipe:
        return recipe
    idle: tuple[str, ...] = OF_NETWORK if recipe["backbone"] else OF_BACKBONE
    # Random weights cannot be missing.
    if recipe.get("weights") == "random" and recipe.get("missing_weights") == "refuse":
        idle = (*idle, "missing_weights")
    return {key: value for key, value in recipe.items() if key not in idle}


def _filled(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _filled(each)
            for key, each in value.items()
            if key not in EMPTY or each not in (None, "", {}, [])
        }
    return [_filled(each) for each in value] if isinstance(value, list) else value
