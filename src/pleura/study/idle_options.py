"""Options of a study file that would do nothing, since no recipe has a use for them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pleura.train.few_labels import FROZEN, is_linear_head, used_by_recipes

NO_RATE = "linear heads on frozen features have no learning rate; see tune.penalties"


def idle_options(
    training: Mapping[str, Any],
    recipes: Mapping[str, Mapping[str, Any]],
    by_strategy: Collection[str],
) -> Iterator[str]:
    """What is wrong with a study file whose section `training` and `recipes` are these, and whose
    tuning names rates `by_strategy`."""
    linear = [name for name, recipe in recipes.items() if is_linear_head(recipe)]
    for name in linear:
        if recipes[name].get("rates") is not None:
            yield f"recipes.{name}.rates: {NO_RATE}"
    if FROZEN in by_strategy and all(
        name in linear for name, recipe in recipes.items() if FROZEN in recipe.get("strategy", "")
    ):
        yield f"tune.by_strategy.{FROZEN}: {NO_RATE}"
    for option in used_by_recipes({"training": training, "recipes": recipes}):
        if len(option.not_for) == len(recipes):
            yield (
                f"training.{option.key}: no recipe has a use for it, since all fit heads to frozen "
                "features, or see images as they are (augmented: false); leave it out, or add "
                "another recipe"
            )
