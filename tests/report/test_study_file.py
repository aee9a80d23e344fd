"""The study file on the page says what applies, and reads as the same study."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pleura.report.study_file import study_text
from pleura.study.study_files import dump_study, make_study

NET: dict[str, Any] = {"backbone": "squeezenet1_0", "weights": "random"}
CLASSIFIED: dict[str, Any] = {
    "question": "Which?",
    "data": {"manifest": "images.csv", "size": 32},
    "split": {"test": 0.2},
    "reference": "full",
    "recipes": {
        "full": NET,
        "deep": {**NET, "strategy": {"truncation": {"at": "fire3"}}},
        "reverse": {"network": "x_unet", "weights": "random", "heads": ["logits"]},
    },
    "training": {"augmentation": None},
}


FROZEN: dict[str, Any] = {**NET, "strategy": "feature_extraction"}


def test_settings_of_epochs_are_not_shown_where_no_recipe_trains_by_them() -> None:
    def shown(other: dict[str, Any], **training: Any) -> dict[str, Any]:
        content = CLASSIFIED | {"recipes": {"full": FROZEN, "other": other}, "training": training}
        study = make_study(content, where="here", relative_to=Path("/base"))
        read = yaml.safe_load(study_text(yaml.safe_load(dump_study(study))))
        assert make_study(read, where="here", relative_to=Path("/base")) == study
        settings: dict[str, Any] = read["training"]
        return settings

    assert set(shown(FROZEN)) == {"class_weights", "precision"}
    # What the user has set is shown.
    assert set(shown(FROZEN, epochs=5)) == {"epochs", "class_weights", "precision"}
    assert "augmentation" in shown(FROZEN, augmentation=None)
    # One that trains by epochs needs them all: the whole network, or a hidden layer.
    hidden = {**NET, "strategy": {"feature_extraction": {"hidden": 8}}}
    for other in (NET, hidden):
        assert {"epochs", "warmup", "augmentation"} <= set(shown(other))


SIMULATED = {"simulated": {"kind": "chest-xray"}, "size": 32}
CHANGES = [{}, {"fractions": [0.5, 1.0], "split": {"folds": 3}}, {"data": SIMULATED}]


@pytest.mark.parametrize("changed", CHANGES)
def test_it_is_the_same_study_without_what_does_not_apply(changed: dict[str, Any]) -> None:
    study = make_study(CLASSIFIED | changed, where="here", relative_to=Path("/base"))
    text = study_text(yaml.safe_load(dump_study(study)))
    shown = yaml.safe_load(text)
    assert make_study(shown, where="here", relative_to=Path("/base")) == study
    assert not {"network", "heads", "freeze"} & set(shown["recipes"]["full"])
    assert not {"backbone", "strategy", "curriculum"} & set(shown["recipes"]["reverse"])
    assert shown["training"]["augmentation"] is None  # that is none, not the default
    assert "missing_weights" not in text  # of random ones
    assert ("manifest" in shown["data"]) == ("simulated" not in shown["data"])
    assert text.count("null") == 1  # the augmentation
    assert "{}" not in text
    assert "[]" not in text


def test_folders_of_files_are_not_shown() -> None:
    weights = {"w": {**NET, "weights": "/home/doe/best.safetensors"}}
    study = {"data": {"manifest": "/ward 7/images.csv"}, "recipes": weights}
    shown = yaml.safe_load(study_text(study))
    assert shown["data"]["manifest"] == "images.csv"
    assert shown["recipes"]["w"]["weights"] == "best.safetensors"
