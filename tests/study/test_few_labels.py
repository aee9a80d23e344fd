"""Options for few labels in a study: what they are part of, what they leave alone, what is told."""

from pathlib import Path
from typing import Any

import pytest

from pleura.study.attempt import perform
from pleura.study.context import quiet
from pleura.study.step import Step
from pleura.study.study_files import make_study
from pleura.train.few_labels import used
from tests.conftest import MakeImages
from tests.study.test_halving import planned

ON: dict[str, Any] = {
    "ema": 0.9,
    "stochastic_depth": 0.2,
    "sizes": [16, 24],
    "loss": {"cross_entropy": {"smoothing": 0.1}},
    "augmentation": {"mixup": {}, "cutout": {}, "rand_augment": {}},
}
BY_OPTION = {
    "averaged weights": {"ema"},
    "stochastic depth": {"stochastic_depth"},
    "growing images": {"sizes"},
    "mixup": {"augmentation"},
    "cutout": {"augmentation"},
    "RandAugment": {"augmentation"},
}
"""What each versioned part is used by."""


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=24)


def study_of(manifest: Path, training: dict[str, Any]) -> dict[str, Any]:
    net = {"backbone": "mobilenet_v2_035", "weights": "random"}
    how = {"epochs": 3, "min_steps": 1, "batch_size": 16, "precision": "fp32"}
    return {
        "question": "is there a spot",
        "data": {"manifest": str(manifest), "size": 32},
        "split": {"test": "split", "validation": 0.25},
        "seeds": [0],
        "reference": "full",
        "recipes": {
            "full": {**net, "strategy": "fine_tuning"},
            "frozen": {**net, "strategy": "feature_extraction"},
        },
        "training": {**how, **training},
        "tune": {"rates": [1e-3], "penalties": [0.1]},
    }


def keys(steps: tuple[Step, ...]) -> set[str]:
    return {step.key for step in steps}


def test_they_are_part_of_the_keys_of_trainings_alone(manifest: Path, tmp_path: Path) -> None:
    plain = planned(study_of(manifest, {}), tmp_path)[0]()
    (before,) = plain.of("fit")
    assert not set(BY_OPTION) & set(before.versions)
    assert set(before.spec["settings"]) & set(ON) == set()
    for option, value in ON.items():
        plan = planned(study_of(manifest, {option: value}), tmp_path)[0]()
        (fit,) = plan.of("fit")
        assert fit.key != before.key
        own = {part for part, options in BY_OPTION.items() if option in options}
        assert set(fit.versions) - set(before.versions) == own
        for kind in ("features", "head", "pixels"):
            assert keys(plan.of(kind)) == keys(plain.of(kind))


def test_a_study_with_all_of_them_trains_as_it_says(manifest: Path, tmp_path: Path) -> None:
    make_plan, context = planned(study_of(manifest, ON), tmp_path)
    (fit,) = make_plan().of("fit")
    assert fit.spec["sizes"] == [16, 24]
    perform(fit, context, quiet)
    history = fit.result(context.steps)["history"]
    # Patience begins after two thirds of the epochs, and there are three.
    assert len(history) == 3


def test_what_is_on_is_told_from_the_file(manifest: Path, tmp_path: Path) -> None:
    file = make_study(study_of(manifest, ON), where="here", relative_to=tmp_path)
    assert len(used(file.training.model_dump())) == 7
