"""Options that would do nothing are refused, or told with the recipes that have no use for them."""

from typing import Any

import pytest

from pleura.errors import InputError
from pleura.study.needs import needs_of
from pleura.train.few_labels import used_by_recipes, used_by_steps
from pleura.transfer.listed import STRATEGIES
from tests.golden.behaviour.recipes import STRATEGY_OPTIONS
from tests.study.test_refusals import DATA, EVERYWHERE, SOMEWHERE, make

HEADS: dict[str, dict[str, Any]] = {
    "linear": {"backbone": "resnet18", "strategy": "feature_extraction"},
    "hidden": {"backbone": "resnet18", "strategy": {"feature_extraction": {"hidden": 8}}},
}


def test_rates_of_linear_heads_which_have_none_are_refused() -> None:
    grid = [0.1, 0.2, 0.3]
    by_strategy = {"by_strategy": {"feature_extraction": grid}}
    full = {"full": {"backbone": "resnet18"}}
    linear, hidden = HEADS["linear"], HEADS["hidden"]
    with pytest.raises(InputError, match=r"tune\.by_strategy\.feature_extraction: linear heads"):
        make("classification", recipes={**full, "head": linear}, tune=by_strategy)
    with pytest.raises(InputError, match=r"recipes\.head\.rates: linear heads"):
        make("classification", recipes={**full, "head": {**linear, "rates": grid}})
    study = make("classification", recipes={**full, "head": hidden}, tune=by_strategy)
    assert study.rates_of(study.recipes["head"]) == grid
    make("classification", recipes={**full, "head": {**hidden, "rates": grid}})


ON_IMAGES = {
    **{name: given for name, (given, *_) in SOMEWHERE.items()},
    **{name: on for name, on in EVERYWHERE.items() if name != "ema"},
}


@pytest.mark.parametrize("option", [*ON_IMAGES, "ema"])
def test_what_no_recipe_has_a_use_for_is_refused_and_what_some_have_is_told(option: str) -> None:
    on = {**EVERYWHERE, **ON_IMAGES}[option]
    idle = {"full": HEADS["linear"]} | ({} if option == "ema" else {"hidden": HEADS["hidden"]})
    with pytest.raises(InputError, match="no recipe has a use for it") as caught:
        make("classification", on, recipes=idle)
    assert "training." in str(caught.value)
    trained = make("classification", on, recipes={**idle, "all": {"backbone": "resnet18"}})
    (told,) = used_by_recipes(trained.model_dump())
    assert told.not_for == tuple(idle)
    assert told.told.endswith(f"(not for {', '.join(f'“{name}”' for name in idle)})")


def test_augmentation_of_masks_that_are_not_augmented_is_refused() -> None:
    recipe = {"full": {"network": "v_unet", "augmented": False}}
    with pytest.raises(InputError, match=r"training\.augmentation\.cutout: no recipe has a use"):
        make("segmentation", EVERYWHERE["cutout"], recipes=recipe)


def test_steps_are_told_by_name_with_what_their_trainings_use() -> None:
    step = {"task": "segmentation", "network": "v_unet", "training": {"ema": 0.9}}
    step["data"] = {"manifest": "masks.csv", **DATA["segmentation"]}
    study = make("classification", steps={"lungs": step})
    (told,) = used_by_steps(study.model_dump())["lungs"]
    assert told.words.endswith("(EMA 0.9)") and used_by_recipes(study.model_dump()) == []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_strategies_that_fit_heads_to_features_are_known_by_name(strategy: str) -> None:
    options = STRATEGY_OPTIONS.get(strategy)
    recipe = {
        "backbone": "resnet18",
        "weights": "random",
        "strategy": {strategy: options} if options else strategy,
    }
    study = make("classification", recipes={"full": recipe, "other": {"backbone": "resnet18"}})
    needs = needs_of(study.recipes["full"], {}, {})
    study = make("classification", {"sizes": [64]}, recipes=study.model_dump()["recipes"])
    (told,) = used_by_recipes(study.model_dump())
    assert ("full" in told.not_for) == needs.on_features
