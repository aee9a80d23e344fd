"""Options for few labels: taken by each task where they make sense, else refused in one message."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pleura.errors import InputError
from pleura.study.image_training import ImageTraining
from pleura.study.needs import Needs, check_image_training
from pleura.study.study_base import StudyBase
from pleura.study.study_files import dump_study, make_study
from pleura.tasks.listed import TASKS

DATA: dict[str, dict[str, Any]] = {
    "classification": {},
    "findings": {"findings": {"names": ["a", "b"]}},
    "grades": {"classes": ["mild", "severe"]},
    "numbers": {"number": {"column": "age"}},
    "segmentation": {"masks": {"structures": {"lung": 255}}},
}
RECIPES: dict[str, dict[str, Any]] = {"segmentation": {"network": "v_unet"}}
SMOOTHED = {"loss": {"cross_entropy": {"smoothing": 0.1}}}
EVERYWHERE: dict[str, dict[str, Any]] = {
    "ema": {"ema": 0.99},
    "stochastic depth": {"stochastic_depth": 0.1},
    "sizes": {"sizes": [64, 96]},
    "cutout": {"augmentation": {"cutout": {}}},
    "RandAugment": {"augmentation": {"rand_augment": {"strength": 0.3}}},
}
"""Options of `training` that every task has."""
SOMEWHERE: dict[str, tuple[dict[str, Any], set[str], str]] = {
    "mixup": (
        {"augmentation": {"mixup": {}}},
        {"classification", "findings", "numbers"},
        "is for classes, findings and numbers; ",
    ),
    "label smoothing": (SMOOTHED, {"classification", "findings"}, "is for classes and findings; "),
}
"""Others: the option, the tasks that have it, and what the others say."""


def make(task: str, training: Any = None, **changes: Any) -> StudyBase:
    """A study of a task, with a section `training`."""
    content = {
        "task": task,
        "question": "which",
        "data": {"manifest": "images.csv", **DATA[task]},
        "split": {"test": "split"},
        "reference": "full",
        "recipes": {"full": RECIPES.get(task, {"backbone": "resnet18"})},
        **({"training": training} if training else {}),
        **changes,
    }
    return make_study(content, where="here", relative_to=Path("/base"))


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("option", EVERYWHERE)
def test_every_task_has_what_makes_sense_for_all(task: str, option: str) -> None:
    given = EVERYWHERE[option]
    written = yaml.safe_load(dump_study(make(task, given)))["training"]
    before = yaml.safe_load(dump_study(make(task)))["training"]
    assert written != before
    assert {name: written[name] for name in before if name not in given} == {
        name: value for name, value in before.items() if name not in given
    }


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("option", SOMEWHERE)
def test_what_makes_no_sense_is_refused_with_the_reason(task: str, option: str) -> None:
    given, has, message = SOMEWHERE[option]
    if task in has:
        make(task, given)
        return
    with pytest.raises(InputError) as caught:
        make(task, given)
    (told,) = caught.value.problems
    assert f"{option} {message}" in told
    assert told.startswith("training.")


@pytest.mark.parametrize("task", TASKS)
def test_a_file_that_uses_none_says_nothing_of_them(task: str) -> None:
    written = yaml.safe_load(dump_study(make(task)))
    assert not {"ema", "stochastic_depth", "sizes"} & set(written["training"])
    assert not {"mixup", "cutout", "rand_augment"} & set(written["training"]["augmentation"])


def test_pretraining_keeps_no_average_of_its_own() -> None:
    steps = {"learned": {"task": "selfsup", "method": "simclr", "own": True}}
    with pytest.raises(InputError) as caught:
        make("classification", steps={"learned": {**steps["learned"], "training": {"ema": 0.9}}})
    assert "steps.learned.training.ema: goes with trainings on labels" in str(caught.value)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ([96, 64], "training.sizes: smallest first"),
        ([64, 224], "training.sizes: 224 is not below data.size"),
        ([8], "training.sizes: takes a list of 1 or more, each a whole number at least 16"),
    ],
)
def test_images_that_would_not_grow_are_told(sizes: list[int], message: str) -> None:
    with pytest.raises(InputError) as caught:
        make("classification", {"sizes": sizes})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("option", "recipe", "message"),
    [
        ({"stochastic_depth": 0.1}, {"backbone": "vgg16"}, "vgg16 has no residual branches"),
        ({"stochastic_depth": 0.1}, {"network": "x_unet"}, "x_unet has no residual branches"),
        (
            {"stochastic_depth": 0.1},
            {"backbone": "resnet18", "strategy": {"truncation": {"at": "stem"}}},
            "resnet18 up to stem has no residual branches",
        ),
        ({"sizes": [40]}, {"backbone": "vit_tiny_patch16_224"}, "images of 40 pixels"),
    ],
)
def test_networks_that_cannot_are_told_before_anything_is_done(
    option: dict[str, Any], recipe: dict[str, Any], message: str
) -> None:
    study = make("classification", option, recipes={"full": {"weights": "random", **recipe}})
    assert isinstance(study.training, ImageTraining)
    with pytest.raises(InputError, match=message):
        check_image_training(study.recipes["full"], study.training)
    # A head on frozen features sees no image.
    on_features = Needs(on_features=True, probed=False, provenance="")
    check_image_training(study.recipes["full"], study.training, on_features)
    plain = {"full": {"weights": "random", "backbone": "resnet18"}}
    study = make("classification", option, recipes=plain)
    assert isinstance(study.training, ImageTraining)
    check_image_training(study.recipes["full"], study.training)


RECIPES_OF_STRATEGIES = {
    "full": {"backbone": "resnet18"},
    "low rank": {"backbone": "resnet18", "strategy": {"lora": {"rank": 2}}},
    "own": {"backbone": "resnet18", "strategy": "lora", "rates": [4.0, 5.0, 6.0]},
}


def test_a_strategy_may_have_rates_of_its_own() -> None:
    study = make(
        "classification",
        recipes=RECIPES_OF_STRATEGIES,
        tune={"by_strategy": {"lora": [0.03, 0.01, 0.02]}},
    )
    rates = {name: study.rates_of(recipe) for name, recipe in study.recipes.items()}
    assert rates == {
        "full": [5e-4, 1.5e-3, 5e-3],
        "low rank": [0.01, 0.02, 0.03],
        "own": [4.0, 5.0, 6.0],
    }
    assert "by_strategy" not in yaml.safe_load(dump_study(make("classification")))["tune"]


@pytest.mark.parametrize(
    ("grids", "message"),
    [
        ({"lora": [0.1]}, "tune: by_strategy.lora: every recipe gets the same number of trials, 3"),
        ({"lore": [1, 2, 3]}, "no strategy 'lore'; did you mean 'lora'?"),
        ({"bitfit": [1, 2, 3]}, "no recipe has the strategy 'bitfit'"),
        ({"lora": [1, 2, 2]}, "tune.by_strategy: a value stands there twice"),
    ],
)
def test_rates_of_a_strategy_that_do_not_fit_are_told(grids: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        make("classification", recipes=RECIPES_OF_STRATEGIES, tune={"by_strategy": grids})
    assert message in str(caught.value)
